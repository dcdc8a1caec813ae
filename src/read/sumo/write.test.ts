import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { describeWithData } from '../../../tests/data.ts';
import { retimeSignals } from '../../city/build-signals.ts';
import type { City } from '../../city/city.ts';
import { DAYS } from '../../city/control.ts';
import type { Scenario } from '../../demand/demand.ts';
import { createDemoScenario } from '../../demo/city.ts';
import { loadCity, loadScenario } from '../../field/load.ts';
import { applyPlans } from '../plans/apply.ts';
import { readPlanFiles } from '../plans/read.ts';
import { sourceFrom } from '../source.ts';
import { readSumoNet, readSumoRoutes } from './read.ts';
import { writeSumo } from './write.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'urbane-write-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function again(scenario: Scenario): Promise<{ city: City; demand: Scenario['demand']; lost: readonly string[] }> {
  const { files, lost } = writeSumo(scenario, 'x');
  const sources = files.map(({ name, text }) => sourceFrom(name, text));
  const pick = (ending: string) => sources.filter(({ name }) => name.endsWith(ending));
  const [net] = pick('.net.xml');
  if (net === undefined) throw new Error('no network was written');
  const additional = pick('.add.xml');
  const { city } = await readSumoNet(net, { name: scenario.name, additional });
  const { beginMs, endMs } = scenario;
  const { demand } = await readSumoRoutes([...additional, ...pick('.rou.xml')], { city, beginMs, endMs, seed: 1 });
  return { city, demand, lost };
}

/** What a route file can hold of a trip: no other ways. */
function plain({ trips, types }: Scenario['demand']) {
  return { types, trips: trips.map(({ alternatives, ...trip }) => trip) };
}

describe('a city written for SUMO and read again', () => {
  it.each(['valid/bare/bare.net.xml', 'valid/walk/walk.net.xml'])('is the same: %s', async (name) => {
    const { city } = await loadCity(join(FIXTURES, name));
    const scenario = { name: city.name, city, demand: { types: [], trips: [], walks: [] }, beginMs: 0, endMs: 1000 };
    expect((await again(scenario)).city).toEqual(city);
  });

  it.each(['valid/cross', 'valid/queue', 'quarter'])('is the same with its demand: %s', async (name) => {
    const { scenario } = await loadScenario(join(FIXTURES, name));
    const { city, demand, lost } = await again(scenario);
    expect(city).toEqual(scenario.city);
    expect(plain(demand)).toEqual(plain(scenario.demand));
    const { walks } = scenario.demand;
    expect(lost.some((sentence) => sentence.includes('on foot'))).toBe(walks.length > 0);
  });

  it('is the same from the second time on when we built it', async () => {
    const demo = createDemoScenario();
    const scenario = { ...demo, demand: { ...demo.demand, trips: [], walks: [] } };
    const { city, lost } = await again(scenario);
    // A waiting place becomes a point of the path, whose length is the sum of two; a movement's id is made of its lanes.
    const bare = ({ movements }: City) =>
      movements.map(({ shape, id, lengthM, ...others }) => ({ ...others, lengthM: lengthM.toFixed(6) }));
    expect(bare(city)).toEqual(bare(demo.city));
    expect(city.lanes).toEqual(demo.city.lanes);
    expect(city.signals.map(({ programs }) => programs)).toEqual(demo.city.signals.map(({ programs }) => programs));
    expect(lost).toEqual(['42 levels of roads', '15 pieces of water or green', '12 Chinese names']);
    expect((await again({ ...scenario, city })).city).toEqual(city);
  });

  it('keeps detectors, and the schedule of its day', async () => {
    const { scenario } = await loadScenario(join(FIXTURES, 'valid/cityflow/config.json'));
    const names = ['plans', 'schedule', 'detectors'].map((name) => `valid/plans/${name}.csv`);
    const book = await readPlanFiles(names.map((name) => sourceFrom(name, readFileSync(join(FIXTURES, name), 'utf8'))));
    const monday = { date: '2026-11-23', minute: 0, isHoliday: false };
    const { city: planned } = applyPlans(scenario.city, book, monday);
    const { city, lost } = await again({ ...scenario, city: planned });
    expect(city.detectors).toEqual(planned.detectors);
    const days = DAYS;
    expect(city.signals[0]?.schedule).toEqual([
      { program: 'night', days, fromMin: 0, toMin: 390 },
      { program: 'am', days, fromMin: 390, toMin: 540 },
      { program: 'night', days, fromMin: 540, toMin: 1440 },
    ]);
    expect(lost.slice(0, 2)).toEqual([
      '1 schedule for other days than the one it is written for',
      "1 signal's rings and barriers",
    ]);
  });

  it('leaves out damaged timetables and detectors one by one, and says so', async () => {
    const { scenario } = await loadScenario(join(FIXTURES, 'valid/cross'));
    const [net] = writeSumo(scenario, 'x').files;
    const additional = sourceFrom(
      'x.add.xml',
      `<additional>
  <WAUT id="a" refTime="soon" startProg="0"><wautSwitch time="60" to="0"/></WAUT><wautJunction wautID="a" junctionID="centre"/>
  <WAUT id="b" startProg="gone"/><wautJunction wautID="b" junctionID="centre"/>
  <inductionLoop id="c" lane="north-in_0" pos="3" file="x"/>
  <inductionLoop id="d" lane="nowhere" pos="3" file="x"><param key="signal" value="centre"/><param key="channel" value="1"/><param key="phase" value="1"/></inductionLoop>
</additional>`,
    );
    const source = sourceFrom('x.net.xml', net?.text ?? '');
    const { city, report } = await readSumoNet(source, { name: 'x', additional: [additional] });
    expect(city.detectors).toEqual([]);
    expect(city.signals.every(({ schedule }) => schedule === undefined)).toBe(true);
    expect(report.dropped.map(({ element, why }) => `${element}: ${why}`)).toEqual([
      expect.stringMatching(/^a: .*refTime/),
      expect.stringMatching(/^b of signal centre: the signal has no program "gone"/),
      expect.stringMatching(/^d: it lies on no lane of its signal/),
      expect.stringMatching(/^×1: it names no channel/),
    ]);
  });

  it('keeps ids and names that XML would not', async () => {
    const { city } = await loadCity(join(FIXTURES, 'valid/walk/walk.net.xml'));
    const odd = { ...city, roads: city.roads.map((road) => ({ ...road, name: `"Kö" & <Söhne> ${road.name}` })) };
    const scenario = { name: 'odd', city: odd, demand: { types: [], trips: [], walks: [] }, beginMs: 0, endMs: 1000 };
    expect((await again(scenario)).city.roads).toEqual(odd.roads);
  });
});

describe('what was written', () => {
  it('runs in SUMO, with people, signals and bus stops', async () => {
    const { scenario } = await loadScenario(join(FIXTURES, 'quarter'));
    for (const { name, text } of writeSumo({ ...scenario, endMs: scenario.beginMs + 300_000 }, 'quarter').files)
      writeFileSync(join(folder, name), text);
    const binary = process.env.SUMO_BINARY ?? 'sumo';
    const args = ['-c', join(folder, 'quarter.sumocfg'), '--no-step-log', '--xml-validation', 'never'];
    const summary = join(folder, 'summary.xml');
    const text = execFileSync(binary, [...args, '--statistic-output', summary, '--duration-log.statistics']).toString();
    expect(text).not.toMatch(/Error/);
    expect(Number(/Inserted: (\d+)/.exec(text)?.[1])).toBeGreaterThan(100);
  }, 120_000);

  it('runs in SUMO with detectors, and programs that change by the clock', async () => {
    const { scenario } = await loadScenario(join(FIXTURES, 'valid/cityflow/config.json'));
    const names = ['plans', 'schedule', 'detectors'].map((name) => `valid/plans/${name}.csv`);
    const book = await readPlanFiles(names.map((name) => sourceFrom(name, readFileSync(join(FIXTURES, name), 'utf8'))));
    const { city } = applyPlans(scenario.city, book, { date: '2026-11-23', minute: 0, isHoliday: false });
    const [beginMs, endMs] = [6 * 3_600_000, 7 * 3_600_000];
    const { files } = writeSumo({ ...scenario, city, beginMs, endMs }, 'timed');
    for (const { name, text } of files) writeFileSync(join(folder, name), text);
    const out = join(folder, 'switches.xml');
    const more = join(folder, 'watch.add.xml');
    writeFileSync(more, `<additional><timedEvent type="SaveTLSProgram" source="mid" dest="${out}"/></additional>`);
    const args = ['-c', join(folder, 'timed.sumocfg'), '--no-step-log', '--xml-validation', 'never'];
    const both = `${join(folder, 'timed.add.xml')},${more}`;
    const binary = process.env.SUMO_BINARY ?? 'sumo';
    expect(execFileSync(binary, [...args, '-a', both]).toString()).not.toMatch(/Error/);
    const programs = [...readFileSync(out, 'utf8').matchAll(/programID="(\w+)"/g)].map(([, name]) => name);
    expect([...new Set(programs)]).toEqual(['night', 'am']);
  }, 120_000);

  it('shows the programs that run, the own one last', async () => {
    const { scenario } = await loadScenario(join(FIXTURES, 'valid/cross'));
    const timing = scenario.city.signals.map(() => ({ offsetS: 7, greensS: [20, 20, 20, 20] }));
    const city = retimeSignals(scenario.city, timing);
    const { city: read } = await again({ ...scenario, city });
    expect(read.signals[0]?.programs).toEqual(city.signals[0]?.programs);
  });
});

describeWithData('real cities written for SUMO and read again', (data) => {
  it.each(['cologne1', 'grid4x4', 'ingolstadt7', 'cologne3', 'arterial4x4'])('%s is the same', async (name) => {
    const { scenario } = await loadScenario(join(data, 'scenarios', name));
    const { city, demand } = await again(scenario);
    expect(city.version).toBe(scenario.city.version);
    expect(plain(demand)).toEqual(plain(scenario.demand));
  });
});
