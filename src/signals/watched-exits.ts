import type { City, Road } from '../city/city.ts';
import type { SeenVehicles } from '../street/observation.ts';
import type { Seconds } from '../units/units.ts';

/** Counts fade with this. */
export const EXIT_MEMORY_S: Seconds = 300;
/** Queues set off slower than the free flow that the delay of an exit is reckoned with. */
export const SET_OFF_S: Seconds = 3;
/** Vehicles more than were let go below which, and above which no more, nobody comes from where nothing is seen. */
export const NONE = 1.5;
export const SOME = 5;
/** A lane or road is judged where so much of its traffic would go to exits that tell. */
export const WATCHED_SHARE = 0.5;

/** An exit road of signals that ends at seen approach lanes: who comes onto it can be told from outside. */
export interface WatchedExit {
  readonly road: Road;
  readonly firstLane: number;
  readonly endLane: number;
  /** Places of its own lanes. */
  readonly places: readonly number[];
  /** Places of the lanes that lead onto it. */
  readonly from: readonly number[];
}

/**
 * Exits by road index; a place is an index of `lanes` (approach lanes).
 * @param tells false for a road whose camera is of no use
 */
export function listWatchedExits(
  city: City,
  lanes: readonly number[],
  tells: (road: Road) => boolean,
): Map<number, WatchedExit> {
  const placeOf = new Map(lanes.map((lane, place) => [lane, place]));
  const exits = new Map<number, WatchedExit>();
  city.roads.forEach((road, index) => {
    const { firstLane, laneCount } = road;
    const own = Array.from({ length: laneCount }, (_, k) => firstLane + k);
    const places = own.flatMap((lane) => placeOf.get(lane) ?? []);
    if (places.length < laneCount || !tells(road)) return;
    const into = own.flatMap((lane) => city.lanes[lane]!.in).map((m) => city.movements[m]!);
    if (into.length === 0 || into.some(({ signal }) => signal < 0)) return;
    const from = [...new Set(into.flatMap(({ fromLane }) => placeOf.get(fromLane) ?? []))];
    exits.set(index, { road, firstLane, endLane: firstLane + laneCount, places, from });
  });
  return exits;
}

/** Vehicles that came onto an exit between two pictures one second apart; `gone[place]`: those that left a lane meanwhile. */
export function countCame(exit: WatchedExit, before: SeenVehicles, now: SeenVehicles, gone: Float64Array): number {
  let came = count(now, exit) - count(before, exit);
  for (const place of exit.places) came += gone[place]!;
  return came;
}

/** Those that lanes which lead onto an exit let go meanwhile, there or elsewhere. */
export function countLetGo(exit: WatchedExit, gone: Float64Array): number {
  let sent = 0;
  for (const place of exit.from) sent += gone[place]!;
  return sent;
}

function count({ laneStart }: SeenVehicles, { firstLane, endLane }: WatchedExit): number {
  return laneStart[endLane]! - laneStart[firstLane]!;
}

/** Who came onto exits, and less those who were let go and were due then: what both tell of lanes where nothing is seen. */
export class ExitBalance {
  /** By exit, fading. */
  readonly came: Float64Array;
  readonly surplus: Float64Array;
  /** Those let go, by second, until they are due. */
  readonly #onTheWay: readonly Float64Array[];
  #seconds = 0;

  /** `delaysS`: by exit, from where they are let go to where they are told of. */
  constructor(delaysS: readonly Seconds[]) {
    this.came = new Float64Array(delaysS.length);
    this.surplus = new Float64Array(delaysS.length);
    this.#onTheWay = delaysS.map((delayS) => new Float64Array(delayS));
  }

  /** Seconds noted. */
  get seconds(): Seconds {
    return this.#seconds;
  }

  /** Takes in one more second; `cameOnto` and `letGo` tell of an exit, NaN where nobody knows who came: as many as were due. */
  note(cameOnto: (exit: number) => number, letGo: (exit: number) => number): void {
    const slot = this.#seconds++;
    for (let e = 0; e < this.came.length; e++) {
      const onTheWay = this.#onTheWay[e]!;
      const at = slot % onTheWay.length;
      const due = onTheWay[at]!;
      const onto = cameOnto(e);
      const came = Number.isNaN(onto) ? due : onto;
      onTheWay[at] = letGo(e);
      this.came[e] = this.came[e]! * (1 - 1 / EXIT_MEMORY_S) + came;
      this.surplus[e] = this.surplus[e]! * (1 - 1 / EXIT_MEMORY_S) + came - due;
    }
  }
}
