import type { Approach } from './approaches.ts';
import { EVENT } from './event.ts';
import { FARTHEST_SHIFT_S } from './link-pivot.ts';
import { binOf, type Output, type Site, type Tracker } from './tracker.ts';

/** Hits of an open cycle kept at most; a phase that rests in green gives them out without a cycle. */
const MOST_HITS = 65_536;
/** Limits of the platoon ratio between arrival types 1 to 6 (Highway Capacity Manual 2000, exhibit 16-11). */
const ARRIVAL_TYPES = [0.5, 0.85, 1.15, 1.5, 2];

/** Finds cycles from red to red in the events of one phase: red, green, yellow, red, in this order and no other. */
class CycleFinder {
  readonly redCode: number;
  redMs = Number.NaN;
  greenMs = Number.NaN;
  yellowMs = Number.NaN;
  private stage = 0;

  /** @param redCode the event at which red begins: 9 (Utah), 10 (Oregon), 64 (overlaps) */
  constructor(redCode: number) {
    this.redCode = redCode;
  }

  /** Takes an event of the phase; true when it ends a cycle: its times stand until `restart`. */
  on(timeMs: number, code: number): boolean {
    if (code === this.redCode) return this.stage === 3;
    if (code === EVENT.beginGreen || code === EVENT.overlapBeginGreen) {
      this.greenMs = timeMs;
      this.stage = this.stage === 1 ? 2 : 0;
    } else {
      this.yellowMs = timeMs;
      this.stage = this.stage === 2 ? 3 : 0;
    }
    return false;
  }

  /** A red begins. */
  restart(timeMs: number): void {
    this.stage = 1;
    this.redMs = timeMs;
  }
}

/**
 * Cycles of every phase and overlap, from red to red: Utah counts those whose events are 9, 1, 8, 9 in this order
 * (overlaps 64, 61, 63, 64), Oregon's red begins at 10. Table `cycles`.
 */
export class Cycles implements Tracker {
  readonly codes: readonly number[];
  private readonly site: Site;
  private readonly redCode: number;
  private readonly finders = new Map<number, CycleFinder>();

  constructor(site: Site, redCode: number) {
    this.site = site;
    this.redCode = redCode;
    const overlap = [EVENT.overlapBeginGreen, EVENT.overlapBeginYellow, EVENT.overlapBeginRedClearance];
    this.codes = [EVENT.beginGreen, EVENT.beginYellow, redCode, ...overlap];
  }

  on(timeMs: number, code: number, parameter: number): void {
    const overlap = code >= EVENT.overlapBeginGreen;
    const key = overlap ? -1 - parameter : parameter;
    let finder = this.finders.get(key);
    if (finder === undefined) {
      finder = new CycleFinder(overlap ? EVENT.overlapBeginRedClearance : this.redCode);
      this.finders.set(key, finder);
    }
    if (finder.on(timeMs, code)) {
      const { redMs, greenMs, yellowMs } = finder;
      const seconds = [greenMs - redMs, yellowMs - greenMs, timeMs - yellowMs, timeMs - redMs].map((ms) => ms / 1000);
      const { out, device } = this.site;
      out.add('cycles', device, parameter, overlap ? 1 : 0, redMs, greenMs, yellowMs, timeMs, ...seconds);
    }
    if (code === finder.redCode) finder.restart(timeMs);
  }

  close(): void {}
  current(): void {}
  finish(): void {}
}

/** How a dialect sees the green share a platoon ratio is held against, and how it rounds. */
export interface ArrivalRule {
  /** The event at which red begins. */
  readonly redCode: number;
  /** Green share of cycles with `greenMs` of green in `cycleMs`, that begin in a bin of `binMs`. */
  greenShare(greenMs: number, cycleMs: number, binMs: number): number;
  /** Rounds a percentage. */
  percent(share: number): number;
}

interface Sums {
  green: number;
  yellow: number;
  red: number;
  delayMs: number;
  greenMs: number;
  cycleMs: number;
}

/**
 * Arrivals in cycles: each hit of an advance detector at its time at the stop line with its place in the cycle (the
 * Purdue coordination diagram, table `arrivals`), and per bin the arrivals on red, yellow and green, the approach delay
 * (of an arrival on red: until the green), and the platoon ratio = share of arrivals on green / share of green with its
 * arrival type (table `approach_delay`). Day et al., Performance Measures for Traffic Signal Systems, 2014,
 * https://doi.org/10.5703/1288284315333. A hit outside cycles in order has no cycle and is in no bin. At the end of the
 * log, how many arrivals would be on green if all came earlier or later by so many seconds (table `offset_profile`).
 */
export class Arrivals implements Approach {
  private readonly site: Site;
  private readonly phase: number;
  private readonly rule: ArrivalRule;
  private readonly finder: CycleFinder;
  private readonly hits: [timeMs: number, channel: number][] = [];
  private readonly bins = new Map<number, Sums>();
  /** By how much the arrivals on green change from one shift (-120 to 120 s) to the next. */
  private readonly turns = new Float64Array(2 * FARTHEST_SHIFT_S + 2);
  private inCycles = 0;

  constructor(site: Site, phase: number, rule: ArrivalRule) {
    this.site = site;
    this.phase = phase;
    this.rule = rule;
    this.finder = new CycleFinder(rule.redCode);
  }

  on(timeMs: number, code: number, channel: number): void {
    if (code === EVENT.detectorOn) {
      if (this.hits.length === MOST_HITS) this.giveHits(false, timeMs);
      this.hits.push([timeMs, channel]);
      return;
    }
    const whole = this.finder.on(timeMs, code);
    if (code !== this.rule.redCode) return;
    this.giveHits(whole, timeMs);
    if (whole) {
      const { redMs, greenMs, yellowMs } = this.finder;
      const sums = this.sumsOf(redMs);
      sums.greenMs += yellowMs - greenMs;
      sums.cycleMs += timeMs - redMs;
    }
    this.emitBefore(binOf(timeMs, this.site.binMs), this.site.out);
    this.finder.restart(timeMs);
  }

  close(): void {}

  current(out: Output): void {
    for (const [bin, sums] of this.bins) this.emit(bin, sums, out);
    this.emitShifted(out);
  }

  finish(): void {
    this.giveHits(false, Number.NaN);
    this.emitBefore(Number.POSITIVE_INFINITY, this.site.out);
    this.emitShifted(this.site.out);
  }

  /** Gives out the hits that wait, in the cycle that has ended or in none. */
  private giveHits(whole: boolean, endMs: number): void {
    const { out, device } = this.site;
    const { redMs, greenMs, yellowMs } = this.finder;
    for (const [timeMs, channel] of this.hits) {
      if (!whole) {
        out.add('arrivals', timeMs, device, this.phase, channel, Number.NaN, Number.NaN, '', Number.NaN);
        continue;
      }
      const state = timeMs < greenMs ? 'red' : timeMs < yellowMs ? 'green' : 'yellow';
      const delayMs = state === 'red' ? greenMs - timeMs : 0;
      const sums = this.sumsOf(timeMs);
      sums[state]++;
      sums.delayMs += delayMs;
      this.shift(timeMs - redMs, greenMs - redMs, yellowMs - redMs, endMs - redMs);
      const seconds = (timeMs - redMs) / 1000;
      out.add('arrivals', timeMs, device, this.phase, channel, redMs, seconds, state, delayMs / 1000);
    }
    this.hits.length = 0;
  }

  /** Counts a hit at every shift at which it would be on green, going round its cycle (all ms from the begin of red). */
  private shift(hitMs: number, greenMs: number, yellowMs: number, cycleMs: number): void {
    this.inCycles++;
    const most = FARTHEST_SHIFT_S;
    const place = (ms: number): number => Math.min(2 * most + 1, Math.max(0, Math.ceil(ms / 1000) + most));
    const rounds = Math.ceil((most * 1000) / cycleMs) + 1;
    for (let round = -rounds; round <= rounds; round++) {
      const begin = place(greenMs - hitMs + round * cycleMs);
      const end = place(yellowMs - hitMs + round * cycleMs);
      this.turns[begin]!++;
      this.turns[end]!--;
    }
  }

  private emitShifted(out: Output): void {
    if (this.inCycles === 0) return;
    let onGreen = 0;
    for (let at = 0; at <= 2 * FARTHEST_SHIFT_S; at++) {
      onGreen += this.turns[at]!;
      out.add('offset_profile', this.site.device, this.phase, at - FARTHEST_SHIFT_S, this.inCycles, onGreen);
    }
  }

  private sumsOf(timeMs: number): Sums {
    const bin = binOf(timeMs, this.site.binMs);
    let sums = this.bins.get(bin);
    if (sums === undefined) {
      sums = { green: 0, yellow: 0, red: 0, delayMs: 0, greenMs: 0, cycleMs: 0 };
      this.bins.set(bin, sums);
    }
    return sums;
  }

  private emitBefore(edgeMs: number, out: Output): void {
    for (const [bin, sums] of this.bins) {
      if (bin >= edgeMs) continue;
      this.emit(bin, sums, out);
      this.bins.delete(bin);
    }
  }

  private emit(binMs: number, sums: Sums, out: Output): void {
    const { green, yellow, red, delayMs, greenMs, cycleMs } = sums;
    const volume = green + yellow + red;
    const onGreen = this.rule.percent(volume === 0 ? Number.NaN : green / volume);
    const greenShare = this.rule.percent(this.rule.greenShare(greenMs, cycleMs, this.site.binMs));
    const ratio = greenShare > 0 ? onGreen / greenShare : Number.NaN;
    const type = Number.isNaN(ratio) ? Number.NaN : 1 + ARRIVAL_TYPES.filter((limit) => ratio > limit).length;
    const delayS = delayMs / 1000;
    out.add(
      'approach_delay',
      binMs,
      this.site.device,
      this.phase,
      volume,
      green,
      yellow,
      red,
      onGreen,
      greenShare,
      ratio,
      type,
      delayS,
      volume === 0 ? Number.NaN : delayS / volume,
    );
  }
}
