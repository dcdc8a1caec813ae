import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type City, classBit } from '../city/city.ts';
import { openFile } from '../field/files.ts';
import { readOsm } from '../read/osm/read.ts';
import { createEngine } from '../sim/engine.ts';
import { Router } from './routing.ts';
import { estimateTripsPerH, evenPlaces, type Places, synthesizeDemand } from './synthesis.ts';

const TOWN = fileURLToPath(new URL('../../fixtures/valid/osm/town.osm', import.meta.url));
const HOUR_MS = 3_600_000;
const HOUR = { seed: 1, beginMs: 7 * HOUR_MS, endMs: 8 * HOUR_MS };
let city: City;
let places: Places;

beforeAll(async () => {
  ({ city, places } = await readOsm(openFile(TOWN), { name: 'town' }));
});

describe('demand made up', () => {
  it('travels on routes that cars may take, sorted by departure, and is the same again', () => {
    const demand = synthesizeDemand(city, places, { ...HOUR, tripsPerH: 600 });
    const router = new Router(city);
    expect(demand.trips.length).toBeGreaterThan(550);
    expect(demand.trips.length).toBeLessThanOrEqual(600);
    let before = HOUR.beginMs;
    for (const { route, departMs } of demand.trips) {
      expect(departMs).toBeGreaterThanOrEqual(before);
      before = departMs;
      route.slice(1).forEach((road, i) => {
        expect(router.joins(route[i]!, road, classBit('car'))).toBe(true);
      });
    }
    expect(before).toBeLessThan(HOUR.endMs);
    expect(synthesizeDemand(city, places, { ...HOUR, tripsPerH: 600 })).toEqual(demand);
    expect(synthesizeDemand(city, places, { ...HOUR, seed: 2, tripsPerH: 600 })).not.toEqual(demand);
  });

  it('leaves homes in the morning and work in the evening', () => {
    const isLake = (road: number) => city.roads[road]!.name === 'Lake Road';
    const lakeAtWork = {
      homes: places.homes.map((weight, r) => (isLake(r) ? 0 : weight)),
      work: places.work.map((weight, r) => (isLake(r) ? 5 * weight : 0)),
    };
    const shareFromWork = (hour: number) => {
      const window = { seed: 1, beginMs: hour * HOUR_MS, endMs: (hour + 1) * HOUR_MS, tripsPerH: 2000 };
      const { trips } = synthesizeDemand(city, lakeAtWork, window);
      return trips.filter(({ route }) => isLake(route[0]!)).length / trips.length;
    };
    expect(shareFromWork(17)).toBeGreaterThan(3 * shareFromWork(7));
    expect(shareFromWork(17)).toBeGreaterThan(0.05);
  });

  it('follows the hours of a day', () => {
    const at = (hour: number) =>
      synthesizeDemand(city, places, {
        seed: 1,
        beginMs: hour * HOUR_MS,
        endMs: (hour + 1) * HOUR_MS,
        tripsPerH: 1000,
      }).trips.length;
    expect(at(3)).toBeLessThan(0.1 * at(8));
  });

  it('is estimated at a load that the city carries', () => {
    const tripsPerH = estimateTripsPerH(city, places, 1);
    expect(tripsPerH).toBeGreaterThan(200);
    const demand = synthesizeDemand(city, places, { ...HOUR, tripsPerH });
    const endMs = HOUR.endMs + HOUR_MS / 4;
    const engine = createEngine({ name: 'town', city, demand, beginMs: HOUR.beginMs, endMs }, { seed: 1 });
    while (engine.timeMs < endMs) engine.step();
    const arrived = demand.trips.filter((_, i) => engine.trips.arrivedMs[i]! >= 0).length;
    expect(arrived / demand.trips.length).toBeGreaterThan(0.97);
  });

  it('needs no land use, and is empty where nobody can travel', () => {
    expect(synthesizeDemand(city, evenPlaces(city), { ...HOUR, tripsPerH: 100 }).trips.length).toBeGreaterThan(50);
    const still = { ...city, movements: [], lanes: city.lanes.map((lane) => ({ ...lane, in: [], out: [] })) };
    expect(synthesizeDemand(still, evenPlaces(still), HOUR).trips).toEqual([]);
  });
});
