import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openFile } from '../field/files.ts';
import { readOsm } from '../read/osm/read.ts';
import { scaleToCounts } from './counts.ts';
import { synthesizeDemand } from './synthesis.ts';

const HOUR_MS = 3_600_000;
const TOWN = fileURLToPath(new URL('../../fixtures/valid/osm/town.osm', import.meta.url));
const { city, places } = await readOsm(openFile(TOWN), { name: 'town' });
const window = { beginMs: 7 * HOUR_MS, endMs: 8 * HOUR_MS };
const demand = synthesizeDemand(city, places, { seed: 1, ...window, tripsPerH: 1200 });
const on = (road: string) => city.roads.findIndex(({ id }) => id === road);
const passing = (road: number) => demand.trips.filter(({ route }) => route.includes(road)).length;

it('meets counts that differ from road to road, and keeps routes and order', () => {
  const counted = [
    { road: on('100#0'), times: 1.6 },
    { road: on('103#0'), times: 0.5 },
    { road: on('121#0'), times: 1.2 },
  ].map(({ road, times }) => ({ road, ...window, vehicles: Math.round(passing(road) * times) }));
  const { demand: scaled, fits } = scaleToCounts(city, demand, counted, 1);
  for (const { geh, countedPerH } of fits) {
    expect(countedPerH).toBeGreaterThan(20);
    expect(geh).toBeLessThan(3);
  }
  const before = counted.map(({ road, vehicles }) => {
    const modelled = passing(road);
    return Math.sqrt((2 * (modelled - vehicles) ** 2) / (modelled + vehicles));
  });
  expect(Math.max(...before)).toBeGreaterThan(5);
  const routes = new Set(demand.trips.map(({ route }) => route));
  expect(scaled.trips.every(({ route }) => routes.has(route))).toBe(true);
  expect(scaled.trips.every(({ departMs }, i) => i === 0 || departMs >= scaled.trips[i - 1]!.departMs)).toBe(true);
});

it('changes nothing without counts', () => {
  expect(scaleToCounts(city, demand, [], 1)).toEqual({ demand, fits: [] });
});
