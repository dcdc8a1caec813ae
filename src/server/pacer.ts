import type { ClockState } from './wire.ts';

/** What the clock drives: both runs together, second by second. */
export interface Paced {
  readonly timeMs: number;
  readonly beginMs: number;
  readonly endMs: number;
  step(): Promise<void>;
  /** Goes back to the beginning of the window. */
  restart(): Promise<void>;
}

export interface ClockChange {
  readonly paused?: boolean;
  readonly speed?: number;
  readonly restart?: boolean;
}

export const LEAST_SPEED = 1;
export const MOST_SPEED = 60;
/** Snapshots come no closer together than this. */
const BEAT_MS = 200;
const RESTART_AFTER_MS = 12_000;
const MARKS = 16;
const MOST_BEHIND_MS = 1000;

/**
 * Runs the simulated clock beside the wall clock: a beat every 200 ms (longer at low speed) with as many whole seconds as
 * the speed asks for, then one snapshot. When the machine cannot keep up it falls behind and says so (`reached`); no more
 * than a second is made up for.
 */
export class Pacer {
  readonly #paced: Paced;
  readonly #publish: () => void;
  #paused = false;
  #speed: number;
  /** Wall and simulated time after the last beats, for the speed reached. */
  #marks: { wallMs: number; timeMs: number }[] = [];
  #run = 1;
  #owed = 0;
  #restartAsked = false;
  #endedAtMs: number | null = null;
  #stopped = false;
  #wake: () => void = () => {};

  constructor(paced: Paced, speed: number, publish: () => void) {
    this.#paced = paced;
    this.#speed = speed;
    this.#publish = publish;
  }

  get state(): ClockState {
    const { timeMs, beginMs, endMs } = this.#paced;
    return {
      timeMs,
      beginMs,
      endMs,
      paused: this.#paused,
      speed: this.#speed,
      reached: this.#reached(),
      ended: this.#endedAtMs !== null,
      run: this.#run,
    };
  }

  /** Takes effect at the next beat, which comes at once. */
  change({ paused, speed, restart }: ClockChange): void {
    if (paused !== undefined) this.#paused = paused;
    if (speed !== undefined) this.#speed = speed;
    this.#marks = [];
    if (restart === true) this.#restartAsked = true;
    this.#wake();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** Runs until `stop`; rejects when a run fails. */
  async drive(): Promise<void> {
    this.#publish();
    let dueMs = performance.now();
    while (!this.#stopped) {
      const beatMs = Math.max(BEAT_MS, 1000 / this.#speed);
      if (this.#restartAsked || this.#restartIsDue()) await this.#restart();
      if (!this.#paused && this.#endedAtMs === null) await this.#beat(beatMs);
      this.#publish();
      dueMs = Math.max(dueMs + beatMs, performance.now() - MOST_BEHIND_MS);
      const isEarly = await this.#sleep(dueMs - performance.now());
      if (isEarly) dueMs = performance.now();
    }
  }

  #reached(): number {
    const first = this.#marks[0];
    const last = this.#marks[this.#marks.length - 1];
    if (first === undefined || last === undefined || last.wallMs - first.wallMs < 1000) return this.#speed;
    return Math.round(((last.timeMs - first.timeMs) / (last.wallMs - first.wallMs)) * 10) / 10;
  }

  #restartIsDue(): boolean {
    return !this.#paused && this.#endedAtMs !== null && performance.now() - this.#endedAtMs >= RESTART_AFTER_MS;
  }

  async #restart(): Promise<void> {
    this.#restartAsked = false;
    this.#endedAtMs = null;
    this.#owed = 0;
    this.#marks = [];
    this.#run++;
    await this.#paced.restart();
  }

  async #beat(beatMs: number): Promise<void> {
    this.#owed += (this.#speed * beatMs) / 1000;
    const untilMs = performance.now() + beatMs;
    while (this.#owed >= 1 && this.#paced.timeMs < this.#paced.endMs) {
      this.#owed -= 1;
      await this.#paced.step();
      if (performance.now() > untilMs) this.#owed = Math.min(this.#owed, 0.999);
    }
    this.#marks.push({ wallMs: performance.now(), timeMs: this.#paced.timeMs });
    if (this.#marks.length > MARKS) this.#marks.shift();
    if (this.#paced.timeMs >= this.#paced.endMs) this.#endedAtMs = performance.now();
  }

  /** Sleeps, while paused or ended a second at a time; true when the beats begin anew after it. */
  #sleep(ms: number): Promise<boolean> {
    const idle = this.#paused || this.#endedAtMs !== null;
    if (this.#stopped || this.#restartAsked) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(idle), idle ? 1000 : Math.max(0, ms));
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}
