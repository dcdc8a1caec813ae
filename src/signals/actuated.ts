import type { City, Signal } from '../city/city.ts';
import { classBit } from '../city/city.ts';
import { getOwnProgram, isGreen, listGreens } from '../city/greens.ts';
import type { Observation } from '../street/observation.ts';
import { View } from '../street/view.ts';
import type { Metres, Milliseconds, Seconds } from '../units/units.ts';
import type { Choice, Controller, ControllerOptions, SignalStatus } from './controller.ts';

/** SUMO 1.15's defaults (docs: Simulation/Traffic Lights, actuated: max-gap, detector-gap, passing-time). */
const MAX_GAP_S: Seconds = 3;
const DETECTOR_GAP_S: Seconds = 2;
const PASSING_TIME_S: Seconds = 1.9;
const QUEUE_SPACE_M: Metres = 7.5;
/** Where the program gives none (BENCHMARKS.md section 1). */
const MIN_GREEN_S: Seconds = 5;
const MAX_GREEN_S: Seconds = 60;

interface Stage {
  readonly phase: number;
  readonly minS: Seconds;
  readonly maxS: Seconds;
  /** Virtual detectors whose vehicles prolong it. */
  readonly detectors: readonly number[];
}

interface SignalTable {
  readonly signal: number;
  readonly stages: readonly Stage[];
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
    this.#view = new View(city);
    this.#tables = signals.map((signal) => ({ signal, stages: this.#plan(city, city.signals[signal]!) }));
  }

  observe(observation: Observation): void {
    this.#view.observe(observation);
  }

  decide(nowMs: Milliseconds, status: readonly SignalStatus[]): Choice[] {
    const choices: Choice[] = [];
    for (const { signal, stages } of this.#tables) {
      const now = status[signal];
      const at = stages.findIndex(({ phase }) => phase === now?.stage);
      const stage = stages[at];
      if (now === undefined || stage === undefined) continue;
      const next = stages[(at + 1) % stages.length]!;
      choices.push(this.#choose(signal, stage, next, now, (nowMs - now.greenSinceMs) / 1000));
    }
    return choices;
  }

  /** Score of the current stage: seconds until it would end for lack of vehicles; the next one's is 0. */
  #choose(signal: number, stage: Stage, next: Stage, now: SignalStatus, greenS: Seconds): Choice {
    let gapS = Number.POSITIVE_INFINITY;
    for (const detector of stage.detectors) gapS = Math.min(gapS, this.#view.secondsSince(detector));
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

  #plan(city: City, signal: Signal): Stage[] {
    const program = getOwnProgram(signal);
    const phases = listGreens(program).map((phase) => {
      const { state, minS = MIN_GREEN_S, maxS = MAX_GREEN_S } = program.phases[phase]!;
      return { phase, state, minS, maxS: Math.max(minS, maxS) };
    });
    const approaches = listApproaches(city, signal);
    const isActuated = ({ minS, maxS }: (typeof phases)[number]): boolean => minS !== maxS;
    const detectorOf = new Map<number, number>();
    for (const [lane, links] of approaches) {
      const served = phases.filter(
        (phase) => isActuated(phase) && links.some((link) => isGreen(phase.state.charAt(link))),
      );
      if (served.length === 0) continue;
      const minS = Math.min(...served.map((phase) => phase.minS));
      const upstreamM = Math.min(
        DETECTOR_GAP_S * city.lanes[lane]!.speedMps,
        (minS / PASSING_TIME_S + 0.5) * QUEUE_SPACE_M,
      );
      detectorOf.set(lane, this.#view.addDetector(lane, upstreamM));
    }
    const neverMajor = signal.links.map((_, link) => program.phases.every(({ state }) => state.charAt(link) !== 'G'));
    return phases.map((phase) => {
      const lanes = isActuated(phase) ? listProlonging(city, signal, approaches, neverMajor, phase.state) : [];
      const detectors = lanes.flatMap((lane) => detectorOf.get(lane) ?? []);
      return { phase: phase.phase, minS: phase.minS, maxS: phase.maxS, detectors };
    });
  }
}

/** Links by approach lane. */
function listApproaches(city: City, signal: Signal): Map<number, number[]> {
  const approaches = new Map<number, number[]>();
  signal.links.forEach((movements, link) => {
    for (const movement of movements) {
      const lane = city.movements[movement]!.fromLane;
      const links = approaches.get(lane) ?? [];
      if (!links.includes(link)) links.push(link);
      approaches.set(lane, links);
    }
  });
  return approaches;
}

/**
 * Approach lanes whose detectors may prolong a stage (the rules SUMO names check1a-d and check2): every link of the lane
 * must be served. Permissive green serves a link only beside a protected link of its lane, when it is never protected
 * itself or turns round; or when the road has one lane for motor traffic. A lane that leads onto another approach of the
 * same signal counts only if that one is served as well.
 */
function listProlonging(
  city: City,
  signal: Signal,
  approaches: ReadonlyMap<number, readonly number[]>,
  neverMajor: readonly boolean[],
  state: string,
): number[] {
  const served = signal.links.map((movements, link) => {
    if (state.charAt(link) === 'G') return true;
    if (state.charAt(link) !== 'g') return false;
    const lanes = movements.map((movement) => city.movements[movement]!.fromLane);
    if (lanes.some((lane) => hasOneMotorLane(city, lane))) return true;
    const turnsRound = movements.every((movement) => city.movements[movement]!.turn === 'u-turn');
    const besideMajor = lanes.some((lane) => approaches.get(lane)!.some((other) => state.charAt(other) === 'G'));
    return (neverMajor[link]! || turnsRound) && besideMajor;
  });
  const allServed = (lane: number): boolean => (approaches.get(lane) ?? []).every((link) => served[link]!);
  return [...approaches.keys()].filter(
    (lane) =>
      allServed(lane) &&
      city.lanes[lane]!.out.every((index) => {
        const { turn, toLane } = city.movements[index]!;
        return turn === 'u-turn' || allServed(toLane);
      }),
  );
}

const NOT_MOTORISED = classBit('pedestrian') | classBit('bicycle');

function hasOneMotorLane(city: City, lane: number): boolean {
  const { firstLane, laneCount } = city.roads[city.lanes[lane]!.road]!;
  let motorised = 0;
  for (let k = firstLane; k < firstLane + laneCount; k++) {
    if ((city.lanes[k]!.allowed & ~NOT_MOTORISED) !== 0) motorised++;
  }
  return motorised === 1;
}
