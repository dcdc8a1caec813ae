import { buildCity, type NodePlan, type RoadPlan } from '../../src/city/build.ts';
import { type City, classBit, type Program } from '../../src/city/city.ts';
import type { Scenario, Trip, VehicleType } from '../../src/demand/demand.ts';
import { drawUniform } from '../../src/units/random.ts';

export const CAR: VehicleType = {
  id: 'car',
  kind: 'car',
  lengthM: 5,
  widthM: 1.8,
  minGapM: 2.5,
  accelMps2: 2.6,
  decelMps2: 4.5,
  emergencyDecelMps2: 9,
  maxSpeedMps: 55.55,
  tauS: 1,
  sigma: 0.5,
  speedFactor: 1,
  speedDev: 0.1,
  speedFactorMin: 0.2,
  speedFactorMax: 2,
};

export const TRUCK: VehicleType = { ...CAR, id: 'truck', kind: 'truck', lengthM: 12, accelMps2: 1.3, decelMps2: 4 };

export const AMBULANCE: VehicleType = { ...CAR, id: 'ambulance', kind: 'emergency', lengthM: 6.5, hasBlueLight: true };

const ALL_CLASSES = classBit('car') | classBit('truck') | classBit('emergency');

/** One direction of a street between two nodes. */
export function street(from: NodePlan, to: NodePlan, lanes: number, more: Partial<RoadPlan> = {}): RoadPlan {
  return {
    id: `${from.id}-${to.id}`,
    name: '',
    from: from.id,
    to: to.id,
    laneCount: lanes,
    laneWidthM: 3.3,
    speedMps: 13.89,
    priority: 5,
    level: 0,
    allowed: ALL_CLASSES,
    line: [from.x, from.y, to.x, to.y],
    lanesLie: 'right',
    medianM: 0.5,
    ...more,
  };
}

export function town(nodes: readonly NodePlan[], roads: readonly RoadPlan[]): City {
  return buildCity({
    name: 'town',
    projection: { definition: null, offsetX: 0, offsetY: 0 },
    nodes,
    roads,
    districts: [],
    ground: [],
  });
}

/** One junction with arms at the compass points (ids e0 east, e1 north, e2 west, e3 south), both ways. */
export function crossroads(kind: NodePlan['kind'], lanes: number, armM = 200, priorities = [5, 5, 5, 5]): City {
  const centre: NodePlan = { id: 'c', x: 0, y: 0, kind };
  const ends = [
    [armM, 0],
    [0, armM],
    [-armM, 0],
    [0, -armM],
  ].map(([x = 0, y = 0], i): NodePlan => ({ id: `e${i}`, x, y, kind: 'priority' }));
  const roads = ends.flatMap((end, i) => {
    const priority = priorities[i] ?? 5;
    return [street(end, centre, lanes, { priority }), street(centre, end, lanes, { priority })];
  });
  return town([centre, ...ends], roads);
}

/** Streets between the crossings of a grid whose inner junctions have the given kinds in turn. */
export function gridTown(
  size: number,
  blockM: number,
  kinds: readonly NodePlan['kind'][],
  lanes: readonly number[],
): City {
  const nodes: NodePlan[] = [];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const kind = kinds[nodes.length % kinds.length] ?? 'priority';
      nodes.push({ id: `n${x}.${y}`, x: x * blockM, y: y * blockM, kind });
    }
  }
  const roads: RoadPlan[] = [];
  nodes.forEach((node, i) => {
    for (const j of [(i + 1) % size === 0 ? -1 : i + 1, i + size]) {
      const other = nodes[j];
      if (other === undefined) continue;
      const count = lanes[roads.length % lanes.length] ?? 1;
      const priority = (i + j) % 3;
      roads.push(street(node, other, count, { priority }), street(other, node, count, { priority }));
    }
  });
  return town(nodes, roads);
}

/** The same city with another program on every signal. */
export function withPrograms(city: City, program: (links: number) => Program): City {
  return { ...city, signals: city.signals.map((signal) => ({ ...signal, programs: [program(signal.links.length)] })) };
}

export function roadNamed(city: City, id: string): number {
  const index = city.roads.findIndex((road) => road.id === id);
  if (index < 0) throw new Error(`no road ${id}`);
  return index;
}

export function trip(route: readonly number[], departS: number, more: Partial<Trip> = {}): Trip {
  return { type: 0, departMs: departS * 1000, route, departLane: 'best', departPos: 'base', departSpeed: 0, ...more };
}

export function scenario(
  city: City,
  trips: readonly Trip[],
  endS = 600,
  types: readonly VehicleType[] = [CAR, TRUCK],
): Scenario {
  const sorted = [...trips].sort((a, b) => a.departMs - b.departMs);
  return { name: city.name, city, demand: { types, trips: sorted, walks: [] }, beginMs: 0, endMs: endS * 1000 };
}

/** Trips that wander: `count` random walks of up to `longest` roads, departing within `withinS` seconds. */
export function wanderers(city: City, seed: number, count: number, longest: number, withinS: number): Trip[] {
  const next = city.roads.map((road) => {
    const roads = new Set<number>();
    for (let l = road.firstLane; l < road.firstLane + road.laneCount; l++) {
      for (const m of city.lanes[l]?.out ?? []) {
        const to = city.lanes[city.movements[m]?.toLane ?? -1];
        if (to !== undefined) roads.add(to.road);
      }
    }
    return [...roads];
  });
  return Array.from({ length: count }, (_, i) => {
    const draw = (purpose: number) => drawUniform(seed, i, 0, purpose);
    const route = [Math.floor(draw(1) * city.roads.length)];
    for (let k = 1; k < longest; k++) {
      const choices = next[route[k - 1] ?? 0] ?? [];
      const road = choices[Math.floor(draw(2 + k) * choices.length)];
      if (road === undefined) break;
      route.push(road);
    }
    const lanes = ['best', 'first', 'free', 'random'] as const;
    return trip(route, Math.floor(draw(100) * withinS), {
      type: draw(101) < 0.85 ? 0 : 1,
      departLane: lanes[Math.floor(draw(102) * lanes.length)] ?? 'best',
      departSpeed: draw(103) < 0.5 ? 0 : 'max',
    });
  });
}
