import { aim } from './aim.ts';
import { haltSpeed } from './driver.ts';
import { END } from './lanes.ts';
import { FLAG, HALTING, SCALAR } from './state.ts';
import { endOf } from './ways.ts';
import { unlink, type World } from './world.ts';

const { lastRoad: LAST_ROAD, halts: HALTS, stands: STANDS } = FLAG;

/** The flag of a vehicle that comes to `lane` on the road at `place` of its route: whether the trip, or a leg of it, ends there. */
export function endFlag(w: World, trip: number, place: number, lane: number): number {
  if (w.trips.stopLane[place]! >= 0) return HALTS;
  const isLast = w.choices.via[(w.choices.at[place]! + lane) << 2] === END && place + 1 === endOf(w, trip);
  return isLast ? LAST_ROAD : 0;
}

/** Greatest speed from which the vehicle can halt at its next stop, which is on a segment that ends `toEnd` metres ahead. */
export function stopSpeed(w: World, v: number, toEnd: number, segment: number): number {
  const stop = w.state.stopAt[w.stops.bus[w.vehicles.trip[v << 1]!]!]!;
  const distance = toEnd - w.segments.end[segment << 3]! + w.stops.toM[stop]!;
  return haltSpeed(w, v, distance, w.types.decel[w.vehicles.type[v << 1]!]!);
}

/**
 * What a vehicle with a stop on its road does there at the end of a step: it begins to stand, stands, or goes on.
 * True while it stands: that time is neither lost nor waited.
 */
export function serveStop(w: World, v: number): boolean {
  const { stops, state: s } = w;
  const { flags, pos, speed, segment, trip, halted } = w.vehicles;
  const now = s.scalars[SCALAR.timeMs]!;
  const bus = stops.bus[trip[v << 1]!]!;
  const stop = s.stopAt[bus]!;
  if ((flags[v << 1]! & STANDS) !== 0) {
    if (now >= s.standsUntilMs[bus]!) goOn(w, v);
    return true;
  }
  if (speed[v]! > HALTING || segment[v << 1] !== stops.lane[stop] || pos[v]! < stops.fromM[stop]!) return false;
  flags[v << 1] = flags[v << 1]! | STANDS;
  halted[v << 1] = 0;
  s.standsUntilMs[bus] = Math.max(now + stops.durationMs[stop]!, stops.untilMs[stop]!);
  return true;
}

/** Ends a stop: the next leg of the route begins on the road where the last one ended. */
export function goOn(w: World, v: number): void {
  const { flags, segment, trip, routeAt } = w.vehicles;
  const bus = w.stops.bus[trip[v << 1]!]!;
  const place = routeAt[v << 1]! + 1;
  w.state.stopAt[bus] = w.state.stopAt[bus]! + 1;
  routeAt[v << 1] = place;
  aim(w, v);
  flags[v << 1] = (flags[v << 1]! & ~(HALTS | STANDS)) | endFlag(w, trip[v << 1]!, place, segment[v << 1]!);
}

/** True when the vehicle stands in a bay. */
export function isInBay(w: World, v: number): boolean {
  const { flags, trip } = w.vehicles;
  return (flags[v << 1]! & STANDS) !== 0 && w.stops.isOffRoad[w.state.stopAt[w.stops.bus[trip[v << 1]!]!]!] === 1;
}

/** Takes a vehicle off its lane into the bay beside it. */
export function park(w: World, v: number): void {
  const { scalars, parked } = w.state;
  unlink(w, v);
  parked[scalars[SCALAR.parked]!] = v;
  scalars[SCALAR.parked] = scalars[SCALAR.parked]! + 1;
}
