import type { City } from '../city/city.ts';
import { listRoadLinks, MINOR_PENALTY_S, type RoadLink } from '../demand/routing.ts';
import type { TripTable } from './demand.ts';
import type { Network } from './network.ts';

/** Speeds are means over so many seconds (SUMO's device.rerouting.adaptation-steps). */
export const MEAN_S = 180;
/** From before the start of a segment to behind its end, m. */
const WHOLE = [-1, Number.POSITIVE_INFINITY] as const;

/**
 * The roads, and the movements between two of them, that make one way of a trip different from another: those whose mean
 * speeds the engine keeps. A movement with a waiting place is two parts, before and behind it, as SUMO has two inner lanes. Lists of lists are flat, list i at [start[i], start[i + 1]).
 */
export interface WayTable {
  readonly count: number;
  readonly segmentStart: Int32Array;
  readonly segments: Int32Array;
  /** Who is on one of the segments from here to there is on the part, m. */
  readonly fromM: Float64Array;
  readonly toM: Float64Array;
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
  const fromMs: number[] = [];
  const toMs: number[] = [];
  const length: number[] = [];
  const limit: number[] = [];
  const penaltyS: number[] = [];
  const wayStart = new Int32Array(trips.count + 1);
  const partStart = [0];
  const parts: number[] = [];
  const routeStart: number[] = [];
  const routeEnd: number[] = [];
  const links = new Map<string, RoadLink>();
  if (trips.alternatives.length > 0) for (const link of listRoadLinks(city)) links.set(`${link.from} ${link.to}`, link);

  function addPart(
    key: string,
    own: readonly number[],
    [fromM, toM]: readonly [number, number],
    lengthM: number,
    speedMps: number,
    penalty: number,
  ): void {
    const known = partOf.get(key) ?? partOf.size;
    parts.push(known);
    if (known < partOf.size) return;
    for (const segment of own) segments.push(segment);
    segmentStart.push(segments.length);
    fromMs.push(fromM);
    toMs.push(toM);
    length.push(lengthM);
    limit.push(speedMps);
    penaltyS.push(penalty);
    partOf.set(key, known);
  }

  function addRoad(road: number): void {
    const first = net.roadFirstLane[road]!;
    const lanes = Array.from({ length: net.roadLanes[road]! }, (_, i) => first + i);
    addPart(String(road), lanes, WHOLE, net.length[first]!, net.speed[first]!, 0);
  }

  function addWay(start: number, end: number): void {
    for (let place = start; place < end; place++) {
      const road = trips.route[place]!;
      const link = place > start ? links.get(`${trips.route[place - 1]} ${road}`) : undefined;
      if (link !== undefined) {
        const { movements, lengthM, speedMps, waitAtM, penaltyS: whole } = link;
        const own = movements.map((m) => net.lanes + m);
        const key = `${link.from} ${link.to}`;
        if (waitAtM < 0) addPart(key, own, WHOLE, lengthM, speedMps, whole);
        else {
          addPart(key, own, [WHOLE[0], waitAtM], waitAtM, speedMps, whole - MINOR_PENALTY_S);
          addPart(`${key} behind`, own.slice(0, 1), [waitAtM, WHOLE[1]], lengthM - waitAtM, speedMps, MINOR_PENALTY_S);
        }
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
    fromM: Float64Array.from(fromMs),
    toM: Float64Array.from(toMs),
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
