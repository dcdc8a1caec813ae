import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadScenario } from '../field/load.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const TOWN = fileURLToPath(new URL('../../fixtures/valid/osm/town.osm', import.meta.url));
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'urbane-new-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [MAIN, 'new', ...args])) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

it('makes a scenario that loads as it was made, and a page', async () => {
  const city = join(folder, 'mill');
  const { code, stdout, stderr } = await run(city, '--osm', TOWN, '--trips-per-hour', '500');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/mill: 29 roads, 2 signals, \d+ trips of a morning\n/);
  expect(stdout).toContain(`next: urbane start ${city}\n`);
  expect((await readdir(city)).sort()).toEqual([
    'mill.add.xml',
    'mill.net.xml',
    'mill.rou.xml',
    'mill.sumocfg',
    'report.html',
  ]);
  const page = await readFile(join(city, 'report.html'), 'utf8');
  expect(page).toContain('highway=service: ways to doors and fields are not modelled');
  expect(page.match(/class="lamp"/g)).toHaveLength(2);
  const { scenario, report } = await loadScenario(city);
  expect(report.dropped).toEqual([]);
  expect(scenario.city.roads).toHaveLength(29);
  expect(scenario.city.signals.map(({ id }) => id).sort()).toEqual(['n4', 'n9']);
  expect(String(scenario.demand.trips.length)).toBe(/(\d+) trips/.exec(stdout)?.[1]);
});

it('scales its demand to counts and tells the fit', async () => {
  const counts = join(folder, 'counts.csv');
  await writeFile(counts, 'road,begin_s,end_s,vehicles\n100#0,25200,28800,310\n103#0,25200,28800,90\n');
  const done = await run(
    join(folder, 'counted'),
    '--osm',
    TOWN,
    '--trips-per-hour',
    '800',
    '--counts',
    counts,
    '--json',
  );
  const { fits } = JSON.parse(done.stdout);
  expect(fits.map(({ road }: { road: string }) => road)).toEqual(['100#0', '103#0']);
  for (const { geh } of fits) expect(geh).toBeLessThan(5);
});

it('runs the buses of a feed', async () => {
  const feed = fileURLToPath(new URL('../../fixtures/valid/gtfs', import.meta.url));
  const city = join(folder, 'buses');
  const { code, stdout } = await run(city, '--osm', TOWN, '--trips-per-hour', '100', '--gtfs', feed);
  expect([code, stdout]).toEqual([0, expect.stringContaining('buses laid on streets')]);
  const { scenario } = await loadScenario(city);
  expect(scenario.city.busStops.map(({ id }) => id)).toEqual(['w', 'e', 'n', 'ring']);
  expect(scenario.demand.trips.filter(({ stops }) => stops !== undefined)).toHaveLength(5);
});

it.each<[string, string[], number, RegExp]>([
  ['a folder that is not empty', ['.', '--osm', TOWN], 2, /^urbane: \. is not empty\.\n/],
  ['a file that is no extract', ['NEW', '--osm', 'map.shp'], 2, /^urbane: map\.shp is no extract by its name\.\n/],
  ['an extract that is not there', ['NEW', '--osm', 'no.osm'], 3, /^urbane: no\.osm does not exist\.\n/],
  ['counts that are not there', ['NEW', '--osm', TOWN, '--counts', 'no.csv'], 3, /^urbane: no\.csv does not exist\.\n/],
  ['a number that is none', ['NEW', '--osm', TOWN, '--trips-per-hour', 'many'], 2, /must be a number above 0/],
])('refuses %s with one sentence', async (name, args, exitCode, sentence) => {
  const { code, stderr } = await run(...args.map((arg) => (arg === 'NEW' ? join(folder, name) : arg)));
  expect(stderr).toMatch(sentence);
  expect(code).toBe(exitCode);
});

it('tells of a plan that never lets somebody go', async () => {
  const plans = join(folder, 'plans.csv');
  await writeFile(
    plans,
    `signal,plan,phase,ring,barrier,position,movements,permitted,cycle_s,offset_s,split_s,min_green_s,yellow_s,all_red_s
n4,0,1,1,1,1,103#0:right 103#0:straight 101#0:right 101#0:straight,,70,0,32,10,3,1
n4,0,2,1,1,2,-112#0:right -112#0:straight 110#0:right 110#0:straight,,70,0,38,10,3,4
`,
  );
  const { code, stdout } = await run(join(folder, 'planned'), '--osm', TOWN, '--plans', plans);
  expect(code).toBe(0);
  expect(stdout).toContain('doubtful: n4: the program never lets');
});
