import { ROADS_AHEAD, type World } from './world.ts';

/**
 * Which lanes a vehicle's route wants: for each lane of its road the distance that can be driven without a change, the
 * side and number of lanes to the nearest best lane, and the movement to take at each road ahead. After SUMO's
 * MSVehicle::updateBestLanes: worked out backwards from the last road looked at.
 */
export function createLaneChooser(world: World): (vehicle: number) => void {
  const { net, trips, types, state: s } = world;
  const W = net.width;
  const reach = new Float64Array(ROADS_AHEAD * W);
  const offset = new Int32Array(ROADS_AHEAD * W);
  const isBest = new Uint8Array(W);

  /** Turns the reach of a road's lanes into offsets towards the nearest best lane. */
  function setOffsets(depth: number, lanes: number): void {
    const base = depth * W;
    let best = 0;
    for (let i = 1; i < lanes; i++) {
      const longer = reach[base + i]! - reach[base + best]!;
      const nearer = Math.abs(offset[base + best]!) - Math.abs(offset[base + i]!);
      if (longer > 0 || (longer === 0 && nearer > 0)) best = i;
    }
    const bestReach = reach[base + best]!;
    const bestOffset = Math.abs(offset[base + best]!);
    for (let i = 0; i < lanes; i++) {
      isBest[i] = reach[base + i]! >= bestReach && Math.abs(offset[base + i]!) <= bestOffset ? 1 : 0;
    }
    for (let i = 0; i < lanes; i++) {
      let nearest = 0;
      for (let d = 0; d < lanes; d++) {
        if (i - d >= 0 && isBest[i - d] === 1) {
          nearest = -d;
          break;
        }
        if (i + d < lanes && isBest[i + d] === 1) {
          nearest = d;
          break;
        }
      }
      offset[base + i] = nearest;
    }
  }

  return function chooseLanes(vehicle: number): void {
    const at = s.routeAt[vehicle]!;
    const end = s.routeEnd[vehicle]!;
    const bit = types.classBit[s.type[vehicle]!]!;
    const roads = Math.min(ROADS_AHEAD, end - at);
    const viaBase = vehicle * ROADS_AHEAD * W;
    for (let depth = roads - 1; depth >= 0; depth--) {
      const road = trips.route[at + depth]!;
      const first = net.roadFirstLane[road]!;
      const lanes = net.roadLanes[road]!;
      const base = depth * W;
      const isLast = at + depth + 1 >= end;
      const nextRoad = isLast ? -1 : trips.route[at + depth + 1]!;
      const known = depth + 1 < roads;
      const nextBase = base + W;
      // Best next lane of all, and best among those that this road reaches.
      let bestNext = 0;
      let bestJoined = 0;
      if (known) {
        const nextLanes = net.roadLanes[nextRoad]!;
        for (let i = 0; i < nextLanes; i++) bestNext = Math.max(bestNext, reach[nextBase + i]!);
        for (let i = 0; i < lanes; i++) {
          for (let k = net.outStart[first + i]!; k < net.outStart[first + i + 1]!; k++) {
            const to = net.toLane[net.out[k]!]!;
            if (net.laneRoad[to] === nextRoad && (net.allowed[to]! & bit) !== 0) {
              bestJoined = Math.max(bestJoined, reach[nextBase + net.laneIndex[to]!]!);
            }
          }
        }
      }
      for (let i = 0; i < lanes; i++) {
        const lane = first + i;
        const may = (net.allowed[lane]! & bit) !== 0;
        let via = -1;
        let onwards = 0;
        let nextOffset = 0;
        if (!isLast && may) {
          for (let k = net.outStart[lane]!; k < net.outStart[lane + 1]!; k++) {
            const movement = net.out[k]!;
            const to = net.toLane[movement]!;
            if (net.laneRoad[to] !== nextRoad || (net.allowed[to]! & bit) === 0) continue;
            const length = known ? reach[nextBase + net.laneIndex[to]!]! : 1000;
            const turn = known ? Math.abs(offset[nextBase + net.laneIndex[to]!]!) : 0;
            if (via < 0 || length > onwards || (length === onwards && turn < Math.abs(nextOffset))) {
              via = movement;
              onwards = length;
              nextOffset = known ? offset[nextBase + net.laneIndex[to]!]! : 0;
            }
          }
          if (via >= 0 && known && onwards === bestJoined && Math.abs(nextOffset) < 2) onwards = bestNext;
        }
        s.via[viaBase + base + i] = via;
        reach[base + i] = (may ? net.length[lane]! : 0) + (via >= 0 ? onwards : 0);
        offset[base + i] = nextOffset;
      }
      setOffsets(depth, lanes);
    }
    const lanes = net.roadLanes[trips.route[at]!]!;
    for (let i = 0; i < lanes; i++) {
      s.offset[vehicle * W + i] = offset[i]!;
      s.reach[vehicle * W + i] = reach[i]!;
    }
  };
}
