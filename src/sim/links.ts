import type { f64, i32 } from '../units/numbers.ts';
import { followAhead } from './ahead.ts';
import { viaBeyond } from './aim.ts';
import { arrivalTime, brakeGap, safeStopSpeed } from './carfollowing.ts';
import { TYPE } from './demand.ts';
import { CONTROL } from './network.ts';
import { COUNT, LINK, PLAN_LINKS } from './scratch.ts';
import { SCALAR, SEGMENT, TRAIT, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const {
  pos: POS,
  speed: SPEED,
  factor: FACTOR,
  segment: ON,
  ahead: AHEAD,
  type: KIND,
  via: VIA,
  nextVia: NEXT_VIA,
} = VEHICLE;
const { length: LENGTH, accel: ACCEL, decel: DECEL, maxSpeed: MAX_SPEED, tau: TAU } = TYPE;
const {
  distance: DISTANCE,
  pass: PASS,
  wait: WAIT,
  arrive: ARRIVE,
  leave: LEAVE,
  leaveBound: LEAVE_BOUND,
  arriveSpeed: ARRIVE_SPEED,
  leaveSpeed: LEAVE_SPEED,
  brakeSpeed: BRAKE_SPEED,
  movement: MOVEMENT,
  inner: INNER,
  slows: SLOWS,
  timedBy: TIMED,
  request: REQUEST,
  vehicle: WHO,
  next: NEXT,
} = LINK;
const { end: END_M, limit: LIMIT, waitAt: WAIT_AT, toLane: TO_LANE, traits: TRAITS } = SEGMENT;
const { seenBeyond: SEEN_BEYOND } = TRAIT;

/** From here a driver on a minor link sees the foes and may decide to go (SUMO's foe visibility distance). */
export const VISIBILITY_M = 4.5;
/** Roads beyond the next line are looked along for this many vehicle lengths (SUMO). */
const LOOK_LENGTHS = 5;
const EPS = 0.001;

const { red: RED, yellow: YELLOW, major: MAJOR } = CONTROL;
const LINKS = PLAN_LINKS;
const { links: MADE } = COUNT;
const TIME = SCALAR.timeMs;
/** Speed after `distance` metres of acceleration from `speed`, at most `limit`. */
export function speedAfter(distance: f64, speed: f64, accel: f64, limit: f64): f64 {
  return Math.min(limit, Math.sqrt(speed * speed + 2 * accel * Math.max(0, distance)));
}

/** Speed at a line `distance` metres away of a driver who brakes for it after `tau` seconds (SUMO's getMinimalArrivalSpeedEuler). */
function slowestArrival(distance: f64, speed: f64, decel: f64, tau: f64): f64 {
  if (distance >= brakeGap(speed, decel, tau)) return 0;
  if (distance < speed) return speed;
  return Math.sqrt(Math.max(0, speed * speed - 2 * decel * (distance - speed * tau)));
}

/** Begins a plan for a line; its distance, speeds `pass` and `wait`, and in `arriveSpeed` the speed one may have there, are in it already. */
export function beginLink(w: World, v: i32, link: i32, movement: i32, inner: i32, slows: boolean): void {
  const { f64: P, i32: PI } = w.links;
  P[link + LEAVE_BOUND] = Number.POSITIVE_INFINITY;
  PI[(link << 1) + MOVEMENT] = movement;
  PI[(link << 1) + INNER] = inner;
  PI[(link << 1) + SLOWS] = slows ? 1 : 0;
  PI[(link << 1) + TIMED] = 0;
  PI[(link << 1) + REQUEST] = 1;
  PI[(link << 1) + WHO] = v;
}

/**
 * Works out when a vehicle would come to a line and be past it, once somebody asks. Of several threads each has a mark of its own and
 * works it out for itself: all come to the same numbers, so it does not matter who writes them last, or whose mark is lost.
 */
export function timeLink(w: World, link: i32): void {
  const { f64: P, i32: PI } = w.links;
  if ((PI[(link << 1) + TIMED]! & w.mark) !== 0) return;
  const { f64: F, i32: I, f32: S } = w;
  const v = PI[(link << 1) + WHO]!;
  const seg = w.net.lanes + PI[(link << 1) + MOVEMENT]!;
  const t = I[(v << 1) + KIND]!;
  const decel = F[t + DECEL]!;
  const accel = F[t + ACCEL]!;
  const distance = P[link + DISTANCE]!;
  const free = P[link + PASS]!;
  let arriveSpeed = P[link + ARRIVE_SPEED]!;
  if (PI[(link << 1) + SLOWS] === 1) {
    const atSight = safeStopSpeed(VISIBILITY_M, decel, 0);
    arriveSpeed = Math.min(arriveSpeed, Math.sqrt(atSight * atSight + 2 * accel * VISIBILITY_M));
  }
  const length = F[(seg << 3) + END_M]!;
  const next = length > 0 ? seg : I[(seg << 4) + TO_LANE]!;
  const fastest = Math.min(F[t + MAX_SPEED]!, F[(next << 3) + LIMIT]! * S[(v << 1) + FACTOR]!);
  const arrive = w.state.scalars[TIME]! / 1000 - 1 + arrivalTime(distance, free, arriveSpeed, accel, decel);
  // As in SUMO, a path with a waiting place is passed in two parts.
  const waitAt = F[(seg << 3) + WAIT_AT]!;
  // Without a path the way across counts here alone, as in SUMO.
  let pathM = length > 0 ? length : w.net.gap[PI[(link << 1) + MOVEMENT]!]!;
  if (waitAt >= 0) pathM = PI[(link << 1) + INNER] === 1 ? length - waitAt : waitAt;
  const leaveSpeed = Math.min(speedAfter(pathM, arriveSpeed, accel, fastest), P[link + LEAVE_BOUND]!);
  P[link + ARRIVE] = arrive;
  P[link + ARRIVE_SPEED] = arriveSpeed;
  P[link + LEAVE_SPEED] = leaveSpeed;
  P[link + LEAVE] = arrive + (pathM + F[t + LENGTH]!) / Math.max(0.5 * (arriveSpeed + leaveSpeed), EPS);
  P[link + BRAKE_SPEED] = Math.min(arriveSpeed, slowestArrival(distance, free, decel, F[t + TAU]!));
  PI[(link << 1) + TIMED] = PI[(link << 1) + TIMED]! | w.mark;
}

/**
 * Lets those that give way to the movement know when the vehicle would come to its line, `distance` metres ahead and too far to
 * plan for, with up to `expected` m/s.
 */
function announce(w: World, v: i32, i: i32, movement: i32, distance: f64, expected: f64): void {
  const { f64: P, i32: PI } = w.links;
  const { newSpeed, approach, counts } = w.scratch;
  const free = newSpeed[i]!;
  const link = counts[MADE]! << 4;
  counts[MADE] = counts[MADE]! + 1;
  P[link + DISTANCE] = distance;
  P[link + PASS] = free;
  P[link + WAIT] = free;
  P[link + ARRIVE_SPEED] = expected;
  beginLink(w, v, link, movement, 0, w.state.shows[movement] !== MAJOR);
  PI[(link << 1) + NEXT] = approach[movement]!;
  approach[movement] = link;
}

/** True once a vehicle of the type has looked past `onRoads` metres of roads and `inside` metres of junctions beyond its next line (SUMO's planMove). */
export function hasLookedPast(w: World, t: i32, onRoads: f64, inside: f64): boolean {
  const length = w.f64[t + LENGTH]!;
  return onRoads > LOOK_LENGTHS * length && onRoads > length + inside;
}

/** True where a movement leads on and its lamp lets vehicles enter it. */
function isOpen(w: World, movement: i32): boolean {
  if (movement < 0) return false;
  const control = w.state.shows[movement]!;
  return control !== RED && control !== YELLOW;
}

/**
 * Tells those that give way to a vehicle too far from its line to plan for it when it would come: there and, where it has the
 * right of way there, at the next line beyond (SUMO's planMove looks past one whole road at least, however far away).
 */
export function announceFrom(w: World, v: i32, i: i32): void {
  const { f64: F, i32: I } = w;
  const free = w.scratch.newSpeed[i]!;
  const { lanes: L, isYieldedTo } = w.net;
  let movement = I[(v << 1) + VIA]!;
  if (free <= EPS || !isOpen(w, movement)) return;
  let lane = I[(v << 1) + ON]!;
  const isSeenBeyond = w.state.shows[movement] === MAJOR && (I[(lane << 4) + TRAITS]! & SEEN_BEYOND) !== 0;
  if (!isSeenBeyond && isYieldedTo[movement] === 0) return;
  const t = I[(v << 1) + KIND]!;
  const accel = F[t + ACCEL]!;
  const maxSpeed = F[t + MAX_SPEED]!;
  const factor = w.f32[(v << 1) + FACTOR]!;
  let fastest = Math.min(maxSpeed, F[(lane << 3) + LIMIT]! * factor);
  let seen = F[(lane << 3) + END_M]! - F[v + POS]!;
  let expected = speedAfter(seen, Math.min(F[v + SPEED]! + accel, fastest), accel, fastest);
  if (I[(v << 1) + AHEAD]! >= 0) expected = Math.min(expected, followAhead(w, v));
  let onRoads: f64 = 0;
  let inside: f64 = 0;
  for (let depth = 1; depth < LINKS && isOpen(w, movement); depth++) {
    const way = L + movement;
    if (isYieldedTo[movement] === 1) announce(w, v, i, movement, seen, expected);
    if (w.state.shows[movement] !== MAJOR || (I[(lane << 4) + TRAITS]! & SEEN_BEYOND) === 0) return;
    if (hasLookedPast(w, t, onRoads, inside)) return;
    if (depth === 1 && !isOpen(w, I[(v << 1) + NEXT_VIA]!)) return;
    lane = I[(way << 4) + TO_LANE]!;
    onRoads += F[(lane << 3) + END_M]!;
    inside += F[(way << 3) + END_M]!;
    seen += F[(way << 3) + END_M]! + F[(lane << 3) + END_M]!;
    fastest = Math.min(maxSpeed, F[(lane << 3) + LIMIT]! * factor);
    expected = speedAfter(F[(lane << 3) + END_M]!, free, accel, fastest);
    movement = viaBeyond(w, v, depth, lane);
  }
}

/** A leader beyond a line keeps the vehicle longer on the junction than it would need by itself. */
export function leaveNoFaster(w: World, link: i32, bound: f64): void {
  if (link < 0) return;
  const { f64: P } = w.links;
  P[link + LEAVE_BOUND] = Math.min(P[link + LEAVE_BOUND]!, bound);
}
