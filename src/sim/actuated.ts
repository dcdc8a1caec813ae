import { type ActuatedStage, MAX_GAP_S } from '../city/actuation.ts';
import { TYPE } from './demand.ts';
import { VEHICLE } from './state.ts';
import type { World } from './world.ts';

const { pos: POS, speed: SPEED, behind: BEHIND, type: KIND } = VEHICLE;
const { length: LENGTH } = TYPE;

const MAX_GAP_MS = MAX_GAP_S * 1000;

/** Notes when the detectors of a signal were last left by a vehicle: now, while one is on them. */
export function noteDetections(w: World, signal: number, nowMs: number): void {
  const { detectorStart, detectorLane, detectorAt } = w.programs.actuated;
  const { f64: F, i32: I } = w;
  for (let detector = detectorStart[signal]!; detector < detectorStart[signal + 1]!; detector++) {
    const at = detectorAt[detector]!;
    for (let v = w.state.head[detectorLane[detector]!]!; v >= 0 && F[v + POS]! >= at; v = I[(v << 1) + BEHIND]!) {
      const pastM = F[v + POS]! - w.f64[I[(v << 1) + KIND]! + LENGTH]! - at;
      if (pastM >= F[v + SPEED]!) continue;
      w.state.detectorLeftMs[detector] = pastM <= 0 ? nowMs : nowMs - (1000 * pastM) / F[v + SPEED]!;
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
