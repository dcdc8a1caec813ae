import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeCityFlowGrid } from '../grid/cityflow.ts';
import type { GridCase } from '../grid/sumo.ts';
import { cacheFolder } from './cache.ts';
import { findTimed, type KeepRule, type Kept } from './kept.ts';
import { timeProcess } from './sumo.ts';

export interface CityFlowRun {
  readonly vehicleSeconds: number;
  readonly cpuS: number;
  readonly coreShare: number;
}

/**
 * Runs the binary named by CITYFLOW_BINARY, or returns null where there is none. It is CityFlow's own
 * tools/debug/simple_run, called as `$CITYFLOW_BINARY --configFile FILE --totalStep N --threadNum 1 --verbose` with
 * DATADIR empty; verbose, it prints one line "step vehicles" per step. A run of one step measures the loading
 * (with none, its threads and its destructor can wait for each other for ever).
 */
export async function runCityFlow(configFile: string, steps: number): Promise<CityFlowRun | null> {
  const binary = process.env.CITYFLOW_BINARY;
  if (binary === undefined) return null;
  const time = (count: number) =>
    timeProcess(binary, ['--configFile', configFile, '--totalStep', String(count), '--threadNum', '1', '--verbose'], {
      ...process.env,
      DATADIR: '',
    });
  const loading = await time(1);
  const { stdout, cpuS, wallS } = await time(steps);
  const counts = [...stdout.matchAll(/^\d+ (\d+)$/gm)].map(([, vehicles]) => Number(vehicles));
  if (counts.length !== steps) throw new Error(`CityFlow printed ${counts.length} of ${steps} steps`);
  return {
    vehicleSeconds: counts.reduce((sum, vehicles) => sum + vehicles, 0),
    cpuS: cpuS - loading.cpuS,
    coreShare: Math.min(1, cpuS / wallS),
  };
}

/** CityFlow on a grid, or null where CITYFLOW_BINARY names no binary or the rule forbids to run it. */
export async function timeCityFlow(
  name: string,
  grid: GridCase,
  run: number,
  rule: KeepRule,
): Promise<Kept<CityFlowRun> | null> {
  const binary = process.env.CITYFLOW_BINARY;
  if (binary === undefined) return null;
  const configFile = await writeCityFlowGrid(join(cacheFolder(), `cityflow-${name}`), grid);
  const files = await Promise.all(
    ['roadnet.json', 'flow.json'].map((file) => readFile(join(configFile, '..', file), 'utf8')),
  );
  const { size, mtimeMs } = await stat(binary);
  return findTimed([`cityflow ${size} ${mtimeMs} ${run}`, ...files], rule, () => runCityFlow(configFile, grid.windowS));
}
