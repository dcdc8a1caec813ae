import type { f64, i32 } from '../units/numbers.ts';
import { viaBeyond } from './aim.ts';
import { findAside, findLapping, LAPPING_BACK } from './beside.ts';
import { TYPE } from './demand.ts';
import { followSpeed, haltSpeed } from './driver.ts';
import { HALTING, SEGMENT, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const { end: END_M, tail: TAIL, toLane: TO_LANE, lapped: LAPPED } = SEGMENT;
const { pos: POS, speed: SPEED, ahead: AHEAD, type: KIND, cameBy: CAME_BY } = VEHICLE;
const { length: LENGTH, minGap: MIN_GAP, decel: DECEL } = TYPE;
const HALTED = HALTING;
const BACK = LAPPING_BACK;

/** Distance before a line without a signal at which drivers halt (SUMO), m. */
export const STOP_BEFORE_SIGN_M = 0.1;

/** Metres free on a lane behind its last halted vehicle, in out[0]; true when there is one. */
function spaceTillHalted(w: World, lane: i32): boolean {
  const { f64: F, i32: I } = w;
  const { out } = w.scratch;
  let lengths: f64 = 0;
  for (let v = w.i32[(lane << 4) + TAIL]!; v >= 0; v = I[(v << 1) + AHEAD]!) {
    const t = I[(v << 1) + KIND]!;
    if (F[v + SPEED]! < HALTED) {
      out[0] = F[v + POS]! - F[t + LENGTH]! - lengths;
      return true;
    }
    lengths += F[t + LENGTH]! + F[t + MIN_GAP]!;
  }
  out[0] = w.f64[(lane << 3) + END_M]! - lengths;
  return false;
}

/** True when the vehicle, once past the movement, would find no room behind a halted one (SUMO's keepClear). */
export function wouldBlock(w: World, v: i32, movement: i32, depth: i32): boolean {
  const { f64: F, i32: I } = w;
  const { occupied } = w.state;
  const { out } = w.scratch;
  const L = w.net.lanes;
  const t = I[(v << 1) + KIND]!;
  const own = F[t + LENGTH]! + F[t + MIN_GAP]!;
  let space = -occupied[L + movement]!;
  for (let u = I[(v << 1) + AHEAD]!; u >= 0; u = I[(u << 1) + AHEAD]!)
    space -= F[I[(u << 1) + KIND]! + LENGTH]! + F[I[(u << 1) + KIND]! + MIN_GAP]!;
  let lane = I[((L + movement) << 4) + TO_LANE]!;
  for (let d = depth + 1; d <= depth + 3; d++) {
    const halted = spaceTillHalted(w, lane);
    space += out[0]!;
    if (halted) return space - own < 0;
    if (space - own >= 0) return false;
    const next = viaBeyond(w, v, d, lane);
    if (next < 0) return false;
    space -= occupied[L + next]!;
    lane = I[((L + next) << 4) + TO_LANE]!;
  }
  return false;
}

/** Safe speed behind a vehicle whose back is `gap` metres ahead (before the minimum gap). */
function follow(w: World, v: i32, leader: i32, gap: f64): f64 {
  return followSpeed(w, v, leader, gap - w.f64[w.i32[(v << 1) + KIND]! + MIN_GAP]!);
}

/** Safe speed behind the next vehicle ahead on the own segment. */
export function followAhead(w: World, v: i32): f64 {
  const { f64: F, i32: I } = w;
  const leader = I[(v << 1) + AHEAD]!;
  return follow(w, v, leader, F[leader + POS]! - F[I[(leader << 1) + KIND]! + LENGTH]! - F[v + POS]!);
}

/** Safe speed behind the last vehicle of a segment that begins at `distance`. */
export function followInto(w: World, v: i32, last: i32, distance: f64): f64 {
  const { f64: F, i32: I } = w;
  const gap = distance + F[last + POS]! - F[I[(last << 1) + KIND]! + LENGTH]!;
  const t = I[(v << 1) + KIND]!;
  if (gap < F[t + MIN_GAP]!) return haltSpeed(w, v, distance - STOP_BEFORE_SIGN_M, F[t + DECEL]!);
  return follow(w, v, last, gap);
}

/**
 * Safe speed behind those who left the lane by another movement, until their ways part: of a lane's first vehicle, or of one
 * that is on its movement.
 * @param start metres to the start of the movement, negative when on it
 */
export function followSiblings(w: World, v: i32, movement: i32, start: f64): f64 {
  const { f64: F, i32: I } = w;
  const { head, entering } = w.state;
  const { siblingStart, siblings, siblingAt, toLane } = w.net;
  const L = w.net.lanes;
  let bound = Number.POSITIVE_INFINITY;
  for (let k = siblingStart[movement]!; k < siblingStart[movement + 1]!; k++) {
    const way = L + siblings[k]!;
    const lane = toLane[siblings[k]!]!;
    if (head[way]! < 0 && entering[lane] === 0) continue;
    if (-start >= siblingAt[k]!) continue;
    let from: f64 = 0;
    let leader = I[(way << 4) + TAIL]!;
    while (leader >= 0 && F[leader + POS]! <= -start) leader = I[(leader << 1) + AHEAD]!;
    if (leader < 0) {
      leader = I[(lane << 4) + TAIL]!;
      if (leader < 0 || I[(leader << 1) + CAME_BY] !== way - L) leader = findAside(w, siblings[k]!);
      if (leader < 0) continue;
      from = F[(way << 3) + END_M]!;
    }
    const back = from + F[leader + POS]! - w.f64[I[(leader << 1) + KIND]! + LENGTH]!;
    if (back < siblingAt[k]!) bound = Math.min(bound, follow(w, v, leader, start + back));
  }
  return bound;
}

/** Safe speed of a lane's first vehicle behind those who have left it and are still half on it; `toEnd` metres to its end. */
export function followLapping(w: World, v: i32, lane: i32, toEnd: f64): f64 {
  const { i32: I } = w;
  let bound: f64 = Number.POSITIVE_INFINITY;
  if (I[(lane << 4) + LAPPED] === 0) return bound;
  const { outStart, out } = w.net;
  for (let k = outStart[lane]!; k < outStart[lane + 1]!; k++) {
    const last = findLapping(w, out[k]!);
    if (last < 0) continue;
    bound = Math.min(bound, follow(w, v, last, toEnd + w.scratch.out[BACK]!));
  }
  return bound;
}

/** True when a vehicle that has left the lane is still half on it; notes when it is no longer. */
export function isLappedInto(w: World, lane: i32): boolean {
  const { i32: I } = w;
  if (I[(lane << 4) + LAPPED] === 0) return false;
  const { outStart, out } = w.net;
  for (let k = outStart[lane]!; k < outStart[lane + 1]!; k++) if (findLapping(w, out[k]!) >= 0) return true;
  I[(lane << 4) + LAPPED] = 0;
  return false;
}
