import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UrbaneError } from '../src/units/errors.ts';
import { DATA } from '../tests/data.ts';
import { type CompareOptions, comparePlans, compareReal, isReferenceKept } from './engine/compare.ts';
import { rankControllers } from './engine/controllers.ts';
import { judgeForks, judgeKinds, judgeRanks, judgeRows, judgeSpeed } from './engine/findings.ts';
import { formatForks, measureForks } from './engine/forks.ts';
import { measureNanchang } from './engine/nanchang.ts';
import { compareQuarter } from './engine/quarter.ts';
import { RANKED, type RealScenario, SCENARIOS } from './engine/scenarios.ts';
import { measureSirens } from './engine/sirens.ts';
import { type GridSpeed, LEGEND, loadForkGrid, measureSpeed, SPEED_GRIDS } from './engine/speed.ts';
import { type Finding, formatSummary } from './engine/summary.ts';
import { compareUnseen } from './engine/unseen.ts';

/** Seeds of rows with plans and real junctions. */
const SEEDS = { quick: 3, full: 10 } as const;
/** Seeds of what SUMO must drive anew at every run. */
const FEW_SEEDS = 3;
/** Seeds of the made networks: small ones, and the means of three spread by more than what is judged. */
const MADE_SEEDS = 8;
const CONTROLLER_SEEDS = { quick: 3, full: 5 } as const;
const PLAN_GRID = { side: 4, windowS: 600 } as const;
const MOST_NANCHANG_S = 30;
const NO_DATA = 'URBANE_DATA names no data';

interface Context extends CompareOptions {
  readonly form: 'quick' | 'full';
  readonly few: readonly number[];
  readonly made: readonly number[];
  readonly controllerSeeds: number;
  readonly draw: number;
  readonly isFresh: boolean;
  isWanted(name: string): boolean;
  print(text: string): void;
}

type Part = (context: Context) => Promise<readonly Finding[]>;

async function runSpeed({ form, isFresh, onProgress, isWanted, print }: Context): Promise<readonly Finding[]> {
  const speeds: GridSpeed[] = [];
  for (const grid of SPEED_GRIDS.filter(({ name }) => isWanted(name))) {
    const { text, speed } = await measureSpeed(grid, { isQuick: form === 'quick', isFresh, onProgress });
    print(text);
    speeds.push(speed);
  }
  print(LEGEND);
  return judgeSpeed(speeds);
}

async function runForks({ onProgress, print }: Context): Promise<readonly Finding[]> {
  onProgress('forks');
  const { scenario, seconds } = await loadForkGrid();
  const times = measureForks(scenario, seconds);
  print(formatForks(times));
  return judgeForks(times);
}

async function runNanchang({ onProgress, print }: Context): Promise<readonly Finding[]> {
  const hour = { name: 'Nanchang, one hour', unit: 's', goal: MOST_NANCHANG_S, isLess: true };
  if (DATA === null) return [{ ...hour, measured: null, note: NO_DATA }];
  onProgress('nanchang');
  const { text, cpuS } = await measureNanchang(DATA);
  print(text);
  return [{ ...hour, measured: cpuS }];
}

async function runPlans(context: Context): Promise<readonly Finding[]> {
  const plans = await comparePlans(PLAN_GRID, context);
  context.print(plans.text);
  return [...judgeRows('plans', plans), judgeRanks('plans', plans.ranks)];
}

async function runQuarter(context: Context): Promise<readonly Finding[]> {
  const quarter = await compareQuarter(context);
  context.print(quarter.text);
  return [...judgeRows('quarter', quarter), ...judgeKinds(quarter.kinds)];
}

/** Where a real scenario lies, and its short name. */
function placeReal(data: string, { path, isSaturated = false }: RealScenario) {
  const name = path.replace(/\.sumocfg$/, '').replace(/^.*\//, '');
  return { name, path: join(data, 'scenarios', path), isSaturated };
}

async function runReal(context: Context): Promise<readonly Finding[]> {
  const { form, seeds, isWanted, print } = context;
  if (DATA === null) return judgeRows('real', null).map((finding) => ({ ...finding, note: NO_DATA }));
  const chosen = [];
  for (const one of SCENARIOS.filter(({ path }) => isWanted(path))) {
    const placed = placeReal(DATA, one);
    const isNow = form === 'full' || !one.isSlow || (await isReferenceKept(placed.path, seeds));
    if (isNow) chosen.push(placed);
    else print(`${one.path}: not measured (SUMO takes minutes; a full run keeps its runs)`);
  }
  if (chosen.length === 0) return [];
  const comparison = await compareReal(chosen, context);
  print(`real scenarios, their own programs\n${comparison.text}`);
  return judgeRows('real', comparison);
}

async function runUnseen(context: Context): Promise<readonly Finding[]> {
  const unseen = await compareUnseen(context.draw, { ...context, seeds: context.made });
  context.print(unseen.text);
  return judgeRows('made networks', unseen);
}

async function runSirens({ few, onProgress, print }: Context): Promise<readonly Finding[]> {
  print(await measureSirens(few, onProgress));
  return [];
}

async function runControllers({ form, controllerSeeds, onProgress, print }: Context): Promise<readonly Finding[]> {
  if (DATA === null) return [{ ...judgeRanks('controllers', []), note: NO_DATA }];
  const data = DATA;
  const ranked = RANKED[form].map((path) => placeReal(data, { path }));
  const controllers = await rankControllers(ranked, { seeds: controllerSeeds, onProgress });
  print(controllers.text);
  return [judgeRanks('controllers', controllers.ranks)];
}

/** In the order they are run; `names` are what --only may name a part of. */
const PARTS: readonly { readonly names: readonly string[]; readonly run: Part }[] = [
  { names: SPEED_GRIDS.map(({ name }) => name), run: runSpeed },
  { names: ['forks'], run: runForks },
  { names: ['nanchang'], run: runNanchang },
  { names: ['plans'], run: runPlans },
  { names: SCENARIOS.map(({ path }) => path), run: runReal },
  { names: ['quarter'], run: runQuarter },
  { names: ['unseen'], run: runUnseen },
  { names: ['sirens'], run: runSirens },
  { names: ['controllers'], run: runControllers },
];

/**
 * `npm run bench -- engine [--quick] [--only NAME,...] [--seeds N] [--draw N] [--fresh]`: speed and accuracy of our engine
 * beside SUMO's (and CityFlow's, see engine/cityflow.ts), at the end every figure beside its floor and goal. SUMO's runs are
 * kept (URBANE_CACHE), so that a run that was stopped goes on where it was; --fresh times SUMO and CityFlow again. NAME is
 * part of grid-128, grid-1024, grid-10000, forks, nanchang, plans, quarter, unseen, sirens, controllers or a real scenario's path;
 * --draw gives other made networks.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      only: { type: 'string' },
      seeds: { type: 'string' },
      draw: { type: 'string', default: '1' },
    },
  });
  const form = values.quick ? 'quick' : 'full';
  const countOf = (usual: number) => Number(values.seeds ?? usual);
  const listSeeds = (usual: number) => Array.from({ length: countOf(usual) }, (_, i) => i + 1);
  const only = values.only?.split(',');
  const isWanted = (name: string) => only?.some((part) => name.includes(part)) ?? true;
  const begun = performance.now();
  const secondsSince = () => ((performance.now() - begun) / 1000).toFixed(0);
  const isTerminal = process.stderr.isTTY;
  const wipe = isTerminal ? '\r\x1b[K' : '';
  const context: Context = {
    form,
    seeds: listSeeds(SEEDS[form]),
    few: listSeeds(FEW_SEEDS),
    made: listSeeds(MADE_SEEDS),
    controllerSeeds: countOf(CONTROLLER_SEEDS[form]),
    draw: Number(values.draw),
    isFresh: values.fresh,
    isWanted,
    onProgress: (doing) => process.stderr.write(`${wipe}${secondsSince()} s  ${doing}${isTerminal ? '' : '\n'}`),
    print: (text) => {
      if (isTerminal) process.stderr.write(wipe);
      process.stdout.write(`\n${text}\n`);
    },
  };
  const parts = PARTS.filter(({ names }) => names.some(isWanted));
  if (parts.length === 0) throw new UrbaneError('bad-usage', `nothing is named ${only}.`);
  const findings: Finding[] = [];
  for (const part of parts) findings.push(...(await part.run(context)));
  if (findings.length > 0) context.print(formatSummary(findings));
  context.print(`${secondsSince()} s in all`);
}
