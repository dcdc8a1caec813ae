import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scenario } from '../demand/demand.ts';
import { loadScenario } from '../field/load.ts';
import { applyPlans } from '../read/plans/apply.ts';
import { Pair } from './pair.ts';
import { Sites } from './sites.ts';
import { TURNS } from './stage-words.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/valid/', import.meta.url));
const BY = { by: 'traffic-desk' };
let folder = '';
let base: Scenario;
let junction = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'urbane-sites-'));
  const { scenario } = await loadScenario(`${FIXTURES}cityflow/config.json`);
  const row = { signal: 'mid', phase: 2, lane: 'in-e_0', lengthM: 2 } as const;
  const detectors = [
    { ...row, channel: 1, kind: 'stop-line', distanceM: 1 } as const,
    { ...row, channel: 2, kind: 'advance', distanceM: 40 } as const,
  ];
  base = { ...scenario, city: applyPlans(scenario.city, { plans: [], schedule: [], detectors }, null).city };
  junction = base.city.junctions.find(({ signal }) => signal === 0)?.id ?? '';
});
afterAll(() => rm(folder, { recursive: true }));

describe('a site', () => {
  it('is told as it is built', async () => {
    const sites = await Sites.open(base, null);
    const site = sites.describe(junction);
    expect(site?.lanes).toHaveLength(8);
    expect(site?.lanes.find(({ id }) => id === 'in-e_0')).toMatchObject({
      from: 'w',
      stopLineM: 0,
      turns: ['straight', 'right'],
    });
    expect(site?.detectors.map(({ channel, distanceM, isCorrected }) => [channel, distanceM, isCorrected])).toEqual([
      [1, 1, false],
      [2, 40, false],
    ]);
    // The advance loop lies 40 m before the stop line, 2 m long, on the straight lane.
    const [x0 = 0, , x1 = 0] = site?.detectors[1]?.shape ?? [];
    expect(Math.abs(x1 - x0)).toBeCloseTo(2);
    expect(site?.words).toEqual(expect.arrayContaining(['NBT', 'EBL', 'SBR']));
    const pair = site?.intergreens.find(({ from, to }) => from === 'EBT' && to === 'NBT');
    expect([pair?.s, (pair?.neededS ?? 0) > 3]).toEqual([5, true]);
    expect(site?.links).toHaveLength(base.city.signals[0]?.links.length ?? 0);
    expect(sites.describe('nowhere')).toBeNull();
  });

  it('tells what a correction does before it is saved: lamps, guard, findings, trips', async () => {
    const sites = await Sites.open(base, null);
    const longer = await sites.carryOut({
      ...BY,
      junction,
      save: false,
      edit: { intergreens: [{ from: 'EBT', to: 'NBT', s: 8 }] },
    });
    expect(longer).toMatchObject({ isSaved: false, guard: { beforeS: 5, afterS: 8 }, refused: [], dropped: 0 });
    expect(longer.greens).toEqual([{ stage: 0, beforeS: 30, afterS: 27 }]);
    expect(longer.site.intergreens.find(({ from, to }) => from === 'EBT' && to === 'NBT')).toMatchObject({
      s: 8,
      ownS: 5,
    });
    // A stop line drawn back makes the way to clear longer.
    const back = await sites.carryOut({
      ...BY,
      junction,
      save: false,
      edit: { lanes: ['in-e_0', 'in-e_1'].map((lane) => ({ lane, stop_line_m: 20 })) },
    });
    expect(back.come.map(({ kind, element }) => `${kind}: ${element}`)).toContain('short intergreen: mid');
    // Without its turn a trip has to go another way, or cannot be made.
    const [from = -1, to = -1] = base.demand.trips[0]?.route ?? [];
    const ways = base.city.movements.filter(
      ({ fromLane, toLane }) => base.city.lanes[fromLane]?.road === from && base.city.lanes[toLane]?.road === to,
    );
    const lanes = ways.map(({ fromLane, turn }) => ({
      lane: base.city.lanes[fromLane]?.id ?? '',
      turns: TURNS.filter((one) => one !== turn),
    }));
    const closed = await sites.carryOut({ ...BY, junction, save: false, edit: { lanes } });
    expect(closed.rerouted + closed.dropped).toBeGreaterThan(0);
    expect(sites.now.scenario).toBe(base);
    const far = await sites.carryOut({
      ...BY,
      junction,
      save: false,
      edit: { detectors: [{ channel: 9, lane: 'in-n_0', distance_m: 900 }] },
    });
    expect(far.refused[0]).toMatch(/lies 900 m before the stop line/);
  });

  it('is saved into the file, runs, and is there when it is opened again', async () => {
    const file = join(folder, 'city.yaml');
    const sites = await Sites.open(base, file);
    const edit = {
      detectors: [{ channel: 2, lane: 'in-e_0', distance_m: 60 }],
      lanes: [{ lane: 'in-n_0', stop_line_m: 5 }],
    };
    await expect(
      sites.carryOut({
        ...BY,
        junction,
        save: true,
        edit: { detectors: [{ channel: 9, lane: 'in-n_0', distance_m: 900 }] },
      }),
    ).rejects.toThrow(/Not saved: /);
    const saved = await sites.carryOut({ ...BY, why: 'seen on site', junction, save: true, edit });
    expect([saved.isSaved, saved.site.file]).toEqual([true, 'city.yaml']);
    expect(await readFile(file, 'utf8')).toMatch(/by: traffic-desk[\s\S]*why: seen on site/);
    await using pair = new Pair({ scenario: base, seed: 1, controller: 'predictive', sensors: 'loops' });
    for (let second = 0; second < 20; second++) await pair.step();
    pair.runNext(sites.now.scenario);
    expect(pair.scenario.city.version).toBe(base.city.version);
    await pair.restart();
    expect(pair.scenario.city.detectors[1]?.distanceM).toBe(60);
    for (let second = 0; second < 20; second++) await pair.step();
    expect(pair.map.version).toBe(sites.now.scenario.city.version);
    const again = await Sites.open(base, file);
    expect(again.now.scenario.city).toEqual(sites.now.scenario.city);
    expect(again.describe(junction)?.lanes.find(({ id }) => id === 'in-n_0')?.stopLineM).toBe(5);
    // What somebody writes by hand meanwhile is kept.
    await writeFile(file, `${await readFile(file, 'utf8')}# by hand\n`);
    await sites.carryOut({ ...BY, junction, save: true, edit: { lanes: [{ lane: 'in-n_0', stop_line_m: 0 }] } });
    expect(await readFile(file, 'utf8')).toContain('# by hand');
  });

  it('is not saved without a file, nor where there is no signal', async () => {
    const sites = await Sites.open(base, null);
    await expect(sites.carryOut({ ...BY, junction, save: true, edit: {} })).rejects.toThrow(/No file was named/);
    await expect(sites.carryOut({ ...BY, junction: 'nowhere', save: false, edit: {} })).rejects.toThrow(
      /no junction "nowhere"/,
    );
  });
});
