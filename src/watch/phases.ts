import { EVENT } from '../measures/event.ts';
import type { AlertPart } from './alert.ts';
import type { AlertBook } from './book.ts';
import { confidenceOf, PageTest } from './page.ts';

/** Greens of a phase before its ends are judged. */
const LEARN_GREENS = 15;
/** Walks, or time, before walks that nobody asked for are judged: a phase on recall has so many by then. */
const LEARN_WALKS = 10;
const LEARN_WALKS_MS = 60 * 60_000;
/** Of the past so many greens count. */
const KEPT_GREENS = 200;
/** Ends of green come in runs with the traffic: so many times less is each one's evidence. */
const RUNS = 1.2;
/** A phase waits too long after so many cycles, or so many seconds when free (Oregon's phase skips). */
const SKIP_CYCLES = 1.5;
const SKIP_FREE_MS = 140_000;
/** After a preemption nobody's wait is judged for this long. */
const AFTER_PREEMPT_MS = 120_000;
/** Two skips within this time are a fault. */
const SKIPS_MS = 30 * 60_000;
/** Free running, and transition, as coordination states (code 150). */
const FREE = 0;
const LOCAL_ZERO = 5;
/** Whole cycles before the step of the cycle is known, and out of it before it is told. */
const ZEROS = 3;

class Phase {
  greens = 0;
  forced = 0;
  readonly ends = new PageTest();
  green = false;
  waitsSinceMs = Number.NaN;
  skips: number[] = [];
  walks = 0;
  unasked = 0;
  asked = false;
  readonly walking = new PageTest();
}

/** Phases of one signal: how their greens end, whether they are passed over, walks that nobody asked for, coordination. */
export class PhaseWatch {
  readonly #book: AlertBook;
  readonly #device: string;
  readonly #phases: Phase[] = [];
  #firstMs = Number.NaN;
  #cycleMs = Number.NaN;
  #preemptMs = Number.NEGATIVE_INFINITY;
  #preempts = 0;
  #zeroMs = Number.NaN;
  #stepMs = Number.NaN;
  #steady = 0;
  #otherMs = Number.NaN;
  #otherSteps = 0;
  #astray = 0;
  #reference = Number.NaN;
  #astraySinceMs = 0;

  constructor(book: AlertBook, device: string) {
    this.#book = book;
    this.#device = device;
  }

  push(code: number, parameter: number, timeMs: number): void {
    if (Number.isNaN(this.#firstMs)) this.#firstMs = timeMs;
    switch (code) {
      case EVENT.gapOut:
        this.#endGreen(parameter, 0, timeMs);
        return;
      case EVENT.maxOut:
      case EVENT.forceOff:
        this.#endGreen(parameter, 1, timeMs);
        return;
      case EVENT.phaseCallOn: {
        const phase = this.#phase(parameter);
        if (!phase.green && Number.isNaN(phase.waitsSinceMs)) phase.waitsSinceMs = timeMs;
        return;
      }
      case EVENT.phaseCallOff:
        this.#phase(parameter).waitsSinceMs = Number.NaN;
        return;
      case EVENT.beginGreen:
        this.#beginGreen(parameter, timeMs);
        return;
      case EVENT.beginYellow:
        this.#phase(parameter).green = false;
        return;
      case EVENT.pedestrianDetectorOn:
        this.#phase(parameter).asked = true;
        return;
      case EVENT.beginWalk:
        this.#walk(parameter, timeMs);
        return;
      case EVENT.preemptCallOn:
        this.#preempts++;
        return;
      case EVENT.preemptCallOff:
      case EVENT.preemptExit:
        this.#preempts = 0;
        this.#preemptMs = timeMs;
        return;
      case EVENT.actualCycle:
        this.#cycleMs = parameter * 1000;
        return;
      case EVENT.patternChange:
      case EVENT.offsetChange:
        this.#steady = 0;
        return;
      case EVENT.coordinatedPhaseState:
        if (parameter === LOCAL_ZERO) this.#localZero(timeMs);
        else if (parameter === FREE) {
          this.#cycleMs = this.#zeroMs = Number.NaN;
          this.#steady = 0;
        }
        return;
    }
  }

  /** Looks for greens that did not come. */
  tick(nowMs: number): void {
    if (this.#preempts > 0 || nowMs - this.#preemptMs < AFTER_PREEMPT_MS) {
      for (const phase of this.#phases) if (phase !== undefined) phase.waitsSinceMs = Number.NaN;
      return;
    }
    const limitMs = this.#cycleMs > 0 ? SKIP_CYCLES * this.#cycleMs : SKIP_FREE_MS;
    this.#phases.forEach((phase, number) => {
      if (!(nowMs - phase.waitsSinceMs > limitMs)) return;
      // Who still waits after another limit is passed over again.
      const sinceMs = phase.waitsSinceMs;
      phase.waitsSinceMs = nowMs;
      phase.skips = [...phase.skips.filter((skipMs) => nowMs - skipMs < SKIPS_MS), sinceMs];
      const [first] = phase.skips;
      if (phase.skips.length < 2 || first === undefined) return;
      const evidence = { source: 'events', fromMs: first, toMs: nowMs, measured: phase.skips.length, expected: 0 };
      this.#book.raise({
        ...this.#place('phase-skips', number),
        sinceMs: first,
        raisedMs: nowMs,
        confidence: 1 - 0.5 ** phase.skips.length,
        evidence: { ...evidence, unit: 'skips' },
      });
    });
  }

  #place(kind: AlertPart['kind'], phase: number): AlertPart & { device: string } {
    return { kind, device: this.#device, phase };
  }

  #phase(number: number): Phase {
    this.#phases[number] ??= new Phase();
    return this.#phases[number]!;
  }

  #beginGreen(number: number, timeMs: number): void {
    const phase = this.#phase(number);
    phase.green = true;
    phase.waitsSinceMs = Number.NaN;
    const last = phase.skips.at(-1);
    if (last !== undefined && timeMs - last > SKIPS_MS / 2)
      this.#book.close(this.#place('phase-skips', number), timeMs);
  }

  #endGreen(number: number, forced: 0 | 1, timeMs: number): void {
    const phase = this.#phase(number);
    const usual = Math.max(0.03, (phase.forced + 0.5) / (phase.greens + 1));
    // A phase that always ends so, as a coordinated one, cannot get worse.
    if (phase.greens >= LEARN_GREENS && usual < 0.8) {
      const wrong = usual + 0.75 * (1 - usual);
      const ratio = forced === 1 ? Math.log(wrong / usual) : Math.log((1 - wrong) / (1 - usual));
      phase.ends.add(timeMs, ratio / RUNS, forced, usual);
      this.#follow(phase.ends, this.#place('max-outs', number), 'greens at their maximum', timeMs);
    }
    if (!phase.ends.calm) return;
    phase.greens++;
    phase.forced += forced;
    if (phase.greens > KEPT_GREENS) {
      phase.greens /= 2;
      phase.forced /= 2;
    }
  }

  #walk(number: number, timeMs: number): void {
    const phase = this.#phase(number);
    const unasked = phase.asked ? 0 : 1;
    phase.asked = false;
    const usual = (phase.unasked + 0.5) / (phase.walks + 5);
    const known = phase.walks >= LEARN_WALKS || timeMs - this.#firstMs >= LEARN_WALKS_MS;
    const ratio = unasked === 1 ? Math.log(0.95 / usual) : Math.log(0.05 / (1 - usual));
    // Where half of the walks are on recall, one more tells nothing.
    if (known && usual < 0.5) {
      phase.walking.add(timeMs, ratio, unasked, usual);
      this.#follow(phase.walking, this.#place('button-stuck', number), 'walks unasked', timeMs);
    }
    if (!phase.walking.calm) return;
    phase.walks++;
    phase.unasked += unasked;
  }

  #follow(test: PageTest, place: AlertPart & { device: string }, unit: string, nowMs: number): void {
    const found = test.happenings.at(-1);
    if (found === undefined) return;
    if (!test.open) {
      this.#book.close(place, found.until ?? nowMs);
      return;
    }
    this.#book.raise({
      ...place,
      sinceMs: found.since,
      raisedMs: nowMs,
      confidence: confidenceOf(found.evidence),
      evidence: {
        source: 'events',
        fromMs: found.since,
        toMs: nowMs,
        measured: found.measured,
        expected: found.expected,
        unit,
      },
    });
  }

  /** The cycle of a coordinated signal begins in step with the clock: its step is learned, then watched. */
  #localZero(timeMs: number): void {
    const stepMs = timeMs - this.#zeroMs;
    this.#zeroMs = timeMs;
    if (!(stepMs > 0)) return;
    const place = { kind: 'offset', device: this.#device } as const;
    const whole = Math.abs(stepMs - this.#stepMs) <= 1000;
    if (whole) {
      this.#steady++;
      this.#otherSteps = 0;
    } else {
      // So many cycles of another length are a new cycle, not a correction.
      this.#otherSteps = Math.abs(stepMs - this.#otherMs) <= 1000 ? this.#otherSteps + 1 : 1;
      this.#otherMs = stepMs;
      if (this.#steady < ZEROS || this.#otherSteps >= ZEROS) {
        this.#stepMs = stepMs;
        this.#steady = 0;
      }
    }
    if (this.#steady < ZEROS) {
      this.#reference = timeMs;
      this.#astray = 0;
      return;
    }
    const cycles = (timeMs - this.#reference) / this.#stepMs;
    const offMs = Math.abs(cycles - Math.round(cycles)) * this.#stepMs;
    if (offMs <= Math.max(2000, 0.03 * this.#stepMs)) {
      this.#astray = 0;
      this.#reference = timeMs;
      this.#book.close(place, timeMs);
      return;
    }
    // While it corrects itself its cycles are longer or shorter than the pattern's.
    if (!whole) this.#astray = 0;
    if (this.#astray++ === 0) this.#astraySinceMs = timeMs;
    if (this.#astray <= ZEROS) return;
    this.#book.raise({
      ...place,
      sinceMs: this.#astraySinceMs,
      raisedMs: timeMs,
      confidence: 0.9,
      evidence: {
        source: 'events',
        fromMs: this.#astraySinceMs,
        toMs: timeMs,
        measured: offMs / 1000,
        expected: 0,
        unit: 's off the step',
      },
    });
  }
}
