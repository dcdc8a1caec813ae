import { type ActuatedStage, MAX_GAP_S, planActuation } from '../city/actuation.ts';
import type { City, Phase } from '../city/city.ts';
import type { World } from './world.ts';

const MAX_GAP_MS = MAX_GAP_S * 1000;
/** SUMO's longest green where a program gives only the shortest, s. */
const ENDLESS_S = 2147483;

/** Signals whose own program is prolonged by vehicles; nothing here changes while the engine runs. */
export interface ActuatedTable {
  /** By signal and phase: how it is prolonged, or null when it lasts as the program says. */
  readonly stages: readonly (readonly (ActuatedStage | null)[])[];
  /** By signal: its detectors. */
  readonly detectorsOf: readonly (readonly number[])[];
  /** By detector: lane, and metres from the lane's start. */
  readonly detectorLane: Int32Array;
  readonly detectorAt: Float64Array;
}

/** SUMO's rules for what a program leaves out (docs: Simulation/Traffic Lights, phase attributes). */
function limitsOf({ durationS, minS, maxS }: Phase) {
  const least = minS ?? durationS;
  return { minS: least, maxS: Math.max(least, maxS ?? (minS === undefined ? durationS : ENDLESS_S)) };
}

export function buildActuated(city: City): ActuatedTable {
  const lanes: number[] = [];
  const places: number[] = [];
  const detectorsOf: number[][] = [];
  const stages = city.signals.map((signal, index) => {
    const [program] = signal.programs;
    detectorsOf[index] = [];
    if (program?.isActuated !== true) return [];
    const plan = planActuation(city, signal, limitsOf);
    const first = lanes.length;
    for (const { lane, upstreamM } of plan.detectors) {
      detectorsOf[index].push(lanes.length);
      lanes.push(lane);
      places.push(Math.max(0, (city.lanes[lane]?.lengthM ?? 0) - upstreamM));
    }
    return program.phases.map((_, phase): ActuatedStage | null => {
      const stage = plan.stages.find((candidate) => candidate.phase === phase);
      if (stage === undefined || stage.minS === stage.maxS) return null;
      return { ...stage, detectors: stage.detectors.map((detector) => first + detector) };
    });
  });
  return { stages, detectorsOf, detectorLane: Int32Array.from(lanes), detectorAt: Float64Array.from(places) };
}

/** Notes when the detectors of a signal were last left by a vehicle: now, while one is on them. */
export function noteDetections(w: World, signal: number, nowMs: number): void {
  const { detectorsOf, detectorLane, detectorAt } = w.programs.actuated;
  const { pos, speed, type, behind } = w.vehicles;
  for (const detector of detectorsOf[signal]!) {
    const at = detectorAt[detector]!;
    for (let v = w.state.head[detectorLane[detector]!]!; v >= 0 && pos[v]! >= at; v = behind[v << 1]!) {
      const pastM = pos[v]! - w.types.length[type[v << 1]!]! - at;
      if (pastM >= speed[v]!) continue;
      w.state.detectorLeftMs[detector] = pastM <= 0 ? nowMs : nowMs - (1000 * pastM) / speed[v]!;
    }
  }
}

/** True while a stage is prolonged: one of its detectors saw a vehicle within the last 3 s, and its longest green is not over. */
export function isProlonged(w: World, stage: ActuatedStage, nowMs: number, sinceMs: number): boolean {
  if (nowMs - sinceMs >= stage.maxS * 1000) return false;
  for (const detector of stage.detectors) {
    if (nowMs - w.state.detectorLeftMs[detector]! < MAX_GAP_MS) return true;
  }
  return false;
}
