import type { f64, i32 } from '../units/numbers.ts';
import { brakeGap } from './carfollowing.ts';
import { TYPE } from './demand.ts';
import { CONTROL } from './network.ts';
import { willMeetWalkers } from './pedestrians.ts';
import { SCALAR, SEGMENT, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const {
  pos: POS,
  speed: SPEED,
  segment: ON,
  ahead: AHEAD,
  behind: BEHIND,
  type: KIND,
  routeAt: ROUTE_AT,
  trip: TRIP,
} = VEHICLE;
const { length: LENGTH, decel: DECEL, blueLight: BLUE_LIGHT } = TYPE;
const { end: END_M, tail: TAIL, toLane: TO_LANE } = SEGMENT;

/**
 * Vehicles with blue light and siren. After SUMO's bluelight device (reaction distance 25 m) as far as is safe without
 * sublanes: others ahead leave its lane where they can and nobody changes in front of it; at a junction others that can still
 * stop let it go first; it slows down for a red light and passes it when nobody is or must come in its way. Nothing here is
 * asked while no such vehicle is on the streets.
 */
const REACT_M = 25;
/** A red light is passed from no farther: by then the vehicle has slowed to what lets it stop, about 9 m/s. */
const LOOK_IN_M = 10;
/** Nobody who is still farther from a line is too fast to stop there. */
const APPROACH_M = 80;
/** A lane shorter than this is looked beyond: who is on the way onto it may be too fast to stop at its end. */
const SHORT_LANE_M = 40;
/** Time within which a crossing on foot must be free of people, s. */
const CROSSING_S = 10;

const { red: RED, yellow: YELLOW, major: MAJOR } = CONTROL;
const SIRENS = SCALAR.sirens;

export function hasSirens(w: World): boolean {
  return w.state.scalars[SIRENS]! > 0;
}

/** The vehicle has entered; when it has a siren, others hear it from now on. */
export function addSiren(w: World, v: i32): void {
  if (w.f64[w.i32[(v << 1) + KIND]! + BLUE_LIGHT] === 0) return;
  const { scalars, sirens } = w.state;
  sirens[scalars[SIRENS]!] = v;
  scalars[SIRENS] = scalars[SIRENS]! + 1;
}

/** The vehicle is gone. */
export function removeSiren(w: World, v: i32): void {
  if (w.f64[w.i32[(v << 1) + KIND]! + BLUE_LIGHT] === 0) return;
  const { scalars, sirens } = w.state;
  const last = scalars[SIRENS]! - 1;
  for (let k = 0; k <= last; k++) {
    if (sirens[k] !== v) continue;
    sirens[k] = sirens[last]!;
    scalars[SIRENS] = last;
    return;
  }
}

/** Metres from a siren's front to the start of a lane that it is on or comes to next; NaN when it does not. */
function distanceTo(w: World, siren: i32, lane: i32): f64 {
  const { f64: F, i32: I } = w;
  const L = w.net.lanes;
  const seg = I[(siren << 1) + ON]!;
  if (seg === lane) return -F[siren + POS]!;
  const left = F[(seg << 3) + END_M]! - F[siren + POS]!;
  if (left > REACT_M) return Number.NaN;
  if (seg >= L) return I[(seg << 4) + TO_LANE] === lane ? left : Number.NaN;
  const movement = w.choices.via[w.choices.at[I[(siren << 1) + ROUTE_AT]!]! + seg]!;
  if (movement < 0 || I[((L + movement) << 4) + TO_LANE] !== lane) return Number.NaN;
  return left + F[((L + movement) << 3) + END_M]!;
}

/** True when a siren comes up from behind to the vehicle's place on a lane (its own, or one it may change to). */
export function hearsSiren(w: World, v: i32, lane: i32): boolean {
  const { f64: F, i32: I } = w;
  const t = I[(v << 1) + KIND]!;
  if (w.f64[t + BLUE_LIGHT] === 1) return false;
  const { scalars, sirens } = w.state;
  const count = scalars[SIRENS]!;
  for (let k = 0; k < count; k++) {
    const siren = sirens[k]!;
    const ahead = F[v + POS]! + distanceTo(w, siren, lane);
    if (ahead > 0 && ahead - w.f64[t + LENGTH]! <= REACT_M) return true;
  }
  return false;
}

/**
 * True when it is too late to stop at the end of the lane: on the lane beside the light may be red, or one with a siren in the way.
 * Asked only while a siren is on the streets.
 */
export function keepsLane(w: World, v: i32, lane: i32): boolean {
  const { f64: F } = w;
  const decel = F[w.i32[(v << 1) + KIND]! + DECEL]!;
  return F[(lane << 3) + END_M]! - F[v + POS]! < brakeGap(F[v + SPEED]!, decel, 0);
}

function conflict(w: World, movement: i32, other: i32): boolean {
  const { conflictStart, conflicts } = w.net;
  for (let k = conflictStart[movement]!; k < conflictStart[movement + 1]!; k++) if (conflicts[k] === other) return true;
  return false;
}

/**
 * True when a siren is in the junction, or first before its line, on a path that meets the movement's.
 * @param hasSiren for another vehicle with a siren: only one that is too fast to stop needs it free
 */
function needsFree(w: World, siren: i32, movement: i32, hasSiren: boolean): boolean {
  const { f64: F, i32: I } = w;
  const L = w.net.lanes;
  const seg = I[(siren << 1) + ON]!;
  if (seg >= L) return conflict(w, seg - L, movement);
  const left = w.f64[(seg << 3) + END_M]! - F[siren + POS]!;
  if (I[(siren << 1) + AHEAD]! >= 0 || left > REACT_M) return false;
  if (hasSiren && left >= brakeGap(F[siren + SPEED]!, w.f64[I[(siren << 1) + KIND]! + DECEL]!, 0)) return false;
  const own = w.choices.via[w.choices.at[I[(siren << 1) + ROUTE_AT]!]! + seg]!;
  return own >= 0 && conflict(w, own, movement);
}

/** True when someone before a movement is too fast to stop, or is another siren that goes first: the one with green, or the earlier trip. */
function mustComeBy(w: World, movement: i32, v: i32): boolean {
  const { f64: F, i32: I } = w;
  const lane = w.net.fromLane[movement]!;
  const end = w.f64[(lane << 3) + END_M]!;
  const control = w.state.shows[movement];
  const isOpen = control !== RED && control !== YELLOW;
  for (let u = w.state.head[lane]!; u >= 0; u = I[(u << 1) + BEHIND]!) {
    const t = I[(u << 1) + KIND]!;
    const distance = end - F[u + POS]!;
    if (distance > APPROACH_M) return false;
    if (distance < brakeGap(F[u + SPEED]!, F[t + DECEL]!, 0)) return true;
    if (F[t + BLUE_LIGHT] === 1 && (isOpen || (distance <= REACT_M && I[(u << 1) + TRIP]! < I[(v << 1) + TRIP]!)))
      return true;
  }
  if (end >= SHORT_LANE_M) return false;
  const { inStart, in: incoming } = w.net;
  for (let k = inStart[lane]!; k < inStart[lane + 1]!; k++) {
    if (w.i32[((w.net.lanes + incoming[k]!) << 4) + TAIL]! >= 0) return true;
  }
  return false;
}

/** Whether a siren `seen` metres before a red light may pass it now. */
function mayPassRed(w: World, v: i32, movement: i32, seen: f64): boolean {
  const { conflictStart, conflicts, fromLane } = w.net;
  const L = w.net.lanes;
  const { i32: I } = w;
  const isFirst = I[(v << 1) + ON] === fromLane[movement] && I[(v << 1) + AHEAD]! < 0;
  if (!isFirst || seen > LOOK_IN_M || w.f64[((L + movement) << 3) + END_M]! === 0) return false;
  const now = w.state.scalars[SCALAR.timeMs]! / 1000;
  if (willMeetWalkers(w, movement, now, now + CROSSING_S)) return false;
  for (let k = conflictStart[movement]!; k < conflictStart[movement + 1]!; k++) {
    const other = conflicts[k]!;
    if (w.i32[((L + other) << 4) + TAIL]! >= 0 || mustComeBy(w, other, v)) return false;
  }
  return true;
}

/**
 * What a stop line `seen` metres ahead says to a vehicle while sirens are about. Who began to pass a red light goes on.
 * @param brake metres in which the vehicle can halt
 */
export function controlUnderSiren(w: World, v: i32, movement: i32, control: i32, seen: f64, brake: f64): i32 {
  const closed = control === RED || control === YELLOW;
  const hasSiren = w.f64[w.i32[(v << 1) + KIND]! + BLUE_LIGHT] === 1;
  if (closed) return hasSiren && (seen < brake || mayPassRed(w, v, movement, seen)) ? MAJOR : control;
  if (seen < brake) return control;
  const { scalars, sirens } = w.state;
  const count = scalars[SIRENS]!;
  for (let k = 0; k < count; k++) {
    const siren = sirens[k]!;
    if (siren !== v && needsFree(w, siren, movement, hasSiren)) return YELLOW;
  }
  return control;
}
