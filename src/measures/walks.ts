import { EVENT } from './event.ts';
import { SAME_PERSON_MS } from './pedestrian.ts';
import { binAfter, binOf, fillFrom, type Output, type Site, type Tracker } from './tracker.ts';

/** One bin of a phase: the columns of Utah's pedestrian aggregation. */
interface Sums {
  delays: number;
  delayMs: number;
  leastMs: number;
  mostMs: number;
  walks: number;
  requests: number;
  unique: number;
  imputed: number;
  calls: number;
}

const none = (): Sums => ({
  delays: 0,
  delayMs: 0,
  leastMs: Number.POSITIVE_INFINITY,
  mostMs: 0,
  walks: 0,
  requests: 0,
  unique: 0,
  imputed: 0,
  calls: 0,
});

/** An event that counts towards the walk whose span it falls in. */
type Counted = readonly [timeMs: number, what: 'requests' | 'unique' | 'imputed' | 'calls'];

/** What is open of one phase. */
class Crossing {
  readonly firstMs: number;
  /** The two last begins of walk or clearance (repeated clearances are one). */
  before: readonly [timeMs: number, code: number] | null = null;
  last: readonly [timeMs: number, code: number] | null = null;
  counted: Counted[] = [];
  lastPressMs = Number.NaN;
  /** Time of the last 0, 21 or 67 when no press has followed it. */
  startMs = Number.NaN;
  /** Begins of the walks that are over and in whose span `startMs` falls. */
  awaiting: number[] = [];
  /** The last 21, 22 or first press after it, and what came before a press. */
  step: readonly [timeMs: number, code: number] | null = null;
  beforePress: readonly [timeMs: number, code: number] | null = null;
  readonly bins = new Map<number, Sums>();

  constructor(firstMs: number) {
    this.firstMs = firstMs;
  }
}

/**
 * Utah's pedestrian aggregation per bin and phase. A walk is the middle one of three begins of walk (21) or clearance
 * (22); requests (90), presses of different people (over 15 s apart), calls registered (45) and presses that follow a
 * 0, 21 or 67 belong to the walk in whose span they fall. Delay is from the first press to the walk that answers it, 0
 * when pressed during a walk; presses without a walk between are one. Table `pedestrian`; bins without any are rows too.
 */
export class Walks implements Tracker {
  readonly codes = [
    EVENT.phaseOn,
    EVENT.beginWalk,
    EVENT.beginFlashingDontWalk,
    EVENT.pedestrianCall,
    EVENT.overlapWalk,
    EVENT.pedestrianDetectorOn,
  ];
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
      if (code === EVENT.phaseOn) return;
      crossing = new Crossing(bin);
      this.crossings.set(parameter, crossing);
    }
    if (code === EVENT.pedestrianDetectorOn) this.press(crossing, timeMs);
    else if (code === EVENT.pedestrianCall) crossing.counted.push([timeMs, 'calls']);
    else {
      if (code !== EVENT.beginFlashingDontWalk) {
        crossing.startMs = timeMs;
        crossing.awaiting.length = 0;
      }
      if (code === EVENT.beginWalk || code === EVENT.beginFlashingDontWalk) this.turn(crossing, timeMs, code);
    }
  }

  close(edgeMs: number): void {
    let openMs = edgeMs;
    for (const crossing of this.crossings.values()) {
      // A walk that is not over, or a press during one, still counts in the bin in which the walk began.
      if (crossing.last?.[1] === EVENT.beginWalk) openMs = Math.min(openMs, crossing.last[0]);
      for (const walkMs of crossing.awaiting) openMs = Math.min(openMs, walkMs);
      if (crossing.beforePress?.[1] === EVENT.beginWalk) openMs = Math.min(openMs, crossing.beforePress[0]);
    }
    while (this.binMs + this.site.binMs <= openMs) {
      this.emitBin(this.binMs, this.site.out);
      for (const crossing of this.crossings.values()) crossing.bins.delete(this.binMs);
      this.binMs = this.after(binOf(openMs, this.site.binMs));
    }
  }

  current(out: Output): void {
    const bins = new Set([...this.crossings.values()].flatMap((crossing) => [...crossing.bins.keys()]));
    for (const bin of bins) this.emitBin(bin, out);
  }

  finish(): void {
    const { binMs, span } = this.site;
    const endMs = binOf(span.lastMs, binMs);
    for (; this.binMs <= endMs; this.binMs = this.after(endMs)) this.emitBin(this.binMs, this.site.out);
    for (const [phase, crossing] of this.crossings) {
      for (let bin = fillFrom(span, crossing.firstMs, binMs); bin < crossing.firstMs; bin += binMs) {
        this.emit(bin, phase, none(), this.site.out);
      }
    }
  }

  /** The bin after the oldest one; bins that hold something are not skipped. */
  private after(edgeMs: number): number {
    let next = binAfter(this.binMs, edgeMs, this.site.binMs);
    if (next === this.binMs + this.site.binMs) return next;
    for (const { bins } of this.crossings.values()) {
      for (const bin of bins.keys()) if (bin > this.binMs) next = Math.min(next, bin);
    }
    return next;
  }

  private press(crossing: Crossing, timeMs: number): void {
    crossing.counted.push([timeMs, 'requests']);
    if (timeMs - crossing.lastPressMs > SAME_PERSON_MS) crossing.counted.push([timeMs, 'unique']);
    crossing.lastPressMs = timeMs;
    if (!Number.isNaN(crossing.startMs)) {
      crossing.counted.push([crossing.startMs, 'imputed']);
      for (const walkMs of crossing.awaiting) this.sumsOf(crossing, walkMs).imputed++;
    }
    crossing.startMs = Number.NaN;
    crossing.awaiting.length = 0;
    if (crossing.step?.[1] === EVENT.pedestrianDetectorOn) return;
    crossing.beforePress = crossing.step;
    crossing.step = [timeMs, EVENT.pedestrianDetectorOn];
  }

  /** A walk or a clearance begins. */
  private turn(crossing: Crossing, timeMs: number, code: number): void {
    if (crossing.step?.[1] === EVENT.pedestrianDetectorOn && crossing.beforePress !== null) {
      const [beforeMs, beforeCode] = crossing.beforePress;
      if (code === EVENT.beginWalk) this.delay(crossing, timeMs, timeMs - crossing.step[0]);
      else if (beforeCode === EVENT.beginWalk) this.delay(crossing, beforeMs, 0);
    }
    crossing.beforePress = null;
    crossing.step = [timeMs, code];
    if (code === EVENT.beginFlashingDontWalk && crossing.last?.[1] === code) return;
    if (crossing.before !== null && crossing.last?.[1] === EVENT.beginWalk) {
      const fromMs = crossing.before[1] === EVENT.beginWalk ? crossing.last[0] : crossing.before[0];
      const sums = this.sumsOf(crossing, crossing.last[0]);
      sums.walks++;
      for (const [atMs, what] of crossing.counted) if (atMs >= fromMs && atMs < timeMs) sums[what]++;
      if (crossing.startMs >= fromMs && crossing.startMs < timeMs) crossing.awaiting.push(crossing.last[0]);
    }
    crossing.before = crossing.last;
    crossing.last = [timeMs, code];
    const oldestMs = crossing.before?.[0] ?? Number.NEGATIVE_INFINITY;
    crossing.counted = crossing.counted.filter(([atMs]) => atMs >= oldestMs);
  }

  private delay(crossing: Crossing, walkMs: number, delayMs: number): void {
    const sums = this.sumsOf(crossing, walkMs);
    sums.delays++;
    sums.delayMs += delayMs;
    if (delayMs > 0) sums.leastMs = Math.min(sums.leastMs, delayMs);
    sums.mostMs = Math.max(sums.mostMs, delayMs);
  }

  private sumsOf(crossing: Crossing, timeMs: number): Sums {
    const bin = binOf(timeMs, this.site.binMs);
    let sums = crossing.bins.get(bin);
    if (sums === undefined) {
      sums = none();
      crossing.bins.set(bin, sums);
    }
    return sums;
  }

  private emitBin(binMs: number, out: Output): void {
    for (const [phase, crossing] of this.crossings) {
      if (binMs >= crossing.firstMs) this.emit(binMs, phase, crossing.bins.get(binMs) ?? none(), out);
    }
  }

  private emit(binMs: number, phase: number, sums: Sums, out: Output): void {
    const { delays, delayMs, leastMs, mostMs, walks, requests, unique, imputed, calls } = sums;
    const least = Number.isFinite(leastMs) ? leastMs / 1000 : 0;
    out.add(
      'pedestrian',
      binMs,
      this.site.device,
      phase,
      delays,
      delayMs / 1000,
      least,
      mostMs / 1000,
      requests,
      imputed,
      unique,
      walks,
      calls,
    );
  }
}
