import type { Scenario } from '../../src/demand/demand.ts';
import { loadScenario } from '../../src/field/load.ts';
import { median } from '../../src/trial/statistics.ts';
import { alignColumns } from '../../src/trial/table.ts';
import { SPEED_PLAN } from '../grid/plans.ts';
import { type GridCase, writeSumoGrid } from '../grid/sumo.ts';
import { drawTrips, SPEED_RATE } from '../grid/trips.ts';
import { PRESENT_BOUND } from './accuracy.ts';
import { cacheFolder } from './cache.ts';
import { timeCityFlow } from './cityflow.ts';
import { type KeepRule, type Kept, LEAST_CORE_SHARE } from './kept.ts';
import { LAST_PART_S, measureMemory, type OurRun, runOurs } from './ours.ts';
import { type EngineRun, speedOf } from './run.ts';
import { timeSumo } from './sumo.ts';
import { formatThreads, measureThreads, type ThreadRun } from './threads.ts';

export interface SpeedGrid {
  readonly name: string;
  readonly columns: number;
  readonly rows: number;
  readonly windowS: number;
  /** Runs of every engine in a full run; a quick one makes at most three of ours and one of the others. */
  readonly runs: number;
  /** The others need minutes: in a quick run only where their runs are kept. */
  readonly isSlow?: boolean;
  /** Large enough for a second thread to be judged. */
  readonly isThreaded?: boolean;
}

export const SPEED_GRIDS: readonly SpeedGrid[] = [
  { name: 'grid-128', columns: 16, rows: 8, windowS: 1800, runs: 5 },
  { name: 'grid-1024', columns: 32, rows: 32, windowS: 400, runs: 3, isThreaded: true },
  { name: 'grid-10000', columns: 100, rows: 100, windowS: 300, runs: 1, isSlow: true, isThreaded: true },
];

/** Explains the marks of the speed tables. */
export const LEGEND = [
  'vehicle-s/s: vehicle-seconds on the network per second of a free core (b: the machine was busy with other work; k: kept from an',
  'earlier run on this kind of processor); !: over 3 % more or fewer vehicles present than in SUMO: not the same work',
].join('\n');

/** Medians of ours, and ours against the others where they were measured. */
export interface GridSpeed {
  readonly name: string;
  readonly vehicleSecondsPerS: number;
  readonly lastPart: OurRun['lastPart'];
  readonly whole: OurRun['lastPart'];
  readonly toSumo: number | null;
  readonly toCityFlow: number | null;
  readonly threads: ThreadRun | null;
  /** Times real time on several threads, by the clock. */
  readonly together: { readonly lastPart: number; readonly whole: number } | null;
}

const TRIP_SEED = 1;
/** Forks are measured on the smallest grid with this many vehicles per second and junction, when some 2,000 are present. */
const FORK_RATE = 0.075;
const FORK_AT_S = 900;
const QUICK_RUNS = 3;

type TimedRun = Pick<EngineRun, 'vehicleSeconds' | 'cpuS' | 'coreShare'> & Partial<EngineRun>;

interface SpeedRow {
  readonly engine: string;
  readonly runs: readonly TimedRun[];
  readonly isKept: boolean;
}

export interface SpeedOptions {
  readonly isQuick: boolean;
  readonly isFresh: boolean;
  readonly onProgress: (doing: string) => void;
}

/** Every engine on the same grid, plan and trips: medians over the runs. */
export async function measureSpeed(
  grid: SpeedGrid,
  { isQuick, isFresh, onProgress }: SpeedOptions,
): Promise<{ text: string; speed: GridSpeed }> {
  const junctions = grid.columns * grid.rows;
  const trips = drawTrips(grid, SPEED_RATE, grid.windowS, TRIP_SEED);
  const gridCase: GridCase = { shape: grid, plan: SPEED_PLAN, trips, windowS: grid.windowS };
  onProgress(`${grid.name}: writing`);
  const { scenario, sumo } = await loadScenario(await writeSumoGrid(cacheFolder(), gridCase));
  if (sumo === null) throw new Error('a written grid has SUMO files');
  onProgress(`${grid.name}: ours`);
  const ourRuns = listSeeds(isQuick ? Math.min(QUICK_RUNS, grid.runs) : grid.runs);
  if (!grid.isSlow) runOurs(scenario, { seed: 0, links: false });
  const mine = ourRuns.map((seed) => runOurs(scenario, { seed, links: false }));
  if (grid.isThreaded) onProgress(`${grid.name}: ours, 2 threads`);
  const threads = grid.isThreaded ? measureThreads(scenario, 1, 2) : null;
  const rule: KeepRule = { isFresh, isKeptOnly: isQuick && grid.isSlow === true };
  const seeds = listSeeds(isQuick ? 1 : grid.runs);
  const window = { files: sumo, beginS: 0, endS: grid.windowS };
  const gather = (engine: string, time: (seed: number) => Promise<Kept<TimedRun> | null>) =>
    gatherRow(engine, seeds, (seed) => {
      onProgress(`${grid.name}: ${engine}, run ${seed}`);
      return time(seed);
    });
  const micro = await gather('SUMO micro', (seed) => timeSumo({ ...window, seed }, rule));
  const meso = await gather('SUMO meso, junction control', (seed) => timeSumo({ ...window, seed, isMeso: true }, rule));
  const cityFlow = await gather('CityFlow, 1 thread', (run) => timeCityFlow(grid.name, gridCase, run, rule));
  const rows = [{ engine: 'ours, 1 thread', runs: mine, isKept: false }, micro, meso, cityFlow];
  const memory = measureMemory(scenario);
  const own = median(mine.map(speedOf));
  const against = ({ runs }: SpeedRow) => (runs.length === 0 ? null : own / median(runs.map(speedOf)));
  const lastPart = {
    realTime: median(mine.map((run) => run.lastPart.realTime)),
    present: median(mine.map((run) => run.lastPart.present)),
  };
  const text = [
    `${grid.name}: ${junctions} junctions, ${grid.windowS} s, ${trips.length} trips, plan ${SPEED_PLAN.name}`,
    formatSpeeds(
      rows.filter(({ runs }) => runs.length > 0),
      micro.runs,
      grid.windowS,
    ),
    ...rows.filter(({ runs }) => runs.length === 0).map(({ engine }) => `${engine}: not measured (${whyNot(engine)})`),
    ...(threads === null ? [] : [formatThreads([{ ...threads, name: grid.name }])]),
    `ours, last 100 s: ${lastPart.realTime.toFixed(0)} x real time with ${lastPart.present.toFixed(0)} vehicles present`,
    `memory of our arrays: ${memory.perTrip.toFixed(0)} bytes per vehicle (slot and record), ${memory.perLane.toFixed(0)} per lane`,
  ].join('\n');
  const speed = {
    name: grid.name,
    vehicleSecondsPerS: own,
    lastPart,
    whole: {
      realTime: grid.windowS / median(mine.map(({ cpuS }) => cpuS)),
      present: median(mine.map(({ vehicleSeconds }) => vehicleSeconds)) / grid.windowS,
    },
    toSumo: against(micro),
    toCityFlow: against(cityFlow),
    threads,
    together:
      threads === null ? null : { lastPart: LAST_PART_S / threads.lastWallS, whole: grid.windowS / threads.wallS },
  };
  return { text, speed };
}

/** The grid of 128 junctions with some 2,000 vehicles present after `seconds`. */
export async function loadForkGrid(): Promise<{ scenario: Scenario; seconds: number }> {
  const shape = { columns: 16, rows: 8 };
  const trips = drawTrips(shape, FORK_RATE, FORK_AT_S, TRIP_SEED);
  const gridCase: GridCase = { shape, plan: SPEED_PLAN, trips, windowS: FORK_AT_S };
  const { scenario } = await loadScenario(await writeSumoGrid(cacheFolder(), gridCase));
  return { scenario, seconds: FORK_AT_S };
}

function listSeeds(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

async function gatherRow(
  engine: string,
  seeds: readonly number[],
  time: (seed: number) => Promise<Kept<TimedRun> | null>,
): Promise<SpeedRow> {
  const timed: Kept<TimedRun>[] = [];
  for (const seed of seeds) {
    const run = await time(seed);
    if (run !== null) timed.push(run);
  }
  return { engine, runs: timed.map(({ value }) => value), isKept: timed.some(({ isKept }) => isKept) };
}

function whyNot(engine: string): string {
  const isUnnamed = engine.startsWith('CityFlow') && process.env.CITYFLOW_BINARY === undefined;
  return isUnnamed ? 'CITYFLOW_BINARY names no binary' : 'takes minutes; a full run measures and keeps it';
}

function formatSpeeds(rows: readonly SpeedRow[], micro: SpeedRow['runs'], windowS: number): string {
  const of = (runs: SpeedRow['runs'], pick: (run: SpeedRow['runs'][number]) => number | undefined) =>
    median(runs.map((run) => pick(run) ?? Number.NaN));
  const present = of(micro, (run) => run.vehicleSeconds / windowS);
  const speed = of(micro, speedOf);
  const door = of(micro, (run) => run.doorToDoorS);
  const table = rows.map(({ engine, runs, isKept }) => {
    const here = of(runs, (run) => run.vehicleSeconds / windowS);
    const presentOff = here / present - 1;
    const isOther = Math.abs(presentOff) > PRESENT_BOUND;
    const isBusy = of(runs, (run) => run.coreShare) < LEAST_CORE_SHARE;
    const doorHere = of(runs, (run) => run.doorToDoorS);
    return [
      engine,
      String(runs.length),
      `${(of(runs, speedOf) / 1e6).toFixed(3)} M${isBusy ? ' b' : ''}${isKept ? ' k' : ''}`,
      Number.isNaN(speed) ? '-' : `${(of(runs, speedOf) / speed).toFixed(1)} x`,
      `${(windowS / of(runs, (run) => run.cpuS)).toFixed(0)} x`,
      here.toFixed(0),
      Number.isNaN(presentOff) ? '-' : `${percent(presentOff)}${isOther ? ' !' : ''}`,
      Number.isNaN(doorHere) ? '-' : doorHere.toFixed(1),
      Number.isNaN(doorHere + door) ? '-' : percent(doorHere / door - 1),
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
