import { Counts, type Tally } from './counts.ts';
import { EVENT } from './event.ts';
import { binOf, byChannel, type Output, type Site, type Tracker } from './tracker.ts';

const WAYS = ['GapOut', 'MaxOut', 'ForceOff', 'Unknown'];
const UTAH_TERMINATIONS: Tally = {
  codes: [EVENT.gapOut, EVENT.maxOut, EVENT.forceOff, EVENT.greenTermination],
  index: (code, parameter) => parameter * 4 + code - EVENT.gapOut,
  row: (out, binMs, device, index, count) =>
    out.add('terminations', binMs, device, Math.floor(index / 4), WAYS[index % 4] ?? '', count),
};

/**
 * How greens ended, as Utah counts: events 4, 5 and 6, and the ends of green (7) for which none of them was logged as
 * unknown. Table `terminations`.
 */
export class UtahTerminations implements Tracker {
  readonly codes = UTAH_TERMINATIONS.codes;
  private readonly counts: Counts;
  private readonly last = new Map<number, number>();

  constructor(site: Site) {
    this.counts = new Counts(site, UTAH_TERMINATIONS);
  }

  on(timeMs: number, code: number, parameter: number): void {
    const before = this.last.get(parameter);
    this.last.set(parameter, code);
    if (code !== EVENT.greenTermination || before === code) this.counts.on(timeMs, code, parameter);
  }

  close(): void {
    this.counts.close();
  }

  current(out: Output): void {
    this.counts.current(out);
  }

  finish(): void {
    this.counts.finish();
  }
}

const FREE = 254;

interface Splits {
  readonly seconds: number[];
  gapOuts: number;
  maxOuts: number;
  forceOffs: number;
}

/**
 * Splits as phases had them, from begin of green (1) to end of red clearance (11), per bin in which they began: number,
 * mean, 50th and 85th percentile (linear between ranks), skips = highest number of any phase in the bin less its own,
 * and as shares of that highest number the skips, gap-outs, max-outs (when free only) and force-offs (when coordinated
 * only). Utah's split monitor; table `split_monitor`.
 */
export class SplitMonitor implements Tracker {
  readonly codes = [
    EVENT.beginGreen,
    EVENT.gapOut,
    EVENT.maxOut,
    EVENT.forceOff,
    EVENT.endRedClearance,
    EVENT.patternChange,
  ];
  private readonly site: Site;
  private readonly open = new Map<number, { startMs: number; way: number }>();
  private readonly bins = new Map<number, Map<number, Splits>>();
  private pattern = 0;

  constructor(site: Site) {
    this.site = site;
  }

  on(timeMs: number, code: number, parameter: number): void {
    if (code === EVENT.patternChange) this.pattern = parameter;
    else if (code === EVENT.beginGreen) this.open.set(parameter, { startMs: timeMs, way: 0 });
    else {
      const split = this.open.get(parameter);
      if (split === undefined) return;
      if (code !== EVENT.endRedClearance) {
        split.way = code;
        return;
      }
      this.open.delete(parameter);
      const splits = this.splitsOf(binOf(split.startMs, this.site.binMs), parameter);
      splits.seconds.push((timeMs - split.startMs) / 1000);
      if (split.way === EVENT.gapOut) splits.gapOuts++;
      if (split.way === EVENT.maxOut && this.pattern === FREE) splits.maxOuts++;
      if (split.way === EVENT.forceOff && this.pattern !== FREE) splits.forceOffs++;
    }
  }

  close(edgeMs: number): void {
    let openMs = edgeMs;
    for (const { startMs } of this.open.values()) openMs = Math.min(openMs, startMs);
    for (const [bin, phases] of this.bins) {
      if (bin + this.site.binMs > openMs) continue;
      this.emit(bin, phases, this.site.out);
      this.bins.delete(bin);
    }
  }

  current(out: Output): void {
    for (const [bin, phases] of this.bins) this.emit(bin, phases, out);
  }

  finish(): void {
    this.current(this.site.out);
    this.bins.clear();
  }

  private splitsOf(bin: number, phase: number): Splits {
    let phases = this.bins.get(bin);
    if (phases === undefined) {
      phases = new Map();
      this.bins.set(bin, phases);
    }
    let splits = phases.get(phase);
    if (splits === undefined) {
      splits = { seconds: [], gapOuts: 0, maxOuts: 0, forceOffs: 0 };
      phases.set(phase, splits);
    }
    return splits;
  }

  private emit(bin: number, phases: ReadonlyMap<number, Splits>, out: Output): void {
    const most = Math.max(...[...phases.values()].map((splits) => splits.seconds.length));
    for (const [phase, { seconds, gapOuts, maxOuts, forceOffs }] of phases) {
      const sorted = [...seconds].sort((a, b) => a - b);
      const mean = sorted.reduce((sum, second) => sum + second, 0) / sorted.length;
      const skips = most - sorted.length;
      out.add(
        'split_monitor',
        bin,
        this.site.device,
        phase,
        sorted.length,
        mean,
        percentile(sorted, 0.5),
        percentile(sorted, 0.85),
        skips,
        skips / most,
        gapOuts / most,
        maxOuts / most,
        forceOffs / most,
      );
    }
  }
}

/** Value below which a share of sorted values lies, linear between the two nearest ranks. */
function percentile(sorted: readonly number[], share: number): number {
  const rank = share * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? Number.NaN;
  return low + ((sorted[Math.ceil(rank)] ?? low) - low) * (rank - Math.floor(rank));
}

/** Waits longer than this are left out. */
const LONGEST_WAIT_MS = 360_000;

interface Red {
  redMs: number;
  firstCallMs: number;
  /** First call after the last dropped one. */
  lastCallMs: number;
  dropped: boolean;
}

/**
 * How long a phase's call waited for its green, as Utah measures it: between the end of red clearance (11) and the green
 * (1), from the first call (43); with stop-line presence detection, where calls are dropped (44), from the first one
 * after the last drop. Mean and longest per bin in which the green began; over 360 s left out. Table `phase_wait`.
 */
export class UtahWaits implements Tracker {
  readonly codes = [EVENT.beginGreen, EVENT.endRedClearance, EVENT.phaseCallOn, EVENT.phaseCallOff];
  private readonly site: Site;
  private readonly dropping: ReadonlySet<number>;
  private readonly reds = new Map<number, Red>();
  private readonly sums = new Map<number, [ms: number, count: number, mostMs: number]>();
  private binMs = Number.NaN;

  constructor(site: Site) {
    this.site = site;
    this.dropping = new Set([...byChannel(site.roles, 'Presence').values()].flat().map((role) => role.phase));
  }

  on(timeMs: number, code: number, phase: number): void {
    if (code === EVENT.endRedClearance) {
      this.reds.set(phase, { redMs: timeMs, firstCallMs: Number.NaN, lastCallMs: Number.NaN, dropped: false });
      return;
    }
    const red = this.reds.get(phase);
    if (red === undefined) return;
    if (code === EVENT.phaseCallOn) {
      if (Number.isNaN(red.firstCallMs)) red.firstCallMs = timeMs;
      if (Number.isNaN(red.lastCallMs)) red.lastCallMs = timeMs;
    } else if (code === EVENT.phaseCallOff) {
      red.dropped = true;
      red.lastCallMs = Number.NaN;
    } else {
      this.reds.delete(phase);
      const waitMs = timeMs - (this.dropping.has(phase) && red.dropped ? red.lastCallMs : red.firstCallMs);
      // A green at the time of its call has waited for nothing.
      if (!(waitMs > 0 && waitMs <= LONGEST_WAIT_MS)) return;
      if (Number.isNaN(this.binMs)) this.binMs = binOf(timeMs, this.site.binMs);
      const sum = this.sums.get(phase);
      if (sum === undefined) this.sums.set(phase, [waitMs, 1, waitMs]);
      else {
        sum[0] += waitMs;
        sum[1]++;
        sum[2] = Math.max(sum[2], waitMs);
      }
    }
  }

  close(): void {
    this.current(this.site.out);
    this.sums.clear();
    this.binMs = Number.NaN;
  }

  current(out: Output): void {
    for (const [phase, [ms, count, most]] of this.sums) {
      out.add('phase_wait', this.binMs, this.site.device, phase, count, ms / count / 1000, most / 1000);
    }
  }

  finish(): void {
    this.close();
  }
}
