import type { f64, i32 } from '../units/numbers.ts';
import { drawWith } from '../units/random.ts';
import { haltedOf } from './accounts.ts';
import { dawdle } from './carfollowing.ts';
import { TYPE } from './demand.ts';
import { COUNT } from './scratch.ts';
import { FLAG, HALTING, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const { speed: SPEED, type: KIND, trip: TRIP, flags: FLAGS, adviceMps: ADVICE } = VEHICLE;
const {
  accel: ACCEL,
  decel: DECEL,
  emergencyDecel: EMERGENCY_DECEL,
  maxSpeed: MAX_SPEED,
  sigma: SIGMA,
  startDelay: START_DELAY,
  cooperative: COOPERATIVE,
} = TYPE;

const DRAW = COUNT.draw;
const HALTED = HALTING;
const { starts: STARTS, goOn: GO_ON } = FLAG;
const STARTS_SHIFT = 10;
const MOST_STEPS = 0x3f;
/** Whoever would only creep stands, m/s. */
const STILL = 0.001;
/** Who stood no longer starts at once (SUMO's startup-wait-threshold), s. */
const STOOD_S = 2;

/**
 * The vehicle's next speed from what is safe, newSpeed[i]: within its dynamics, less its imperfection, no more than it was
 * advised, less dawdling when somebody wants in behind it, no less than `least` (it has decided to clear a line).
 */
export function setNextSpeed(w: World, v: i32, i: i32, least: f64): void {
  const { newSpeed } = w.scratch;
  const { f64: F, i32: I, f32: S } = w;
  const t = w.i32[(v << 1) + KIND]!;
  const now = w.f64[v + SPEED]!;
  const safe = newSpeed[i]!;
  // Not Math.min and Math.max, which cost several times a comparison here.
  let lowest = now - F[t + DECEL]!;
  if (lowest < 0) lowest = 0;
  if (safe < lowest) {
    const hardest = now - F[t + EMERGENCY_DECEL]!;
    lowest = safe > hardest ? safe : hardest;
    if (lowest < 0) lowest = 0;
  }
  const accel = F[t + ACCEL]!;
  let highest = now + accel;
  if (highest > safe) highest = safe;
  if (highest > F[t + MAX_SPEED]!) highest = F[t + MAX_SPEED]!;
  if (highest < lowest) highest = lowest;
  let next = highest;
  if (highest > lowest && F[t + SIGMA]! > 0) {
    next = dawdle(highest, accel, F[t + SIGMA]!, drawWith(w.scratch.counts[DRAW]!, I[(v << 1) + TRIP]!));
    if (next < lowest) next = lowest;
  }
  const advised = S[(v << 1) + ADVICE]!;
  if (advised <= highest) {
    const heeded = F[t + COOPERATIVE]! * advised + (1 - F[t + COOPERATIVE]!) * next;
    next = Math.max(lowest, Math.min(next, heeded));
  } else if ((I[(v << 1) + FLAGS]! & GO_ON) !== 0) next = 0.5 * (next + highest);
  S[(v << 1) + ADVICE] = Number.POSITIVE_INFINITY;
  if (F[t + START_DELAY]! > 0) {
    const share = startShare(w, v, safe, F[t + START_DELAY]!);
    newSpeed[i] = share === 0 ? 0 : Math.max(next * share, least);
  } else {
    if (next < STILL) next = 0;
    newSpeed[i] = next > least ? next : least;
  }
}

/**
 * Share of the next second left for driving to one who stood for more than 2 s and takes `delayS` to start (SUMO's
 * startupDelay). Steps since the start was possible, and one more, are kept in the vehicle's flags.
 */
function startShare(w: World, v: i32, safe: f64, delayS: f64): f64 {
  const { i32: I } = w;
  const others = I[(v << 1) + FLAGS]! & ~STARTS;
  const steps = (I[(v << 1) + FLAGS]! & STARTS) >> STARTS_SHIFT;
  if (safe <= HALTED && haltedOf(w, v) > STOOD_S) {
    I[(v << 1) + FLAGS] = others | (1 << STARTS_SHIFT);
    return 1;
  }
  const leftS = steps > 0 ? delayS - (steps - 1) : 0;
  I[(v << 1) + FLAGS] = leftS > 0 ? others | ((steps < MOST_STEPS ? steps + 1 : MOST_STEPS) << STARTS_SHIFT) : others;
  return Math.min(1, Math.max(0, 1 - leftS));
}
