import type { f64, i32 } from '../units/numbers.ts';
import { TYPE } from './demand.ts';
import { FADING_S, LOOK_MEMORY as MEMORY } from './scratch.ts';
import { HALTING, SCALAR, SEGMENT, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const {
  pos: POS,
  speed: SPEED,
  factor: FACTOR,
  segment: ON,
  type: KIND,
  movedAt: MOVED_AT,
  lookMps: LOOK,
  undelayed: UNDELAYED,
  waited: WAITED,
  stops: STOPS,
} = VEHICLE;
const { maxSpeed: MAX_SPEED } = TYPE;
const { limit: LIMIT } = SEGMENT;
const { drove: DROVE } = SCALAR;

const HALTED = HALTING;

const LOOK_MEMORY = MEMORY;
/** Standing longer fades no more, s. */
const LONGEST_S = FADING_S - 1;

/**
 * Accounts are kept by difference, so that there is nothing to do for those who stand, and little for all others. Time lost, waiting and
 * stops are as SUMO's tripinfo counts them: against the individual speed allowed where one is.
 */
export function account(w: World, v: i32): void {
  const { f64: F, i32: I } = w;
  const drove = w.state.scalars[DROVE]! | 0;
  const haltedS = drove - 1 - I[(v << 1) + MOVED_AT]!;
  if (F[v + SPEED]! <= HALTED) {
    if (haltedS === 0) I[(v << 1) + STOPS] = I[(v << 1) + STOPS]! + 1;
  } else {
    if (haltedS > 0) I[(v << 1) + WAITED] = I[(v << 1) + WAITED]! + haltedS;
    I[(v << 1) + MOVED_AT] = drove;
  }
}

/** Seconds that driving from the start of its segment to `posM` takes at the speed allowed. */
function undelayedTo(w: World, v: i32, posM: f64): f64 {
  const { f64: F, i32: I, f32: S } = w;
  const limit = F[(I[(v << 1) + ON]! << 3) + LIMIT]! * S[(v << 1) + FACTOR]!;
  return posM / Math.min(F[I[(v << 1) + KIND]! + MAX_SPEED]!, limit);
}

/** Settles what was driven on the segment, but for the last step: before a vehicle leaves it, or its limit changes. */
export function leaveSegment(w: World, v: i32): void {
  const { f64: F } = w;
  F[v + UNDELAYED] = F[v + UNDELAYED]! + undelayedTo(w, v, F[v + POS]! - F[v + SPEED]!);
}

/** Begins to count on the segment, the last step included: after `leaveSegment`. */
export function beginSegment(w: World, v: i32): void {
  const { f64: F } = w;
  F[v + UNDELAYED] = F[v + UNDELAYED]! - undelayedTo(w, v, F[v + POS]! - F[v + SPEED]!);
}

/** The accounts of one that stands at a stop, which is neither time lost nor waited. */
export function accountStop(w: World, v: i32): void {
  const { f64: F, i32: I } = w;
  const drove = w.state.scalars[DROVE]!;
  const haltedS = drove - 1 - I[(v << 1) + MOVED_AT]!;
  if (haltedS < 0) return;
  F[v + UNDELAYED] = F[v + UNDELAYED]! + 1;
  I[(v << 1) + WAITED] = I[(v << 1) + WAITED]! + haltedS;
  I[(v << 1) + MOVED_AT] = drove;
}

/** Accounts of one that enters now. */
export function openAccounts(w: World, v: i32): void {
  const { f64: F, i32: I, f32: S } = w;
  const drove = w.state.scalars[DROVE]!;
  F[v + UNDELAYED] = drove - undelayedTo(w, v, F[v + POS]!);
  I[(v << 1) + MOVED_AT] = drove;
  I[(v << 1) + WAITED] = 0;
  I[(v << 1) + STOPS] = 0;
  S[(v << 1) + LOOK] = 0;
}

/** Seconds halted without a break. */
export function haltedOf(w: World, v: i32): i32 {
  return (w.state.scalars[DROVE]! | 0) - w.i32[(v << 1) + MOVED_AT]!;
}

/** Seconds halted in all. */
export function waitedOf(w: World, v: i32): i32 {
  return w.i32[(v << 1) + WAITED]! + haltedOf(w, v);
}

/** Seconds lost. */
export function lossOf(w: World, v: i32): f64 {
  const { f64: F } = w;
  return w.state.scalars[DROVE]! - F[v + UNDELAYED]! - undelayedTo(w, v, F[v + POS]!);
}

/** Notes the speed of one on a lane for how far ahead it chooses lanes, before its accounts; nothing while it is halted. */
export function remember(w: World, v: i32, now: f64): void {
  if (now <= HALTED) return;
  const { f32: S } = w;
  const known = LOOK_MEMORY * lookAfter(w, v, haltedOf(w, v) - 1);
  S[(v << 1) + LOOK] = Math.max(now, known + (1 - LOOK_MEMORY) * now);
}

/** The speed by which one judges how far ahead to choose lanes, m/s. */
export function lookOf(w: World, v: i32): f64 {
  return lookAfter(w, v, haltedOf(w, v));
}

function lookAfter(w: World, v: i32, haltedS: i32): f64 {
  return w.f32[(v << 1) + LOOK]! * w.scratch.fading[haltedS < LONGEST_S ? haltedS : LONGEST_S]!;
}
