import { CLOSED } from './network.ts';
import type { World } from './world.ts';

/** `reachLeft` and `reachRight` where there is no lane, or none that the vehicle may use. */
export const NO_LANE = -1;

/** Notes in a vehicle's record what its route says of the lane it is on; to be called when lane, route or closures changed. */
export function aim(w: World, v: number): void {
  const { segment, routeAt, via, choice, reach, reachLeft, reachRight } = w.vehicles;
  const { choices, net } = w;
  const i = v << 1;
  const lane = segment[i]!;
  const entry = choices.at[routeAt[i]!]! + lane;
  const index = net.laneIndex[lane]!;
  const hasRight = index > 0;
  const hasLeft = index + 1 < net.roadLanes[net.laneRoad[lane]!]!;
  const leftIsBest = hasLeft && choices.offset[(entry + 1) << 2] === 0;
  const rightIsBest = hasRight && choices.offset[(entry - 1) << 2] === 0;
  via[i] = choices.via[entry << 2]!;
  choice[i] = choices.offset[entry << 2]! * 4 + (leftIsBest ? 2 : 0) + (rightIsBest ? 1 : 0);
  reach[i] = choices.reach[entry << 1]!;
  reachRight[i] = hasRight && mayUse(w, v, lane - 1) ? choices.reach[(entry - 1) << 1]! : NO_LANE;
  reachLeft[i] = hasLeft && mayUse(w, v, lane + 1) ? choices.reach[(entry + 1) << 1]! : NO_LANE;
}

function mayUse(w: World, v: number, lane: number): boolean {
  const bit = w.types.classBit[w.vehicles.type[v << 1]!]!;
  return (w.net.allowed[lane]! & bit) !== 0 && w.net.closed[lane] !== CLOSED.alone;
}
