import type { f64, i32 } from '../units/numbers.ts';
import { haltedOf } from './accounts.ts';
import { findAside, isAnyoneAside } from './beside.ts';
import { TYPE } from './demand.ts';
import { followSpeed, haltSpeed } from './driver.ts';
import { SAFETY_M } from './footways.ts';
import { CONTROL, MERGE } from './network.ts';
import { isBlockedByWalkers } from './pedestrians.ts';
import { FLAG, HALTING, SCALAR, SEGMENT, TRAIT, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const { end: END_M, waitAt: WAIT_AT, tail: TAIL, traits: TRAITS, aside: ASIDE } = SEGMENT;
const {
  pos: POS,
  speed: SPEED,
  behind: BEHIND,
  type: KIND,
  trip: TRIP,
  flags: FLAGS,
  entered: ENTERED,
  cameBy: CAME_BY,
} = VEHICLE;
const { length: LENGTH, minGap: MIN_GAP, decel: DECEL } = TYPE;

/** Vehicles that hold each other up inside a junction this long are let out in the order they came in, s. */
const STALEMATE_S = 3;
/** Whoever has stood inside for longer blocks the junction (SUMO's junction blockage time), s. */
const BLOCKAGE_S = 5;
/** Half a lane's width: nearer than this to a crossing point, a vehicle is in the way. */
const IN_THE_WAY_M = 1.6;
const POSITION_EPS = 0.1;
/** Nobody comes nearer than this many lengths to one inside who has to change lanes and found no gap (SUMO). */
const ROOM_LENGTHS = 2;

const { minor: MINOR, major: MAJOR } = CONTROL;
const MERGES = MERGE;
const HALTED = HALTING;
const WALKERS = SCALAR.walkers;
const HELD = FLAG.held;
const WANTS = FLAG.wantsLeft | FLAG.wantsRight;
const SIGNALLED = TRAIT.signalled;

function isGreen(w: World, way: i32): boolean {
  const control = w.state.shows[way - w.net.lanes]!;
  return (w.i32[(way << 4) + TRAITS]! & SIGNALLED) !== 0 && (control === MINOR || control === MAJOR);
}

/** True when `foe` entered the junction before `v`: the faster of two that came in the same second (SUMO's isLeader). */
function wentFirst(w: World, foe: i32, v: i32): boolean {
  const { f64: F, i32: I } = w;
  const earlier = I[(foe << 1) + ENTERED]! - I[(v << 1) + ENTERED]!;
  if (earlier !== 0) return earlier < 0;
  const faster = F[foe + SPEED]! - F[v + SPEED]!;
  return faster > 0 || (faster === 0 && I[(foe << 1) + TRIP]! > I[(v << 1) + TRIP]!);
}

/** False for a vehicle that stands behind another, or has long been held up: it does not come any nearer for now. */
function willPass(w: World, foe: i32): boolean {
  const { i32: I } = w;
  return (I[(foe << 1) + FLAGS]! & HELD) !== 0 && haltedOf(w, foe) <= BLOCKAGE_S;
}

/** True when both stand because of others inside: the one that came first then goes, whoever is in its way. */
function breaksStalemate(w: World, v: i32, foe: i32): boolean {
  const { i32: I } = w;
  return (
    (I[(foe << 1) + FLAGS]! & HELD) !== 0 &&
    haltedOf(w, v) >= STALEMATE_S &&
    haltedOf(w, foe) >= STALEMATE_S &&
    wentFirst(w, v, foe)
  );
}

/**
 * Speed with which to come to the meeting point, `distance` metres ahead, just after the foe has cleared it (SUMO's
 * adaptToJunctionLeader); `gap` is the room behind the foe as if both drove on one lane.
 */
function letPass(w: World, v: i32, foe: i32, distance: f64, gap: f64, start: f64): f64 {
  const { f64: F, i32: I } = w;
  const t = I[(v << 1) + KIND]!;
  const now = F[v + SPEED]!;
  const foeFlags = w.i32[(foe << 1) + FLAGS]!;
  const needsRoom = (foeFlags & WANTS) !== 0 && gap < ROOM_LENGTHS * F[w.i32[(foe << 1) + KIND]! + LENGTH]!;
  let bound: f64;
  if (gap >= 0 && !needsRoom) {
    bound = followSpeed(w, v, foe, gap);
  } else {
    bound = haltSpeed(w, v, start - POSITION_EPS, F[t + DECEL]!);
  }
  if (distance < 0) return bound;
  const room = distance - F[t + MIN_GAP]!;
  if (needsRoom) return Math.max(bound, haltSpeed(w, v, room, F[t + DECEL]!));
  const passedIn = (distance - gap) / Math.max(F[foe + SPEED]!, HALTED);
  const final = Math.max(now, (2 * room) / passedIn - now);
  return Math.max(bound, Math.min(now + (final - now) / passedIn, haltSpeed(w, v, room, F[t + DECEL]!)));
}

/**
 * The last vehicle on a lane when its back may still be in the junction before it, or -1. Notes when it no longer is: whoever of
 * several threads finds that finds the same.
 */
function findEntering(w: World, lane: i32): i32 {
  const { entering } = w.state;
  const last = w.i32[(lane << 4) + TAIL]!;
  const isThrough = last < 0 || w.f64[last + POS]! - w.f64[w.i32[(last << 1) + KIND]! + LENGTH]! >= IN_THE_WAY_M;
  if (!isThrough) return last;
  if (isAnyoneAside(w, lane)) return -1;
  w.i32[(lane << 4) + ASIDE] = 0;
  entering[lane] = 0;
  return -1;
}

/**
 * Speed that respects vehicles already inside the junction on paths that meet one's own, whatever the lamps say (SUMO's
 * link leaders). Of two vehicles inside, the one that entered first goes first; of two that merge, the one nearer the end.
 * The bounds from the meeting points before the movement's waiting place, and from all others, are left in out[0] and out[1];
 * Infinity when nobody is in the way. out[2] is 1 when someone who has long stood inside keeps the vehicle from moving at all.
 * out[3] has the metres to the start of the movement, negative when on it.
 */
export function junctionLeaders(w: World, v: i32, movement: i32, onIt: boolean): void {
  const { f64: F, i32: I } = w;
  const { head, entering } = w.state;
  const { conflictStart, conflicts, conflictKind, conflictAt, conflictFoeAt, conflictYields, toLane } = w.net;
  const L = w.net.lanes;
  const { out } = w.scratch;
  const start = out[3]!;
  const t = I[(v << 1) + KIND]!;
  const from = conflictStart[movement]!;
  const to = conflictStart[movement + 1]!;
  // Inside, one goes round those that stand short of one's path, but not to wait there oneself.
  const waitAt = F[((L + movement) << 3) + WAIT_AT]!;
  const passesBy = onIt && -start >= waitAt;
  let toWait = Number.POSITIVE_INFINITY;
  let beyond = Number.POSITIVE_INFINITY;
  let isBlocked = 0;
  for (let k = from; k < to; k++) {
    const foeMovement = conflicts[k]!;
    const foeSegment = L + foeMovement;
    const merges = conflictKind[k] === MERGES;
    let last = -1;
    if (entering[toLane[foeMovement]!] !== 0) {
      last = findEntering(w, toLane[foeMovement]!);
      if (last < 0 || I[(last << 1) + CAME_BY] !== foeMovement) last = findAside(w, foeMovement);
    }
    const hasLeft = last >= 0;
    const first = head[foeSegment]!;
    if (first < 0 && !hasLeft) continue;
    let bound = Number.POSITIVE_INFINITY;
    const foeLength = F[(foeSegment << 3) + END_M]!;
    const foeAt = conflictFoeAt[k]!;
    // Who may wait inside waits there for those it crosses beyond, and once past that place has the way.
    const waitsFor = !merges && waitAt >= 0 && conflictAt[k]! > waitAt;
    const stopAt = waitsFor || (merges && waitAt >= 0) ? start + waitAt : start;
    const distance = waitsFor ? stopAt : start + conflictAt[k]! - (merges ? 0 : IN_THE_WAY_M);
    if (merges) {
      if (hasLeft && F[last + POS]! < F[I[(last << 1) + KIND]! + LENGTH]!) {
        // Half on the lane that both come to: its back is still in the way.
        const back = F[last + POS]! - F[I[(last << 1) + KIND]! + LENGTH]!;
        const gap = start + F[((L + movement) << 3) + END_M]! + back - F[t + MIN_GAP]!;
        bound = letPass(w, v, last, -1, gap, stopAt);
      }
    } else {
      if (distance < 0) continue;
      if (hasLeft) {
        const pastM = F[last + POS]! - F[I[(last << 1) + KIND]! + LENGTH]! + foeLength - foeAt - IN_THE_WAY_M;
        if (pastM < 0) bound = letPass(w, v, last, distance, distance - F[t + MIN_GAP]! + pastM, stopAt);
      }
    }
    for (let foe = first; foe >= 0; foe = I[(foe << 1) + BEHIND]!) {
      if (onIt && breaksStalemate(w, v, foe)) continue;
      const foeBack = F[foe + POS]! - F[I[(foe << 1) + KIND]! + LENGTH]!;
      const foeWaitAt = F[(foeSegment << 3) + WAIT_AT]!;
      const isBefore = F[foe + POS]! <= foeWaitAt;
      if (isBefore || (merges && foeWaitAt >= 0 && foeBack < foeWaitAt)) {
        // Still at its waiting place, or with its back: in the way of those alone that give way to it and come by there, unless both have green.
        const isPassed = !merges && foeAt > foeWaitAt;
        const isAside =
          waitAt >= 0 || conflictYields[k] === 0 || isPassed || (isGreen(w, L + movement) && isGreen(w, foeSegment));
        if (!isAside && (!onIt || wentFirst(w, foe, v))) {
          const allowed = haltSpeed(w, v, start - POSITION_EPS, F[t + DECEL]!);
          if (allowed < HALTED && haltedOf(w, foe) > BLOCKAGE_S) isBlocked = 1;
          bound = Math.min(bound, allowed);
        }
        if (isBefore) continue;
      }
      if (F[foe + SPEED]! < HALTED && F[foe + POS]! <= foeAt - (merges ? 0 : IN_THE_WAY_M) && !willPass(w, foe))
        continue;
      let gap: f64;
      if (merges) {
        const toEnd = start + F[((L + movement) << 3) + END_M]!;
        const isAhead = F[foe + POS]! > foeAt && distance > foeAt - F[foe + POS]!;
        if (onIt && !isAhead && (distance < -POSITION_EPS || !wentFirst(w, foe, v))) continue;
        gap = toEnd - (foeLength - foeBack) - F[t + MIN_GAP]!;
      } else {
        if (foeBack > foeAt + IN_THE_WAY_M) continue;
        if (F[foe + POS]! <= foeAt - IN_THE_WAY_M) {
          if (onIt && !wentFirst(w, foe, v)) continue;
          if (passesBy && F[foe + SPEED]! < HALTED) continue;
        } else if (onIt && distance <= 0 && wentFirst(w, v, foe)) {
          continue;
        }
        gap = distance - F[t + MIN_GAP]! - (foeAt + IN_THE_WAY_M - foeBack);
      }
      const allowed = letPass(w, v, foe, merges ? -1 : distance, gap, stopAt);
      if (allowed < HALTED && haltedOf(w, foe) > BLOCKAGE_S) isBlocked = 1;
      bound = Math.min(bound, allowed);
    }
    if (!merges && conflictAt[k]! <= waitAt) toWait = Math.min(toWait, bound);
    else beyond = Math.min(beyond, bound);
  }
  if (w.state.scalars[WALKERS]! > 0) {
    const { start: meetings, atM, halfWidthM, crossing } = w.feet;
    for (let k = meetings[movement]!; k < meetings[movement + 1]!; k++) {
      const distance = start + atM[k]! - halfWidthM[crossing[k]!]! - SAFETY_M;
      if (distance < -SAFETY_M || !isBlockedByWalkers(w, k)) continue;
      const bound = haltSpeed(w, v, distance, F[t + DECEL]!);
      if (atM[k]! <= waitAt) toWait = Math.min(toWait, bound);
      else beyond = Math.min(beyond, bound);
    }
  }
  out[0] = toWait;
  out[1] = beyond;
  out[2] = isBlocked;
}
