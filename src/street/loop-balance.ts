import type { Seconds } from '../units/units.ts';

/** Memory of what both loops of a lane have counted, with this many vehicles taken as equal before. */
const MEMORY_S: Seconds = 900;
const EQUAL_BEFORE = 10;

/** What the two loops of each lane have counted beside each other, fading: some change lanes between them. */
export class LoopBalance {
  /** By lane. */
  readonly #came: Float64Array;
  readonly #left: Float64Array;
  /** Vehicles taken to have come otherwise, less those who have changed to another lane. */
  readonly #changed: Float64Array;

  constructor(lanes: number) {
    this.#came = new Float64Array(lanes);
    this.#left = new Float64Array(lanes);
    this.#changed = new Float64Array(lanes);
  }

  /** Call it every second with what came over the advance loop and left over the stop-line loop. */
  note(lane: number, came: number, left: number): void {
    this.#came[lane]! += came - this.#came[lane]! / MEMORY_S;
    this.#left[lane]! += left - this.#left[lane]! / MEMORY_S;
    this.#changed[lane]! -= this.#changed[lane]! / MEMORY_S;
  }

  /** One has come on the lane otherwise than over its advance loop, or has gone from it otherwise than over its stop line (-1). */
  noteOther(lane: number, vehicles: number): void {
    this.#changed[lane]! += vehicles;
  }

  /** How many more have left the lane than came onto it. */
  gainOf(lane: number): number {
    return this.#left[lane]! - this.#came[lane]! - this.#changed[lane]!;
  }

  /** Share of those who come over the advance loop that do not get to the stop line. */
  lossOf(lane: number): number {
    return Math.max(0, 1 - (this.#left[lane]! + EQUAL_BEFORE) / (this.#came[lane]! + EQUAL_BEFORE));
  }

  /** The lane that gains most; -1 where none does. */
  findGaining(lanes: readonly number[]): number {
    let most = 0;
    let best = -1;
    for (const lane of lanes) {
      const gain = this.gainOf(lane);
      if (gain <= most) continue;
      most = gain;
      best = lane;
    }
    return best;
  }
}
