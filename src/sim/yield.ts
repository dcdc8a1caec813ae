import type { f64, i32 } from '../units/numbers.ts';
import { drawWith } from '../units/random.ts';
import { haltedOf } from './accounts.ts';
import { brakeGap } from './carfollowing.ts';
import { TYPE } from './demand.ts';
import { haltSpeed } from './driver.ts';
import { timeLink, VISIBILITY_M as VISIBILITY } from './links.ts';
import { CONTROL } from './network.ts';
import { willMeetWalkers } from './pedestrians.ts';
import { COUNT, LINK } from './scratch.ts';
import { setNextSpeed } from './speed.ts';
import { HALTING, SCALAR, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const {
  distance: DISTANCE,
  pass: PASS,
  wait: WAIT,
  arrive: ARRIVE,
  leave: LEAVE,
  arriveSpeed: ARRIVE_SPEED,
  leaveSpeed: LEAVE_SPEED,
  brakeSpeed: BRAKE_SPEED,
  movement: MOVEMENT,
  inner: INNER,
  request: REQUEST,
  vehicle: WHO,
  next: NEXT,
} = LINK;
const { speed: SPEED, type: KIND, trip: TRIP } = VEHICLE;
const { accel: ACCEL, decel: DECEL } = TYPE;

const EPS = 0.001;
const POSITION_EPS = 0.1;
/** Time gap a driver who gives way keeps to the next foe (SUMO's look-ahead time), s. */
const GAP_S = 1;
/** Halted this long, a driver takes any gap that others can brake for (SUMO's time-to-impatience), s. */
const IMPATIENT_S = 180;
/** Where all wait for the one to their right, each stands back for a second with this chance (SUMO's planMove). */
const STAND_BACK_STRAIGHT = 0.25;
const STAND_BACK_TURNING = 0.75;
/** Stop lines looked at to find that all wait for each other. */
const MOST_IN_CIRCLE = 8;

const {
  red: RED,
  yellow: YELLOW,
  major: MAJOR,
  stop: STOP,
  allWayStop: ALL_WAY,
  equal: EQUAL,
  zipper: ZIPPER,
} = CONTROL;
const HALTED = HALTING;
const VISIBILITY_M = VISIBILITY;
const TIME = SCALAR.timeMs;

/** True when a vehicle that follows with `behind` m/s could not stop as soon as one that leaves with `ahead` (SUMO's unsafeMergeSpeeds). */
function unsafeMerge(ahead: f64, behind: f64, aheadDecel: f64, behindDecel: f64): boolean {
  return (ahead * ahead) / aheadDecel <= (behind * behind) / behindDecel;
}

/** The nearest movement that someone comes by to whom `movement` gives way, -1 for none, or `home` when one is from that lane. */
function findBlocker(w: World, movement: i32, home: i32): i32 {
  const { f64: P, i32: PI } = w.links;
  const { yieldStart, yields, fromLane } = w.net;
  let found = -1;
  let nearest: f64 = Number.POSITIVE_INFINITY;
  for (let k = yieldStart[movement]!; k < yieldStart[movement + 1]!; k++) {
    const foe = yields[k]!;
    for (let part = 0; part < w.parts; part++) {
      for (let f = w.approaches[part * w.net.movements + foe]!; f >= 0; f = PI[(f << 1) + NEXT]!) {
        if (fromLane[foe] === fromLane[home]) return home;
        if (P[f + DISTANCE]! >= nearest) continue;
        nearest = P[f + DISTANCE]!;
        if (PI[(f << 1) + REQUEST] === 1) found = foe;
      }
    }
  }
  return found;
}

/** True when the driver waits at a junction where all wait for the one to their right, and lets the others go this second. */
function standsBack(w: World, link: i32): boolean {
  const { i32: PI } = w.links;
  const v = PI[(link << 1) + WHO]!;
  const home = PI[(link << 1) + MOVEMENT]!;
  if (haltedOf(w, v) === 0 || w.links.f64[link + DISTANCE]! > VISIBILITY_M) return false;
  const chance = w.net.straight[home] === 1 ? STAND_BACK_STRAIGHT : STAND_BACK_TURNING;
  // Not the draw of its imperfection.
  if (drawWith(~w.scratch.counts[COUNT.draw]!, w.i32[(v << 1) + TRIP]!) >= chance) return false;
  let movement = home;
  for (let i = 0; i < MOST_IN_CIRCLE; i++) {
    movement = findBlocker(w, movement, home);
    if (movement < 0 || movement === home) break;
  }
  return movement === home;
}

function isBlockedBy(
  w: World,
  v: i32,
  link: i32,
  foeLink: i32,
  sameTarget: boolean,
  control: i32,
  impatience: f64,
): boolean {
  const { f64: P, i32: PI } = w.links;
  const { i32: I } = w;
  const foe = PI[(foeLink << 1) + WHO]!;
  if (foe === v || PI[(foeLink << 1) + REQUEST] === 0) return false;
  timeLink(w, foeLink);
  const arrive = P[link + ARRIVE]!;
  const foeArrives = P[foeLink + ARRIVE]!;
  const decel = w.f64[I[(v << 1) + KIND]! + DECEL]!;
  const foeDecel = w.f64[I[(foe << 1) + KIND]! + DECEL]!;
  if (control === EQUAL && standsBack(w, foeLink)) return false;
  if (control === ALL_WAY) {
    const waited = haltedOf(w, v);
    const foeWaited = haltedOf(w, foe);
    if (waited > foeWaited) return false;
    const isEarlier = arrive < foeArrives || (arrive === foeArrives && I[(v << 1) + TRIP]! < I[(foe << 1) + TRIP]!);
    if (waited === foeWaited && isEarlier) return false;
  }
  if (control === ZIPPER && arrive < foeArrives) return false;
  let foeAt = foeArrives;
  let foeSpeed = P[foeLink + BRAKE_SPEED]!;
  if (impatience > 0 && arrive < foeArrives) {
    const dt = foeArrives - arrive;
    const m = foeDecel * impatience;
    const distance = P[foeLink + DISTANCE]!;
    const now = w.state.scalars[TIME]! / 1000;
    const u = distance / Math.max(foeArrives - now + 1, EPS);
    const left = distance - u * (arrive - now);
    if (Math.floor(arrive) !== Math.floor(foeArrives)) {
      if ((0.5 * u * u) / m <= left) {
        foeAt = (1 - impatience) * foeArrives + impatience * (foeArrives + 30);
        foeSpeed = 0;
      } else {
        const d = dt * m;
        const root = 4 * (u - d) * (u - d) - 8 * m * ((dt * d) / 2);
        const x = root > 0 ? Math.max(0, (Math.sqrt(root) * -0.5 - d + u) / m) : 0;
        foeAt = foeArrives + impatience * x;
        foeSpeed = Math.max(0, u - (dt + x) * m);
      }
    }
  }
  if (P[foeLink + LEAVE]! < arrive) {
    return (
      sameTarget &&
      (arrive - P[foeLink + LEAVE]! < GAP_S ||
        unsafeMerge(P[foeLink + LEAVE_SPEED]!, P[link + ARRIVE_SPEED]!, foeDecel, decel))
    );
  }
  if (foeAt > P[link + LEAVE]! + GAP_S) {
    return sameTarget && unsafeMerge(P[link + LEAVE_SPEED]!, foeSpeed, decel, foeDecel);
  }
  return true;
}

function isOpen(w: World, v: i32, link: i32, control: i32, canBrake: boolean): boolean {
  const { f64: P, i32: PI } = w.links;
  const { f64: F } = w;
  const { yieldStart, yields, toLane } = w.net;
  const movement = PI[(link << 1) + MOVEMENT]!;
  const inner = PI[(link << 1) + INNER] === 1;
  if (inner ? control === YELLOW : control === RED) return inner;
  if (control === MAJOR) return true;
  if (!inner && w.net.waitAt[movement]! >= 0) return true;
  const waited = haltedOf(w, v);
  if ((control === STOP || control === ALL_WAY) && waited === 0 && !inner) return false;
  if (!inner && willMeetWalkers(w, movement, P[link + ARRIVE]!, P[link + LEAVE]!)) return false;
  const impatience = canBrake ? Math.min(1, waited / IMPATIENT_S) : 1;
  const afterRed = inner && control === RED;
  const target = toLane[movement]!;
  for (let k = yieldStart[movement]!; k < yieldStart[movement + 1]!; k++) {
    const foeMovement = yields[k]!;
    const sameTarget = toLane[foeMovement] === target;
    for (let part = 0; part < w.parts; part++) {
      for (let f = w.approaches[part * w.net.movements + foeMovement]!; f >= 0; f = PI[(f << 1) + NEXT]!) {
        if (afterRed && F[PI[(f << 1) + WHO]! + SPEED]! < HALTED) continue;
        if (inner && PI[(f << 1) + INNER] === 1) continue;
        if (isBlockedBy(w, v, link, f, sameTarget, control, impatience)) return false;
      }
    }
  }
  return true;
}

/** Which stop lines are open to the vehicle at `i` in `order`, given everyone's plans, and so its next speed. */
function decide(w: World, i: i32): void {
  const { f64: P, i32: PI } = w.links;
  const { newSpeed, order, linkFrom, linkCount } = w.scratch;
  const v = order[i]!;
  const t = w.i32[(v << 1) + KIND]!;
  const decel = w.f64[t + DECEL]!;
  const now = w.f64[v + SPEED]!;
  const count = linkCount[i]!;
  let safe = newSpeed[i]!;
  let least: f64 = 0;
  let clearM: f64 = 0;
  for (let at = 0; at < count; at++) {
    const link = (linkFrom[i]! + at) << 4;
    const movement = PI[(link << 1) + MOVEMENT]!;
    const inner = PI[(link << 1) + INNER] === 1;
    const control = w.state.shows[movement]!;
    const distance = P[link + DISTANCE]!;
    if (PI[(link << 1) + REQUEST] === 0) {
      safe = P[link + WAIT]!;
      break;
    }
    if (control === EQUAL && !inner && standsBack(w, link)) {
      safe = P[link + WAIT]!;
      break;
    }
    timeLink(w, link);
    const canBrake = distance > brakeGap(now, decel, 0) || now < decel;
    const yellow = !inner && control === YELLOW;
    if ((yellow && canBrake) || !(yellow || isOpen(w, v, link, control, canBrake))) {
      safe = P[link + WAIT]!;
      break;
    }
    const yields = inner
      ? control !== MAJOR && control !== YELLOW
      : control !== MAJOR && !yellow && w.net.waitAt[movement]! < 0;
    if (yields) {
      if (distance > VISIBILITY_M && canBrake) {
        safe = P[link + WAIT]!;
        break;
      }
      clearM = distance;
      least = Math.min(distance + POSITION_EPS, P[link + PASS]!, now + w.f64[t + ACCEL]!);
    }
  }
  if (safe + EPS < least) {
    // Too slow to clear the line (a leader): stop before it instead.
    safe = Math.min(safe, Math.max(now - decel, haltSpeed(w, v, clearM, decel)));
    least = 0;
  }
  newSpeed[i] = safe;
  setNextSpeed(w, v, i, least);
}

/** True when somebody of the world's share gives way in this step. */
export function isAnyonePending(w: World): boolean {
  return w.scratch.counts[COUNT.pending]! > 0;
}

/** Second part of a step: those that give way decide from everyone's plans, each by itself. */
export function decidePending(w: World): void {
  const { pending, counts } = w.scratch;
  const count = counts[COUNT.pending]!;
  for (let k = 0; k < count; k++) decide(w, pending[k]!);
}
