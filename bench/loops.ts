import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Scenario } from '../src/demand/demand.ts';
import { type LoadedScenario, loadScenario } from '../src/field/load.ts';
import { createSimStreet } from '../src/field/sim/street.ts';
import { PERFECT } from '../src/street/degrade.ts';
import { LoopBank } from '../src/street/loops.ts';
import type { Street } from '../src/street/street.ts';
import { startSumoRun } from '../src/trial/sumo-run.ts';
import { alignColumns } from '../src/trial/table.ts';
import { DATA } from '../tests/data.ts';
import { quantile } from './engine/statistics.ts';

const SCENARIOS = 'cologne1,ingolstadt1,grid4x4';
/** Loops with less traffic than this are left out, vehicles/h. */
const LEAST_VEHICLES = 50;

/** Vehicles and seconds of occupancy by loop, over all seeds. */
interface Tally {
  readonly vehicles: Float64Array;
  readonly occupiedS: Float64Array;
}

/**
 * Loops as the sensor layer sees them, in our engine beside SUMO, both under the shipped programs: counts and occupancy by
 * loop over the hour, means over the seeds. `--scenarios a,b --seeds N`.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { scenarios: { type: 'string', default: SCENARIOS }, seeds: { type: 'string', default: '3' } },
  });
  const seeds = Number(values.seeds);
  if (DATA === null) throw new Error('URBANE_DATA names no folder of scenarios');
  const rows: string[][] = [];
  for (const name of values.scenarios.split(',')) {
    const loaded = await loadScenario(join(DATA, 'scenarios', name));
    const sumo = createTally(loaded.scenario);
    const ours = createTally(loaded.scenario);
    for (let seed = 1; seed <= seeds; seed++) {
      await watchSumo(loaded, seed, sumo);
      await using street = createSimStreet(loaded.scenario, { seed });
      await watch(loaded.scenario, street, ours);
    }
    rows.push(...compare(name, loaded.scenario, ours, sumo, seeds));
  }
  const head = [
    'scenario',
    'loops',
    'number',
    'vehicles',
    'SUMO',
    'off',
    'median',
    'p90',
    'occupied',
    'SUMO',
    'apart',
    'p90',
  ];
  process.stdout.write(
    `${alignColumns([head, ...rows])}\nloops with ${LEAST_VEHICLES} vehicles/h or more, means of seeds 1 to ${seeds}; median and p90 of the error of the count by loop; apart: median difference of occupancy by loop, in points\n`,
  );
}

function createTally({ city }: Scenario): Tally {
  const { loops } = new LoopBank(city, PERFECT, 1);
  return { vehicles: new Float64Array(loops.length), occupiedS: new Float64Array(loops.length) };
}

async function watchSumo({ scenario, sumo: files }: LoadedScenario, seed: number, tally: Tally): Promise<void> {
  if (files === null) throw new Error(`${scenario.name} has no SUMO files`);
  const workDir = await mkdtemp(join(tmpdir(), 'urbane-loops-'));
  try {
    const { street } = await startSumoRun({ scenario, files, seed, exclude: [], broken: [], workDir });
    await watch(scenario, street, tally);
    await street.finish();
  } finally {
    await rm(workDir, { recursive: true });
  }
}

async function watch({ city, endMs }: Scenario, street: Street, tally: Tally): Promise<void> {
  const bank = new LoopBank(city, PERFECT, 1);
  while (street.timeMs < endMs) {
    await street.advance();
    const { rises, occupancy } = bank.read(street.frame);
    for (let loop = 0; loop < rises.length; loop++) {
      tally.vehicles[loop] = (tally.vehicles[loop] ?? 0) + (rises[loop] ?? 0);
      tally.occupiedS[loop] = (tally.occupiedS[loop] ?? 0) + (occupancy[loop] ?? 0);
    }
  }
}

function compare(
  name: string,
  { city, beginMs, endMs }: Scenario,
  ours: Tally,
  sumo: Tally,
  seeds: number,
): string[][] {
  const windowS = ((endMs - beginMs) / 1000) * seeds;
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const { loops } = new LoopBank(city, PERFECT, 1);
  return (['stop-line', 'advance'] as const).map((kind) => {
    const busy = loops.flatMap((place, loop) => {
      const vehicles = sumo.vehicles[loop] ?? 0;
      return place.kind === kind && vehicles >= (LEAST_VEHICLES * windowS) / 3600 ? [loop] : [];
    });
    const sum = (of: Float64Array) => busy.reduce((total, loop) => total + (of[loop] ?? 0), 0);
    const countOff = busy.map((loop) => Math.abs((ours.vehicles[loop] ?? 0) / (sumo.vehicles[loop] ?? 1) - 1));
    const apart = busy.map((loop) => Math.abs((ours.occupiedS[loop] ?? 0) - (sumo.occupiedS[loop] ?? 0)) / windowS);
    const [all, allSumo] = [sum(ours.vehicles), sum(sumo.vehicles)];
    return [
      name,
      kind,
      String(busy.length),
      (all / seeds).toFixed(0),
      (allSumo / seeds).toFixed(0),
      percent(all / allSumo - 1),
      percent(quantile(countOff, 0.5)),
      percent(quantile(countOff, 0.9)),
      percent(sum(ours.occupiedS) / windowS / busy.length),
      percent(sum(sumo.occupiedS) / windowS / busy.length),
      (100 * quantile(apart, 0.5)).toFixed(1),
      (100 * quantile(apart, 0.9)).toFixed(1),
    ];
  });
}
