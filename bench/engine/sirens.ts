import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadScenario } from '../../src/field/load.ts';
import { createCompiledEngine } from '../../src/field/sim/engine.ts';
import { readTripInfo } from '../../src/trial/sumo-outputs.ts';
import { alignColumns } from '../../src/trial/table.ts';
import { CALL, writeCorridor } from '../unseen/corridor.ts';
import { mean } from './statistics.ts';
import { timeProcess } from './sumo.ts';

const LEVELS = [0.3, 0.7] as const;
const WINDOW_S = 1800;
const RULES = ['--time-to-teleport', '-1', '-X', 'never', '--no-step-log', '--no-warnings'];

interface Durations {
  readonly calls: number;
  readonly others: number;
}

/** Ambulances on a corridor of five signals with and without blue light, in both engines: mean seconds on the way. */
export async function measureSirens(seeds: readonly number[], onProgress: (doing: string) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'urbane-bench-sirens-'));
  const table: string[][] = [];
  try {
    for (const level of LEVELS) {
      for (const hasBlueLight of [false, true]) {
        onProgress(`sirens ${level}`);
        const configFile = await writeCorridor(folder, { level, hasBlueLight, windowS: WINDOW_S });
        const theirs: Durations[] = [];
        for (const seed of seeds) theirs.push(await driveSumo(configFile, folder, seed));
        const ours = await Promise.all(seeds.map((seed) => driveOurs(configFile, seed)));
        const write = (runs: readonly Durations[], pick: keyof Durations) =>
          mean(runs.map((run) => run[pick])).toFixed(1);
        table.push([
          `v/c ${level}`,
          hasBlueLight ? 'blue light' : 'none',
          ...(['calls', 'others'] as const).flatMap((pick) => [write(ours, pick), write(theirs, pick)]),
        ]);
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  const head = ['five signals', 'ambulances with', 'on the way s', 'SUMO', 'others s', 'SUMO'];
  return `20 ambulances among other traffic, means of ${seeds.length} seeds\n${alignColumns([head, ...table])}`;
}

async function driveSumo(configFile: string, folder: string, seed: number): Promise<Durations> {
  const trips = join(folder, 'trips.xml');
  const binary = process.env.SUMO_BINARY ?? 'sumo';
  const output = ['--tripinfo-output', trips, '--tripinfo-output.write-unfinished'];
  await timeProcess(binary, ['-c', configFile, ...RULES, ...output, '--seed', String(seed)]);
  const rows = [...(await readTripInfo(trips, 0, WINDOW_S))].map(([id, { durationS }]) => ({
    isCall: id.startsWith(CALL),
    durationS,
  }));
  return sumUp(rows);
}

async function driveOurs(configFile: string, seed: number): Promise<Durations> {
  const { scenario } = await loadScenario(configFile);
  const engine = createCompiledEngine(scenario, { seed });
  while (engine.timeMs < scenario.endMs) engine.step();
  const { insertedMs, arrivedMs } = engine.trips;
  const rows = scenario.demand.trips.flatMap(({ type }, i) => {
    const from = insertedMs[i] ?? -1;
    if (from < 0) return [];
    const to = arrivedMs[i] ?? -1;
    const isCall = scenario.demand.types[type]?.kind === 'emergency';
    return [{ isCall, durationS: ((to < 0 ? scenario.endMs : to) - from) / 1000 }];
  });
  return sumUp(rows);
}

function sumUp(rows: readonly { isCall: boolean; durationS: number }[]): Durations {
  const of = (calls: boolean) => mean(rows.filter(({ isCall }) => isCall === calls).map(({ durationS }) => durationS));
  return { calls: of(true), others: of(false) };
}
