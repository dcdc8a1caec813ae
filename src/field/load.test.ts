import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveCity } from '../city/file.ts';
import type { UrbaneError } from '../units/errors.ts';
import { loadCity, loadScenario } from './load.ts';
import { parseOsmOptions } from './load-osm.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const CROSS = `${FIXTURES}valid/cross`;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'urbane-load-'));
});
afterAll(() => rm(folder, { recursive: true }));

const faultOf = (loading: Promise<unknown>): Promise<UrbaneError> =>
  loading.then(
    () => expect.fail('it loaded'),
    (error) => error,
  );

describe('loadScenario', () => {
  it('loads a folder and the .sumocfg in it alike', async () => {
    const { scenario, sumo } = await loadScenario(CROSS);
    expect(scenario).toEqual((await loadScenario(`${CROSS}/cross.sumocfg`)).scenario);
    expect(scenario).toMatchObject({ name: 'cross', beginMs: 100_000, endMs: 300_000 });
    expect(scenario.city.signals[0]?.programs[0]?.id).toBe('evening');
    expect(scenario.demand.types.map(({ id }) => id)).toContain('lorry');
    expect(sumo).toEqual({
      configFile: `${CROSS}/cross.sumocfg`,
      netFile: `${CROSS}/cross.net.xml`,
      routeFiles: [`${CROSS}/cross.rou.xml`],
      additionalFiles: [`${CROSS}/cross.add.xml`],
    });
  });

  it('loads a saved city, without demand', async () => {
    const { city } = await loadCity(CROSS);
    const path = join(folder, 'cross.city');
    await writeFile(path, saveCity(city));
    const { scenario, sumo } = await loadScenario(path);
    expect(scenario.city).toEqual(city);
    expect([scenario.demand.trips, sumo]).toEqual([[], null]);
  });

  it('unpacks gz and follows files in other folders', async () => {
    await mkdir(join(folder, 'nets'), { recursive: true });
    await writeFile(join(folder, 'nets/n.net.xml.gz'), gzipSync(await readFile(`${CROSS}/cross.net.xml`)));
    await writeFile(
      join(folder, 'r.rou.xml'),
      gzipSync('<routes><trip id="a" depart="7" from="far-in" to="west-out"/></routes>'),
    );
    const config = '<configuration><n v="nets/n.net.xml.gz"/><input><r v=" r.rou.xml "/></input></configuration>';
    await writeFile(join(folder, 'a.sumocfg'), config);
    const { scenario, report } = await loadScenario(join(folder, 'a.sumocfg'));
    expect(scenario.demand.trips).toHaveLength(1);
    expect(scenario.endMs).toBe(7000 + 3_600_000);
    expect(report.warnings).toEqual([expect.stringContaining('names no end')]);
  });

  it('tells that a gz is cut off', async () => {
    const path = join(folder, 'cut.net.xml.gz');
    await writeFile(path, gzipSync(await readFile(`${CROSS}/cross.net.xml`)).subarray(0, 900));
    const fault = await faultOf(loadCity(path));
    expect([fault.code, fault.message]).toEqual(['bad-xml', expect.stringContaining('the gz is damaged or cut off')]);
  });

  it('lists the .sumocfg of a folder that holds several', async () => {
    const many = join(folder, 'many');
    await mkdir(many);
    for (const name of ['b', 'a']) await writeFile(join(many, `${name}.sumocfg`), '<configuration/>');
    const fault = await faultOf(loadScenario(many));
    expect(fault.message).toBe(`${many} holds 2 .sumocfg: ${many}/a.sumocfg, ${many}/b.sumocfg.`);
    expect(fault.code).toBe('bad-usage');
  });

  it.each<[string, string, string, RegExp]>([
    ['nothing there', '<none>', 'missing-file', /does not exist/],
    ['no net-file', '<configuration/>', 'bad-input', /names no net-file/],
    [
      'a net-file that is not there',
      '<configuration><net-file value="gone.net.xml"/></configuration>',
      'missing-file',
      /gone\.net\.xml does not exist/,
    ],
    [
      'an end before its begin',
      '<configuration><net-file value="x"/><begin value="9"/><end value="5"/></configuration>',
      'bad-input',
      /ends at 5 s and begins at 9 s/,
    ],
    [
      'a begin that is no time',
      '<configuration><net-file value="x"/><begin value="soon"/></configuration>',
      'bad-input',
      /begin.* is not a number|value="soon" is not a number/,
    ],
    ['a broken configuration', '<configuration><input>', 'bad-xml', /unclosed tag: input/],
  ])('names %s', async (name, config, code, sentence) => {
    const path = join(folder, `${name.replaceAll(' ', '-')}.sumocfg`);
    if (config !== '<none>') await writeFile(path, config);
    const fault = await faultOf(loadScenario(path));
    expect(fault.message).toMatch(sentence);
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(folder);
  });

  it('refuses a file that is neither', async () => {
    const path = join(folder, 'notes.txt');
    await writeFile(path, 'hello');
    expect((await faultOf(loadScenario(path))).code).toBe('no-demand');
  });

  it('says which options of a configuration it does not follow', async () => {
    const path = join(folder, 'scaled.sumocfg');
    await writeFile(
      path,
      `<configuration><net-file value="${CROSS}/cross.net.xml"/><end value="9"/><scale value="2"/></configuration>`,
    );
    expect((await loadScenario(path)).report.warnings).toEqual([`${path}: scale=2 is not followed`]);
  });
});

describe('OpenStreetMap', () => {
  const TOWN = fileURLToPath(new URL('../../fixtures/valid/osm/town.osm', import.meta.url));

  it('becomes a city with a made-up morning', async () => {
    const { scenario, report, sumo } = await loadScenario(TOWN);
    expect([scenario.name, scenario.beginMs, scenario.endMs, sumo]).toEqual(['town', 25_200_000, 32_400_000, null]);
    expect(scenario.demand.trips.length).toBeGreaterThan(300);
    expect(report.warnings).toEqual([
      `no demand is given: ${scenario.demand.trips.length} trips of a morning are made up from land use and road classes`,
    ]);
  });

  it('ends at a box', async () => {
    const { city } = await loadCity(TOWN, parseOsmOptions('DE', '7.99,49.9985,8.001,50.001'));
    expect(city.roads.length).toBeGreaterThan(6);
    expect(city.roads.length).toBeLessThan(20);
    expect(city.signals.map(({ id }) => id)).toContain('n4');
    await expect(loadCity(TOWN, parseOsmOptions(undefined, '9,49,10,50'))).rejects.toThrow(
      /none of their nodes within the box/,
    );
    for (const wrong of ['1,2,3', '8,50,7,51', 'a,b,c,d', '8,50,9,95'])
      expect(() => parseOsmOptions(undefined, wrong)).toThrow(/is no box/);
  });

  it('drives on the side of the country that is named', async () => {
    const [left, right] = [await loadCity(TOWN, { country: 'GB' }), await loadCity(TOWN, { country: 'DE' })];
    expect(left.city.version).not.toBe(right.city.version);
    expect(right.city).toEqual((await loadCity(TOWN)).city);
  });
});
