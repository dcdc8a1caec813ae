import { aim } from './aim.ts';
import { COUNT } from './state.ts';
import { link, unlink, type World } from './world.ts';

/** Two vehicles that halt side by side, each in need of the other's lane, change places after this long, s. */
const SWAP_AFTER_S = 5;
const { swaps: SWAPS } = COUNT;

/** Two halted vehicles that stand in each other's way, each wanting the other's lane, are to change places. */
export function noteSwap(w: World, v: number, other: number, to: number): boolean {
  const { halted, segment } = w.vehicles;
  const { swapper, swapWith, counts } = w.scratch;
  if (other < 0 || halted[v << 1]! < SWAP_AFTER_S || halted[other << 1]! < SWAP_AFTER_S) return false;
  if (segment[other << 1] !== to) return false;
  if (!wantsTowards(w, other, segment[v << 1]!) || !isBeside(w, v, other)) return false;
  const swap = counts[SWAPS]!;
  counts[SWAPS] = swap + 1;
  swapper[swap] = v;
  swapWith[swap] = other;
  return true;
}

function wantsTowards(w: World, v: number, lane: number): boolean {
  const { segment, choice } = w.vehicles;
  return (lane - segment[v << 1]!) * (choice[v << 1]! >> 2) > 0;
}

function isBeside(w: World, v: number, other: number): boolean {
  const { pos, type } = w.vehicles;
  const { length } = w.types;
  return pos[v]! > pos[other]! - length[type[other << 1]!]! && pos[other]! > pos[v]! - length[type[v << 1]!]!;
}

function fits(w: World, v: number, leader: number, follower: number, front: number): boolean {
  const { pos, type } = w.vehicles;
  const { length } = w.types;
  const back = front - length[type[v << 1]!]!;
  if (leader >= 0 && pos[leader]! - length[type[leader << 1]!]! < front) return false;
  return follower < 0 || pos[follower]! <= back;
}

function swap(w: World, v: number, other: number): void {
  const { pos, segment, ahead, behind } = w.vehicles;
  const mine = segment[v << 1]!;
  const theirs = segment[other << 1]!;
  const adjacent = Math.abs(mine - theirs) === 1 && wantsTowards(w, v, theirs) && wantsTowards(w, other, mine);
  if (!adjacent || !isBeside(w, v, other)) return;
  const at = pos[v]!;
  const otherAt = pos[other]!;
  if (!fits(w, v, ahead[other << 1]!, behind[other << 1]!, otherAt)) return;
  if (!fits(w, other, ahead[v << 1]!, behind[v << 1]!, at)) return;
  const leader = ahead[v << 1]!;
  const otherLeader = ahead[other << 1]!;
  unlink(w, v);
  unlink(w, other);
  pos[v] = otherAt;
  pos[other] = at;
  link(w, v, theirs, otherLeader);
  link(w, other, mine, leader);
  aim(w, v);
  aim(w, other);
}

/** Carries out what `noteSwap` noted in `w`, where the two still stand as they did. */
export function applySwaps(w: World): void {
  const { counts, swapper, swapWith } = w.scratch;
  const swaps = counts[SWAPS]!;
  for (let k = 0; k < swaps; k++) swap(w, swapper[k]!, swapWith[k]!);
}
