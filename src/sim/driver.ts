import { approachSpeed, idmSpeed, safeFollowSpeed, safeStopSpeed, secureGap } from './carfollowing.ts';
import type { World } from './world.ts';

/** Nearer than this to where it stops, a driver by IDM stands; SUMO's own bound, m. */
const AT_STOP_M = 0.01;
const EPS = 0.001;
/** Further away than anything matters, m (SUMO's IDM on an empty road). */
const FAR_M = 1e6;

/** Speed behind a leader whose back is `gap` metres ahead, net of the minimum gap, by the vehicle's own model. */
export function followSpeed(w: World, v: number, leader: number, gap: number): number {
  return followAt(w, v, leader, gap, w.vehicles.speed[leader]!);
}

/** The same if the leader drove `theirs` m/s. */
export function followAt(w: World, v: number, leader: number, gap: number, theirs: number): number {
  const { speed, type } = w.vehicles;
  const { decel, emergencyDecel, tau, idm } = w.types;
  const t = type[v << 1]!;
  if (idm[t]! > 0) return idmStep(w, v, speed[v]!, gap, theirs, w.types.minGap[t]!);
  const theirDecel = decel[type[leader << 1]!]!;
  return safeFollowSpeed(gap, speed[v]!, theirs, theirDecel, decel[t]!, emergencyDecel[t]!, tau[t]!);
}

/** Speed with which one can halt within `gap` metres, braking with `decel` where the model allows a choice. */
export function haltSpeed(w: World, v: number, gap: number, decel: number): number {
  if (w.types.idm[w.vehicles.type[v << 1]!]! > 0) return idmHaltSpeed(w, v, gap, decel);
  return safeStopSpeed(gap, decel, 1);
}

function idmHaltSpeed(w: World, v: number, gap: number, decel: number): number {
  if (gap < AT_STOP_M) return 0;
  const now = w.vehicles.speed[v]!;
  const next = idmStep(w, v, now, gap, 0, 0);
  return now < EPS && next < EPS ? safeStopSpeed(gap, decel, 1) : next;
}

/** Speed now for a limit of `target` m/s that begins after `distance` metres. */
export function freeSpeed(w: World, v: number, distance: number, target: number): number {
  const t = w.vehicles.type[v << 1]!;
  if (w.types.idm[t]! > 0) return idmFreeSpeed(w, v, t, distance, target);
  return approachSpeed(distance, target, w.types.decel[t]!);
}

/** Speed on an empty road, by IDM. */
export function cruiseSpeed(w: World, v: number): number {
  return idmStep(w, v, w.vehicles.speed[v]!, FAR_M, 0, 0);
}

function idmFreeSpeed(w: World, v: number, t: number, distance: number, target: number): number {
  const now = w.vehicles.speed[v]!;
  const needed = safeGap(w, t, target, 0, 0);
  const next =
    now <= target ? idmStep(w, v, now, FAR_M, target, 0) : idmStep(w, v, now, Math.max(distance, needed), 0, 0);
  return distance < needed ? Math.min(next, target) : next;
}

function idmStep(w: World, v: number, now: number, gap: number, leaderSpeed: number, minGap: number): number {
  return idmOn(w, v, w.vehicles.segment[v << 1]!, now, gap, leaderSpeed, minGap);
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
  const { accel, tau, maxSpeed, idm, idmDelta, idmSteps } = w.types;
  const t = w.vehicles.type[v << 1]!;
  const wanted = Math.min(maxSpeed[t]!, w.segments.limit[seg << 3]! * w.vehicles.factor[v]!);
  return idmSpeed(now, gap, leaderSpeed, wanted, accel[t]!, idm[t]!, tau[t]!, minGap, idmDelta[t]!, idmSteps[t]!);
}

/** Speed, `wanted` or less, with which one can enter a lane `gap` metres (net) behind a leader. */
export function entrySpeed(w: World, v: number, lane: number, wanted: number, leader: number, gap: number): number {
  const { speed, type } = w.vehicles;
  const { decel, tau, idm, minGap } = w.types;
  const t = type[v << 1]!;
  const theirs = speed[leader]!;
  if (idm[t]! === 0) {
    return Math.min(wanted, safeFollowSpeed(gap, 0, theirs, decel[type[leader << 1]!]!, decel[t]!, decel[t]!, tau[t]!));
  }
  let entry = wanted;
  while (gap < safeGap(w, t, entry, theirs, 0)) {
    const next = idmOn(w, v, lane, entry, gap, theirs, minGap[t]!);
    if (next - idmOn(w, v, lane, next, gap, theirs, minGap[t]!) < 1) return Math.min(wanted, next);
    entry = next;
  }
  return entry;
}

/** Speed, `wanted` or less, with which one can enter a lane and halt within `gap` metres. */
export function entryHaltSpeed(w: World, v: number, lane: number, wanted: number, gap: number): number {
  const t = w.vehicles.type[v << 1]!;
  const safe = w.types.idm[t]! > 0 ? idmOn(w, v, lane, wanted, gap, 0, 0) : safeStopSpeed(gap, w.types.decel[t]!, 1);
  return Math.min(wanted, safe);
}

/** Gap, net of the minimum gap, that a driver of type `t` needs behind a leader. */
export function safeGap(w: World, t: number, speed: number, leaderSpeed: number, leaderDecel: number): number {
  const { decel, tau, idm } = w.types;
  if (idm[t]! > 0) return Math.max(0, speed * tau[t]! + (speed * (speed - leaderSpeed)) / idm[t]!);
  return secureGap(speed, leaderSpeed, decel[t]!, leaderDecel, tau[t]!);
}
