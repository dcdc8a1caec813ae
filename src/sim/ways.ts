import type { f64, i32 } from '../units/numbers.ts';
import { TYPE } from './demand.ts';
import { CLOSED } from './network.ts';
import { SCALAR, SEGMENT, VEHICLE } from './state.ts';
import { MEAN_S } from './waytable.ts';
import type { World } from './world.ts';

const { pos: POS, speed: SPEED, behind: BEHIND } = VEHICLE;
const { maxSpeed: MAX_SPEED } = TYPE;
const { limit: LIMIT } = SEGMENT;

const LEAST_SPEED_MPS = 0.001;

/** Notes this second's mean speed on each part, an empty lane counting as one vehicle at its limit (SUMO's MSEdge::getMeanSpeed). */
export function noteSpeeds(w: World): void {
  const { ways } = w;
  const { head, meanSpeed, pastSpeed, scalars } = w.state;
  const { f64: F, i32: I } = w;
  const place = (scalars[SCALAR.step]! | 0) % MEAN_S;
  for (let part = 0; part < ways.count; part++) {
    let sum: f64 = 0;
    let count = 0;
    for (let k = ways.segmentStart[part]!; k < ways.segmentStart[part + 1]!; k++) {
      const segment = ways.segments[k]!;
      const before = count;
      for (let v = head[segment]!; v >= 0; v = I[(v << 1) + BEHIND]!) {
        if (F[v + POS]! <= ways.fromM[part]! || F[v + POS]! > ways.toM[part]!) continue;
        sum += F[v + SPEED]!;
        count++;
      }
      if (count === before) {
        sum += F[(segment << 3) + LIMIT]!;
        count++;
      }
    }
    const now = sum / count;
    const at = part * MEAN_S + place;
    meanSpeed[part] = meanSpeed[part]! + (now - pastSpeed[at]!) / MEAN_S;
    pastSpeed[at] = now;
  }
}

/**
 * Gives a trip that departs now the quickest of its ways by the speeds of the last minutes, for a driver of this speed
 * factor on free roads, as SUMO routes a `<trip>` (MSDevice_Routing, MSRoutingEngine); of equal ones the first. A closed
 * road is on none of them; a trip that takes a detour round one keeps it.
 */
export function chooseWay(w: World, trip: i32, factor: f64): void {
  const { ways, trips } = w;
  const { meanSpeed, way } = w.state;
  const first = ways.wayStart[trip]!;
  const end = ways.wayStart[trip + 1]!;
  if (first === end || trips.routeStart[trip] !== trips.ownStart[trip]) return;
  const fastest = w.f64[trips.type[trip]! + MAX_SPEED]!;
  let least = Number.POSITIVE_INFINITY;
  for (let k = first; k < end; k++) {
    let seconds: f64 = 0;
    for (let p = ways.partStart[k]!; p < ways.partStart[k + 1]!; p++) {
      const part = ways.parts[p]!;
      const lengthM = ways.length[part]!;
      const segment = ways.segments[ways.segmentStart[part]!]!;
      if (segment < w.net.lanes && w.net.closed[segment] === CLOSED.road) seconds = Number.POSITIVE_INFINITY;
      const freeS = lengthM / Math.min(ways.limit[part]! * factor, fastest) + ways.penaltyS[part]!;
      seconds += Math.max(lengthM / Math.max(meanSpeed[part]!, LEAST_SPEED_MPS), freeS);
    }
    if (seconds < least) {
      least = seconds;
      way[trip] = k - first;
    }
  }
}

/** Place in the route table of the first road of a trip's way. */
export function startOf(w: World, trip: i32): i32 {
  const chosen = w.state.way[trip]!;
  return chosen === 0 ? w.trips.routeStart[trip]! : w.ways.routeStart[w.ways.wayStart[trip]! + chosen]!;
}

/** Place in the route table after the last road of a trip's way. */
export function endOf(w: World, trip: i32): i32 {
  const chosen = w.state.way[trip]!;
  return chosen === 0 ? w.trips.routeEnd[trip]! : w.ways.routeEnd[w.ways.wayStart[trip]! + chosen]!;
}
