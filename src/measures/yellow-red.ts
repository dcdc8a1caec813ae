import type { Approach } from './approaches.ts';
import { EVENT } from './event.ts';
import { binOf, type Output, type Site } from './tracker.ts';

/** Hits earlier than this before the red are left out. */
const EARLIEST_S = -8;
/** Bins are always of this length: the original fixes it. */
const BIN_MS = 15 * 60_000;
const OFFSETS = 65_536;

/**
 * Hits around the begin of red of a phase: counted by the signal's state (1 green, 8 yellow, 10 red) and by the time from
 * the begin of red (event 10) in steps of 0.5 s, in the 15-minute bin of that red, over cycles (green to green) with
 * exactly one 1, 8 and 10. Oregon: `yellow_red`, with detectors moved back 1.5 s.
 */
export class YellowRed implements Approach {
  private readonly site: Site;
  private readonly phase: number;
  private hitsMs = new Float64Array(64);
  private states = new Uint8Array(64);
  private hits = 0;
  private state = 0;
  private greens = 0;
  private yellows = 0;
  private reds = 0;
  private redMs = Number.NaN;
  private binMs = Number.NaN;
  /** Count by state and half seconds, of the bin of `binMs`. */
  private counts = new Map<number, number>();

  constructor(site: Site, phase: number) {
    this.site = site;
    this.phase = phase;
  }

  on(timeMs: number, code: number): void {
    if (code === EVENT.detectorOn) {
      if (this.hits === this.hitsMs.length) this.makeRoom(timeMs);
      this.hitsMs[this.hits] = timeMs;
      this.states[this.hits++] = this.state;
      return;
    }
    if (code === EVENT.beginGreen) {
      this.endCycle();
      this.greens = 1;
      this.state = code;
      return;
    }
    this.state = Math.max(this.state, code);
    if (code === EVENT.beginYellow) this.yellows++;
    else {
      this.reds++;
      this.redMs = timeMs;
    }
  }

  /** A bin is final once a red of a later bin has begun, or a green after all its reds. */
  close(edgeMs: number): void {
    if (this.binMs + BIN_MS <= edgeMs && !(this.greens === 1 && binOf(this.redMs, BIN_MS) <= this.binMs))
      this.emitBin();
  }

  current(out: Output): void {
    const counts = new Map(this.counts);
    if (this.isWhole() && (Number.isNaN(this.binMs) || binOf(this.redMs, BIN_MS) === this.binMs)) this.count(counts);
    this.emit(out, counts, Number.isNaN(this.binMs) ? binOf(this.redMs, BIN_MS) : this.binMs);
  }

  finish(): void {
    this.endCycle();
    this.emitBin();
  }

  private isWhole(): boolean {
    return this.greens === 1 && this.yellows === 1 && this.reds === 1;
  }

  private endCycle(): void {
    if (this.isWhole()) {
      const bin = binOf(this.redMs, BIN_MS);
      if (bin !== this.binMs) this.emitBin();
      this.binMs = bin;
      this.count(this.counts);
    }
    this.hits = 0;
    this.state = 0;
    this.greens = 0;
    this.yellows = 0;
    this.reds = 0;
    this.redMs = Number.NaN;
  }

  private count(counts: Map<number, number>): void {
    for (let at = 0; at < this.hits; at++) {
      const halves = ((this.hitsMs[at]! - this.redMs) * 2) / 1000;
      const offset = Math.sign(halves) * Math.floor(Math.abs(halves) + 0.5);
      if (offset < EARLIEST_S * 2) continue;
      const key = this.states[at]! * OFFSETS + offset - EARLIEST_S * 2;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }

  private emitBin(): void {
    this.emit(this.site.out, this.counts, this.binMs);
    this.counts.clear();
    this.binMs = Number.NaN;
  }

  private emit(out: Output, counts: ReadonlyMap<number, number>, binMs: number): void {
    for (const [key, count] of counts) {
      const state = Math.floor(key / OFFSETS);
      const offset = ((key % OFFSETS) + EARLIEST_S * 2) / 2;
      out.add('yellow_red', binMs, this.site.device, this.phase, state, offset, count);
    }
  }

  /** Drops the hits that are too early for a red that has not begun yet, or grows. */
  private makeRoom(nowMs: number): void {
    if (this.reds === 0) {
      let kept = 0;
      for (let at = 0; at < this.hits; at++) {
        if (this.hitsMs[at]! < nowMs + (EARLIEST_S - 1) * 1000) continue;
        this.hitsMs[kept] = this.hitsMs[at]!;
        this.states[kept++] = this.states[at]!;
      }
      this.hits = kept;
    }
    if (this.hits * 2 < this.hitsMs.length) return;
    const hitsMs = new Float64Array(this.hits * 2 + 64);
    const states = new Uint8Array(this.hits * 2 + 64);
    hitsMs.set(this.hitsMs.subarray(0, this.hits));
    states.set(this.states.subarray(0, this.hits));
    this.hitsMs = hitsMs;
    this.states = states;
  }
}
