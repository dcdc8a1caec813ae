import type { Approach } from './approaches.ts';
import { EVENT } from './event.ts';
import { binOf, type Output, type Site } from './tracker.ts';

/** Length of the slots of green. */
const SLOT_MS = 2000;

/**
 * How a green is used over its length: hits of the stop-line counters per cycle in slots of 2 s from the begin of green
 * (1) to yellow (8), per bin of the begin of green, with the number and mean length of the greens. Utah's green time
 * utilization; table `green_use`.
 */
export class GreenUse implements Approach {
  private readonly site: Site;
  private readonly phase: number;
  private greenMs = Number.NaN;
  private readonly hits: number[] = [];
  private slots: number[] = [];
  private greens = 0;
  private totalMs = 0;
  private binMs = Number.NaN;

  constructor(site: Site, phase: number) {
    this.site = site;
    this.phase = phase;
  }

  on(timeMs: number, code: number): void {
    if (code === EVENT.detectorOn) {
      if (!Number.isNaN(this.greenMs)) {
        const slot = Math.floor((timeMs - this.greenMs) / SLOT_MS);
        this.hits[slot] = (this.hits[slot] ?? 0) + 1;
      }
      return;
    }
    if (code === EVENT.beginYellow && !Number.isNaN(this.greenMs)) {
      const bin = binOf(this.greenMs, this.site.binMs);
      if (bin !== this.binMs) this.give();
      this.binMs = bin;
      this.greens++;
      this.totalMs += timeMs - this.greenMs;
      this.hits.forEach((count, slot) => {
        this.slots[slot] = (this.slots[slot] ?? 0) + count;
      });
    }
    this.hits.length = 0;
    this.greenMs = code === EVENT.beginGreen ? timeMs : Number.NaN;
  }

  close(edgeMs: number): void {
    if (this.binMs < edgeMs && !(binOf(this.greenMs, this.site.binMs) <= this.binMs)) this.give();
  }

  current(out: Output): void {
    const meanS = this.totalMs / this.greens / 1000;
    this.slots.forEach((count, slot) => {
      const second = (slot * SLOT_MS) / 1000;
      const { device } = this.site;
      out.add('green_use', this.binMs, device, this.phase, second, this.greens, meanS, count, count / this.greens);
    });
  }

  finish(): void {
    this.give();
  }

  private give(): void {
    this.current(this.site.out);
    this.slots = [];
    this.greens = 0;
    this.totalMs = 0;
    this.binMs = Number.NaN;
  }
}

/** Upper limits of the classes of gaps (s); the last class is above them. */
const GAP_LIMITS_S = [1, 3.3, 3.7];
/** A gap of this length and above can be turned through. */
const TURNABLE_S = 7.4;

/**
 * Gaps in a through phase for the left turns that cross it: between the green (1), the times its vehicles leave the
 * stop-line counters (81) and the red clearance (10). Per bin of the begin of green: number of gaps up to 1, 3.3, 3.7 s and
 * above, and the mean share of the time from green to red in gaps of 7.4 s or more. Utah's left turn gap analysis; the
 * phase is the one that is crossed. Table `left_turn_gaps`.
 */
export class LeftTurnGaps implements Approach {
  private readonly site: Site;
  private readonly phase: number;
  private greenMs = Number.NaN;
  private lastMs = Number.NaN;
  private turnableMs = 0;
  private readonly open = [0, 0, 0, 0];
  private readonly gaps = [0, 0, 0, 0];
  private greens = 0;
  private shares = 0;
  private binMs = Number.NaN;

  constructor(site: Site, phase: number) {
    this.site = site;
    this.phase = phase;
  }

  on(timeMs: number, code: number): void {
    if (code === EVENT.beginGreen) {
      this.greenMs = timeMs;
      this.lastMs = timeMs;
      this.turnableMs = 0;
      this.open.fill(0);
      return;
    }
    if (Number.isNaN(this.greenMs)) return;
    const gapS = (timeMs - this.lastMs) / 1000;
    this.lastMs = timeMs;
    if (gapS > 0) this.open[GAP_LIMITS_S.filter((limit) => gapS > limit).length]!++;
    if (gapS >= TURNABLE_S) this.turnableMs += gapS * 1000;
    if (code !== EVENT.beginRedClearance) return;
    const bin = binOf(this.greenMs, this.site.binMs);
    if (bin !== this.binMs) this.give();
    this.binMs = bin;
    this.greens++;
    if (timeMs > this.greenMs) this.shares += this.turnableMs / (timeMs - this.greenMs);
    this.open.forEach((count, at) => {
      this.gaps[at]! += count;
    });
    this.greenMs = Number.NaN;
  }

  close(edgeMs: number): void {
    if (this.binMs < edgeMs && !(binOf(this.greenMs, this.site.binMs) <= this.binMs)) this.give();
  }

  current(out: Output): void {
    if (this.greens === 0) return;
    const { device } = this.site;
    out.add('left_turn_gaps', this.binMs, device, this.phase, this.greens, ...this.gaps, this.shares / this.greens);
  }

  finish(): void {
    this.give();
  }

  private give(): void {
    this.current(this.site.out);
    this.gaps.fill(0);
    this.greens = 0;
    this.shares = 0;
    this.binMs = Number.NaN;
  }
}
