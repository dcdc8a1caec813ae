import type { Seconds } from '../units/units.ts';

const MEMORY_S: Seconds = 300;
/** Each green that ended while its queue still went makes the lane busier than it is known to be by so much, up to a bound. */
const DOUBT = 0.25;
const MOST_DOUBT = 1;
const USUAL_PER_S = 0.05;

/**
 * Flow of approach lanes that only a stop-line loop tells of. From one moment without a queue to the next as many came as left; while no
 * green clears the queue, more come than leave, and nobody tells how many.
 */
export class LoopClearings {
  /** By lane: mean flow, vehicles per second; since nobody waited: seconds, vehicles that left, greens that ended. */
  readonly #flowPerS: Float64Array;
  readonly #seconds: Float64Array;
  readonly #left: Float64Array;
  readonly #greens: Uint8Array;

  constructor(lanes: number) {
    this.#flowPerS = new Float64Array(lanes).fill(USUAL_PER_S);
    this.#seconds = new Float64Array(lanes);
    this.#left = new Float64Array(lanes);
    this.#greens = new Uint8Array(lanes);
  }

  /** Takes in one more second of a lane: what left it, whether a green of it has just ended, and whether nobody waits there now. */
  note(lane: number, left: number, hasEnded: boolean, isClear: boolean): void {
    this.#seconds[lane]!++;
    this.#left[lane]! += left;
    if (hasEnded && this.#greens[lane]! < 255) this.#greens[lane]!++;
    if (!isClear) return;
    const seconds = this.#seconds[lane]!;
    this.#flowPerS[lane]! +=
      (this.#left[lane]! / seconds - this.#flowPerS[lane]!) * (1 - Math.exp(-seconds / MEMORY_S));
    this.#seconds[lane] = 0;
    this.#left[lane] = 0;
    this.#greens[lane] = 0;
  }

  /** Vehicles per second that are taken to come. */
  flowOf(lane: number): number {
    const perS = Math.max(this.#flowPerS[lane]!, this.#left[lane]! / Math.max(MEMORY_S, this.#seconds[lane]!));
    return perS * (1 + Math.min(MOST_DOUBT, DOUBT * this.#greens[lane]!));
  }
}
