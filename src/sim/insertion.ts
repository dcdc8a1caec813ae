import type { f64, i32 } from '../units/numbers.ts';
import { drawNormal, drawUniform } from '../units/random.ts';
import { accountStop, openAccounts } from './accounts.ts';
import { aim } from './aim.ts';
import { brakeGap } from './carfollowing.ts';
import { DEPART_AT, DEPART_LANE, DEPART_SPEED, TYPE } from './demand.ts';
import { entryHaltSpeed, entrySpeed, safeGap } from './driver.ts';
import { addSiren } from './emergency.ts';
import { EVENT, note } from './events.ts';
import { END } from './lanes.ts';
import { CLOSED, CONTROL } from './network.ts';
import { PURPOSE, SCALAR, SEGMENT, VEHICLE } from './state.ts';
import { endFlag, goOn } from './stops.ts';
import { chooseWay, startOf } from './ways.ts';
import { link, slotOf, type World } from './world.ts';

const { end: END_M, limit: LIMIT, tail: TAIL, toLane: TO_LANE, laneIndex: LANE_INDEX } = SEGMENT;
const {
  pos: POS,
  speed: SPEED,
  factor: FACTOR,
  segment: ON,
  ahead: AHEAD,
  behind: BEHIND,
  type: KIND,
  routeAt: ROUTE_AT,
  trip: TRIP,
  flags: FLAGS,
  adviceMps: ADVICE,
  gainSum: GAIN_SUM,
  rightSum: RIGHT_SUM,
  roadFromM: ROAD_FROM,
  roadSince: ROAD_SINCE,
  entered: ENTERED,
  cameBy: CAME_BY,
} = VEHICLE;
const { length: LENGTH, minGap: MIN_GAP, decel: DECEL, maxSpeed: MAX_SPEED, tau: TAU } = TYPE;
const { speedFactor: SPEED_FACTOR, speedDev: SPEED_DEV, leastFactor: LEAST_FACTOR, mostFactor: MOST_FACTOR } = TYPE;

const POSITION_EPS = 0.1;
/** Beyond this reach all lanes are as good for a departure (SUMO's BEST_LANE_LOOKAHEAD), m. */
const ENOUGH_M = 3000;
const RANDOM_TRIES = 10;
/** Who has waited longer than this to enter chooses the way anew when it enters (SUMO's device.rerouting.pre-period), ms. */
const LONG_WAIT_MS = 60_000;
const NOWHERE = -0x7fffffff;

function enqueue(w: World, trip: i32): void {
  const { queueHead, queueTail, queueNext, scalars } = w.state;
  if (w.ways.count > 0) chooseWay(w, trip, speedFactor(w, trip));
  const road = w.trips.route[startOf(w, trip)]!;
  const last = queueTail[road]!;
  if (last < 0) queueHead[road] = trip;
  else queueNext[last] = trip;
  queueTail[road] = trip;
  scalars[SCALAR.waiting] = scalars[SCALAR.waiting]! + 1;
}

function speedFactor(w: World, trip: i32): f64 {
  const { f64: F } = w;
  const t = w.trips.type[trip]!;
  const mean = F[t + SPEED_FACTOR]!;
  if (F[t + SPEED_DEV] === 0) return mean;
  // What lies outside the bounds is drawn again, as in SUMO.
  for (let i = 0; i < RANDOM_TRIES; i++) {
    const drawn = mean + F[t + SPEED_DEV]! * drawNormal(w.seed, trip, i, PURPOSE.speedFactor);
    if (drawn >= F[t + LEAST_FACTOR]! && drawn <= F[t + MOST_FACTOR]!) return drawn;
  }
  return Math.min(F[t + MOST_FACTOR]!, Math.max(F[t + LEAST_FACTOR]!, mean));
}

function mayDepart(w: World, trip: i32, lane: i32): boolean {
  return (w.net.allowed[lane]! & w.trips.classBit[trip]!) !== 0 && w.net.closed[lane] === CLOSED.no;
}

/** The lane on which a trip departs, or -1 when there is none for it. */
function pickLane(w: World, trip: i32, start: i32, road: i32, step: i32): i32 {
  const { f64: F, i32: I } = w;
  const { reach } = w.choices;
  const rule = w.trips.departLane[trip]!;
  const first = w.net.roadFirstLane[road]!;
  const lanes = w.net.roadLanes[road]!;
  if (rule >= 0) return rule < lanes && mayDepart(w, trip, first + rule) ? first + rule : -1;
  if (rule === DEPART_LANE.first) {
    for (let i = 0; i < lanes; i++) if (mayDepart(w, trip, first + i)) return first + i;
    return -1;
  }
  if (rule === DEPART_LANE.random) {
    let count = 0;
    for (let i = 0; i < lanes; i++) if (mayDepart(w, trip, first + i)) count++;
    let pick: i32 = (drawUniform(w.seed, trip, step, PURPOSE.departLane) * count) | 0;
    for (let i = 0; i < lanes; i++) {
      if (!mayDepart(w, trip, first + i)) continue;
      if (pick === 0) return first + i;
      pick--;
    }
    return -1;
  }
  const entry = w.choices.at[start]! + first;
  let longest: f64 = 0;
  if (rule === DEPART_LANE.best) {
    for (let i = 0; i < lanes; i++) longest = Math.max(longest, reach[(entry + i) << 1]!);
  }
  const enough = Math.min(longest, ENOUGH_M);
  // The lane with the longest way to its last vehicle (SUMO's MSEdge::getFreeLane).
  let most: f64 = -1;
  let chosen = -1;
  for (let i = 0; i < lanes; i++) {
    const lane = first + i;
    if (!mayDepart(w, trip, lane) || reach[(entry + i) << 1]! < enough) continue;
    const last = I[(lane << 4) + TAIL]!;
    const free = last < 0 ? F[(lane << 3) + END_M]! : F[last + POS]!;
    if (free > most) {
      most = free;
      chosen = lane;
    }
  }
  return chosen;
}

/** Puts `v` on `lane` with its front at `at` when that is safe for it and for those around it. */
function tryPlace(w: World, v: i32, lane: i32, at: f64, wanted: f64, adapts: boolean): boolean {
  const { f64: F, i32: I } = w;
  const t = I[(v << 1) + KIND]!;
  const decel = F[t + DECEL]!;
  let next = -1;
  let leader = I[(lane << 4) + TAIL]!;
  while (leader >= 0 && F[leader + POS]! < at) {
    next = leader;
    leader = I[(leader << 1) + AHEAD]!;
  }
  let safe = wanted;
  if (leader >= 0) {
    const gap = F[leader + POS]! - F[I[(leader << 1) + KIND]! + LENGTH]! - at - F[t + MIN_GAP]!;
    if (gap < 0) return false;
    safe = entrySpeed(w, v, lane, wanted, leader, gap);
  } else if (wanted > 0) {
    safe = safeAhead(w, v, lane, at, wanted);
  }
  if (safe < wanted && !adapts) return false;
  const back = at - F[t + LENGTH]!;
  if (next >= 0) {
    const ft = I[(next << 1) + KIND]!;
    const gap = back - F[next + POS]! - F[ft + MIN_GAP]!;
    if (gap < safeGap(w, ft, F[next + SPEED]!, safe, decel)) return false;
  } else if (!isClearBehind(w, lane, back, safe, decel)) {
    return false;
  }
  F[v + POS] = at;
  F[v + SPEED] = safe;
  link(w, v, lane, leader);
  return true;
}

/** Safe speed at entry when nobody is ahead on the lane: the next stop line or the last vehicle beyond it. */
function safeAhead(w: World, v: i32, lane: i32, at: f64, wanted: f64): f64 {
  const { f64: F, i32: I } = w;
  const t = I[(v << 1) + KIND]!;
  const decel = F[t + DECEL]!;
  const toEnd = F[(lane << 3) + END_M]! - at;
  if (toEnd > wanted + brakeGap(wanted, decel, F[t + TAU]!)) return wanted;
  const movement = w.choices.via[w.choices.at[I[(v << 1) + ROUTE_AT]!]! + lane]!;
  if (movement === END) return wanted;
  const way = w.net.lanes + movement;
  if (movement < 0 || w.state.shows[movement] !== CONTROL.major) return entryHaltSpeed(w, v, lane, wanted, toEnd);
  const onMovement = I[(way << 4) + TAIL]!;
  const last = onMovement >= 0 ? onMovement : I[(I[(way << 4) + TO_LANE]! << 4) + TAIL]!;
  if (last < 0) return wanted;
  const from = toEnd + (onMovement >= 0 ? 0 : F[(way << 3) + END_M]!);
  const gap = from + F[last + POS]! - F[I[(last << 1) + KIND]! + LENGTH]! - F[t + MIN_GAP]!;
  return gap < 0 ? entryHaltSpeed(w, v, lane, wanted, toEnd) : entrySpeed(w, v, lane, wanted, last, gap);
}

/** True when nobody who comes onto the lane from upstream would have to brake too hard for a vehicle whose back is there. */
function isClearBehind(w: World, lane: i32, back: f64, ownSpeed: f64, decel: f64): boolean {
  const { f64: F, i32: I } = w;
  const { head } = w.state;
  const { net } = w;
  for (let k = net.inStart[lane]!; k < net.inStart[lane + 1]!; k++) {
    const movement = net.in[k]!;
    const way = net.lanes + movement;
    let follower = head[way]!;
    let gap = back + F[(way << 3) + END_M]!;
    if (follower < 0) {
      const from = net.fromLane[movement]!;
      follower = head[from]!;
      if (follower < 0) continue;
      gap += F[(from << 3) + END_M]!;
    }
    const t = I[(follower << 1) + KIND]!;
    gap -= F[follower + POS]! + F[t + MIN_GAP]!;
    if (gap < safeGap(w, t, F[follower + SPEED]!, ownSpeed, decel)) return false;
  }
  return true;
}

/** Behind the lane's last vehicle, or at the lane's end when it is empty. */
function placeLast(w: World, v: i32, lane: i32, wanted: f64, adapts: boolean): boolean {
  const { f64: F, i32: I } = w;
  const t = I[(v << 1) + KIND]!;
  const end = w.f64[(lane << 3) + END_M]! - POSITION_EPS;
  const last = w.i32[(lane << 4) + TAIL]!;
  if (last < 0) return tryPlace(w, v, lane, end, wanted, adapts);
  const lt = I[(last << 1) + KIND]!;
  const need = safeGap(w, t, wanted, F[last + SPEED]!, F[lt + DECEL]!) + F[t + MIN_GAP]! + POSITION_EPS;
  const back = F[last + POS]! - F[lt + LENGTH]!;
  return back >= need && tryPlace(w, v, lane, Math.min(end, back - need), wanted, adapts);
}

/** Puts `v` on `lane` by the rules of its trip when that is safe. */
function place(w: World, v: i32, lane: i32, trip: i32, step: i32): boolean {
  const { f64: F, i32: I, f32: S } = w;
  const t = I[(v << 1) + KIND]!;
  const end = F[(lane << 3) + END_M]!;
  const laneLimit = F[(lane << 3) + LIMIT]!;
  const limit = Math.min(F[t + MAX_SPEED]!, laneLimit * S[(v << 1) + FACTOR]!);
  const speed = w.trips.departSpeed[trip]!;
  let wanted = limit;
  if (speed >= 0) wanted = Math.min(speed, limit);
  else if (speed === DEPART_SPEED.limit) wanted = Math.min(limit, laneLimit);
  else if (speed === DEPART_SPEED.random) wanted = limit * drawUniform(w.seed, trip, step, PURPOSE.departSpeed);
  const adapts = speed < 0;
  const base = Math.min(F[t + LENGTH]! + POSITION_EPS, end);
  const rule = w.trips.departAt[trip]!;
  if (rule === DEPART_AT.base) return tryPlace(w, v, lane, base, wanted, adapts);
  if (rule === DEPART_AT.metres) {
    const at = w.trips.departM[trip]!;
    return tryPlace(w, v, lane, Math.min(at < 0 ? end + at : at, end), wanted, adapts);
  }
  if (rule === DEPART_AT.last) return placeLast(w, v, lane, wanted, adapts);
  if (rule === DEPART_AT.random) {
    return tryPlace(w, v, lane, end * drawUniform(w.seed, trip, step, PURPOSE.departPos), wanted, adapts);
  }
  for (let i = 0; rule === DEPART_AT.randomFree && i < RANDOM_TRIES; i++) {
    const at = end * drawUniform(w.seed, trip, step * RANDOM_TRIES + i, PURPOSE.departPos);
    if (tryPlace(w, v, lane, at, wanted, adapts)) return true;
  }
  for (let leader = w.state.head[lane]!; leader >= 0; leader = I[(leader << 1) + BEHIND]!) {
    const at = F[leader + POS]! - F[I[(leader << 1) + KIND]! + LENGTH]! - F[t + MIN_GAP]! - POSITION_EPS;
    if (at >= base && tryPlace(w, v, lane, at, wanted, adapts)) return true;
  }
  return tryPlace(w, v, lane, base, wanted, adapts);
}

/** Lets a trip in: the lane, or -1 less the lane when that refused it, or NOWHERE when there is none for it. */
function insert(w: World, trip: i32, step: i32): i32 {
  const { trips, f64: F, i32: I, f32: S } = w;
  const { scalars, free, insertedMs } = w.state;
  const usable: i32 = scalars[SCALAR.freeUsable]! | 0;
  if (usable === 0) return NOWHERE;
  let start = startOf(w, trip);
  const road = trips.route[start]!;
  const lane = pickLane(w, trip, start, road, step);
  if (lane < 0) return NOWHERE;
  // First of all, since most who wait do so behind others.
  if (w.scratch.refused[I[(lane << 4) + LANE_INDEX]!] === 1) return -1 - lane;
  const v = free[usable - 1]!;
  const i = v << 1;
  scalars[SCALAR.used] = Math.max(scalars[SCALAR.used]!, slotOf(w, v) + 1);
  const now = scalars[SCALAR.timeMs]!;
  I[i + TRIP] = trip;
  I[i + KIND] = trips.type[trip]!;
  S[i + FACTOR] = speedFactor(w, trip);
  I[i + ROUTE_AT] = start;
  if (!place(w, v, lane, trip, step)) {
    I[i + TRIP] = -1;
    return -1 - lane;
  }
  if (w.ways.count > 0 && now - trips.departMs[trip]! > LONG_WAIT_MS) {
    chooseWay(w, trip, S[i + FACTOR]!);
    start = startOf(w, trip);
    I[i + ROUTE_AT] = start;
  }
  I[i + FLAGS] = endFlag(w, trip, start, lane);
  aim(w, v);
  openAccounts(w, v);
  S[i + GAIN_SUM] = 0;
  S[i + RIGHT_SUM] = 0;
  S[i + ADVICE] = Number.POSITIVE_INFINITY;
  I[i + ROAD_SINCE] = trips.departMs[trip]! - w.scenario.beginMs;
  S[i + ROAD_FROM] = F[v + POS]!;
  I[i + ENTERED] = -1;
  I[i + CAME_BY] = -1;
  const top: i32 = (scalars[SCALAR.freeTop]! | 0) - 1;
  free[usable - 1] = free[top]!;
  scalars[SCALAR.freeTop] = top;
  scalars[SCALAR.freeUsable] = usable - 1;
  scalars[SCALAR.present] = scalars[SCALAR.present]! + 1;
  scalars[SCALAR.waiting] = scalars[SCALAR.waiting]! - 1;
  insertedMs[trip] = now;
  addSiren(w, v);
  note(w, EVENT.inserted, now, trip, road);
  return lane;
}

/** Tries the trips of a road's queue in order until each of its lanes has refused one. */
function serve(w: World, road: i32, step: i32): void {
  const { queueHead, queueTail, queueNext } = w.state;
  const { refused } = w.scratch;
  let open = w.net.roadLanes[road]!;
  for (let index = 0; index < open; index++) refused[index] = 0;
  let before = -1;
  let trip = queueHead[road]!;
  while (trip >= 0 && open > 0) {
    const next = queueNext[trip]!;
    const lane = insert(w, trip, step);
    if (lane >= 0) {
      if (before < 0) queueHead[road] = next;
      else queueNext[before] = next;
      if (next < 0) queueTail[road] = before;
      queueNext[trip] = -1;
    } else {
      if (lane !== NOWHERE) {
        const index = w.i32[((-1 - lane) << 4) + LANE_INDEX]!;
        if (refused[index] === 0) open--;
        refused[index] = 1;
      }
      before = trip;
    }
    trip = next;
  }
}

/**
 * Entries: trips whose time has come wait in a queue per road and are tried in order each step, but nobody on a lane that
 * has already refused somebody in this step (SUMO's MSInsertionControl and MSEdge::insertVehicle).
 */
export function insertDue(w: World): void {
  const { queueHead, scalars } = w.state;
  const { departMs, count } = w.trips;
  const now = scalars[SCALAR.timeMs]!;
  const step: i32 = scalars[SCALAR.step]! | 0;
  let next: i32 = scalars[SCALAR.nextTrip]! | 0;
  for (; next < count && departMs[next]! <= now; next++) enqueue(w, next);
  scalars[SCALAR.nextTrip] = next;
  if (scalars[SCALAR.waiting] === 0) return;
  for (let road = 0; road < w.net.roads; road++) if (queueHead[road]! >= 0) serve(w, road, step);
}

/** Lets those in bays whose time is over back onto their lane, each when there is a gap. */
export function leaveBays(w: World): void {
  const { scalars, parked, standsUntilMs } = w.state;
  const { f64: F, i32: I } = w;
  const count = scalars[SCALAR.parked]!;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const v = parked[i]!;
    accountStop(w, v);
    const isDue = scalars[SCALAR.timeMs]! >= standsUntilMs[w.stops.bus[I[(v << 1) + TRIP]!]!]!;
    if (isDue && tryPlace(w, v, I[(v << 1) + ON]!, F[v + POS]!, 0, true)) goOn(w, v);
    else parked[kept++] = v;
  }
  scalars[SCALAR.parked] = kept;
}
