import type { Milliseconds } from '../units/units.ts';

/** One step counts for at most this much towards a yellow, an all-red or a minimum green, however far the clock jumped. */
const SURE_STEP_MS = 1000;
/** Steps in a row behind the latest time seen, after which a clock set back is believed. */
const STEPS_BEHIND = 60;

/** One reading of the clock, as the rules may use it. */
export interface Tick {
  readonly nowMs: Milliseconds;
  /** Latest time believed so far: an expiry before it is over. */
  readonly latestMs: Milliseconds;
  /** Time that surely passed since the step before, for "at least" rules. */
  readonly sureMs: Milliseconds;
  /** Time that may have passed, for "at most" rules. */
  readonly mayMs: Milliseconds;
  /** False when the clock went backwards or is no number: commands of such a step are refused. */
  readonly isTrusted: boolean;
}

/** Turns any sequence of clock readings, with repeats, jumps and steps back, into times that are safe to count. */
export class GuardClock {
  #lastMs: Milliseconds | null = null;
  #latestMs: Milliseconds = 0;
  #stepsBehind = 0;

  /** What a reading would count, without counting it. */
  peek(nowMs: Milliseconds): Tick {
    if (this.#lastMs === null)
      return { nowMs, latestMs: nowMs, sureMs: 0, mayMs: 0, isTrusted: Number.isFinite(nowMs) };
    const latestMs = this.#latestMs;
    if (!(nowMs >= latestMs) || nowMs === Infinity) {
      const mayMs = Number.isFinite(nowMs) ? Math.max(0, nowMs - this.#lastMs) : 0;
      return { nowMs, latestMs, sureMs: 0, mayMs, isTrusted: false };
    }
    const sureMs = Math.min(nowMs - latestMs, SURE_STEP_MS);
    return { nowMs, latestMs: nowMs, sureMs, mayMs: nowMs - this.#lastMs, isTrusted: true };
  }

  read(nowMs: Milliseconds): Tick {
    const tick = this.peek(nowMs);
    if (!Number.isFinite(nowMs)) return tick;
    this.#lastMs = nowMs;
    this.#latestMs = tick.latestMs;
    this.#stepsBehind = tick.isTrusted ? 0 : this.#stepsBehind + 1;
    if (this.#stepsBehind > STEPS_BEHIND) {
      this.#latestMs = nowMs;
      this.#stepsBehind = 0;
    }
    return tick;
  }
}
