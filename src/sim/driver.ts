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
export function followSpeed(w: World, v: number, leader: number, gap: number): number {
  return followAt(w, v, leader, gap, w.vehicles.f64[leader + SPEED]!);
}

/** The same if the leader drove `theirs` m/s. */
export function followAt(w: World, v: number, leader: number, gap: number, theirs: number): number {
  const { f64: V, i32: VI } = w.vehicles;
  const { f64: T } = w.types;
  const t = VI[(v << 1) + KIND]!;
  if (T[t + IDM]! > 0) return idmStep(w, v, V[v + SPEED]!, gap, theirs, w.types.f64[t + MIN_GAP]!);
  const theirDecel = T[VI[(leader << 1) + KIND]! + DECEL]!;
  return safeFollowSpeed(gap, V[v + SPEED]!, theirs, theirDecel, T[t + DECEL]!, T[t + EMERGENCY_DECEL]!, T[t + TAU]!);
}

/** Speed with which one can halt within `gap` metres, braking with `decel` where the model allows a choice. */
export function haltSpeed(w: World, v: number, gap: number, decel: number): number {
  if (w.types.f64[w.vehicles.i32[(v << 1) + KIND]! + IDM]! > 0) return idmHaltSpeed(w, v, gap, decel);
  return safeStopSpeed(gap, decel, 1);
}

function idmHaltSpeed(w: World, v: number, gap: number, decel: number): number {
  if (gap < AT_STOP_M) return 0;
  const now = w.vehicles.f64[v + SPEED]!;
  const next = idmStep(w, v, now, gap, 0, 0);
  return now < EPS && next < EPS ? safeStopSpeed(gap, decel, 1) : next;
}

/** Speed now for a limit of `target` m/s that begins after `distance` metres. */
export function freeSpeed(w: World, v: number, distance: number, target: number): number {
  const t = w.vehicles.i32[(v << 1) + KIND]!;
  if (w.types.f64[t + IDM]! > 0) return idmFreeSpeed(w, v, t, distance, target);
  return approachSpeed(distance, target, w.types.f64[t + DECEL]!);
}

/** Speed on an empty road, by IDM. */
export function cruiseSpeed(w: World, v: number): number {
  return idmStep(w, v, w.vehicles.f64[v + SPEED]!, FAR_M, 0, 0);
}

function idmFreeSpeed(w: World, v: number, t: number, distance: number, target: number): number {
  const now = w.vehicles.f64[v + SPEED]!;
  const needed = safeGap(w, t, target, 0, 0);
  const next =
    now <= target ? idmStep(w, v, now, FAR_M, target, 0) : idmStep(w, v, now, Math.max(distance, needed), 0, 0);
  return distance < needed ? Math.min(next, target) : next;
}

function idmStep(w: World, v: number, now: number, gap: number, leaderSpeed: number, minGap: number): number {
  return idmOn(w, v, w.vehicles.i32[(v << 1) + ON]!, now, gap, leaderSpeed, minGap);
}

function idmOn(
  w: World,
  v: number,
  seg: number,
  now: number,
  gap: number,
  leaderSpeed: number,
  minGap: number,
): number {
  const { f64: T } = w.types;
  const t = w.vehicles.i32[(v << 1) + KIND]!;
  const wanted = Math.min(T[t + MAX_SPEED]!, w.segments.f64[(seg << 3) + LIMIT]! * w.vehicles.f64[v + FACTOR]!);
  return idmSpeed(
    now,
    gap,
    leaderSpeed,
    wanted,
    T[t + ACCEL]!,
    T[t + IDM]!,
    T[t + TAU]!,
    minGap,
    T[t + IDM_DELTA]!,
    T[t + IDM_STEPS]!,
  );
}

/** Speed, `wanted` or less, with which one can enter a lane `gap` metres (net) behind a leader. */
export function entrySpeed(w: World, v: number, lane: number, wanted: number, leader: number, gap: number): number {
  const { f64: V, i32: VI } = w.vehicles;
  const { f64: T } = w.types;
  const t = VI[(v << 1) + KIND]!;
  const theirs = V[leader + SPEED]!;
  if (T[t + IDM]! === 0) {
    return Math.min(
      wanted,
      safeFollowSpeed(gap, 0, theirs, T[VI[(leader << 1) + KIND]! + DECEL]!, T[t + DECEL]!, T[t + DECEL]!, T[t + TAU]!),
    );
  }
  let entry = wanted;
  while (gap < safeGap(w, t, entry, theirs, 0)) {
    const next = idmOn(w, v, lane, entry, gap, theirs, T[t + MIN_GAP]!);
    if (next - idmOn(w, v, lane, next, gap, theirs, T[t + MIN_GAP]!) < 1) return Math.min(wanted, next);
    entry = next;
  }
  return entry;
}

/** Speed, `wanted` or less, with which one can enter a lane and halt within `gap` metres. */
export function entryHaltSpeed(w: World, v: number, lane: number, wanted: number, gap: number): number {
  const t = w.vehicles.i32[(v << 1) + KIND]!;
  const safe =
    w.types.f64[t + IDM]! > 0 ? idmOn(w, v, lane, wanted, gap, 0, 0) : safeStopSpeed(gap, w.types.f64[t + DECEL]!, 1);
  return Math.min(wanted, safe);
}

/** Gap, net of the minimum gap, that a driver of type `t` needs behind a leader. */
export function safeGap(w: World, t: number, speed: number, leaderSpeed: number, leaderDecel: number): number {
  const { f64: T } = w.types;
  if (T[t + IDM]! > 0) return Math.max(0, speed * T[t + TAU]! + (speed * (speed - leaderSpeed)) / T[t + IDM]!);
  return secureGap(speed, leaderSpeed, T[t + DECEL]!, leaderDecel, T[t + TAU]!);
}
