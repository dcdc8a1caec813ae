import type { Shift } from './approaches.ts';
import { EVENT } from './event.ts';
import { binAfter, binOf, byChannel, type Output, type Site, type Tracker } from './tracker.ts';

const HOUR_MS = 3_600_000;

/** The phase opposite in the usual numbering of rings (NEMA TS 2): 1 and 5, 2 and 6, 3 and 7, 4 and 8, and so from 9 on. */
export function opposingPhase(phase: number): number {
  return (phase - 1) % 8 < 4 ? phase + 4 : phase - 4;
}

/** Volumes of the last hour of one phase, and its busiest hour so far. */
class Peak {
  readonly hour: [own: number, opposing: number][] = [];
  total = 0;
  volume = 0;
  opposing = 0;
  busiestBin = 0;
  startMs = Number.NaN;

  add(binMs: number, own: number, opposing: number, bins: number, lengthMs: number): void {
    this.total += own;
    this.hour.push([own, opposing]);
    if (this.hour.length > bins) this.hour.shift();
    if (this.hour.length < bins) return;
    const volume = this.hour.reduce((sum, bin) => sum + bin[0], 0);
    if (volume <= this.volume) return;
    this.volume = volume;
    this.opposing = this.hour.reduce((sum, bin) => sum + bin[1], 0);
    this.busiestBin = Math.max(...this.hour.map((bin) => bin[0]));
    this.startMs = binMs - (bins - 1) * lengthMs;
  }
}

/**
 * Volumes of approaches: hits of a phase's advance detectors per bin at the time at the stop line, with those of the
 * opposing phase and the directional share D = own / (own + opposing); table `approach_volume`. At the end of the log
 * each phase's busiest hour (of whole bins; the first of equals) with the peak hour factor = hour / (bins x busiest bin)
 * and K = hour / total; table `peak_hour` (Highway Capacity Manual 2000, chapter 8).
 */
export class Volumes implements Tracker {
  readonly codes = [EVENT.detectorOn];
  private readonly site: Site;
  private readonly channels = new Map<number, { phase: number; shiftMs: number }[]>();
  private readonly earliestMs: number;
  private readonly bins = new Map<number, Map<number, number>>();
  private readonly peaks = new Map<number, Peak>();
  private nextMs = Number.NaN;

  constructor(site: Site, shift: Shift) {
    this.site = site;
    for (const [channel, roles] of byChannel(site.roles, 'Advance')) {
      this.channels.set(
        channel,
        roles.map((role) => ({ phase: role.phase, shiftMs: shift(role) })),
      );
    }
    const shifts = [...this.channels.values()].flat().map((way) => way.shiftMs);
    this.earliestMs = Math.min(0, ...shifts);
  }

  on(timeMs: number, _code: number, parameter: number): void {
    const ways = this.channels.get(parameter);
    if (ways === undefined) return;
    for (const { phase, shiftMs } of ways) {
      const bin = binOf(timeMs + shiftMs, this.site.binMs);
      if (!(bin >= this.nextMs)) this.nextMs = Number.isNaN(this.nextMs) ? bin : Math.min(bin, this.nextMs);
      let volumes = this.bins.get(bin);
      if (volumes === undefined) {
        volumes = new Map();
        this.bins.set(bin, volumes);
      }
      volumes.set(phase, (volumes.get(phase) ?? 0) + 1);
      if (!this.peaks.has(phase)) this.peaks.set(phase, new Peak());
    }
  }

  close(edgeMs: number): void {
    const { binMs, out } = this.site;
    while (this.nextMs + binMs <= edgeMs + this.earliestMs) {
      const volumes = this.bins.get(this.nextMs) ?? new Map<number, number>();
      this.emit(this.nextMs, volumes, out);
      for (const [phase, peak] of this.peaks) {
        const opposing = volumes.get(opposingPhase(phase)) ?? 0;
        peak.add(this.nextMs, volumes.get(phase) ?? 0, opposing, Math.max(1, Math.round(HOUR_MS / binMs)), binMs);
      }
      this.bins.delete(this.nextMs);
      let next = binAfter(this.nextMs, binOf(edgeMs + this.earliestMs, binMs), binMs);
      if (next !== this.nextMs + binMs) {
        for (const peak of this.peaks.values()) peak.hour.length = 0;
        next = Math.min(next, ...this.bins.keys());
      }
      this.nextMs = next;
    }
  }

  current(out: Output): void {
    for (const [bin, volumes] of this.bins) this.emit(bin, volumes, out);
  }

  finish(): void {
    const { binMs, out, device } = this.site;
    const lastMs = Math.max(...this.bins.keys(), this.site.span.lastMs);
    this.close(binOf(lastMs, binMs) + binMs - this.earliestMs);
    for (const [phase, { volume, opposing, total, busiestBin, startMs }] of this.peaks) {
      if (volume === 0) continue;
      const factor = volume / (Math.max(1, Math.round(HOUR_MS / binMs)) * busiestBin);
      const share = volume / (volume + opposing);
      out.add('peak_hour', startMs, device, phase, volume, total, factor, share, volume / total);
    }
  }

  private emit(binMs: number, volumes: ReadonlyMap<number, number>, out: Output): void {
    for (const [phase, volume] of volumes) {
      const opposing = volumes.get(opposingPhase(phase)) ?? 0;
      const share = volume / (volume + opposing);
      out.add('approach_volume', binMs, this.site.device, phase, volume, opposingPhase(phase), opposing, share);
    }
  }
}

/** Counts of the stop-line counters per bin, phase and channel; odd phases turn left. Table `turning_counts`. */
export class TurningCounts implements Tracker {
  readonly codes = [EVENT.detectorOn];
  private readonly site: Site;
  private readonly rows = new Map<number, { readonly phases: readonly number[]; count: number }>();
  private binMs = Number.NaN;

  constructor(site: Site) {
    this.site = site;
    for (const [channel, roles] of byChannel(site.roles, 'Stopbar Count')) {
      this.rows.set(channel, { phases: roles.map((role) => role.phase), count: 0 });
    }
  }

  on(timeMs: number, _code: number, parameter: number): void {
    const row = this.rows.get(parameter);
    if (row === undefined) return;
    if (Number.isNaN(this.binMs)) this.binMs = binOf(timeMs, this.site.binMs);
    row.count++;
  }

  close(): void {
    if (Number.isNaN(this.binMs)) return;
    this.current(this.site.out);
    for (const row of this.rows.values()) row.count = 0;
    this.binMs = Number.NaN;
  }

  current(out: Output): void {
    for (const [channel, { phases, count }] of this.rows) {
      if (count === 0) continue;
      for (const phase of phases) {
        const movement = phase % 2 === 1 ? 'left' : 'through';
        out.add('turning_counts', this.binMs, this.site.device, phase, channel, movement, count);
      }
    }
  }

  finish(): void {
    this.close();
  }
}
