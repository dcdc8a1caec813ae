/** Equal bins of time; bin 0 begins at `startMs`. Times are local, so that days begin at midnight. */
export interface Bins {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

const DAY_MS = 86_400_000;
/** Days a value is remembered: four weeks of weekdays, or so many weekend days. */
const DAYS_KEPT = 20;
/** Weekdays, and weekend days, needed before anything is expected. */
const DAYS_NEEDED = [5, 3];
/** Of the remembered values the lowest and the highest tenth are left out of the mean. */
const TRIMMED = 0.1;

/**
 * What a series had at this time of day on earlier days: weekdays and weekends apart, one bin to either side, trimmed
 * mean. A holiday has the traffic of either, so both are given: only what lies outside of both is a change.
 */
export class History {
  /** Mean of the kind of day asked for, the lower and the higher of both kinds; NaN while there are too few days. */
  own = Number.NaN;
  low = Number.NaN;
  high = Number.NaN;
  readonly #bins: Bins;
  readonly #perDay: number;
  /** [kind of day][time of day][day, in a ring] */
  readonly #kept: Float32Array;
  readonly #days: Uint16Array;
  readonly #sorted = new Float64Array(3 * DAYS_KEPT);

  constructor(bins: Bins) {
    this.#bins = bins;
    this.#perDay = Math.max(1, Math.round(DAY_MS / bins.stepMs));
    this.#kept = new Float32Array(2 * this.#perDay * DAYS_KEPT);
    this.#days = new Uint16Array(2 * this.#perDay);
  }

  /** Sets `own`, `low` and `high` for a bin from the days before it. */
  expect(bin: number): void {
    const kind = this.#kindOf(bin);
    const timeOfDay = this.#timeOfDay(bin);
    this.own = this.#mean(kind, timeOfDay);
    const other = this.#mean(1 - kind, timeOfDay);
    this.low = other < this.own ? other : this.own;
    this.high = other > this.own ? other : this.own;
  }

  /** Adds the value of a bin; NaN is left out. */
  learn(bin: number, value: number): void {
    if (Number.isNaN(value)) return;
    const at = this.#kindOf(bin) * this.#perDay + this.#timeOfDay(bin);
    this.#kept[at * DAYS_KEPT + (this.#days[at]! % DAYS_KEPT)] = value;
    this.#days[at]!++;
  }

  #mean(kind: number, timeOfDay: number): number {
    const perDay = this.#perDay;
    const sorted = this.#sorted;
    let count = 0;
    let days = 0;
    for (let side = -1; side <= 1; side++) {
      const at = kind * perDay + ((timeOfDay + side + perDay) % perDay);
      const kept = Math.min(this.#days[at]!, DAYS_KEPT);
      if (side === 0) days = kept;
      for (let day = 0; day < kept; day++) sorted[count++] = this.#kept[at * DAYS_KEPT + day]!;
    }
    if (days < DAYS_NEEDED[kind]!) return Number.NaN;
    const part = sorted.subarray(0, count).sort();
    const cut = Math.floor(count * TRIMMED);
    let sum = 0;
    for (let at = cut; at < count - cut; at++) sum += part[at]!;
    return sum / (count - 2 * cut);
  }

  #timeOfDay(bin: number): number {
    const { startMs, stepMs } = this.#bins;
    return Math.floor((((startMs + bin * stepMs) % DAY_MS) + DAY_MS) / stepMs) % this.#perDay;
  }

  /** 0 on weekdays, 1 on Saturday and Sunday; 1970-01-01 was a Thursday. */
  #kindOf(bin: number): number {
    const { startMs, stepMs } = this.#bins;
    const weekday = (Math.floor((startMs + bin * stepMs) / DAY_MS) + 4) % 7;
    return weekday === 0 || weekday === 6 ? 1 : 0;
  }
}

/** How many times more a series scatters than chance alone would let it (variance to mean), learned as it goes. */
export class Scatter {
  #sum: number;
  #weight: number;

  /** @param value what is supposed at first; @param weight in observations */
  constructor(value: number, weight: number) {
    this.#sum = value * weight;
    this.#weight = weight;
  }

  /** @param ratio squared deviation to the variance of pure chance; wild ones count as 100 */
  learn(ratio: number): void {
    if (Number.isNaN(ratio)) return;
    this.#sum += Math.min(100, ratio);
    this.#weight++;
  }

  get value(): number {
    return Math.max(1, this.#sum / this.#weight);
  }
}
