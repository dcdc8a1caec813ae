import type { City } from '../city/city.ts';
import { isGreen } from '../city/greens.ts';
import { cameraReachByLane } from '../street/coverage.ts';
import type { Observation, SeenVehicles } from '../street/observation.ts';
import { countCame, countLetGo, listWatchedExits, WATCHED_SHARE, type WatchedExit } from './watched-exits.ts';

/** So many more greens without anybody than with somebody show that a lane is empty. */
const ENOUGH = 3;

/**
 * Tells an empty approach lane from one whose camera sees nobody: on its greens, does somebody come out on an exit whom no other
 * lane has let go? The camera of the exit shows a vehicle inside the junction already, so both happen in one second.
 */
export class Unseen {
  /** Those that a camera sees whole. */
  readonly #exits: readonly WatchedExit[];
  /** By place: the exits it leads to (indices of the list above), and its links; none where too few are watched. */
  readonly #exitsOf: readonly (readonly number[])[];
  readonly #links: readonly (readonly { readonly signal: number; readonly link: number }[])[];
  /** By place: itself, or, where too few of its exits are watched, the lanes of its road that are judged: one camera sees them all. */
  readonly #judged: readonly (readonly number[])[];
  /** By place: its exits' surplus over the green that is on. */
  readonly #surplus: readonly Float64Array[];
  readonly #isOpen: Uint8Array;
  readonly #score: Int8Array;
  readonly #now: Float64Array;

  /** `lanes`: approach lanes; a place is an index of this list. */
  constructor(city: City, lanes: readonly number[]) {
    const reach = cameraReachByLane(city);
    const isWhole = (lane: number): boolean => reach[lane]! >= city.lanes[lane]!.lengthM;
    const exits = listWatchedExits(city, lanes, ({ firstLane, laneCount }) =>
      Array.from({ length: laneCount }, (_, k) => firstLane + k).every(isWhole),
    );
    this.#exits = [...exits.values()];
    const byRoad = new Map([...exits.keys()].map((road, e) => [road, e]));
    this.#links = lanes.map((lane) => city.lanes[lane]!.out.map((m) => city.movements[m]!));
    this.#exitsOf = lanes.map((lane) => {
      const roads = new Set(city.lanes[lane]!.out.map((m) => city.lanes[city.movements[m]!.toLane]!.road));
      const watched = [...roads].flatMap((road) => byRoad.get(road) ?? []);
      return watched.length < WATCHED_SHARE * roads.size ? [] : watched;
    });
    this.#judged = lanes.map((lane, k) => {
      if (this.#exitsOf[k]!.length > 0) return [k];
      const { road } = city.lanes[lane]!;
      return lanes.flatMap((other, o) => (city.lanes[other]!.road === road && this.#exitsOf[o]!.length > 0 ? [o] : []));
    });
    this.#surplus = this.#exitsOf.map((own) => new Float64Array(own.length));
    this.#isOpen = new Uint8Array(lanes.length);
    this.#score = new Int8Array(lanes.length);
    this.#now = new Float64Array(exits.size);
  }

  /** With two pictures one second apart; `gone[k]`: vehicles that left approach lane k between them. */
  observe(before: SeenVehicles, now: SeenVehicles, { signals }: Observation, gone: Float64Array): void {
    this.#exits.forEach((exit, e) => {
      this.#now[e] = countCame(exit, before, now, gone) - countLetGo(exit, gone);
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

  /** True when nobody comes out of an approach lane (a place) on its greens; where that cannot be told, of those beside it. */
  isEmpty(place: number): boolean {
    const judged = this.#judged[place]!;
    return judged.length > 0 && judged.every((k) => this.#score[k]! >= ENOUGH);
  }
}
