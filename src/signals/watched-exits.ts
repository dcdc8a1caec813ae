import type { City, Road } from '../city/city.ts';
import type { SeenVehicles } from '../street/observation.ts';

/** An exit road of signals that ends at seen approach lanes: who comes onto it can be told from outside. */
export interface WatchedExit {
  readonly road: Road;
  readonly firstLane: number;
  readonly endLane: number;
  /** Places of its own lanes. */
  readonly places: readonly number[];
  /** Places of the lanes that lead onto it. */
  readonly from: readonly number[];
}

/**
 * Exits by road index; a place is an index of `lanes` (approach lanes).
 * @param tells false for a road whose camera is of no use
 */
export function listWatchedExits(
  city: City,
  lanes: readonly number[],
  tells: (road: Road) => boolean,
): Map<number, WatchedExit> {
  const placeOf = new Map(lanes.map((lane, place) => [lane, place]));
  const exits = new Map<number, WatchedExit>();
  city.roads.forEach((road, index) => {
    const { firstLane, laneCount } = road;
    const own = Array.from({ length: laneCount }, (_, k) => firstLane + k);
    const places = own.flatMap((lane) => placeOf.get(lane) ?? []);
    if (places.length < laneCount || !tells(road)) return;
    const into = own.flatMap((lane) => city.lanes[lane]!.in).map((m) => city.movements[m]!);
    if (into.length === 0 || into.some(({ signal }) => signal < 0)) return;
    const from = [...new Set(into.flatMap(({ fromLane }) => placeOf.get(fromLane) ?? []))];
    exits.set(index, { road, firstLane, endLane: firstLane + laneCount, places, from });
  });
  return exits;
}

/** Vehicles that came onto an exit between two pictures one second apart; `gone[place]`: those that left a lane meanwhile. */
export function countCame(exit: WatchedExit, before: SeenVehicles, now: SeenVehicles, gone: Float64Array): number {
  let came = count(now, exit) - count(before, exit);
  for (const place of exit.places) came += gone[place]!;
  return came;
}

/** Those that lanes which lead onto an exit let go meanwhile, there or elsewhere. */
export function countLetGo(exit: WatchedExit, gone: Float64Array): number {
  let sent = 0;
  for (const place of exit.from) sent += gone[place]!;
  return sent;
}

function count({ laneStart }: SeenVehicles, { firstLane, endLane }: WatchedExit): number {
  return laneStart[endLane]! - laneStart[firstLane]!;
}
