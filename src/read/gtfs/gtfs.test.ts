import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCity } from '../../city/check.ts';
import { loadOsm, makeUpMorning } from '../../field/load-osm.ts';
import { createEngine } from '../../sim/engine.ts';
import { UrbaneError } from '../../units/errors.ts';
import { sourceFrom } from '../source.ts';
import { readGtfs, withBuses } from './read.ts';

const VALID = fileURLToPath(new URL('../../../fixtures/valid/', import.meta.url));
const { city, places, report: ofTown } = await loadOsm(`${VALID}osm/town.osm`);
const texts = new Map<string, string>();
for (const name of await readdir(`${VALID}gtfs`))
  texts.set(name.replace('.txt', ''), await readFile(join(VALID, 'gtfs', name), 'utf8'));

const HOUR_MS = 3_600_000;
const tablesOf = (changed: Readonly<Record<string, string | null>> = {}) =>
  new Map(
    [...new Map<string, string | null>([...texts, ...Object.entries(changed)])].flatMap(([name, text]) =>
      text === null ? [] : [[name, sourceFrom(`${name}.txt`, text)] as const],
    ),
  );
const read = (changed: Readonly<Record<string, string | null>> = {}, date: string | null = null) =>
  readGtfs(tablesOf(changed), { city, date });
const waysOf = async (lines: Promise<Awaited<ReturnType<typeof read>>>) =>
  (await lines)
    .listTrips(7 * HOUR_MS, 9 * HOUR_MS)
    .map(({ departMs, route }) => `${departMs / 1000} ${route.map((road) => city.roads[road]?.id).join(' ')}`);

describe('readGtfs', () => {
  it('lays buses on the streets that they drive, along the drawn way, and places their stops beside the kerb', async () => {
    const lines = await read();
    expect(checkCity(lines.city)).toEqual([]);
    expect(lines.date).toBe('2026-11-02');
    expect(lines.city.busStops.map(({ id, lane }) => [id, lines.city.lanes[lane]?.id])).toEqual([
      ['w', '100#0_0'],
      ['e', '102#0_0'],
      ['n', '112#0_0'],
      ['ring', '113#0_0'],
    ]);
    const north = '100#0 101#0 112#0 120#0 120#1 113#0';
    expect(await waysOf(read())).toEqual([
      '25500 100#0 101#0 102#0',
      `25800 ${north}`,
      `27000 ${north}`,
      `28200 ${north}`,
      '29220 100#0 101#0 102#0',
    ]);
    const [first, second] = lines.listTrips(7 * HOUR_MS, 9 * HOUR_MS);
    expect(first?.stops?.map(({ durationMs, untilMs }) => [durationMs, untilMs])).toEqual([
      [30_000, 25_530_000],
      [15_000, 0],
    ]);
    expect(second?.stops?.map(({ place }) => place)).toEqual([0, 2, 5]);
    expect(lines.report.dropped).toEqual([
      { what: 'line', element: '×1', file: 'routes.txt', line: 4, why: 'buses do not run it (route_type)', count: 1 },
    ]);
  });

  it('runs the services of the day asked for, exceptions and all', async () => {
    expect(await waysOf(read({}, '2026-12-24'))).toEqual(['25500 100#0 101#0 102#0']);
    expect((await read({}, '2026-12-24')).date).toBe('2026-12-24');
    await expect(read({}, '2027-01-04')).rejects.toThrow(/no bus of the feed runs on 2027-01-04/);
  });

  it('finds its way without a drawn one', async () => {
    const north = (await waysOf(read({ shapes: null }))).filter((way) => way.includes('112#0'));
    expect(north).toHaveLength(3);
    for (const way of north) expect(way).toMatch(/100#0 101#0 112#0 120#0 120#1 113#0$/);
  });

  it('becomes demand that our engine drives to its end', async () => {
    const { scenario } = makeUpMorning(city, places, ofTown, 200);
    const lines = await read();
    const driven = withBuses(scenario, lines);
    const buses = driven.demand.trips.filter(({ type }) => driven.demand.types[type]?.kind === 'bus');
    expect(buses).toHaveLength(5);
    expect(driven.demand.trips).toHaveLength(scenario.demand.trips.length + 5);
    const engine = createEngine({ ...driven, demand: { ...driven.demand, trips: buses } }, { seed: 1 });
    while (engine.timeMs < driven.endMs + HOUR_MS && engine.arrived < buses.length) engine.step();
    expect(engine.arrived).toBe(5);
  });

  it.each<[string, Record<string, string | null>, RegExp]>([
    ['without stops', { stops: null }, /^the feed holds no stops\.txt \(it holds calendar, /],
    ['without a column', { trips: 'route_id,trip_id\n1,a\n' }, /trips\.txt: the header has no column "service_id"/],
    ['without buses', { routes: 'route_id,route_type\n1,2\n' }, /routes\.txt names no line of buses/],
    ['without days', { calendar: null, calendar_dates: null }, /names no day on which a bus runs/],
    [
      'of another town',
      { stops: 'stop_id,stop_lat,stop_lon\nw,60,20\ne,60,20.1\nn,60,21\n' },
      /none of the feed's 3 stops/,
    ],
    ['with an empty table', { stop_times: '' }, /stop_times\.txt is empty/],
    [
      'with a line that never ends',
      { shapes: `shape_id,"${'x'.repeat(1_200_000)}` },
      /shapes\.txt:1: the line is longer/,
    ],
  ])('refuses a feed %s with one sentence', async (_, changed, sentence) => {
    await expect(read(changed)).rejects.toThrow(sentence);
    await expect(read(changed)).rejects.toBeInstanceOf(UrbaneError);
  });

  it('leaves damaged rows out and counts them', async () => {
    const stops = `${texts.get('stops')}w,again,50,8,0,\nodd,nowhere,95,8,0,\n`;
    const stop_times = `${texts.get('stop_times')}early,07:00:00,06:00:00,w,9,\nearly,soon,soon,e,10,\nearly,,,nostop,11,\n`;
    const { report } = await read({
      stops,
      stop_times,
      frequencies: 'trip_id,start_time,end_time,headway_secs\nnorth,7,8,0\n',
    });
    const dropped = report.dropped.map(({ what, count, why }) => `${count} ${what}: ${why}`);
    expect(dropped).toContain('1 stop: its id stands before it');
    expect(dropped).toContain('1 stop: it has no id or lies nowhere on Earth');
    expect(dropped).toContain('3 stop time: its stop, its place in the order or its times are none');
    expect(dropped).toContain('1 headway: its times or its headway are none');
  });

  it('ends well or with one sentence whatever is damaged', async () => {
    const names = [...texts.keys()];
    const change = fc.record({
      name: fc.constantFrom(...names),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.integer({ min: 0, max: 40 }),
      put: fc.oneof(
        fc.string({ maxLength: 12 }),
        fc.constantFrom('"', '\n', ',,', '-1', '1e9', '24:00:00', 'NaN', '\u0000'),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const changed: Record<string, string> = {};
        for (const { name, at, length, put } of changes) {
          const text = changed[name] ?? texts.get(name) ?? '';
          const start = Math.floor(at * text.length);
          changed[name] = text.slice(0, start) + put + text.slice(start + length);
        }
        try {
          const lines = await read(changed);
          expect(checkCity(lines.city)).toEqual([]);
          for (const { route, stops = [] } of lines.listTrips(0, 24 * HOUR_MS)) {
            for (const { place, lane } of stops) expect(city.lanes[lane]?.road).toBe(route[place]);
          }
        } catch (fault) {
          if (!(fault instanceof UrbaneError)) throw fault;
        }
      }),
      { numRuns: 150 },
    );
  });
});
