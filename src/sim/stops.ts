import type { f64, i32 } from '../units/numbers.ts';
import { accountStop } from './accounts.ts';
import { aim } from './aim.ts';
import { TYPE } from './demand.ts';
import { haltSpeed } from './driver.ts';
import { END } from './lanes.ts';
import { FLAG, HALTING, SCALAR, SEGMENT, VEHICLE } from './state.ts';
import { endOf } from './ways.ts';
import type { World } from './world.ts';

const { pos: POS, speed: SPEED, segment: ON, type: KIND, routeAt: ROUTE_AT, trip: TRIP, flags: FLAGS } = VEHICLE;
const { end: END_M } = SEGMENT;
const { decel: DECEL } = TYPE;

const { lastRoad: LAST_ROAD, halts: HALTS, stands: STANDS } = FLAG;

/** The flag of a vehicle that comes to `lane` on the road at `place` of its route: whether the trip, or a leg of it, ends there. */
export function endFlag(w: World, trip: i32, place: i32, lane: i32): i32 {
  if (w.trips.stopLane[place]! >= 0) return HALTS;
  const isLast = w.choices.via[w.choices.at[place]! + lane] === END && place + 1 === endOf(w, trip);
  return isLast ? LAST_ROAD : 0;
}

/** Greatest speed from which the vehicle can halt at its next stop, which is on a segment that ends `toEnd` metres ahead. */
export function stopSpeed(w: World, v: i32, toEnd: f64, segment: i32): f64 {
  const stop = w.state.stopAt[w.stops.bus[w.i32[(v << 1) + TRIP]!]!]!;
  const distance = toEnd - w.f64[(segment << 3) + END_M]! + w.stops.toM[stop]!;
  return haltSpeed(w, v, distance, w.f64[w.i32[(v << 1) + KIND]! + DECEL]!);
}

/**
 * What a vehicle with a stop on its road does there at the end of a step: it begins to stand, stands, or goes on.
 * True while it stands: that time is neither lost nor waited.
 */
export function serveStop(w: World, v: i32): boolean {
  const { stops, state: s } = w;
  const { f64: F, i32: I } = w;
  const now = s.scalars[SCALAR.timeMs]!;
  const bus = stops.bus[I[(v << 1) + TRIP]!]!;
  const stop = s.stopAt[bus]!;
  if ((I[(v << 1) + FLAGS]! & STANDS) !== 0) {
    accountStop(w, v);
    if (now >= s.standsUntilMs[bus]!) goOn(w, v);
    return true;
  }
  if (F[v + SPEED]! > HALTING || I[(v << 1) + ON] !== stops.lane[stop] || F[v + POS]! < stops.fromM[stop]!)
    return false;
  I[(v << 1) + FLAGS] = I[(v << 1) + FLAGS]! | STANDS;
  accountStop(w, v);
  s.standsUntilMs[bus] = Math.max(now + stops.durationMs[stop]!, stops.untilMs[stop]!);
  return true;
}

/** Ends a stop: the next leg of the route begins on the road where the last one ended. */
export function goOn(w: World, v: i32): void {
  const { i32: I } = w;
  const bus = w.stops.bus[I[(v << 1) + TRIP]!]!;
  const place = I[(v << 1) + ROUTE_AT]! + 1;
  w.state.stopAt[bus] = w.state.stopAt[bus]! + 1;
  I[(v << 1) + ROUTE_AT] = place;
  aim(w, v);
  I[(v << 1) + FLAGS] =
    (I[(v << 1) + FLAGS]! & ~(HALTS | STANDS)) | endFlag(w, I[(v << 1) + TRIP]!, place, I[(v << 1) + ON]!);
}

/** True when the vehicle stands in a bay. */
export function isInBay(w: World, v: i32): boolean {
  const { i32: I } = w;
  return (
    (I[(v << 1) + FLAGS]! & STANDS) !== 0 && w.stops.isOffRoad[w.state.stopAt[w.stops.bus[I[(v << 1) + TRIP]!]!]!] === 1
  );
}
