import { type ActuatedStage, MAX_GAP_S } from '../city/actuation.ts';
import type { World } from './world.ts';

const MAX_GAP_MS = MAX_GAP_S * 1000;

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
