import { aim } from './aim.ts';
import { removeSiren } from './emergency.ts';
import { EVENT, type EventBox } from './events.ts';
import { END } from './lanes.ts';
import { CONTROL } from './network.ts';
import { COUNT, FLAG, HALTING, packAccel, SCALAR } from './state.ts';
import { endFlag, isInBay, park, serveStop } from './stops.ts';
import { endOf } from './ways.ts';
import { link, unlink, type World } from './world.ts';

/** A trip ends this close to its arrival place (SUMO's POSITION_EPS), m. */
const ARRIVE_M = 0.1;

const HALTED = HALTING;
const { lastRoad: LAST_ROAD, halts: HALTS } = FLAG;
/** What a step does not change of the flags. */
const KEPT = FLAG.lastRoad | FLAG.halts | FLAG.stands | FLAG.wantsLeft | FLAG.wantsRight | FLAG.starts;
const { order: ORDER, leaving: LEAVING } = COUNT;

/** Time lost and halts, as SUMO's tripinfo counts them: against the individual speed allowed where the step ended. */
function account(w: World, v: number): void {
  const { speed, factor, timeLoss, segment, type, halted, waited, stops } = w.vehicles;
  const now = speed[v]!;
  const fastest = Math.min(w.types.maxSpeed[type[v << 1]!]!, w.segments.limit[segment[v << 1]! << 3]! * factor[v]!);
  timeLoss[v] = timeLoss[v]! + (fastest - now) / fastest;
  if (now <= HALTED) {
    const seconds = halted[v << 1]!;
    if (seconds === 0) stops[v << 1] = stops[v << 1]! + 1;
    halted[v << 1] = seconds + 1;
    waited[v << 1] = waited[v << 1]! + 1;
  } else {
    halted[v << 1] = 0;
  }
}

function isThere(w: World, v: number): boolean {
  const { pos, segment, trip, flags } = w.vehicles;
  const seg = segment[v << 1]!;
  if ((flags[v << 1]! & LAST_ROAD) === 0 || seg >= w.net.lanes) return false;
  return pos[v]! > Math.min(w.trips.arrivalPos[trip[v << 1]!]!, w.segments.end[seg << 3]!) - ARRIVE_M;
}

/** Third part of a step: everyone drives along the own segment; those beyond its end, or at their goal, are listed. */
export function moveAll(w: World): void {
  const { pos, speed, flags, segment, entered } = w.vehicles;
  const { end, waitAt } = w.segments;
  const { order, newSpeed, held, leaving, counts } = w.scratch;
  const L = w.net.lanes;
  const step = w.state.scalars[SCALAR.step]!;
  const count = counts[ORDER]!;
  let leavers = 0;
  for (let i = 0; i < count; i++) {
    const v = order[i]!;
    const seg = segment[v << 1]!;
    const next = newSpeed[i]!;
    const kept = flags[v << 1]! & KEPT;
    flags[v << 1] = kept | held[i]! | packAccel(next - speed[v]!);
    speed[v] = next;
    const at = pos[v]! + next;
    pos[v] = at;
    // Whoever still stands before the waiting place has not gone first of anyone.
    if (seg >= L && at <= waitAt[seg << 3]!) entered[v << 1] = step + 1;
    if (at > end[seg << 3]! || ((kept & LAST_ROAD) !== 0 && isThere(w, v))) leaving[leavers++] = v;
    else if ((kept & HALTS) === 0 || !serveStop(w, v)) account(w, v);
    else if (isInBay(w, v)) leaving[leavers++] = v;
  }
  counts[LEAVING] = leavers;
}

/** Keeps everyone behind a vehicle off its back. */
function pushBack(w: World, v: number): void {
  const { pos, speed, behind, type } = w.vehicles;
  const { length } = w.types;
  let back = pos[v]! - length[type[v << 1]!]!;
  for (let f = behind[v << 1]!; f >= 0 && pos[f]! > back; f = behind[f << 1]!) {
    speed[f] = Math.max(0, Math.min(speed[f]!, speed[f]! - (pos[f]! - back)));
    pos[f] = back;
    back -= length[type[f << 1]!]!;
  }
}

function countForced(w: World): void {
  const { scalars } = w.state;
  scalars[SCALAR.forced] = scalars[SCALAR.forced]! + 1;
}

/** Holds a vehicle that has no room ahead at the end of its segment, and everyone behind it off its back. */
function holdAtEnd(w: World, v: number): void {
  w.vehicles.pos[v] = w.segments.end[w.vehicles.segment[v << 1]! << 3]!;
  w.vehicles.speed[v] = 0;
  countForced(w);
  pushBack(w, v);
}

/** Puts a vehicle that left its segment onto `next`, `at` metres in; false when there is no room. */
function enter(w: World, v: number, next: number, at: number): boolean {
  const { pos, speed, ahead, behind, type } = w.vehicles;
  let leader = w.segments.tail[next << 4]!;
  while (leader >= 0 && pos[leader]! < at) leader = ahead[leader << 1]!;
  let place = at;
  if (leader >= 0) {
    const back = pos[leader]! - w.types.length[type[leader << 1]!]!;
    if (back < 0) return false;
    if (place > back) {
      speed[v] = Math.max(0, speed[v]! - (place - back));
      place = back;
      countForced(w);
    }
  }
  // Another that has just come in from beside cannot be pushed back out of the segment.
  const follower = leader < 0 ? w.state.head[next]! : behind[leader << 1]!;
  if (follower >= 0 && place < w.types.length[type[v << 1]!]!) return false;
  unlink(w, v);
  pos[v] = place;
  link(w, v, next, leader);
  pushBack(w, v);
  return true;
}

/** Counts a crossing of the stop line: time on the road above driving freely, waiting to enter included. */
function countCrossing(w: World, v: number, movement: number): void {
  const { crossed, delay, scalars } = w.state;
  const { roadFromM, roadSince, type } = w.vehicles;
  const lane = w.net.fromLane[movement]!;
  const fastest = Math.min(w.types.maxSpeed[type[v << 1]!]!, w.segments.limit[lane << 3]!);
  const freeS = (w.segments.end[lane << 3]! - roadFromM[v << 1]!) / fastest;
  const sinceS = (scalars[SCALAR.timeMs]! - roadSince[v]!) / 1000;
  crossed[movement] = crossed[movement]! + 1;
  delay[movement] = delay[movement]! + Math.max(0, sinceS - freeS);
}

/** The lane is on the next road of the vehicle's route. */
function beginRoad(w: World, v: number, lane: number): void {
  const { routeAt, roadSince, roadFromM, flags } = w.vehicles;
  const place = routeAt[v << 1]! + 1;
  routeAt[v << 1] = place;
  roadSince[v] = w.state.scalars[SCALAR.timeMs]!;
  roadFromM[v << 1] = 0;
  aim(w, v);
  flags[v << 1] = flags[v << 1]! | endFlag(w, w.vehicles.trip[v << 1]!, place, lane);
}

/** Moves a vehicle beyond its segment's end onto the next ones. */
function passOn(w: World, v: number, events: EventBox): void {
  const { pos, segment, via, entered, cameBy, trip, flags, type } = w.vehicles;
  const { end, control, toLane, waitAt } = w.segments;
  const L = w.net.lanes;
  const now = w.state.scalars[SCALAR.timeMs]!;
  const step = w.state.scalars[SCALAR.step]!;
  while (true) {
    const seg = segment[v << 1]!;
    const over = pos[v]! - end[seg << 3]!;
    if (over <= 0) break;
    let movement: number;
    if (seg < L) {
      movement = via[v << 1]!;
      if (movement === END) {
        if ((flags[v << 1]! & HALTS) !== 0) holdAtEnd(w, v);
        break;
      }
      const way = L + movement;
      if (movement < 0 || (control[way << 4] === CONTROL.red && w.types.blueLight[type[v << 1]!] === 0)) {
        holdAtEnd(w, v);
        return;
      }
      if (end[way << 3]! > 0) {
        if (!enter(w, v, way, over)) {
          holdAtEnd(w, v);
          return;
        }
        countCrossing(w, v, movement);
        entered[v << 1] = over <= waitAt[way << 3]! ? step + 1 : step;
        continue;
      }
    } else {
      movement = seg - L;
    }
    const lane = toLane[(L + movement) << 4]!;
    if (!enter(w, v, lane, over)) {
      holdAtEnd(w, v);
      return;
    }
    if (seg < L) countCrossing(w, v, movement);
    cameBy[v << 1] = movement;
    beginRoad(w, v, lane);
    events.push(EVENT.road, now, trip[v << 1]!, w.net.laneRoad[lane]!);
  }
}

function arrive(w: World, v: number, events: EventBox): void {
  const { state: s, vehicles } = w;
  const trip = vehicles.trip[v << 1]!;
  const now = s.scalars[SCALAR.timeMs]!;
  s.arrivedMs[trip] = now;
  s.timeLossS[trip] = vehicles.timeLoss[v]!;
  s.waitingS[trip] = vehicles.waited[v << 1]!;
  s.tripStops[trip] = vehicles.stops[v << 1]!;
  events.push(EVENT.arrived, now, trip, w.trips.route[endOf(w, trip) - 1]!);
  unlink(w, v);
  removeSiren(w, v);
  vehicles.trip[v << 1] = -1;
  const top = s.scalars[SCALAR.freeTop]!;
  s.free[top] = v;
  s.scalars[SCALAR.freeTop] = top + 1;
  s.scalars[SCALAR.present] = s.scalars[SCALAR.present]! - 1;
  s.scalars[SCALAR.arrived] = s.scalars[SCALAR.arrived]! + 1;
}

/** End of the third part: those who left their segment, as listed in `w`, enter the next ones or arrive. */
export function passLeavers(w: World, events: EventBox): void {
  const { counts, leaving } = w.scratch;
  const leavers = counts[LEAVING]!;
  for (let k = 0; k < leavers; k++) {
    const v = leaving[k]!;
    if (isInBay(w, v)) {
      park(w, v);
      continue;
    }
    passOn(w, v, events);
    account(w, v);
    if (isThere(w, v)) arrive(w, v, events);
  }
}
