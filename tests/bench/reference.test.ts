import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { findKept, keep, keyOf } from '../../bench/engine/cache.ts';
import { runCityFlow } from '../../bench/engine/cityflow.ts';
import { measureMemory, runOurs } from '../../bench/engine/ours.ts';
import { keyOfSumoRun, readEdgeData, referToSumo, timeProcess } from '../../bench/engine/sumo.ts';
import { PLANS } from '../../bench/grid/plans.ts';
import { writeSumoGrid } from '../../bench/grid/sumo.ts';
import { drawTrips } from '../../bench/grid/trips.ts';
import { type LoadedScenario, loadScenario } from '../../src/field/load.ts';

const WINDOW_S = 300;
const shape = { columns: 2, rows: 2 };

let folder: string;
let configFile: string;
let loaded: LoadedScenario;

function filesOf({ sumo }: LoadedScenario) {
  if (sumo === null) throw new Error('a written grid has SUMO files');
  return sumo;
}

function writeGrid(plan = PLANS[0]): Promise<string> {
  if (plan === undefined) throw new Error('there are plans');
  return writeSumoGrid(folder, { shape, plan, trips: drawTrips(shape, 0.1, WINDOW_S, 1), windowS: WINDOW_S });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'urbane-bench-test-'));
  configFile = await writeGrid();
  loaded = await loadScenario(configFile);
});

afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

describe('the grid through netconvert', () => {
  it('is read whole, with the plan it was given', () => {
    const { scenario, report } = loaded;
    expect(report.dropped).toEqual([]);
    expect(scenario.city.signals).toHaveLength(4);
    expect(scenario.city.roads).toHaveLength(2 * 4 + 2 * 8);
    expect(scenario.city.lanes).toHaveLength(72);
    expect(scenario.city.movements).toHaveLength(4 * 16);
    expect(scenario.demand.trips).toHaveLength(120);
    expect(scenario.endMs).toBe(WINDOW_S * 1000);
    for (const { programs } of scenario.city.signals) {
      expect(programs[0]?.phases.map(({ durationS }) => durationS)).toEqual([21, 3, 5, 3, 21, 3, 5, 3]);
      expect(programs[0]?.phases[0]?.state).toBe('GGGrrrrrGGGrrrrr');
    }
  });

  it('has the same turns under its links as the plan thinks', () => {
    const { movements, signals } = loaded.scenario.city;
    const turns = signals[0]?.links.map((link) => movements[link[0] ?? -1]?.turn);
    const approach = ['right', 'straight', 'straight', 'left'];
    expect(turns).toEqual([...approach, ...approach, ...approach, ...approach]);
  });

  it('is written once for the same content, elsewhere for another plan', async () => {
    expect(await writeGrid()).toBe(configFile);
    const other = await writeGrid(PLANS[1]);
    expect(other).not.toBe(configFile);
    expect((await readdir(folder)).every((name) => /^grid-[0-9a-f]+$/.test(name))).toBe(true);
  });

  it('drives alike in both engines', async () => {
    vi.stubEnv('URBANE_CACHE', join(folder, 'cache'));
    const run = { files: filesOf(loaded), beginS: 0, endS: WINDOW_S, seed: 1 };
    const theirs = await referToSumo(run);
    const ours = runOurs(loaded.scenario, { seed: 1, links: true });
    expect(theirs.loaded).toBe(120);
    expect(ours.loaded).toBe(120);
    expect(theirs.cpuS).toBeGreaterThan(0);
    expect(Math.abs(ours.doorToDoorS / theirs.doorToDoorS - 1)).toBeLessThan(0.15);
    expect(Object.keys(ours.links).toSorted()).toEqual(Object.keys(theirs.links).toSorted());
    const entries = (links: typeof ours.links) => Object.values(links).reduce((sum, [vehicles]) => sum + vehicles, 0);
    expect(Math.abs(entries(ours.links) / entries(theirs.links) - 1)).toBeLessThan(0.05);
    // A second look comes from the cache: the very same figures, the measured time included.
    expect(await referToSumo(run)).toEqual(theirs);
  });
});

describe('the key of a reference run', () => {
  it('changes with the seed, the version, the model and the content of a file, and with nothing else', async () => {
    const files = filesOf(loaded);
    const run = { files, beginS: 0, endS: WINDOW_S, seed: 1 };
    const key = await keyOfSumoRun(run, 'v1');
    expect(await keyOfSumoRun({ ...run, files: { ...files } }, 'v1')).toBe(key);
    const others = [
      await keyOfSumoRun({ ...run, seed: 2 }, 'v1'),
      await keyOfSumoRun(run, 'v2'),
      await keyOfSumoRun({ ...run, isMeso: true }, 'v1'),
      await keyOfSumoRun({ ...run, endS: 200 }, 'v1'),
    ];
    const copy = join(folder, 'changed.rou.xml');
    await writeFile(copy, `${await readFile(files.routeFiles[0] ?? '', 'utf8')} `);
    others.push(await keyOfSumoRun({ ...run, files: { ...files, routeFiles: [copy] } }, 'v1'));
    await rm(copy);
    expect(new Set([key, ...others]).size).toBe(6);
  });

  it('tells parts apart whose bytes join to the same', () => {
    expect(keyOf(['ab', 'c'])).not.toBe(keyOf(['a', 'bc']));
  });

  it('finds what was kept and nothing else', async () => {
    const cache = join(folder, 'kept');
    expect(await findKept(cache, 'k')).toBeNull();
    await keep(cache, 'k', { a: 1 });
    expect(await findKept(cache, 'k')).toEqual({ a: 1 });
    expect(await readdir(cache)).toEqual(['k.json']);
    await rm(cache, { recursive: true });
  });
});

describe('what the bench reads from other programs', () => {
  it('counts processor time, not waiting', async () => {
    const { stdout, cpuS, wallS } = await timeProcess('sh', ['-c', 'echo words; sleep 0.3']);
    expect(stdout.startsWith('words\n')).toBe(true);
    expect(wallS).toBeGreaterThanOrEqual(0.3);
    expect(cpuS).toBeLessThan(0.2);
    await expect(timeProcess('sh', ['-c', 'exit 3'])).rejects.toThrow();
  });

  it('reads vehicles and travel times of edges', () => {
    const text =
      '<meandata><interval begin="0" end="9" id="x"><edge id="a" sampledSeconds="14.5" traveltime="4.5" departed="1" arrived="0" entered="2" left="3"/><edge id="b" sampledSeconds="0" departed="0" arrived="0" entered="0" left="0"/></interval></meandata>';
    expect(readEdgeData(text)).toEqual({ a: [3, 13.5] });
  });

  it('runs CityFlow only where its binary is named, and sums its vehicles', async () => {
    vi.stubEnv('CITYFLOW_BINARY', undefined);
    expect(await runCityFlow('config.json', 3)).toBeNull();
    const fake = join(folder, 'fake-cityflow');
    await writeFile(fake, '#!/bin/sh\n[ "$4" = 0 ] || printf "0 1\\n1 4\\n2 6\\n"\necho "Total Step: $4"\n');
    await chmod(fake, 0o755);
    vi.stubEnv('CITYFLOW_BINARY', fake);
    expect((await runCityFlow('config.json', 3))?.vehicleSeconds).toBe(11);
    await expect(runCityFlow('config.json', 4)).rejects.toThrow('3 of 4 steps');
    await rm(fake);
  });
});

describe('memory of our engine', () => {
  it('is a fixed number of bytes for the same network and trips', () => {
    const { perLane, perTrip } = measureMemory(loaded.scenario);
    expect(measureMemory(loaded.scenario)).toEqual({ perLane, perTrip });
    expect(perLane).toBeGreaterThan(8);
    expect(perTrip).toBeGreaterThan(8);
  });
});
