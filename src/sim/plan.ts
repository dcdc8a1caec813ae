import { approachSpeed, arrivalTime, brakeGap, safeFollowSpeed, safeStopSpeed } from './carfollowing.ts';
import { createJunctionLeaders } from './junction.ts';
import { CONTROL } from './network.ts';
import { HALTING, PLAN_LINKS, ROADS_AHEAD, SCALAR, type World } from './world.ts';

/** Distance before a signal's stop line at which drivers halt, and before other lines (SUMO: 1 m, 0.1 m). */
const STOP_BEFORE_LAMP_M = 1;
const STOP_BEFORE_SIGN_M = 0.1;
/** From here a driver on a minor link sees the foes and may decide to go (SUMO's foe visibility distance). */
export const VISIBILITY_M = 4.5;
/** SUMO's tls.yellow.min-decel: at yellow and red drivers are ready to brake at least this hard, m/s2. */
const YELLOW_DECEL = 3;
const EPS = 0.001;

/** Speed after `distance` metres of acceleration from `speed`, at most `limit`. */
function speedAfter(distance: number, speed: number, accel: number, limit: number): number {
  return Math.min(limit, Math.sqrt(speed * speed + 2 * accel * Math.max(0, distance)));
}

/**
 * First half of a step, for each vehicle by itself from everyone's state at its start: how fast it may go if every stop
 * line ahead lets it pass, how fast if the first, second, ... does not, and when it would arrive there (SUMO's planMove).
 */
export function createPlanner(world: World): (vehicle: number, lengthsAhead: number) => void {
  const { net, types, state: s, scratch: p } = world;
  const W = net.width;
  const L = net.lanes;
  const { pos, speed, ahead, segment } = s;
  const junctionLeaders = createJunctionLeaders(world);

  /** Metres free on a lane behind its last halted vehicle; whether there is one is left in `foundHalted`. */
  let foundHalted = false;
  function spaceTillHalted(lane: number): number {
    let lengths = 0;
    foundHalted = false;
    for (let v = s.tail[lane]!; v >= 0; v = ahead[v]!) {
      const type = s.type[v]!;
      if (speed[v]! < HALTING) {
        foundHalted = true;
        return pos[v]! - types.length[type]! - lengths;
      }
      lengths += types.length[type]! + types.minGap[type]!;
    }
    return net.length[lane]! - lengths;
  }

  /** True when the vehicle, once past the movement, would find no room behind a halted one (SUMO's keepClear). */
  function wouldBlock(vehicle: number, movement: number, lengthsAhead: number, depth: number): boolean {
    const type = s.type[vehicle]!;
    const own = types.length[type]! + types.minGap[type]!;
    let space = -lengthsAhead - s.occupied[L + movement]!;
    let lane = net.toLane[movement]!;
    for (let d = depth + 1; d < ROADS_AHEAD && d <= depth + 3; d++) {
      space += spaceTillHalted(lane);
      if (foundHalted) return space - own < 0;
      if (space - own >= 0 || s.routeAt[vehicle]! + d + 1 >= s.routeEnd[vehicle]!) return false;
      const next = s.via[(vehicle * ROADS_AHEAD + d) * W + net.laneIndex[lane]!]!;
      if (next < 0) return false;
      space -= s.occupied[L + next]!;
      lane = net.toLane[next]!;
    }
    return false;
  }

  /** Safe speed behind a vehicle whose back is `gap` metres ahead (before the minimum gap). */
  function follow(vehicle: number, leader: number, gap: number): number {
    const type = s.type[vehicle]!;
    return safeFollowSpeed(
      gap - types.minGap[type]!,
      speed[vehicle]!,
      speed[leader]!,
      types.decel[s.type[leader]!]!,
      types.decel[type]!,
      types.emergencyDecel[type]!,
      types.tau[type]!,
    );
  }

  /** Safe speed behind the last vehicle of a segment that begins at `distance`. */
  function followInto(vehicle: number, last: number, distance: number): number {
    const gap = distance + pos[last]! - types.length[s.type[last]!]!;
    const type = s.type[vehicle]!;
    if (gap < types.minGap[type]!) return safeStopSpeed(distance - STOP_BEFORE_SIGN_M, types.decel[type]!, 1);
    return follow(vehicle, last, gap);
  }

  /** Safe speed of a lane's first vehicle behind one that left the lane by another movement and is still half on it. */
  function followSiblings(vehicle: number, lane: number, movement: number, toEnd: number): number {
    let bound = Number.POSITIVE_INFINITY;
    for (let k = net.outStart[lane]!; k < net.outStart[lane + 1]!; k++) {
      const other = net.out[k]!;
      if (other === movement) continue;
      const onMovement = s.tail[L + other]!;
      const last = onMovement >= 0 ? onMovement : s.tail[net.toLane[other]!]!;
      if (last < 0 || (onMovement < 0 && s.cameBy[last] !== other)) continue;
      const from = onMovement >= 0 ? 0 : net.length[L + other]!;
      const back = from + pos[last]! - types.length[s.type[last]!]!;
      if (back < net.divergeAt[other]!) bound = Math.min(bound, follow(vehicle, last, toEnd + back));
    }
    return bound;
  }

  function addLink(
    v: number,
    link: number,
    movement: number,
    inner: number,
    distance: number,
    free: number,
    expected: number,
    wait: number,
    slows: boolean,
  ): void {
    const type = s.type[v]!;
    const decel = types.decel[type]!;
    const accel = types.accel[type]!;
    let arriveSpeed = expected;
    if (slows) {
      const atSight = safeStopSpeed(VISIBILITY_M, decel, 0);
      arriveSpeed = Math.min(expected, Math.sqrt(atSight * atSight + 2 * accel * VISIBILITY_M));
    }
    const length = net.length[L + movement]!;
    const next = length > 0 ? L + movement : net.toLane[movement]!;
    const limit = Math.min(types.maxSpeed[type]!, net.speed[next]! * s.factor[v]!);
    const arrive = s.scalars[SCALAR.timeMs]! / 1000 - 1 + arrivalTime(distance, free, arriveSpeed, accel, decel);
    const pathM = inner === 1 ? length - net.waitAt[movement]! : length;
    const leaveSpeed = speedAfter(pathM, arriveSpeed, accel, limit);
    const crossM = pathM + types.length[type]!;
    const braked = free * free - 2 * decel * distance;
    p.linkMovement[link] = movement;
    p.linkInner[link] = inner;
    p.linkRequest[link] = 1;
    p.linkDistance[link] = distance;
    p.linkPass[link] = free;
    p.linkWait[link] = wait;
    p.linkArrive[link] = arrive;
    p.linkArriveSpeed[link] = arriveSpeed;
    p.linkLeaveSpeed[link] = leaveSpeed;
    p.linkCross[link] = crossM;
    p.linkLeave[link] = arrive + crossM / Math.max(0.5 * (arriveSpeed + leaveSpeed), EPS);
    p.linkBrakeSpeed[link] = braked > 0 ? Math.min(arriveSpeed, Math.sqrt(braked)) : 0;
  }

  /** A leader beyond a line keeps the vehicle longer on the junction than it would need by itself. */
  function leaveNoFaster(link: number, bound: number, reachable: number): void {
    if (bound === Number.POSITIVE_INFINITY) return;
    const leaveSpeed = Math.min(p.linkLeaveSpeed[link]!, bound, reachable);
    p.linkLeaveSpeed[link] = leaveSpeed;
    const mean = Math.max(0.5 * (p.linkArriveSpeed[link]! + leaveSpeed), EPS);
    p.linkLeave[link] = p.linkArrive[link]! + p.linkCross[link]! / mean;
  }

  /** Where to halt before a line `distance` away: the usual place, or nearer when it is too late for that. */
  function haltDistance(distance: number, usual: number, brake: number): number {
    const before = distance >= brake ? Math.min(usual, distance - brake) : usual;
    return Math.max(0, distance - Math.max(before, STOP_BEFORE_SIGN_M));
  }

  return function plan(v: number, lengthsAhead: number): void {
    const type = s.type[v]!;
    const decel = types.decel[type]!;
    const accel = types.accel[type]!;
    const maxSpeed = types.maxSpeed[type]!;
    const factor = s.factor[v]!;
    const now = speed[v]!;
    const base = v * PLAN_LINKS;
    p.held[v] = 0;
    const brakeNow = brakeGap(now, decel, 0);
    let seg = segment[v]!;
    let free = Math.min(now + accel, maxSpeed, net.speed[seg]! * factor);
    const look = free + brakeGap(free, decel, types.tau[type]!);
    let seen = net.length[seg]! - pos[v]!;
    // What the vehicle may be driving when it comes to the next line, while `free` is what it drives now.
    const part = seg >= L && pos[v]! < net.waitAt[seg - L]! ? net.waitAt[seg - L]! - pos[v]! : seen;
    let expected = speedAfter(part, free, accel, net.speed[seg]! * factor);
    const leader = ahead[v]!;
    if (leader >= 0) {
      free = Math.min(free, follow(v, leader, pos[leader]! - types.length[s.type[leader]!]! - pos[v]!));
      expected = Math.min(expected, free);
    }
    let links = 0;
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
        if (s.routeAt[v]! + depth + 1 >= s.routeEnd[v]!) break;
        movement = depth < ROADS_AHEAD ? s.via[(v * ROADS_AHEAD + depth) * W + net.laneIndex[seg]!]! : -1;
        if (movement < 0) {
          free = Math.min(free, safeStopSpeed(seen - STOP_BEFORE_SIGN_M, decel, 1));
          break;
        }
        if (depth === 0 && leader < 0 && net.outStart[seg + 1]! - net.outStart[seg]! > 1) {
          free = Math.min(free, followSiblings(v, seg, movement, seen));
          expected = Math.min(expected, free);
        }
        const control = s.control[movement]!;
        const atLamp = control === CONTROL.red || control === CONTROL.yellow;
        const major = control === CONTROL.major;
        const stopDecel = atLamp ? Math.max(Math.min(YELLOW_DECEL, types.emergencyDecel[type]!), decel) : decel;
        const brake = atLamp ? brakeGap(now, stopDecel, 0) : brakeNow;
        const halt = haltDistance(seen, atLamp || major ? STOP_BEFORE_LAMP_M : 0, brake);
        const wait = Math.min(free, safeStopSpeed(halt, stopDecel, 1));
        if (atLamp && seen >= brake) {
          free = wait;
          break;
        }
        const slows = !major && brakeNow < seen && seen > VISIBILITY_M;
        let request = free > EPS && !slowed;
        const link = base + links++;
        addLink(v, link, movement, 0, seen, free, expected, wait, slows);
        slowed ||= slows;
        if (request && seen <= look && net.hasFoes[movement] === 1 && seen >= brakeNow) {
          request = !wouldBlock(v, movement, lengthsAhead, depth);
        }
        if (!request) {
          p.linkRequest[link] = 0;
          break;
        }
        if (net.isYieldedTo[movement] === 1) {
          p.linkNext[link] = p.approach[movement]!;
          p.approach[movement] = link;
        }
        if (seen > look || links >= PLAN_LINKS) break;
        floor = wait;
      }
      // The movement begins at `seen`, which is negative for a vehicle that is on it.
      const length = net.length[L + movement]!;
      if (length > 0) {
        const firstM = net.waitAt[movement]! >= 0 ? net.waitAt[movement]! : length;
        if (!onIt) {
          const limit = Math.min(maxSpeed, net.speed[L + movement]! * factor);
          free = Math.min(free, Math.max(EPS, approachSpeed(seen, limit, decel)));
          const last = s.tail[L + movement]!;
          expected = speedAfter(firstM, free, accel, limit);
          if (last >= 0) {
            const bound = followInto(v, last, seen);
            free = Math.min(free, bound);
            expected = Math.min(expected, free);
            leaveNoFaster(base + links - 1, bound, now + accel);
          }
        }
        const bounds = junctionLeaders(v, movement, seen, onIt);
        const inside = Math.min(bounds.toWait, bounds.beyond);
        if (bounds.toWait < free) {
          if (onIt && bounds.toWait < HALTING) p.held[v] = 1;
          free = Math.min(free, Math.max(floor, bounds.toWait));
        }
        const toWait = seen + net.waitAt[movement]!;
        if (net.waitAt[movement]! >= 0 && toWait > 0) {
          const entry = s.control[movement]!;
          const goesOn = entry === CONTROL.major || entry === CONTROL.yellow;
          const halt = haltDistance(toWait, goesOn ? STOP_BEFORE_LAMP_M : 0, brakeNow);
          const slows = !goesOn && brakeNow < toWait && toWait > VISIBILITY_M;
          const wait = Math.min(free, safeStopSpeed(halt, decel, 1));
          addLink(v, base + links++, movement, 1, toWait, free, expected, wait, slows);
          slowed ||= slows;
          floor = wait;
        }
        if (bounds.beyond < free) {
          if (onIt && bounds.beyond < HALTING) p.held[v] = 1;
          free = Math.min(free, Math.max(floor, bounds.beyond));
        }
        if (links > 0) leaveNoFaster(base + links - 1, inside, now + accel);
        if (links >= PLAN_LINKS) break;
      }
      seen += length;
      seg = net.toLane[movement]!;
      depth++;
      const limit = Math.min(maxSpeed, net.speed[seg]! * factor);
      free = Math.min(free, Math.max(EPS, approachSpeed(seen, limit, decel)));
      expected = speedAfter(net.length[seg]!, free, accel, limit);
      const last = s.tail[seg]!;
      if (last >= 0) {
        const bound = followInto(v, last, seen);
        free = Math.min(free, bound);
        expected = Math.min(expected, free);
        if (links > 0 && length === 0) leaveNoFaster(base + links - 1, bound, now + accel);
      }
      seen += net.length[seg]!;
      if (free <= EPS) break;
    }
    p.linkCount[v] = links;
    p.free[v] = free;
  };
}
