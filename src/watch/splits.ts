import { type DetectorRole, EVENT } from '../measures/event.ts';
import type { AlertBook } from './book.ts';

/** Split failure as Oregon defines it: stop line occupied for 80 % of green and of the first 5 s of red. */
const OCCUPIED = 0.8;
const RED_MS = 5000;
/** Cycles looked back on, and failed ones among them that call for another split. */
const CYCLES = 10;
const FAILED = 4;
/** Of a donor's unused green no more than half is taken, and never less than this is worth a change. */
const SHARE = 0.5;
const LEAST_S = 3;
/** Seconds a vehicle takes from a queue where no count tells (Highway Capacity Manual: 1,900 an hour and lane). */
const HEADWAY_S = 1.9;

class Phase {
  presence = 0;
  lanes = 0;
  occupied = 0;
  sinceMs = Number.NaN;
  /** Occupied ms so far, up to `sinceMs` while occupied. */
  busyMs = 0;
  greenMs = Number.NaN;
  greenBusyMs = 0;
  greenLengthMs = 0;
  greenShare = 0;
  redMs = Number.NaN;
  redBusyMs = 0;
  hits = 0;
  /** The last cycles, oldest first: begin of red, seconds of green, unused ones among them, vehicles, whether the queue stayed. */
  cycles: { redMs: number; greenS: number; spareS: number; vehicles: number; failed: boolean }[] = [];

  busyUntil(timeMs: number): number {
    return this.busyMs + (this.occupied > 0 ? timeMs - this.sinceMs : 0);
  }
}

/**
 * Split failures of one signal that a change of split would remove. It needs to know which channels are presence and
 * count zones. Donors are phases of the same ring (1 to 4, 5 to 8: NEMA dual ring) without failures; the effect is
 * predicted by letting the queue of the last cycles run through longer greens.
 */
export class SplitWatch {
  readonly #book: AlertBook;
  readonly #device: string;
  readonly #presence = new Map<number, number>();
  readonly #counts = new Map<number, number>();
  readonly #on = new Set<number>();
  readonly #phases: Phase[] = [];

  constructor(book: AlertBook, device: string, roles: readonly DetectorRole[]) {
    this.#book = book;
    this.#device = device;
    for (const role of roles) {
      if (role.device !== device) continue;
      this.#phases[role.phase] ??= new Phase();
      const phase = this.#phases[role.phase]!;
      if (role.function === 'Presence') {
        this.#presence.set(role.channel, role.phase);
        phase.presence++;
      } else if (role.function === 'Stopbar Count') {
        this.#counts.set(role.channel, role.phase);
        phase.lanes++;
      }
    }
  }

  push(code: number, parameter: number, timeMs: number): void {
    if (code === EVENT.detectorOn) {
      const counted = this.#counts.get(parameter);
      if (counted !== undefined) this.#phases[counted]!.hits++;
      const number = this.#presence.get(parameter);
      if (number === undefined || this.#on.has(parameter)) return;
      const phase = this.#phases[number]!;
      this.#on.add(parameter);
      if (phase.occupied++ === 0) phase.sinceMs = timeMs;
    } else if (code === EVENT.detectorOff) {
      const number = this.#presence.get(parameter);
      if (number === undefined || !this.#on.delete(parameter)) return;
      const phase = this.#phases[number]!;
      if (--phase.occupied === 0) phase.busyMs += timeMs - phase.sinceMs;
    } else {
      const phase = this.#phases[parameter];
      if (phase === undefined || phase.presence === 0) return;
      if (code === EVENT.beginGreen) {
        phase.greenMs = timeMs;
        phase.greenBusyMs = phase.busyUntil(timeMs);
      } else if (code === EVENT.beginYellow) {
        phase.greenLengthMs = timeMs - phase.greenMs;
        phase.greenShare = (phase.busyUntil(timeMs) - phase.greenBusyMs) / Math.max(1, phase.greenLengthMs);
      } else if (code === EVENT.beginRedClearance && phase.greenLengthMs > 0) {
        phase.redMs = timeMs;
        phase.redBusyMs = phase.busyUntil(timeMs);
      }
    }
  }

  tick(nowMs: number): void {
    this.#phases.forEach((phase, number) => {
      if (!(nowMs - phase.redMs >= RED_MS)) return;
      // A tick comes late by a moment: what was occupied in between is taken as one with the first five seconds.
      const redShare = (phase.busyUntil(nowMs) - phase.redBusyMs) / (nowMs - phase.redMs);
      const greenS = phase.greenLengthMs / 1000;
      phase.cycles.push({
        redMs: phase.redMs,
        greenS,
        spareS: greenS * Math.max(0, OCCUPIED - phase.greenShare),
        vehicles: phase.hits,
        failed: phase.greenShare >= OCCUPIED && redShare >= OCCUPIED,
      });
      if (phase.cycles.length > CYCLES) phase.cycles.shift();
      phase.hits = 0;
      phase.redMs = Number.NaN;
      phase.greenLengthMs = 0;
      this.#judge(phase, number, nowMs);
    });
  }

  #judge(phase: Phase, number: number, nowMs: number): void {
    const place = { kind: 'split-failures', device: this.#device, phase: number } as const;
    const failed = phase.cycles.filter((cycle) => cycle.failed).length;
    if (failed <= 1) this.#book.close(place, nowMs);
    if (failed < FAILED || this.#book.isOpen(place)) return;
    const donor = this.#findDonor(number);
    if (donor === null) return;
    for (let seconds = LEAST_S; seconds <= donor.spareS; seconds++) {
      const left = countFailures(phase, seconds);
      if (left > failed / 4) continue;
      const sinceMs = phase.cycles.find((cycle) => cycle.failed)?.redMs ?? nowMs;
      this.#book.raise({
        ...place,
        sinceMs,
        raisedMs: nowMs,
        confidence: phase.lanes > 0 ? 0.8 : 0.6,
        evidence: {
          source: 'events',
          fromMs: sinceMs,
          toMs: nowMs,
          measured: failed,
          expected: 0,
          unit: `failed cycles of the last ${phase.cycles.length}`,
        },
        advice: { fromPhase: donor.number, toPhase: number, seconds, failuresLeft: left },
      });
      return;
    }
  }

  /** The phase of the same ring with the most green to spare, if there is one worth a change. */
  #findDonor(wanting: number): { number: number; spareS: number } | null {
    const ring = Math.ceil(wanting / 4);
    let best: { number: number; spareS: number } | null = null;
    this.#phases.forEach(({ cycles }, number) => {
      if (number === wanting || Math.ceil(number / 4) !== ring || cycles.length < CYCLES) return;
      if (cycles.some((cycle) => cycle.failed)) return;
      const spare = cycles.map((cycle) => cycle.spareS).sort((one, other) => one - other)[CYCLES >> 2]!;
      const spareS = Math.floor(SHARE * spare);
      if (spareS >= LEAST_S && spareS > (best?.spareS ?? 0)) best = { number, spareS };
    });
    return best;
  }
}

/**
 * Cycles of the last ones that would still fail with greens so many seconds longer. A run of failed cycles and the one
 * after it share their arrivals evenly; each failed cycle is taken to have left one vehicle a lane behind.
 */
function countFailures({ cycles, lanes }: Phase, seconds: number): number {
  const failing = cycles.filter((cycle) => cycle.failed);
  const counted = failing.reduce((sum, cycle) => sum + cycle.vehicles, 0);
  const green = failing.reduce((sum, cycle) => sum + cycle.greenS, 0);
  const perLane = Math.max(1, lanes);
  const headwayS = lanes > 0 && counted > 0 ? green / counted : HEADWAY_S / perLane;
  let left = 0;
  let queue = 0;
  for (let first = 0; first < cycles.length; first++) {
    if (!cycles[first]!.failed) continue;
    let last = first;
    while (last + 1 < cycles.length && cycles[last]!.failed) last++;
    const run = cycles.slice(first, last + 1);
    const served = run.reduce((sum, cycle) => sum + Math.max(cycle.vehicles, cycle.greenS / HEADWAY_S / 4), 0);
    const arrivals = served / run.length + perLane;
    for (const cycle of run) {
      const could = Math.max(cycle.vehicles, cycle.greenS / headwayS) + seconds / headwayS;
      queue = Math.max(0, queue + arrivals - could);
      if (queue > perLane) left++;
    }
    queue = 0;
    first = last;
  }
  return left;
}
