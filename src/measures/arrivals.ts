import type { Approach } from './approaches.ts';
import { EVENT } from './event.ts';
import { binOf, type Output, type Site } from './tracker.ts';

/**
 * Arrivals on green of a phase per bin: hits of its advance detectors while green (after 1, before 8 or 10) over all
 * hits. Oregon: `arrival_on_green`. The original leaves out a bin with hits but none on green; here it has a row with 0,
 * unless the faults are to be reproduced.
 */
export class ArrivalOnGreen implements Approach {
  private readonly site: Site;
  private readonly phase: number;
  private green = false;
  private hits = 0;
  private onGreen = 0;
  private binMs = Number.NaN;

  constructor(site: Site, phase: number) {
    this.site = site;
    this.phase = phase;
  }

  on(timeMs: number, code: number): void {
    if (code !== EVENT.detectorOn) {
      this.green = code === EVENT.beginGreen;
      return;
    }
    const bin = binOf(timeMs, this.site.binMs);
    if (bin !== this.binMs) this.close(bin);
    this.binMs = bin;
    this.hits++;
    if (this.green) this.onGreen++;
  }

  close(edgeMs: number): void {
    if (!(this.binMs < edgeMs)) return;
    this.current(this.site.out);
    this.hits = 0;
    this.onGreen = 0;
    this.binMs = Number.NaN;
  }

  current(out: Output): void {
    if (this.hits === 0 || (this.onGreen === 0 && this.site.faithful)) return;
    out.add('arrival_on_green', this.binMs, this.site.device, this.phase, this.hits, this.onGreen / this.hits);
  }

  finish(): void {
    this.close(Number.POSITIVE_INFINITY);
  }
}
