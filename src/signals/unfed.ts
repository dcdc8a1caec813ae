import type { City } from '../city/city.ts';
import type { Milliseconds } from '../units/units.ts';
import { listWatchedExits } from './watched-exits.ts';

/** Nobody let onto a road for so long: whoever was let go before is through, or stands in sight. */
const LONG_MS: Milliseconds = 150_000;

/** Tells an empty road from one whose camera sees nobody by the lanes that lead there: none of them has let anybody go. */
export class Unfed {
  /** By place that stands for a road: places of the lanes that lead onto it; none where traffic comes by other ways as well. */
  readonly #from: ReadonlyMap<number, readonly number[]>;
  /** By place that stands for a road: when somebody may last have come onto it. */
  readonly #fedMs: Float64Array;

  /** `lanes`: approach lanes; a place is an index of this list. */
  constructor(city: City, lanes: readonly number[]) {
    const exits = listWatchedExits(city, lanes, () => true);
    this.#from = new Map([...exits.values()].map(({ places, from }) => [places[0]!, from]));
    this.#fedMs = new Float64Array(lanes.length).fill(Number.NaN);
  }

  /** Every second; `gone[k]`: vehicles that left approach lane k in it, `isBelieved` where that is known. */
  observe(nowMs: Milliseconds, gone: Float64Array, isBelieved: (place: number) => boolean): void {
    for (const [place, from] of this.#from) {
      const isFirst = Number.isNaN(this.#fedMs[place]!);
      if (isFirst || from.some((k) => gone[k]! > 0 || !isBelieved(k))) this.#fedMs[place] = nowMs;
    }
  }

  /** True when nobody can have come onto the road that a place stands for. */
  isEmpty(place: number, nowMs: Milliseconds): boolean {
    return nowMs - this.#fedMs[place]! > LONG_MS;
  }
}
