import { EVENT } from './event.ts';
import { binAfter, binOf, fillFrom, type Output, type Site, type Tracker } from './tracker.ts';

/** Presses further apart than this are of different people. */
export const SAME_PERSON_MS = 15_000;
const QUARTER_MS = 15 * 60_000;
/** Bins over which the presses of "an hour" are summed: this one and the next three. */
const HOUR_BINS = 4;

class Crossing {
  lastPressMs = Number.NaN;
  services = 0;
  presses = 0;
  unique = 0;
  /** The bin of its first event, and of the first entry of `recent`. */
  firstMs: number;
  oldestMs: number;
  /** Services, presses and unique presses of the bins from `oldestMs` on whose hour is not over. */
  readonly recent: [number, number, number][] = [];

  constructor(binMs: number) {
    this.firstMs = binMs;
    this.oldestMs = binMs;
  }
}

/** People on foot of one bin, estimated from the unique presses of the bin and of the hour that begins with it. */
function estimatedVolume(unique: number, hourly: number): number {
  const perHour = 0.7167 * hourly + 0.0599 * hourly * hourly;
  return (hourly === 0 ? 0 : (perHour * unique) / hourly) + 1.1063 / 4;
}

/**
 * Walks, presses and presses of different people per bin and phase, and the people on foot they stand for.
 * Walks are events 21 and 67, presses 90; a press counts as unique when the last one is over 15 s old. Volume per hour
 * = 0.7167 x + 0.0599 x^2 + 1.1063 of the unique presses x (https://doi.org/10.1177/0361198121994126), shared out over
 * its bins by their unique presses. Oregon: `ped`, `unique_ped`, `full_ped`.
 */
export class Pedestrians implements Tracker {
  readonly codes = [EVENT.beginWalk, EVENT.overlapWalk, EVENT.pedestrianDetectorOn];
  private readonly site: Site;
  private readonly crossings = new Map<number, Crossing>();
  private binMs = Number.NaN;

  constructor(site: Site) {
    this.site = site;
  }

  on(timeMs: number, code: number, parameter: number): void {
    const bin = binOf(timeMs, this.site.binMs);
    if (Number.isNaN(this.binMs)) this.binMs = bin;
    let crossing = this.crossings.get(parameter);
    if (crossing === undefined) {
      crossing = new Crossing(bin);
      this.crossings.set(parameter, crossing);
    }
    if (code !== EVENT.pedestrianDetectorOn) {
      crossing.services++;
      return;
    }
    crossing.presses++;
    if (timeMs - crossing.lastPressMs > SAME_PERSON_MS) crossing.unique++;
    crossing.lastPressMs = timeMs;
  }

  close(edgeMs: number): void {
    const { binMs, out } = this.site;
    while (this.binMs < edgeMs) {
      for (const [phase, crossing] of this.crossings) {
        this.countsOf(phase, crossing, out);
        crossing.recent.push([crossing.services, crossing.presses, crossing.unique]);
        crossing.services = 0;
        crossing.presses = 0;
        crossing.unique = 0;
        if (crossing.recent.length === HOUR_BINS) this.fullRow(phase, crossing);
      }
      const next = binAfter(this.binMs, edgeMs, binMs);
      if (next !== this.binMs + binMs) this.skipTo(next);
      this.binMs = next;
    }
  }

  current(out: Output): void {
    for (const [phase, crossing] of this.crossings) {
      this.countsOf(phase, crossing, out);
      const open = [...crossing.recent, [crossing.services, crossing.presses, crossing.unique] as const];
      open.forEach(([services, presses, unique], at) => {
        const hourly = open.slice(at, at + HOUR_BINS).reduce((sum, bin) => sum + bin[2], 0);
        const time = crossing.oldestMs + at * this.site.binMs;
        out.add('full_ped', time, this.site.device, phase, services, presses, unique, estimatedVolume(unique, hourly));
      });
    }
  }

  finish(): void {
    const { binMs, span, out, device } = this.site;
    this.close(binOf(span.lastMs, binMs) + binMs);
    // The original ends at the begin of the last quarter of an hour, however short the bins are.
    const lastMs = this.site.faithful ? binOf(span.lastMs, QUARTER_MS) : span.lastMs;
    for (const [phase, crossing] of this.crossings) {
      while (crossing.recent.length > 0 && crossing.oldestMs + (crossing.recent.length - 1) * binMs > lastMs) {
        crossing.recent.pop();
      }
      while (crossing.recent.length > 0) this.fullRow(phase, crossing);
      for (let bin = fillFrom(span, crossing.firstMs, binMs); bin < crossing.firstMs; bin += binMs) {
        out.add('full_ped', bin, device, phase, 0, 0, 0, estimatedVolume(0, 0));
      }
    }
  }

  /** Nothing is filled up to a bin: the hours that were open end. */
  private skipTo(binMs: number): void {
    for (const [phase, crossing] of this.crossings) {
      while (crossing.recent.length > 0) this.fullRow(phase, crossing);
      crossing.oldestMs = binMs;
    }
  }

  private countsOf(phase: number, crossing: Crossing, out: Output): void {
    const { services, presses, unique } = crossing;
    if (services + presses > 0) out.add('ped', this.binMs, this.site.device, phase, services, presses);
    if (unique > 0) out.add('unique_ped', this.binMs, this.site.device, phase, unique);
  }

  /** The row of the oldest bin that waits for the rest of its hour. */
  private fullRow(phase: number, crossing: Crossing): void {
    const [services, presses, unique] = crossing.recent[0]!;
    const hourly = crossing.recent.reduce((sum, bin) => sum + bin[2], 0);
    const volume = estimatedVolume(unique, hourly);
    this.site.out.add('full_ped', crossing.oldestMs, this.site.device, phase, services, presses, unique, volume);
    crossing.recent.shift();
    crossing.oldestMs += this.site.binMs;
  }
}
