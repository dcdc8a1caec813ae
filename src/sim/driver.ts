import type { f64, i32 } from '../units/numbers.ts';
import { approachSpeed, idmSpeed, safeFollowSpeed, safeStopSpeed, secureGap } from './carfollowing.ts';
import { TYPE } from './demand.ts';
import { SEGMENT, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const { speed: SPEED, factor: FACTOR, segment: ON, type: KIND } = VEHICLE;
const {
  minGap: MIN_GAP,
  accel: ACCEL,
  decel: DECEL,
  emergencyDecel: EMERGENCY_DECEL,
  maxSpeed: MAX_SPEED,
  tau: TAU,
  idm: IDM,
  idmDelta: IDM_DELTA,
  idmSteps: IDM_STEPS,
} = TYPE;
const { limit: LIMIT } = SEGMENT;

/** Nearer than this to where it stops, a driver by IDM stands; SUMO's own bound, m. */
const AT_STOP_M = 0.01;
const EPS = 0.001;
/** Further away than anything matters, m (SUMO's IDM on an empty road). */
const FAR_M = 1e6;

/** Speed behind a leader whose back is `gap` metres ahead, net of the minimum gap, by the vehicle's own model. */
export function followSpeed(w: World, v: i32, leader: i32, gap: f64): f64 {
  return followAt(w, v, leader, gap, w.f64[leader + SPEED]!);
}

/** The same if the leader drove `theirs` m/s. */
export function followAt(w: World, v: i32, leader: i32, gap: f64, theirs: f64): f64 {
  const { f64: F, i32: I } = w;
  const t = I[(v << 1) + KIND]!;
  if (F[t + IDM]! > 0) return idmStep(w, v, F[v + SPEED]!, gap, theirs, w.f64[t + MIN_GAP]!);
  const theirDecel = F[I[(leader << 1) + KIND]! + DECEL]!;
  return safeFollowSpeed(gap, F[v + SPEED]!, theirs, theirDecel, F[t + DECEL]!, F[t + EMERGENCY_DECEL]!, F[t + TAU]!);
}

/** Speed with which one can halt within `gap` metres, braking with `decel` where the model allows a choice. */
export function haltSpeed(w: World, v: i32, gap: f64, decel: f64): f64 {
  if (w.f64[w.i32[(v << 1) + KIND]! + IDM]! > 0) return idmHaltSpeed(w, v, gap, decel);
  return safeStopSpeed(gap, decel, 1);
}

function idmHaltSpeed(w: World, v: i32, gap: f64, decel: f64): f64 {
  if (gap < AT_STOP_M) return 0;
  const now = w.f64[v + SPEED]!;
  const next = idmStep(w, v, now, gap, 0, 0);
  return now < EPS && next < EPS ? safeStopSpeed(gap, decel, 1) : next;
}

/** Speed now for a limit of `target` m/s that begins after `distance` metres. */
export function freeSpeed(w: World, v: i32, distance: f64, target: f64): f64 {
  const t = w.i32[(v << 1) + KIND]!;
  if (w.f64[t + IDM]! > 0) return idmFreeSpeed(w, v, t, distance, target);
  return approachSpeed(distance, target, w.f64[t + DECEL]!);
}

/** Speed that a driver takes on a segment when nobody is in the way: the vehicle's or the limit by the driver's own factor, m/s. */
export function wantedOn(w: World, v: i32, seg: i32): f64 {
  const { f64: F, i32: I } = w;
  return Math.min(F[I[(v << 1) + KIND]! + MAX_SPEED]!, F[(seg << 3) + LIMIT]! * w.f32[(v << 1) + FACTOR]!);
}

/** Speed on an empty road, by IDM. */
export function cruiseSpeed(w: World, v: i32): f64 {
  return idmStep(w, v, w.f64[v + SPEED]!, FAR_M, 0, 0);
}

function idmFreeSpeed(w: World, v: i32, t: i32, distance: f64, target: f64): f64 {
  const now = w.f64[v + SPEED]!;
  const needed = safeGap(w, t, target, 0, 0);
  const next =
    now <= target ? idmStep(w, v, now, FAR_M, target, 0) : idmStep(w, v, now, Math.max(distance, needed), 0, 0);
  return distance < needed ? Math.min(next, target) : next;
}

function idmStep(w: World, v: i32, now: f64, gap: f64, leaderSpeed: f64, minGap: f64): f64 {
  return idmOn(w, v, w.i32[(v << 1) + ON]!, now, gap, leaderSpeed, minGap);
}

function idmOn(w: World, v: i32, seg: i32, now: f64, gap: f64, leaderSpeed: f64, minGap: f64): f64 {
  const { f64: F } = w;
  const t = w.i32[(v << 1) + KIND]!;
  const wanted = wantedOn(w, v, seg);
  return idmSpeed(
    now,
    gap,
    leaderSpeed,
    wanted,
    F[t + ACCEL]!,
    F[t + IDM]!,
    F[t + TAU]!,
    minGap,
    F[t + IDM_DELTA]!,
    F[t + IDM_STEPS]!,
  );
}

/** Speed, `wanted` or less, with which one can enter a lane `gap` metres (net) behind a leader. */
export function entrySpeed(w: World, v: i32, lane: i32, wanted: f64, leader: i32, gap: f64): f64 {
  const { f64: F, i32: I } = w;
  const t = I[(v << 1) + KIND]!;
  const theirs = F[leader + SPEED]!;
  if (F[t + IDM]! === 0) {
    return Math.min(
      wanted,
      safeFollowSpeed(gap, 0, theirs, F[I[(leader << 1) + KIND]! + DECEL]!, F[t + DECEL]!, F[t + DECEL]!, F[t + TAU]!),
    );
  }
  let entry = wanted;
  while (gap < safeGap(w, t, entry, theirs, 0)) {
    const next = idmOn(w, v, lane, entry, gap, theirs, F[t + MIN_GAP]!);
    if (next - idmOn(w, v, lane, next, gap, theirs, F[t + MIN_GAP]!) < 1) return Math.min(wanted, next);
    entry = next;
  }
  return entry;
}

/** Speed, `wanted` or less, with which one can enter a lane and halt within `gap` metres. */
export function entryHaltSpeed(w: World, v: i32, lane: i32, wanted: f64, gap: f64): f64 {
  const t = w.i32[(v << 1) + KIND]!;
  const safe = w.f64[t + IDM]! > 0 ? idmOn(w, v, lane, wanted, gap, 0, 0) : safeStopSpeed(gap, w.f64[t + DECEL]!, 1);
  return Math.min(wanted, safe);
}

/** Gap, net of the minimum gap, that a driver of type `t` needs behind a leader. */
export function safeGap(w: World, t: i32, speed: f64, leaderSpeed: f64, leaderDecel: f64): f64 {
  const { f64: F } = w;
  if (F[t + IDM]! > 0) return Math.max(0, speed * F[t + TAU]! + (speed * (speed - leaderSpeed)) / F[t + IDM]!);
  return secureGap(speed, leaderSpeed, F[t + DECEL]!, leaderDecel, F[t + TAU]!);
}
