import type { City } from '../city/city.ts';
import { QUEUE_SPACE_M } from '../street/loop-tracks.ts';
import { ADVANCE_M } from '../street/loops.ts';
import type { LoopPlace } from '../street/observation.ts';

/** A loop lacks so many vehicles that the other of its lane has told of, and its road. */
const MISSED = 6;
/** Vehicles that both loops of a lane are taken to have counted before. */
const EQUAL_BEFORE = 6;

/** What the two loops of a lane tell of each other: loops 2 k (stop line) and 2 k + 1 (advance) are those of the lane at place k. */
export class LoopPairs {
  /** By loop: vehicles counted. */
  readonly #count: Float64Array;
  /** By loop: what the other had counted when it last told of somebody, and when its reading last changed. */
  readonly #toldAt: Float64Array;
  readonly #movedAt: Float64Array;
  /** By place that stands for a road: who came over its advance loops less who left; by loop, what that was when it last told of somebody. */
  readonly #surplus: Float64Array;
  readonly #surplusAt: Float64Array;
  /** By place: that which stands for its road, and vehicles that fit between its loops. */
  readonly #road: ArrayLike<number>;
  readonly #between: Float64Array;

  /** `lanes`: approach lanes, by place; `road`: by place that which stands for its road; `count`: by loop, counted elsewhere. */
  constructor(
    city: City,
    lanes: readonly number[],
    loops: readonly LoopPlace[],
    road: ArrayLike<number>,
    count: Float64Array,
  ) {
    this.#count = count;
    this.#road = road;
    this.#toldAt = new Float64Array(loops.length);
    this.#movedAt = new Float64Array(loops.length);
    this.#surplus = new Float64Array(lanes.length);
    this.#surplusAt = new Float64Array(loops.length);
    this.#between = Float64Array.from(lanes, (lane, k) => {
      const { lane: of, toM } = loops[2 * k + 1]!;
      return 1 + (of === lane ? city.lanes[lane]!.lengthM - toM : ADVANCE_M) / QUEUE_SPACE_M;
    });
  }

  restart(): void {
    this.#toldAt.fill(0);
    this.#movedAt.fill(0);
    this.#surplus.fill(0);
    this.#surplusAt.fill(0);
  }

  /** Call it every second for each loop: whether it told of anybody, and whether it was on without a change. */
  note(loop: number, told: boolean, isFrozen: boolean): void {
    const others = this.#count[loop ^ 1]!;
    if (told) {
      this.#toldAt[loop] = others;
      this.#surplusAt[loop] = this.#surplus[this.#road[loop >> 1]!]!;
    }
    if (!isFrozen) this.#movedAt[loop] = others;
  }

  /** Call it every second for each lane. */
  noteLane(k: number, came: number, left: number): void {
    this.#surplus[this.#road[k]!]! += came - left;
  }

  /** No more have passed the other loop since this one is on than fit between them: a queue may stand on it. */
  mayStand(loop: number): boolean {
    return this.#count[loop ^ 1]! - this.#movedAt[loop]! <= this.#between[loop >> 1]!;
  }

  /** The other loop has told of one after another whom this one has not seen, and the rest of the road does not account for them. */
  isBelied(loop: number): boolean {
    const told = this.#count[loop ^ 1]! - this.#toldAt[loop]!;
    const usual = (this.#count[loop]! + EQUAL_BEFORE) / (this.#toldAt[loop]! + EQUAL_BEFORE);
    const more = this.#surplus[this.#road[loop >> 1]!]! - this.#surplusAt[loop]!;
    return told * usual >= MISSED && (loop % 2 === 0 ? more : -more) >= MISSED;
  }
}
