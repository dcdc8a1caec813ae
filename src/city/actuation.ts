import type { Metres, Seconds } from '../units/units.ts';
import { type City, classBit, type Phase, type Signal } from './city.ts';
import { getOwnProgram, isGreen, listGreens } from './greens.ts';

/** SUMO 1.15's defaults (docs: Simulation/Traffic Lights, actuated: max-gap, detector-gap, passing-time). */
export const MAX_GAP_S: Seconds = 3;
const DETECTOR_GAP_S: Seconds = 2;
const PASSING_TIME_S: Seconds = 1.9;
const QUEUE_SPACE_M: Metres = 7.5;

/** Shortest and longest green of a stage. */
export interface GreenLimits {
  readonly minS: Seconds;
  readonly maxS: Seconds;
}

/** A stage of gap-actuated control. */
export interface ActuatedStage extends GreenLimits {
  /** Phase index. */
  readonly phase: number;
  /** Detectors whose vehicles prolong it; none when its length is fixed. */
  readonly detectors: readonly number[];
}

/** Stages of a signal's own program with the detectors that prolong them, as SUMO's `actuated` type places and uses them. */
export interface Actuation {
  readonly stages: readonly ActuatedStage[];
  /** One per lane that has any. */
  readonly detectors: readonly { readonly lane: number; readonly upstreamM: Metres }[];
}

/**
 * Plans gap-actuated control for a signal's own program.
 * @param limitsOf a phase's shortest and longest green
 */
export function planActuation(city: City, signal: Signal, limitsOf: (phase: Phase) => GreenLimits): Actuation {
  const program = getOwnProgram(signal);
  const phases = listGreens(program).flatMap((index) => {
    const phase = program.phases[index];
    return phase === undefined ? [] : [{ index, state: phase.state, ...limitsOf(phase) }];
  });
  const approaches = listApproaches(city, signal);
  const isActuated = ({ minS, maxS }: GreenLimits): boolean => minS !== maxS;
  const detectors: { lane: number; upstreamM: Metres }[] = [];
  const detectorOf = new Map<number, number>();
  for (const [lane, links] of approaches) {
    const served = phases.filter(
      (phase) => isActuated(phase) && links.some((link) => isGreen(phase.state.charAt(link))),
    );
    if (served.length === 0) continue;
    const minS = Math.min(...served.map((phase) => phase.minS));
    const seenM = DETECTOR_GAP_S * (city.lanes[lane]?.speedMps ?? 0);
    detectorOf.set(lane, detectors.length);
    detectors.push({ lane, upstreamM: Math.min(seenM, (minS / PASSING_TIME_S + 0.5) * QUEUE_SPACE_M) });
  }
  const neverMajor = signal.links.map((_, link) => program.phases.every(({ state }) => state.charAt(link) !== 'G'));
  const stages = phases.map(({ index, state, minS, maxS }) => {
    const lanes = isActuated({ minS, maxS }) ? listProlonging(city, signal, approaches, neverMajor, state) : [];
    return { phase: index, minS, maxS, detectors: lanes.flatMap((lane) => detectorOf.get(lane) ?? []) };
  });
  return { stages, detectors };
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
