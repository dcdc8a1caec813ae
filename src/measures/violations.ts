import type { Approach } from './approaches.ts';
import { EVENT } from './event.ts';
import { binOf, type Output, type Site } from './tracker.ts';

/** A violation this long after the begin of red is severe. */
const SEVERE_MS = 4000;

/** Events of a cycle in order; any other order drops the cycle. */
const ORDER = [EVENT.beginYellow, EVENT.endYellow, EVENT.endRedClearance, EVENT.beginGreen];

/**
 * Hits on yellow and red of a phase as Utah counts them: in cycles of events 8, 9, 11, 1 in this order, hits from the
 * yellow to the next green; one after the begin of red (9) is a violation, over 4 s after it a severe one. Per bin of the
 * begin of yellow: cycles, hits on yellow, violations, severe ones, and their mean times (s) after the begins of yellow
 * and red. Table `yellow_red`.
 */
export class Violations implements Approach {
  private readonly site: Site;
  private readonly phase: number;
  private stage = 0;
  private yellowMs = Number.NaN;
  private redMs = Number.NaN;
  private onYellow = 0;
  private onYellowMs = 0;
  private onRed = 0;
  private onRedMs = 0;
  private severe = 0;
  private binMs = Number.NaN;
  private sums = [0, 0, 0, 0, 0, 0];

  constructor(site: Site, phase: number) {
    this.site = site;
    this.phase = phase;
  }

  on(timeMs: number, code: number): void {
    if (code === EVENT.detectorOn) {
      this.hit(timeMs);
      return;
    }
    if (code === EVENT.beginYellow) {
      this.stage = 1;
      this.yellowMs = timeMs;
      this.redMs = Number.NaN;
      this.onYellow = 0;
      this.onYellowMs = 0;
      this.onRed = 0;
      this.onRedMs = 0;
      this.severe = 0;
      return;
    }
    this.stage = code === ORDER[this.stage] ? this.stage + 1 : 0;
    if (code === EVENT.endYellow) this.redMs = timeMs;
    if (this.stage === ORDER.length) this.endCycle();
  }

  close(edgeMs: number): void {
    // An open cycle may still count in the bin in which its yellow began.
    if (this.binMs < edgeMs && !(this.stage > 0 && binOf(this.yellowMs, this.site.binMs) <= this.binMs)) this.give();
  }

  current(out: Output): void {
    const [cycles = 0, onYellow = 0, onRed = 0, severe = 0, yellowMs = 0, redMs = 0] = this.sums;
    if (cycles === 0) return;
    const mean = (ms: number, count: number): number => (count === 0 ? Number.NaN : ms / count / 1000);
    out.add(
      'yellow_red',
      this.binMs,
      this.site.device,
      this.phase,
      cycles,
      onYellow,
      onRed,
      severe,
      mean(yellowMs, onYellow),
      mean(redMs, onRed),
    );
  }

  finish(): void {
    this.give();
  }

  private hit(timeMs: number): void {
    if (this.stage === 0) return;
    if (!(timeMs > this.redMs)) {
      this.onYellow++;
      this.onYellowMs += timeMs - this.yellowMs;
      return;
    }
    this.onRed++;
    this.onRedMs += timeMs - this.redMs;
    if (timeMs - this.redMs > SEVERE_MS) this.severe++;
  }

  private endCycle(): void {
    this.stage = 0;
    const bin = binOf(this.yellowMs, this.site.binMs);
    if (bin !== this.binMs) this.give();
    this.binMs = bin;
    const cycle = [1, this.onYellow, this.onRed, this.severe, this.onYellowMs, this.onRedMs];
    this.sums = this.sums.map((sum, at) => sum + (cycle[at] ?? 0));
  }

  private give(): void {
    this.current(this.site.out);
    this.sums.fill(0);
    this.binMs = Number.NaN;
  }
}
