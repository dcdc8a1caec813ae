import type { f64, i32 } from '../units/numbers.ts';
import { arrivalTime, brakeGap } from './carfollowing.ts';
import { TYPE } from './demand.ts';
import { HALF_STRIP_M } from './footways.ts';
import { HALTING, SCALAR, SEGMENT, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const { pos: POS, speed: SPEED, factor: FACTOR, behind: BEHIND, type: KIND, via: VIA, cameBy: CAME_BY } = VEHICLE;
const { length: LENGTH, accel: ACCEL, decel: DECEL, maxSpeed: MAX_SPEED } = TYPE;
const { end: END_M, limit: LIMIT, tail: TAIL, toLane: TO_LANE } = SEGMENT;

/** People this near to a crossing are on their way onto it, as drivers see it (SUMO: on the walking area before it), m. */
const APPROACH_M = 5;
/** Drivers let those pass who are on the crossing and come to within this of their way (SUMO: jmCrossingGap), m. */
const CROSSING_GAP_M = 10;
/** Where those on foot give way, they leave a vehicle this much time after they are across (SUMO: 2 s, and 1 s as all do). */
const CLEARANCE_S = 3;
/** Having waited this long, they step out when vehicles can still brake (SUMO: MAX_WAIT_TOLERANCE), s. */
const IMPATIENT_S = 120;

/**
 * One second of walking for everyone on foot. It comes before the vehicles move, from everyone's state at the step's start;
 * afterwards `footHead` and `footNext` list by crossing who is on it or comes to it, for the vehicles.
 */
export function stepWalkers(w: World): void {
  const { state: s, walks } = w;
  if (walks.count === 0) return;
  const now = s.scalars[SCALAR.timeMs]!;
  s.footHead.fill(-1);
  let count = s.scalars[SCALAR.walkers]!;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const p = s.walking[i]!;
    if (walk(w, p)) {
      s.walkArrivedMs[p] = now;
      continue;
    }
    s.walking[kept++] = p;
    enlist(w, p);
  }
  count = kept;
  let next = s.scalars[SCALAR.nextWalk]!;
  for (; next < walks.count && walks.departMs[next]! <= now; next++) {
    s.walkPart[next] = walks.start[next]!;
    s.walkLeft[next] = walks.beforeM[walks.start[next]!]!;
    s.walking[count++] = next;
  }
  s.scalars[SCALAR.nextWalk] = next;
  s.scalars[SCALAR.walkers] = count;
}

/** Takes one person on by a second; true when the walk is over. */
function walk(w: World, p: f64): boolean {
  const { state: s, walks, feet } = w;
  let part = s.walkPart[p]!;
  let left = s.walkLeft[p]! - walks.paceMps[p]!;
  let isOn = s.walkOn[p] === 1;
  while (left <= 0) {
    const crossing = walks.crossing[part]!;
    if (isOn) {
      isOn = false;
      part++;
      left += walks.beforeM[part]!;
    } else if (crossing < 0) {
      return true;
    } else if (mayEnter(w, p, crossing, walks.direction[part]!)) {
      isOn = true;
      left += feet.lengthM[crossing]!;
      s.walkersCrossed[crossing] = s.walkersCrossed[crossing]! + 1;
      if (s.walkHalted[p]! > 0) s.crossingWaiting[crossing] = s.crossingWaiting[crossing]! - 1;
      s.walkHalted[p] = 0;
    } else {
      wait(w, p, crossing);
      left = 0;
      break;
    }
  }
  s.walkPart[p] = part;
  s.walkLeft[p] = left;
  s.walkOn[p] = isOn ? 1 : 0;
  return false;
}

function wait(w: World, p: f64, crossing: i32): void {
  const { state: s } = w;
  const halted = s.walkHalted[p]! + 1;
  if (halted === 1) s.crossingWaiting[crossing] = s.crossingWaiting[crossing]! + 1;
  s.walkHalted[p] = halted;
  s.walkWaited[p] = s.walkWaited[p]! + 1;
  s.crossingWaitedS[crossing] = s.crossingWaitedS[crossing]! + 1;
  s.crossingLongestS[crossing] = Math.max(s.crossingLongestS[crossing]!, halted);
}

function enlist(w: World, p: f64): void {
  const { state: s, walks } = w;
  const crossing = walks.crossing[s.walkPart[p]!]!;
  if (crossing < 0 || (s.walkOn[p] === 0 && s.walkLeft[p]! > APPROACH_M)) return;
  s.footNext[p] = s.footHead[crossing]!;
  s.footHead[crossing] = p;
}

/** True when someone at the kerb may step onto the crossing: walk shows, or nobody they give way to comes; and it is free. */
function mayEnter(w: World, p: f64, crossing: i32, direction: f64): boolean {
  const { state: s, feet, walks } = w;
  if (feet.isSignalled[crossing] === 1 && s.walkLamp[crossing] === 0) return false;
  const pace = walks.paceMps[p]!;
  const lengthM = feet.lengthM[crossing]!;
  const acrossS = lengthM / pace + CLEARANCE_S;
  for (let i = feet.ofCrossingStart[crossing]!; i < feet.ofCrossingStart[crossing + 1]!; i++) {
    const k = feet.ofCrossing[i]!;
    const stripM = direction === 0 ? feet.acrossM[k]! : lengthM - feet.acrossM[k]!;
    const reachS = Math.max(0, stripM - HALF_STRIP_M) / pace;
    const yields = feet.vehiclesYield[k] === 0 && feet.isSignalled[crossing] === 0;
    if (isOccupied(w, k, crossing, reachS, yields)) return false;
    if (yields && isComing(w, feet.movement[k]!, acrossS, s.walkHalted[p]! >= IMPATIENT_S)) return false;
  }
  return true;
}

/** True when a vehicle inside the junction is on the crossing or cannot but be there when the person comes to its path. */
function isOccupied(w: World, k: i32, crossing: i32, reachS: f64, yields: boolean): boolean {
  const { feet } = w;
  const { f64: F, i32: I } = w;
  const movement = feet.movement[k]!;
  const segment = w.net.lanes + movement;
  const from = feet.atM[k]! - feet.halfWidthM[crossing]!;
  const to = feet.atM[k]! + feet.halfWidthM[crossing]!;
  // It may yet have to stop there: trust no farther than a second.
  const clearsS = Math.min(reachS, 1);
  for (let v = w.state.head[segment]!; v >= 0; v = I[(v << 1) + BEHIND]!) {
    const t = I[(v << 1) + KIND]!;
    const comesM = yields ? F[v + SPEED]! * reachS : brakeGap(F[v + SPEED]!, F[t + DECEL]!, 0);
    if (F[v + POS]! + comesM < from) continue;
    if ((to - F[v + POS]! + F[t + LENGTH]!) / Math.max(F[v + SPEED]!, HALTING) > clearsS) return true;
  }
  const last = I[(I[(segment << 4) + TO_LANE]! << 4) + TAIL]!;
  if (last < 0 || I[(last << 1) + CAME_BY] !== movement) return false;
  const back = F[(segment << 3) + END_M]! + F[last + POS]! - F[I[(last << 1) + KIND]! + LENGTH]!;
  return (to - back) / Math.max(F[last + SPEED]!, HALTING) > clearsS;
}

/** True when a vehicle comes to the movement's stop line within `withinS` and, for the impatient, cannot stop before it. */
function isComing(w: World, movement: i32, withinS: f64, impatient: boolean): boolean {
  const { f64: F, i32: I, f32: S } = w;
  const lane = w.net.fromLane[movement]!;
  for (let v = w.state.head[lane]!; v >= 0; v = I[(v << 1) + BEHIND]!) {
    const t = I[(v << 1) + KIND]!;
    const distance = w.f64[(lane << 3) + END_M]! - F[v + POS]!;
    const limit = Math.min(F[t + MAX_SPEED]!, w.f64[(lane << 3) + LIMIT]! * S[(v << 1) + FACTOR]!);
    if (arrivalTime(distance, F[v + SPEED]!, limit, F[t + ACCEL]!, F[t + DECEL]!) > withinS) return false;
    if (I[(v << 1) + VIA] !== movement) continue;
    if (!impatient || brakeGap(F[v + SPEED]!, F[t + DECEL]!, 0) > distance) return true;
  }
  return false;
}

/** True when someone on the crossing is, or comes near, in the way of a vehicle at meeting `k`. */
export function isBlockedByWalkers(w: World, k: i32): boolean {
  const { state: s, feet, walks } = w;
  const crossing = feet.crossing[k]!;
  const lengthM = feet.lengthM[crossing]!;
  for (let p = s.footHead[crossing]!; p >= 0; p = s.footNext[p]!) {
    if (s.walkOn[p] === 0) continue;
    const backward = walks.direction[s.walkPart[p]!] === 1;
    const at = backward ? s.walkLeft[p]! : lengthM - s.walkLeft[p]!;
    const side = feet.acrossM[k]! - HALF_STRIP_M;
    const ahead = backward ? at - side : side - at;
    if (ahead >= -2 * HALF_STRIP_M && ahead <= CROSSING_GAP_M) return true;
  }
  return false;
}

/** True when someone will be on a crossing of the movement, where vehicles give way, between two times (s). */
export function willMeetWalkers(w: World, movement: i32, arriveS: f64, leaveS: f64): boolean {
  const { state: s, feet, walks } = w;
  const now = s.scalars[SCALAR.timeMs]! / 1000;
  for (let k = feet.start[movement]!; k < feet.start[movement + 1]!; k++) {
    if (feet.vehiclesYield[k] === 0) continue;
    const crossing = feet.crossing[k]!;
    for (let p = s.footHead[crossing]!; p >= 0; p = s.footNext[p]!) {
      if (s.walkOn[p] === 1) continue;
      const pace = walks.paceMps[p]!;
      const comes = s.walkHalted[p]! > 0 ? now - s.walkHalted[p]! : now + s.walkLeft[p]! / pace;
      if (arriveS <= comes + feet.lengthM[crossing]! / pace && leaveS >= comes) return true;
    }
  }
  return false;
}
