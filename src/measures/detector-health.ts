import { EVENT } from './event.ts';
import { binOf, type Site, type Tracker, withRoom } from './tracker.ts';

const DAY_MS = 86_400_000;
/** Days a channel's past is kept. */
const HISTORY_DAYS = 28;
/** |GEH| above this is an anomaly. */
const LIMIT = 6;
const TINY = 1e-8;

/** Parts of a series: value = median + by time of day + by weekday and time of day + rest. */
export interface Decomposition {
  readonly prediction: number;
  readonly rest: number;
}

/**
 * Splits a series into its median, the median of what is left by time of day, the median of what is left by weekday and
 * time of day, and the rest; the prediction is the sum of the three, at least 0 (median decomposition as Oregon uses it).
 * @param timesMs begins of bins (UTC ms)
 * @param binMs length of a bin
 */
export function decompose(timesMs: readonly number[], values: readonly number[], binMs: number): Decomposition[] {
  const middle = median(values);
  const timeOfDay = timesMs.map((timeMs) => Math.floor((timeMs % DAY_MS) / binMs));
  const timeOfWeek = timesMs.map((timeMs) => Math.floor((timeMs % (7 * DAY_MS)) / binMs));
  const daily = mediansBy(
    timeOfDay,
    values.map((value) => value - middle),
  );
  const day = timeOfDay.map((slot) => daily.get(slot) ?? 0);
  const weekly = mediansBy(
    timeOfWeek,
    values.map((value, at) => value - middle - (day[at] ?? 0)),
  );
  return values.map((value, at) => {
    const regular = (day[at] ?? 0) + (weekly.get(timeOfWeek[at] ?? 0) ?? 0);
    return { prediction: Math.max(0, middle + regular), rest: value - middle - regular };
  });
}

function mediansBy(slots: readonly number[], values: readonly number[]): Map<number, number> {
  const groups = new Map<number, number[]>();
  slots.forEach((slot, at) => {
    const group = groups.get(slot);
    if (group === undefined) groups.set(slot, [values[at] ?? 0]);
    else group.push(values[at] ?? 0);
  });
  return new Map([...groups].map(([slot, group]) => [slot, median(group)]));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half)] ?? 0)) / 2;
}

/** Signed GEH of a count against its forecast, positive when too low; counts near 0 weigh more. */
function geh(count: number, prediction: number): number {
  const difference = prediction - count;
  const value = Math.sqrt((2 * difference * difference) / (prediction + count + TINY));
  const weight = Math.max(1, (2 - Math.log(count / (prediction + TINY) + 0.1)) / 2);
  return Math.sign(difference) * value * weight;
}

/**
 * Counts of a channel against the forecast from its own past (28 days at most), for the bins of the last day of the log:
 * an anomaly is a GEH above 6. Comes out at the end of the log. Oregon: `detector_health`.
 */
export class DetectorHealth implements Tracker {
  readonly codes = [EVENT.detectorOn];
  private readonly site: Site;
  /** Counts of the open bin, by channel. */
  private open = new Float64Array(64);
  private binMs = Number.NaN;
  /** Counts of the bins that are over, by channel and begin. */
  private readonly past: (Map<number, number> | undefined)[] = [];

  constructor(site: Site) {
    this.site = site;
  }

  on(timeMs: number, _code: number, parameter: number): void {
    if (Number.isNaN(this.binMs)) this.binMs = binOf(timeMs, this.site.binMs);
    this.open = withRoom(this.open, parameter);
    this.open[parameter]!++;
  }

  close(edgeMs: number): void {
    for (let channel = 0; channel < this.open.length; channel++) {
      const count = this.open[channel]!;
      if (count === 0) continue;
      const counts = this.past[channel] ?? new Map<number, number>();
      counts.set(this.binMs, count);
      this.past[channel] = counts;
    }
    this.open.fill(0);
    this.binMs = Number.NaN;
    for (const counts of this.past) {
      for (const bin of counts?.keys() ?? []) {
        // Bins come in order of time.
        if (bin >= edgeMs - HISTORY_DAYS * DAY_MS) break;
        counts?.delete(bin);
      }
    }
  }

  current(): void {}

  finish(): void {
    const { binMs, span, device, out } = this.site;
    const lastMs = binOf(span.lastMs, binMs);
    this.close(lastMs);
    const firstMs = Math.max(binOf(span.firstMs, binMs), lastMs - HISTORY_DAYS * DAY_MS);
    const fromMs = Math.max(firstMs, binOf(lastMs, DAY_MS));
    const timesMs = Array.from({ length: (lastMs - firstMs) / binMs + 1 }, (_, at) => firstMs + at * binMs);
    this.past.forEach((counts, channel) => {
      if (counts === undefined) return;
      const values = timesMs.map((timeMs) => counts.get(timeMs) ?? 0);
      decompose(timesMs, values, binMs).forEach(({ prediction }, at) => {
        const timeMs = timesMs[at] ?? 0;
        if (timeMs < fromMs) return;
        const total = values[at] ?? 0;
        const score = geh(total, prediction);
        out.add('detector_health', timeMs, device, channel, total, score, prediction, Math.abs(score) > LIMIT ? 1 : 0);
      });
    });
  }
}
