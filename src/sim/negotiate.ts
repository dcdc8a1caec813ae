import type { f64, i32 } from '../units/numbers.ts';
import { haltedOf, lookOf } from './accounts.ts';
import { brakeGap, safeStopSpeed } from './carfollowing.ts';
import { TYPE } from './demand.ts';
import { followAt, safeGap } from './driver.ts';
import { COUNT } from './scratch.ts';
import { accelOf, FLAG, SEGMENT, VEHICLE } from './state.ts';
import { CONGESTED_MPS } from './wishes.ts';
import type { World } from './world.ts';

const {
  pos: POS,
  speed: SPEED,
  segment: ON,
  type: KIND,
  flags: FLAGS,
  adviceMps: ADVICE,
  choice: CHOICE,
  reach: REACH,
} = VEHICLE;
const { length: LENGTH, minGap: MIN_GAP, accel: ACCEL, decel: DECEL, tau: TAU } = TYPE;
const { end: END_M, road: ROAD, laneIndex: LANE_INDEX } = SEGMENT;

/** LC2013's constants: how soon before the lane's end, by how much an overtaker is faster, m/s, ... */
const URGENCY = 2;
const HELP_OVERTAKE_MPS = 10 / 3.6;
const CUT_IN_LEFT_MPS = 27;
const LONGEST_ON_RAMP_M = 200;
const FALL_BEHIND_MPS2 = 7 / 3.6;
/** Room kept for changers that are not seen yet when two or more lanes are to be crossed to the right or left, m. */
const UNSEEN_RIGHT_M = 20;
const UNSEEN_LEFT_M = 40;
const POSITION_EPS = 0.1;
const CONGESTED = CONGESTED_MPS;
/** Whoever stood longer than any red lasts is not waited for beside: one drives on as far as the own lane goes, s. */
const STUCK_S = 200;

const {
  goOn: GO_ON,
  moveLeft: MOVE_LEFT,
  moveRight: MOVE_RIGHT,
  wantsLeft: WANTS_LEFT,
  wantsRight: WANTS_RIGHT,
} = FLAG;
const { advised: ADVISED } = COUNT;

/**
 * A strategic changer to `side` (+1 left, -1 right) that found no gap fits its own speed to the leader (gap in out[0]) unless it
 * can overtake in time, and lets the follower (gap in out[1]) brake for it where that opens the gap, or overtake (LC2013's
 * informLeader and informFollower).
 */
export function negotiate(
  w: World,
  v: i32,
  lane: i32,
  side: i32,
  leader: i32,
  leaderNeeds: boolean,
  follower: i32,
  followerNeeds: boolean,
): void {
  const { f64: F, i32: I, f32: S } = w;
  const leaderGap = w.scratch.out[0]!;
  const t = I[(v << 1) + KIND]!;
  const now = F[v + SPEED]!;
  const decel = F[t + DECEL]!;
  const left = S[(v << 1) + REACH]! - F[v + POS]!;
  const lanes = Math.max(1, Math.abs(I[(v << 1) + CHOICE]! >> 2));
  const remainingS = Math.max(1, left / Math.max(lookOf(w, v), 0.001) / lanes / URGENCY);
  const blockerM = roomForBlockers(w, v, lane, side, leader, left, lanes);
  let planned = Math.min(now, safeStopSpeed(left - blockerM, decel, 1));
  if (S[(v << 1) + ADVICE]! >= now - decel) planned = Math.min(planned, S[(v << 1) + ADVICE]!);
  const untilStop = left - blockerM - 1 - F[t + MIN_GAP]!;
  if (blockerM > 0 && untilStop > 0)
    S[(v << 1) + ADVICE] = Math.min(S[(v << 1) + ADVICE]!, safeStopSpeed(untilStop, decel, 1));
  if (leader >= 0) {
    const theirs = F[leader + SPEED]!;
    if (leaderNeeds) {
      const faster = planned - theirs;
      const overtakeM = overtakeDistance(w, v, leader, leaderGap, now, theirs);
      const room = left - blockerM - brakeGap(now, decel, F[t + TAU]!);
      if (faster > 0 && room >= overtakeM && overtakeM <= faster * remainingS) {
        ask(w, v, leader, GO_ON, theirs);
        return;
      }
      ask(w, v, leader, GO_ON, Number.POSITIVE_INFINITY);
    }
    // What follows the leader when it brakes a little more than it does.
    const slower = theirs - Math.max(1, -accelOf(I[(leader << 1) + FLAGS]!));
    const behind = driveBehind(w, v, leader, leaderGap + slower - planned, Math.max(0, slower));
    const target = Math.max(0, now - decel, behind);
    if (leaderNeeds && haltedOf(w, leader) >= STUCK_S) {
      planned = Math.min(planned, target);
    } else if (leaderNeeds && target < now) {
      const brake = Math.min(decel, Math.max(FALL_BEHIND_MPS2, (now - target) / remainingS));
      planned = Math.min(planned, Math.max(0, now - brake));
      advise(w, v, v, planned);
    } else {
      if (!leaderNeeds) planned = Math.min(planned, target);
      advise(w, v, v, target);
    }
  }
  if (follower < 0) return;
  if (followerNeeds) askFollower(w, v, side, follower, planned, remainingS);
  else if (leaderNeeds) ask(w, v, follower, 0, driveLater(w, follower, v, w.scratch.out[1]! + planned, planned));
}

/** Metres to leave at the lane's end for those who have to come the other way. */
function roomForBlockers(w: World, v: i32, lane: i32, side: i32, leader: i32, left: f64, lanes: f64): f64 {
  let room: f64 = 0;
  if (lanes > 1) room = side < 0 ? UNSEEN_RIGHT_M : UNSEEN_LEFT_M;
  if (leader >= 0) room = Math.max(room, blockerLength(w, v, leader, side, left));
  const first = w.scratch.firstBlocked[w.i32[(lane << 4) + LANE_INDEX]!]!;
  if (first >= 0 && first !== leader) room = Math.max(room, blockerLength(w, v, first, side, left));
  return room;
}

/** Length of a vehicle that has to come here from where `v` wants to go, when there is room for it. */
function blockerLength(w: World, v: i32, blocker: i32, side: i32, left: f64): f64 {
  const { f64: F, i32: I } = w;
  if ((I[(blocker << 1) + FLAGS]! & (side > 0 ? WANTS_RIGHT : WANTS_LEFT)) === 0 || !isOnSameRoad(w, v, blocker))
    return 0;
  const bt = I[(blocker << 1) + KIND]!;
  const length = w.f64[bt + LENGTH]! + w.f64[bt + MIN_GAP]!;
  return length <= left - brakeGap(F[v + SPEED]!, w.f64[I[(v << 1) + KIND]! + DECEL]!, 0) ? length : 0;
}

/** Next speed that is safe `gap` metres behind a leader at `theirs` m/s. */
function driveBehind(w: World, v: i32, leader: i32, gap: f64, theirs: f64): f64 {
  const fastest = w.f64[v + SPEED]! + w.f64[w.i32[(v << 1) + KIND]! + ACCEL]!;
  return Math.min(fastest, followAt(w, v, leader, gap, theirs));
}

/** Next speed at which `follower` stays behind `v`; `gap` is what there would be if it halted at once. */
function driveLater(w: World, follower: i32, v: i32, gap: f64, planned: f64): f64 {
  const first = driveBehind(w, follower, v, gap, planned);
  return driveBehind(w, follower, v, gap - first, planned);
}

/** Metres that `v` has to gain on a leader `gap` ahead until it can change in front of it. */
function overtakeDistance(w: World, v: i32, leader: i32, gap: f64, speed: f64, theirs: f64): f64 {
  const { f64: F } = w;
  const t = w.i32[(v << 1) + KIND]!;
  const lt = w.i32[(leader << 1) + KIND]!;
  const secure = safeGap(w, lt, theirs, speed, F[t + DECEL]!);
  return Math.max(0, gap + F[lt + LENGTH]! + F[lt + MIN_GAP]! + F[t + LENGTH]! + secure);
}

function askFollower(w: World, v: i32, side: i32, follower: i32, planned: f64, remainingS: f64): void {
  const { f64: F, i32: I } = w;
  const decel = F[I[(v << 1) + KIND]! + DECEL]!;
  const ft = I[(follower << 1) + KIND]!;
  const helpDecel = F[ft + DECEL]!;
  const now = F[v + SPEED]!;
  const theirs = F[follower + SPEED]!;
  const gap = w.scratch.out[1]!;
  const makeWay = side < 0 ? MOVE_RIGHT : MOVE_LEFT;
  if (planned - theirs >= HELP_OVERTAKE_MPS) {
    const needed = safeGap(w, ft, theirs, planned, decel);
    if ((needed - gap) / remainingS < planned - theirs) {
      ask(w, v, follower, makeWay, planned - HELP_OVERTAKE_MPS);
      return;
    }
  }
  const slowed = Math.max(0, theirs - helpDecel);
  const faster = planned - slowed;
  const openedGap = gap + faster;
  const needed = safeGap(w, ft, slowed, planned, decel);
  if (openedGap > 0 && openedGap >= needed) {
    ask(w, v, follower, makeWay, Math.max(slowed, driveLater(w, follower, v, gap + planned, planned)));
  } else if (faster > 0 && faster * remainingS > needed - openedGap + POSITION_EPS) {
    ask(w, v, follower, makeWay, slowed);
  } else if (side < 0 && theirs >= CONGESTED) {
    ask(w, v, follower, makeWay, Math.max(slowed, HELP_OVERTAKE_MPS));
  } else {
    // The follower is to overtake; those after it should be slow enough to help.
    const isLong = w.f64[(I[(v << 1) + ON]! << 3) + END_M]! > LONGEST_ON_RAMP_M;
    const slows = theirs > now && (side < 0 || planned > CUT_IN_LEFT_MPS || isLong);
    const help = Math.max(slows ? slowed : theirs, now + HELP_OVERTAKE_MPS);
    ask(w, v, follower, makeWay, help);
    if (slows && (theirs - now) / helpDecel < remainingS) return;
    const passM = overtakeDistance(w, follower, v, gap, help, planned);
    advise(w, v, v, Math.max(help - passM / remainingS, now - decel));
  }
}

/** Asks a neighbour for a speed of at most `bound` and, on the same road, for what `what` says. */
function ask(w: World, v: i32, neighbour: i32, what: i32, bound: f64): void {
  const { i32: I } = w;
  if (isOnSameRoad(w, v, neighbour)) I[(neighbour << 1) + FLAGS] = I[(neighbour << 1) + FLAGS]! | what;
  advise(w, v, neighbour, bound);
}

function isOnSameRoad(w: World, v: i32, other: i32): boolean {
  const { i32: I } = w;
  const theirs = I[(other << 1) + ON]!;
  return theirs < w.net.lanes && I[(theirs << 4) + ROAD] === I[(I[(v << 1) + ON]! << 4) + ROAD];
}

/**
 * Bounds the next speed, unless that took more than comfortable braking (LC2013 ignores such advice); one on another road than
 * the asker learns of it when the phase is over.
 */
function advise(w: World, asker: i32, who: i32, bound: f64): void {
  const { f64: F, i32: I, f32: S } = w;
  const { advised, advisedSpeed, counts } = w.scratch;
  if (
    bound === Number.POSITIVE_INFINITY ||
    bound < Math.max(0, F[who + SPEED]! - w.f64[I[(who << 1) + KIND]! + DECEL]!)
  )
    return;
  if (isOnSameRoad(w, asker, who)) {
    S[(who << 1) + ADVICE] = Math.min(S[(who << 1) + ADVICE]!, bound);
    return;
  }
  const piece = counts[ADVISED]!;
  counts[ADVISED] = piece + 1;
  advised[piece] = who;
  advisedSpeed[piece] = bound;
}

/** One that slowly drives up to somebody who has to come over leaves room for it (LC2013's slowDownForBlocked). */
export function letIn(w: World, v: i32, blocked: i32): void {
  const { f64: F, i32: I } = w;
  const t = I[(v << 1) + KIND]!;
  if (F[v + SPEED]! >= w.f64[t + DECEL]!) return;
  const gap = F[blocked + POS]! - w.f64[I[(blocked << 1) + KIND]! + LENGTH]! - F[v + POS]! - w.f64[t + MIN_GAP]!;
  if (gap > POSITION_EPS) advise(w, v, v, driveBehind(w, v, blocked, gap - POSITION_EPS, F[blocked + SPEED]!));
}
