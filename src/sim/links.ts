import { arrivalTime, brakeGap, safeStopSpeed } from './carfollowing.ts';
import { CONTROL } from './network.ts';
import { PLAN_LINKS, SCALAR, VEHICLE_SHIFT } from './state.ts';
import type { World } from './world.ts';

/** From here a driver on a minor link sees the foes and may decide to go (SUMO's foe visibility distance). */
export const VISIBILITY_M = 4.5;
const EPS = 0.001;

const MAJOR = CONTROL.major;
const LINKS = PLAN_LINKS;
const SLOT = VEHICLE_SHIFT;
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
  const p = w.links;
  const { type, factor } = w.vehicles;
  const { end, limit, waitAt, toLane } = w.segments;
  const seg = w.net.lanes + movement;
  const t = type[v << 1]!;
  const decel = w.types.decel[t]!;
  const accel = w.types.accel[t]!;
  const distance = p.distance[link]!;
  const free = p.pass[link]!;
  let arriveSpeed = p.arriveSpeed[link]!;
  if (slows) {
    const atSight = safeStopSpeed(VISIBILITY_M, decel, 0);
    arriveSpeed = Math.min(arriveSpeed, Math.sqrt(atSight * atSight + 2 * accel * VISIBILITY_M));
  }
  const length = end[seg << 3]!;
  const next = length > 0 ? seg : toLane[seg << 4]!;
  const fastest = Math.min(w.types.maxSpeed[t]!, limit[next << 3]! * factor[v]!);
  const arrive = w.state.scalars[TIME]! / 1000 - 1 + arrivalTime(distance, free, arriveSpeed, accel, decel);
  const pathM = inner === 1 ? length - waitAt[seg << 3]! : length;
  const leaveSpeed = speedAfter(pathM, arriveSpeed, accel, fastest);
  const crossM = pathM + w.types.length[t]!;
  p.movement[link << 1] = movement;
  p.inner[link << 1] = inner;
  p.request[link << 1] = 1;
  p.vehicle[link << 1] = v;
  p.arrive[link] = arrive;
  p.arriveSpeed[link] = arriveSpeed;
  p.leaveSpeed[link] = leaveSpeed;
  p.cross[link] = crossM;
  p.leave[link] = arrive + crossM / Math.max(0.5 * (arriveSpeed + leaveSpeed), EPS);
  p.brakeSpeed[link] = Math.min(arriveSpeed, slowestArrival(distance, free, decel, w.types.tau[t]!));
}

/** Lets those that give way to the movement know when the vehicle would come to its line, which is too far to plan for. */
export function announce(w: World, v: number, i: number, movement: number): void {
  const p = w.links;
  const { pos, speed, segment, type, factor, ahead } = w.vehicles;
  const { end, limit, control } = w.segments;
  const { newSpeed, approach } = w.scratch;
  const free = newSpeed[i]!;
  if (free <= EPS) return;
  const seg = segment[v << 1]!;
  const t = type[v << 1]!;
  const accel = w.types.accel[t]!;
  const fastest = limit[seg << 3]! * factor[v]!;
  const seen = end[seg << 3]! - pos[v]!;
  const unled = Math.min(speed[v]! + accel, w.types.maxSpeed[t]!, fastest);
  const expected = speedAfter(seen, unled, accel, fastest);
  const link = ((v >> SLOT) * LINKS) << 4;
  p.distance[link] = seen;
  p.pass[link] = free;
  p.wait[link] = free;
  p.arriveSpeed[link] = ahead[v << 1]! >= 0 ? Math.min(expected, free) : expected;
  timeLink(w, v, link, movement, 0, control[(w.net.lanes + movement) << 4] !== MAJOR);
  p.next[link << 1] = approach[movement]!;
  approach[movement] = link;
}

/** A leader beyond a line keeps the vehicle longer on the junction than it would need by itself. */
export function leaveNoFaster(w: World, link: number, bound: number, reachable: number): void {
  if (link < 0 || bound === Number.POSITIVE_INFINITY) return;
  const p = w.links;
  const leaveSpeed = Math.min(p.leaveSpeed[link]!, bound, reachable);
  p.leaveSpeed[link] = leaveSpeed;
  const mean = Math.max(0.5 * (p.arriveSpeed[link]! + leaveSpeed), EPS);
  p.leave[link] = p.arrive[link]! + p.cross[link]! / mean;
}
