import { EVENT } from './event.ts';
import { binAfter, binOf, fillFrom, type Output, type Site, type Tracker, withRoom } from './tracker.ts';

/** What is counted, and how a row is made of it. */
export interface Tally {
  readonly codes: readonly number[];
  /** Position of the count of an event. */
  index(code: number, parameter: number): number;
  /** One row: the count at `index`, and the sum of the parameters of those events. */
  row(out: Output, binMs: number, device: number, index: number, count: number, sum: number): void;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** Detector hits per bin, device and channel: events 82. Oregon: `actuations`. */
export const ACTUATIONS: Tally = {
  codes: [EVENT.detectorOn],
  index: (_, parameter) => parameter,
  row: (out, binMs, device, index, count) => out.add('actuations', binMs, device, index, count),
};

const ENDINGS = ['GapOut', 'MaxOut', 'ForceOff'];

/** How greens ended, per bin, device, phase and way: events 4, 5 and 6. Oregon: `terminations`. */
export const TERMINATIONS: Tally = {
  codes: [EVENT.gapOut, EVENT.maxOut, EVENT.forceOff],
  index: (code, parameter) => parameter * 3 + code - EVENT.gapOut,
  row: (out, binMs, device, index, count) =>
    out.add('terminations', binMs, device, Math.floor(index / 3), ENDINGS[index % 3] ?? '', count),
};

/** Splits phases really had, mean seconds per bin, device and code: events 300 to 317. Oregon: `splits`. */
export const SPLITS: Tally = {
  codes: range(EVENT.actualSplitOfPhase1, EVENT.actualNaturalCycle),
  index: (code) => code - EVENT.actualSplitOfPhase1,
  row: (out, binMs, device, index, count, sum) =>
    out.add('splits', binMs, device, index + EVENT.actualSplitOfPhase1, count, sum / count),
};

/** Statistics of the link to a MAXTIME controller, mean per bin, device and code (vendor codes). Oregon: `communications`. */
export const COMMUNICATIONS: Tally = {
  codes: [400, 502, 503],
  index: (code) => code - 400,
  row: (out, binMs, device, index, count, sum) => out.add('communications', binMs, device, index + 400, sum / count),
};

const PREEMPTS = new Map<number, string>([
  [EVENT.preemptCallOn, 'Request'],
  [EVENT.preemptEntry, 'Service'],
]);
const PRIORITIES = new Map<number, string>([
  [EVENT.priorityCheckIn, 'Request'],
  [EVENT.priorityEarlyGreen, 'EarlyGreen'],
  [EVENT.priorityGreenExtension, 'ExtendedGreen'],
]);
const named = (table: string, names: ReadonlyMap<number, string>): Tally => {
  const codes = [...names.keys()];
  return {
    codes,
    index: (code, parameter) => parameter * codes.length + codes.indexOf(code),
    row: (out, binMs, device, index, count) => {
      const name = names.get(codes[index % codes.length] ?? 0) ?? '';
      out.add(table, binMs, device, Math.floor(index / codes.length), name, count);
    },
  };
};

/** Requests (102) and services (105) of preempts, per bin, device and preempt. Utah: `preempts`. */
export const PREEMPT_COUNTS: Tally = named('preempts', PREEMPTS);

/** Requests (112), early (113) and extended greens (114) of priority, per bin, device and request. Utah: `priorities`. */
export const PRIORITY_COUNTS: Tally = named('priorities', PRIORITIES);

/** Counts of the events of a tally in bins. */
export class Counts implements Tracker {
  readonly codes: readonly number[];
  private readonly site: Site;
  private readonly tally: Tally;
  private counts = new Float64Array(64);
  private sums = new Float64Array(64);
  private binMs = Number.NaN;

  constructor(site: Site, tally: Tally) {
    this.site = site;
    this.tally = tally;
    this.codes = tally.codes;
  }

  on(timeMs: number, code: number, parameter: number): void {
    const index = this.tally.index(code, parameter);
    if (index < 0) return;
    if (Number.isNaN(this.binMs)) this.binMs = binOf(timeMs, this.site.binMs);
    this.counts = withRoom(this.counts, index);
    this.sums = withRoom(this.sums, index);
    this.counts[index]!++;
    this.sums[index]! += parameter;
  }

  close(): void {
    if (Number.isNaN(this.binMs)) return;
    this.current(this.site.out);
    this.counts.fill(0);
    this.sums.fill(0);
    this.binMs = Number.NaN;
  }

  current(out: Output): void {
    for (let index = 0; index < this.counts.length; index++) {
      const count = this.counts[index]!;
      if (count > 0) this.tally.row(out, this.binMs, this.site.device, index, count, this.sums[index]!);
    }
  }

  finish(): void {
    this.close();
  }
}

/**
 * Detector hits with the bins in which a channel was silent. Oregon makes two tables: in `actuations_zeros_incremental`
 * a channel is known from its first hit on, in `actuations_zeros_oneshot` over the whole log.
 */
export class CountsWithZeros implements Tracker {
  readonly codes = [EVENT.detectorOn];
  private readonly site: Site;
  private counts = new Float64Array(64);
  /** First bin of each channel with a hit; NaN before. */
  private readonly firstMs: number[] = [];
  private binMs = Number.NaN;

  constructor(site: Site) {
    this.site = site;
  }

  on(timeMs: number, _code: number, parameter: number): void {
    if (parameter < 0) return;
    const bin = binOf(timeMs, this.site.binMs);
    if (Number.isNaN(this.binMs)) this.binMs = bin;
    this.counts = withRoom(this.counts, parameter);
    this.counts[parameter]!++;
    this.firstMs[parameter] ??= bin;
  }

  close(edgeMs: number): void {
    while (this.binMs < edgeMs) {
      this.current(this.site.out);
      this.counts.fill(0);
      this.binMs = binAfter(this.binMs, edgeMs, this.site.binMs);
    }
  }

  current(out: Output): void {
    this.firstMs.forEach((_, channel) => {
      const count = this.counts[channel] ?? 0;
      out.add('actuations_zeros_incremental', this.binMs, this.site.device, channel, count);
      out.add('actuations_zeros_oneshot', this.binMs, this.site.device, channel, count);
    });
  }

  finish(): void {
    const { binMs, span, out, device } = this.site;
    this.close(binOf(span.lastMs, binMs) + binMs);
    this.firstMs.forEach((firstMs, channel) => {
      for (let bin = fillFrom(span, firstMs, binMs); bin < firstMs; bin += binMs) {
        out.add('actuations_zeros_oneshot', bin, device, channel, 0);
      }
    });
  }
}
