import { drawUniform } from '../units/random.ts';
import { dawdle } from './carfollowing.ts';
import { PURPOSE, SCALAR, type World } from './world.ts';

const STEP = SCALAR.step;
const DAWDLE = PURPOSE.dawdle;

/**
 * The vehicle's next speed from what is safe, newSpeed[i]: within its dynamics, less its imperfection, no more than it was
 * advised, no less than `least` (it has decided to clear a line).
 */
export function setNextSpeed(w: World, v: number, i: number, least: number): void {
  const { newSpeed } = w.scratch;
  const { accel, decel, emergencyDecel, maxSpeed, sigma } = w.types;
  const { advice } = w.vehicles;
  const t = w.vehicles.type[v << 1]!;
  const now = w.vehicles.speed[v]!;
  const safe = newSpeed[i]!;
  const hardest = Math.max(0, now - emergencyDecel[t]!);
  const lowest = Math.min(Math.max(0, now - decel[t]!), Math.max(safe, hardest));
  const highest = Math.max(lowest, Math.min(safe, now + accel[t]!, maxSpeed[t]!));
  let next = highest;
  if (highest > lowest && sigma[t]! > 0) {
    const drawn = drawUniform(w.seed, w.vehicles.trip[v << 1]!, w.state.scalars[STEP]!, DAWDLE);
    next = Math.max(lowest, dawdle(highest, accel[t]!, sigma[t]!, drawn));
  }
  next = Math.max(lowest, Math.min(next, advice[v]!));
  advice[v] = Number.POSITIVE_INFINITY;
  newSpeed[i] = Math.max(next, least);
}
