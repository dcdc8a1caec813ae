import type { f64, i32 } from '../units/numbers.ts';
import { account, beginSegment, leaveSegment, lossOf, remember, waitedOf } from './accounts.ts';
import { aim } from './aim.ts';
import { TYPE } from './demand.ts';
import { removeSiren } from './emergency.ts';
import { EVENT, note } from './events.ts';
import { END } from './lanes.ts';
import { CONTROL } from './network.ts';
import { COUNT, MAY_LEAVE } from './scratch.ts';
import { FLAG, packAccel, SCALAR, SEGMENT, VEHICLE } from './state.ts';
import { endFlag, isInBay, park, serveStop } from './stops.ts';
import { endOf } from './ways.ts';
import { link, unlink, type World } from './world.ts';

const {
  pos: POS,
  speed: SPEED,
  segment: ON,
  ahead: AHEAD,
  behind: BEHIND,
  type: KIND,
  routeAt: ROUTE_AT,
  trip: TRIP,
  flags: FLAGS,
  via: VIA,
  roadFromM: ROAD_FROM,
  roadSince: ROAD_SINCE,
  entered: ENTERED,
  cameBy: CAME_BY,
  stops: STOPS,
} = VEHICLE;
const { length: LENGTH, maxSpeed: MAX_SPEED, blueLight: BLUE_LIGHT } = TYPE;
const { end: END_M, limit: LIMIT, waitAt: WAIT_AT, tail: TAIL, toLane: TO_LANE, lapped: LAPPED } = SEGMENT;

/** A trip ends this close to its arrival place (SUMO's POSITION_EPS), m. */
const ARRIVE_M = 0.1;

const { lastRoad: LAST_ROAD, halts: HALTS, held: HELD } = FLAG;
const NEAR = MAY_LEAVE;
const WANTS = FLAG.wantsLeft | FLAG.wantsRight;
/** What a step does not change of the flags. */
const KEPT = FLAG.lastRoad | FLAG.halts | FLAG.stands | WANTS | FLAG.presses | FLAG.starts;
const { order: ORDER, leaving: LEAVING, leavingLanes: OF_LANES } = COUNT;

function isThere(w: World, v: i32): boolean {
  const { f64: F, i32: I } = w;
  const seg = I[(v << 1) + ON]!;
  if ((I[(v << 1) + FLAGS]! & LAST_ROAD) === 0 || seg >= w.net.lanes) return false;
  return F[v + POS]! > Math.min(w.trips.arrivalPos[I[(v << 1) + TRIP]!]!, w.f64[(seg << 3) + END_M]!) - ARRIVE_M;
}

/** Third part of a step: everyone drives along the own segment; those beyond its end, or at their goal, are listed. */
export function moveAll(w: World): void {
  const { f64: F, i32: I } = w;
  const { order, newSpeed, held, leaving, counts } = w.scratch;
  const L = w.net.lanes;
  const step = w.state.scalars[SCALAR.step]!;
  const count = counts[ORDER]!;
  let leavers = 0;
  let ofLanes = 0;
  for (let i = 0; i < count; i++) {
    const v = order[i]!;
    const seg = I[(v << 1) + ON]!;
    const next = newSpeed[i]!;
    const kept = I[(v << 1) + FLAGS]! & KEPT;
    I[(v << 1) + FLAGS] = kept | (held[i]! & HELD) | packAccel(next - F[v + SPEED]!);
    F[v + SPEED] = next;
    if (seg < L) remember(w, v, next);
    const at = F[v + POS]! + next;
    F[v + POS] = at;
    const near = (held[i]! & NEAR) !== 0;
    // Whoever still stands before the waiting place has not gone first of anyone.
    if (near && seg >= L && at <= F[(seg << 3) + WAIT_AT]!) I[(v << 1) + ENTERED] = step + 1;
    if ((near && at > F[(seg << 3) + END_M]!) || ((kept & LAST_ROAD) !== 0 && isThere(w, v))) leaving[leavers++] = v;
    else if ((kept & HALTS) === 0 || !serveStop(w, v)) account(w, v);
    else if (isInBay(w, v)) leaving[leavers++] = v;
    if (seg < L) ofLanes = leavers;
  }
  counts[LEAVING] = leavers;
  counts[OF_LANES] = ofLanes;
}

/** Somebody who came by the movement may still be half on the lane before it. */
function noteLapping(w: World, movement: i32): void {
  if (movement >= 0) w.i32[(w.net.fromLane[movement]! << 4) + LAPPED] = 1;
}

/** Keeps everyone behind a vehicle off its back. */
function pushBack(w: World, v: i32): void {
  const L = w.net.lanes;
  const { f64: F, i32: I } = w;
  let back = F[v + POS]! - F[I[(v << 1) + KIND]! + LENGTH]!;
  for (let f = I[(v << 1) + BEHIND]!; f >= 0 && F[f + POS]! > back; f = I[(f << 1) + BEHIND]!) {
    F[f + SPEED] = Math.max(0, Math.min(F[f + SPEED]!, F[f + SPEED]! - (F[f + POS]! - back)));
    F[f + POS] = back;
    const seg = I[(f << 1) + ON]!;
    noteLapping(w, seg < L ? I[(f << 1) + CAME_BY]! : seg - L);
    if (seg < L) w.state.entering[seg] = 1;
    back -= F[I[(f << 1) + KIND]! + LENGTH]!;
  }
}

function countForced(w: World): void {
  const { scalars } = w.state;
  scalars[SCALAR.forced] = scalars[SCALAR.forced]! + 1;
}

/** Holds a vehicle that has no room ahead at the end of its segment, and everyone behind it off its back. */
function holdAtEnd(w: World, v: i32): void {
  w.f64[v + POS] = w.f64[(w.i32[(v << 1) + ON]! << 3) + END_M]!;
  w.f64[v + SPEED] = 0;
  countForced(w);
  pushBack(w, v);
}

/** Puts a vehicle that left its segment onto `next`, `at` metres in; false when there is no room. */
function enter(w: World, v: i32, next: i32, at: f64): boolean {
  const { f64: F, i32: I } = w;
  let leader = w.i32[(next << 4) + TAIL]!;
  while (leader >= 0 && F[leader + POS]! < at) leader = I[(leader << 1) + AHEAD]!;
  let place = at;
  if (leader >= 0) {
    const back = F[leader + POS]! - w.f64[I[(leader << 1) + KIND]! + LENGTH]!;
    if (back < 0) return false;
    if (place > back) {
      F[v + SPEED] = Math.max(0, F[v + SPEED]! - (place - back));
      place = back;
      countForced(w);
    }
  }
  // Another that has just come in from beside cannot be pushed back out of the segment.
  const follower = leader < 0 ? w.state.head[next]! : I[(leader << 1) + BEHIND]!;
  if (follower >= 0 && place < w.f64[I[(v << 1) + KIND]! + LENGTH]!) return false;
  leaveSegment(w, v);
  unlink(w, v);
  F[v + POS] = place;
  link(w, v, next, leader);
  beginSegment(w, v);
  pushBack(w, v);
  return true;
}

/** Counts a crossing of the stop line: time on the road above driving freely, waiting to enter included. */
function countCrossing(w: World, v: i32, movement: i32): void {
  const { crossed, delay, scalars } = w.state;
  const { i32: I, f32: S } = w;
  const lane = w.net.fromLane[movement]!;
  const fastest = Math.min(w.f64[I[(v << 1) + KIND]! + MAX_SPEED]!, w.f64[(lane << 3) + LIMIT]!);
  const freeS = (w.f64[(lane << 3) + END_M]! - S[(v << 1) + ROAD_FROM]!) / fastest;
  const sinceS = (scalars[SCALAR.timeMs]! - w.scenario.beginMs - I[(v << 1) + ROAD_SINCE]!) / 1000;
  noteLapping(w, movement);
  crossed[movement] = crossed[movement]! + 1;
  delay[movement] = delay[movement]! + Math.max(0, sinceS - freeS);
}

/** The lane is on the next road of the vehicle's route. */
function beginRoad(w: World, v: i32, lane: i32): void {
  const { i32: I, f32: S } = w;
  const place = I[(v << 1) + ROUTE_AT]! + 1;
  I[(v << 1) + ROUTE_AT] = place;
  I[(v << 1) + ROAD_SINCE] = w.state.scalars[SCALAR.timeMs]! - w.scenario.beginMs;
  S[(v << 1) + ROAD_FROM] = 0;
  aim(w, v);
  I[(v << 1) + FLAGS] = (I[(v << 1) + FLAGS]! & ~WANTS) | endFlag(w, w.i32[(v << 1) + TRIP]!, place, lane);
}

/** Moves a vehicle beyond its segment's end onto the next ones. */
function passOn(w: World, v: i32): void {
  const { f64: F, i32: I } = w;
  const L = w.net.lanes;
  const now = w.state.scalars[SCALAR.timeMs]!;
  const step = w.state.scalars[SCALAR.step]!;
  while (true) {
    const seg = I[(v << 1) + ON]!;
    const over = F[v + POS]! - F[(seg << 3) + END_M]!;
    if (over <= 0) break;
    let movement: i32;
    if (seg < L) {
      movement = I[(v << 1) + VIA]!;
      if (movement === END) {
        if ((I[(v << 1) + FLAGS]! & HALTS) !== 0) holdAtEnd(w, v);
        break;
      }
      const way = L + movement;
      if (movement < 0 || (w.state.shows[movement] === CONTROL.red && w.f64[I[(v << 1) + KIND]! + BLUE_LIGHT] === 0)) {
        holdAtEnd(w, v);
        return;
      }
      if (F[(way << 3) + END_M]! > 0) {
        if (!enter(w, v, way, over)) {
          holdAtEnd(w, v);
          return;
        }
        countCrossing(w, v, movement);
        I[(v << 1) + ENTERED] = over <= F[(way << 3) + WAIT_AT]! ? step + 1 : step;
        continue;
      }
    } else {
      movement = seg - L;
    }
    const lane = I[((L + movement) << 4) + TO_LANE]!;
    if (!enter(w, v, lane, over)) {
      holdAtEnd(w, v);
      return;
    }
    if (seg < L) countCrossing(w, v, movement);
    I[(v << 1) + CAME_BY] = movement;
    w.state.entering[lane] = 1;
    beginRoad(w, v, lane);
    note(w, EVENT.road, now, I[(v << 1) + TRIP]!, w.net.laneRoad[lane]!);
  }
}

function arrive(w: World, v: i32): void {
  const { state: s, i32: I } = w;
  const trip = I[(v << 1) + TRIP]!;
  const now = s.scalars[SCALAR.timeMs]!;
  s.arrivedMs[trip] = now;
  s.timeLossS[trip] = lossOf(w, v);
  s.waitingS[trip] = waitedOf(w, v);
  s.tripStops[trip] = I[(v << 1) + STOPS]!;
  note(w, EVENT.arrived, now, trip, w.trips.route[endOf(w, trip) - 1]!);
  unlink(w, v);
  removeSiren(w, v);
  I[(v << 1) + TRIP] = -1;
  const top = s.scalars[SCALAR.freeTop]!;
  s.free[top] = v;
  s.scalars[SCALAR.freeTop] = top + 1;
  s.scalars[SCALAR.present] = s.scalars[SCALAR.present]! - 1;
  s.scalars[SCALAR.arrived] = s.scalars[SCALAR.arrived]! + 1;
}

/** End of the third part: those who left a lane, as listed in `w`, enter the next segments or arrive. */
export function passFromLanes(w: World): void {
  passLeavers(w, 0, w.scratch.counts[OF_LANES]!);
}

/** The same for those who left a movement, once all who left lanes have passed. */
export function passFromMovements(w: World): void {
  passLeavers(w, w.scratch.counts[OF_LANES]!, w.scratch.counts[LEAVING]!);
}

function passLeavers(w: World, from: i32, to: i32): void {
  const { leaving } = w.scratch;
  for (let k = from; k < to; k++) {
    const v = leaving[k]!;
    if (isInBay(w, v)) {
      park(w, v);
      continue;
    }
    passOn(w, v);
    account(w, v);
    if (isThere(w, v)) arrive(w, v);
  }
}
