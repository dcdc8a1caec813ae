import type { Seconds } from '../units/units.ts';

const MEMORY_S: Seconds = 900;
/** A road's loops tell of its flow from so many vehicles on. */
const TELLING_FROM = 5;

/** A lane, its two loops and the other approach lanes of its road. */
export interface LoopPair {
  readonly lane: number;
  readonly stopLine: number;
  readonly advance: number;
  readonly mates: readonly number[];
}

/** Mean flows over the loops of each approach lane, 0 while a loop is blind, and what they tell of lanes whose stop-line loop is. */
export class LoopFlows {
  readonly #pairs: ReadonlyMap<number, LoopPair>;
  /** By lane: vehicles per second over its advance and its stop-line loop; of how many seconds. */
  readonly #intoPerS: Float64Array;
  readonly #outPerS: Float64Array;
  readonly #intoS: Float64Array;
  readonly #outS: Float64Array;

  constructor(lanes: number, pairs: ReadonlyMap<number, LoopPair>) {
    this.#pairs = pairs;
    this.#intoPerS = new Float64Array(lanes);
    this.#outPerS = new Float64Array(lanes);
    this.#intoS = new Float64Array(lanes);
    this.#outS = new Float64Array(lanes);
  }

  /** Takes in one more second of a lane. */
  note({ lane, stopLine, advance }: LoopPair, blind: Uint8Array, came: number, left: number): void {
    noteFlow(this.#intoPerS, this.#intoS, lane, blind[advance] === 1 ? Number.NaN : came);
    noteFlow(this.#outPerS, this.#outS, lane, blind[stopLine] === 1 ? Number.NaN : left);
  }

  /**
   * Vehicles per second that must leave a lane whose stop-line loop is blind: those who come onto its road over its advance loops and do not
   * leave it over the other stop-line loops, shared with other such lanes as they come onto these. NaN where an advance loop of the road is
   * blind or too few have come.
   */
  restOf(lane: number, blind: Uint8Array): number {
    const pair = this.#pairs.get(lane);
    if (pair === undefined) return Number.NaN;
    let rest = 0;
    let vehicles = 0;
    let lacking = 0;
    for (const own of [lane, ...pair.mates]) {
      const { stopLine, advance } = this.#pairs.get(own)!;
      if (blind[advance] === 1) return Number.NaN;
      rest += this.#intoPerS[own]!;
      vehicles += this.#intoPerS[own]! * this.#intoS[own]!;
      if (blind[stopLine] === 1) lacking += this.#intoPerS[own]!;
      else rest -= this.#outPerS[own]!;
    }
    if (vehicles < TELLING_FROM) return Number.NaN;
    return Math.max(0, rest) * (lacking > 0 ? this.#intoPerS[lane]! / lacking : 1);
  }

  /** Vehicles per second over the advance loop of a lane. */
  intoOf(lane: number): number {
    return this.#intoPerS[lane]!;
  }
}

/** Takes one more second into the mean flow of a lane; NaN where nothing tells. */
function noteFlow(perS: Float64Array, ofS: Float64Array, lane: number, vehicles: number): void {
  if (Number.isNaN(vehicles)) {
    perS[lane] = 0;
    ofS[lane] = 0;
    return;
  }
  ofS[lane] = Math.min(MEMORY_S, ofS[lane]! + 1);
  perS[lane]! += (vehicles - perS[lane]!) / ofS[lane]!;
}
