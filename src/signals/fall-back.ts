import type { Observation } from '../street/observation.ts';
import type { Milliseconds } from '../units/units.ts';
import { Actuated } from './actuated.ts';
import type { Choice, Controller, ControllerOptions, SignalStatus } from './controller.ts';
import { type SensorFault, SensorHealth } from './health.ts';
import { Predictive } from './predictive.ts';
import { planJunction } from './predictive-junction.ts';

/** Below a share of believed lanes a junction goes down a step, and up again once it has been above for so long. */
const ACTUATED_BELOW = 0.2;
const UP_AFTER_MS: Milliseconds = 60_000;

/** Steps of the ladder. */
const PREDICTIVE = 0;
const ACTUATED = 1;
const PLAN = 2;

/**
 * Predictive control that knows when not to trust its sensors. A lane that cannot be believed is assumed (`stand-in.ts`); where most
 * of a junction's lanes are, it is actuated; where all are, it is handed back to its own
 * program. Down at once, up one step after a minute without cause. Every choice made with less than all lanes says so.
 */
export class FallBack implements Controller {
  readonly name = 'predictive';
  readonly #predictive: Predictive;
  readonly #actuated: Actuated;
  readonly #health: SensorHealth;
  /** By place in the list of signals. */
  readonly #junctions: readonly { readonly signal: number; readonly lanes: readonly number[] }[];
  readonly #step: Uint8Array;
  readonly #causeMs: Float64Array;

  constructor(options: ControllerOptions) {
    const { city, signals } = options;
    this.#predictive = new Predictive(options);
    this.#actuated = new Actuated(options);
    this.#health = new SensorHealth(city);
    this.#junctions = signals.map((signal) => ({ signal, lanes: planJunction(city, signal).lanes }));
    this.#step = new Uint8Array(signals.length);
    this.#causeMs = new Float64Array(signals.length);
  }

  observe(observation: Observation): void {
    const believed = this.#health.check(observation);
    this.#predictive.observe(believed);
    this.#actuated.observe(believed);
  }

  decide(nowMs: Milliseconds, status: readonly SignalStatus[]): Choice[] {
    const choices = new Map(this.#predictive.decide(nowMs, status).map((choice) => [choice.signal, choice]));
    let actuated: Map<number, Choice> | null = null;
    for (let j = 0; j < this.#junctions.length; j++) {
      const { signal, lanes } = this.#junctions[j]!;
      const { bad, doubtful, faults } = this.#inspect(lanes);
      const wanted = stepFor(lanes.length, bad);
      if (wanted >= this.#step[j]!) {
        this.#step[j] = wanted;
        if (wanted > PREDICTIVE) this.#causeMs[j] = nowMs;
      } else if (!(nowMs - this.#causeMs[j]! < UP_AFTER_MS)) {
        this.#step[j]!--;
        this.#causeMs[j] = nowMs;
      }
      const now = status[signal];
      if (now === undefined || (bad + doubtful === 0 && this.#step[j] === PREDICTIVE)) continue;
      const sensors =
        bad === 0 ? 'all lanes believed again' : `${bad} of ${lanes.length} lanes not believed (${faults})`;
      if (this.#step[j] === PLAN) {
        const why = `its own program: ${sensors}`;
        choices.set(signal, { signal, stage: now.stage, alternatives: [], why, handsBack: true });
        continue;
      }
      actuated ??= new Map(this.#actuated.decide(nowMs, status).map((choice) => [choice.signal, choice]));
      const choice = (this.#step[j] === ACTUATED ? actuated : choices).get(signal);
      if (choice !== undefined) {
        const how = this.#step[j] === ACTUATED ? 'actuated' : bad > 0 ? 'assumed there' : 'used with care';
        choices.set(signal, { ...choice, why: `${choice.why}; ${sensors}: ${how}` });
      }
    }
    return [...choices.values()];
  }

  /** Lanes whose readings are not used, lanes whose readings are used with care, and what is wrong with them. */
  #inspect(lanes: readonly number[]): { bad: number; doubtful: number; faults: string } {
    let bad = 0;
    let doubtful = 0;
    const faults = new Set<SensorFault>();
    for (const lane of lanes) {
      const fault = this.#health.faultOf(lane);
      if (fault === null) continue;
      faults.add(fault);
      if (this.#health.isLost(lane)) bad++;
      else doubtful++;
    }
    return { bad, doubtful, faults: [...faults].join(', ') };
  }
}

/** The step that `bad` lanes of `lanes` leave a junction on. */
function stepFor(lanes: number, bad: number): number {
  if (bad > 0 && bad === lanes) return PLAN;
  return lanes - bad < ACTUATED_BELOW * lanes ? ACTUATED : PREDICTIVE;
}
