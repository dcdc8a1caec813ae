import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkCity } from '../../city/check.ts';
import { type City, classBit } from '../../city/city.ts';
import { loadScenario } from '../../field/load.ts';
import { UrbaneError } from '../../units/errors.ts';
import { sourceFrom } from '../source.ts';
import { applyOverlay, readOverlay } from './overlay.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/valid/', import.meta.url));
const text = readFileSync(`${FIXTURES}overlay/city.yaml`, 'utf8');
let city: City;
beforeAll(async () => {
  city = (await loadScenario(`${FIXTURES}cityflow/config.json`)).scenario.city;
});

const read = (yaml: string) => readOverlay(sourceFrom('city.yaml', yaml));
const put = async (yaml: string, on: City = city) => applyOverlay(on, await read(yaml), 'city.yaml');

describe('corrections of a city', () => {
  it('change lane use, stop line, speed, turns and intergreens', async () => {
    const { city: corrected, report } = await put(text);
    expect(report.dropped).toEqual([]);
    expect(report.warnings).toEqual([]);
    expect(report.counts.corrections).toBe(3);
    expect(checkCity(corrected)).toEqual([]);
    const lane = (id: string) => corrected.lanes.find((one) => one.id === id);
    expect(lane('in-e_0')).toMatchObject({ allowed: classBit('bus') | classBit('taxi'), lengthM: 184 });
    const before = city.lanes.find(({ id }) => id === 'in-e_0');
    const through = (of: City, at: readonly number[] = []) => at.map((m) => of.movements[m]?.lengthM ?? 0);
    expect(through(corrected, lane('in-e_0')?.out)).toEqual(through(city, before?.out).map((lengthM) => lengthM + 4));
    expect(lane('in-n_1')?.speedMps).toBe(8.3);
    expect(lane('in-n_1')?.out.map((m) => corrected.movements[m]?.turn)).toEqual(['straight']);
    expect(corrected.movements).toHaveLength(city.movements.length - 1);
    // 5 s lay between the axes: two more of all-red, taken from the longest stage, in the same cycle.
    const durations = corrected.signals[0]?.programs[0]?.phases.map(({ durationS }) => durationS);
    expect(durations).toEqual([28, 3, 4, 20, 3, 2]);
  });

  it('are kept on a newer map, and told where it says otherwise', async () => {
    const lanes = city.lanes.map((lane) => (lane.id === 'in-n_1' ? { ...lane, speedMps: 15 } : lane));
    const { city: corrected, report } = await put(text, { ...city, lanes });
    expect(corrected.lanes.find(({ id }) => id === 'in-n_1')?.speedMps).toBe(8.3);
    expect(report.warnings).toEqual(['conflict: lane in-n_1 had 13.9 m/s when it was corrected and has 15 now']);
  });

  it('are left out where the map has their lane or signal no more', async () => {
    const { report } = await put(text.replace('lane: in-e_0', 'lane: gone_0').replace('signal: mid', 'signal: lost'));
    expect(report.dropped.map(({ element, why }) => `${element}: ${why}`)).toEqual([
      'gone_0: the map has no such lane any more',
      'lost: the map has no such signal any more',
    ]);
    expect(report.counts.corrections).toBe(1);
  });

  it('never make a city unsound', async () => {
    const groups =
      'format: urbane-overlay\nversion: 1\nsignals:\n  - signal: mid\n    groups: { K1: [0, 1], K2: [2] }\n';
    const { city: same, report } = await put(groups);
    expect(same).toBe(city);
    expect(report.dropped[0]?.why).toMatch(/groups do not hold each link once/);
    const long = await put(text.replace('s: 7', 's: 50'));
    expect(long.report.dropped[0]?.why).toMatch(/intergreen of 50 s does not fit/);
    const short = await put(text.replace('stop_line_m: 4', 'stop_line_m: 50').replace('in-e_0', 'in-e_0'), {
      ...city,
      lanes: city.lanes.map((lane) => (lane.id === 'in-e_0' ? { ...lane, lengthM: 40 } : lane)),
    });
    expect(short.report.dropped[0]?.why).toMatch(/leaves -10 m of it/);
  });
});

describe('a damaged overlay', () => {
  it.each([
    ['broken YAML', text.replace('[bus, taxi]', '[bus, taxi'), /city.yaml:\d+: /],
    ['a class that is none', text.replace('taxi', 'taxis'), /at "\/lanes\/0\/allowed/],
    ['a field that is none', text.replace('speed_mps: 8.3', 'speed_kmh: 30'), /at "\/lanes\/1/],
    ['a later version', text.replace('version: 1', 'version: 2'), /at "\/version"/],
    ['nothing', '', /no overlay/],
  ])('%s', async (_, yaml, says) => {
    const fault = await read(yaml).catch((caught: unknown) => caught);
    expect(fault).toBeInstanceOf(UrbaneError);
    expect(fault instanceof UrbaneError && fault.message).toMatch(says);
  });

  it('cannot unfold without end', async () => {
    const bomb = Array.from(
      { length: 12 },
      (_, k) =>
        `a${k}: &a${k} [${Array(9)
          .fill(k === 0 ? 'x' : `*a${k - 1}`)
          .join(',')}]`,
    ).join('\n');
    const fault = await read(bomb).catch((caught: unknown) => caught);
    expect(fault).toBeInstanceOf(UrbaneError);
  });
});
