import type { City } from '../city/city.ts';
import type { Seconds } from '../units/units.ts';
import { usualShares } from './predictive-upstream.ts';
import { listWatchedExits, type WatchedExit } from './watched-exits.ts';

/** Counts fade with this. */
const MEMORY_S: Seconds = 300;
/** Queues set off slower than the free flow that the delay of an exit is reckoned with. */
const SET_OFF_S: Seconds = 3;
/** A lane is empty where no exit has told of so many more than were let go (and a share of those told), and no more so from this many on. */
const NONE = 1.5;
const SOME = 5;
const MORE_SHARE = 0.2;
/** A lane is judged where so much of its usual traffic would go to exits that tell. */
const WATCHED_SHARE = 0.5;

/** What loops further down tell of those who come from a lane. */
export type Verdict = 'none' | 'some' | 'unknown';

/** An exit road whose loops count who comes. */
interface Exit extends WatchedExit {
  /** Those let go, by second, until they are due. */
  readonly onTheWay: Float64Array;
}

/**
 * Tells an empty approach lane from one whose two loops see nobody, by the loops further down: all who come over them were let go by
 * lanes that tell. Loops fail one by one, so that a road of which no working loop tells anybody is taken for empty.
 */
export class ExplainedLoops {
  readonly #exits: readonly Exit[];
  readonly #came: Float64Array;
  /** Who came less who was let go. */
  readonly #surplus: Float64Array;
  readonly #tells: Uint8Array;
  /** By place: exits and the share of its usual traffic that goes there. */
  readonly #exitsOf: readonly (readonly { readonly exit: number; readonly share: number }[])[];
  readonly #verdict: Verdict[];
  #seconds = 0;

  /** `lanes`: approach lanes; a place is an index of this list. `advanceM`: by place, from the start of its road to its advance loop. */
  constructor(city: City, lanes: readonly number[], advanceM: Float64Array) {
    const watched = listWatchedExits(city, lanes, () => true);
    this.#exits = [...watched.values()].map((exit) => {
      const { speedMps } = city.lanes[exit.firstLane]!;
      const travelS = Math.round(advanceM[exit.places[0]!]! / Math.max(1, speedMps)) + SET_OFF_S;
      return { ...exit, onTheWay: new Float64Array(travelS) };
    });
    const byRoad = new Map([...watched.keys()].map((road, e) => [road, e]));
    this.#came = new Float64Array(this.#exits.length);
    this.#surplus = new Float64Array(this.#exits.length);
    this.#tells = new Uint8Array(this.#exits.length);
    this.#verdict = lanes.map(() => 'unknown');
    const shares = new Map<number, Map<number, number>>();
    this.#exitsOf = lanes.map((lane) => {
      const { road, out } = city.lanes[lane]!;
      if (!shares.has(road)) shares.set(road, usualShares(city, road));
      const roads = new Set(out.map((m) => city.lanes[city.movements[m]!.toLane]!.road));
      let total = 0;
      for (const to of roads) total += shares.get(road)!.get(to) ?? 0;
      return [...roads].flatMap((to) => {
        const exit = byRoad.get(to);
        return exit === undefined ? [] : [{ exit, share: (shares.get(road)!.get(to) ?? 0) / total }];
      });
    });
  }

  /** Call it every second; by place of an approach lane: vehicles that came over its loops (NaN where none works) and left it. */
  observe(came: Float64Array, left: Float64Array): void {
    const slot = this.#seconds++;
    this.#exits.forEach((exit, e) => {
      let onto = 0;
      for (const place of exit.places) onto += came[place]!;
      this.#tells[e] = Number.isNaN(onto) ? 0 : 1;
      let letGo = 0;
      for (const place of exit.from) letGo += left[place]!;
      const at = slot % exit.onTheWay.length;
      const due = exit.onTheWay[at]!;
      exit.onTheWay[at] = letGo;
      if (Number.isNaN(onto)) onto = due;
      this.#came[e] = this.#came[e]! * (1 - 1 / MEMORY_S) + onto;
      this.#surplus[e] = this.#surplus[e]! * (1 - 1 / MEMORY_S) + onto - due;
    });
    for (let k = 0; k < this.#exitsOf.length; k++) if (this.#exitsOf[k]!.length > 0) this.#judge(k);
  }

  #judge(k: number): void {
    let watched = 0;
    let unexplained = 0;
    for (const { exit, share } of this.#exitsOf[k]!) {
      if (this.#tells[exit] === 0) continue;
      watched += share;
      unexplained += Math.max(0, this.#surplus[exit]! - MORE_SHARE * this.#came[exit]!);
    }
    if (unexplained > SOME) this.#verdict[k] = 'some';
    else if (watched < WATCHED_SHARE) this.#verdict[k] = 'unknown';
    else if (unexplained < NONE) this.#verdict[k] = 'none';
  }

  /** Whether anybody comes from the lane at a place, as far as the loops further down tell. */
  verdictOn(place: number): Verdict {
    return this.#verdict[place]!;
  }
}
