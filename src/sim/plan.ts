import { findLapping } from './beside.ts';
import { brakeGap } from './carfollowing.ts';
import { cruiseSpeed, followSpeed, freeSpeed, haltSpeed } from './driver.ts';
import { controlUnderSiren, hasSirens } from './emergency.ts';
import { junctionLeaders } from './junction.ts';
import { END } from './lanes.ts';
import { announce, leaveNoFaster, speedAfter, timeLink, VISIBILITY_M as VISIBILITY } from './links.ts';
import { CONTROL } from './network.ts';
import { setNextSpeed } from './speed.ts';
import { COUNT, FLAG, HALTING, PLAN_LINKS, TRAIT, VEHICLE_SHIFT } from './state.ts';
import { stopSpeed } from './stops.ts';
import type { World } from './world.ts';

/** Distance before a signal's stop line at which drivers halt, and before other lines (SUMO: 1 m, 0.1 m). */
const STOP_BEFORE_LAMP_M = 1;
const STOP_BEFORE_SIGN_M = 0.1;
/** SUMO's tls.yellow.min-decel: at yellow and red drivers are ready to brake at least this hard, m/s2. */
const YELLOW_DECEL = 3;
/**
 * Whoever needs longer than this to a signal's line is not waited for: nobody takes as long to cross, s. Without a signal all
 * on the lane are, as in SUMO: an impatient driver who merges asks how fast they would come.
 */
const APPROACH_S = 15;
const EPS = 0.001;

const { red: RED, yellow: YELLOW, major: MAJOR } = CONTROL;
const { hasFoes: HAS_FOES, isYieldedTo: IS_YIELDED_TO, forks: FORKS, seenFromAfar: SEEN_FROM_AFAR } = TRAIT;
const VISIBILITY_M = VISIBILITY;
const LINKS = PLAN_LINKS;
const AT_END = END;
const HALTED = HALTING;
const SLOT = VEHICLE_SHIFT;
const { order: ORDER, pending: PENDING } = COUNT;
const { held: HELD, halts: HALTS, stands: STANDS } = FLAG;

/** Metres free on a lane behind its last halted vehicle, in out[0]; true when there is one. */
function spaceTillHalted(w: World, lane: number): boolean {
  const { pos, speed, ahead, type } = w.vehicles;
  const { length, minGap } = w.types;
  const { out } = w.scratch;
  let lengths = 0;
  for (let v = w.segments.tail[lane << 4]!; v >= 0; v = ahead[v << 1]!) {
    const t = type[v << 1]!;
    if (speed[v]! < HALTED) {
      out[0] = pos[v]! - length[t]! - lengths;
      return true;
    }
    lengths += length[t]! + minGap[t]!;
  }
  out[0] = w.segments.end[lane << 3]! - lengths;
  return false;
}

/** True when the vehicle, once past the movement, would find no room behind a halted one (SUMO's keepClear). */
function wouldBlock(w: World, v: number, movement: number, depth: number): boolean {
  const { ahead, type, routeAt } = w.vehicles;
  const { length, minGap } = w.types;
  const { toLane } = w.segments;
  const { occupied } = w.state;
  const { out } = w.scratch;
  const L = w.net.lanes;
  const t = type[v << 1]!;
  const own = length[t]! + minGap[t]!;
  let space = -occupied[L + movement]!;
  for (let u = ahead[v << 1]!; u >= 0; u = ahead[u << 1]!) space -= length[type[u << 1]!]! + minGap[type[u << 1]!]!;
  let lane = toLane[(L + movement) << 4]!;
  for (let d = depth + 1; d <= depth + 3; d++) {
    const halted = spaceTillHalted(w, lane);
    space += out[0]!;
    if (halted) return space - own < 0;
    if (space - own >= 0) return false;
    const next = w.choices.via[(w.choices.at[routeAt[v << 1]! + d]! + lane) << 2]!;
    if (next < 0) return false;
    space -= occupied[L + next]!;
    lane = toLane[(L + next) << 4]!;
  }
  return false;
}

/** Safe speed behind a vehicle whose back is `gap` metres ahead (before the minimum gap). */
function follow(w: World, v: number, leader: number, gap: number): number {
  return followSpeed(w, v, leader, gap - w.types.minGap[w.vehicles.type[v << 1]!]!);
}

/** Safe speed behind the last vehicle of a segment that begins at `distance`. */
function followInto(w: World, v: number, last: number, distance: number): number {
  const { pos, type } = w.vehicles;
  const { length, minGap, decel } = w.types;
  const gap = distance + pos[last]! - length[type[last << 1]!]!;
  const t = type[v << 1]!;
  if (gap < minGap[t]!) return haltSpeed(w, v, distance - STOP_BEFORE_SIGN_M, decel[t]!);
  return follow(w, v, last, gap);
}

/**
 * Safe speed behind those who left the lane by another movement, until their ways part: of a lane's first vehicle, or of one
 * that is on its movement.
 * @param start metres to the start of the movement, negative when on it
 */
function followSiblings(w: World, v: number, movement: number, start: number): number {
  const { pos, type, cameBy, ahead } = w.vehicles;
  const { tail, toLane, end } = w.segments;
  const { siblingStart, siblings, siblingAt } = w.net;
  const L = w.net.lanes;
  let bound = Number.POSITIVE_INFINITY;
  for (let k = siblingStart[movement]!; k < siblingStart[movement + 1]!; k++) {
    if (-start >= siblingAt[k]!) continue;
    const way = L + siblings[k]!;
    let from = 0;
    let leader = tail[way << 4]!;
    while (leader >= 0 && pos[leader]! <= -start) leader = ahead[leader << 1]!;
    if (leader < 0) {
      leader = tail[toLane[way << 4]! << 4]!;
      if (leader < 0 || cameBy[leader << 1] !== way - L) continue;
      from = end[way << 3]!;
    }
    const back = from + pos[leader]! - w.types.length[type[leader << 1]!]!;
    if (back < siblingAt[k]!) bound = Math.min(bound, follow(w, v, leader, start + back));
  }
  return bound;
}

/** Safe speed of a lane's first vehicle behind one that has left it by its own movement and is still half on it. */
function followLapping(w: World, v: number, movement: number, toEnd: number): number {
  const last = findLapping(w, movement);
  if (last < 0) return Number.POSITIVE_INFINITY;
  return follow(w, v, last, toEnd + w.vehicles.pos[last]! - w.types.length[w.vehicles.type[last << 1]!]!);
}

/** True when a vehicle that has left the lane is still half on it. */
function isLappedInto(w: World, lane: number): boolean {
  const { outStart, out } = w.net;
  for (let k = outStart[lane]!; k < outStart[lane + 1]!; k++) if (findLapping(w, out[k]!) >= 0) return true;
  return false;
}

/** Where to halt before a line `distance` away: the usual place, or nearer when it is too late for that. */
function haltDistance(distance: number, usual: number, brake: number): number {
  const before = distance >= brake ? Math.min(usual, distance - brake) : usual;
  return Math.max(0, distance - Math.max(before, STOP_BEFORE_SIGN_M));
}

/**
 * Plans the stop lines that can matter in this step: how fast the vehicle may go if every line ahead lets it pass, how fast if
 * the first, second, ... does not, and when it would arrive there (SUMO's planMove). Where nobody's plan decides, its next
 * speed is set at once.
 * @param i the vehicle's place in `order`; newSpeed[i] is what its leader on the segment allows
 */
function planLines(w: World, v: number, i: number): void {
  const { pos, speed, segment, type, routeAt, ahead } = w.vehicles;
  const { end, limit, waitAt, tail, control: controls, toLane, traits } = w.segments;
  const { at: choiceAt, via } = w.choices;
  const { newSpeed, approach, pending, linkCount, held, counts, out } = w.scratch;
  const p = w.links;
  const { lanes: L, fromLane } = w.net;
  const t = type[v << 1]!;
  const decel = w.types.decel[t]!;
  const accel = w.types.accel[t]!;
  const maxSpeed = w.types.maxSpeed[t]!;
  const factor = w.vehicles.factor[v]!;
  const now = speed[v]!;
  const place = routeAt[v << 1]!;
  const brakeNow = brakeGap(now, decel, 0);
  const sirens = hasSirens(w);
  let seg = segment[v << 1]!;
  const unled = Math.min(now + accel, maxSpeed, limit[seg << 3]! * factor);
  // By IDM, one that still has its rear on this segment matters from standing on.
  const rearM = w.types.idm[t]! > 0 ? w.types.longest : 0;
  const look = unled + brakeGap(unled, decel, w.types.tau[t]!) + rearM;
  let free = newSpeed[i]!;
  let seen = end[seg << 3]! - pos[v]!;
  // What the vehicle may be driving when it comes to the next line, while `free` is what it drives now.
  const part = seg >= L && pos[v]! < waitAt[seg << 3]! ? waitAt[seg << 3]! - pos[v]! : seen;
  let expected = speedAfter(part, unled, accel, limit[seg << 3]! * factor);
  const leader = ahead[v << 1]!;
  if (leader >= 0) expected = Math.min(expected, free);
  const firstLink = (v >> SLOT) * LINKS;
  let lines = 0;
  let links = 0;
  let last = -1;
  let waits = false;
  let slowed = false;
  let depth = 0;
  while (true) {
    let movement: number;
    let floor = 0;
    const onIt = seg >= L;
    if (onIt) {
      movement = seg - L;
      seen = -pos[v]!;
    } else {
      movement = depth === 0 ? w.vehicles.via[v << 1]! : via[(choiceAt[place + depth]! + seg) << 2]!;
      if (movement < 0) {
        if (movement !== AT_END) free = Math.min(free, haltSpeed(w, v, seen - STOP_BEFORE_SIGN_M, decel));
        if (depth > 0 && w.trips.stopLane[place + depth]! >= 0) free = Math.min(free, stopSpeed(w, v, seen, seg));
        break;
      }
      if (depth === 0 && leader < 0) {
        free = Math.min(free, followLapping(w, v, movement, seen));
        if ((traits[seg << 4]! & FORKS) !== 0) free = Math.min(free, followSiblings(w, v, movement, seen));
        expected = Math.min(expected, free);
      }
      const shown = controls[(L + movement) << 4]!;
      const control = sirens ? controlUnderSiren(w, v, movement, shown, seen, brakeNow) : shown;
      const atLamp = control === RED || control === YELLOW;
      const major = control === MAJOR;
      const stopDecel = atLamp ? Math.max(Math.min(YELLOW_DECEL, w.types.emergencyDecel[t]!), decel) : decel;
      const brake = atLamp ? brakeGap(now, stopDecel, 0) : brakeNow;
      const halt = haltDistance(seen, atLamp || major ? STOP_BEFORE_LAMP_M : 0, brake);
      const wait = Math.min(free, haltSpeed(w, v, halt, stopDecel));
      if (atLamp && seen >= brake) {
        free = wait;
        break;
      }
      const slows = !major && brakeNow < seen && seen > VISIBILITY_M;
      const trait = traits[(L + movement) << 4]!;
      let request = free > EPS && !slowed;
      if (request && seen <= look && (trait & HAS_FOES) !== 0 && seen >= brakeNow) {
        request = !wouldBlock(w, v, movement, depth);
      }
      lines++;
      // Major and yellow lines let pass, red ones do not, and one drives up to a waiting place: known without others' plans.
      const decided = major || atLamp || waitAt[(L + movement) << 3]! >= 0;
      const passes = request && control !== RED;
      const isApproach = request && (trait & IS_YIELDED_TO) !== 0;
      last = -1;
      if (waits || !decided || isApproach) {
        last = (firstLink + links++) << 4;
        p.distance[last] = seen;
        p.pass[last] = free;
        p.wait[last] = wait;
        p.arriveSpeed[last] = expected;
        timeLink(w, v, last, movement, 0, slows);
        waits ||= !decided;
        if (!request) p.request[last << 1] = 0;
      }
      slowed ||= slows;
      if (!passes && !waits) free = wait;
      if (!request) break;
      if (isApproach) {
        p.next[last << 1] = approach[movement]!;
        approach[movement] = last;
      }
      if (!passes && !waits) break;
      if (seen > look || lines >= LINKS) break;
      floor = wait;
    }
    // The movement begins at `seen`, which is negative for a vehicle that is on it.
    const way = L + movement;
    const length = end[way << 3]!;
    if (length > 0) {
      const waitM = waitAt[way << 3]!;
      if (!onIt) {
        const fastest = Math.min(maxSpeed, limit[way << 3]! * factor);
        if (free > fastest) free = Math.min(free, Math.max(EPS, freeSpeed(w, v, seen, fastest)));
        const inside = tail[way << 4]!;
        expected = speedAfter(waitM >= 0 ? waitM : length, free, accel, fastest);
        if (inside >= 0) {
          const bound = followInto(w, v, inside, seen);
          free = Math.min(free, bound);
          expected = Math.min(expected, free);
          leaveNoFaster(w, last, bound, now + accel);
        }
      }
      if (onIt && (traits[fromLane[movement]! << 4]! & FORKS) !== 0) {
        free = Math.min(free, followSiblings(w, v, movement, seen));
        expected = Math.min(expected, free);
      }
      const canMove = free > EPS;
      out[3] = seen;
      junctionLeaders(w, v, movement, onIt);
      const keptClear = (traits[way << 4]! & HAS_FOES) !== 0 && waitM < 0;
      if (!onIt && keptClear && (!canMove || out[2] === 1) && seen >= brakeNow) {
        // It could not leave the junction: it stays out, and nobody need wait for it (SUMO's checkRewindLinkLanes).
        if (last >= 0) p.request[last << 1] = 0;
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
        const entry = controls[way << 4]!;
        const goesOn = entry === MAJOR || entry === YELLOW;
        const halt = haltDistance(toWait, goesOn ? STOP_BEFORE_LAMP_M : 0, brakeNow);
        const slows = !goesOn && brakeNow < toWait && toWait > VISIBILITY_M;
        const wait = Math.min(free, haltSpeed(w, v, halt, decel));
        lines++;
        last = -1;
        if (waits || !goesOn) {
          last = (firstLink + links++) << 4;
          p.distance[last] = toWait;
          p.pass[last] = free;
          p.wait[last] = wait;
          p.arriveSpeed[last] = expected;
          timeLink(w, v, last, movement, 1, slows);
          waits = true;
        }
        slowed ||= slows;
        floor = wait;
      }
      if (boundBeyond < free) {
        if (onIt && boundBeyond < HALTED) held[i] = HELD;
        free = Math.min(free, Math.max(floor, boundBeyond));
      }
      leaveNoFaster(w, last, Math.min(boundToWait, boundBeyond), now + accel);
      if (lines >= LINKS) break;
    }
    seen += length;
    seg = toLane[way << 4]!;
    depth++;
    const fastest = Math.min(maxSpeed, limit[seg << 3]! * factor);
    if (free > fastest) free = Math.min(free, Math.max(EPS, freeSpeed(w, v, seen, fastest)));
    expected = speedAfter(end[seg << 3]!, free, accel, fastest);
    const lastThere = tail[seg << 4]!;
    if (lastThere >= 0) {
      const bound = followInto(w, v, lastThere, seen);
      free = Math.min(free, bound);
      expected = Math.min(expected, free);
      if (length === 0) leaveNoFaster(w, last, bound, now + accel);
    }
    seen += end[seg << 3]!;
    if (free <= EPS) break;
  }
  newSpeed[i] = free;
  if (waits) {
    linkCount[i] = links;
    pending[counts[PENDING]!] = i;
    counts[PENDING] = counts[PENDING]! + 1;
  } else {
    setNextSpeed(w, v, i, 0);
  }
}

/**
 * First part of a step, for each vehicle of the segments in [from, to) by itself, from everyone's state at its start: its next
 * speed, or the plans from which it is decided. Far from its stop line a vehicle only follows its leader; by IDM nothing is too
 * far to matter.
 */
export function planSegments(w: World, from: number, to: number): void {
  const { head } = w.state;
  const { pos, speed, factor, ahead, behind, type, via, flags } = w.vehicles;
  const { end, limit, control: controls, traits } = w.segments;
  const { length, minGap, accel, decel, emergencyDecel, maxSpeed, tau, idm, longest, blueLight } = w.types;
  const hasStops = w.stops.buses > 0;
  const { order, newSpeed, held, counts } = w.scratch;
  const L = w.net.lanes;
  let i = counts[ORDER]!;
  for (let seg = from; seg < to; seg++) {
    for (let v = head[seg]!; v >= 0; v = behind[v << 1]!) {
      const t = type[v << 1]!;
      const now = speed[v]!;
      const fastest = Math.min(maxSpeed[t]!, limit[seg << 3]! * factor[v]!);
      let free = Math.min(now + accel[t]!, fastest);
      const look = free + brakeGap(free, decel[t]!, tau[t]!);
      const isIdm = idm[t]! > 0;
      if (isIdm) free = cruiseSpeed(w, v);
      const leader = ahead[v << 1]!;
      if (leader >= 0) {
        const gap = pos[leader]! - length[type[leader << 1]!]! - pos[v]!;
        if (gap - minGap[t]! <= look || isIdm) free = Math.min(free, follow(w, v, leader, gap));
      }
      order[i] = v;
      held[i] = 0;
      newSpeed[i] = free;
      const seen = end[seg << 3]! - pos[v]!;
      // Whoever left the lane last may still have its rear on it.
      const isNear = leader < 0 && seg < L && seen - longest <= look;
      const rearM = isNear && isLappedInto(w, seg) ? longest : 0;
      if (hasStops && (flags[v << 1]! & HALTS) !== 0) {
        if ((flags[v << 1]! & STANDS) !== 0) {
          newSpeed[i] = 0;
          setNextSpeed(w, v, i++, 0);
          continue;
        }
        free = Math.min(free, stopSpeed(w, v, seen, seg));
        newSpeed[i] = free;
      }
      let isPlanned = seg < L && !isIdm;
      const isAwaited = seen - rearM <= look || seen < APPROACH_S * fastest;
      if (isPlanned && (isAwaited || (traits[seg << 4]! & SEEN_FROM_AFAR) !== 0)) {
        const movement = via[v << 1]!;
        const control = movement >= 0 ? controls[(L + movement) << 4]! : MAJOR;
        const atLamp = control === RED || control === YELLOW;
        if (seen - rearM > look) {
          if (!atLamp && movement >= 0 && (traits[(L + movement) << 4]! & IS_YIELDED_TO) !== 0)
            announce(w, v, i, movement);
        } else if (atLamp && rearM === 0 && blueLight[t] === 0) {
          const stopDecel = Math.max(Math.min(YELLOW_DECEL, emergencyDecel[t]!), decel[t]!);
          const brake = brakeGap(now, stopDecel, 0);
          isPlanned = seen >= brake;
          if (isPlanned && seen <= look) {
            newSpeed[i] = Math.min(free, haltSpeed(w, v, haltDistance(seen, STOP_BEFORE_LAMP_M, brake), stopDecel));
          }
        } else {
          isPlanned = false;
        }
      }
      if (isPlanned) setNextSpeed(w, v, i, 0);
      else planLines(w, v, i);
      i++;
    }
  }
  counts[ORDER] = i;
}
