import type { City, Lane, Polyline, Road } from '../city/city.ts';
import type { MapDocument, MapJunction, MapRoad, SignalBar } from './wire.ts';

export interface MapSource {
  readonly name: string;
  readonly city: City;
  readonly controller: string;
  readonly sensors: string;
  readonly seed: number;
}

/** The city as the page draws it; made once per city. */
export function createMapDocument({ name, city, controller, sensors, seed }: MapSource): MapDocument {
  return {
    name,
    version: city.version,
    controller,
    sensors,
    seed,
    bounds: boundsOf(city),
    ground: city.ground.map(({ kind, shape }) => ({ kind, shape: rounded(shape) })),
    districts: city.districts.map((district) => ({
      name: district.name,
      nameZh: district.nameZh ?? null,
      shape: rounded(district.shape),
    })),
    roads: city.roads.map((road) => mapRoad(city, road)),
    junctions: mapJunctions(city),
    signals: city.signals.map((signal, index) => ({
      id: signal.id,
      lamps: signal.links.length,
      bars: listBars(city, index),
    })),
  };
}

const cm = (value: number): number => Math.round(value * 100) / 100;
const rounded = (shape: Polyline): number[] => shape.map(cm);

/** West, south, east, north of all lanes; a unit square for a city without any. */
function boundsOf(city: City): [number, number, number, number] {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { shape } of city.lanes) {
    for (let i = 0; i + 1 < shape.length; i += 2) {
      west = Math.min(west, shape[i]!);
      east = Math.max(east, shape[i]!);
      south = Math.min(south, shape[i + 1]!);
      north = Math.max(north, shape[i + 1]!);
    }
  }
  return west <= east ? [cm(west), cm(south), cm(east), cm(north)] : [0, 0, 1, 1];
}

function lanesOf(city: City, road: Road): readonly Lane[] {
  return city.lanes.slice(road.firstLane, road.firstLane + road.laneCount);
}

function mapRoad(city: City, road: Road): MapRoad {
  const lanes = lanesOf(city, road);
  return {
    id: road.id,
    name: road.name,
    level: road.level,
    limitKmh: Math.round(road.speedMps * 3.6),
    widthM: cm(lanes.reduce((sum, lane) => sum + lane.widthM, 0)),
    centre: rounded(middleOf(lanes)),
    lanes: lanes.map((lane) => ({ widthM: cm(lane.widthM), shape: rounded(lane.shape) })),
  };
}

/** Halfway between the outer lanes where their points pair up, otherwise the lane in the middle. */
function middleOf(lanes: readonly Lane[]): Polyline {
  const kerb = lanes[0];
  const inner = lanes[lanes.length - 1];
  if (kerb === undefined || inner === undefined) return [];
  if (kerb.shape.length !== inner.shape.length) return lanes[lanes.length >> 1]?.shape ?? [];
  return kerb.shape.map((value, i) => (value + (inner.shape[i] ?? value)) / 2);
}

function mapJunctions(city: City): MapJunction[] {
  const level = new Array<number>(city.junctions.length).fill(Infinity);
  const names = city.junctions.map(() => new Set<string>());
  for (const road of city.roads) {
    for (const end of [road.from, road.to]) {
      level[end] = Math.min(level[end] ?? Infinity, road.level);
      if (road.name !== '') names[end]?.add(road.name);
    }
  }
  return city.junctions.map((junction, index) => ({
    id: junction.id,
    name: [...(names[index] ?? [])].sort().join(' × '),
    x: cm(junction.x),
    y: cm(junction.y),
    level: Number.isFinite(level[index]) ? (level[index] ?? 0) : 0,
    shape: rounded(junction.shape),
    signal: junction.signal,
  }));
}

/** A lane's stop line, divided from left to right among its turns that do not share all their links' lamps. */
function listBars(city: City, signalIndex: number): SignalBar[] {
  const signal = city.signals[signalIndex];
  if (signal === undefined) return [];
  const groupOf = new Map<number, number>();
  signal.groups.forEach((group, g) => {
    for (const link of group.links) groupOf.set(link, g);
  });
  const byLane = new Map<number, Map<number, { links: number[]; rank: number }>>();
  signal.links.forEach((movements, link) => {
    for (const index of movements) {
      const movement = city.movements[index];
      if (movement === undefined) continue;
      const groups = byLane.get(movement.fromLane) ?? new Map<number, { links: number[]; rank: number }>();
      byLane.set(movement.fromLane, groups);
      const key = groupOf.get(link) ?? -1 - link;
      const part = groups.get(key) ?? { links: [], rank: TURN_RANK[movement.turn] };
      part.links.push(link);
      part.rank = Math.min(part.rank, TURN_RANK[movement.turn]);
      groups.set(key, part);
    }
  });
  const bars: SignalBar[] = [];
  for (const [laneIndex, groups] of byLane) {
    const lane = city.lanes[laneIndex];
    const line = lane === undefined ? null : stopLine(lane);
    if (line === null) continue;
    const parts = [...groups.values()].sort((a, b) => a.rank - b.rank);
    parts.forEach(({ links }, k) => {
      bars.push({ line: part(line, k / parts.length, (k + 1) / parts.length), links });
    });
  }
  return bars;
}

const TURN_RANK = { 'u-turn': 0, left: 1, straight: 2, right: 3 } as const;

type Line = readonly [number, number, number, number];

/** From the left edge of a lane's end to its right edge; null for a lane without a direction. */
function stopLine({ shape, widthM }: Lane): Line | null {
  for (let i = shape.length - 4; i >= 0; i -= 2) {
    const [x0, y0, x1, y1] = [shape[i]!, shape[i + 1]!, shape[shape.length - 2]!, shape[shape.length - 1]!];
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length < 0.01) continue;
    const half = (widthM * 0.46) / length;
    const [rightX, rightY] = [(y1 - y0) * half, (x0 - x1) * half];
    return [x1 - rightX, y1 - rightY, x1 + rightX, y1 + rightY];
  }
  return null;
}

function part([x0, y0, x1, y1]: Line, from: number, to: number): Line {
  const at = (a: number, b: number, share: number): number => cm(a + (b - a) * share);
  return [at(x0, x1, from), at(y0, y1, from), at(x0, x1, to), at(y0, y1, to)];
}
