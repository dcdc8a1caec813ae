import type { TripTable } from './demand.ts';
import { CLOSED, type Network } from './network.ts';

/** Roads of a route that are looked at ahead, its own included. */
const ROADS_AHEAD = 5;
/** `via` of a lane that does not lead to the route's next road, and of every lane of its last road. */
const NO_WAY = -1;
export const END = -2;

/**
 * Which lanes a route wants on each of its roads, worked out once when a scenario is loaded. The entry of a lane, for the
 * vehicle class of the trip at hand, is at[place in the route table] + lane.
 */
export interface LaneChoices {
  readonly at: Int32Array;
  /** By entry: best movement onwards, -1 for none, END on the route's last road. */
  readonly via: Int32Array;
  /** By entry: lanes to the left (+) or right (-) of the nearest best lane. */
  readonly offset: Int32Array;
  /** By entry: metres that can be driven from the start of the lane without a change. */
  readonly reach: Float64Array;
}

/** A growing column: plain arrays of numbers would take a multiple of the room at 10,000 junctions. */
class Column<A extends Int32Array | Float64Array> {
  items: A;
  readonly #make: (length: number) => A;

  constructor(make: (length: number) => A, items = make(1024)) {
    this.#make = make;
    this.items = items;
  }

  set(i: number, value: number): void {
    if (i >= this.items.length) {
      const more = this.#make(Math.max(i + 1, this.items.length * 2));
      more.set(this.items);
      this.items = more;
    }
    this.items[i] = value;
  }
}

/**
 * For each place of each route the distance that can be driven on each lane of its road without a change, the side and number
 * of lanes to the nearest best lane, and the movement to take. After SUMO's MSVehicle::updateBestLanes: worked out backwards
 * from the last road looked at. Places with the same roads ahead share their entries. A closed lane is left, a lane of a
 * closed road is not entered.
 * @param before choices for a part of the same route table, and by road whether its lanes were closed or opened since
 */
export function buildLaneChoices(
  net: Network,
  trips: TripTable,
  before?: { readonly choices: LaneChoices; readonly isChanged: Uint8Array },
): LaneChoices {
  const W = net.width;
  const reach = new Float64Array(ROADS_AHEAD * W);
  const offset = new Int32Array(ROADS_AHEAD * W);
  const via = new Int32Array(W);
  const isBest = new Uint8Array(W);

  /** Turns the reach of a road's lanes into offsets towards the nearest best lane. */
  function setOffsets(depth: number, lanes: number): void {
    const base = depth * W;
    let best = 0;
    for (let i = 1; i < lanes; i++) {
      const longer = reach[base + i]! - reach[base + best]!;
      const nearer = Math.abs(offset[base + best]!) - Math.abs(offset[base + i]!);
      if (longer > 0 || (longer === 0 && nearer > 0)) best = i;
    }
    const bestReach = reach[base + best]!;
    const bestOffset = Math.abs(offset[base + best]!);
    for (let i = 0; i < lanes; i++) {
      isBest[i] = reach[base + i]! >= bestReach && Math.abs(offset[base + i]!) <= bestOffset ? 1 : 0;
    }
    for (let i = 0; i < lanes; i++) {
      let nearest = 0;
      for (let d = 0; d < lanes; d++) {
        if (i - d >= 0 && isBest[i - d] === 1) {
          nearest = -d;
          break;
        }
        if (i + d < lanes && isBest[i + d] === 1) {
          nearest = d;
          break;
        }
      }
      offset[base + i] = nearest;
    }
  }

  /** Lane of the stop at which a leg ends at a place; detours, beyond the trips' own routes, have none. */
  function stopOf(place: number): number {
    return place < trips.stopLane.length ? trips.stopLane[place]! : -1;
  }

  /** Fills `reach`, `offset` and `via` for the place `at` of a route that ends before `end`. */
  function choose(at: number, routeEnd: number, bit: number): void {
    const mayEnter = (to: number, place: number) =>
      (net.allowed[to]! & bit) !== 0 && (net.closed[to] === CLOSED.no || trips.mustEnter[place] === 1);
    let end = at;
    while (end < routeEnd && end - at < ROADS_AHEAD && stopOf(end) < 0) end++;
    // A leg ends at a stop as a route does on its last road; only the stop's lane leads there.
    const stop = end < routeEnd && end - at < ROADS_AHEAD ? stopOf(end) : -1;
    end = stop >= 0 ? end + 1 : routeEnd;
    const roads = Math.min(ROADS_AHEAD, end - at);
    for (let depth = roads - 1; depth >= 0; depth--) {
      const road = trips.route[at + depth]!;
      const first = net.roadFirstLane[road]!;
      const lanes = net.roadLanes[road]!;
      const base = depth * W;
      const isLast = at + depth + 1 >= end;
      const nextRoad = isLast ? -1 : trips.route[at + depth + 1]!;
      const known = depth + 1 < roads;
      const nextBase = base + W;
      // Best next lane of all, and best among those that this road reaches.
      let bestNext = 0;
      let bestJoined = 0;
      if (known) {
        const nextLanes = net.roadLanes[nextRoad]!;
        for (let i = 0; i < nextLanes; i++) bestNext = Math.max(bestNext, reach[nextBase + i]!);
        for (let i = 0; i < lanes; i++) {
          for (let k = net.outStart[first + i]!; k < net.outStart[first + i + 1]!; k++) {
            const to = net.toLane[net.out[k]!]!;
            if (net.laneRoad[to] === nextRoad && mayEnter(to, at + depth)) {
              bestJoined = Math.max(bestJoined, reach[nextBase + net.laneIndex[to]!]!);
            }
          }
        }
      }
      for (let i = 0; i < lanes; i++) {
        const lane = first + i;
        const may = (net.allowed[lane]! & bit) !== 0;
        let best = NO_WAY;
        let onwards = 0;
        let nextOffset = 0;
        if (!isLast && may) {
          for (let k = net.outStart[lane]!; k < net.outStart[lane + 1]!; k++) {
            const movement = net.out[k]!;
            const to = net.toLane[movement]!;
            if (net.laneRoad[to] !== nextRoad || !mayEnter(to, at + depth)) continue;
            const length = known ? reach[nextBase + net.laneIndex[to]!]! : 1000;
            const turn = known ? Math.abs(offset[nextBase + net.laneIndex[to]!]!) : 0;
            if (best < 0 || length > onwards || (length === onwards && turn < Math.abs(nextOffset))) {
              best = movement;
              onwards = length;
              nextOffset = known ? offset[nextBase + net.laneIndex[to]!]! : 0;
            }
          }
          if (best >= 0 && known && onwards === bestJoined && Math.abs(nextOffset) < 2) onwards = bestNext;
        }
        const isBeside = isLast && stop >= 0 && lane !== stop;
        via[i] = isLast && !isBeside ? END : best;
        const beyond = best >= 0 && net.closed[lane] !== CLOSED.alone ? onwards : 0;
        reach[base + i] = (may ? net.length[lane]! : 0) + beyond;
        if (isBeside) reach[base + i] = Math.min(trips.stopM[end - 1]!, net.length[lane]! - 1);
        offset[base + i] = nextOffset;
      }
      setOffsets(depth, lanes);
    }
  }

  /** True when nothing has changed on the roads that were looked at from a place. */
  function isKept(place: number, end: number): boolean {
    if (before === undefined || place >= before.choices.at.length) return false;
    for (let p = place; p < end && p <= place + ROADS_AHEAD; p++) {
      if (before.isChanged[trips.route[p]!] === 1) return false;
    }
    return true;
  }

  const hasStops = trips.stopLane.some((lane) => lane >= 0);
  const at = new Int32Array(trips.route.length);
  if (before !== undefined) at.set(before.choices.at);
  const vias = new Column((n) => new Int32Array(n), before?.choices.via);
  const offsets = new Column((n) => new Int32Array(n), before?.choices.offset);
  const reaches = new Column((n) => new Float64Array(n), before?.choices.reach);
  let entries = before?.choices.via.length ?? 0;
  const known = new Map<string, number>();
  const done = new Uint8Array(trips.route.length);

  function addRoute(start: number, end: number, bit: number): void {
    if (done[start] === 1) return;
    done[start] = 1;
    for (let place = start; place < end; place++) {
      if (isKept(place, end)) continue;
      const first = net.roadFirstLane[trips.route[place]!]!;
      const key = keyOf(place, end, bit);
      const same = known.get(key);
      if (same !== undefined) {
        at[place] = same;
        continue;
      }
      choose(place, end, bit);
      at[place] = entries - first;
      known.set(key, entries - first);
      for (let i = 0; i < net.roadLanes[trips.route[place]!]!; i++) {
        vias.set(entries, via[i]!);
        offsets.set(entries, offset[i]!);
        reaches.set(entries, reach[i]!);
        entries++;
      }
    }
  }

  /** What decides the choices at a place: the class, the roads ahead, and whether it must enter a closed one. */
  function keyOf(place: number, end: number, bit: number): string {
    const last = Math.min(end, place + ROADS_AHEAD + 1);
    const forced = trips.mustEnter.subarray(place, last).indexOf(1);
    const stops = hasStops ? trips.stopLane.subarray(place, last).join(' ') : '';
    return `${bit} ${forced} ${trips.route.subarray(place, last).join(' ')} ${stops}`;
  }

  for (let trip = 0; trip < trips.count; trip++) {
    addRoute(trips.ownStart[trip]!, trips.ownEnd[trip]!, trips.classBit[trip]!);
  }
  const { detours } = trips;
  for (let k = 0; k < detours.length; k += 3) addRoute(detours[k]!, detours[k + 1]!, detours[k + 2]!);
  return {
    at,
    via: vias.items.slice(0, entries),
    offset: offsets.items.slice(0, entries),
    reach: reaches.items.slice(0, entries),
  };
}
