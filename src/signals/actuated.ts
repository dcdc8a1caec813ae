import { type ActuatedStage, MAX_GAP_S, planActuation } from '../city/actuation.ts';
import type { Phase } from '../city/city.ts';
import type { Observation } from '../street/observation.ts';
import { View } from '../street/view.ts';
import type { Milliseconds, Seconds } from '../units/units.ts';
import type { Choice, Controller, ControllerOptions, SignalStatus } from './controller.ts';

/** Where the program gives none (BENCHMARKS.md section 1). */
const MIN_GREEN_S: Seconds = 5;
const MAX_GREEN_S: Seconds = 60;

interface SignalTable {
  readonly signal: number;
  readonly stages: readonly ActuatedStage[];
  /** By detector of the plan: its number in the view. */
  readonly detectors: readonly number[];
}

function limitsOf({ minS = MIN_GREEN_S, maxS = MAX_GREEN_S }: Phase) {
  return { minS, maxS: Math.max(minS, maxS) };
}

/**
 * Gap-actuated control as SUMO's `actuated` type does it on the shipped phases in their fixed order: a stage is prolonged
 * from its minimum while a detector of its own saw a vehicle within the last 3 s, at most to its maximum.
 */
export class Actuated implements Controller {
  readonly name = 'actuated';
  readonly ownStepS = 1;
  readonly #view: View;
  readonly #tables: readonly SignalTable[];

  constructor({ city, signals }: ControllerOptions) {
    const view = new View(city);
    this.#view = view;
    this.#tables = signals.map((signal) => {
      const { stages, detectors } = planActuation(city, city.signals[signal]!, limitsOf);
      return { signal, stages, detectors: detectors.map(({ lane, upstreamM }) => view.addDetector(lane, upstreamM)) };
    });
  }

  observe(observation: Observation): void {
    this.#view.observe(observation);
  }

  decide(nowMs: Milliseconds, status: readonly SignalStatus[]): Choice[] {
    const choices: Choice[] = [];
    for (const { signal, stages, detectors } of this.#tables) {
      const now = status[signal];
      const at = stages.findIndex(({ phase }) => phase === now?.stage);
      const stage = stages[at];
      if (now === undefined || stage === undefined) continue;
      const next = stages[(at + 1) % stages.length]!;
      let gapS = Number.POSITIVE_INFINITY;
      for (const d of stage.detectors) gapS = Math.min(gapS, this.#view.secondsSince(detectors[d]!));
      choices.push(choose(signal, stage, next, now, (nowMs - now.greenSinceMs) / 1000, gapS));
    }
    return choices;
  }
}

/** Score of the current stage: seconds until it would end for lack of vehicles; the next one's is 0. */
function choose(
  signal: number,
  stage: ActuatedStage,
  next: ActuatedStage,
  now: SignalStatus,
  greenS: Seconds,
  gapS: Seconds,
): Choice {
  const keep = (score: number, why: string): Choice => ({
    signal,
    stage: stage.phase,
    alternatives: [
      { stage: stage.phase, score },
      { stage: next.phase, score: 0 },
    ],
    why,
  });
  const go = (why: string): Choice => ({ ...keep(0, why), stage: next.phase });
  if (stage === next) return keep(0, 'the only stage');
  if (now.changing) return keep(MAX_GAP_S, 'coming to green');
  if (greenS < stage.minS) return keep(stage.minS - greenS, `minimum green, ${greenS.toFixed(0)} of ${stage.minS} s`);
  if (greenS >= stage.maxS) return go(`max-out after ${greenS.toFixed(0)} s`);
  if (gapS < MAX_GAP_S) return keep(MAX_GAP_S - gapS, `extends: a vehicle ${gapS.toFixed(1)} s ago`);
  return go(
    stage.detectors.length === 0 ? 'no detector to prolong it' : `gap-out after ${MAX_GAP_S} s without a vehicle`,
  );
}
