import { type City, classBit } from '../city/city.ts';
import type { Demand, Trip } from './demand.ts';
import { Router } from './routing.ts';

/**
 * The demand of a city on a corrected one with the same roads: trips whose way is not joined any more take the fastest other way,
 * those that have none are left out. Counts of both.
 */
export function followCity(demand: Demand, city: City): { demand: Demand; rerouted: number; dropped: number } {
  const router = new Router(city);
  let rerouted = 0;
  let dropped = 0;
  const trips = demand.trips.flatMap((trip): Trip[] => {
    const type = demand.types[trip.type];
    if (type === undefined) return [];
    const bit = classBit(type.kind);
    const isOpen = (route: readonly number[]) =>
      route.every((road, k) => router.allows(road, bit) && (k === 0 || router.joins(route[k - 1] ?? -1, road, bit)));
    const others = trip.alternatives?.filter(isOpen);
    if (isOpen(trip.route)) {
      return others === undefined || others.length === trip.alternatives?.length
        ? [trip]
        : [{ ...trip, alternatives: others }];
    }
    const { route: old, alternatives: _, ...rest } = trip;
    const query = { classBit: bit, maxSpeedMps: type.maxSpeedMps };
    const route = router.findRoute({ from: old.slice(0, 1), to: old.slice(-1), ...query });
    // A trip that halts on its way would have to halt elsewhere.
    if (route === null || trip.stops !== undefined) {
      dropped++;
      return [];
    }
    rerouted++;
    return [{ ...rest, route }];
  });
  return { demand: { ...demand, trips }, rerouted, dropped };
}
