import type { City } from '../city/city.ts';
import { isGreen } from '../city/greens.ts';
import { cameraReachByLane } from '../street/coverage.ts';
import type { Observation, SeenVehicles } from '../street/observation.ts';

/** So many more greens without anybody than with somebody show that a lane is empty. */
const ENOUGH = 3;
/** A lane is judged where cameras show so many of its exits from their start on. */
const WATCHED_SHARE = 0.5;

/** An exit road of a signal that a camera sees whole, with every lane (a place) before and on it. */
interface Exit {
  readonly firstLane: number;
  readonly endLane: number;
  readonly places: readonly number[];
  readonly from: readonly number[];
}

/**
 * Tells an empty approach lane from one whose camera sees nobody: on its greens, does somebody come out on an exit whom no other
 * lane has let go? The camera of the exit shows a vehicle inside the junction already, so both happen in one second.
 */
export class Unseen {
  readonly #exits: readonly Exit[];
  /** By place: the exits it leads to (indices of the list above), and its links; none where too few are watched. */
  readonly #exitsOf: readonly (readonly number[])[];
  readonly #links: readonly (readonly { readonly signal: number; readonly link: number }[])[];
  /** By place: its exits' surplus over the green that is on. */
  readonly #surplus: readonly Float64Array[];
  readonly #isOpen: Uint8Array;
  readonly #score: Int8Array;
  readonly #now: Float64Array;

  /** `lanes`: approach lanes; a place is an index of this list. */
  constructor(city: City, lanes: readonly number[]) {
    const reach = cameraReachByLane(city);
    const placesOf = Map.groupBy(lanes.keys(), (k) => city.lanes[lanes[k]!]!.road);
    const exits: Exit[] = [];
    const byRoad = new Map<number, number>();
    city.roads.forEach(({ firstLane, laneCount }, road) => {
      const own = Array.from({ length: laneCount }, (_, k) => firstLane + k);
      const places = placesOf.get(road) ?? [];
      if (places.length < laneCount || own.some((lane) => reach[lane]! < city.lanes[lane]!.lengthM)) return;
      const into = new Set(own.flatMap((lane) => city.lanes[lane]!.in).map((m) => city.movements[m]!));
      if ([...into].some(({ signal }) => signal < 0)) return;
      const from = new Set([...into].map(({ fromLane }) => fromLane));
      byRoad.set(road, exits.length);
      exits.push({
        firstLane,
        endLane: firstLane + laneCount,
        places,
        from: lanes.flatMap((lane, k) => (from.has(lane) ? [k] : [])),
      });
    });
    this.#exits = exits;
    this.#links = lanes.map((lane) => city.lanes[lane]!.out.map((m) => city.movements[m]!));
    this.#exitsOf = lanes.map((lane) => {
      const roads = new Set(city.lanes[lane]!.out.map((m) => city.lanes[city.movements[m]!.toLane]!.road));
      const watched = [...roads].flatMap((road) => byRoad.get(road) ?? []);
      return watched.length < WATCHED_SHARE * roads.size ? [] : watched;
    });
    this.#surplus = this.#exitsOf.map((own) => new Float64Array(own.length));
    this.#isOpen = new Uint8Array(lanes.length);
    this.#score = new Int8Array(lanes.length);
    this.#now = new Float64Array(exits.length);
  }

  /** With two pictures one second apart; `gone[k]`: vehicles that left approach lane k between them. */
  observe(before: SeenVehicles, now: SeenVehicles, { signals }: Observation, gone: Float64Array): void {
    this.#exits.forEach(({ firstLane, endLane, places, from }, e) => {
      let surplus = count(now, firstLane, endLane) - count(before, firstLane, endLane);
      for (const k of places) surplus += gone[k]!;
      for (const k of from) surplus -= gone[k]!;
      this.#now[e] = surplus;
    });
    for (let k = 0; k < this.#links.length; k++) {
      const own = this.#exitsOf[k]!;
      if (own.length === 0) continue;
      const isOpen = this.#links[k]!.some(({ signal, link }) => isGreen(signals[signal]?.charAt(link) ?? ''));
      const surplus = this.#surplus[k]!;
      if (isOpen) for (let x = 0; x < own.length; x++) surplus[x]! += this.#now[own[x]!]!;
      else if (this.#isOpen[k] === 1) {
        let came = 0;
        for (let x = 0; x < own.length; x++) came += Math.max(0, surplus[x]!);
        this.#score[k] = Math.max(-ENOUGH, Math.min(2 * ENOUGH, this.#score[k]! + (came > 0 ? -1 : 1)));
        surplus.fill(0);
      }
      this.#isOpen[k] = isOpen ? 1 : 0;
    }
  }

  /** True when nobody comes out of an approach lane (a place) on its greens. */
  isEmpty(place: number): boolean {
    return this.#score[place]! >= ENOUGH;
  }
}

function count({ laneStart }: SeenVehicles, firstLane: number, endLane: number): number {
  return laneStart[endLane]! - laneStart[firstLane]!;
}
