import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gridTown } from '../../tests/sim/town.ts';
import { classBit } from '../city/city.ts';
import { loadCity } from '../field/load.ts';
import { Router } from './routing.ts';

const { city } = await loadCity(fileURLToPath(new URL('../../fixtures/valid/cross', import.meta.url)));
const router = new Router(city);
const roadOf = (id: string) => city.roads.findIndex((road) => road.id === id);
const namesOf = (route: readonly number[] | null) => route?.map((road) => city.roads[road]?.id);

/** Free-flow seconds of a route, written apart from the router. */
function costOf(route: readonly number[], maxSpeedMps: number): number {
  let seconds = 0;
  route.forEach((road, i) => {
    const { lengthM = 0, speedMps = 1 } = city.roads[road] ?? {};
    seconds += lengthM / Math.min(speedMps, maxSpeedMps);
    const movement = city.movements.find(
      ({ fromLane, toLane }) => city.lanes[fromLane]?.road === route[i - 1] && city.lanes[toLane]?.road === road,
    );
    if (movement === undefined) return;
    seconds += movement.lengthM / Math.min(movement.speedMps, maxSpeedMps);
    if (movement.signal < 0 && movement.rightOfWay === 'minor') seconds += 1.5;
  });
  return seconds;
}

/** All routes without a road twice, by trying everything. */
function listRoutes(from: number, to: number, bit: number, visited: readonly number[] = [from]): number[][] {
  if (from === to) return [[...visited]];
  return city.roads.flatMap((_, next) =>
    !visited.includes(next) && router.joins(from, next, bit) ? listRoutes(next, to, bit, [...visited, next]) : [],
  );
}

describe('Router', () => {
  it('finds the way and shares one answer', () => {
    const query = { from: [roadOf('mill-in')], to: [roadOf('west-out')], classBit: classBit('car'), maxSpeedMps: 50 };
    const route = router.findRoute(query);
    expect(namesOf(route)).toEqual(['mill-in', 'east-in', 'west-out']);
    expect(router.findRoute(query)).toBe(route);
  });

  it('keeps a class off lanes that are closed to it', () => {
    const query = { from: [roadOf('west-in')], to: [roadOf('mill-out')], maxSpeedMps: 50 };
    expect(router.findRoute({ ...query, classBit: classBit('car') })).not.toBeNull();
    expect(router.findRoute({ ...query, classBit: classBit('truck') })).toBeNull();
  });

  it('finds no way against a one-way street', () => {
    const query = { from: [roadOf('south-out')], to: [roadOf('north-in')], classBit: 1, maxSpeedMps: 50 };
    expect(router.findRoute(query)).toBeNull();
  });

  it('is as fast as the best of all routes', () => {
    const road = fc.nat(city.roads.length - 1);
    fc.assert(
      fc.property(road, road, fc.constantFrom(3, 9, 50), (from, to, maxSpeedMps) => {
        const found = router.findRoute({ from: [from], to: [to], classBit: 1, maxSpeedMps });
        const costs = listRoutes(from, to, 1).map((route) => costOf(route, maxSpeedMps));
        if (found === null) expect(costs).toEqual([]);
        else expect(costOf(found, maxSpeedMps)).toBeCloseTo(Math.min(...costs), 6);
      }),
    );
  });

  it('finds other ways between the same ends, each once, none twice as long', () => {
    const town = gridTown(4, 150, ['priority'], [1]);
    const ways = new Router(town);
    const roads = fc.integer({ min: 0, max: town.roads.length - 1 });
    const lengthOf = (route: readonly number[]) =>
      route.reduce((sum, road) => sum + (town.roads[road]?.lengthM ?? 0), 0);
    let found = 0;
    fc.assert(
      fc.property(roads, roads, (from, to) => {
        const query = { from: [from], to: [to], classBit: classBit('car'), maxSpeedMps: 50 };
        const best = ways.findRoute(query) ?? [];
        const others = ways.findAlternatives(query);
        expect(ways.findAlternatives(query)).toBe(others);
        expect(new Set([best, ...others].map(String)).size).toBe(1 + others.length);
        for (const route of others) {
          expect([route[0], route.at(-1)]).toEqual([from, to]);
          expect(lengthOf(route)).toBeLessThanOrEqual(2 * lengthOf(best));
          route.slice(1).forEach((road, i) => {
            expect(ways.joins(route[i] ?? -1, road, query.classBit)).toBe(true);
          });
        }
        found += others.length;
      }),
    );
    expect(found).toBeGreaterThan(50);
  });
});
