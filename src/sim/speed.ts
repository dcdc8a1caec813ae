import { drawUniform } from '../units/random.ts';
import { dawdle } from './carfollowing.ts';
import { FLAG, HALTING, PURPOSE, SCALAR } from './state.ts';
import type { World } from './world.ts';

const STEP = SCALAR.step;
const DAWDLE = PURPOSE.dawdle;
const HALTED = HALTING;
const { starts: STARTS, goOn: GO_ON } = FLAG;
const STARTS_SHIFT = 9;
const MOST_STEPS = 0x7f;
/** Who stood no longer starts at once (SUMO's startup-wait-threshold), s. */
const STOOD_S = 2;

/**
 * The vehicle's next speed from what is safe, newSpeed[i]: within its dynamics, less its imperfection, no more than it was
 * advised, less dawdling when somebody wants in behind it, no less than `least` (it has decided to clear a line).
 */
export function setNextSpeed(w: World, v: number, i: number, least: number): void {
  const { newSpeed } = w.scratch;
  const { accel, decel, emergencyDecel, maxSpeed, sigma, startDelay, cooperative } = w.types;
  const { adviceMps, flags } = w.vehicles;
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
  const advised = adviceMps[v << 1]!;
  if (advised <= highest) {
    const heeded = cooperative[t]! * advised + (1 - cooperative[t]!) * next;
    next = Math.max(lowest, Math.min(next, heeded));
  } else if ((flags[v << 1]! & GO_ON) !== 0) next = 0.5 * (next + highest);
  adviceMps[v << 1] = Number.POSITIVE_INFINITY;
  if (startDelay[t]! > 0) {
    const share = startShare(w, v, safe, startDelay[t]!);
    newSpeed[i] = share === 0 ? 0 : Math.max(next * share, least);
  } else {
    newSpeed[i] = Math.max(next, least);
  }
}

/**
 * Share of the next second left for driving to one who stood for more than 2 s and takes `delayS` to start (SUMO's
 * startupDelay). Steps since the start was possible, and one more, are kept in the vehicle's flags.
 */
function startShare(w: World, v: number, safe: number, delayS: number): number {
  const { flags, halted } = w.vehicles;
  const others = flags[v << 1]! & ~STARTS;
  const steps = (flags[v << 1]! & STARTS) >> STARTS_SHIFT;
  if (safe <= HALTED && halted[v << 1]! > STOOD_S) {
    flags[v << 1] = others | (1 << STARTS_SHIFT);
    return 1;
  }
  const leftS = steps > 0 ? delayS - (steps - 1) : 0;
  flags[v << 1] = leftS > 0 ? others | (Math.min(steps + 1, MOST_STEPS) << STARTS_SHIFT) : others;
  return Math.min(1, Math.max(0, 1 - leftS));
}
