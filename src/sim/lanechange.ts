import { brakeGap, safeFollowSpeed, safeStopSpeed, secureGap } from './carfollowing.ts';
import { CONTROL } from './network.ts';
import { link, ROADS_AHEAD, unlink, type World } from './world.ts';

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
const URGENCY = 2;
const HELP_OVERTAKE_MPS = 10 / 3.6;
const CUT_IN_LEFT_MPS = 27;
const LONGEST_ON_RAMP_M = 200;
/** Nobody leaves the best lane for one that leads elsewhere when no more than this is left of it, m. */
const TURN_LANE_M = 200;
const FALL_BEHIND_MPS2 = 7 / 3.6;
const KEEP_RIGHT_S = 5;
const KEEP_RIGHT_ACCEPT_S = 7;
/** Two vehicles that halt side by side, each in need of the other's lane, change places after this long, s. */
const SWAP_AFTER_S = 5;
/** How far upstream of a lane's start followers are looked for, m. */
const LOOK_BACK_M = 60;

const NONE = 0;
const GAIN = 1;
const URGENT = 2;

export function createLaneChanger(world: World): () => void {
  const { net, types, state: s } = world;
  const W = net.width;
  const L = net.lanes;
  const { pos, speed, head, tail, ahead, behind, segment } = s;
  const multi: number[] = [];
  for (let road = 0; road < net.roads; road++) if (net.roadLanes[road]! > 1) multi.push(road);
  const roads = Int32Array.from(multi);
  /** Gap (net of minimum gap) to the leader and follower found last. */
  const gaps = new Float64Array(2);
  /** By lane of the road at hand: the vehicle to look at next, the last one passed, and the lengths of all passed. */
  const cursor = new Int32Array(W);
  const passed = new Int32Array(W);
  const density = new Float64Array(W);

  /** Leader of `v` on `lane` behind or at `near`, beyond the lane's end along its route if need be; gap in `gaps[0]`. */
  function findLeader(v: number, lane: number, near: number): number {
    const type = s.type[v]!;
    const minGap = types.minGap[type]!;
    if (near >= 0) {
      gaps[0] = pos[near]! - types.length[s.type[near]!]! - pos[v]! - minGap;
      return near;
    }
    let distance = net.length[lane]! - pos[v]!;
    let at = lane;
    for (let depth = 0; depth < 2; depth++) {
      const movement = s.via[(v * ROADS_AHEAD + depth) * W + net.laneIndex[at]!]!;
      if (movement < 0 || distance > LOOK_BACK_M || s.control[movement] === CONTROL.red) break;
      for (let part = 0; part < 2; part++) {
        const seg = part === 0 ? L + movement : net.toLane[movement]!;
        const last = tail[seg]!;
        if (last >= 0) {
          gaps[0] = distance + pos[last]! - types.length[s.type[last]!]! - minGap;
          return last;
        }
        distance += net.length[seg]!;
      }
      at = net.toLane[movement]!;
      if (s.routeAt[v]! + depth + 2 >= s.routeEnd[v]!) break;
    }
    gaps[0] = Number.POSITIVE_INFINITY;
    return -1;
  }

  /** Follower of `v` on `lane` behind `near` (or first when -1), upstream of the lane's start if need be; gap in `gaps[1]`. */
  function findFollower(v: number, lane: number, near: number): number {
    const back = pos[v]! - types.length[s.type[v]!]!;
    const on = near >= 0 ? behind[near]! : head[lane]!;
    if (on >= 0) {
      gaps[1] = back - pos[on]! - types.minGap[s.type[on]!]!;
      return on;
    }
    let best = -1;
    gaps[1] = Number.POSITIVE_INFINITY;
    if (back > LOOK_BACK_M) return -1;
    for (let k = net.inStart[lane]!; k < net.inStart[lane + 1]!; k++) {
      const movement = net.in[k]!;
      let follower = head[L + movement]!;
      let gap: number;
      if (follower >= 0) {
        gap = back + net.length[L + movement]! - pos[follower]! - types.minGap[s.type[follower]!]!;
      } else {
        const from = net.fromLane[movement]!;
        follower = head[from]!;
        if (follower < 0 || s.via[follower * ROADS_AHEAD * W + net.laneIndex[from]!] !== movement) continue;
        gap = back + net.length[L + movement]! + net.length[from]! - pos[follower]! - types.minGap[s.type[follower]!]!;
      }
      if (gap < gaps[1]!) {
        gaps[1] = gap;
        best = follower;
      }
    }
    return best;
  }

  /**
   * Speed a driver expects on a lane behind `leader` (or -1) with `left` metres to the end of the way on it; no more than
   * the next second brings while a leader still accelerates, since how fast it will be is not known then.
   */
  function expectedSpeed(
    v: number,
    leader: number,
    gap: number,
    left: number,
    laneLimit: number,
    accelerating: boolean,
  ): number {
    const type = s.type[v]!;
    const decel = types.decel[type]!;
    const limit = accelerating ? Math.min(laneLimit, speed[v]! + types.accel[type]!) : laneLimit;
    if (leader < 0) return Math.min(limit, safeStopSpeed(Math.max(0, left), decel, types.tau[type]!));
    const safe = safeFollowSpeed(
      Math.max(0, gap),
      limit,
      speed[leader]!,
      types.decel[s.type[leader]!]!,
      decel,
      decel,
      types.tau[type]!,
    );
    return Math.min(limit, Math.max(0, safe));
  }

  /** Lengths of the vehicles ahead of `v` on a lane of its road and on the lanes that follow it on its route. */
  function jamOn(v: number, lane: number): number {
    let jam = density[net.laneIndex[lane]!]!;
    let at = lane;
    for (let depth = 0; depth + 1 < ROADS_AHEAD && s.routeAt[v]! + depth + 1 < s.routeEnd[v]!; depth++) {
      const movement = s.via[(v * ROADS_AHEAD + depth) * W + net.laneIndex[at]!]!;
      if (movement < 0) break;
      at = net.toLane[movement]!;
      jam += s.occupied[at]!;
    }
    return jam;
  }

  /** What `v` wants of the lane `side` (+1 left, -1 right) of its own, whose leader is known. */
  function wish(
    v: number,
    lane: number,
    side: number,
    own: number,
    ownGap: number,
    other: number,
    otherGap: number,
  ): number {
    const type = s.type[v]!;
    const index = net.laneIndex[lane]!;
    const offset = s.offset[v * W + index]!;
    const reach = s.reach[v * W + index]!;
    const otherReach = s.reach[v * W + index + side]!;
    const at = pos[v]!;
    const look =
      s.lookSpeed[v]! * LOOK_FORWARD_S * (side < 0 ? 1 : LOOK_LEFT) + 2 * (types.length[type]! + types.minGap[type]!);
    const towardsBest = offset * side > 0;
    if (towardsBest) {
      const usable = reach - at - jamOn(v, lane + offset);
      if (usable < look * Math.abs(offset)) return URGENT;
    } else {
      const left = Math.max(0, otherReach - at - Math.max(jamOn(v, lane), jamOn(v, lane + side)));
      if (left < look * (Math.abs(offset) + 2)) return NONE;
      const leadsElsewhere = otherReach < reach && net.outStart[lane + side]! < net.outStart[lane + side + 1]!;
      if (offset === 0 && leadsElsewhere && otherReach < TURN_LANE_M) return NONE;
    }
    const factor = s.factor[v]!;
    const limit = Math.min(types.maxSpeed[type]!, net.speed[lane]! * factor);
    const otherLimit = Math.min(types.maxSpeed[type]!, net.speed[lane + side]! * factor);
    const accelerating = (own >= 0 && s.accelerates[own] === 1) || (other >= 0 && s.accelerates[other] === 1);
    const here = expectedSpeed(v, own, ownGap, reach - at, limit, accelerating);
    const there = expectedSpeed(v, other, otherGap, otherReach - at, otherLimit, accelerating);
    const relative = (there - here) / Math.max(there, GAIN_MIN_SPEED);
    const lasting = otherReach / Math.max(0.1, speed[v]!) > GAIN_MIN_S;
    const gain = s.gain[v]!;
    if (side < 0) {
      const accept = KEEP_RIGHT_ACCEPT_S * Math.max(1, speed[v]!) * (limit / net.speed[lane]!);
      let gap = Math.max(0, Math.min(otherReach - at, limit * accept));
      let seconds = Math.min(accept, gap / limit);
      if (other >= 0 && speed[other]! < limit) {
        const need = secureGap(
          limit,
          speed[other]!,
          types.decel[type]!,
          types.decel[s.type[other]!]!,
          types.tau[type]!,
        );
        gap = Math.max(0, Math.min(gap, otherGap - need));
        seconds = Math.min(seconds, gap / (limit - speed[other]!));
      }
      s.keepRight[v] = s.keepRight[v]! - (GAIN_RIGHT * seconds) / accept / KEEP_RIGHT_S;
      if (s.keepRight[v]! < -GAIN_RIGHT && !towardsWrong(offset, side)) return GAIN;
      if (here - 5 / 3.6 > there) {
        if (gain < 0) s.gain[v] = gain * 0.5;
      } else {
        if (gain < 0 || relative > 0) s.gain[v] = gain - relative;
      }
      return s.gain[v]! < -GAIN_RIGHT && lasting ? GAIN : NONE;
    }
    if (here >= there) {
      if (gain > 0) s.gain[v] = gain * (here > there ? 0.5 : 0.8);
    } else {
      s.gain[v] = gain + relative;
    }
    return s.gain[v]! > GAIN_LEFT && relative > 0.001 && lasting ? GAIN : NONE;
  }

  function towardsWrong(offset: number, side: number): boolean {
    return offset * side < 0;
  }

  /**
   * A strategic changer that found no gap fits its own speed to the leader (`gaps[0]`) unless it can overtake in time, and
   * lets the follower (`gaps[1]`) brake for it where that opens the gap, or overtake (LC2013's informLeader, informFollower).
   */
  function negotiate(
    v: number,
    lane: number,
    leader: number,
    leaderNeeds: boolean,
    follower: number,
    followerNeeds: boolean,
  ): void {
    const type = s.type[v]!;
    const now = speed[v]!;
    const decel = types.decel[type]!;
    const index = v * W + net.laneIndex[lane]!;
    const left = s.reach[index]! - pos[v]!;
    const remainingS = Math.max(1, left / Math.max(s.lookSpeed[v]!, 0.001) / Math.abs(s.offset[index]!) / URGENCY);
    const blockerM = leader >= 0 ? blockerLength(leader, lane) : 0;
    const untilStop = left - blockerM - types.minGap[type]!;
    if (blockerM > 0 && untilStop > 0) advise(v, safeStopSpeed(untilStop, decel, 1));
    let planned = Math.min(now, safeStopSpeed(left - blockerM, decel, 1));
    if (leaderNeeds && leader >= 0) {
      const lt = s.type[leader]!;
      const overtakeM = gaps[0]! + types.length[lt]! + types.minGap[lt]! + types.length[type]! + types.minGap[type]!;
      const faster = planned - speed[leader]!;
      const room = left - blockerM - brakeGap(now, decel, types.tau[type]!);
      if (faster >= 0 && room >= overtakeM && faster * remainingS >= overtakeM) return;
      const leaderBrake = brakeGap(speed[leader]!, Math.max(decel, types.decel[lt]!), 0);
      const target = safeStopSpeed(gaps[0]! + leaderBrake, decel, types.tau[type]!);
      if (target < now) {
        const brake = Math.min(decel, Math.max(FALL_BEHIND_MPS2, (now - target) / remainingS));
        planned = Math.min(planned, Math.max(0, now - brake));
        advise(v, planned);
      } else {
        advise(v, target);
      }
    }
    if (followerNeeds && follower >= 0) askFollower(v, follower, planned, remainingS, left);
  }

  function askFollower(v: number, follower: number, planned: number, remainingS: number, left: number): void {
    const side = Math.sign(s.offset[v * W + net.laneIndex[segment[v]!]!]!);
    const type = s.type[v]!;
    const decel = types.decel[type]!;
    const ft = s.type[follower]!;
    const helpDecel = types.decel[ft]!;
    const tau = types.tau[ft]!;
    const theirs = speed[follower]!;
    const gap = gaps[1]!;
    if (planned - theirs >= HELP_OVERTAKE_MPS) {
      const needed = secureGap(theirs, planned, helpDecel, decel, tau);
      if ((needed - gap) / remainingS < planned - theirs) {
        advise(follower, planned - HELP_OVERTAKE_MPS);
        return;
      }
    }
    const slowed = Math.max(0, theirs - helpDecel);
    const openedGap = gap + planned - slowed;
    const needed = secureGap(slowed, planned, helpDecel, decel, tau);
    if (openedGap > 0 && openedGap >= needed) {
      const ownBrake = brakeGap(planned, Math.max(helpDecel, decel), 0);
      const first = Math.max(slowed, safeStopSpeed(gap + planned + ownBrake, helpDecel, tau));
      advise(follower, Math.max(slowed, safeStopSpeed(gap + planned - first + ownBrake, helpDecel, tau)));
    } else if ((planned - theirs) * remainingS > needed - openedGap) {
      advise(follower, slowed);
    } else {
      // The follower is to overtake: let it; those after it should be slow enough to help.
      const now = speed[v]!;
      const slows = theirs > now && (side < 0 || planned > CUT_IN_LEFT_MPS || left > LONGEST_ON_RAMP_M);
      const help = Math.max(slows ? slowed : theirs, now + HELP_OVERTAKE_MPS);
      if (slows) advise(follower, help);
      const passM = gap + types.length[type]! + types.length[ft]! + types.minGap[ft]!;
      advise(v, Math.max(help - passM / remainingS, now - decel));
    }
  }

  function advise(v: number, bound: number): void {
    s.advice[v] = Math.min(s.advice[v]!, Math.max(0, bound));
  }

  /** Length of a leader on the wanted lane that itself needs this one: room to leave for it at the lane's end. */
  function blockerLength(leader: number, lane: number): number {
    const theirs = segment[leader]!;
    if (theirs >= L || net.laneRoad[theirs] !== net.laneRoad[lane]) return 0;
    const wants = (lane - theirs) * s.offset[leader * W + net.laneIndex[theirs]!]! > 0;
    return wants ? types.length[s.type[leader]!]! : 0;
  }

  function fits(v: number, leader: number, follower: number, room: number): boolean {
    const back = room - types.length[s.type[v]!]!;
    if (leader >= 0 && pos[leader]! - types.length[s.type[leader]!]! < room) return false;
    return follower < 0 || pos[follower]! <= back;
  }

  /** Two halted vehicles that stand in each other's way, each wanting the other's lane, change places. */
  function swap(v: number, other: number, side: number): boolean {
    if (other < 0 || s.halted[other]! < SWAP_AFTER_S) return false;
    const mine = segment[v]!;
    const theirs = segment[other]!;
    if (theirs !== mine + side) return false;
    const towardsMe = (mine - theirs) * s.offset[other * W + net.laneIndex[theirs]!]! > 0;
    if (!towardsMe) return false;
    const overlap =
      pos[v]! > pos[other]! - types.length[s.type[other]!]! && pos[other]! > pos[v]! - types.length[s.type[v]!]!;
    if (!overlap) return false;
    const at = pos[v]!;
    const otherAt = pos[other]!;
    if (!fits(v, ahead[other]!, behind[other]!, otherAt) || !fits(other, ahead[v]!, behind[v]!, at)) return false;
    const leader = ahead[v]!;
    const otherLeader = ahead[other]!;
    unlink(world, v);
    unlink(world, other);
    pos[v] = otherAt;
    pos[other] = at;
    link(world, v, theirs, otherLeader);
    link(world, other, mine, leader);
    const from = net.laneIndex[mine]!;
    const to = net.laneIndex[theirs]!;
    register(other, from);
    cursor[from] = behind[other]!;
    register(v, to);
    cursor[to] = behind[v]!;
    return true;
  }

  /** Looks at the lane on one side and changes there when wanted and safe; true when the vehicle changed. */
  function tryChange(v: number, lane: number, side: number, own: number, ownGap: number): boolean {
    const type = s.type[v]!;
    const to = lane + side;
    if ((net.allowed[to]! & types.classBit[type]!) === 0) return false;
    const index = net.laneIndex[to]!;
    const near = passed[index]!;
    const leader = findLeader(v, to, near);
    const leaderGap = gaps[0]!;
    const want = wish(v, lane, side, own, ownGap, leader, leaderGap);
    if (want === NONE) return false;
    const follower = findFollower(v, to, near);
    const followerGap = gaps[1]!;
    const decel = types.decel[type]!;
    const now = speed[v]!;
    let leaderNeeds = leaderGap < 0;
    if (leader >= 0 && !leaderNeeds) {
      leaderNeeds = leaderGap < secureGap(now, speed[leader]!, decel, types.decel[s.type[leader]!]!, types.tau[type]!);
    }
    let followerNeeds = followerGap < 0;
    if (follower >= 0 && !followerNeeds) {
      const ft = s.type[follower]!;
      followerNeeds = followerGap < secureGap(speed[follower]!, now, types.decel[ft]!, decel, types.tau[ft]!);
    }
    if (leaderNeeds || followerNeeds) {
      if (want === URGENT) {
        if (s.halted[v]! >= SWAP_AFTER_S && (swap(v, leader, side) || swap(v, follower, side))) return true;
        gaps[0] = leaderGap;
        gaps[1] = followerGap;
        negotiate(v, lane, leader, leaderNeeds, follower, followerNeeds);
      }
      return false;
    }
    unlink(world, v);
    link(world, v, to, near);
    s.gain[v] = 0;
    s.keepRight[v] = 0;
    register(v, index);
    return true;
  }

  /** Passes one vehicle by: whoever comes later on that lane, or beside it, has it ahead. */
  function register(v: number, index: number): void {
    const type = s.type[v]!;
    passed[index] = v;
    density[index] = density[index]! + types.length[type]! + types.minGap[type]!;
  }

  /** Front to back over all lanes of a road at once, as SUMO does, so that what is ahead has been decided. */
  function changeOn(road: number): void {
    const first = net.roadFirstLane[road]!;
    const lanes = net.roadLanes[road]!;
    for (let i = 0; i < lanes; i++) {
      cursor[i] = head[first + i]!;
      passed[i] = -1;
      density[i] = 0;
    }
    while (true) {
      let index = -1;
      for (let i = 0; i < lanes; i++) {
        const v = cursor[i]!;
        if (v >= 0 && (index < 0 || pos[v]! > pos[cursor[index]!]!)) index = i;
      }
      if (index < 0) return;
      const v = cursor[index]!;
      cursor[index] = behind[v]!;
      const now = speed[v]!;
      const faded = LOOK_MEMORY * s.lookSpeed[v]! + (1 - LOOK_MEMORY) * now;
      s.lookSpeed[v] = Math.max(now, faded);
      const lane = first + index;
      const own = findLeader(v, lane, ahead[v]!);
      const ownGap = gaps[0]!;
      if (index > 0 && tryChange(v, lane, -1, own, ownGap)) continue;
      if (index + 1 < lanes && tryChange(v, lane, 1, own, ownGap)) continue;
      register(v, index);
    }
  }

  return function changeLanes(): void {
    for (let r = 0; r < roads.length; r++) changeOn(roads[r]!);
  };
}
