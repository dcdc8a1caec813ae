import { drawUniform } from '../units/random.ts';
import { dawdle } from './carfollowing.ts';
import { EVENT, type EventBox } from './events.ts';
import { CONTROL } from './network.ts';
import { createPlanner } from './plan.ts';
import { HALTING, link, PURPOSE, ROADS_AHEAD, SCALAR, unlink, type World } from './world.ts';
import { createYielding } from './yield.ts';

/** A trip ends this close to its arrival place (SUMO's POSITION_EPS), m. */
const ARRIVE_M = 0.1;

/** One second of driving for everyone: plan, decide, move, enter the next segments, arrive. */
export function createMover(world: World, chooseLanes: (vehicle: number) => void, events: EventBox): () => void {
  const { net, types, trips, state: s, scratch: p, seed, capacity } = world;
  const W = net.width;
  const L = net.lanes;
  const { pos, speed, head, tail, ahead, behind, segment } = s;
  const plan = createPlanner(world);
  const yielding = createYielding(world);
  const leaving = new Int32Array(capacity);

  function decide(v: number, step: number): number {
    const type = s.type[v]!;
    const now = speed[v]!;
    const safe = yielding.safeSpeed(v);
    const decel = types.decel[type]!;
    const accel = types.accel[type]!;
    const hardest = Math.max(0, now - types.emergencyDecel[type]!);
    const lowest = Math.min(Math.max(0, now - decel), Math.max(safe, hardest));
    const highest = Math.max(lowest, Math.min(safe, now + accel, types.maxSpeed[type]!));
    const sigma = types.sigma[type]!;
    let next = highest;
    if (sigma > 0) {
      next = Math.max(lowest, dawdle(highest, accel, sigma, drawUniform(seed, s.trip[v]!, step, PURPOSE.dawdle)));
    }
    next = Math.max(lowest, Math.min(next, s.advice[v]!));
    s.advice[v] = Number.POSITIVE_INFINITY;
    return Math.max(next, yielding.least[v]!);
  }

  /** Time lost and halts, as SUMO's tripinfo counts them: against the individual speed allowed where the step ended. */
  function account(v: number): void {
    const v1 = speed[v]!;
    const limit = Math.min(types.maxSpeed[s.type[v]!]!, net.speed[segment[v]!]! * s.factor[v]!);
    s.timeLoss[v] = s.timeLoss[v]! + (limit - v1) / limit;
    if (v1 <= HALTING) {
      if (s.halted[v] === 0) s.stops[v] = s.stops[v]! + 1;
      s.halted[v] = s.halted[v]! + 1;
      s.waited[v] = s.waited[v]! + 1;
    } else {
      s.halted[v] = 0;
    }
  }

  function arrive(v: number): void {
    const trip = s.trip[v]!;
    const now = s.scalars[SCALAR.timeMs]!;
    s.arrivedMs[trip] = now;
    s.timeLossS[trip] = s.timeLoss[v]!;
    s.waitingS[trip] = s.waited[v]!;
    s.tripStops[trip] = s.stops[v]!;
    events.push(EVENT.arrived, now, trip, trips.route[s.routeEnd[v]! - 1]!);
    unlink(world, v);
    segment[v] = -1;
    s.trip[v] = -1;
    const top = s.scalars[SCALAR.freeTop]!;
    s.free[top] = v;
    s.scalars[SCALAR.freeTop] = top + 1;
    s.scalars[SCALAR.present] = s.scalars[SCALAR.present]! - 1;
    s.scalars[SCALAR.arrived] = s.scalars[SCALAR.arrived]! + 1;
  }

  /** Holds a vehicle that has no room ahead at the end of its segment, and everyone behind it off its back. */
  function holdAtEnd(v: number): void {
    pos[v] = net.length[segment[v]!]!;
    speed[v] = 0;
    s.scalars[SCALAR.forced] = s.scalars[SCALAR.forced]! + 1;
    pushBack(v);
  }

  function pushBack(v: number): void {
    let back = pos[v]! - types.length[s.type[v]!]!;
    for (let f = behind[v]!; f >= 0 && pos[f]! > back; f = behind[f]!) {
      speed[f] = Math.max(0, Math.min(speed[f]!, speed[f]! - (pos[f]! - back)));
      pos[f] = back;
      back -= types.length[s.type[f]!]!;
    }
  }

  /** The vehicle of a segment behind which one at `at` comes to be, or -1. */
  function leaderAt(seg: number, at: number): number {
    let leader = tail[seg]!;
    while (leader >= 0 && pos[leader]! < at) leader = ahead[leader]!;
    return leader;
  }

  /** Puts a vehicle that left its segment onto `next`, `at` metres in; false when there is no room. */
  function enter(v: number, next: number, at: number): boolean {
    const leader = leaderAt(next, at);
    let place = at;
    if (leader >= 0) {
      const back = pos[leader]! - types.length[s.type[leader]!]!;
      if (back < 0) return false;
      if (place > back) {
        speed[v] = Math.max(0, speed[v]! - (place - back));
        place = back;
        s.scalars[SCALAR.forced] = s.scalars[SCALAR.forced]! + 1;
      }
    }
    unlink(world, v);
    pos[v] = place;
    link(world, v, next, leader);
    pushBack(v);
    return true;
  }

  /** Counts a crossing of the stop line: time on the road above driving freely, waiting to enter included. */
  function countCrossing(v: number, movement: number, now: number): void {
    const lane = net.fromLane[movement]!;
    const limit = Math.min(types.maxSpeed[s.type[v]!]!, net.speed[lane]!);
    const freeS = (net.length[lane]! - s.roadFrom[v]!) / limit;
    s.crossed[movement] = s.crossed[movement]! + 1;
    s.delay[movement] = s.delay[movement]! + Math.max(0, (now - s.roadSince[v]!) / 1000 - freeS);
  }

  function pass(v: number): void {
    const now = s.scalars[SCALAR.timeMs]!;
    const step = s.scalars[SCALAR.step]!;
    while (true) {
      const seg = segment[v]!;
      const over = pos[v]! - net.length[seg]!;
      if (over <= 0) break;
      let movement: number;
      if (seg < L) {
        if (s.routeAt[v]! + 1 >= s.routeEnd[v]!) break;
        movement = s.via[v * ROADS_AHEAD * W + net.laneIndex[seg]!]!;
        if (movement < 0 || s.control[movement] === CONTROL.red) {
          holdAtEnd(v);
          return;
        }
        if (net.length[L + movement]! > 0) {
          if (!enter(v, L + movement, over)) {
            holdAtEnd(v);
            return;
          }
          countCrossing(v, movement, now);
          s.entered[v] = over <= net.waitAt[movement]! ? step + 1 : step;
          continue;
        }
      } else {
        movement = seg - L;
      }
      const lane = net.toLane[movement]!;
      if (!enter(v, lane, over)) {
        holdAtEnd(v);
        return;
      }
      if (seg < L) countCrossing(v, movement, now);
      s.cameBy[v] = movement;
      s.routeAt[v] = s.routeAt[v]! + 1;
      s.roadSince[v] = now;
      s.roadFrom[v] = 0;
      chooseLanes(v);
      events.push(EVENT.road, now, s.trip[v]!, net.laneRoad[lane]!);
    }
  }

  function isThere(v: number): boolean {
    if (segment[v]! >= L || s.routeAt[v]! + 1 < s.routeEnd[v]!) return false;
    const place = Math.min(trips.arrivalPos[s.trip[v]!]!, net.length[segment[v]!]!);
    return pos[v]! > place - ARRIVE_M;
  }

  return function move(): void {
    const step = s.scalars[SCALAR.step]!;
    // A slot freed in this step is not given away before the next: whoever reads frames sees it empty once.
    s.scalars[SCALAR.freeUsable] = s.scalars[SCALAR.freeTop]!;
    p.approach.fill(-1);
    for (let seg = 0; seg < net.segments; seg++) {
      let lengths = 0;
      for (let v = head[seg]!; v >= 0; v = behind[v]!) {
        plan(v, lengths);
        const type = s.type[v]!;
        lengths += types.length[type]! + types.minGap[type]!;
      }
    }
    for (let seg = 0; seg < net.segments; seg++) {
      for (let v = head[seg]!; v >= 0; v = behind[v]!) p.newSpeed[v] = decide(v, step);
    }
    let leavers = 0;
    let moved = 0;
    for (let seg = 0; seg < net.segments; seg++) {
      const end = net.length[seg]!;
      for (let v = head[seg]!; v >= 0; v = behind[v]!) {
        const next = p.newSpeed[v]!;
        s.held[v] = p.held[v]!;
        s.accelerates[v] = next > speed[v]! ? 1 : 0;
        speed[v] = next;
        pos[v] = pos[v]! + next;
        moved++;
        // Whoever still stands before the waiting place has not gone first of anyone.
        if (seg >= L && pos[v]! <= net.waitAt[seg - L]!) s.entered[v] = step + 1;
        if (pos[v]! > end || isThere(v)) leaving[leavers++] = v;
        else account(v);
      }
    }
    for (let i = 0; i < leavers; i++) {
      const v = leaving[i]!;
      pass(v);
      account(v);
      if (isThere(v)) arrive(v);
    }
    s.scalars[SCALAR.vehicleSeconds] = s.scalars[SCALAR.vehicleSeconds]! + moved;
  };
}
