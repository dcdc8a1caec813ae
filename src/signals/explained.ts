import type { City, Road } from '../city/city.ts';
import { cameraReachByLane } from '../street/coverage.ts';
import type { SeenVehicles } from '../street/observation.ts';
import type { Seconds } from '../units/units.ts';
import { usualShares } from './predictive-upstream.ts';
import { countCame, countLetGo, listWatchedExits, type WatchedExit } from './watched-exits.ts';

/** Counts fade with this; nothing is concluded before. */
const MEMORY_S: Seconds = 300;
/** Exits further away than this tell too late. */
const FURTHEST_S: Seconds = 120;
/** Queues set off slower than the free flow that the delay of an exit is reckoned with. */
const SET_OFF_S: Seconds = 3;
/** Vehicles within the memory that an exit must have told of to be believed. */
const ALIVE = 3;
/** Vehicles more than were let go below which, and above which no more, a road is empty; or fewer (a share of those told) beyond which nothing is told. */
const NONE = 1.5;
const SOME = 5;
const FEWER_SHARE = 0.2;
/** A road is judged where so much of its usual traffic would go to exits that tell. */
const WATCHED_SHARE = 0.5;

/** An exit whose camera, some way down, shows who comes. */
interface Exit extends WatchedExit {
  /** Those let go, by second, until they are due. */
  readonly onTheWay: Float64Array;
}

/**
 * Tells an empty road from one whose camera sees nobody, by the cameras further down: all who come there were let go by lanes that
 * are seen. Unlike `Unseen` it needs no exit that is seen from its start, but minutes.
 */
export class Explained {
  readonly #exits: readonly Exit[];
  readonly #came: Float64Array;
  /** Who came less who was let go. */
  readonly #surplus: Float64Array;
  /** By place that stands for a road: exits and the share of its usual traffic that goes there. */
  readonly #exitsOf: readonly (readonly { readonly exit: number; readonly share: number }[])[];
  readonly #isEmpty: Uint8Array;
  #seconds = 0;

  /** `lanes`: approach lanes; a place is an index of this list. `roads`: by place the place that stands for its road. */
  constructor(city: City, lanes: readonly number[], roads: ArrayLike<number>) {
    const reach = cameraReachByLane(city);
    const delayOf = ({ firstLane }: Road): Seconds => {
      const { lengthM, speedMps } = city.lanes[firstLane]!;
      return Math.round(Math.max(0, lengthM - reach[firstLane]!) / Math.max(1, speedMps)) + SET_OFF_S;
    };
    const watched = listWatchedExits(city, lanes, (road) => delayOf(road) <= FURTHEST_S);
    const exits = [...watched.values()].map((exit) => ({ ...exit, onTheWay: new Float64Array(delayOf(exit.road)) }));
    const byRoad = new Map([...watched.keys()].map((road, e) => [road, e]));
    this.#exits = exits;
    this.#came = new Float64Array(exits.length);
    this.#surplus = new Float64Array(exits.length);
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
    const slot = this.#seconds++;
    this.#exits.forEach((exit, e) => {
      const came = countCame(exit, before, now, gone);
      const sent = countLetGo(exit, gone);
      const { onTheWay } = exit;
      const at = slot % onTheWay.length;
      const due = onTheWay[at]!;
      onTheWay[at] = sent;
      this.#came[e] = this.#came[e]! * (1 - 1 / MEMORY_S) + came;
      this.#surplus[e] = this.#surplus[e]! * (1 - 1 / MEMORY_S) + came - due;
    });
    if (this.#seconds < MEMORY_S) return;
    for (let k = 0; k < this.#exitsOf.length; k++) if (this.#exitsOf[k]!.length > 0) this.#judge(k);
  }

  #judge(k: number): void {
    let watched = 0;
    let unexplained = 0;
    for (const { exit, share } of this.#exitsOf[k]!) {
      const came = this.#came[exit]!;
      const surplus = this.#surplus[exit]!;
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
