import type { City } from '../city/city.ts';
import type { Metres } from '../units/units.ts';

/** How far upstream of a stop line a camera sees, along the road and across edges (BENCHMARKS.md section 1). */
export const CAMERA_REACH_M: Metres = 200;

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
