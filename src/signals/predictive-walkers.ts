import { isGreen } from '../city/greens.ts';
import type { Observation } from '../street/observation.ts';
import type { Milliseconds, Seconds } from '../units/units.ts';
import type { Junction } from './predictive-junction.ts';

/** People who come to a crossing, before any was seen: one in two minutes. */
const PRIOR_PER_S = 1 / 120;
const RATE_MEMORY_S: Seconds = 600;
/** Waiting that doubles its own weight: beyond half a minute many step out on red (HCM 2010, chapter 18). */
const AGEING_S: Seconds = 30;

/** People on foot at the crossings of some signals, as cameras or push buttons tell. */
export class WalkerDemand {
  readonly #junctions: readonly Junction[];
  readonly #perSecond: number;
  /** By junction and walk: people who wait, people per second, and since when somebody has waited (NaN: nobody does). */
  readonly #waiting: readonly Float64Array[];
  readonly #ratePerS: readonly Float64Array[];
  readonly #sinceMs: readonly Float64Array[];
  #nowMs: Milliseconds = 0;

  /** @param perSecond what a second of one person's wait costs */
  constructor(junctions: readonly Junction[], perSecond: number) {
    this.#junctions = junctions;
    this.#perSecond = perSecond;
    this.#waiting = junctions.map(({ walks }) => new Float64Array(walks.length));
    this.#ratePerS = junctions.map(({ walks }) => new Float64Array(walks.length).fill(PRIOR_PER_S));
    this.#sinceMs = junctions.map(({ walks }) => new Float64Array(walks.length).fill(Number.NaN));
  }

  observe({ timeMs, signals, waiting }: Observation): void {
    this.#nowMs = timeMs;
    this.#junctions.forEach(({ signal, walks }, j) => {
      const lamps = signals[signal] ?? '';
      walks.forEach(({ link, crossings }, w) => {
        const before = this.#waiting[j]![w]!;
        const isOpen = isGreen(lamps.charAt(link));
        let people = isOpen ? 0 : before + this.#ratePerS[j]![w]!;
        if (waiting !== undefined) {
          people = 0;
          for (const crossing of crossings) people += waiting[crossing] ?? 0;
          if (!isOpen)
            this.#ratePerS[j]![w]! += (Math.max(0, people - before) - this.#ratePerS[j]![w]!) / RATE_MEMORY_S;
        }
        this.#waiting[j]![w] = people;
        if (isOpen || people < 0.5) this.#sinceMs[j]![w] = Number.NaN;
        else if (Number.isNaN(this.#sinceMs[j]![w]!)) this.#sinceMs[j]![w] = timeMs;
      });
    });
  }

  /** How long somebody has waited for walk `w` of junction `j`; 0 while nobody does. */
  waitOf(j: number, w: number): Seconds {
    const sinceMs = this.#sinceMs[j]![w]!;
    return Number.isNaN(sinceMs) ? 0 : (this.#nowMs - sinceMs) / 1000;
  }

  /** People who wait by walk, people per second, and what a second of one's wait costs, into arrays that begin with that shape. */
  read(j: number, people: Float64Array, ratePerS: Float64Array, cost: Float64Array): void {
    people.set(this.#waiting[j]!);
    ratePerS.set(this.#ratePerS[j]!);
    for (let w = 0; w < this.#waiting[j]!.length; w++) {
      const age = this.waitOf(j, w) / AGEING_S;
      cost[w] = this.#perSecond * (1 + age * age);
    }
  }
}
