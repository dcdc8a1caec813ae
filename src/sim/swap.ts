import type { f64, i32 } from '../units/numbers.ts';
import { beginSegment, haltedOf, leaveSegment } from './accounts.ts';
import { aim } from './aim.ts';
import { TYPE } from './demand.ts';
import { COUNT } from './scratch.ts';
import { VEHICLE } from './state.ts';
import { link, unlink, type World } from './world.ts';

const { pos: POS, segment: ON, ahead: AHEAD, behind: BEHIND, type: KIND, choice: CHOICE } = VEHICLE;
const { length: LENGTH } = TYPE;

/** Two vehicles that halt side by side, each in need of the other's lane, change places after this long, s. */
const SWAP_AFTER_S = 5;
const { swaps: SWAPS } = COUNT;

/** Two halted vehicles that stand in each other's way, each wanting the other's lane, are to change places. */
export function noteSwap(w: World, v: i32, other: i32, to: i32): boolean {
  const { i32: I } = w;
  const { swapper, swapWith, counts } = w.scratch;
  if (other < 0 || haltedOf(w, v) < SWAP_AFTER_S || haltedOf(w, other) < SWAP_AFTER_S) return false;
  if (I[(other << 1) + ON] !== to) return false;
  if (!wantsTowards(w, other, I[(v << 1) + ON]!) || !isBeside(w, v, other)) return false;
  const swap = counts[SWAPS]!;
  counts[SWAPS] = swap + 1;
  swapper[swap] = v;
  swapWith[swap] = other;
  return true;
}

function wantsTowards(w: World, v: i32, lane: i32): boolean {
  const { i32: I } = w;
  return (lane - I[(v << 1) + ON]!) * (I[(v << 1) + CHOICE]! >> 2) > 0;
}

function isBeside(w: World, v: i32, other: i32): boolean {
  const { f64: F, i32: I } = w;
  return (
    F[v + POS]! > F[other + POS]! - F[I[(other << 1) + KIND]! + LENGTH]! &&
    F[other + POS]! > F[v + POS]! - F[I[(v << 1) + KIND]! + LENGTH]!
  );
}

function fits(w: World, v: i32, leader: i32, follower: i32, front: f64): boolean {
  const { f64: F, i32: I } = w;
  const back = front - F[I[(v << 1) + KIND]! + LENGTH]!;
  if (leader >= 0 && F[leader + POS]! - F[I[(leader << 1) + KIND]! + LENGTH]! < front) return false;
  return follower < 0 || F[follower + POS]! <= back;
}

function swap(w: World, v: i32, other: i32): void {
  const { f64: F, i32: I } = w;
  const mine = I[(v << 1) + ON]!;
  const theirs = I[(other << 1) + ON]!;
  const adjacent = Math.abs(mine - theirs) === 1 && wantsTowards(w, v, theirs) && wantsTowards(w, other, mine);
  if (!adjacent || !isBeside(w, v, other)) return;
  const at = F[v + POS]!;
  const otherAt = F[other + POS]!;
  if (!fits(w, v, I[(other << 1) + AHEAD]!, I[(other << 1) + BEHIND]!, otherAt)) return;
  if (!fits(w, other, I[(v << 1) + AHEAD]!, I[(v << 1) + BEHIND]!, at)) return;
  const leader = I[(v << 1) + AHEAD]!;
  const otherLeader = I[(other << 1) + AHEAD]!;
  leaveSegment(w, v);
  leaveSegment(w, other);
  unlink(w, v);
  unlink(w, other);
  F[v + POS] = otherAt;
  F[other + POS] = at;
  link(w, v, theirs, otherLeader);
  link(w, other, mine, leader);
  beginSegment(w, v);
  beginSegment(w, other);
  aim(w, v);
  aim(w, other);
}

/** Carries out what `noteSwap` noted in `w`, where the two still stand as they did. */
export function applySwaps(w: World): void {
  const { counts, swapper, swapWith } = w.scratch;
  const swaps = counts[SWAPS]!;
  for (let k = 0; k < swaps; k++) swap(w, swapper[k]!, swapWith[k]!);
}
