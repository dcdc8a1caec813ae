import { EVENT } from './event.ts';
import { binOf, type Output, type Site } from './tracker.ts';

/** Intervals shorter than this are left out. */
export const MINIMUM_MS = 200;
/** Waits that begin within this time after a preempt are its doing. */
const PREEMPT_RECOVERY_MS = 120_000;
/** Waits held for the end of a preempt, at most. */
const MOST_HELD = 4096;
/** Cycle assumed when a signal runs free. */
const FREE_CYCLE_S = 140;
/** A wait of more cycles than this is a skip. */
const SKIP_CYCLES = 1.5;

/** Takes one interval; NaN is no value. */
export type Add = (startMs: number, endMs: number, valid: boolean, name: string, value: number) => void;

/** Sum and number per key (a phase) in one bin. */
class Means {
  binMs: number;
  readonly sums = new Map<number, [seconds: number, count: number, skips: number]>();
  constructor(binMs: number) {
    this.binMs = binMs;
  }
}

interface Wait {
  startMs: number;
  cycleS: number;
}

/**
 * From a phase's call to its green: event 43 to the next 1 of the phase, mean per bin in which the green began, without
 * waits that began during a preempt or 120 s after it. A skip is a wait of over 1.5 cycles (of 140 s when free).
 */
export class Waits {
  private readonly site: Site;
  private readonly addInterval: Add;
  private readonly waiting = new Map<number, Wait>();
  private cycleS = 0;
  /** Begin of each preempt that is on. */
  private readonly preempts = new Map<number, number>();
  private over: [startMs: number, endMs: number][] = [];
  /** Waits that are over and began while a preempt was on that still is. */
  private held: [startMs: number, endMs: number, phase: number, cycleS: number][] = [];
  private readonly bins = new Map<number, Means>();

  constructor(site: Site, addInterval: Add) {
    this.site = site;
    this.addInterval = addInterval;
  }

  on(timeMs: number, code: number, parameter: number): void {
    if (code === EVENT.beginGreen) {
      const wait = this.waiting.get(parameter);
      if (wait === undefined) return;
      this.waiting.delete(parameter);
      if (timeMs - wait.startMs < MINIMUM_MS) return;
      this.addInterval(wait.startMs, timeMs, true, 'Phase Wait', parameter);
      this.take(wait.startMs, timeMs, parameter, wait.cycleS);
    } else if (code === EVENT.phaseCallOn) {
      this.waiting.set(parameter, { startMs: timeMs, cycleS: this.cycleS });
    } else if (code === EVENT.cycleChange) {
      this.cycleS = parameter;
      for (const wait of this.waiting.values()) if (wait.startMs === timeMs) wait.cycleS = parameter;
    } else if (code === EVENT.preemptCallOn) {
      this.preempts.set(parameter, timeMs);
      this.release();
    } else if (code === EVENT.preemptCallOff) {
      this.preempts.delete(parameter);
      this.release();
    }
  }

  preempted(startMs: number, endMs: number): void {
    this.over.push([startMs, endMs + PREEMPT_RECOVERY_MS]);
  }

  close(edgeMs: number): void {
    for (const [bin, means] of this.bins) {
      if (bin >= edgeMs || this.held.some((wait) => binOf(wait[1], this.site.binMs) <= bin)) continue;
      this.emit(means, this.site.out);
      this.bins.delete(bin);
    }
    // A wait may have begun as long ago as the oldest call that still waits.
    let oldestMs = edgeMs;
    for (const wait of this.waiting.values()) oldestMs = Math.min(oldestMs, wait.startMs);
    for (const wait of this.held) oldestMs = Math.min(oldestMs, wait[0]);
    this.over = this.over.filter((interval) => interval[1] >= oldestMs);
  }

  current(out: Output): void {
    for (const means of this.bins.values()) this.emit(means, out);
  }

  finish(): void {
    this.giveUp();
    for (const means of this.bins.values()) this.emit(means, this.site.out);
    this.bins.clear();
  }

  private take(startMs: number, endMs: number, phase: number, cycleS: number): void {
    for (const since of this.preempts.values()) {
      if (startMs < since) continue;
      this.held.push([startMs, endMs, phase, cycleS]);
      if (this.held.length > MOST_HELD) this.giveUp();
      return;
    }
    if (this.over.some((preempt) => startMs >= preempt[0] && startMs < preempt[1])) return;
    const seconds = (endMs - startMs) / 1000;
    const skips = seconds > (cycleS === 0 ? FREE_CYCLE_S : cycleS) * SKIP_CYCLES ? 1 : 0;
    addTo(this.bins, binOf(endMs, this.site.binMs), phase, seconds, skips);
  }

  /** The end of the preempts that are on was not logged: they do not count. */
  private giveUp(): void {
    this.preempts.clear();
    this.release();
  }

  /** A preempt is over: the waits held for it are counted, or not. */
  private release(): void {
    const held = this.held;
    this.held = [];
    for (const [startMs, endMs, phase, cycleS] of held) this.take(startMs, endMs, phase, cycleS);
  }

  private emit(means: Means, out: Output): void {
    for (const [phase, [seconds, count, skips]] of means.sums) {
      out.add('phase_wait', means.binMs, this.site.device, phase, seconds / count, skips);
    }
  }
}

/** From the first press after a walk ended (22) to the next 21 or 22 of the phase, mean per bin in which that came. */
export class PedestrianDelay {
  private readonly site: Site;
  private readonly addInterval: Add;
  private readonly last = new Map<number, number>();
  private readonly pressed = new Map<number, number>();
  private readonly bins = new Map<number, Means>();

  constructor(site: Site, addInterval: Add) {
    this.site = site;
    this.addInterval = addInterval;
  }

  on(timeMs: number, code: number, phase: number): void {
    if (code !== EVENT.pedestrianDetectorOn && code !== EVENT.beginWalk && code !== EVENT.beginFlashingDontWalk) return;
    if (code === EVENT.pedestrianDetectorOn) {
      const before = this.last.get(phase);
      if (before === undefined || before === EVENT.beginFlashingDontWalk) this.pressed.set(phase, timeMs);
    } else {
      const pressMs = this.pressed.get(phase);
      this.pressed.delete(phase);
      if (pressMs !== undefined && timeMs - pressMs >= MINIMUM_MS) {
        this.addInterval(pressMs, timeMs, true, 'Ped Delay', phase);
        addTo(this.bins, binOf(timeMs, this.site.binMs), phase, (timeMs - pressMs) / 1000, 0);
      }
    }
    this.last.set(phase, code);
  }

  close(edgeMs: number): void {
    for (const [bin, means] of this.bins) {
      if (bin >= edgeMs) continue;
      this.emit(means, this.site.out);
      this.bins.delete(bin);
    }
  }

  current(out: Output): void {
    for (const means of this.bins.values()) this.emit(means, out);
  }

  finish(): void {
    this.close(Number.POSITIVE_INFINITY);
  }

  private emit(means: Means, out: Output): void {
    for (const [phase, [seconds, count]] of means.sums) {
      out.add('ped_delay', means.binMs, this.site.device, phase, seconds / count, count);
    }
  }
}

function addTo(bins: Map<number, Means>, binMs: number, phase: number, seconds: number, skips: number): void {
  let means = bins.get(binMs);
  if (means === undefined) {
    means = new Means(binMs);
    bins.set(binMs, means);
  }
  const sum = means.sums.get(phase);
  if (sum === undefined) {
    means.sums.set(phase, [seconds, 1, skips]);
    return;
  }
  sum[0] += seconds;
  sum[1]++;
  sum[2] += skips;
}
