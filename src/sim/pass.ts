import type { f64, i32 } from '../units/numbers.ts';
import { account, beginSegment, leaveSegment, lossOf, waitedOf } from './accounts.ts';
import { aim } from './aim.ts';
import { TYPE } from './demand.ts';
import { removeSiren } from './emergency.ts';
import { EVENT, note } from './events.ts';
import { END } from './lanes.ts';
import { CONTROL } from './network.ts';
import { FATE, LEAVER, LEAVER_WORDS, LEAVERS, TOUCHED_AT_ONCE } from './scratch.ts';
import { FLAG, SCALAR, SEGMENT, VEHICLE } from './state.ts';
import { endFlag, isInBay } from './stops.ts';
import { readsAhead, touchEnteredLanes, touchLeavingLanes } from './touch.ts';
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
const { end: END_M, limit: LIMIT, waitAt: WAIT_AT, tail: TAIL, toLane: TO_LANE, road: ROAD, lapped: LAPPED } = SEGMENT;
const { vehicle: WHO, lane: LANE, fate: FATE_AT, trip: WHOSE } = LEAVER;
const { ofLanes: OF_LANES, all: ALL, forced: FORCED } = LEAVERS;
const { nothing: NOTHING, ontoLane: ONTO_LANE, goOn: GO_ON, tell: TELL, tellAndGoOn: TELL_AND_GO_ON } = FATE;
const { park: PARK, arrive: ARRIVE } = FATE;
const WORDS = LEAVER_WORDS;
const AT_ONCE = TOUCHED_AT_ONCE * LEAVER_WORDS;
const { lastRoad: LAST_ROAD, halts: HALTS } = FLAG;
const WANTS = FLAG.wantsLeft | FLAG.wantsRight;

/** A trip ends this close to its arrival place (SUMO's POSITION_EPS), m. */
const ARRIVE_M = 0.1;

/** True when the trip ends where the vehicle is. */
export function isThere(w: World, v: i32): boolean {
  const { f64: F, i32: I } = w;
  const seg = I[(v << 1) + ON]!;
  if ((I[(v << 1) + FLAGS]! & LAST_ROAD) === 0 || seg >= w.net.lanes) return false;
  return F[v + POS]! > Math.min(w.trips.arrivalPos[I[(v << 1) + TRIP]!]!, w.f64[(seg << 3) + END_M]!) - ARRIVE_M;
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
  const at = w.firstLeaver + FORCED;
  w.leavers[at] = w.leavers[at]! + 1;
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

function isBeyondEnd(w: World, v: i32): boolean {
  return w.f64[v + POS]! > w.f64[(w.i32[(v << 1) + ON]! << 3) + END_M]!;
}

/** True for one beyond its lane's end who may not go on: its trip, or a leg of it, ends here, or the line is closed. */
function isStopped(w: World, v: i32): boolean {
  const { i32: I } = w;
  const movement = I[(v << 1) + VIA]!;
  if (movement === END) {
    if ((I[(v << 1) + FLAGS]! & HALTS) !== 0) holdAtEnd(w, v);
    return true;
  }
  const isClosed =
    movement < 0 || (w.state.shows[movement] === CONTROL.red && w.f64[I[(v << 1) + KIND]! + BLUE_LIGHT] === 0);
  if (isClosed) holdAtEnd(w, v);
  return isClosed;
}

/** Moves a vehicle from its lane's end onto its movement; false when it must stay. */
function enterMovement(w: World, v: i32): boolean {
  const { f64: F, i32: I } = w;
  const movement = I[(v << 1) + VIA]!;
  const way = w.net.lanes + movement;
  const over = F[v + POS]! - F[(I[(v << 1) + ON]! << 3) + END_M]!;
  if (!enter(w, v, way, over)) {
    holdAtEnd(w, v);
    return false;
  }
  countCrossing(w, v, movement);
  const step = w.state.scalars[SCALAR.step]!;
  I[(v << 1) + ENTERED] = over <= F[(way << 3) + WAIT_AT]! ? step + 1 : step;
  return true;
}

/** Moves a vehicle from its movement's end, or from its lane's where the movement has no length, onto the lane; false when it must stay. */
function enterLane(w: World, v: i32, movement: i32): boolean {
  const { f64: F, i32: I } = w;
  const seg = I[(v << 1) + ON]!;
  const lane = I[((w.net.lanes + movement) << 4) + TO_LANE]!;
  if (!enter(w, v, lane, F[v + POS]! - F[(seg << 3) + END_M]!)) {
    holdAtEnd(w, v);
    return false;
  }
  if (seg < w.net.lanes) countCrossing(w, v, movement);
  I[(v << 1) + CAME_BY] = movement;
  w.state.entering[lane] = 1;
  beginRoad(w, v, lane);
  return true;
}

/**
 * After driving: those of the share who left a lane enter their movements. Nobody else comes onto these, so that all shares do it side
 * by side. Whoever is beyond the movement too, as those who left a movement, then enters the next lane (`passFromMovements`), and what
 * remains is done by one thread (`endPassing`).
 */
export function passFromLanes(w: World): void {
  const { leavers, firstLeaver } = w;
  const begin = firstLeaver + WORDS;
  const end = begin + leavers[firstLeaver + OF_LANES]! * WORDS;
  let ready = readsAhead(w) ? begin : -1;
  for (let at = begin; at < end; at += WORDS) {
    if (at === ready) {
      ready = at + AT_ONCE < end ? at + AT_ONCE : end;
      touchLeavingLanes(w, at, ready);
    }
    leavers[at + FATE_AT] = fromLane(w, leavers[at + WHO]!, at);
  }
}

function fromLane(w: World, v: i32, at: i32): i32 {
  const { f64: F, i32: I } = w;
  if (isInBay(w, v)) {
    unlink(w, v);
    return PARK;
  }
  if (isBeyondEnd(w, v) && !isStopped(w, v)) {
    const way = w.net.lanes + I[(v << 1) + VIA]!;
    if (F[(way << 3) + END_M]! === 0) return GO_ON;
    if (enterMovement(w, v) && isBeyondEnd(w, v)) {
      w.leavers[at + LANE] = I[(way << 4) + TO_LANE]!;
      return ONTO_LANE;
    }
  }
  account(w, v);
  if (!isThere(w, v)) return NOTHING;
  unlink(w, v);
  return ARRIVE;
}

/**
 * Those beyond their movement's end, whoever drove them there, enter the lanes [from, to): from the threads' lists one after the other,
 * so that who comes to a lane first does not depend on the shares.
 */
export function passFromMovements(w: World, from: i32, to: i32): void {
  const { leavers } = w;
  const room = (w.capacity + 1) * WORDS;
  for (let first = 0; first < w.parts * room; first += room) {
    passOntoLanes(w, from, to, first, first + leavers[first + OF_LANES]! * WORDS);
  }
  for (let first = 0; first < w.parts * room; first += room) {
    passOntoLanes(w, from, to, first + leavers[first + OF_LANES]! * WORDS, first + leavers[first + ALL]! * WORDS);
  }
}

/** Those whose records come after the one at `before`, up to the one at `last`. */
function passOntoLanes(w: World, from: i32, to: i32, before: i32, last: i32): void {
  const { leavers } = w;
  const begin = before + WORDS;
  const end = last + WORDS;
  let ready = readsAhead(w) ? begin : -1;
  for (let at = begin; at < end; at += WORDS) {
    if (at === ready) {
      ready = at + AT_ONCE < end ? at + AT_ONCE : end;
      touchEnteredLanes(w, from, to, at, ready);
    }
    const lane = leavers[at + LANE]!;
    if (leavers[at + FATE_AT] === ONTO_LANE && lane >= from && lane < to) {
      leavers[at + FATE_AT] = fromMovement(w, leavers[at + WHO]!, at);
    }
  }
}

function fromMovement(w: World, v: i32, at: i32): i32 {
  const { i32: I } = w;
  if (isBeyondEnd(w, v) && enterLane(w, v, I[(v << 1) + ON]! - w.net.lanes)) {
    w.leavers[at + WHOSE] = I[(v << 1) + TRIP]!;
    if (isBeyondEnd(w, v) || isThere(w, v)) return TELL_AND_GO_ON;
    account(w, v);
    return TELL;
  }
  account(w, v);
  return NOTHING;
}

/** What has an order of its own, by one thread: events, arrivals, bays, and whoever passes more than a movement in one step. */
export function endPassing(w: World): void {
  const { leavers } = w;
  const { scalars } = w.state;
  const room = (w.capacity + 1) * WORDS;
  const end = w.parts * room;
  for (let first = 0; first < end; first += room) endEach(w, first, first + leavers[first + OF_LANES]! * WORDS);
  for (let first = 0; first < end; first += room) {
    endEach(w, first + leavers[first + OF_LANES]! * WORDS, first + leavers[first + ALL]! * WORDS);
  }
  for (let first = 0; first < end; first += room) {
    scalars[SCALAR.forced] = scalars[SCALAR.forced]! + leavers[first + FORCED]!;
  }
}

/** For those whose records come after the one at `before`, up to the one at `last`. */
function endEach(w: World, before: i32, last: i32): void {
  const { leavers } = w;
  const { scalars, parked } = w.state;
  for (let at = before + WORDS; at <= last; at += WORDS) {
    const fate = leavers[at + FATE_AT]!;
    if (fate === NOTHING) continue;
    const v = leavers[at + WHO]!;
    if (fate === TELL || fate === TELL_AND_GO_ON) tellOfRoad(w, leavers[at + WHOSE]!, leavers[at + LANE]!);
    if (fate === GO_ON || fate === TELL_AND_GO_ON) goOn(w, v);
    else if (fate === ARRIVE) arrive(w, v);
    else if (fate === PARK) {
      parked[scalars[SCALAR.parked]!] = v;
      scalars[SCALAR.parked] = scalars[SCALAR.parked]! + 1;
    }
  }
}

function tellOfRoad(w: World, trip: i32, lane: i32): void {
  note(w, EVENT.road, w.state.scalars[SCALAR.timeMs]!, trip, w.i32[(lane << 4) + ROAD]!);
}

/** Takes a vehicle beyond its segment's end as far as it goes. */
function goOn(w: World, v: i32): void {
  const { f64: F, i32: I } = w;
  const L = w.net.lanes;
  while (isBeyondEnd(w, v)) {
    const seg = I[(v << 1) + ON]!;
    if (seg < L && isStopped(w, v)) break;
    const movement = seg < L ? I[(v << 1) + VIA]! : seg - L;
    if (seg < L && F[((L + movement) << 3) + END_M]! > 0) {
      if (!enterMovement(w, v)) break;
    } else {
      if (!enterLane(w, v, movement)) break;
      tellOfRoad(w, I[(v << 1) + TRIP]!, I[(v << 1) + ON]!);
    }
  }
  account(w, v);
  if (!isThere(w, v)) return;
  unlink(w, v);
  arrive(w, v);
}

/** The trip of a vehicle that was taken off its lane is over. */
function arrive(w: World, v: i32): void {
  const { state: s, i32: I } = w;
  const trip = I[(v << 1) + TRIP]!;
  const now = s.scalars[SCALAR.timeMs]!;
  s.arrivedMs[trip] = now;
  s.timeLossS[trip] = lossOf(w, v);
  s.waitingS[trip] = waitedOf(w, v);
  s.tripStops[trip] = I[(v << 1) + STOPS]!;
  note(w, EVENT.arrived, now, trip, w.trips.route[endOf(w, trip) - 1]!);
  removeSiren(w, v);
  I[(v << 1) + TRIP] = -1;
  const top = s.scalars[SCALAR.freeTop]!;
  s.free[top] = v;
  s.scalars[SCALAR.freeTop] = top + 1;
  s.scalars[SCALAR.present] = s.scalars[SCALAR.present]! - 1;
  s.scalars[SCALAR.arrived] = s.scalars[SCALAR.arrived]! + 1;
}
