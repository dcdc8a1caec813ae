import { arrivalTime, brakeGap, safeStopSpeed } from './carfollowing.ts';
import { TYPE } from './demand.ts';
import { CONTROL } from './network.ts';
import { COUNT, LINK, SCALAR, SEGMENT, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const { pos: POS, speed: SPEED, factor: FACTOR, segment: ON, ahead: AHEAD, type: KIND } = VEHICLE;
const { length: LENGTH, accel: ACCEL, decel: DECEL, maxSpeed: MAX_SPEED, tau: TAU } = TYPE;
const {
  distance: DISTANCE,
  pass: PASS,
  wait: WAIT,
  arrive: ARRIVE,
  leave: LEAVE,
  cross: CROSS,
  arriveSpeed: ARRIVE_SPEED,
  leaveSpeed: LEAVE_SPEED,
  brakeSpeed: BRAKE_SPEED,
  movement: MOVEMENT,
  inner: INNER,
  request: REQUEST,
  vehicle: WHO,
  next: NEXT,
} = LINK;
const { end: END_M, limit: LIMIT, waitAt: WAIT_AT, toLane: TO_LANE } = SEGMENT;

/** From here a driver on a minor link sees the foes and may decide to go (SUMO's foe visibility distance). */
export const VISIBILITY_M = 4.5;
const EPS = 0.001;

const MAJOR = CONTROL.major;
const { links: MADE } = COUNT;
const TIME = SCALAR.timeMs;
/** Speed after `distance` metres of acceleration from `speed`, at most `limit`. */
export function speedAfter(distance: number, speed: number, accel: number, limit: number): number {
  return Math.min(limit, Math.sqrt(speed * speed + 2 * accel * Math.max(0, distance)));
}

/** Speed at a line `distance` metres away of a driver who brakes for it after `tau` seconds (SUMO's getMinimalArrivalSpeedEuler). */
function slowestArrival(distance: number, speed: number, decel: number, tau: number): number {
  if (distance >= brakeGap(speed, decel, tau)) return 0;
  if (distance < speed) return speed;
  return Math.sqrt(Math.max(0, speed * speed - 2 * decel * (distance - speed * tau)));
}

/**
 * Notes when the vehicle would come to a line and be past it. Its distance, speeds `pass` and `wait`, and in `arriveSpeed` the
 * speed it may have there, are in the note already.
 */
export function timeLink(w: World, v: number, link: number, movement: number, inner: number, slows: boolean): void {
  const { f64: P, i32: PI } = w.links;
  const { f64: F, i32: I, f32: S } = w;
  const seg = w.net.lanes + movement;
  const t = I[(v << 1) + KIND]!;
  const decel = w.f64[t + DECEL]!;
  const accel = w.f64[t + ACCEL]!;
  const distance = P[link + DISTANCE]!;
  const free = P[link + PASS]!;
  let arriveSpeed = P[link + ARRIVE_SPEED]!;
  if (slows) {
    const atSight = safeStopSpeed(VISIBILITY_M, decel, 0);
    arriveSpeed = Math.min(arriveSpeed, Math.sqrt(atSight * atSight + 2 * accel * VISIBILITY_M));
  }
  const length = F[(seg << 3) + END_M]!;
  const next = length > 0 ? seg : I[(seg << 4) + TO_LANE]!;
  const fastest = Math.min(w.f64[t + MAX_SPEED]!, F[(next << 3) + LIMIT]! * S[(v << 1) + FACTOR]!);
  const arrive = w.state.scalars[TIME]! / 1000 - 1 + arrivalTime(distance, free, arriveSpeed, accel, decel);
  const pathM = inner === 1 ? length - F[(seg << 3) + WAIT_AT]! : length;
  const leaveSpeed = speedAfter(pathM, arriveSpeed, accel, fastest);
  const crossM = pathM + w.f64[t + LENGTH]!;
  PI[(link << 1) + MOVEMENT] = movement;
  PI[(link << 1) + INNER] = inner;
  PI[(link << 1) + REQUEST] = 1;
  PI[(link << 1) + WHO] = v;
  P[link + ARRIVE] = arrive;
  P[link + ARRIVE_SPEED] = arriveSpeed;
  P[link + LEAVE_SPEED] = leaveSpeed;
  P[link + CROSS] = crossM;
  P[link + LEAVE] = arrive + crossM / Math.max(0.5 * (arriveSpeed + leaveSpeed), EPS);
  P[link + BRAKE_SPEED] = Math.min(arriveSpeed, slowestArrival(distance, free, decel, w.f64[t + TAU]!));
}

/** Lets those that give way to the movement know when the vehicle would come to its line, which is too far to plan for. */
export function announce(w: World, v: number, i: number, movement: number): void {
  const { f64: P, i32: PI } = w.links;
  const { f64: F, i32: I, f32: S } = w;
  const { newSpeed, approach, counts } = w.scratch;
  const free = newSpeed[i]!;
  if (free <= EPS) return;
  const seg = I[(v << 1) + ON]!;
  const t = I[(v << 1) + KIND]!;
  const accel = w.f64[t + ACCEL]!;
  const fastest = F[(seg << 3) + LIMIT]! * S[(v << 1) + FACTOR]!;
  const seen = F[(seg << 3) + END_M]! - F[v + POS]!;
  const unled = Math.min(F[v + SPEED]! + accel, w.f64[t + MAX_SPEED]!, fastest);
  const expected = speedAfter(seen, unled, accel, fastest);
  const link = counts[MADE]! << 4;
  counts[MADE] = counts[MADE]! + 1;
  P[link + DISTANCE] = seen;
  P[link + PASS] = free;
  P[link + WAIT] = free;
  P[link + ARRIVE_SPEED] = I[(v << 1) + AHEAD]! >= 0 ? Math.min(expected, free) : expected;
  timeLink(w, v, link, movement, 0, w.state.shows[movement] !== MAJOR);
  PI[(link << 1) + NEXT] = approach[movement]!;
  approach[movement] = link;
}

/** A leader beyond a line keeps the vehicle longer on the junction than it would need by itself. */
export function leaveNoFaster(w: World, link: number, bound: number, reachable: number): void {
  if (link < 0 || bound === Number.POSITIVE_INFINITY) return;
  const { f64: P } = w.links;
  const leaveSpeed = Math.min(P[link + LEAVE_SPEED]!, bound, reachable);
  P[link + LEAVE_SPEED] = leaveSpeed;
  const mean = Math.max(0.5 * (P[link + ARRIVE_SPEED]! + leaveSpeed), EPS);
  P[link + LEAVE] = P[link + ARRIVE]! + P[link + CROSS]! / mean;
}
