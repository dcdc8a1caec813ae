import { join } from 'node:path';
import { loadScenario } from '../../src/field/load.ts';
import { median } from '../../src/trial/statistics.ts';
import { alignColumns } from '../../src/trial/table.ts';
import { writeCityFlowGrid } from '../grid/cityflow.ts';
import { SPEED_PLAN } from '../grid/plans.ts';
import { type GridCase, writeSumoGrid } from '../grid/sumo.ts';
import { drawTrips, SPEED_RATE } from '../grid/trips.ts';
import { PRESENT_BOUND } from './accuracy.ts';
import { cacheFolder } from './cache.ts';
import { runCityFlow } from './cityflow.ts';
import { measureMemory, runOurs } from './ours.ts';
import { type EngineRun, speedOf } from './run.ts';
import { runSumo } from './sumo.ts';

export interface SpeedGrid {
  readonly name: string;
  readonly columns: number;
  readonly rows: number;
  readonly windowS: number;
  readonly isSlow?: boolean;
}

export const SPEED_GRIDS: readonly SpeedGrid[] = [
  { name: 'grid-128', columns: 16, rows: 8, windowS: 1800 },
  { name: 'grid-1024', columns: 32, rows: 32, windowS: 400, isSlow: true },
  { name: 'grid-10000', columns: 100, rows: 100, windowS: 300, isSlow: true },
];

/** Below this share of a core the machine was doing other work and a speed is marked. */
const LEAST_CORE_SHARE = 0.9;
const TRIP_SEED = 1;

interface SpeedRow {
  readonly engine: string;
  readonly runs: readonly (Pick<EngineRun, 'vehicleSeconds' | 'cpuS' | 'coreShare'> & Partial<EngineRun>)[];
}

/** The grid's table: every engine on the same input, medians over `runs` runs (SUMO micro once when quick). */
export async function measureSpeed(
  grid: SpeedGrid,
  { runs, isQuick, onProgress }: { runs: number; isQuick: boolean; onProgress: (doing: string) => void },
): Promise<string> {
  const junctions = grid.columns * grid.rows;
  const trips = drawTrips(grid, SPEED_RATE, grid.windowS, TRIP_SEED);
  const gridCase: GridCase = { shape: grid, plan: SPEED_PLAN, trips, windowS: grid.windowS };
  onProgress(`${grid.name}: writing`);
  const configFile = await writeSumoGrid(cacheFolder(), gridCase);
  const { scenario, sumo } = await loadScenario(configFile);
  if (sumo === null) throw new Error('a written grid has SUMO files');
  const seeds = Array.from({ length: runs }, (_, i) => i + 1);
  onProgress(`${grid.name}: ours`);
  runOurs(scenario, { seed: 0, links: false });
  const ours: SpeedRow = {
    engine: 'ours, 1 thread',
    runs: seeds.map((seed) => runOurs(scenario, { seed, links: false })),
  };
  const window = { files: sumo, beginS: 0, endS: grid.windowS };
  const [micro, meso]: [EngineRun[], EngineRun[]] = [[], []];
  for (const seed of isQuick ? [1] : seeds) {
    onProgress(`${grid.name}: SUMO micro, seed ${seed}`);
    micro.push(await runSumo({ ...window, seed }));
  }
  for (const seed of seeds) {
    onProgress(`${grid.name}: SUMO meso, seed ${seed}`);
    meso.push(await runSumo({ ...window, seed, isMeso: true }));
  }
  const rows = [ours, { engine: 'SUMO micro', runs: micro }, { engine: 'SUMO meso, junction control', runs: meso }];
  const cityFlow = await measureCityFlow(gridCase, runs, grid.name);
  if (cityFlow !== null) rows.push(cityFlow);
  const memory = measureMemory(scenario);
  const title = `${grid.name}: ${junctions} junctions, ${grid.windowS} s, ${trips.length} trips, plan ${SPEED_PLAN.name}`;
  const lines = [title, formatSpeeds(rows, micro, grid.windowS)];
  if (cityFlow === null) lines.push('CityFlow, 1 thread: not measured (CITYFLOW_BINARY names no binary)');
  lines.push(
    `memory of our arrays: ${memory.perTrip.toFixed(0)} bytes per vehicle (slot and record), ${memory.perLane.toFixed(0)} per lane`,
  );
  return lines.join('\n');
}

async function measureCityFlow(gridCase: GridCase, runs: number, name: string): Promise<SpeedRow | null> {
  if (process.env.CITYFLOW_BINARY === undefined) return null;
  const configFile = await writeCityFlowGrid(join(cacheFolder(), `cityflow-${name}`), gridCase);
  const made = [];
  for (let i = 0; i < runs; i++) {
    const run = await runCityFlow(configFile, gridCase.windowS);
    if (run !== null) made.push(run);
  }
  return { engine: 'CityFlow, 1 thread', runs: made };
}

function formatSpeeds(rows: readonly SpeedRow[], micro: readonly EngineRun[], windowS: number): string {
  const of = (runs: SpeedRow['runs'], pick: (run: SpeedRow['runs'][number]) => number | undefined) =>
    median(runs.map((run) => pick(run) ?? Number.NaN));
  const present = of(micro, (run) => run.vehicleSeconds / windowS);
  const speed = of(micro, speedOf);
  const door = of(micro, (run) => run.doorToDoorS);
  const table = rows.map(({ engine, runs }) => {
    const here = of(runs, (run) => run.vehicleSeconds / windowS);
    const presentOff = here / present - 1;
    const isOther = Math.abs(presentOff) > PRESENT_BOUND;
    const isBusy = of(runs, (run) => run.coreShare) < LEAST_CORE_SHARE;
    const doorHere = of(runs, (run) => run.doorToDoorS);
    return [
      engine,
      String(runs.length),
      `${(of(runs, speedOf) / 1e6).toFixed(3)} M${isBusy ? ' b' : ''}`,
      `${(of(runs, speedOf) / speed).toFixed(1)} x`,
      `${(windowS / of(runs, (run) => run.cpuS)).toFixed(0)} x`,
      here.toFixed(0),
      `${percent(presentOff)}${isOther ? ' !' : ''}`,
      Number.isNaN(doorHere) ? '-' : doorHere.toFixed(1),
      Number.isNaN(doorHere) ? '-' : percent(doorHere / door - 1),
      runs[0]?.arrived === undefined ? '-' : of(runs, (run) => run.arrived).toFixed(0),
    ];
  });
  const head = [
    'engine',
    'runs',
    'vehicle-s/s',
    'to SUMO',
    'real time',
    'present',
    'to SUMO',
    'door s',
    'to SUMO',
    'arrived',
  ];
  return alignColumns([head, ...table]);
}

/** A share with its sign, to a tenth of a percent. */
export function percent(share: number): string {
  return `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)} %`;
}
