import { brakeGap, safeStopSpeed } from './carfollowing.ts';
import { safeGap } from './driver.ts';
import { COUNT, type World } from './world.ts';

/** LC2013's constants: how soon before the lane's end, by how much an overtaker is faster, m/s, ... */
const URGENCY = 2;
const HELP_OVERTAKE_MPS = 10 / 3.6;
const CUT_IN_LEFT_MPS = 27;
const LONGEST_ON_RAMP_M = 200;
const FALL_BEHIND_MPS2 = 7 / 3.6;

/**
 * A strategic changer that found no gap fits its own speed to the leader (gap in out[0]) unless it can overtake in time, and
 * lets the follower (gap in out[1]) brake for it where that opens the gap, or overtake (LC2013's informLeader, informFollower).
 */
export function negotiate(
  w: World,
  v: number,
  lane: number,
  leader: number,
  leaderNeeds: boolean,
  follower: number,
  followerNeeds: boolean,
): void {
  const { pos, speed, type, routeAt, lookSpeed } = w.vehicles;
  const { length, minGap, decel: decels, tau } = w.types;
  const leaderGap = w.scratch.out[0]!;
  const t = type[v << 1]!;
  const now = speed[v]!;
  const decel = decels[t]!;
  const entry = w.choices.at[routeAt[v << 1]!]! + lane;
  const left = w.choices.reach[entry << 1]! - pos[v]!;
  const lanes = Math.abs(w.choices.offset[entry << 2]!);
  const remainingS = Math.max(1, left / Math.max(lookSpeed[v]!, 0.001) / lanes / URGENCY);
  const blockerM = leader >= 0 ? blockerLength(w, leader, lane, lane + Math.sign(w.choices.offset[entry << 2]!)) : 0;
  const untilStop = left - blockerM - minGap[t]!;
  if (blockerM > 0 && untilStop > 0) advise(w, v, v, safeStopSpeed(untilStop, decel, 1));
  let planned = Math.min(now, safeStopSpeed(left - blockerM, decel, 1));
  if (leaderNeeds && leader >= 0) {
    const lt = type[leader << 1]!;
    const overtakeM = leaderGap + length[lt]! + minGap[lt]! + length[t]! + minGap[t]!;
    const faster = planned - speed[leader]!;
    const room = left - blockerM - brakeGap(now, decel, tau[t]!);
    if (faster >= 0 && room >= overtakeM && faster * remainingS >= overtakeM) return;
    const leaderBrake = brakeGap(speed[leader]!, Math.max(decel, decels[lt]!), 0);
    const target = safeStopSpeed(leaderGap + leaderBrake, decel, tau[t]!);
    if (target < now) {
      const brake = Math.min(decel, Math.max(FALL_BEHIND_MPS2, (now - target) / remainingS));
      planned = Math.min(planned, Math.max(0, now - brake));
      advise(w, v, v, planned);
    } else {
      advise(w, v, v, target);
    }
  }
  if (followerNeeds && follower >= 0) askFollower(w, v, follower, planned, remainingS, left);
}

function askFollower(w: World, v: number, follower: number, planned: number, remainingS: number, left: number): void {
  const { speed, type, segment, routeAt } = w.vehicles;
  const { length, minGap, decel: decels, tau: taus } = w.types;
  const side = w.choices.offset[(w.choices.at[routeAt[v << 1]!]! + segment[v << 1]!) << 2]!;
  const t = type[v << 1]!;
  const decel = decels[t]!;
  const ft = type[follower << 1]!;
  const helpDecel = decels[ft]!;
  const tau = taus[ft]!;
  const theirs = speed[follower]!;
  const gap = w.scratch.out[1]!;
  if (planned - theirs >= HELP_OVERTAKE_MPS) {
    const needed = safeGap(w, ft, theirs, planned, decel);
    if ((needed - gap) / remainingS < planned - theirs) {
      advise(w, v, follower, planned - HELP_OVERTAKE_MPS);
      return;
    }
  }
  const slowed = Math.max(0, theirs - helpDecel);
  const openedGap = gap + planned - slowed;
  const needed = safeGap(w, ft, slowed, planned, decel);
  if (openedGap > 0 && openedGap >= needed) {
    const ownBrake = brakeGap(planned, Math.max(helpDecel, decel), 0);
    const first = Math.max(slowed, safeStopSpeed(gap + planned + ownBrake, helpDecel, tau));
    advise(w, v, follower, Math.max(slowed, safeStopSpeed(gap + planned - first + ownBrake, helpDecel, tau)));
  } else if ((planned - theirs) * remainingS > needed - openedGap) {
    advise(w, v, follower, slowed);
  } else {
    // The follower is to overtake: let it; those after it should be slow enough to help.
    const now = speed[v]!;
    const slows = theirs > now && (side < 0 || planned > CUT_IN_LEFT_MPS || left > LONGEST_ON_RAMP_M);
    const help = Math.max(slows ? slowed : theirs, now + HELP_OVERTAKE_MPS);
    if (slows) advise(w, v, follower, help);
    const passM = gap + length[t]! + length[ft]! + minGap[ft]!;
    advise(w, v, v, Math.max(help - passM / remainingS, now - decel));
  }
}

/** Asks `who` to drive no faster; one on another road than the asker learns of it when the phase is over. */
function advise(w: World, asker: number, who: number, bound: number): void {
  const { advice, segment } = w.vehicles;
  const { advised, advisedSpeed, counts } = w.scratch;
  const L = w.net.lanes;
  const speed = Math.max(0, bound);
  const theirs = segment[who << 1]!;
  if (theirs < L && w.net.laneRoad[theirs] === w.net.laneRoad[segment[asker << 1]!]) {
    advice[who] = Math.min(advice[who]!, speed);
    return;
  }
  const piece = counts[COUNT.advised]!;
  counts[COUNT.advised] = piece + 1;
  advised[piece] = who;
  advisedSpeed[piece] = speed;
}

/** Length of a leader on the wanted lane `to` that itself needs this one: room to leave for it at the lane's end. */
function blockerLength(w: World, leader: number, lane: number, to: number): number {
  const { segment, routeAt, type } = w.vehicles;
  const theirs = segment[leader << 1]!;
  if (theirs >= w.net.lanes || w.net.laneRoad[theirs] !== w.net.laneRoad[lane]) return 0;
  const wants = (lane - to) * w.choices.offset[(w.choices.at[routeAt[leader << 1]!]! + to) << 2]! > 0;
  return wants ? w.types.length[type[leader << 1]!]! : 0;
}
