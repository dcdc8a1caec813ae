import type { City } from '../city/city.ts';
import { listRoadLinks } from '../demand/routing.ts';
import type { TripTable } from './demand.ts';
import type { Network } from './network.ts';

/** Speeds are means over so many seconds (SUMO's device.rerouting.adaptation-steps). */
export const MEAN_S = 180;

/**
 * The roads, and the movements between two of them, that make one way of a trip different from another: those whose mean
 * speeds the engine keeps. Lists of lists are flat, list i at [start[i], start[i + 1]).
 */
export interface WayTable {
  readonly count: number;
  readonly segmentStart: Int32Array;
  readonly segments: Int32Array;
  readonly length: Float64Array;
  readonly limit: Float64Array;
  readonly penaltyS: Float64Array;
  /** By trip: its ways, the own route first; one with a single way has none. */
  readonly wayStart: Int32Array;
  /** By way: its parts, and its start and end in the route table. */
  readonly partStart: Int32Array;
  readonly parts: Int32Array;
  readonly routeStart: Int32Array;
  readonly routeEnd: Int32Array;
}

export function buildWays(city: City, net: Network, trips: TripTable): WayTable {
  const partOf = new Map<string, number>();
  const segmentStart = [0];
  const segments: number[] = [];
  const length: number[] = [];
  const limit: number[] = [];
  const penaltyS: number[] = [];
  const wayStart = new Int32Array(trips.count + 1);
  const partStart = [0];
  const parts: number[] = [];
  const routeStart: number[] = [];
  const routeEnd: number[] = [];
  const links = new Map<string, ReturnType<typeof listRoadLinks>[number]>();
  if (trips.alternatives.length > 0) for (const link of listRoadLinks(city)) links.set(`${link.from} ${link.to}`, link);

  function addPart(key: string, own: readonly number[], lengthM: number, speedMps: number, penalty: number): number {
    const known = partOf.get(key);
    if (known !== undefined) return known;
    for (const segment of own) segments.push(segment);
    segmentStart.push(segments.length);
    length.push(lengthM);
    limit.push(speedMps);
    penaltyS.push(penalty);
    partOf.set(key, partOf.size);
    return partOf.size - 1;
  }

  function addRoad(road: number): void {
    const first = net.roadFirstLane[road]!;
    const lanes = Array.from({ length: net.roadLanes[road]! }, (_, i) => first + i);
    parts.push(addPart(String(road), lanes, net.length[first]!, net.speed[first]!, 0));
  }

  function addWay(start: number, end: number): void {
    for (let place = start; place < end; place++) {
      const road = trips.route[place]!;
      const link = place > start ? links.get(`${trips.route[place - 1]} ${road}`) : undefined;
      if (link !== undefined) {
        const own = link.movements.map((m) => net.lanes + m);
        parts.push(addPart(`${link.from} ${link.to}`, own, link.lengthM, link.speedMps, link.penaltyS));
      }
      addRoad(road);
    }
    partStart.push(parts.length);
    routeStart.push(start);
    routeEnd.push(end);
  }

  for (let trip = 0; trip < trips.count; trip++) {
    const [from, to] = [trips.alternativeStart[trip]!, trips.alternativeStart[trip + 1]!];
    if (to > from) addWay(trips.ownStart[trip]!, trips.ownEnd[trip]!);
    for (let k = from; k < to; k += 2) addWay(trips.alternatives[k]!, trips.alternatives[k + 1]!);
    wayStart[trip + 1] = routeStart.length;
  }
  return {
    count: partOf.size,
    segmentStart: Int32Array.from(segmentStart),
    segments: Int32Array.from(segments),
    length: Float64Array.from(length),
    limit: Float64Array.from(limit),
    penaltyS: Float64Array.from(penaltyS),
    wayStart,
    partStart: Int32Array.from(partStart),
    parts: Int32Array.from(parts),
    routeStart: Int32Array.from(routeStart),
    routeEnd: Int32Array.from(routeEnd),
  };
}
