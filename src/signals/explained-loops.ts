import type { City } from '../city/city.ts';
import { usualShares } from './predictive-upstream.ts';
import {
  countLetGo,
  ExitBalance,
  listWatchedExits,
  NONE,
  SET_OFF_S,
  SOME,
  WATCHED_SHARE,
  type WatchedExit,
} from './watched-exits.ts';

/** So large a share of those told more than were let go says nothing. */
const MORE_SHARE = 0.2;

/** What loops further down tell of those who come from a lane. */
export type Verdict = 'none' | 'some' | 'unknown';

/**
 * Tells an empty approach lane from one whose two loops see nobody, by the loops further down: all who come over them were let go by
 * lanes that tell. Loops fail one by one, so that a road of which no working loop tells anybody is taken for empty.
 */
export class ExplainedLoops {
  readonly #exits: readonly WatchedExit[];
  readonly #balance: ExitBalance;
  readonly #tells: Uint8Array;
  /** By place: exits and the share of its usual traffic that goes there. */
  readonly #exitsOf: readonly (readonly { readonly exit: number; readonly share: number }[])[];
  readonly #verdict: Verdict[];

  /** `lanes`: approach lanes; a place is an index of this list. `advanceM`: by place, from the start of its road to its advance loop. */
  constructor(city: City, lanes: readonly number[], advanceM: Float64Array) {
    const watched = listWatchedExits(city, lanes, () => true);
    this.#exits = [...watched.values()];
    this.#balance = new ExitBalance(
      this.#exits.map(({ firstLane, places }) => {
        const { speedMps } = city.lanes[firstLane]!;
        return Math.round(advanceM[places[0]!]! / Math.max(1, speedMps)) + SET_OFF_S;
      }),
    );
    const byRoad = new Map([...watched.keys()].map((road, e) => [road, e]));
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
    this.#balance.note(
      (e) => {
        let onto = 0;
        for (const place of this.#exits[e]!.places) onto += came[place]!;
        this.#tells[e] = Number.isNaN(onto) ? 0 : 1;
        return onto;
      },
      (e) => countLetGo(this.#exits[e]!, left),
    );
    for (let k = 0; k < this.#exitsOf.length; k++) if (this.#exitsOf[k]!.length > 0) this.#judge(k);
  }

  #judge(k: number): void {
    let watched = 0;
    let unexplained = 0;
    for (const { exit, share } of this.#exitsOf[k]!) {
      if (this.#tells[exit] === 0) continue;
      watched += share;
      unexplained += Math.max(0, this.#balance.surplus[exit]! - MORE_SHARE * this.#balance.came[exit]!);
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
