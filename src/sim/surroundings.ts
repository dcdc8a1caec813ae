import type { City } from '../city/city.ts';
import type { Share } from './world.ts';

/** Drivers who leave a part look at most this far beyond it and to the end of the road there, m: what stops a car from 36 m/s in twice its usual way. */
const LOOK_M = 300;

/** Part of a city: some roads, and the movements that leave them. A segment is a lane, or `lanes` + a movement. */
export interface Surroundings {
  /** Road and movement indices. */
  readonly roads: readonly number[];
  readonly movements: Int32Array;
  /** Signals that control one of the movements. */
  readonly signals: Int32Array;
  /** By segment of the city: 1 when it belongs to the part. */
  readonly isInside: Uint8Array;
  /** Movements outside that a driver on the part's last roads may look at. */
  readonly beyond: Int32Array;
  /** The same as runs for the phases of a step. */
  readonly share: Share;
}

/**
 * A junction's surroundings: the roads that begin or end there, with a radius of 2 also those that begin or end at their
 * other ends, and so on; and the movements that leave them. Made once per junction and used for every fork of it.
 * @param junction index
 * @param radius in roads, 1 or more
 */
export function findSurroundings(city: City, junction: number, radius: number): Surroundings {
  const roadsAt: number[][] = city.junctions.map(() => []);
  city.roads.forEach(({ from, to }, road) => {
    roadsAt[from]?.push(road);
    if (to !== from) roadsAt[to]?.push(road);
  });
  const inside = new Set<number>();
  let reached = [junction];
  for (let depth = 0; depth < radius; depth++) {
    const next = new Set<number>();
    for (const at of reached) {
      for (const road of roadsAt[at] ?? []) {
        inside.add(road);
        next.add(city.roads[road]?.from ?? at).add(city.roads[road]?.to ?? at);
      }
    }
    reached = [...next];
  }
  return cutOut(city, [...inside]);
}

/** The part of a city that the given roads and the movements from them make up. */
export function cutOut(city: City, roads: readonly number[]): Surroundings {
  const lanes = city.lanes.length;
  const isInside = new Uint8Array(lanes + city.movements.length);
  const movements = roads.flatMap((road) => movementsFrom(city, road));
  for (const movement of movements) isInside[lanes + movement] = 1;
  for (const road of roads) {
    const { firstLane = 0, laneCount = 0 } = city.roads[road] ?? {};
    isInside.fill(1, firstLane, firstLane + laneCount);
  }
  const signals = new Set(movements.map((movement) => city.movements[movement]?.signal ?? -1));
  signals.delete(-1);
  const multi = city.roads.flatMap(({ laneCount }, road) => (laneCount > 1 ? [road] : []));
  const hasRoad = new Set(roads);
  return {
    roads,
    movements: Int32Array.from(movements).sort(),
    signals: Int32Array.from(signals).sort(),
    isInside,
    beyond: Int32Array.from(listBeyond(city, movements, hasRoad)),
    share: {
      segments: runsOf(isInside.length, (segment) => isInside[segment] === 1),
      roads: runsOf(multi.length, (place) => hasRoad.has(multi[place] ?? -1)),
      spentMs: new Float64Array(2),
    },
  };
}

function movementsFrom(city: City, road: number): number[] {
  const { firstLane = 0, laneCount = 0 } = city.roads[road] ?? {};
  return city.lanes.slice(firstLane, firstLane + laneCount).flatMap((lane) => lane.out);
}

/** Movements from outside roads that begin within reach of the part's own. */
function listBeyond(city: City, movements: readonly number[], inside: ReadonlySet<number>): number[] {
  const found = new Set<number>();
  let ahead = movements.map((movement) => ({ movement, leftM: LOOK_M }));
  while (ahead.length > 0) {
    ahead = ahead.flatMap(({ movement, leftM }) => {
      const road = city.lanes[city.movements[movement]?.toLane ?? -1]?.road ?? -1;
      const beyondM = leftM - (city.roads[road]?.lengthM ?? 0);
      // The first road is looked along however long it is.
      if (inside.has(road) || leftM < 0) return [];
      const next = movementsFrom(city, road).filter((onwards) => !found.has(onwards));
      for (const onwards of next) found.add(onwards);
      return next.map((onwards) => ({ movement: onwards, leftM: beyondM }));
    });
  }
  return [...found];
}

/** Items below `count` that belong, as runs [from, to). */
function runsOf(count: number, belongs: (item: number) => boolean): Int32Array {
  const runs: number[] = [];
  for (let item = 0; item < count; item++) {
    if (!belongs(item)) continue;
    if (item === 0 || !belongs(item - 1)) runs.push(item);
    if (item + 1 === count || !belongs(item + 1)) runs.push(item + 1);
  }
  return Int32Array.from(runs);
}
