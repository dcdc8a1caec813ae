import { availableParallelism } from 'node:os';
import type { Scenario } from '../../src/demand/demand.ts';
import { loadScenario, type SumoFiles } from '../../src/field/load.ts';
import { alignColumns } from '../../src/trial/table.ts';
import { PLANS } from '../grid/plans.ts';
import { writeSumoGrid } from '../grid/sumo.ts';
import { busiestRatio, drawTrips, rateForLevel } from '../grid/trips.ts';
import { type Accuracy, judgeAccuracy } from './accuracy.ts';
import { cacheFolder } from './cache.ts';
import { type OurRun, runOurs } from './ours.ts';
import type { EngineRun } from './run.ts';
import { percent } from './speed.ts';
import { mean, spearman } from './statistics.ts';
import { isKept, referToSumo } from './sumo.ts';

/** Demand over capacity of the grid's busiest lane group under the reference plan. */
const LEVELS = [0.4, 0.7, 0.95] as const;
const TRIP_SEED = 2;

export interface CompareOptions {
  readonly seeds: readonly number[];
  readonly onProgress: (doing: string) => void;
}

export interface Row {
  readonly name: string;
  /** Only arrivals are judged. */
  readonly isSaturated: boolean;
  readonly accuracy: Accuracy;
  readonly ours: readonly OurRun[];
  readonly reference: readonly EngineRun[];
}

/** Runs both engines on a scenario, all seeds, SUMO's runs at the same time as ours. */
async function compareScenario(
  name: string,
  { scenario, sumo }: { scenario: Scenario; sumo: SumoFiles | null },
  isSaturated: boolean,
  { seeds, onProgress }: CompareOptions,
): Promise<Row> {
  if (sumo === null) throw new Error(`${name} has no SUMO files`);
  onProgress(name);
  const window = { files: sumo, beginS: scenario.beginMs / 1000, endS: scenario.endMs / 1000 };
  const reference = await inParallel(seeds, availableParallelism(), (seed) => referToSumo({ ...window, seed }));
  const ours = seeds.map((seed) => runOurs(scenario, { seed, links: true }));
  const windowS = window.endS - window.beginS;
  return { name, isSaturated, ours, reference, accuracy: judgeAccuracy(ours, reference, { isSaturated, windowS }) };
}

async function inParallel<I, O>(items: readonly I[], jobs: number, work: (item: I) => Promise<O>): Promise<O[]> {
  const results: O[] = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as I);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results;
}

export interface Comparison {
  readonly text: string;
  readonly rows: readonly Row[];
}

/** Scenarios under their own programs, as a table. */
export async function compareReal(
  scenarios: readonly { name: string; path: string; isSaturated: boolean }[],
  options: CompareOptions,
): Promise<Comparison> {
  const rows: Row[] = [];
  for (const { name, path, isSaturated } of scenarios)
    rows.push(await compareScenario(name, await loadScenario(path), isSaturated, options));
  return { text: formatRows(rows, options.seeds.length), rows };
}

/** Whether SUMO's runs of a scenario are all kept, so that comparing it takes no time of SUMO's. */
export async function isReferenceKept(path: string, seeds: readonly number[]): Promise<boolean> {
  const { scenario, sumo } = await loadScenario(path);
  if (sumo === null) return false;
  const window = { files: sumo, beginS: scenario.beginMs / 1000, endS: scenario.endMs / 1000 };
  const kept = await Promise.all(seeds.map((seed) => isKept({ ...window, seed })));
  return kept.every(Boolean);
}

/** Plans times demand levels on a square grid, and how well ours ranks the plans at each level. */
export async function comparePlans(
  { side, windowS }: { readonly side: number; readonly windowS: number },
  options: CompareOptions,
): Promise<Comparison & { readonly ranks: readonly number[] }> {
  const shape = { columns: side, rows: side };
  const rows: Row[] = [];
  const ranks: number[] = [];
  for (const level of LEVELS) {
    const rate = rateForLevel(shape, level);
    const trips = drawTrips(shape, rate, windowS, TRIP_SEED);
    const ofLevel: Row[] = [];
    for (const plan of PLANS) {
      const configFile = await writeSumoGrid(cacheFolder(), { shape, plan, trips, windowS });
      const isSaturated = busiestRatio(shape, plan, rate) > 1;
      const name = `v/c ${level} ${plan.name}`;
      ofLevel.push(await compareScenario(name, await loadScenario(configFile), isSaturated, options));
    }
    const doors = (pick: (row: Row) => number) => ofLevel.map(pick);
    const value = spearman(
      doors(({ accuracy }) => accuracy.doorS),
      doors(({ accuracy }) => accuracy.referenceDoorS),
    );
    ranks.push(value);
    rows.push(...ofLevel);
  }
  const title = `plans on a grid of ${side} x ${side} junctions, ${windowS} s`;
  const ranking = LEVELS.map((level, i) => `v/c ${level}: ${ranks[i]?.toFixed(2)}`).join(', ');
  const table = formatRows(rows, options.seeds.length);
  return { text: `${title}\n${table}\nSpearman over the plans by door-to-door: ${ranking}`, rows, ranks };
}

function formatRows(rows: readonly Row[], seeds: number): string {
  const head = [
    'scenario',
    'door s',
    'SUMO',
    '± error',
    'off',
    'bound',
    'within',
    'entry s',
    'SUMO',
    'arrived',
    'SUMO',
    'never in',
    'SUMO',
    'present',
    'stops',
    'SUMO',
    'links off',
    'p90',
    'links',
    'forced',
  ];
  const table = rows.map(({ name, isSaturated, accuracy: a, ours, reference }) => {
    const pair = (pick: (run: EngineRun) => number, digits: number) => [
      mean(ours.map(pick)).toFixed(digits),
      mean(reference.map(pick)).toFixed(digits),
    ];
    return [
      `${name}${isSaturated ? ' *' : ''}`,
      a.doorS.toFixed(1),
      a.referenceDoorS.toFixed(1),
      Number.isNaN(a.referenceErrorS) ? '-' : a.referenceErrorS.toFixed(1),
      percent(isSaturated ? a.arrivedOff : a.doorOff),
      percent(a.bound).slice(1),
      a.isWithin ? 'yes' : 'NO',
      ...pair((run) => run.doorToDoorS - run.vehicleSeconds / run.loaded, 1),
      ...pair((run) => run.arrived, 0),
      ...pair((run) => run.neverInserted, 0),
      percent(a.presentOff),
      ...pair((run) => run.stops, 2),
      a.links === 0 ? '-' : percent(a.linkMedian).slice(1),
      a.links === 0 ? '-' : percent(a.linkP90).slice(1),
      String(a.links),
      mean(ours.map((run) => run.forcedHalts)).toFixed(0),
    ];
  });
  const under = rows.filter(({ isSaturated }) => !isSaturated);
  const within = under.filter(({ accuracy }) => accuracy.isWithin).length;
  return `${alignColumns([head, ...table])}\n${within} of ${under.length} undersaturated rows within their bounds, means of ${seeds} seeds; * oversaturated or lock-prone: arrived within 5 %, delay not judged`;
}
