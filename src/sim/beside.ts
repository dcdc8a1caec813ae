import type { f64, i32 } from '../units/numbers.ts';
import { viaBeyond } from './aim.ts';
import { brakeGap } from './carfollowing.ts';
import { TYPE } from './demand.ts';
import { CONTROL } from './network.ts';
import { HALTING, SEGMENT, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const { pos: POS, speed: SPEED, segment: ON, type: KIND, routeAt: ROUTE_AT, cameBy: CAME_BY } = VEHICLE;
const { length: LENGTH, minGap: MIN_GAP, decel: DECEL, tau: TAU } = TYPE;
const { end: END_M, tail: TAIL, toLane: TO_LANE, lapped: LAPPED, road: ROAD, aside: ASIDE } = SEGMENT;

/** How far upstream of a lane's start followers are looked for, m. */
const LOOK_BACK_M = 60;
/** Roads ahead where leaders are looked for, and whose vehicles count as a jam on the way. */
export const MOST_ROADS = 4;

/** Place in `scratch.out` of what `findLapping` leaves there. */
const BACK = 5;
export const LAPPING_BACK = BACK;

const MAJOR = CONTROL.major;
const HALTED = HALTING;

/**
 * Leader of `v` on `lane`, or -1: `near`, or when that is -1 one that is just leaving the lane, or one within braking distance
 * beyond its end along the route; the gap, net of the minimum gap, is left in out[0].
 */
export function findLeader(w: World, v: i32, lane: i32, near: i32): i32 {
  const { f64: F, i32: I } = w;
  const { out } = w.scratch;
  const ownGap = F[I[(v << 1) + KIND]! + MIN_GAP]!;
  if (near >= 0) {
    out[0] = F[near + POS]! - F[I[(near << 1) + KIND]! + LENGTH]! - F[v + POS]! - ownGap;
    return near;
  }
  const lapping = w.i32[(lane << 4) + LAPPED] === 0 ? -1 : findLastLapping(w, lane);
  if (lapping >= 0) {
    out[0] = out[0]! - F[v + POS]! - ownGap;
    return lapping;
  }
  out[0] = Number.POSITIVE_INFINITY;
  return findBeyond(w, v, lane);
}

/**
 * The vehicle that has left its lane by a movement but not with all its length, or -1: one on the movement, or one longer than it that
 * is beyond. Its back, in metres from the start of the movement (negative), is left in out[LAPPING_BACK].
 */
export function findLapping(w: World, movement: i32): i32 {
  const { f64: F, i32: I } = w;
  const way = w.net.lanes + movement;
  let beyond: f64 = 0;
  let last = -1;
  // Mostly nobody is there: dense tables know, and no record is read.
  if (w.state.head[way]! < 0) {
    const lane = w.net.toLane[movement]!;
    if (w.state.entering[lane] === 0) return -1;
    beyond = F[(way << 3) + END_M]!;
    if (beyond >= w.types.longest) return -1;
    last = I[(lane << 4) + TAIL]!;
    if (last < 0 || I[(last << 1) + CAME_BY] !== movement) last = findAside(w, movement);
    if (last < 0) return -1;
  } else last = I[(way << 4) + TAIL]!;
  const back = beyond + F[last + POS]! - F[I[(last << 1) + KIND]! + LENGTH]!;
  w.scratch.out[BACK] = back;
  return back < 0 ? last : -1;
}

/**
 * One who came by the movement, has changed at once from its lane to one beside it, and whose back is still on the movement, or -1:
 * there it is in everyone's way (SUMO's MSVehicle::enterLaneAtLaneChange keeps the lanes that a vehicle reaches back to).
 */
export function findAside(w: World, movement: i32): i32 {
  const { f64: F, i32: I } = w;
  const lane = w.net.toLane[movement]!;
  if (I[(lane << 4) + ASIDE] === 0) return -1;
  const road = I[(lane << 4) + ROAD]!;
  const first = w.net.roadFirstLane[road]!;
  for (let other = first; other < first + w.net.roadLanes[road]!; other++) {
    const last = I[(other << 4) + TAIL]!;
    if (other === lane || last < 0 || I[(last << 1) + CAME_BY] !== movement) continue;
    if (F[last + POS]! < F[I[(last << 1) + KIND]! + LENGTH]!) return last;
  }
  return -1;
}

/** True when `findAside` finds somebody for one of the movements to the lane. */
export function isAnyoneAside(w: World, lane: i32): boolean {
  const { net } = w;
  for (let k = net.inStart[lane]!; k < net.inStart[lane + 1]!; k++) if (findAside(w, net.in[k]!) >= 0) return true;
  return false;
}

/**
 * Notes that one who has just changed lanes may have its back on the path that it came by. Where a path beside that one leads to the new
 * lane it would be there: nobody is told, for then ingolstadt7's streets locked in three of ten runs, which SUMO's do not.
 */
export function keepBack(w: World, v: i32): void {
  const { i32: I, net } = w;
  const movement = I[(v << 1) + CAME_BY]!;
  if (movement < 0 || w.f64[v + POS]! >= w.f64[I[(v << 1) + KIND]! + LENGTH]!) return;
  const lane = I[(v << 1) + ON]!;
  const from = I[(net.fromLane[movement]! << 4) + ROAD]!;
  for (let k = net.inStart[lane]!; k < net.inStart[lane + 1]!; k++) {
    if (I[(net.fromLane[net.in[k]!]! << 4) + ROAD] === from) return;
  }
  const old = net.toLane[movement]!;
  w.state.entering[old] = 1;
  I[(old << 4) + ASIDE] = 1;
}

/** Of those that have left `lane` but not with all their length the one whose back is farthest behind, or -1. */
function findLastLapping(w: World, lane: i32): i32 {
  const { outStart, out } = w.net;
  let found = -1;
  let nearest: f64 = 0;
  for (let k = outStart[lane]!; k < outStart[lane + 1]!; k++) {
    const last = findLapping(w, out[k]!);
    if (last < 0) continue;
    const back = w.scratch.out[BACK]!;
    if (back < nearest) {
      nearest = back;
      found = last;
    }
  }
  w.scratch.out[0] = w.f64[(lane << 3) + END_M]! + nearest;
  return found;
}

/**
 * One who left `lane` by another movement than `v` would take and is not clear of that one's path yet, or -1: whoever changes
 * there as the first of the lane has it ahead. The gap, net of the minimum gap, is left in out[0].
 */
export function findParting(w: World, v: i32, lane: i32): i32 {
  const { f64: F, i32: I } = w;
  const { siblingStart, siblings, siblingAt } = w.net;
  const movement = w.choices.via[w.choices.at[I[(v << 1) + ROUTE_AT]!]! + lane]!;
  if (movement < 0) return -1;
  let found = -1;
  let nearest = Number.POSITIVE_INFINITY;
  for (let k = siblingStart[movement]!; k < siblingStart[movement + 1]!; k++) {
    const last = w.i32[((w.net.lanes + siblings[k]!) << 4) + TAIL]!;
    if (last < 0) continue;
    const back = F[last + POS]! - F[I[(last << 1) + KIND]! + LENGTH]!;
    if (back >= siblingAt[k]! || back >= nearest) continue;
    nearest = back;
    found = last;
  }
  const toEnd = w.f64[(lane << 3) + END_M]! - F[v + POS]!;
  w.scratch.out[0] = toEnd + nearest - F[I[(v << 1) + KIND]! + MIN_GAP]!;
  return found;
}

function findBeyond(w: World, v: i32, lane: i32): i32 {
  const { f64: F, i32: I } = w;
  const L = w.net.lanes;
  const t = I[(v << 1) + KIND]!;
  const place = I[(v << 1) + ROUTE_AT]!;
  const isOwn = I[(v << 1) + ON]! === lane;
  let distance = F[(lane << 3) + END_M]! - F[v + POS]!;
  const reach = brakeGap(F[v + SPEED]!, F[t + DECEL]!, F[t + TAU]!) + F[t + MIN_GAP]!;
  let at = lane;
  for (let depth = 0; depth < MOST_ROADS && distance <= reach; depth++) {
    const movement = isOwn ? viaBeyond(w, v, depth, at) : w.choices.via[w.choices.at[place + depth]! + at]!;
    if (movement < 0) break;
    const way = L + movement;
    at = I[(way << 4) + TO_LANE]!;
    let last = I[(way << 4) + TAIL]!;
    if (last < 0) {
      distance += F[(way << 3) + END_M]!;
      last = I[(at << 4) + TAIL]!;
    }
    if (last >= 0) {
      w.scratch.out[0] = distance + F[last + POS]! - F[I[(last << 1) + KIND]! + LENGTH]! - F[t + MIN_GAP]!;
      return last;
    }
    distance += F[(at << 3) + END_M]!;
  }
  return -1;
}

/**
 * Follower of `v` on `lane`, of which the next vehicle upstream is `on` (or -1: then upstream of the lane's start), or -1; the
 * gap, net of the follower's minimum gap, is left in out[1].
 */
export function findFollower(w: World, v: i32, lane: i32, on: i32): i32 {
  const { f64: F, i32: I } = w;
  const { out } = w.scratch;
  const { head, shows } = w.state;
  const { inStart, in: incoming, fromLane } = w.net;
  const L = w.net.lanes;
  const back = F[v + POS]! - F[I[(v << 1) + KIND]! + LENGTH]!;
  if (on >= 0) {
    out[1] = back - F[on + POS]! - F[I[(on << 1) + KIND]! + MIN_GAP]!;
    return on;
  }
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  out[1] = least;
  if (back > LOOK_BACK_M) return -1;
  for (let k = inStart[lane]!; k < inStart[lane + 1]!; k++) {
    const movement = incoming[k]!;
    const way = L + movement;
    let follower = head[way]!;
    let gap = back + F[(way << 3) + END_M]!;
    let waits = false;
    if (follower < 0) {
      const from = fromLane[movement]!;
      follower = head[from]!;
      if (follower < 0) continue;
      gap += F[(from << 3) + END_M]!;
      waits = F[follower + SPEED]! < HALTED && shows[movement] !== MAJOR;
    }
    gap -= F[follower + POS]! + F[I[(follower << 1) + KIND]! + MIN_GAP]!;
    // Whoever stands at a line without priority waits, however near.
    if (waits) gap = Math.max(0, gap);
    if (gap < least) {
      least = gap;
      best = follower;
    }
  }
  out[1] = least;
  return best;
}

/**
 * Lengths of the vehicles ahead of `v` on a lane of its road, the one at `index` from the right, and on the lanes that follow it on
 * its route; counted no further than needed to know that it is over `enough`.
 */
export function jamOn(w: World, v: i32, lane: i32, index: i32, enough: f64): f64 {
  const { occupied } = w.state;
  const { toLane } = w.net;
  const { at: choiceAt, via } = w.choices;
  const place = w.i32[(v << 1) + ROUTE_AT]!;
  let jam = w.scratch.density[index]!;
  let at = lane;
  for (let depth = 0; depth < MOST_ROADS && jam <= enough; depth++) {
    const movement = via[choiceAt[place + depth]! + at]!;
    if (movement < 0) break;
    at = toLane[movement]!;
    jam += occupied[at]!;
  }
  return jam;
}
