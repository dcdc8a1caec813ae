import { findFollower, findLeader, jamOn } from './beside.ts';
import { safeFollowSpeed, safeStopSpeed, secureGap } from './carfollowing.ts';
import { negotiate } from './negotiate.ts';
import { CLOSED } from './network.ts';
import { COUNT, FLAG, link, unlink, type World } from './world.ts';

/**
 * Lane changes after SUMO's LC2013 (J. Erdmann, "Lane-Changing Model in SUMO", 2014) with its default parameters:
 * strategic (the route needs another lane), speed gain, keep right; blocked strategic changers adapt their speed and ask
 * followers on the wanted lane to open a gap. A change takes no time.
 */
const LOOK_FORWARD_S = 10;
const LOOK_LEFT = 2;
const LOOK_MEMORY = 0.9;
const GAIN_LEFT = 0.2;
const GAIN_RIGHT = 2;
const GAIN_MIN_SPEED = 10;
const GAIN_MIN_S = 20;
const SLOWER_MPS = 5 / 3.6;
/** Nobody leaves the best lane for one that leads elsewhere when no more than this is left of it, m. */
const TURN_LANE_M = 200;
const KEEP_RIGHT_S = 5;
const KEEP_RIGHT_ACCEPT_S = 7;
/** Two vehicles that halt side by side, each in need of the other's lane, change places after this long, s. */
const SWAP_AFTER_S = 5;

const NONE = 0;
const GAIN = 1;
const URGENT = 2;

const CLOSED_ALONE = CLOSED.alone;
const ACCELERATES = FLAG.accelerates;
const { changes: CHANGES, swaps: SWAPS, advised: ADVISED } = COUNT;

/**
 * Speed a driver expects on a lane behind `leader` (or -1) with `left` metres to the end of the way on it; no more than
 * the next second brings while a leader still accelerates, since how fast it will be is not known then.
 */
function expectedSpeed(
  w: World,
  v: number,
  leader: number,
  gap: number,
  left: number,
  laneLimit: number,
  accelerating: boolean,
): number {
  const { type, speed } = w.vehicles;
  const { decel, tau, accel } = w.types;
  const t = type[v << 1]!;
  const own = decel[t]!;
  const fastest = accelerating ? Math.min(laneLimit, speed[v]! + accel[t]!) : laneLimit;
  if (leader < 0) return Math.min(fastest, safeStopSpeed(Math.max(0, left), own, tau[t]!));
  const theirs = decel[type[leader << 1]!]!;
  const safe = safeFollowSpeed(Math.max(0, gap), fastest, speed[leader]!, theirs, own, own, tau[t]!);
  return Math.min(fastest, Math.max(0, safe));
}

/**
 * What the route says about the lane `side` (+1 left, -1 right): URGENT when it must be taken, NONE when it must not, GAIN
 * when it may.
 */
function strategicWish(w: World, v: number, lane: number, side: number): number {
  const { pos, type, routeAt, lookSpeed } = w.vehicles;
  const { offset: offsets, reach: reaches } = w.choices;
  const t = type[v << 1]!;
  const entry = w.choices.at[routeAt[v << 1]!]! + lane;
  const offset = offsets[entry << 2]!;
  const reach = reaches[entry << 1]!;
  const at = pos[v]!;
  const look =
    lookSpeed[v]! * LOOK_FORWARD_S * (side < 0 ? 1 : LOOK_LEFT) + 2 * (w.types.length[t]! + w.types.minGap[t]!);
  if (offset * side > 0) {
    const spare = reach - at - look * Math.abs(offset);
    return spare < 0 || jamOn(w, v, lane + offset, spare) > spare ? URGENT : GAIN;
  }
  const otherReach = reaches[(entry + side) << 1]!;
  const spare = otherReach - at - look * (Math.abs(offset) + 2);
  if (spare < 0) return NONE;
  const leadsElsewhere = otherReach < reach && w.net.outStart[lane + side]! < w.net.outStart[lane + side + 1]!;
  if (offset === 0 && leadsElsewhere && otherReach < TURN_LANE_M) return NONE;
  return jamOn(w, v, lane, spare) > spare || jamOn(w, v, lane + side, spare) > spare ? NONE : GAIN;
}

/** What `v` gains from the lane `side` of its own, whose leader is known: GAIN or NONE. */
function speedWish(
  w: World,
  v: number,
  lane: number,
  side: number,
  own: number,
  ownGap: number,
  other: number,
  otherGap: number,
): number {
  const { pos, speed, type, factor, flags, routeAt, gain: gains, keepRight } = w.vehicles;
  const { maxSpeed, decel, tau } = w.types;
  const { limit: limits } = w.segments;
  const t = type[v << 1]!;
  const entry = w.choices.at[routeAt[v << 1]!]! + lane;
  const otherReach = w.choices.reach[(entry + side) << 1]!;
  const at = pos[v]!;
  const limit = Math.min(maxSpeed[t]!, limits[lane << 3]! * factor[v]!);
  const otherLimit = Math.min(maxSpeed[t]!, limits[(lane + side) << 3]! * factor[v]!);
  const accelerating =
    (own >= 0 && (flags[own << 1]! & ACCELERATES) !== 0) || (other >= 0 && (flags[other << 1]! & ACCELERATES) !== 0);
  const here = expectedSpeed(w, v, own, ownGap, w.choices.reach[entry << 1]! - at, limit, accelerating);
  const there = expectedSpeed(w, v, other, otherGap, otherReach - at, otherLimit, accelerating);
  const relative = (there - here) / Math.max(there, GAIN_MIN_SPEED);
  const lasting = otherReach / Math.max(0.1, speed[v]!) > GAIN_MIN_S;
  const gain = gains[v]!;
  if (side < 0) {
    const accept = KEEP_RIGHT_ACCEPT_S * Math.max(1, speed[v]!) * (limit / limits[lane << 3]!);
    let gap = Math.max(0, Math.min(otherReach - at, limit * accept));
    let seconds = Math.min(accept, gap / limit);
    if (other >= 0 && speed[other]! < limit) {
      const need = secureGap(limit, speed[other]!, decel[t]!, decel[type[other << 1]!]!, tau[t]!);
      gap = Math.max(0, Math.min(gap, otherGap - need));
      seconds = Math.min(seconds, gap / (limit - speed[other]!));
    }
    keepRight[v] = keepRight[v]! - (GAIN_RIGHT * seconds) / accept / KEEP_RIGHT_S;
    if (keepRight[v]! < -GAIN_RIGHT && w.choices.offset[entry << 2]! <= 0) return GAIN;
    if (here - SLOWER_MPS > there) {
      if (gain < 0) gains[v] = gain * 0.5;
    } else if (gain < 0 || relative > 0) {
      gains[v] = gain - relative;
    }
    return gains[v]! < -GAIN_RIGHT && lasting ? GAIN : NONE;
  }
  if (here >= there) {
    if (gain > 0) gains[v] = gain * (here > there ? 0.5 : 0.8);
  } else {
    gains[v] = gain + relative;
  }
  return gains[v]! > GAIN_LEFT && relative > 0.001 && lasting ? GAIN : NONE;
}

/** Looks at the lane on one side and notes a change there when wanted and safe; true when the vehicle changes. */
function tryChange(w: World, v: number, lane: number, index: number, side: number): boolean {
  const { speed, type, halted } = w.vehicles;
  const { decel: decels, tau, classBit } = w.types;
  const { out, passed, counts } = w.scratch;
  const t = type[v << 1]!;
  const to = lane + side;
  if ((w.net.allowed[to]! & classBit[t]!) === 0 || w.net.closed[to] === CLOSED_ALONE) return false;
  const wish = strategicWish(w, v, lane, side);
  if (wish === NONE) return false;
  const near = passed[index + side]!;
  const leader = findLeader(w, v, to, near);
  const leaderGap = out[0]!;
  if (wish === GAIN) {
    const own = findLeader(w, v, lane, passed[index]!);
    if (speedWish(w, v, lane, side, own, out[0]!, leader, leaderGap) === NONE) return false;
  }
  const follower = findFollower(w, v, to, w.scratch.cursor[index + side]!);
  const followerGap = out[1]!;
  const decel = decels[t]!;
  const now = speed[v]!;
  let leaderNeeds = leaderGap < 0;
  if (leader >= 0 && !leaderNeeds) {
    leaderNeeds = leaderGap < secureGap(now, speed[leader]!, decel, decels[type[leader << 1]!]!, tau[t]!);
  }
  let followerNeeds = followerGap < 0;
  if (follower >= 0 && !followerNeeds) {
    const ft = type[follower << 1]!;
    followerNeeds = followerGap < secureGap(speed[follower]!, now, decels[ft]!, decel, tau[ft]!);
  }
  if (leaderNeeds || followerNeeds) {
    if (wish !== URGENT) return false;
    if (halted[v << 1]! >= SWAP_AFTER_S && (noteSwap(w, v, leader, to) || noteSwap(w, v, follower, to))) return false;
    out[0] = leaderGap;
    out[1] = followerGap;
    negotiate(w, v, lane, leader, leaderNeeds, follower, followerNeeds);
    return false;
  }
  const change = counts[CHANGES]!;
  counts[CHANGES] = change + 1;
  w.scratch.changer[change] = v;
  w.scratch.changeTo[change] = to;
  w.scratch.changeBehind[change] = near;
  w.vehicles.gain[v] = 0;
  w.vehicles.keepRight[v] = 0;
  register(w, v, index + side);
  return true;
}

/** Two halted vehicles that stand in each other's way, each wanting the other's lane, are to change places. */
function noteSwap(w: World, v: number, other: number, to: number): boolean {
  const { halted, segment } = w.vehicles;
  const { swapper, swapWith, counts } = w.scratch;
  if (other < 0 || halted[other << 1]! < SWAP_AFTER_S || segment[other << 1] !== to) return false;
  if (!wantsTowards(w, other, segment[v << 1]!) || !isBeside(w, v, other)) return false;
  const swap = counts[SWAPS]!;
  counts[SWAPS] = swap + 1;
  swapper[swap] = v;
  swapWith[swap] = other;
  return true;
}

function wantsTowards(w: World, v: number, lane: number): boolean {
  const { segment, routeAt } = w.vehicles;
  const own = segment[v << 1]!;
  return (lane - own) * w.choices.offset[(w.choices.at[routeAt[v << 1]!]! + own) << 2]! > 0;
}

function isBeside(w: World, v: number, other: number): boolean {
  const { pos, type } = w.vehicles;
  const { length } = w.types;
  return pos[v]! > pos[other]! - length[type[other << 1]!]! && pos[other]! > pos[v]! - length[type[v << 1]!]!;
}

/** Passes one vehicle by: whoever comes later on that lane, or beside it, has it ahead. */
function register(w: World, v: number, index: number): void {
  const { passed, density } = w.scratch;
  const t = w.vehicles.type[v << 1]!;
  passed[index] = v;
  density[index] = density[index]! + w.types.length[t]! + w.types.minGap[t]!;
}

/** Front to back over all lanes of a road at once, as SUMO does, so that what is ahead has been decided. */
function changeOn(w: World, road: number): void {
  const { pos, speed, behind, lookSpeed, flags } = w.vehicles;
  const { head } = w.state;
  const { cursor, passed, density } = w.scratch;
  const first = w.net.roadFirstLane[road]!;
  const lanes = w.net.roadLanes[road]!;
  for (let i = 0; i < lanes; i++) {
    cursor[i] = head[first + i]!;
    passed[i] = -1;
    density[i] = 0;
  }
  while (true) {
    let index = -1;
    let foremost = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < lanes; i++) {
      const v = cursor[i]!;
      if (v >= 0 && pos[v]! > foremost) {
        index = i;
        foremost = pos[v]!;
      }
    }
    if (index < 0) return;
    const v = cursor[index]!;
    cursor[index] = behind[v << 1]!;
    const now = speed[v]!;
    const faded = LOOK_MEMORY * lookSpeed[v]! + (1 - LOOK_MEMORY) * now;
    lookSpeed[v] = Math.max(now, faded);
    const stands = (flags[v << 1]! & FLAG.stands) !== 0;
    if (!stands && index > 0 && tryChange(w, v, first + index, index, -1)) continue;
    if (!stands && index + 1 < lanes && tryChange(w, v, first + index, index, 1)) continue;
    register(w, v, index);
  }
}

function fits(w: World, v: number, leader: number, follower: number, front: number): boolean {
  const { pos, type } = w.vehicles;
  const { length } = w.types;
  const back = front - length[type[v << 1]!]!;
  if (leader >= 0 && pos[leader]! - length[type[leader << 1]!]! < front) return false;
  return follower < 0 || pos[follower]! <= back;
}

function swap(w: World, v: number, other: number): void {
  const { pos, segment, ahead, behind } = w.vehicles;
  const mine = segment[v << 1]!;
  const theirs = segment[other << 1]!;
  const adjacent = Math.abs(mine - theirs) === 1 && wantsTowards(w, v, theirs) && wantsTowards(w, other, mine);
  if (!adjacent || !isBeside(w, v, other)) return;
  const at = pos[v]!;
  const otherAt = pos[other]!;
  if (!fits(w, v, ahead[other << 1]!, behind[other << 1]!, otherAt)) return;
  if (!fits(w, other, ahead[v << 1]!, behind[v << 1]!, at)) return;
  const leader = ahead[v << 1]!;
  const otherLeader = ahead[other << 1]!;
  unlink(w, v);
  unlink(w, other);
  pos[v] = otherAt;
  pos[other] = at;
  link(w, v, theirs, otherLeader);
  link(w, other, mine, leader);
}

/** Second half of the fourth part: carries out what was noted on the roads that `w` looked at. */
export function applyChanges(w: World): void {
  const { counts, changer, changeTo, changeBehind, swapper, swapWith } = w.scratch;
  const changes = counts[CHANGES]!;
  for (let k = 0; k < changes; k++) {
    const v = changer[k]!;
    unlink(w, v);
    link(w, v, changeTo[k]!, changeBehind[k]!);
  }
  const swaps = counts[SWAPS]!;
  for (let k = 0; k < swaps; k++) swap(w, swapper[k]!, swapWith[k]!);
}

/** Last of the fourth part: tells vehicles what was asked of them from other roads. */
export function passAdvice(w: World): void {
  const { counts, advised, advisedSpeed } = w.scratch;
  const { advice } = w.vehicles;
  const pieces = counts[ADVISED]!;
  for (let k = 0; k < pieces; k++) {
    const v = advised[k]!;
    advice[v] = Math.min(advice[v]!, advisedSpeed[k]!);
  }
}

/** Fourth part of a step, for the places [from, to) of `multiRoads`: notes who changes, from where everyone came to be. */
export function noteChanges(w: World, from: number, to: number): void {
  const { multiRoads } = w.net;
  for (let r = from; r < to; r++) changeOn(w, multiRoads[r]!);
}
