import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UrbaneError } from '../src/units/errors.ts';
import { DATA } from '../tests/data.ts';
import { type CompareOptions, comparePlans, compareReal, isReferenceKept } from './engine/compare.ts';
import { rankControllers } from './engine/controllers.ts';
import { judgeKinds, judgeRanks, judgeRows, judgeSpeed } from './engine/findings.ts';
import { measureNanchang } from './engine/nanchang.ts';
import { compareQuarter } from './engine/quarter.ts';
import { RANKED, type RealScenario, SCENARIOS } from './engine/scenarios.ts';
import { measureSirens } from './engine/sirens.ts';
import { type GridSpeed, measureSpeed, SPEED_GRIDS } from './engine/speed.ts';
import { type Finding, formatSummary } from './engine/summary.ts';
import { compareUnseen } from './engine/unseen.ts';

/** Seeds of rows with grids and junctions, which SUMO drives in seconds, and of the made networks. */
const QUICK = { seeds: 3, unseenSeeds: 3 } as const;
const FULL = { seeds: 10, unseenSeeds: 3 } as const;
const PLAN_GRID = { side: 4, windowS: 600 } as const;
const MOST_NANCHANG_S = 30;
/** The controllers' runs in SUMO are not kept: they depend on our code. */
const CONTROLLER_SEEDS = 5;

const LEGEND = [
  'vehicle-s/s: vehicle-seconds on the network per second of a free core (b: the machine was busy with other work; k: kept from an',
  'earlier run on this kind of processor); !: over 3 % more or fewer vehicles present than in SUMO: not the same work',
].join('\n');

/**
 * `npm run bench -- engine [--quick] [--only NAME,...] [--seeds N] [--draw N] [--fresh]`: speed and accuracy of our engine
 * beside SUMO's (and CityFlow's, see engine/cityflow.ts), at the end every figure beside its floor and goal. SUMO's runs are
 * kept (URBANE_CACHE), so that a run that was stopped goes on where it was; --fresh times SUMO and CityFlow again. NAME is
 * part of grid-128, grid-1024, grid-10000, nanchang, plans, quarter, unseen, controllers or a real scenario's path; --draw gives other
 * made networks.
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
  const form = values.quick ? QUICK : FULL;
  const listSeeds = (count: number) => Array.from({ length: Number(values.seeds ?? count) }, (_, i) => i + 1);
  const only = values.only?.split(',');
  const isWanted = (name: string) => only?.some((part) => name.includes(part)) ?? true;
  const begun = performance.now();
  const isTerminal = process.stderr.isTTY;
  const onProgress = (doing: string) => {
    const line = `${((performance.now() - begun) / 1000).toFixed(0)} s  ${doing}`;
    process.stderr.write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`);
  };
  const print = (text: string) => {
    if (isTerminal) process.stderr.write('\r\x1b[K');
    process.stdout.write(`\n${text}\n`);
  };
  const grids = SPEED_GRIDS.filter(({ name }) => isWanted(name));
  const real = SCENARIOS.filter(({ path }) => isWanted(path));
  const parts = ['nanchang', 'plans', 'quarter', 'unseen', 'sirens', 'controllers'];
  const [hasNanchang, hasPlans, hasQuarter, hasUnseen, hasSirens, hasControllers] = parts.map(isWanted);
  if (
    grids.length + real.length === 0 &&
    !hasNanchang &&
    !hasPlans &&
    !hasQuarter &&
    !hasUnseen &&
    !hasSirens &&
    !hasControllers
  )
    throw new UrbaneError('bad-usage', `nothing is named ${only}.`);
  const findings: Finding[] = [];
  const options: CompareOptions = { seeds: listSeeds(form.seeds), onProgress };

  const speeds: GridSpeed[] = [];
  for (const grid of grids) {
    const { text, speed } = await measureSpeed(grid, { isQuick: values.quick, isFresh: values.fresh, onProgress });
    print(text);
    speeds.push(speed);
  }
  if (grids.length > 0) print(LEGEND);
  if (grids.length > 0) findings.push(...judgeSpeed(speeds));
  if (hasNanchang && DATA !== null) {
    onProgress('nanchang');
    const { text, cpuS } = await measureNanchang(DATA);
    print(text);
    findings.push({ name: 'Nanchang, one hour', measured: cpuS, unit: 's', goal: MOST_NANCHANG_S, isLess: true });
  }
  if (hasPlans) {
    const plans = await comparePlans(PLAN_GRID, options);
    print(plans.text);
    findings.push(...judgeRows('plans', plans), judgeRanks('plans', plans.ranks));
  }
  if (hasQuarter) {
    const quarter = await compareQuarter(options);
    print(quarter.text);
    findings.push(...judgeRows('quarter', quarter), ...judgeKinds(quarter.kinds));
  }
  if (DATA === null) print('real scenarios: not measured (URBANE_DATA names no data)');
  else {
    const place = ({ path, isSaturated = false }: RealScenario) => ({
      name: path.replace(/\.sumocfg$/, '').replace(/^.*\//, ''),
      path: join(DATA ?? '', 'scenarios', path),
      isSaturated,
    });
    const chosen = [];
    for (const one of real) {
      const isNow = !(values.quick && one.isSlow) || (await isReferenceKept(place(one).path, options.seeds));
      if (isNow) chosen.push(place(one));
      else print(`${one.path}: not measured (SUMO takes minutes; a full run keeps its runs)`);
    }
    if (chosen.length > 0) {
      const comparison = await compareReal(chosen, options);
      print(`real scenarios, their own programs\n${comparison.text}`);
      findings.push(...judgeRows('real', comparison));
    }
  }
  if (hasUnseen) {
    const unseen = await compareUnseen(Number(values.draw), { ...options, seeds: listSeeds(form.unseenSeeds) });
    print(unseen.text);
    findings.push(...judgeRows('made networks', unseen));
  }
  if (hasSirens) print(await measureSirens(listSeeds(QUICK.seeds), onProgress));
  if (hasControllers && DATA !== null) {
    const data = join(DATA, 'scenarios');
    const ranked = RANKED[values.quick ? 'quick' : 'full'].map((name) => ({ name, path: join(data, name) }));
    const controllers = await rankControllers(ranked, {
      seeds: Math.min(options.seeds.length, CONTROLLER_SEEDS),
      onProgress,
    });
    print(controllers.text);
    findings.push(judgeRanks('controllers', controllers.ranks));
  }
  if (findings.length > 0) print(formatSummary(findings));
  print(`${((performance.now() - begun) / 1000).toFixed(0)} s in all`);
}
