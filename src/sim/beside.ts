import { brakeGap } from './carfollowing.ts';
import { CONTROL } from './network.ts';
import { HALTING } from './state.ts';
import type { World } from './world.ts';

/** How far upstream of a lane's start followers are looked for, m. */
const LOOK_BACK_M = 60;
/** Roads ahead where leaders are looked for, and whose vehicles count as a jam on the way. */
const MOST_ROADS = 4;

const MAJOR = CONTROL.major;
const HALTED = HALTING;

/**
 * Leader of `v` on `lane`, or -1: `near`, or when that is -1 one that is just leaving the lane, or one within braking distance
 * beyond its end along the route; the gap, net of the minimum gap, is left in out[0].
 */
export function findLeader(w: World, v: number, lane: number, near: number): number {
  const { pos, type } = w.vehicles;
  const { length, minGap } = w.types;
  const { out } = w.scratch;
  const ownGap = minGap[type[v << 1]!]!;
  if (near >= 0) {
    out[0] = pos[near]! - length[type[near << 1]!]! - pos[v]! - ownGap;
    return near;
  }
  const lapping = findLastLapping(w, lane);
  if (lapping >= 0) {
    out[0] = out[0]! - pos[v]! - ownGap;
    return lapping;
  }
  out[0] = Number.POSITIVE_INFINITY;
  return findBeyond(w, v, lane);
}

/** The vehicle that has left its lane by a movement but not with all its length, or -1. */
export function findLapping(w: World, movement: number): number {
  const { pos, type, cameBy } = w.vehicles;
  const { end, tail, toLane } = w.segments;
  const way = w.net.lanes + movement;
  const isInner = end[way << 3]! > 0;
  const last = tail[(isInner ? way : toLane[way << 4]!) << 4]!;
  if (last < 0 || (!isInner && cameBy[last << 1] !== movement)) return -1;
  return pos[last]! < w.types.length[type[last << 1]!]! ? last : -1;
}

/** Of those that have left `lane` but not with all their length the one whose back is farthest behind, or -1. */
function findLastLapping(w: World, lane: number): number {
  const { pos, type } = w.vehicles;
  const { outStart, out } = w.net;
  let found = -1;
  let nearest = 0;
  for (let k = outStart[lane]!; k < outStart[lane + 1]!; k++) {
    const last = findLapping(w, out[k]!);
    if (last < 0) continue;
    const back = pos[last]! - w.types.length[type[last << 1]!]!;
    if (back < nearest) {
      nearest = back;
      found = last;
    }
  }
  w.scratch.out[0] = w.segments.end[lane << 3]! + nearest;
  return found;
}

function findBeyond(w: World, v: number, lane: number): number {
  const { pos, speed, type, routeAt } = w.vehicles;
  const { end, tail, toLane } = w.segments;
  const { length, minGap, decel, tau } = w.types;
  const L = w.net.lanes;
  const t = type[v << 1]!;
  const place = routeAt[v << 1]!;
  let distance = end[lane << 3]! - pos[v]!;
  const reach = brakeGap(speed[v]!, decel[t]!, tau[t]!) + minGap[t]!;
  let at = lane;
  for (let depth = 0; depth < MOST_ROADS && distance <= reach; depth++) {
    const movement = w.choices.via[(w.choices.at[place + depth]! + at) << 2]!;
    if (movement < 0) break;
    const way = L + movement;
    at = toLane[way << 4]!;
    let last = tail[way << 4]!;
    if (last < 0) {
      distance += end[way << 3]!;
      last = tail[at << 4]!;
    }
    if (last >= 0) {
      w.scratch.out[0] = distance + pos[last]! - length[type[last << 1]!]! - minGap[t]!;
      return last;
    }
    distance += end[at << 3]!;
  }
  return -1;
}

/**
 * Follower of `v` on `lane`, of which the next vehicle upstream is `on` (or -1: then upstream of the lane's start), or -1; the
 * gap, net of the follower's minimum gap, is left in out[1].
 */
export function findFollower(w: World, v: number, lane: number, on: number): number {
  const { pos, speed, type } = w.vehicles;
  const { end, control } = w.segments;
  const { length, minGap } = w.types;
  const { out } = w.scratch;
  const { head } = w.state;
  const { inStart, in: incoming, fromLane } = w.net;
  const L = w.net.lanes;
  const back = pos[v]! - length[type[v << 1]!]!;
  if (on >= 0) {
    out[1] = back - pos[on]! - minGap[type[on << 1]!]!;
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
    let gap = back + end[way << 3]!;
    let waits = false;
    if (follower < 0) {
      const from = fromLane[movement]!;
      follower = head[from]!;
      if (follower < 0) continue;
      gap += end[from << 3]!;
      waits = speed[follower]! < HALTED && control[way << 4] !== MAJOR;
    }
    gap -= pos[follower]! + minGap[type[follower << 1]!]!;
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
 * Lengths of the vehicles ahead of `v` on a lane of its road and on the lanes that follow it on its route; counted no further
 * than needed to know that it is over `enough`.
 */
export function jamOn(w: World, v: number, lane: number, enough: number): number {
  const { occupied } = w.state;
  const { toLane, laneIndex } = w.net;
  const { at: choiceAt, via } = w.choices;
  const place = w.vehicles.routeAt[v << 1]!;
  let jam = w.scratch.density[laneIndex[lane]!]!;
  let at = lane;
  for (let depth = 0; depth < MOST_ROADS && jam <= enough; depth++) {
    const movement = via[(choiceAt[place + depth]! + at) << 2]!;
    if (movement < 0) break;
    at = toLane[movement]!;
    jam += occupied[at]!;
  }
  return jam;
}
