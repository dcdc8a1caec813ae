import { CONTROL } from './network.ts';
import type { World } from './world.ts';

/** How far up- and downstream of a lane's ends neighbours are looked for, m. */
export const LOOK_BACK_M = 60;
/** Roads ahead whose vehicles count as a jam on the way. */
const JAM_ROADS = 4;

const RED = CONTROL.red;

/**
 * Leader of `v` on `lane` behind or at `near`, beyond the lane's end along its route if need be, or -1; the gap, net of the
 * minimum gap, is left in out[0].
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
  const distance = w.segments.end[lane << 3]! - pos[v]!;
  out[0] = Number.POSITIVE_INFINITY;
  return distance > LOOK_BACK_M ? -1 : findBeyond(w, v, lane);
}

function findBeyond(w: World, v: number, lane: number): number {
  const { pos, type, routeAt } = w.vehicles;
  const { end, tail, toLane, control } = w.segments;
  const { length, minGap } = w.types;
  const L = w.net.lanes;
  const place = routeAt[v << 1]!;
  let distance = end[lane << 3]! - pos[v]!;
  let at = lane;
  for (let depth = 0; depth < 2; depth++) {
    const movement = w.choices.via[(w.choices.at[place + depth]! + at) << 2]!;
    if (movement < 0 || distance > LOOK_BACK_M || control[(L + movement) << 4] === RED) break;
    at = toLane[(L + movement) << 4]!;
    for (let part = 0; part < 2; part++) {
      const seg = part === 0 ? L + movement : at;
      const last = tail[seg << 4]!;
      if (last >= 0) {
        w.scratch.out[0] = distance + pos[last]! - length[type[last << 1]!]! - minGap[type[v << 1]!]!;
        return last;
      }
      distance += end[seg << 3]!;
    }
  }
  return -1;
}

/**
 * Follower of `v` on `lane`, of which the next vehicle upstream is `on` (or -1: then upstream of the lane's start), or -1; the
 * gap, net of the follower's minimum gap, is left in out[1].
 */
export function findFollower(w: World, v: number, lane: number, on: number): number {
  const { pos, type, routeAt } = w.vehicles;
  const { end } = w.segments;
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
    let follower = head[L + movement]!;
    let gap = back + end[(L + movement) << 3]!;
    if (follower < 0) {
      const from = fromLane[movement]!;
      follower = head[from]!;
      if (follower < 0 || w.choices.via[(w.choices.at[routeAt[follower << 1]!]! + from) << 2] !== movement) continue;
      gap += end[from << 3]!;
    }
    gap -= pos[follower]! + minGap[type[follower << 1]!]!;
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
  const { occupied, toLane, laneIndex } = w.segments;
  const { at: choiceAt, via } = w.choices;
  const L = w.net.lanes;
  const place = w.vehicles.routeAt[v << 1]!;
  let jam = w.scratch.density[laneIndex[lane << 4]!]!;
  let at = lane;
  for (let depth = 0; depth < JAM_ROADS && jam <= enough; depth++) {
    const movement = via[(choiceAt[place + depth]! + at) << 2]!;
    if (movement < 0) break;
    at = toLane[(L + movement) << 4]!;
    jam += occupied[at << 3]!;
  }
  return jam;
}
