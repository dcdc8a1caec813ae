import { isGreen } from '../city/greens.ts';
import type { Observation } from '../street/observation.ts';
import type { Milliseconds, Seconds } from '../units/units.ts';
import type { SignalTiming } from './controller.ts';
import type { Junction } from './predictive-junction.ts';

/** From this share of the time a red may last on, its movement is recalled. */
const FROM_SHARE = 0.75;
/** What a recall counts halfway from there to the end, in vehicles that wait, and at most. */
const HALFWAY = 1;
const MOST = 20;
/** The guard's clock runs over by up to a second at each change and each minimum green. */
const SLACK_S: Seconds = 2;

/**
 * Recalls of movements whose red nears the longest that the guard allows, whether anybody waits or not: each counts as more and
 * more vehicles that wait, so that the search finds a cheap moment for it, such as a gap or a stage that serves others too,
 * before the guard forces one.
 */
export class Recalls {
  readonly #junctions: readonly Junction[];
  /** By junction: a red is to end by then, early enough for a whole round and the change before it. */
  readonly #dueS: readonly Seconds[];
  /** By junction and recall; NaN while green. */
  readonly #redSinceMs: readonly Float64Array[];
  #nowMs: Milliseconds = 0;

  /** `timing` by place in `junctions`. */
  constructor(junctions: readonly Junction[], timing: readonly SignalTiming[]) {
    this.#junctions = junctions;
    this.#dueS = junctions.map(({ roundStages }, j) => {
      const { longestRedS = Number.POSITIVE_INFINITY, minGreenS, yellowS, allRedS } = timing[j]!;
      const aheadS = (roundStages + 1) * (minGreenS + yellowS + allRedS + SLACK_S);
      return Math.max(longestRedS - aheadS, 0.5 * longestRedS);
    });
    this.#redSinceMs = junctions.map(({ recalls }) => new Float64Array(recalls.length).fill(Number.NaN));
  }

  observe({ timeMs, signals }: Observation): void {
    this.#nowMs = timeMs;
    this.#junctions.forEach(({ signal, recalls }, j) => {
      const lamps = signals[signal] ?? '';
      const since = this.#redSinceMs[j]!;
      recalls.forEach(({ link }, r) => {
        if (isGreen(lamps.charAt(link))) since[r] = Number.NaN;
        else if (Number.isNaN(since[r]!)) since[r] = timeMs;
      });
    });
  }

  /** What each recall of junction `j` counts now, in vehicles that wait, into `counts[at ..]`. */
  read(j: number, counts: Float64Array, at: number): void {
    const since = this.#redSinceMs[j]!;
    for (let r = 0; r < since.length; r++) {
      const part = ((this.#nowMs - since[r]!) / 1000 / this.#dueS[j]! - FROM_SHARE) / (1 - FROM_SHARE);
      counts[at + r] = part > 0 ? (part < 1 ? Math.min(MOST, (HALFWAY * part) / (1 - part)) : MOST) : 0;
    }
  }
}
