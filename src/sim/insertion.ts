import type { DepartPos } from '../demand/demand.ts';
import { drawNormal, drawUniform } from '../units/random.ts';
import { brakeGap, safeFollowSpeed, safeStopSpeed, secureGap } from './carfollowing.ts';
import { EVENT, type EventBox } from './events.ts';
import { CONTROL } from './network.ts';
import { link, PURPOSE, ROADS_AHEAD, SCALAR, type World } from './world.ts';

const POSITION_EPS = 0.1;
/** Beyond this reach all lanes are as good for a departure (SUMO's BEST_LANE_LOOKAHEAD), m. */
const ENOUGH_M = 3000;
const RANDOM_TRIES = 10;

/**
 * Entries: trips whose time has come wait in a queue per road, in order; a road's first trip is tried each step and the
 * others behind it only when it got in (SUMO's MSInsertionControl without eager insertion).
 */
export function createInserter(world: World, chooseLanes: (vehicle: number) => void, events: EventBox): () => void {
  const { net, types, trips, state: s, seed } = world;
  const W = net.width;
  const L = net.lanes;
  const { pos, speed, head, tail, behind } = s;
  /** Roads with a queue, in no order that matters; rebuilt from the queues when a state was loaded. */
  const active = new Int32Array(net.roads);

  function enqueue(trip: number): void {
    const road = trips.route[trips.routeStart[trip]!]!;
    const last = s.queueTail[road]!;
    if (last < 0) s.queueHead[road] = trip;
    else s.queueNext[last] = trip;
    s.queueTail[road] = trip;
    s.scalars[SCALAR.waiting] = s.scalars[SCALAR.waiting]! + 1;
  }

  function speedFactor(trip: number): number {
    const row = types.rows[trips.type[trip]!]!;
    if (row.speedDev <= 0) return row.speedFactor;
    const drawn = row.speedFactor + row.speedDev * drawNormal(seed, trip, 0, PURPOSE.speedFactor);
    return Math.min(row.speedFactorMax, Math.max(row.speedFactorMin, drawn));
  }

  function pickLane(v: number, trip: number, road: number, step: number): number {
    const rule = trips.departLane[trip]!;
    const first = net.roadFirstLane[road]!;
    const lanes = net.roadLanes[road]!;
    const bit = types.classBit[s.type[v]!]!;
    const may = (lane: number) => (net.allowed[lane]! & bit) !== 0;
    if (typeof rule === 'number') return rule < lanes && may(first + rule) ? first + rule : -1;
    let chosen = -1;
    if (rule === 'first') {
      for (let i = 0; i < lanes && chosen < 0; i++) if (may(first + i)) chosen = first + i;
      return chosen;
    }
    if (rule === 'random') {
      let count = 0;
      for (let i = 0; i < lanes; i++) if (may(first + i)) count++;
      let pick = Math.floor(drawUniform(seed, trip, step, PURPOSE.departLane) * count);
      for (let i = 0; i < lanes; i++) if (may(first + i) && pick-- === 0) return first + i;
      return -1;
    }
    let longest = 0;
    if (rule === 'best') for (let i = 0; i < lanes; i++) longest = Math.max(longest, s.reach[v * W + i]!);
    const enough = Math.min(longest, ENOUGH_M);
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < lanes; i++) {
      const lane = first + i;
      if (!may(lane) || s.reach[v * W + i]! < enough) continue;
      const load = s.occupied[lane]! / net.length[lane]!;
      if (load < least) {
        least = load;
        chosen = lane;
      }
    }
    return chosen;
  }

  /** Puts `v` on `lane` with its front at `at` when that is safe for it and for those around it. */
  function tryPlace(v: number, lane: number, at: number, wanted: number, adapts: boolean): boolean {
    const type = s.type[v]!;
    const decel = types.decel[type]!;
    const minGap = types.minGap[type]!;
    let leader = -1;
    let next = head[lane]!;
    while (next >= 0 && pos[next]! >= at) {
      leader = next;
      next = behind[next]!;
    }
    let safe = wanted;
    if (leader >= 0) {
      const gap = pos[leader]! - types.length[s.type[leader]!]! - at - minGap;
      if (gap < 0) return false;
      safe = Math.min(safe, followAtEntry(v, leader, gap));
    } else if (wanted > 0) {
      safe = Math.min(safe, safeAhead(v, lane, at, wanted));
    }
    if (safe < wanted && !adapts) return false;
    const back = at - types.length[type]!;
    if (next >= 0) {
      const ft = s.type[next]!;
      const gap = back - pos[next]! - types.minGap[ft]!;
      if (gap < secureGap(speed[next]!, safe, types.decel[ft]!, decel, types.tau[ft]!)) return false;
    } else if (!isClearBehind(lane, back, safe, decel)) {
      return false;
    }
    pos[v] = at;
    speed[v] = safe;
    link(world, v, lane, leader);
    return true;
  }

  function followAtEntry(v: number, leader: number, gap: number): number {
    const type = s.type[v]!;
    const decel = types.decel[type]!;
    return safeFollowSpeed(gap, 0, speed[leader]!, types.decel[s.type[leader]!]!, decel, decel, types.tau[type]!);
  }

  /** Safe speed at entry when nobody is ahead on the lane: the next stop line or the last vehicle beyond it. */
  function safeAhead(v: number, lane: number, at: number, wanted: number): number {
    const type = s.type[v]!;
    const decel = types.decel[type]!;
    const toEnd = net.length[lane]! - at;
    if (toEnd > wanted + brakeGap(wanted, decel, types.tau[type]!) || s.routeAt[v]! + 1 >= s.routeEnd[v]!)
      return wanted;
    const movement = s.via[v * ROADS_AHEAD * W + net.laneIndex[lane]!]!;
    if (movement < 0 || s.control[movement] !== CONTROL.major) return Math.min(wanted, safeStopSpeed(toEnd, decel, 1));
    const onMovement = tail[L + movement]!;
    const last = onMovement >= 0 ? onMovement : tail[net.toLane[movement]!]!;
    if (last < 0) return wanted;
    const from = toEnd + (onMovement >= 0 ? 0 : net.length[L + movement]!);
    const gap = from + pos[last]! - types.length[s.type[last]!]! - types.minGap[type]!;
    return Math.min(wanted, gap < 0 ? safeStopSpeed(toEnd, decel, 1) : followAtEntry(v, last, gap));
  }

  /** True when nobody who comes onto the lane from upstream would have to brake too hard for a vehicle whose back is there. */
  function isClearBehind(lane: number, back: number, ownSpeed: number, decel: number): boolean {
    for (let k = net.inStart[lane]!; k < net.inStart[lane + 1]!; k++) {
      const movement = net.in[k]!;
      let follower = head[L + movement]!;
      let gap = back + net.length[L + movement]!;
      if (follower < 0) {
        const from = net.fromLane[movement]!;
        follower = head[from]!;
        if (follower < 0 || s.via[follower * ROADS_AHEAD * W + net.laneIndex[from]!] !== movement) continue;
        if (s.control[movement] !== CONTROL.major) continue;
        gap += net.length[from]!;
      }
      const type = s.type[follower]!;
      gap -= pos[follower]! + types.minGap[type]!;
      if (gap < secureGap(speed[follower]!, ownSpeed, types.decel[type]!, decel, types.tau[type]!)) return false;
    }
    return true;
  }

  /** Behind the lane's last vehicle, or at the lane's end when it is empty. */
  function placeLast(v: number, lane: number, wanted: number, adapts: boolean): boolean {
    const type = s.type[v]!;
    const end = net.length[lane]! - POSITION_EPS;
    const last = tail[lane]!;
    if (last < 0) return tryPlace(v, lane, end, wanted, adapts);
    const lt = s.type[last]!;
    const need =
      secureGap(wanted, speed[last]!, types.decel[type]!, types.decel[lt]!, types.tau[type]!) +
      types.minGap[type]! +
      POSITION_EPS;
    const back = pos[last]! - types.length[lt]!;
    return back >= need && tryPlace(v, lane, Math.min(end, back - need), wanted, adapts);
  }

  function place(v: number, lane: number, trip: number, step: number): boolean {
    const type = s.type[v]!;
    const limit = Math.min(types.maxSpeed[type]!, net.speed[lane]! * s.factor[v]!);
    const rule = trips.departSpeed[trip]!;
    let wanted = limit;
    if (typeof rule === 'number') wanted = Math.min(rule, limit);
    else if (rule === 'speedLimit') wanted = Math.min(limit, net.speed[lane]!);
    else if (rule === 'random') wanted = limit * drawUniform(seed, trip, step, PURPOSE.departSpeed);
    const adapts = typeof rule !== 'number';
    const base = Math.min(types.length[type]! + POSITION_EPS, net.length[lane]!);
    const where: DepartPos = trips.departPos[trip]!;
    if (typeof where === 'number') {
      return tryPlace(
        v,
        lane,
        Math.min(where < 0 ? net.length[lane]! + where : where, net.length[lane]!),
        wanted,
        adapts,
      );
    }
    switch (where) {
      case 'base':
      case 'stop':
        return tryPlace(v, lane, base, wanted, adapts);
      case 'last':
        return placeLast(v, lane, wanted, adapts);
      case 'random':
        return tryPlace(v, lane, net.length[lane]! * drawUniform(seed, trip, step, PURPOSE.departPos), wanted, adapts);
      case 'free':
      case 'random_free': {
        for (let i = 0; where === 'random_free' && i < RANDOM_TRIES; i++) {
          const at = net.length[lane]! * drawUniform(seed, trip, step * RANDOM_TRIES + i, PURPOSE.departPos);
          if (tryPlace(v, lane, at, wanted, adapts)) return true;
        }
        for (let leader = head[lane]!; leader >= 0; leader = behind[leader]!) {
          const at = pos[leader]! - types.length[s.type[leader]!]! - types.minGap[type]! - POSITION_EPS;
          if (at >= base && tryPlace(v, lane, at, wanted, adapts)) return true;
        }
        return tryPlace(v, lane, base, wanted, adapts);
      }
    }
  }

  function insert(trip: number, step: number): boolean {
    const usable = s.scalars[SCALAR.freeUsable]!;
    if (usable === 0) return false;
    const v = s.free[usable - 1]!;
    const now = s.scalars[SCALAR.timeMs]!;
    const road = trips.route[trips.routeStart[trip]!]!;
    s.trip[v] = trip;
    s.type[v] = trips.type[trip]!;
    s.factor[v] = speedFactor(trip);
    s.routeAt[v] = trips.routeStart[trip]!;
    s.routeEnd[v] = trips.routeEnd[trip]!;
    s.ahead[v] = -1;
    s.behind[v] = -1;
    chooseLanes(v);
    const lane = pickLane(v, trip, road, step);
    if (lane < 0 || !place(v, lane, trip, step)) {
      s.trip[v] = -1;
      return false;
    }
    s.lookSpeed[v] = 0;
    s.gain[v] = 0;
    s.keepRight[v] = 0;
    s.advice[v] = Number.POSITIVE_INFINITY;
    s.roadSince[v] = trips.departMs[trip]!;
    s.roadFrom[v] = pos[v]!;
    s.timeLoss[v] = 0;
    s.halted[v] = 0;
    s.waited[v] = 0;
    s.stops[v] = 0;
    s.entered[v] = -1;
    s.cameBy[v] = -1;
    s.held[v] = 0;
    s.accelerates[v] = 0;
    const top = s.scalars[SCALAR.freeTop]! - 1;
    s.free[usable - 1] = s.free[top]!;
    s.scalars[SCALAR.freeTop] = top;
    s.scalars[SCALAR.freeUsable] = usable - 1;
    s.scalars[SCALAR.present] = s.scalars[SCALAR.present]! + 1;
    s.scalars[SCALAR.waiting] = s.scalars[SCALAR.waiting]! - 1;
    s.insertedMs[trip] = now;
    events.push(EVENT.inserted, now, trip, road);
    return true;
  }

  return function insertDue(): void {
    const now = s.scalars[SCALAR.timeMs]!;
    const step = s.scalars[SCALAR.step]!;
    let next = s.scalars[SCALAR.nextTrip]!;
    while (next < trips.count && trips.departMs[next]! <= now) enqueue(next++);
    s.scalars[SCALAR.nextTrip] = next;
    if (s.scalars[SCALAR.waiting] === 0) return;
    let count = 0;
    for (let road = 0; road < net.roads; road++) if (s.queueHead[road]! >= 0) active[count++] = road;
    for (let i = 0; i < count; i++) {
      const road = active[i]!;
      while (s.queueHead[road]! >= 0) {
        const trip = s.queueHead[road]!;
        if (!insert(trip, step)) break;
        s.queueHead[road] = s.queueNext[trip]!;
        if (s.queueHead[road]! < 0) s.queueTail[road] = -1;
      }
    }
  };
}
