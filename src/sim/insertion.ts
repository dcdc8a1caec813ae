import { drawNormal, drawUniform } from '../units/random.ts';
import { accountStop, openAccounts } from './accounts.ts';
import { aim } from './aim.ts';
import { brakeGap } from './carfollowing.ts';
import { TYPE, TYPE_SIZE } from './demand.ts';
import { entryHaltSpeed, entrySpeed, safeGap } from './driver.ts';
import { addSiren } from './emergency.ts';
import { EVENT, note } from './events.ts';
import { END } from './lanes.ts';
import { CLOSED, CONTROL } from './network.ts';
import { PURPOSE, SCALAR, SEGMENT, VEHICLE } from './state.ts';
import { endFlag, goOn } from './stops.ts';
import { chooseWay, startOf } from './ways.ts';
import { link, slotOf, type World } from './world.ts';

const { end: END_M, limit: LIMIT, tail: TAIL, toLane: TO_LANE } = SEGMENT;
const {
  pos: POS,
  speed: SPEED,
  factor: FACTOR,
  segment: ON,
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

const POSITION_EPS = 0.1;
/** Beyond this reach all lanes are as good for a departure (SUMO's BEST_LANE_LOOKAHEAD), m. */
const ENOUGH_M = 3000;
const RANDOM_TRIES = 10;
/** Who has waited longer than this to enter chooses the way anew when it enters (SUMO's device.rerouting.pre-period), ms. */
const LONG_WAIT_MS = 60_000;
const NOWHERE = Number.NEGATIVE_INFINITY;

function enqueue(w: World, trip: number): void {
  if (w.ways.count > 0) chooseWay(w, trip, speedFactor(w, trip));
  const s = w.state;
  const road = w.trips.route[startOf(w, trip)]!;
  const last = s.queueTail[road]!;
  if (last < 0) s.queueHead[road] = trip;
  else s.queueNext[last] = trip;
  s.queueTail[road] = trip;
  s.scalars[SCALAR.waiting] = s.scalars[SCALAR.waiting]! + 1;
}

function speedFactor(w: World, trip: number): number {
  const row = w.types.rows[(w.trips.type[trip]! - w.types.at) / TYPE_SIZE]!;
  if (row.speedDev <= 0) return row.speedFactor;
  // What lies outside the bounds is drawn again, as in SUMO.
  for (let i = 0; i < RANDOM_TRIES; i++) {
    const drawn = row.speedFactor + row.speedDev * drawNormal(w.seed, trip, i, PURPOSE.speedFactor);
    if (drawn >= row.speedFactorMin && drawn <= row.speedFactorMax) return drawn;
  }
  return Math.min(row.speedFactorMax, Math.max(row.speedFactorMin, row.speedFactor));
}

function pickLane(w: World, trip: number, start: number, road: number, step: number): number {
  const { net, trips } = w;
  const rule = trips.departLane[trip]!;
  const first = net.roadFirstLane[road]!;
  const lanes = net.roadLanes[road]!;
  const bit = trips.classBit[trip]!;
  const entry = w.choices.at[start]! + first;
  const may = (lane: number) => (net.allowed[lane]! & bit) !== 0 && net.closed[lane] === CLOSED.no;
  if (typeof rule === 'number') return rule < lanes && may(first + rule) ? first + rule : -1;
  let chosen = -1;
  if (rule === 'first') {
    for (let i = 0; i < lanes && chosen < 0; i++) if (may(first + i)) chosen = first + i;
    return chosen;
  }
  if (rule === 'random') {
    let count = 0;
    for (let i = 0; i < lanes; i++) if (may(first + i)) count++;
    let pick = Math.floor(drawUniform(w.seed, trip, step, PURPOSE.departLane) * count);
    for (let i = 0; i < lanes; i++) if (may(first + i) && pick-- === 0) return first + i;
    return -1;
  }
  let longest = 0;
  if (rule === 'best') for (let i = 0; i < lanes; i++) longest = Math.max(longest, w.choices.reach[(entry + i) << 1]!);
  const enough = Math.min(longest, ENOUGH_M);
  // The lane with the longest way to its last vehicle (SUMO's MSEdge::getFreeLane).
  let most = -1;
  for (let i = 0; i < lanes; i++) {
    const lane = first + i;
    if (!may(lane) || w.choices.reach[(entry + i) << 1]! < enough) continue;
    const last = w.i32[(lane << 4) + TAIL]!;
    const free = last < 0 ? w.f64[(lane << 3) + END_M]! : w.f64[last + POS]!;
    if (free > most) {
      most = free;
      chosen = lane;
    }
  }
  return chosen;
}

/** Puts `v` on `lane` with its front at `at` when that is safe for it and for those around it. */
function tryPlace(w: World, v: number, lane: number, at: number, wanted: number, adapts: boolean): boolean {
  const { f64: F, i32: I } = w;
  const t = I[(v << 1) + KIND]!;
  const decel = F[t + DECEL]!;
  let leader = -1;
  let next = w.state.head[lane]!;
  while (next >= 0 && F[next + POS]! >= at) {
    leader = next;
    next = I[(next << 1) + BEHIND]!;
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
function safeAhead(w: World, v: number, lane: number, at: number, wanted: number): number {
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
function isClearBehind(w: World, lane: number, back: number, ownSpeed: number, decel: number): boolean {
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
function placeLast(w: World, v: number, lane: number, wanted: number, adapts: boolean): boolean {
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

function place(w: World, v: number, lane: number, trip: number, step: number): boolean {
  const { trips, seed } = w;
  const { f64: F, i32: I, f32: S } = w;
  const t = I[(v << 1) + KIND]!;
  const end = w.f64[(lane << 3) + END_M]!;
  const laneLimit = w.f64[(lane << 3) + LIMIT]!;
  const limit = Math.min(F[t + MAX_SPEED]!, laneLimit * S[(v << 1) + FACTOR]!);
  const rule = trips.departSpeed[trip]!;
  let wanted = limit;
  if (typeof rule === 'number') wanted = Math.min(rule, limit);
  else if (rule === 'speedLimit') wanted = Math.min(limit, laneLimit);
  else if (rule === 'random') wanted = limit * drawUniform(seed, trip, step, PURPOSE.departSpeed);
  const adapts = typeof rule !== 'number';
  const base = Math.min(F[t + LENGTH]! + POSITION_EPS, end);
  const where = trips.departPos[trip]!;
  if (typeof where === 'number') {
    return tryPlace(w, v, lane, Math.min(where < 0 ? end + where : where, end), wanted, adapts);
  }
  switch (where) {
    case 'base':
      return tryPlace(w, v, lane, base, wanted, adapts);
    case 'last':
      return placeLast(w, v, lane, wanted, adapts);
    case 'random':
      return tryPlace(w, v, lane, end * drawUniform(seed, trip, step, PURPOSE.departPos), wanted, adapts);
    case 'free':
    case 'random_free': {
      for (let i = 0; where === 'random_free' && i < RANDOM_TRIES; i++) {
        const at = end * drawUniform(seed, trip, step * RANDOM_TRIES + i, PURPOSE.departPos);
        if (tryPlace(w, v, lane, at, wanted, adapts)) return true;
      }
      for (let leader = w.state.head[lane]!; leader >= 0; leader = I[(leader << 1) + BEHIND]!) {
        const at = F[leader + POS]! - F[I[(leader << 1) + KIND]! + LENGTH]! - F[t + MIN_GAP]! - POSITION_EPS;
        if (at >= base && tryPlace(w, v, lane, at, wanted, adapts)) return true;
      }
      return tryPlace(w, v, lane, base, wanted, adapts);
    }
  }
}

/** Lets a trip in: the lane, or -1 less the lane when that refused it, or NOWHERE when there is none for it. */
function insert(w: World, trip: number, step: number): number {
  const { state: s, trips, f64: F, i32: I, f32: S } = w;
  const usable = s.scalars[SCALAR.freeUsable]!;
  if (usable === 0) return NOWHERE;
  let start = startOf(w, trip);
  const road = trips.route[start]!;
  const lane = pickLane(w, trip, start, road, step);
  if (lane < 0) return NOWHERE;
  // First of all, since most who wait do so behind others.
  if (w.scratch.refused[w.net.laneIndex[lane]!] === 1) return -1 - lane;
  const v = s.free[usable - 1]!;
  const i = v << 1;
  s.scalars[SCALAR.used] = Math.max(s.scalars[SCALAR.used]!, slotOf(w, v) + 1);
  const now = s.scalars[SCALAR.timeMs]!;
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
  const top = s.scalars[SCALAR.freeTop]! - 1;
  s.free[usable - 1] = s.free[top]!;
  s.scalars[SCALAR.freeTop] = top;
  s.scalars[SCALAR.freeUsable] = usable - 1;
  s.scalars[SCALAR.present] = s.scalars[SCALAR.present]! + 1;
  s.scalars[SCALAR.waiting] = s.scalars[SCALAR.waiting]! - 1;
  s.insertedMs[trip] = now;
  addSiren(w, v);
  note(w, EVENT.inserted, now, trip, road);
  return lane;
}

/** Tries the trips of a road's queue in order until each of its lanes has refused one. */
function serve(w: World, road: number, step: number): void {
  const { queueHead, queueTail, queueNext } = w.state;
  const { refused } = w.scratch;
  refused.fill(0);
  let open = w.net.roadLanes[road]!;
  let before = -1;
  for (let trip = queueHead[road]!; trip >= 0 && open > 0; ) {
    const next = queueNext[trip]!;
    const lane = insert(w, trip, step);
    if (lane >= 0) {
      if (before < 0) queueHead[road] = next;
      else queueNext[before] = next;
      if (next < 0) queueTail[road] = before;
      queueNext[trip] = -1;
    } else {
      if (lane !== NOWHERE) {
        const index = w.net.laneIndex[-1 - lane]!;
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
  const { state: s, trips, net } = w;
  const { active } = w.scratch;
  const now = s.scalars[SCALAR.timeMs]!;
  const step = s.scalars[SCALAR.step]!;
  let next = s.scalars[SCALAR.nextTrip]!;
  while (next < trips.count && trips.departMs[next]! <= now) enqueue(w, next++);
  s.scalars[SCALAR.nextTrip] = next;
  if (s.scalars[SCALAR.waiting] === 0) return;
  let count = 0;
  for (let road = 0; road < net.roads; road++) if (s.queueHead[road]! >= 0) active[count++] = road;
  for (let i = 0; i < count; i++) serve(w, active[i]!, step);
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
