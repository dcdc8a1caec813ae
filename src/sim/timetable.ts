import type { City, Program } from '../city/city.ts';
import { findProgramAt } from '../city/control.ts';
import { listGreens } from '../city/greens.ts';
import type { Milliseconds } from '../units/units.ts';

/** Shortest green of a stage whose program names none. */
const LEAST_GREEN_MS: Milliseconds = 5000;

/**
 * The programs of a signal that follows a schedule, as one list of phases, the first program's first. The plan is changed where
 * both programs begin the same stage, or out of an all-red into the first stage; the stage entered lasts until the new program's
 * clock ends it ("dwell" of coordinated controllers), so that from then on it is coordinated.
 */
export class Timetable {
  readonly states: readonly string[];
  readonly durationsMs: Float64Array;
  readonly #city: City;
  readonly #signal: number;
  readonly #programs: readonly Program[];
  /** By program: its first phase; one more at the end. */
  readonly #first: readonly number[];
  /** By phase: its program, and shortest time where it is a stage (0 elsewhere). */
  readonly #programOf: readonly number[];
  readonly #leastMs: Float64Array;

  constructor(city: City, signal: number) {
    const { programs } = city.signals[signal]!;
    const phases = programs.flatMap((program) => program.phases);
    this.#city = city;
    this.#signal = signal;
    this.#programs = programs;
    this.states = phases.map(({ state }) => state);
    this.durationsMs = Float64Array.from(phases, ({ durationS }) => Math.round(durationS * 1000));
    this.#programOf = programs.flatMap((program, p) => program.phases.map(() => p));
    const first = [0];
    for (const program of programs) first.push(first[first.length - 1]! + program.phases.length);
    this.#first = first;
    this.#leastMs = new Float64Array(phases.length);
    programs.forEach((program, p) => {
      for (const stage of listGreens(program)) {
        const at = first[p]! + stage;
        const { minS } = program.phases[stage]!;
        this.#leastMs[at] = Math.min(this.durationsMs[at]!, minS === undefined ? LEAST_GREEN_MS : minS * 1000);
      }
    });
  }

  /** The phase that the program of the hour shows, and how long it has shown it. */
  findStart(nowMs: Milliseconds): { phase: number; intoMs: Milliseconds } {
    const due = this.#due(nowMs);
    let intoMs = this.#clockOf(due, nowMs);
    let phase = this.#first[due]!;
    while (phase < this.#first[due + 1]! - 1 && intoMs >= this.durationsMs[phase]!)
      intoMs -= this.durationsMs[phase++]!;
    return { phase, intoMs };
  }

  /** What follows a phase that is over, and when it ends; null for its usual time. */
  follow(phase: number, nowMs: Milliseconds): { phase: number; endMs: Milliseconds | null } {
    const own = this.#programOf[phase]!;
    const next = phase + 1 < this.#first[own + 1]! ? phase + 1 : this.#first[own]!;
    const due = this.#due(nowMs);
    const entered = due === own ? -1 : this.#findEntry(due, phase, next);
    if (entered < 0) return { phase: next, endMs: null };
    return { phase: entered, endMs: this.#endByClock(due, entered, nowMs + this.#leastMs[entered]!) };
  }

  /** A stage of program `due` that may follow `phase` where `next` would: the same lamps, or any stage out of all-red; -1 for none. */
  #findEntry(due: number, phase: number, next: number): number {
    let firstStage = -1;
    for (let at = this.#first[due]!; at < this.#first[due + 1]!; at++) {
      if (this.#leastMs[at] === 0) continue;
      if (this.states[at] === this.states[next]) return at;
      if (firstStage < 0) firstStage = at;
    }
    return /^r+$/.test(this.states[phase]!) ? firstStage : -1;
  }

  #due(nowMs: Milliseconds): number {
    return findProgramAt(this.#city, this.#city.signals[this.#signal]!, nowMs);
  }

  /** Milliseconds into the cycle of a program. */
  #clockOf(program: number, nowMs: Milliseconds): Milliseconds {
    const cycleMs = this.#cycleOf(program);
    const offsetMs = Math.round(this.#programs[program]!.offsetS * 1000);
    return cycleMs > 0 ? (((nowMs - offsetMs) % cycleMs) + cycleMs) % cycleMs : 0;
  }

  #cycleOf(program: number): Milliseconds {
    let cycleMs = 0;
    for (let at = this.#first[program]!; at < this.#first[program + 1]!; at++) cycleMs += this.durationsMs[at]!;
    return cycleMs;
  }

  /** The first moment from `leastMs` on at which the program's clock ends a phase. */
  #endByClock(program: number, phase: number, leastMs: Milliseconds): Milliseconds {
    let endsAtMs = 0;
    for (let at = this.#first[program]!; at <= phase; at++) endsAtMs += this.durationsMs[at]!;
    const cycleMs = this.#cycleOf(program);
    const waitMs = (((endsAtMs - this.#clockOf(program, leastMs)) % cycleMs) + cycleMs) % cycleMs;
    return leastMs + waitMs;
  }
}
