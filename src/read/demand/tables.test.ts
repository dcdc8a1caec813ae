import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { City } from '../../city/city.ts';
import { gehOf, scaleToCounts } from '../../demand/counts.ts';
import { loadScenario } from '../../field/load.ts';
import { UrbaneError } from '../../units/errors.ts';
import { sourceFrom } from '../source.ts';
import { readCounts, readOriginDestination } from './tables.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/valid/', import.meta.url));
const od = readFileSync(`${FIXTURES}demand/od.csv`, 'utf8');
const counts = readFileSync(`${FIXTURES}demand/counts.csv`, 'utf8');
let city: City;
beforeAll(async () => {
  city = (await loadScenario(`${FIXTURES}cityflow/config.json`)).scenario.city;
});

const readOd = (text: string) => readOriginDestination(sourceFrom('od.csv', text), city, 1);

describe('an origin-destination table', () => {
  it('becomes trips on their ways, spread over their intervals', async () => {
    const { scenario } = await readOd(od);
    const { trips } = scenario.demand;
    const between = (from: string, to: string) =>
      trips.filter(({ route }) => city.roads[route[0] ?? -1]?.id === from && city.roads[route.at(-1) ?? -1]?.id === to);
    expect(between('in-e', 'out-e')).toHaveLength(200);
    expect([40, 41]).toContain(between('in-n', 'out-w').length);
    const late = between('in-w', 'out-s').map(({ departMs }) => departMs);
    expect(late).toHaveLength(60);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(900_000);
    expect(Math.max(...late)).toBeLessThan(1_800_000);
    expect(trips.map(({ departMs }) => departMs)).toEqual(trips.map(({ departMs }) => departMs).sort((a, b) => a - b));
    expect([scenario.beginMs, scenario.endMs]).toEqual([0, 1_800_000]);
    expect((await readOd(od)).scenario.demand).toEqual(scenario.demand);
  });

  it('takes districts for ends', async () => {
    const districts = [{ id: 'd1', name: 'West', shape: [0, 0, 1, 0, 1, 1] }];
    const roads = city.roads.map((road) => (road.id.startsWith('in-') ? { ...road, district: 0 } : road));
    const inDistricts = { ...city, districts, roads };
    const table = 'from,to,begin_s,end_s,vehicles\nWest,out-e,0,600,50\n';
    const { scenario } = await readOriginDestination(sourceFrom('od.csv', table), inDistricts, 1);
    expect(new Set(scenario.demand.trips.map(({ route }) => route[0])).size).toBeGreaterThan(1);
  });
});

describe('counts', () => {
  it('of roads and turns scale the trips that pass', async () => {
    const { scenario } = await readOd(od);
    const rows = await readCounts(sourceFrom('counts.csv', counts), scenario);
    expect(rows.map(({ vehicles }) => vehicles)).toEqual([130, 130, 80, 30]);
    const { demand, fits } = scaleToCounts(city, scenario.demand, rows, 1);
    const passing = (road: string) =>
      demand.trips.filter(({ route }) => route.some((r) => city.roads[r]?.id === road)).length;
    expect(Math.abs(passing('in-e') - 260)).toBeLessThan(20);
    expect(Math.abs(passing('in-n') - 80)).toBeLessThan(12);
    expect(Math.max(...fits.map(({ geh }) => geh))).toBeLessThan(5);
    expect(Math.max(...fits.map(({ beforePerH, countedPerH }) => gehOf(beforePerH, countedPerH)))).toBeGreaterThan(5);
  });

  it('pass over lanes and travel times, and refuse a table without any other', async () => {
    const { scenario } = await readOd(od);
    const table = 'road,lane,begin_s,end_s,vehicles,travel_time_s\nin-e,0,0,900,50,\nin-e,,0,900,,30\n';
    const fault = await readCounts(sourceFrom('c.csv', table), scenario).catch((caught: unknown) => caught);
    expect(fault instanceof UrbaneError && fault.message).toMatch(/counts no whole road or turn between 0 and 1800 s/);
    expect(await readCounts(sourceFrom('c.csv', `${table}in-e,,0,900,50,30\n`), scenario)).toHaveLength(1);
  });
});

describe('damaged tables of demand', () => {
  it.each([
    ['a missing column', od.replace('vehicles', 'cars'), /:1: the header has no column "vehicles"/],
    ['a road that is not there', od.replace('in-n', 'in-x'), /od.csv:3: "in-x" is no road or district/],
    ['an empty interval', od.replace('900,1800', '1800,900'), /od.csv:4: the interval 1800 to 900 s is empty/],
    ['a negative number', od.replace('200', '-200'), /od.csv:2: vehicles "-200" is not a number/],
    ['too many', od.replace('200', '900000').replace('40.5', '900000'), /more than 1000000 vehicles/],
    ['nobody', 'from,to,begin_s,end_s,vehicles\n', /gives no trip/],
  ])(
    '%s',
    async (_, text, says) => {
      const fault = await readOd(text).catch((caught: unknown) => caught);
      expect(fault).toBeInstanceOf(UrbaneError);
      expect(fault instanceof UrbaneError && fault.message).toMatch(says);
    },
    60_000,
  );

  it('name a turn that is not there', async () => {
    const { scenario } = await readOd(od);
    const fault = await readCounts(sourceFrom('c.csv', counts.replace('in-n,out-w', 'in-n,out-s')), scenario).catch(
      (caught: unknown) => caught,
    );
    expect(fault instanceof UrbaneError && fault.message).toMatch(/no movement leads from "in-n" to "out-s"/);
  });

  it('never crash, whatever is damaged', async () => {
    const { scenario } = await readOd(od);
    const words = ['', '0', '-1', '1e9', 'NaN', '"', ',', '\n', 'in-e', '__proto__', '7'];
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.constantFrom(...words)), { maxLength: 3 }),
        async (isOd, damages) => {
          let text = isOd ? od : counts;
          for (const [at, word] of damages) {
            const cells = [...text.matchAll(/[^,\n]+/g)];
            const cell = cells[Math.floor(at * cells.length)];
            if (cell !== undefined) text = text.slice(0, cell.index) + word + text.slice(cell.index + cell[0].length);
          }
          try {
            if (isOd) await readOd(text);
            else await readCounts(sourceFrom('c.csv', text), scenario);
          } catch (fault) {
            if (!(fault instanceof UrbaneError)) throw fault;
          }
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);
});
