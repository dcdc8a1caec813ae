import type { f64, i32 } from '../units/numbers.ts';
import { beginSegment, leaveSegment } from './accounts.ts';
import { aim } from './aim.ts';
import { findFollower, findLeader, findParting, jamOn, keepBack } from './beside.ts';
import { TYPE } from './demand.ts';
import { safeGap } from './driver.ts';
import { hasSirens } from './emergency.ts';
import { letIn, negotiate } from './negotiate.ts';
import { COUNT, TOUCHED_AT_ONCE } from './scratch.ts';
import { accelOf, FLAG, SCALAR, SEGMENT, VEHICLE } from './state.ts';
import { applySwaps, noteSwap } from './swap.ts';
import { readsAhead, touchChanged, touchChanges } from './touch.ts';
import {
  CONGESTED_MPS,
  isFast,
  isInQueue,
  LOOK_EVERY_S as LOOK_S,
  SPARE as SPARE_PLACE,
  speedWish,
  WISH,
  wishFor,
} from './wishes.ts';
import { link, unlink, type World } from './world.ts';

const {
  pos: POS,
  speed: SPEED,
  behind: BEHIND,
  type: KIND,
  flags: FLAGS,
  adviceMps: ADVICE,
  choice: CHOICE,
  lookMps: LOOK,
  gainSum: GAIN_SUM,
  rightSum: RIGHT_SUM,
} = VEHICLE;
const { length: LENGTH, minGap: MIN_GAP, decel: DECEL, tau: TAU, gapShare: GAP_SHARE } = TYPE;
const { tail: TAIL, resting: RESTING } = SEGMENT;

const LOOK_EVERY_S = LOOK_S;
const CONGESTED = CONGESTED_MPS;
const { none: NONE, gain: GAIN, help: HELP } = WISH;

const { wantsLeft: WANTS_LEFT, wantsRight: WANTS_RIGHT, moveLeft: MOVE_LEFT, moveRight: MOVE_RIGHT } = FLAG;
const { stands: STANDS, presses: PRESSES } = FLAG;
const ASKED = MOVE_LEFT | MOVE_RIGHT;
const STEP = SCALAR.step;
/** What stays of `flags` after a change: all but what is wanted and asked. */
const SETTLED = ~(WANTS_LEFT | WANTS_RIGHT | MOVE_LEFT | MOVE_RIGHT | FLAG.goOn);
const NOBODY = Number.NEGATIVE_INFINITY;
const { changes: CHANGES, advised: ADVISED } = COUNT;
const SPARE = SPARE_PLACE;
const AT_ONCE = TOUCHED_AT_ONCE;

/** Gap (net of minimum gap) one needs behind another to change, with both speeds at the end of its reaction time. */
function neededGap(w: World, follower: i32, leader: i32): f64 {
  const { f64: F, i32: I } = w;
  const ft = I[(follower << 1) + KIND]!;
  const later = Math.max(0, F[ft + TAU]! - 1);
  const faster = F[follower + SPEED]! + later * Math.max(0, accelOf(I[(follower << 1) + FLAGS]!));
  const slower = Math.max(0, F[leader + SPEED]! + later * Math.min(0, accelOf(I[(leader << 1) + FLAGS]!)));
  return safeGap(w, ft, faster, slower, F[I[(leader << 1) + KIND]! + DECEL]!);
}

/** Looks at the lane on one side for a vehicle that wants it, and notes a change there when it is safe; true when it is. */
function tryChange(w: World, v: i32, lane: i32, index: i32, side: i32, wish: i32): boolean {
  const { i32: I } = w;
  const { out, passed, counts, firstBlocked, lastBlocked } = w.scratch;
  const to = lane + side;
  const near = passed[index + side]!;
  const leader = findLeader(w, v, to, near);
  const leaderGap = out[0]!;
  if (wish === GAIN && speedWish(w, v, lane, index, side, leader) === NONE) return false;
  const follower = findFollower(w, v, to, w.scratch.cursor[index + side]!);
  const followerGap = out[1]!;
  const share = w.f64[I[(v << 1) + KIND]! + GAP_SHARE]!;
  const leaderNeeds = leader >= 0 && leaderGap < share * neededGap(w, v, leader);
  const followerNeeds = follower >= 0 && followerGap < share * neededGap(w, follower, v);
  if (leaderNeeds || followerNeeds) {
    if (wish === GAIN) return false;
    lastBlocked[index + side] = v;
    if (firstBlocked[index + side]! < 0) firstBlocked[index + side] = v;
    if (wish === HELP) return false;
    I[(v << 1) + FLAGS] = I[(v << 1) + FLAGS]! | (side < 0 ? WANTS_RIGHT : WANTS_LEFT);
    if (noteSwap(w, v, leader, to) || noteSwap(w, v, follower, to)) return false;
    out[0] = leaderGap;
    out[1] = followerGap;
    negotiate(w, v, lane, side, leader, leaderNeeds, follower, followerNeeds);
    return false;
  }
  const spare = out[SPARE]!;
  const isTied = spare !== Number.POSITIVE_INFINITY;
  if (isTied && (jamOn(w, v, lane, index, spare) > spare || jamOn(w, v, to, index + side, spare) > spare)) return false;
  const parting = near < 0 ? findParting(w, v, to) : -1;
  if (parting >= 0 && out[0]! < share * neededGap(w, v, parting)) return false;
  const change = counts[CHANGES]!;
  counts[CHANGES] = change + 1;
  w.scratch.changer[change] = v;
  w.scratch.changeTo[change] = to;
  w.scratch.changeBehind[change] = near;
  settle(w, v);
  register(w, v, index + side);
  return true;
}

/** Whoever changes lanes starts afresh. */
function settle(w: World, v: i32): void {
  const { i32: I, f32: S } = w;
  S[(v << 1) + GAIN_SUM] = 0;
  S[(v << 1) + RIGHT_SUM] = 0;
  S[(v << 1) + LOOK] = 0;
  S[(v << 1) + ADVICE] = Number.POSITIVE_INFINITY;
  I[(v << 1) + FLAGS] = I[(v << 1) + FLAGS]! & SETTLED;
}

/** Passes one vehicle by: whoever comes later on that lane, or beside it, has it ahead. */
function register(w: World, v: i32, index: i32): void {
  const { passed, density } = w.scratch;
  const t = w.i32[(v << 1) + KIND]!;
  passed[index] = v;
  density[index] = density[index]! + w.f64[t + LENGTH]! + w.f64[t + MIN_GAP]!;
}

/** Front to back over all lanes of a road at once, as SUMO does, so that what is ahead has been decided. */
function changeOn(w: World, road: i32, looks: boolean): void {
  const { f64: F, i32: I } = w;
  const { head, mustChange } = w.state;
  const first = w.net.roadFirstLane[road]!;
  const lanes = w.net.roadLanes[road]!;
  const { cursor, front, passed, density, resting, firstBlocked, lastBlocked } = w.scratch;
  let isEmpty = true;
  for (let i = 0; i < lanes; i++) if (head[first + i]! >= 0) isEmpty = false;
  if (isEmpty) return;
  for (let i = 0; i < lanes; i++) {
    const v = head[first + i]!;
    cursor[i] = v;
    front[i] = v < 0 ? NOBODY : F[v + POS]!;
    passed[i] = -1;
    resting[i] = v < 0 ? -1 : I[((first + i) << 4) + RESTING]!;
    density[i] = 0;
    firstBlocked[i] = -1;
    lastBlocked[i] = -1;
  }
  const fast = isFast(w, first);
  let mustLook = 0;
  while (true) {
    let index = 0;
    let foremost = front[0]!;
    for (let i = 1; i < lanes; i++) {
      if (front[i]! > foremost) {
        index = i;
        foremost = front[i]!;
      }
    }
    if (foremost === NOBODY) break;
    const v = cursor[index]!;
    const next = I[(v << 1) + BEHIND]!;
    cursor[index] = next;
    front[index] = next < 0 ? NOBODY : F[next + POS]!;
    I[(v << 1) + FLAGS] = I[(v << 1) + FLAGS]! & ~(WANTS_LEFT | WANTS_RIGHT);
    const blocked = lastBlocked[index]!;
    if (blocked >= 0) {
      letIn(w, v, blocked);
      if (firstBlocked[index] !== blocked) letIn(w, v, firstBlocked[index]!);
    }
    const isOff = I[(v << 1) + CHOICE]! >> 2 !== 0;
    const rests = resting[index]! >= 0;
    if (resting[index] === v) resting[index] = -1;
    const isFree = fast && F[v + SPEED]! >= CONGESTED;
    if (isFree) mustLook |= PRESSES;
    const isActive = (looks && !rests) || isFree || (I[(v << 1) + FLAGS]! & PRESSES) !== 0;
    if ((!isActive && (I[(v << 1) + FLAGS]! & ASKED) === 0) || (I[(v << 1) + FLAGS]! & STANDS) !== 0) {
      mustLook |= I[(v << 1) + FLAGS]! & PRESSES;
      register(w, v, index);
      continue;
    }
    const lane = first + index;
    // Who is asked to make way out of its turn does that, and nothing for its own sake.
    const least = isActive ? NONE : GAIN;
    const own = passed[index]!;
    if (index > 0 && (isOff || !isInQueue(w, v, own, passed[index - 1]!))) {
      const wish = wishFor(w, v, lane, index, -1);
      if (wish > least && tryChange(w, v, lane, index, -1, wish)) continue;
    }
    if (index + 1 < lanes && (isOff || !isInQueue(w, v, own, passed[index + 1]!))) {
      const wish = wishFor(w, v, lane, index, 1);
      if (wish > least && tryChange(w, v, lane, index, 1, wish)) continue;
    }
    mustLook |= I[(v << 1) + FLAGS]! & PRESSES;
    register(w, v, index);
  }
  mustChange[road] = mustLook === 0 ? 0 : 1;
}

/** Second half of the fourth part: carries out what was noted on the roads that `w` looked at. */
export function applyChanges(w: World): void {
  const { counts, changer, changeTo, changeBehind } = w.scratch;
  const changes = counts[CHANGES]!;
  let ready = readsAhead(w) ? 0 : -1;
  for (let k = 0; k < changes; k++) {
    if (k === ready) {
      ready = k + AT_ONCE < changes ? k + AT_ONCE : changes;
      touchChanged(w, k, ready);
    }
    const v = changer[k]!;
    leaveSegment(w, v);
    unlink(w, v);
    link(w, v, changeTo[k]!, changeBehind[k]!);
    beginSegment(w, v);
    keepBack(w, v);
    aim(w, v);
  }
  applySwaps(w);
}

/** Last of the fourth part: tells vehicles what was asked of them from other roads. */
export function passAdvice(w: World): void {
  const { counts, advised, advisedSpeed } = w.scratch;
  const { f32: S } = w;
  const pieces = counts[ADVISED]!;
  for (let k = 0; k < pieces; k++) {
    const v = advised[k]!;
    S[(v << 1) + ADVICE] = Math.min(S[(v << 1) + ADVICE]!, advisedSpeed[k]!);
  }
}

/** True when everyone on a road rests: nobody changes lanes there. */
function isAtRest(w: World, road: i32): boolean {
  const { head } = w.state;
  const { i32: I } = w;
  const first = w.net.roadFirstLane[road]!;
  const end = first + w.net.roadLanes[road]!;
  for (let lane = first; lane < end; lane++) {
    if (head[lane]! >= 0 && I[(lane << 4) + TAIL] !== I[(lane << 4) + RESTING]) return false;
  }
  return true;
}

/** Fourth part of a step, for the places [from, to) of `multiRoads`: notes who changes, from where everyone came to be. */
export function noteChanges(w: World, from: i32, to: i32): void {
  const { multiRoads } = w.net;
  const { mustChange, scalars } = w.state;
  const step = scalars[STEP]! | 0;
  const sirens = hasSirens(w);
  let ready = readsAhead(w) ? from : -1;
  for (let r = from; r < to; r++) {
    if (r === ready) {
      ready = r + AT_ONCE < to ? r + AT_ONCE : to;
      touchChanges(w, r, ready, step, LOOK_EVERY_S);
    }
    const road = multiRoads[r]!;
    const looks = (r + step) % LOOK_EVERY_S === 0;
    if (mustChange[road] === 1 || sirens || (looks && !isAtRest(w, road))) changeOn(w, road, looks);
  }
}
