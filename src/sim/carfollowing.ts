import type { f64, i32 } from '../units/numbers.ts';

/**
 * Krauss' car following with SUMO's Euler update at a step of one second, so that speeds (m/s) and distances per step (m)
 * are the same numbers. Sources: S. Krauss, "Microscopic Modeling of Traffic Flow" (1998); SUMO 1.15, MSCFModel.
 */

const EPS = 0.001;
const HALTING_MPS = 0.1;
/** SUMO's EMERGENCY_DECEL_AMPLIFIER: brake a little harder than the least that would do. */
const EMERGENCY_AMPLIFIER = 1.2;

/** Metres covered while braking from `speed` with whole steps of `decel`, after `headway` seconds of unbraked driving. */
export function brakeGap(speed: f64, decel: f64, headway: f64): f64 {
  const steps = Math.floor(speed / decel);
  return steps * speed - (decel * steps * (steps + 1)) / 2 + speed * headway;
}

/** Greatest speed now from which one can still stop within `gap` metres; a gap below zero gives 0. */
export function safeStopSpeed(gap: f64, decel: f64, headway: f64): f64 {
  const g = gap - EPS;
  if (g < 0) return 0;
  const n = Math.floor(0.5 - (headway - 0.5 * Math.sqrt(1 + 4 * ((2 * g) / decel - headway + headway * headway))));
  const h = 0.5 * n * (n - 1) * decel + n * decel * headway;
  return n * decel + (g - h) / (n + headway);
}

function emergencyDecelFor(gap: f64, speed: f64, leaderSpeed: f64, leaderDecel: f64, emergencyDecel: f64): f64 {
  const leaderBrake = (0.5 * leaderSpeed * leaderSpeed) / leaderDecel;
  const least = (0.5 * speed * speed) / (gap + leaderBrake);
  if (gap + leaderBrake > 0 && least <= leaderDecel) return least;
  if (gap <= 0) return emergencyDecel;
  return (0.5 * (speed * speed - leaderSpeed * leaderSpeed)) / gap;
}

/** The speed of `safeFollowSpeed` where staying behind the leader takes more than normal braking, or the gap is gone. */
function hardBrakeSpeed(
  gap: f64,
  speed: f64,
  leaderSpeed: f64,
  leaderDecel: f64,
  decel: f64,
  emergencyDecel: f64,
  safe: f64,
): f64 {
  const wanted = speed - safe;
  if (decel === emergencyDecel || wanted <= decel + EPS) return safe;
  const needed = EMERGENCY_AMPLIFIER * emergencyDecelFor(gap, speed, leaderSpeed, leaderDecel, emergencyDecel);
  return Math.max(0, speed - Math.min(Math.max(needed, decel), wanted));
}

/** Greatest speed that stays behind a leader who may brake to a stop; `gap` is net of the follower's minimum gap. */
export function safeFollowSpeed(
  gap: f64,
  speed: f64,
  leaderSpeed: f64,
  leaderDecel: f64,
  decel: f64,
  emergencyDecel: f64,
  tau: f64,
): f64 {
  const safe =
    gap >= 0
      ? safeStopSpeed(gap + brakeGap(leaderSpeed, Math.max(decel, leaderDecel), 0), decel, tau)
      : Math.max(0, speed - emergencyDecel);
  if (speed - safe <= decel) return safe;
  return hardBrakeSpeed(gap, speed, leaderSpeed, leaderDecel, decel, emergencyDecel, safe);
}

/** Greatest speed now that allows `target` to be reached after `distance` metres. */
export function approachSpeed(distance: f64, target: f64, decel: f64): f64 {
  if (distance < target) return target;
  const b = decel;
  const y = Math.max(0, ((Math.sqrt((b + 2 * target) * (b + 2 * target) + 8 * b * distance) - b) * 0.5 - target) / b);
  const yFull = Math.floor(y);
  const exact = (yFull * yFull + yFull) * 0.5 * b + yFull * target + (y > yFull ? target : 0);
  return Math.max(0, distance - exact) / (yFull + 1) + yFull * b + target;
}

/** Seconds until `distance` is covered when driving from `speed` to `arrivalSpeed` as fast as the two bounds allow. */
export function arrivalTime(distance: f64, speed: f64, arrivalSpeed: f64, accel: f64, decel: f64): f64 {
  if (distance <= 0) return 0;
  const a = arrivalSpeed >= speed ? accel : -decel;
  const time = (arrivalSpeed - speed) / a;
  const way = time * (arrivalSpeed + speed) * 0.5;
  if (distance >= way) return time + (distance - way) / Math.max(speed, arrivalSpeed, HALTING_MPS);
  const root = speed * speed + 2 * a * distance;
  return -(speed - Math.sqrt(Math.max(0, root))) / a;
}

/** Gap (net of minimum gap) a follower needs so that a lane change in front of it is safe. */
export function secureGap(speed: f64, leaderSpeed: f64, decel: f64, leaderDecel: f64, tau: f64): f64 {
  const leaderBrake = brakeGap(leaderSpeed, Math.max(decel, leaderDecel), 0);
  return Math.max(0, brakeGap(speed, decel, tau) - leaderBrake);
}

/** Krauss' imperfection: `random` in [0, 1) takes away up to sigma times the acceleration; a starting car does start. */
export function dawdle(speed: f64, accel: f64, sigma: f64, random: f64): f64 {
  const loss = speed < accel ? sigma * speed * random : sigma * accel * random;
  return Math.max(0, speed - loss);
}

/** `base` to a whole power, by multiplication alone: the same bits everywhere. */
function power(base: f64, exponent: i32): f64 {
  let product: f64 = 1;
  for (let i = 0; i < exponent; i++) product *= base;
  return product;
}

/**
 * Next speed by the Intelligent Driver Model (Treiber, Hennecke and Helbing 2000) as SUMO 1.15 drives it (MSCFModel_IDM): the
 * second in `steps` parts, the leader at a constant speed.
 * @param gap metres to the leader, net of `minGap`, the gap at a standstill
 * @param wanted speed on an empty road
 * @param spread 2 * sqrt(accel * decel)
 */
export function idmSpeed(
  speed: f64,
  gap: f64,
  leaderSpeed: f64,
  wanted: f64,
  accel: f64,
  spread: f64,
  tau: f64,
  minGap: f64,
  delta: f64,
  steps: f64,
): f64 {
  let next = speed;
  let room = gap + minGap;
  for (let i = 0; i < steps; i++) {
    const need = Math.max(0, next * tau + (next * (next - leaderSpeed)) / spread) + minGap;
    room = Math.max(EPS, room);
    const change = accel * (1 - power(next / Math.max(EPS, wanted), delta | 0) - (need * need) / (room * room));
    next = Math.max(0, next + change / steps);
    room -= Math.max(0, (next - leaderSpeed) / steps);
  }
  return next;
}
