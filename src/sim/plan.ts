import type { f64, i32 } from '../units/numbers.ts';
import {
  followAhead,
  followInto,
  followLapping,
  followSiblings,
  isLappedInto,
  STOP_BEFORE_SIGN_M as STOP_BEFORE_SIGN,
  wouldBlock,
} from './ahead.ts';
import { viaBeyond } from './aim.ts';
import { findAside } from './beside.ts';
import { brakeGap } from './carfollowing.ts';
import { TYPE } from './demand.ts';
import { cruiseSpeed, followSpeed, freeSpeed, haltSpeed } from './driver.ts';
import { controlUnderSiren, hasSirens } from './emergency.ts';
import { junctionLeaders } from './junction.ts';
import { END } from './lanes.ts';
import {
  announceFrom,
  beginLink,
  hasLookedPast,
  leaveNoFaster,
  speedAfter,
  VISIBILITY_M as VISIBILITY,
} from './links.ts';
import { CONTROL } from './network.ts';
import { rest, wake } from './rest.ts';
import { COUNT, LINK, MAY_LEAVE, PLAN_LINKS } from './scratch.ts';
import { setNextSpeed } from './speed.ts';
import { FLAG, HALTING, SEGMENT, TRAIT, VEHICLE } from './state.ts';
import { stopSpeed } from './stops.ts';
import { readsAhead, touchPlans } from './touch.ts';
import type { World } from './world.ts';

const {
  end: END_M,
  limit: LIMIT,
  waitAt: WAIT_AT,
  tail: TAIL,
  toLane: TO_LANE,
  traits: TRAITS,
  aside: ASIDE,
  resting: RESTING,
} = SEGMENT;
const {
  pos: POS,
  speed: SPEED,
  factor: FACTOR,
  segment: ON,
  ahead: AHEAD,
  behind: BEHIND,
  type: KIND,
  routeAt: ROUTE_AT,
  flags: FLAGS,
  via: VIA,
} = VEHICLE;
const {
  length: LENGTH,
  minGap: MIN_GAP,
  accel: ACCEL,
  decel: DECEL,
  emergencyDecel: EMERGENCY_DECEL,
  maxSpeed: MAX_SPEED,
  tau: TAU,
  halfBrake: HALF_BRAKE,
  idm: IDM,
  blueLight: BLUE_LIGHT,
} = TYPE;
const { distance: DISTANCE, pass: PASS, wait: WAIT, arriveSpeed: ARRIVE_SPEED, request: REQUEST, next: NEXT } = LINK;

/** Distance before a signal's stop line at which drivers halt (SUMO), m. */
const STOP_BEFORE_LAMP_M = 1;
const STOP_BEFORE_SIGN_M = STOP_BEFORE_SIGN;
/** SUMO's tls.yellow.min-decel: at yellow and red drivers are ready to brake at least this hard, m/s2. */
const YELLOW_DECEL = 3;
/**
 * Whoever needs longer than this to a signal's line is not waited for: nobody takes as long to cross, s. Without a signal all
 * on the lane are, as in SUMO: an impatient driver who merges asks how fast they would come.
 */
const APPROACH_S = 15;
const EPS = 0.001;

const { red: RED, yellow: YELLOW, major: MAJOR } = CONTROL;
const { hasFoes: HAS_FOES, isYieldedTo: IS_YIELDED_TO, seenFromAfar: SEEN_FROM_AFAR, seenBeyond: SEEN_BEYOND } = TRAIT;
const SEEN_AHEAD = SEEN_FROM_AFAR | SEEN_BEYOND;
const VISIBILITY_M = VISIBILITY;
const LINKS = PLAN_LINKS;
const NEAR = MAY_LEAVE;
const AT_END = END;
const HALTED = HALTING;
const { order: ORDER, pending: PENDING, links: MADE } = COUNT;
const { held: HELD, halts: HALTS, stands: STANDS } = FLAG;

/** Where to halt before a line `distance` away: the usual place, or nearer when it is too late for that. */
function haltDistance(distance: f64, usual: f64, brake: f64): f64 {
  const before = distance >= brake ? Math.min(usual, distance - brake) : usual;
  return Math.max(0, distance - Math.max(before, STOP_BEFORE_SIGN_M));
}

/**
 * Plans the stop lines that can matter in this step: how fast the vehicle may go if every line ahead lets it pass, how fast if
 * the first, second, ... does not, and when it would arrive there (SUMO's planMove). Where nobody's plan decides, its next
 * speed is set at once.
 * @param i the vehicle's place in `order`; newSpeed[i] is what its leader on the segment allows
 */
function planLines(w: World, v: i32, i: i32): void {
  const { f64: F, i32: I } = w;
  const { shows } = w.state;
  const { newSpeed, approach, pending, linkFrom, linkCount, held, counts, out } = w.scratch;
  const { f64: P, i32: PI } = w.links;
  const { lanes: L, hasFoes, isYieldedTo } = w.net;
  const t = I[(v << 1) + KIND]!;
  const decel = w.f64[t + DECEL]!;
  const accel = w.f64[t + ACCEL]!;
  const maxSpeed = w.f64[t + MAX_SPEED]!;
  const factor = w.f32[(v << 1) + FACTOR]!;
  const now = F[v + SPEED]!;
  const brakeNow = brakeGap(now, decel, 0);
  const sirens = hasSirens(w);
  let seg = I[(v << 1) + ON]!;
  const unled = Math.min(now + accel, maxSpeed, F[(seg << 3) + LIMIT]! * factor);
  // By IDM, one that still has its rear on this segment matters from standing on.
  const rearM = w.f64[t + IDM]! > 0 ? w.types.longest : 0;
  const look = unled + brakeGap(unled, decel, w.f64[t + TAU]!) + rearM;
  let free = newSpeed[i]!;
  let seen = F[(seg << 3) + END_M]! - F[v + POS]!;
  // What the vehicle may be driving when it comes to the next line, while `free` is what it drives now.
  const part = seg >= L && F[v + POS]! < F[(seg << 3) + WAIT_AT]! ? F[(seg << 3) + WAIT_AT]! - F[v + POS]! : seen;
  let expected = speedAfter(part, unled, accel, F[(seg << 3) + LIMIT]! * factor);
  const leader = I[(v << 1) + AHEAD]!;
  if (leader >= 0) expected = Math.min(expected, followAhead(w, v));
  const firstLink = counts[MADE]!;
  let lines = 0;
  let links = 0;
  let last = -1;
  let waits = false;
  let slowed = false;
  let depth = 0;
  let onRoads: f64 = 0;
  let inside: f64 = 0;
  // Came to `seg` by a movement without a path.
  let isBare = false;
  while (true) {
    let movement: i32;
    let floor: f64 = 0;
    const onIt = seg >= L;
    if (onIt) {
      movement = seg - L;
      seen = -F[v + POS]!;
    } else {
      if (depth === 0 && leader < 0) {
        const bound = followLapping(w, v, seg, seen);
        free = Math.min(free, bound);
        expected = Math.min(expected, bound);
      }
      movement = viaBeyond(w, v, depth, seg);
      if (movement < 0) {
        if (movement !== AT_END) {
          const bound = haltSpeed(w, v, seen - STOP_BEFORE_SIGN_M, decel);
          free = Math.min(free, bound);
          if (isBare) leaveNoFaster(w, last, Math.min(bound, now + accel));
        }
        if (w.stops.buses > 0 && depth > 0 && w.trips.stopLane[I[(v << 1) + ROUTE_AT]! + depth]! >= 0)
          free = Math.min(free, stopSpeed(w, v, seen, seg));
        break;
      }
      const shown = shows[movement]!;
      const control = sirens ? controlUnderSiren(w, v, movement, shown, seen, brakeNow) : shown;
      const atLamp = control === RED || control === YELLOW;
      const major = control === MAJOR;
      const stopDecel = atLamp ? Math.max(Math.min(YELLOW_DECEL, w.f64[t + EMERGENCY_DECEL]!), decel) : decel;
      const brake = atLamp ? brakeGap(now, stopDecel, 0) : brakeNow;
      const halt = haltDistance(seen, atLamp || major ? STOP_BEFORE_LAMP_M : 0, brake);
      const wait = Math.min(free, haltSpeed(w, v, halt, stopDecel));
      if (atLamp && seen >= brake) {
        free = wait;
        break;
      }
      const slows = !major && brakeNow < seen && seen > VISIBILITY_M;
      let request = free > EPS && !slowed;
      if (request && seen <= look && hasFoes[movement] === 1 && seen >= brakeNow) {
        request = !wouldBlock(w, v, movement, depth);
      }
      lines++;
      // Major and yellow lines let pass, red ones do not, and one drives up to a waiting place: known without others' plans.
      const decided = major || atLamp || F[((L + movement) << 3) + WAIT_AT]! >= 0;
      const passes = request && control !== RED;
      const isApproach = request && isYieldedTo[movement] === 1;
      last = -1;
      if (waits || !decided || isApproach) {
        last = (firstLink + links++) << 4;
        P[last + DISTANCE] = seen;
        P[last + PASS] = free;
        P[last + WAIT] = wait;
        P[last + ARRIVE_SPEED] = expected;
        beginLink(w, v, last, movement, 0, slows);
        waits ||= !decided;
        if (!request) PI[(last << 1) + REQUEST] = 0;
      }
      slowed ||= slows;
      if (!passes && !waits) free = wait;
      if (!request) break;
      if (isApproach) {
        PI[(last << 1) + NEXT] = approach[movement]!;
        approach[movement] = last;
      }
      if (!passes && !waits) break;
      if ((seen > look && hasLookedPast(w, t, onRoads, inside)) || lines >= LINKS) break;
      floor = wait;
    }
    // The movement begins at `seen`, which is negative for a vehicle that is on it.
    const way = L + movement;
    const length = F[(way << 3) + END_M]!;
    if (length > 0) {
      const waitM = F[(way << 3) + WAIT_AT]!;
      if (!onIt) {
        const fastest = Math.min(maxSpeed, F[(way << 3) + LIMIT]! * factor);
        if (free > fastest) free = Math.min(free, Math.max(EPS, freeSpeed(w, v, seen, fastest)));
        const inside = I[(way << 4) + TAIL]!;
        expected = speedAfter(waitM >= 0 ? waitM : length, free, accel, fastest);
        if (inside >= 0) {
          const bound = followInto(w, v, inside, seen);
          free = Math.min(free, bound);
          expected = Math.min(expected, free);
          leaveNoFaster(w, last, bound);
        }
        if (last >= 0) P[last + WAIT] = Math.min(P[last + WAIT]!, free);
        floor = Math.min(floor, free);
      }
      if (onIt || (depth === 0 && leader < 0)) {
        const bound = followSiblings(w, v, movement, seen);
        expected = Math.min(expected, bound);
        if (bound < free) free = Math.min(free, Math.max(floor, bound));
      }
      const canMove = free > EPS;
      out[3] = seen;
      junctionLeaders(w, v, movement, onIt);
      const keptClear = (I[(way << 4) + TRAITS]! & HAS_FOES) !== 0 && waitM < 0;
      if (!onIt && keptClear && (!canMove || out[2] === 1) && seen >= brakeNow) {
        // It could not leave the junction: it stays out, and nobody need wait for it (SUMO's checkRewindLinkLanes).
        if (last >= 0) PI[(last << 1) + REQUEST] = 0;
        if (!waits) free = floor;
        break;
      }
      const boundToWait = out[0]!;
      const boundBeyond = out[1]!;
      if (boundToWait < free) {
        if (onIt && boundToWait < HALTED) held[i] = HELD;
        free = Math.min(free, Math.max(floor, boundToWait));
      }
      const toWait = seen + waitM;
      if (waitM >= 0 && toWait > 0) {
        const entry = shows[movement]!;
        const goesOn = entry === MAJOR || entry === YELLOW;
        const halt = haltDistance(toWait, goesOn ? STOP_BEFORE_LAMP_M : 0, brakeNow);
        const slows = !goesOn && brakeNow < toWait && toWait > VISIBILITY_M;
        const wait = Math.min(free, haltSpeed(w, v, halt, decel));
        lines++;
        last = -1;
        const isApproach = (onIt || canMove) && (I[(way << 4) + TRAITS]! & IS_YIELDED_TO) !== 0;
        if (waits || !goesOn || isApproach) {
          last = (firstLink + links++) << 4;
          P[last + DISTANCE] = toWait;
          P[last + PASS] = free;
          P[last + WAIT] = wait;
          P[last + ARRIVE_SPEED] = expected;
          beginLink(w, v, last, movement, 1, slows);
          waits ||= !goesOn;
        }
        if (isApproach) {
          PI[(last << 1) + NEXT] = approach[movement]!;
          approach[movement] = last;
        }
        slowed ||= slows;
        floor = wait;
      }
      if (boundBeyond < free) {
        if (onIt && boundBeyond < HALTED) held[i] = HELD;
        free = Math.min(free, Math.max(floor, boundBeyond));
      }
      const met = Math.min(boundToWait, boundBeyond);
      if (met !== Number.POSITIVE_INFINITY) leaveNoFaster(w, last, Math.min(met, now + accel));
      if (lines >= LINKS) break;
    }
    inside += onIt ? length + seen : length;
    seen += length;
    isBare = length === 0;
    seg = I[(way << 4) + TO_LANE]!;
    depth++;
    const fastest = Math.min(maxSpeed, F[(seg << 3) + LIMIT]! * factor);
    if (free > fastest) free = Math.min(free, Math.max(EPS, freeSpeed(w, v, seen, fastest)));
    expected = speedAfter(F[(seg << 3) + END_M]!, free, accel, fastest);
    const lastThere = I[(seg << 4) + TAIL]!;
    if (lastThere >= 0) {
      const bound = followInto(w, v, lastThere, seen);
      free = Math.min(free, bound);
      expected = Math.min(expected, free);
      if (isBare) leaveNoFaster(w, last, bound);
    }
    if (I[(seg << 4) + ASIDE] !== 0) {
      const aside = findAside(w, movement);
      if (aside >= 0) free = Math.min(free, followInto(w, v, aside, seen));
    }
    if (last >= 0) P[last + WAIT] = Math.min(P[last + WAIT]!, free);
    seen += F[(seg << 3) + END_M]!;
    onRoads += F[(seg << 3) + END_M]!;
    if (free <= EPS) break;
  }
  counts[MADE] = firstLink + links;
  newSpeed[i] = free;
  if (waits) {
    linkFrom[i] = firstLink;
    linkCount[i] = links;
    pending[counts[PENDING]!] = i;
    counts[PENDING] = counts[PENDING]! + 1;
    held[i] = held[i]! | NEAR;
  } else {
    setNextSpeed(w, v, i, 0);
  }
}

/** Plans for one on a lane that may be near enough to its end to look at what is there. */
function planAtEnd(w: World, v: i32, i: i32): void {
  const { f64: F, i32: I, f32: S } = w;
  const { longest } = w.types;
  const { newSpeed } = w.scratch;
  const seg = I[(v << 1) + ON]!;
  const t = I[(v << 1) + KIND]!;
  const now = F[v + SPEED]!;
  const fastest = Math.min(F[t + MAX_SPEED]!, F[(seg << 3) + LIMIT]! * S[(v << 1) + FACTOR]!);
  const unled = Math.min(now + F[t + ACCEL]!, fastest);
  const look = unled + brakeGap(unled, F[t + DECEL]!, F[t + TAU]!);
  const seen = F[(seg << 3) + END_M]! - F[v + POS]!;
  // Whoever left the lane last may still have its rear on it.
  const rearM = I[(v << 1) + AHEAD]! < 0 && seen - longest <= look && isLappedInto(w, seg) ? longest : 0;
  const isIdm = F[t + IDM]! > 0;
  if (seen - rearM > look && !isIdm) {
    // That near it is always waited for.
    announceFrom(w, v, i);
    setNextSpeed(w, v, i, 0);
    return;
  }
  const movement = I[(v << 1) + VIA]!;
  const control = movement >= 0 ? w.state.shows[movement]! : MAJOR;
  const atLamp = control === RED || control === YELLOW;
  if (isIdm || !atLamp || rearM !== 0 || F[t + BLUE_LIGHT] !== 0) {
    planLines(w, v, i);
    return;
  }
  const stopDecel = Math.max(Math.min(YELLOW_DECEL, F[t + EMERGENCY_DECEL]!), F[t + DECEL]!);
  const brake = brakeGap(now, stopDecel, 0);
  if (seen < brake) {
    planLines(w, v, i);
    return;
  }
  newSpeed[i] = Math.min(newSpeed[i]!, haltSpeed(w, v, haltDistance(seen, STOP_BEFORE_LAMP_M, brake), stopDecel));
  setNextSpeed(w, v, i, 0);
}

/** The speed that a stop on the segment allows; 0 while one stands at it. */
function planStop(w: World, v: i32, i: i32): void {
  const { f64: F, i32: I } = w;
  const { newSpeed } = w.scratch;
  const seg = I[(v << 1) + ON]!;
  if ((I[(v << 1) + FLAGS]! & STANDS) !== 0) newSpeed[i] = 0;
  else newSpeed[i] = Math.min(newSpeed[i]!, stopSpeed(w, v, F[(seg << 3) + END_M]! - F[v + POS]!, seg));
}

/**
 * First part of a step, for each vehicle of the segments in [from, to) by itself, from everyone's state at its start: its next
 * speed, or the plans from which it is decided. Far from its stop line a vehicle only follows its leader; by IDM nothing is too
 * far to matter. What most do is done here; V8 calls what is left by whole numbers alone, which costs no memory.
 */
export function planSegments(w: World, from: i32, to: i32): void {
  const { head, relit } = w.state;
  const { f64: F, i32: I, f32: S } = w;
  const { longest } = w.types;
  const { order, newSpeed, held, counts } = w.scratch;
  const L = w.net.lanes;
  const mayRest = !hasSirens(w);
  let i = counts[ORDER]!;
  let ready = readsAhead(w) ? from : -1;
  for (let seg = from; seg < to; seg++) {
    if (seg === ready) ready = touchPlans(w, seg, to);
    let v = head[seg]!;
    if (v < 0) continue;
    if (I[(seg << 4) + RESTING]! >= 0) {
      if (mayRest && relit[seg] === 0) v = I[(I[(seg << 4) + RESTING]! << 1) + BEHIND]!;
      else wake(w, seg);
    }
    for (; v >= 0; v = I[(v << 1) + BEHIND]!) {
      const t = I[(v << 1) + KIND]!;
      const now = F[v + SPEED]!;
      const fastest = Math.min(F[t + MAX_SPEED]!, F[(seg << 3) + LIMIT]! * S[(v << 1) + FACTOR]!);
      const unled = Math.min(now + F[t + ACCEL]!, fastest);
      // As far as it takes to stop from that speed at least: nothing farther away matters.
      const far = unled * (1 + F[t + TAU]! + unled * F[t + HALF_BRAKE]!);
      const isIdm = F[t + IDM]! > 0;
      let free = isIdm ? cruiseSpeed(w, v) : unled;
      const leader = I[(v << 1) + AHEAD]!;
      if (leader >= 0) {
        const gap = F[leader + POS]! - F[I[(leader << 1) + KIND]! + LENGTH]! - F[v + POS]! - F[t + MIN_GAP]!;
        if (gap <= far || isIdm) free = Math.min(free, followSpeed(w, v, leader, gap));
      }
      order[i] = v;
      held[i] = 0;
      newSpeed[i] = free;
      const flags = I[(v << 1) + FLAGS]!;
      if ((flags & HALTS) !== 0) planStop(w, v, i);
      if ((flags & STANDS) !== 0) setNextSpeed(w, v, i, 0);
      else if (seg >= L) planLines(w, v, i);
      else if (isIdm || F[(seg << 3) + END_M]! - F[v + POS]! - longest <= far) planAtEnd(w, v, i);
      else {
        const isAwaited = F[(seg << 3) + END_M]! - F[v + POS]! < APPROACH_S * fastest;
        if (isAwaited || (I[(seg << 4) + TRAITS]! & SEEN_AHEAD) !== 0) announceFrom(w, v, i);
        setNextSpeed(w, v, i, 0);
      }
      const at = F[v + POS]!;
      if (at + newSpeed[i]! > F[(seg << 3) + END_M]! || (seg >= L && at <= F[(seg << 3) + WAIT_AT]!))
        held[i] = held[i]! | NEAR;
      if (now === 0 && newSpeed[i] === 0 && mayRest && seg < L && I[(seg << 4) + RESTING] === leader) rest(w, v);
      i++;
    }
  }
  counts[ORDER] = i;
}
