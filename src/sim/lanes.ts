import type { TripTable } from './demand.ts';
import { CLOSED, type Network } from './network.ts';

/** Roads of a route that are looked at ahead, its own included. */
const ROADS_AHEAD = 5;
/** `via` of a lane that does not lead to the route's next road, and of every lane of its last road. */
export const NO_WAY = -1;
export const END = -2;

/** An entry's stride in units of 8 bytes. */
const ENTRY = 2;

/**
 * Which lanes a route wants on each of its roads, worked out once when a scenario is loaded. The entry of a lane, for the
 * vehicle class of the trip at hand, is at[place in the route table] + lane; entries are records, so that their fields are
 * reach[entry << 1] and offset[entry << 2]; via[entry] lies apart, since whoever looks ahead needs nothing else.
 */
export interface LaneChoices {
  readonly at: Int32Array;
  readonly entries: number;
  /** Best movement onwards, -1 for none, END on the route's last road. */
  readonly via: Int32Array;
  /** Lanes to the left (+) or right (-) of the nearest best lane. */
  readonly offset: Int32Array;
  /** Metres that can be driven from the start of the lane without a change. */
  readonly reach: Float64Array;
}

/** Lists of entries of which equal ones are kept once; a list is named by the place of its first entry. */
class EntryTable {
  reach: Float64Array;
  words: Int32Array;
  count: number;
  #places = new Int32Array(1024).fill(-1);
  #hashes = new Int32Array(1024);
  #lists = 0;

  constructor(before: LaneChoices | undefined) {
    this.reach = before?.reach.slice() ?? new Float64Array(1024);
    this.words = new Int32Array(this.reach.buffer);
    this.count = before?.entries ?? 0;
  }

  /** Notes an entry of the list in hand, which begins at `count`. */
  put(i: number, reach: number, via: number, offset: number): void {
    const entry = this.count + i;
    if ((entry + 1) * ENTRY > this.reach.length) {
      const more = new Float64Array(this.reach.length * 2);
      more.set(this.reach);
      this.reach = more;
      this.words = new Int32Array(more.buffer);
    }
    this.reach[entry * ENTRY] = reach;
    this.words[entry * ENTRY * 2 + 2] = via;
    this.words[entry * ENTRY * 2 + 3] = offset;
  }

  /** Place of the list in hand: its own, or that of an equal one. */
  keep(entries: number): number {
    const size = entries * ENTRY * 2;
    const from = this.count * ENTRY * 2;
    let hash = 0x811c9dc5;
    for (let i = from; i < from + size; i++) hash = Math.imul(hash ^ this.words[i]!, 0x01000193);
    hash ^= hash >>> 15;
    if (this.#lists * 2 >= this.#places.length) this.#grow();
    const slot = this.#find(hash, (place) => this.#isSame(place * ENTRY * 2, from, size));
    const known = this.#places[slot]!;
    if (known >= 0) return known;
    this.#places[slot] = this.count;
    this.#hashes[slot] = hash;
    this.#lists++;
    this.count += entries;
    return this.#places[slot]!;
  }

  #find(hash: number, isIt: (place: number) => boolean): number {
    const mask = this.#places.length - 1;
    let slot = hash & mask;
    while (this.#places[slot]! >= 0 && !(this.#hashes[slot] === hash && isIt(this.#places[slot]!))) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #isSame(a: number, b: number, size: number): boolean {
    for (let i = 0; i < size; i++) if (this.words[a + i] !== this.words[b + i]) return false;
    return true;
  }

  #grow(): void {
    const [places, hashes] = [this.#places, this.#hashes];
    this.#places = new Int32Array(places.length * 2).fill(-1);
    this.#hashes = new Int32Array(places.length * 2);
    for (let i = 0; i < places.length; i++) {
      if (places[i]! < 0) continue;
      const slot = this.#find(hashes[i]!, () => false);
      this.#places[slot] = places[i]!;
      this.#hashes[slot] = hashes[i]!;
    }
  }
}

/**
 * For each place of each route the distance that can be driven on each lane of its road without a change, the side and number
 * of lanes to the nearest best lane, and the movement to take. After SUMO's MSVehicle::updateBestLanes: worked out backwards
 * from the last road looked at. Places where the answer is the same share their entries. A closed lane is left, a lane of a
 * closed road is not entered.
 * @param before choices for a part of the same route table, and by road whether its lanes were closed or opened
 * since, null for none
 */
export function buildLaneChoices(
  net: Network,
  trips: TripTable,
  before?: { readonly choices: LaneChoices; readonly isChanged: Uint8Array | null },
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

  /** Fills `reach`, `offset` and `via` for the place `at` of a route that ends before `end`. */
  function choose(at: number, routeEnd: number, bit: number): void {
    const mayEnter = (to: number, place: number) =>
      (net.allowed[to]! & bit) !== 0 && (net.closed[to] === CLOSED.no || trips.mustEnter[place] === 1);
    let end = at;
    while (end < routeEnd && end - at < ROADS_AHEAD && trips.stopLane[end]! < 0) end++;
    // A leg ends at a stop as a route does on its last road; only the stop's lane leads there.
    const stop = end < routeEnd && end - at < ROADS_AHEAD ? trips.stopLane[end]! : -1;
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
      if (before.isChanged?.[trips.route[p]!] === 1) return false;
    }
    return true;
  }

  const at = new Int32Array(trips.route.length);
  if (before !== undefined) at.set(before.choices.at);
  const entries = new EntryTable(before?.choices);
  const done = new Uint8Array(trips.route.length);

  function addRoute(start: number, end: number, bit: number): void {
    if (done[start] === 1) return;
    done[start] = 1;
    for (let place = start; place < end; place++) {
      if (isKept(place, end)) continue;
      const road = trips.route[place]!;
      const lanes = net.roadLanes[road]!;
      choose(place, end, bit);
      for (let i = 0; i < lanes; i++) entries.put(i, reach[i]!, via[i]!, offset[i]!);
      at[place] = entries.keep(lanes) - net.roadFirstLane[road]!;
    }
  }

  const areAllKept = before?.isChanged === null;
  for (let trip = 0; trip < trips.count && !areAllKept; trip++) {
    const bit = trips.classBit[trip]!;
    addRoute(trips.ownStart[trip]!, trips.ownEnd[trip]!, bit);
    for (let k = trips.alternativeStart[trip]!; k < trips.alternativeStart[trip + 1]!; k += 2)
      addRoute(trips.alternatives[k]!, trips.alternatives[k + 1]!, bit);
  }
  const { detours } = trips;
  for (let k = 0; k < detours.length; k += 3) addRoute(detours[k]!, detours[k + 1]!, detours[k + 2]!);
  const { buffer } = entries.reach.slice(0, (entries.count + 1) * ENTRY);
  const words = new Int32Array(buffer);
  const onwards = new Int32Array(entries.count);
  for (let entry = 0; entry < onwards.length; entry++) onwards[entry] = words[entry * ENTRY * 2 + 2]!;
  return {
    at,
    entries: entries.count,
    reach: new Float64Array(buffer),
    via: onwards,
    offset: new Int32Array(buffer, 12),
  };
}
