import { type City, classBit, type Movement, type Turn } from '../city/city.ts';
import { drawUniform } from '../units/random.ts';
import type { Seconds } from '../units/units.ts';
import { CostHeap } from './cost-heap.ts';

/** Where a trip begins and ends, as road indices. */
export interface Journey {
  readonly from: number;
  readonly to: number;
}

/** Vehicles an hour one lane lets through per hour of green (Highway Capacity Manual's order of size). */
export const SATURATION_PER_H = 1800;
/** Share of an hour that a lane has green at a signal, before any plan is known. */
const GREEN_SHARE: Record<Turn, number> = { straight: 0.32, right: 0.32, left: 0.13, 'u-turn': 0.05 };
const TURN_DELAY_S: Record<Turn, Seconds> = { straight: 18, right: 12, left: 30, 'u-turn': 120 };
const MINOR_SHARE = 0.25;
const MINOR_DELAY_S: Seconds = 8;
const EXPRESSWAY_SHARE = 0.9;
const CAR = classBit('car');
/** How far two drivers' opinions of a road may differ: travel times are drawn within 1 +- this. */
const OPINION = 0.22;
const BATCHES = 6;
const PURPOSE_OPINION = 41;
const PURPOSE_BATCH = 42;

/** Ways of cars from road to road in compressed rows: those of road r are at [start[r], start[r + 1]). */
interface RoadGraph {
  readonly start: Int32Array;
  readonly next: Int32Array;
  /** Free travel over the movement and the road it leads to, usual wait included. */
  readonly freeS: Float64Array;
  readonly capacityPerH: Float64Array;
}

/**
 * Routes as a busy city's drivers choose them: trips are loaded in batches, each on the travel times that the load before
 * it makes (incremental assignment; delay grows with the fourth power of load over capacity, after the Bureau of Public
 * Roads), and every origin of a batch with its own opinion of each road, so that traffic spreads. The first batch,
 * which saw an empty city, chooses once more at the end. `loadPerH` scales one journey to vehicles an hour;
 * `greenShareOf` tells the share of time a movement at a signal has green, the usual one when left out.
 * A journey that cannot be made gets null.
 */
export function assignRoutes(
  city: City,
  journeys: readonly Journey[],
  loadPerH: number,
  seed: number,
  greenShareOf: (movement: Movement) => number = ({ turn }) => GREEN_SHARE[turn],
): (readonly number[] | null)[] {
  const graph = joinRoads(city, greenShareOf);
  const load = new Float64Array(graph.next.length);
  const batchOf = journeys.map((_, j) => Math.floor(drawUniform(seed, j, 0, PURPOSE_BATCH) * BATCHES));
  const routes: (readonly number[] | null)[] = journeys.map(() => null);
  let loaded = 0;
  for (let pass = 0; pass <= BATCHES; pass++) {
    const batch = pass % BATCHES;
    const members = journeys.flatMap((_, j) => (batchOf[j] === batch ? [j] : []));
    if (pass === BATCHES) {
      for (const j of members) addLoad(graph, load, routes[j] ?? null, -loadPerH);
      loaded -= members.length;
    }
    const scale = loaded > 0 ? journeys.length / loaded : 0;
    const costS = graph.freeS.map((free, e) => free + congestionS(free, (load[e]! * scale) / graph.capacityPerH[e]!));
    for (const [from, group] of groupByOrigin(members, journeys)) {
      const targets = new Set(group.map((j) => journeys[j]!.to));
      const cameFrom = growTree(city, graph, costS, from, targets, seed + pass * 7919);
      const traced = new Map<number, readonly number[] | null>();
      for (const j of group) {
        const to = journeys[j]!.to;
        let route = traced.get(to);
        if (route === undefined) {
          route = traceRoute(cameFrom, from, to);
          traced.set(to, route);
        }
        routes[j] = route;
        addLoad(graph, load, route, loadPerH);
      }
    }
    loaded += members.length;
  }
  return routes;
}

function congestionS(freeS: Seconds, saturation: number): Seconds {
  const squared = saturation * saturation;
  return (0.4 * freeS + 45) * Math.min(squared * squared, 30);
}

/** The highest load over capacity that routes bring anywhere; `loadPerH` is what one of them counts. */
export function findSaturation(
  city: City,
  routes: readonly (readonly number[] | null)[],
  loadPerH: number,
  greenShareOf: (movement: Movement) => number,
): number {
  const graph = joinRoads(city, greenShareOf);
  const load = new Float64Array(graph.next.length);
  for (const route of routes) addLoad(graph, load, route, loadPerH);
  return load.reduce((most, vehicles, e) => Math.max(most, vehicles / graph.capacityPerH[e]!), 0);
}

function joinRoads(city: City, greenShareOf: (movement: Movement) => number): RoadGraph {
  const ways = new Map<number, { from: number; to: number; lanes: number; freeS: Seconds; capacityPerH: number }>();
  for (const movement of city.movements) {
    const lane = city.lanes[movement.fromLane]!;
    if ((lane.allowed & city.lanes[movement.toLane]!.allowed & CAR) === 0) continue;
    const to = city.lanes[movement.toLane]!.road;
    const key = lane.road * city.roads.length + to;
    const shared = new Set(lane.out.map((m) => city.movements[m]!.turn)).size;
    const minor = movement.signal < 0 && movement.rightOfWay !== 'major';
    const share = movement.signal >= 0 ? greenShareOf(movement) : minor ? MINOR_SHARE : EXPRESSWAY_SHARE;
    const waitS =
      movement.signal >= 0 || movement.turn === 'u-turn' ? TURN_DELAY_S[movement.turn] : minor ? MINOR_DELAY_S : 0;
    const road = city.roads[to]!;
    const way = ways.get(key) ?? {
      from: lane.road,
      to,
      lanes: 0,
      freeS: waitS + movement.lengthM / movement.speedMps + road.lengthM / road.speedMps,
      capacityPerH: 0,
    };
    way.capacityPerH += (SATURATION_PER_H * share) / shared;
    ways.set(key, way);
  }
  const sorted = [...ways.values()].sort((a, b) => a.from - b.from || a.to - b.to);
  const start = new Int32Array(city.roads.length + 1);
  for (const { from } of sorted) start[from + 1]!++;
  for (let r = 0; r < city.roads.length; r++) start[r + 1]! += start[r]!;
  return {
    start,
    next: Int32Array.from(sorted, (way) => way.to),
    freeS: Float64Array.from(sorted, (way) => way.freeS),
    capacityPerH: Float64Array.from(sorted, (way) => way.capacityPerH),
  };
}

function groupByOrigin(members: readonly number[], journeys: readonly Journey[]): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const j of members) {
    const from = journeys[j]!.from;
    const group = groups.get(from);
    if (group === undefined) groups.set(from, [j]);
    else group.push(j);
  }
  return groups;
}

/** Cheapest ways from one road to the targets (Dijkstra over a binary heap): the road before each, or -1. */
function growTree(
  city: City,
  graph: RoadGraph,
  costS: Float64Array,
  from: number,
  targets: ReadonlySet<number>,
  seed: number,
): Int32Array {
  const count = city.roads.length;
  const best = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const cameFrom = new Int32Array(count).fill(-1);
  const opinion = Float64Array.from(
    city.roads,
    (_, r) => 1 + OPINION * (2 * drawUniform(seed, from, r, PURPOSE_OPINION) - 1),
  );
  const settled = new Uint8Array(count);
  let left = targets.size;
  const heap = new CostHeap();
  best[from] = 0;
  heap.push(from, 0);
  for (let road = heap.pop(); road >= 0; road = heap.pop()) {
    if (settled[road] === 1) continue;
    settled[road] = 1;
    if (targets.has(road) && --left === 0) break;
    const cost = best[road]!;
    for (let e = graph.start[road]!; e < graph.start[road + 1]!; e++) {
      const next = graph.next[e]!;
      const reached = cost + costS[e]! * opinion[next]!;
      if (reached >= best[next]!) continue;
      best[next] = reached;
      cameFrom[next] = road;
      heap.push(next, reached);
    }
  }
  return cameFrom;
}

function traceRoute(cameFrom: Int32Array, from: number, to: number): number[] | null {
  const route = [to];
  for (let road = to; road !== from; ) {
    road = cameFrom[road]!;
    if (road < 0) return null;
    route.push(road);
  }
  return route.reverse();
}

function addLoad(graph: RoadGraph, load: Float64Array, route: readonly number[] | null, amount: number): void {
  if (route === null) return;
  for (let i = 0; i + 1 < route.length; i++) {
    const road = route[i]!;
    for (let e = graph.start[road]!; e < graph.start[road + 1]!; e++)
      if (graph.next[e] === route[i + 1]) load[e]! += amount;
  }
}
