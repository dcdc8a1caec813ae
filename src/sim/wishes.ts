import type { f64, i32 } from '../units/numbers.ts';
import { lookOf } from './accounts.ts';
import { NO_LANE } from './aim.ts';
import { findLeader, jamOn } from './beside.ts';
import { brakeGap, safeStopSpeed } from './carfollowing.ts';
import { TYPE } from './demand.ts';
import { followSpeed, safeGap, wantedOn } from './driver.ts';
import { hasSirens, hearsSiren, keepsLane } from './emergency.ts';
import { BESIDE } from './network.ts';
import { accelOf, FLAG, HALTING, SEGMENT, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const {
  pos: POS,
  speed: SPEED,
  type: KIND,
  flags: FLAGS,
  choice: CHOICE,
  reach: REACH,
  reachLeft: REACH_LEFT,
  reachRight: REACH_RIGHT,
  adviceMps: ADVICE,
  gainSum: GAIN_SUM,
  rightSum: RIGHT_SUM,
} = VEHICLE;
const {
  length: LENGTH,
  minGap: MIN_GAP,
  accel: ACCEL,
  decel: DECEL,
  tau: TAU,
  strategic: STRATEGIC,
  cooperative: COOPERATIVE,
  speedGain: SPEED_GAIN,
  keepRight: KEEP_RIGHT,
} = TYPE;
const { end: END_M, limit: LIMIT } = SEGMENT;

/**
 * Lane changes after SUMO's LC2013 (J. Erdmann, "Lane-Changing Model in SUMO", 2014) with its default parameters:
 * strategic (the route needs another lane), co-operative (to make way for somebody), speed gain, keep right; blocked strategic
 * changers adapt their speed and ask followers on the wanted lane to open a gap. A change takes no time.
 */
const LOOK_FORWARD_S = 10;
const LOOK_LEFT = 2;
const GAIN_LEFT = 0.2;
const GAIN_RIGHT = 2;
const GAIN_MIN_SPEED = 10;
const GAIN_MIN_S = 20;
const SLOWER_MPS = 5 / 3.6;
/** Nobody leaves the best lane for one that leads elsewhere when no more than this is left of it, m. */
const TURN_LANE_M = 200;
const KEEP_RIGHT_S = 5;
const KEEP_RIGHT_ACCEPT_S = 7;
/** From this speed on, and where it is allowed, nobody passes on the right, m/s; slower traffic counts as congested. */
export const CONGESTED_MPS = 60 / 3.6;
const CONGESTED = CONGESTED_MPS;
/** A limit of 60 km/h is 16.67 m/s in files. */
const LIMIT_EPS = 0.01;
/** One who must not pass on the right falls back by this much where it cannot just follow, m/s. */
const FALL_BACK_MPS = 10 / 3.6;
/** ... and wants to the left this long before it has to brake, s. */
const AVOID_AHEAD_S = 8;
/** Above this limit nobody leaves the best lane to the right, where it may be an acceleration lane, m/s. */
const HIGHWAY_MPS = 80 / 3.6;

/**
 * One looks for a faster lane every third second, all of a road at once and the roads in turn, and counts what that shows three times
 * (SUMO's actionStepLength, for this alone); every second once the route will need another lane within the next three (FLAG.presses).
 * See decision 004.
 */
export const LOOK_EVERY_S = 3;

const GAP_EPS_M = 0.01;
/** Look-ahead of those who never change for their route's sake, m. */
const NEVER_M = -1000;

/** What is wanted of a lane: nothing, to be there if that pays, to make way there, to be there for the route's sake. */
export const WISH = { none: 0, gain: 1, help: 2, urgent: 3 } as const;
const { none: NONE, gain: GAIN, help: HELP, urgent: URGENT } = WISH;

const NONE_BESIDE = NO_LANE;
const { moveLeft: MOVE_LEFT, moveRight: MOVE_RIGHT, presses: PRESSES } = FLAG;
const { rightLeadsOn: RIGHT_LEADS_ON, leftLeadsOn: LEFT_LEADS_ON } = BESIDE;
const HALTED = HALTING;
/** Place in `scratch.out` of what `wishFor` leaves there. */
export const SPARE = 4;
/** ... and what keeps one from passing on the right: a speed, or Infinity, and 1 when one has to be on the left lane soon. */
const BEHIND = 6;
const AVOIDS = 7;

/** Gap from which on a leader does not keep one from driving `speed`, m (no less than Krauss' exact one). */
function farGap(speed: f64, decel: f64, tau: f64): f64 {
  return speed * (tau + speed / (2 * decel)) + GAP_EPS_M;
}

/**
 * Speed a driver expects on a lane behind `leader` (or -1) with `left` metres to the end of the way on it; no more than
 * the next second brings while a leader still accelerates, since how fast it will be is not known then.
 */
function expectedSpeed(w: World, v: i32, leader: i32, gap: f64, left: f64, fastest: f64): f64 {
  const { f64: F, i32: I } = w;
  const t = I[(v << 1) + KIND]!;
  const own = F[t + DECEL]!;
  const room = Math.max(0, leader < 0 ? left : gap);
  if (room >= farGap(fastest, own, F[t + TAU]!)) return fastest;
  const leaderBrake =
    leader < 0 ? 0 : brakeGap(F[leader + SPEED]!, Math.max(own, F[I[(leader << 1) + KIND]! + DECEL]!), 0);
  return Math.min(fastest, safeStopSpeed(room + leaderBrake, own, F[t + TAU]!));
}

/** True when the leader on the own lane (or the end of the way on it) is too far to matter. */
function isUnhindered(w: World, v: i32, lane: i32, own: i32, limit: f64, left: f64): boolean {
  const { f64: F, i32: I } = w;
  const { longest } = w.types;
  const t = I[(v << 1) + KIND]!;
  const far = farGap(limit, F[t + DECEL]!, F[t + TAU]!);
  if (own >= 0) return F[own + POS]! - F[I[(own << 1) + KIND]! + LENGTH]! - F[v + POS]! - F[t + MIN_GAP]! >= far;
  return left >= far && w.f64[(lane << 3) + END_M]! - longest - F[v + POS]! - F[t + MIN_GAP]! >= far;
}

/** True when the vehicle, its leader and one beside it, into which it cannot change, all stand: nothing changes then. */
export function isInQueue(w: World, v: i32, own: i32, near: i32): boolean {
  const { f64: F, i32: I } = w;
  if (own < 0 || near < 0 || F[v + SPEED]! >= HALTED || F[own + SPEED]! >= HALTED || F[near + SPEED]! >= HALTED)
    return false;
  return F[near + POS]! - w.f64[I[(near << 1) + KIND]! + LENGTH]! < F[v + POS]!;
}

/** True on a lane where passing on the right is forbidden to those faster than in congestion. */
export function isFast(w: World, lane: i32): boolean {
  return w.f64[(lane << 3) + LIMIT]! > CONGESTED - LIMIT_EPS;
}

function mayNotPassRight(w: World, v: i32, lane: i32): boolean {
  return w.f64[v + SPEED]! >= CONGESTED && isFast(w, lane);
}

/** Nobody passes a slower one on the lane to the left, but stays behind and wants to be there (LC2013's noOvertakeRight); left in out. */
function stayBehind(w: World, v: i32, lane: i32, index: i32): void {
  const { f64: F, i32: I, f32: S } = w;
  const { passed, out } = w.scratch;
  out[BEHIND] = Number.POSITIVE_INFINITY;
  out[AVOIDS] = 0;
  if (!mayNotPassRight(w, v, lane)) return;
  const other = findLeader(w, v, lane + 1, passed[index + 1]!);
  if (other < 0) return;
  const gap = out[0]!;
  const t = I[(v << 1) + KIND]!;
  const now = F[v + SPEED]!;
  const theirs = F[other + SPEED]!;
  const limit = wantedOn(w, v, lane);
  const theirLimit = wantedOn(w, other, lane + 1);
  const faster = Math.max(limit - theirLimit, now - theirs);
  if (faster <= 0) return;
  const hardest = Math.max(0, now - F[t + DECEL]!);
  let safe = followSpeed(w, v, other, gap);
  if (safe < hardest) safe = Math.max(hardest, theirs - FALL_BACK_MPS);
  if (S[(v << 1) + GAIN_SUM]! < GAIN_LEFT / F[t + SPEED_GAIN]!) safe = Math.max(safe, theirs);
  out[BEHIND] = safe;
  S[(v << 1) + ADVICE] = Math.min(S[(v << 1) + ADVICE]!, safe);
  if (followSpeed(w, v, other, gap - AVOID_AHEAD_S * faster) >= safe) return;
  S[(v << 1) + GAIN_SUM] = S[(v << 1) + GAIN_SUM]! + faster / Math.max(limit, GAIN_MIN_SPEED);
  out[AVOIDS] = 1;
}

/**
 * What the vehicle wants of the lane `side` (+1 left, -1 right): URGENT when its route needs it, NONE when the route forbids it
 * or there is nothing to gain, HELP when somebody asked for it, GAIN when it may bring something. The metres that it can spare for
 * queues on its way, should it change, are left in out[SPARE].
 */
export function wishFor(w: World, v: i32, lane: i32, index: i32, side: i32): i32 {
  const { f64: F, i32: I, f32: S } = w;
  const { passed, out } = w.scratch;
  const t = I[(v << 1) + KIND]!;
  const otherReach = side < 0 ? S[(v << 1) + REACH_RIGHT]! : S[(v << 1) + REACH_LEFT]!;
  if (otherReach === NONE_BESIDE) return NONE;
  out[SPARE] = Number.POSITIVE_INFINITY;
  const sirens = hasSirens(w);
  if (sirens && keepsLane(w, v, lane)) return NONE;
  const offset = I[(v << 1) + CHOICE]! >> 2;
  const otherIsBest = (I[(v << 1) + CHOICE]! & (side < 0 ? 1 : 2)) !== 0;
  const reach = S[(v << 1) + REACH]!;
  const at = F[v + POS]!;
  const eager = F[t + STRATEGIC]!;
  const aheadS = eager * (side < 0 ? LOOK_FORWARD_S : LOOK_FORWARD_S * LOOK_LEFT);
  const look = eager < 0 ? NEVER_M : lookOf(w, v) * aheadS + 2 * (F[t + LENGTH]! + F[t + MIN_GAP]!);
  const away = Math.abs(offset);
  const isTowardsBest = offset * side > 0;
  // Between two lanes that are both best, either way leads to a best one.
  const isFree = isTowardsBest || (offset === 0 && otherIsBest);
  let spare: f64 = 0;
  if (isTowardsBest) {
    spare = reach - at - look * away;
    const soon = spare - LOOK_EVERY_S * F[v + SPEED]!;
    const jam = spare < 0 ? 0 : jamOn(w, v, lane + offset, index + offset, spare);
    if (soon < jam) I[(v << 1) + FLAGS] = I[(v << 1) + FLAGS]! | PRESSES;
    else I[(v << 1) + FLAGS] = I[(v << 1) + FLAGS]! & ~PRESSES;
    if (spare < jam) return URGENT;
  }
  if (side > 0) stayBehind(w, v, lane, index);
  if (!isTowardsBest && !isFree) {
    spare = otherReach - at - look * (away + 2);
    if (spare < 0) return NONE;
    const leadsElsewhere = (w.net.beside[lane]! & (side < 0 ? RIGHT_LEADS_ON : LEFT_LEADS_ON)) !== 0;
    if (offset === 0 && leadsElsewhere && otherReach < TURN_LANE_M) return NONE;
    if (side < 0 && offset === 0 && F[(lane << 3) + LIMIT]! > HIGHWAY_MPS && lookOf(w, v) > HALTED) return NONE;
  }
  if (sirens) {
    if (hearsSiren(w, v, lane + side)) return NONE;
    if (hearsSiren(w, v, lane)) return HELP;
  }
  const own = passed[index]!;
  if (offset !== 0 && isInQueue(w, v, own, passed[index + side]!)) return NONE;
  const isAsked = (I[(v << 1) + FLAGS]! & (side < 0 ? MOVE_RIGHT : MOVE_LEFT)) !== 0 && F[t + COOPERATIVE]! > 0;
  if (!isAsked && side > 0 && S[(v << 1) + GAIN_SUM]! <= 0 && out[BEHIND] === Number.POSITIVE_INFINITY) {
    const limit = wantedOn(w, v, lane);
    if (F[((lane + 1) << 3) + LIMIT]! <= F[(lane << 3) + LIMIT]! && isUnhindered(w, v, lane, own, limit, reach))
      return NONE;
  }
  if (!isFree) out[SPARE] = spare;
  return isAsked && (isFree || otherReach > look * (away + 1)) ? HELP : GAIN;
}

/** What `v` gains from the lane `side` of its own behind `other`: GAIN or NONE. */
export function speedWish(w: World, v: i32, lane: i32, index: i32, side: i32, other: i32): i32 {
  const { f64: F, i32: I, f32: S } = w;
  const { out, passed } = w.scratch;
  const otherGap = out[0]!;
  const t = I[(v << 1) + KIND]!;
  const reach = S[(v << 1) + REACH]!;
  const otherReach = side < 0 ? S[(v << 1) + REACH_RIGHT]! : S[(v << 1) + REACH_LEFT]!;
  const now = F[v + SPEED]!;
  const limit = wantedOn(w, v, lane);
  const otherLimit = wantedOn(w, v, lane + side);
  const own = findLeader(w, v, lane, passed[index]!);
  const isAccelerating =
    (own >= 0 && accelOf(I[(own << 1) + FLAGS]!) > 0) || (other >= 0 && accelOf(I[(other << 1) + FLAGS]!) > 0);
  const reachable = isAccelerating ? now + F[t + ACCEL]! : Number.POSITIVE_INFINITY;
  const ownGap = out[0]!;
  const expected = expectedSpeed(w, v, own, ownGap, reach, Math.min(limit, reachable));
  const here = side > 0 ? Math.min(expected, out[BEHIND]!) : expected;
  const there = expectedSpeed(w, v, other, otherGap, otherReach, Math.min(otherLimit, reachable));
  const relative = (there - here) / Math.max(there, GAIN_MIN_SPEED);
  const lasting = otherReach / Math.max(0.1, now) > GAIN_MIN_S;
  const gain = S[(v << 1) + GAIN_SUM]!;
  const willing = w.f64[t + SPEED_GAIN]!;
  const isCalm = (I[(v << 1) + FLAGS]! & PRESSES) === 0 && !mayNotPassRight(w, v, lane);
  const forS = isCalm ? LOOK_EVERY_S : 1;
  if (side < 0) {
    if (here - SLOWER_MPS > there) {
      if (gain < 0) S[(v << 1) + GAIN_SUM] = gain * (isCalm ? 0.125 : 0.5);
    } else {
      if (gain < 0 || relative > 0) S[(v << 1) + GAIN_SUM] = gain - relative * forS;
      if (keepsRight(w, v, lane, limit, otherReach, other, otherGap, own, ownGap, forS)) return GAIN;
    }
    if (S[(v << 1) + GAIN_SUM]! < -GAIN_RIGHT / willing && lasting) return GAIN;
  } else {
    if (here >= there) {
      const kept = here > there ? 0.5 : 0.8;
      if (gain > 0) S[(v << 1) + GAIN_SUM] = gain * (isCalm ? kept * kept * kept : kept);
    } else {
      S[(v << 1) + GAIN_SUM] = gain + relative * forS;
    }
    const pays = relative > 0.001 || out[AVOIDS] === 1;
    if (S[(v << 1) + GAIN_SUM]! > GAIN_LEFT / willing && pays && lasting) return GAIN;
  }
  // Towards the lane the route needs, when that costs no speed.
  const isWanted = (I[(v << 1) + CHOICE]! >> 2) * side > 0 && w.f64[t + STRATEGIC]! >= 0;
  return isWanted && relative >= 0 && S[(v << 1) + GAIN_SUM]! * side > 0 ? GAIN : NONE;
}

/** True when the way on the lane to the right has been free enough for long enough. */
function keepsRight(
  w: World,
  v: i32,
  lane: i32,
  limit: f64,
  otherReach: f64,
  other: i32,
  otherGap: f64,
  own: i32,
  ownGap: f64,
  forS: f64,
): boolean {
  const { f64: F, i32: I, f32: S } = w;
  const t = I[(v << 1) + KIND]!;
  const accept = KEEP_RIGHT_ACCEPT_S * Math.max(1, F[v + SPEED]!) * (limit / w.f64[(lane << 3) + LIMIT]!);
  let gap = Math.max(0, otherReach - brakeGap(limit, F[t + DECEL]!, F[t + TAU]!));
  let seconds = Math.min(accept, gap / limit);
  if (other >= 0 && F[other + SPEED]! < limit) {
    const need = safeGap(w, t, limit, F[other + SPEED]!, F[I[(other << 1) + KIND]! + DECEL]!);
    gap = Math.max(0, Math.min(gap, otherGap - need));
    seconds = Math.min(seconds, gap / (limit - F[other + SPEED]!));
  }
  if (own >= 0 && mayNotPassRight(w, v, lane)) {
    // Who may not pass a slow leader on the right stays where it is.
    const theirLimit = wantedOn(w, own, lane);
    if (theirLimit < limit) {
      gap = Math.min(gap, ownGap);
      seconds = Math.min(seconds, gap / (limit - F[own + SPEED]!));
      S[(v << 1) + GAIN_SUM] =
        S[(v << 1) + GAIN_SUM]! + (forS * (limit - theirLimit)) / Math.max(limit, GAIN_MIN_SPEED);
    }
  }
  S[(v << 1) + RIGHT_SUM] = S[(v << 1) + RIGHT_SUM]! - (forS * GAIN_RIGHT * seconds) / accept / KEEP_RIGHT_S;
  return S[(v << 1) + RIGHT_SUM]! * w.f64[t + KEEP_RIGHT]! < -GAIN_RIGHT;
}
