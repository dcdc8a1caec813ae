import type { City, Road } from '../city/city.ts';
import { cameraReachByLane } from '../street/coverage.ts';
import type { SeenVehicles } from '../street/observation.ts';
import type { Seconds } from '../units/units.ts';
import { usualShares } from './predictive-upstream.ts';
import {
  countCame,
  countLetGo,
  EXIT_MEMORY_S,
  ExitBalance,
  listWatchedExits,
  NONE,
  SET_OFF_S,
  SOME,
  WATCHED_SHARE,
  type WatchedExit,
} from './watched-exits.ts';

/** Exits further away than this tell too late. */
const FURTHEST_S: Seconds = 120;
/** Vehicles within the memory that an exit must have told of to be believed. */
const ALIVE = 3;
/** An exit that told of fewer than were let go, by so much (and a share of those told), tells nothing. */
const FEWER_SHARE = 0.2;

/**
 * Tells an empty road from one whose camera sees nobody, by the cameras further down: all who come there were let go by lanes that
 * are seen. Unlike `Unseen` it needs no exit that is seen from its start, but minutes.
 */
export class Explained {
  readonly #exits: readonly WatchedExit[];
  readonly #balance: ExitBalance;
  /** By place that stands for a road: exits and the share of its usual traffic that goes there. */
  readonly #exitsOf: readonly (readonly { readonly exit: number; readonly share: number }[])[];
  readonly #isEmpty: Uint8Array;

  /** `lanes`: approach lanes; a place is an index of this list. `roads`: by place the place that stands for its road. */
  constructor(city: City, lanes: readonly number[], roads: ArrayLike<number>) {
    const reach = cameraReachByLane(city);
    const delayOf = ({ firstLane }: Road): Seconds => {
      const { lengthM, speedMps } = city.lanes[firstLane]!;
      return Math.round(Math.max(0, lengthM - reach[firstLane]!) / Math.max(1, speedMps)) + SET_OFF_S;
    };
    const watched = listWatchedExits(city, lanes, (road) => delayOf(road) <= FURTHEST_S);
    const byRoad = new Map([...watched.keys()].map((road, e) => [road, e]));
    this.#exits = [...watched.values()];
    this.#balance = new ExitBalance(this.#exits.map(({ road }) => delayOf(road)));
    this.#isEmpty = new Uint8Array(lanes.length);
    this.#exitsOf = lanes.map((lane, k) => {
      if (roads[k] !== k) return [];
      return [...usualShares(city, city.lanes[lane]!.road)].flatMap(([road, share]) => {
        const exit = byRoad.get(road);
        return exit === undefined ? [] : [{ exit, share }];
      });
    });
  }

  /** With two pictures one second apart; `gone[k]`: vehicles that left approach lane k between them. */
  observe(before: SeenVehicles, now: SeenVehicles, gone: Float64Array): void {
    this.#balance.note(
      (e) => countCame(this.#exits[e]!, before, now, gone),
      (e) => countLetGo(this.#exits[e]!, gone),
    );
    // Nothing is concluded before the memory is full.
    if (this.#balance.seconds < EXIT_MEMORY_S) return;
    for (let k = 0; k < this.#exitsOf.length; k++) if (this.#exitsOf[k]!.length > 0) this.#judge(k);
  }

  #judge(k: number): void {
    let watched = 0;
    let unexplained = 0;
    for (const { exit, share } of this.#exitsOf[k]!) {
      const came = this.#balance.came[exit]!;
      const surplus = this.#balance.surplus[exit]!;
      if (came < ALIVE || surplus < -NONE - FEWER_SHARE * came) continue;
      watched += share;
      unexplained += Math.max(0, surplus);
    }
    if (watched < WATCHED_SHARE || unexplained > SOME) this.#isEmpty[k] = 0;
    else if (unexplained < NONE) this.#isEmpty[k] = 1;
  }

  /** True when nobody comes from the road that a place stands for, as far as those further down tell. */
  isEmpty(place: number): boolean {
    return this.#isEmpty[place] === 1;
  }
}
