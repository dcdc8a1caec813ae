import type { City } from '../city/city.ts';
import type { Metres } from '../units/units.ts';

/** How far upstream of a stop line a camera sees, along the road and across edges (BENCHMARKS.md section 1). */
const CAMERA_REACH_M: Metres = 200;

/** Lane indices that end at a signalised stop line. */
export function listApproachLanes(city: City): number[] {
  const approaches: number[] = [];
  city.lanes.forEach((lane, index) => {
    if (lane.out.some((movement) => (city.movements[movement]?.signal ?? -1) >= 0)) approaches.push(index);
  });
  return approaches;
}

/**
 * By lane: the stretch before its end, in metres, that some camera covers; 0 where none does. The walk upstream from a
 * stop line crosses unsignalised movements and ends at another signalised stop line, whose own camera sees on.
 */
export function cameraReachByLane(city: City): Float32Array {
  const reach = new Float32Array(city.lanes.length);
  const pending = listApproachLanes(city);
  for (const lane of pending) reach[lane] = CAMERA_REACH_M;
  for (let lane = pending.pop(); lane !== undefined; lane = pending.pop()) {
    const here = city.lanes[lane]!;
    const beyond = reach[lane]! - here.lengthM;
    if (beyond <= 0) continue;
    for (const index of here.in) {
      const movement = city.movements[index]!;
      if (movement.signal >= 0) continue;
      const further = Math.fround(beyond - movement.lengthM);
      if (further > reach[movement.fromLane]!) {
        reach[movement.fromLane] = further;
        pending.push(movement.fromLane);
      }
    }
  }
  return reach;
}

/** The lane that alone feeds `lane` and feeds nothing else, across an unsignalised joint; -1 when the approach begins here. Nobody is taken to turn back. */
function laneBehind(city: City, lane: number): number {
  const arrivals = city.lanes[lane]!.in;
  const movement = arrivals.length === 1 ? city.movements[arrivals[0]!]! : undefined;
  if (movement === undefined || movement.signal >= 0 || movement.turn === 'u-turn') return -1;
  return city.lanes[movement.fromLane]!.out.length === 1 ? movement.fromLane : -1;
}

/**
 * The place `distanceM` upstream of the end of an approach lane: a lane and the distance to that lane's own end. An
 * approach goes on behind its lane where one lane alone feeds it across an unsignalised joint; where it is shorter, the
 * place is its start.
 */
export function walkUpstream(city: City, approach: number, distanceM: Metres): { lane: number; toEndM: Metres } {
  let lane = approach;
  let leftM = distanceM;
  for (;;) {
    const here = city.lanes[lane]!;
    const behind = laneBehind(city, lane);
    if (leftM <= here.lengthM || behind < 0 || behind === approach) {
      return { lane, toEndM: Math.min(leftM, here.lengthM) };
    }
    leftM -= here.lengthM + city.movements[here.in[0]!]!.lengthM;
    if (leftM <= 0) return { lane, toEndM: here.lengthM };
    lane = behind;
  }
}

/** A piece of the way to a stop line: the last `lengthM` metres of a lane, and the share of its vehicles that comes along. */
export interface Stretch {
  readonly lane: number;
  readonly lengthM: Metres;
  readonly share: number;
}

/**
 * The last `distanceM` before the end of a lane, upstream across unsignalised joints. Where a lane behind leads to several
 * lanes its vehicles are shared evenly, because nobody knows their routes.
 */
export function listUpstream(city: City, lane: number, distanceM: Metres, share = 1): Stretch[] {
  const here = city.lanes[lane]!;
  const stretches = [{ lane, lengthM: distanceM, share }];
  for (const index of here.in) {
    const { signal, fromLane, lengthM } = city.movements[index]!;
    const leftM = distanceM - here.lengthM - lengthM;
    if (signal >= 0 || leftM <= 0) continue;
    stretches.push(...listUpstream(city, fromLane, leftM, share / city.lanes[fromLane]!.out.length));
  }
  return stretches;
}
