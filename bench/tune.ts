import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Program } from '../src/city/city.ts';
import type { Scenario } from '../src/demand/demand.ts';
import { loadScenario } from '../src/field/load.ts';
import { fileOfPrograms, type PlanFile, withPrograms } from '../src/field/plans.ts';
import { protocolOf } from '../src/trial/protocol.ts';
import type { RunResult } from '../src/trial/result.ts';
import { runSession } from '../src/trial/session.ts';
import { median } from '../src/trial/statistics.ts';
import { alignColumns } from '../src/trial/table.ts';
import { assess, type Effect } from '../src/trial/tune/assess.ts';
import { type Tuned, tunePlan } from '../src/trial/tune/tune.ts';
import { UrbaneError } from '../src/units/errors.ts';
import { DATA } from '../tests/data.ts';
import { type Finding, formatSummary } from './engine/summary.ts';
import { coordinate } from './tune/coordinator.ts';
import { adaptCycles } from './tune/cycle-adaptation.ts';

interface Case {
  readonly path: string;
  /** Trips that SUMO runs without. */
  readonly exclude?: readonly string[];
}

/** Those that issue 4 names; the search was written while looking at them. One trip of cologne3 can lock it under any control. */
const NAMED: readonly Case[] = [
  { path: 'cologne1' },
  { path: 'ingolstadt1' },
  { path: 'cologne3' },
  { path: 'cologne3', exclude: ['198727_436_0'] },
  { path: 'ingolstadt7' },
  { path: 'grid4x4' },
];
/** Run with --others: nothing was chosen by looking at them. */
const OTHERS: readonly Case[] = [
  { path: 'hangzhou_1x1_bc-tyc' },
  { path: 'hangzhou_1x1_kn-hz' },
  { path: 'hangzhou_1x1_qc-yn' },
  { path: 'hangzhou_1x1_sb-sx' },
  { path: 'hangzhou_4x4' },
  { path: 'jinan_3x4/jinan_2.sumocfg' },
  { path: 'jinan_3x4/jinan_3.sumocfg' },
  { path: 'arterial4x4' },
];
const FIRST_UNSEEN_SEED = 1_000_001;
const ASSESS_SEEDS = 6;

interface Row {
  readonly scenario: string;
  /** By plan: SUMO's results, a seed each. */
  readonly measured: ReadonlyMap<string, readonly RunResult[]>;
  readonly predictedShippedS: number;
  readonly predictedS: number;
  readonly runs: number;
  readonly seconds: number;
}

/**
 * `npm run bench -- tune [--only NAME,...] [--others] [--seeds N] [--runs N] [--jobs N] [--plans DIR]`: plans of `urbane tune`
 * run as fixed programs in SUMO, beside the shipped ones and what SUMO's own two tools make of the same demand.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      others: { type: 'boolean', default: false },
      seeds: { type: 'string', default: '5' },
      runs: { type: 'string' },
      jobs: { type: 'string' },
      plans: { type: 'string' },
    },
  });
  if (DATA === null)
    throw new UrbaneError('missing-file', 'The scenarios are not there.', 'Set URBANE_DATA to their folder.');
  const only = values.only?.split(',');
  const cases = (values.others ? OTHERS : NAMED).filter(
    ({ path }) => only?.some((part) => path.includes(part)) ?? true,
  );
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  if (values.plans !== undefined) await mkdir(values.plans, { recursive: true });
  const rows: Row[] = [];
  process.stdout.write(`fixed plans in SUMO, seeds 1 to ${values.seeds}, delay in s: median (worst)\n`);
  for (const { path, exclude = [] } of cases) {
    const row = await measure(join(DATA, 'scenarios', path), {
      exclude,
      seeds: Number(values.seeds),
      runs: values.runs === undefined ? null : Number(values.runs),
      jobs: values.jobs === undefined ? null : Number(values.jobs),
      keepIn: values.plans ?? null,
      stop: stop.signal,
    });
    rows.push(row);
    process.stdout.write(`\n${formatRow(row)}\n`);
  }
  process.stdout.write(`\n${formatSummary(judgeRows(rows))}\n`);
}

interface MeasureOptions {
  readonly exclude: readonly string[];
  readonly seeds: number;
  readonly runs: number | null;
  readonly jobs: number | null;
  readonly keepIn: string | null;
  readonly stop: AbortSignal;
}

async function measure(path: string, options: MeasureOptions): Promise<Row> {
  const { exclude, keepIn } = options;
  const { scenario } = await loadScenario(path);
  const { tuned, asGiven, seconds } = await tune(path, scenario, options);
  const adapted = adaptCycles(scenario, protocolOf(scenario.name, scenario.city));
  const arms: [string, readonly (Program | null)[]][] = [
    ['shipped', scenario.city.signals.map(() => null)],
    ['tlsCycleAdaptation', adapted],
    ['tlsCoordinator', coordinate(scenario)],
    ['both', coordinate(scenario, adapted)],
    ['tuned', tuned.programs],
  ];
  const measured = new Map<string, RunResult[]>();
  for (const [name, programs] of arms) {
    const plans = fileOf(scenario, programs);
    if (keepIn !== null && plans !== undefined)
      await writeFile(join(keepIn, `${scenario.name}.${name}.json`), JSON.stringify(plans, null, 2));
    measured.set(name, await drive(path, plans, options));
  }
  const { shippedS, tunedS } = asGiven;
  return {
    scenario: exclude.length > 0 ? `${scenario.name} without ${exclude.join(', ')}` : scenario.name,
    measured,
    predictedShippedS: shippedS,
    predictedS: tunedS,
    runs: tuned.runs,
    seconds,
  };
}

interface TunedCase {
  readonly tuned: Tuned;
  readonly asGiven: Effect;
  readonly seconds: number;
}

/** By path: cases of one scenario share its plans. */
const found = new Map<string, TunedCase>();

async function tune(path: string, scenario: Scenario, { runs, stop }: MeasureOptions): Promise<TunedCase> {
  const known = found.get(path);
  if (known !== undefined) return known;
  const { city } = scenario;
  const beganMs = performance.now();
  const rules = protocolOf(scenario.name, city);
  const tuned = await tunePlan(scenario, { rules, runs, seed: 1, stop, onProgress: () => undefined });
  const seconds = (performance.now() - beganMs) / 1000;
  const { asGiven } = await assess(scenario, withPrograms(city, tuned.programs), {
    seeds: ASSESS_SEEDS,
    firstSeed: FIRST_UNSEEN_SEED,
    stop,
    onProgress: () => undefined,
  });
  found.set(path, { tuned, asGiven, seconds });
  return { tuned, asGiven, seconds };
}

function fileOf({ name, city }: Scenario, programs: readonly (Program | null)[]): PlanFile | undefined {
  return programs.some((program) => program !== null) ? fileOfPrograms(name, city, programs) : undefined;
}

async function drive(
  path: string,
  plans: PlanFile | undefined,
  { seeds, jobs, exclude, stop }: MeasureOptions,
): Promise<RunResult[]> {
  const { reports } = await runSession(
    {
      simulator: 'sumo',
      scenarios: [path],
      controllers: ['fixed'],
      seeds,
      sensors: 'camera',
      step: 1,
      degrade: null,
      exclude,
      calibration: null,
      plans,
      timing: {},
      recordFile: null,
      jobs,
    },
    {
      onProgress: () => undefined,
      onFailed: ({ spec, sentence }) => {
        process.exitCode = 1;
        process.stderr.write(`${spec.scenario}, seed ${spec.seed}: ${sentence}\n`);
      },
    },
    stop,
  );
  stop.throwIfAborted();
  return reports.map(({ result }) => result);
}

function delayOf(row: Row, plan: string): number {
  return median((row.measured.get(plan) ?? []).map(({ delayS }) => delayS));
}

function lockedOf(row: Row, plan: string): number {
  return (row.measured.get(plan) ?? []).filter(({ locked }) => locked).length;
}

function formatRow(row: Row): string {
  const shippedS = delayOf(row, 'shipped');
  const lines = [...row.measured].map(([name, results]) => {
    const delayS = delayOf(row, name);
    const worst = Math.max(...results.map((result) => result.delayS));
    return [
      name,
      `${delayS.toFixed(1)} (${worst.toFixed(1)})`,
      `${(100 * (1 - delayS / shippedS)).toFixed(0)} %`,
      median(results.map(({ worstMovementDelayS }) => worstMovementDelayS ?? Number.NaN)).toFixed(1),
      String(lockedOf(row, name)),
      name === 'shipped' ? row.predictedShippedS.toFixed(1) : name === 'tuned' ? row.predictedS.toFixed(1) : '',
    ];
  });
  const head = ['plan', 'delay s', 'saved', 'worst movement', 'locked', 'predicted'];
  const title = `${row.scenario}: tuned in ${row.runs} runs, ${row.seconds.toFixed(0)} s`;
  return `${title}\n${alignColumns([head, ...lines])}`;
}

function judgeRows(rows: readonly Row[]): Finding[] {
  const saved = (row: Row) => 100 * (1 - delayOf(row, 'tuned') / delayOf(row, 'shipped'));
  const share = (row: Row, plan: string) => delayOf(row, 'tuned') / delayOf(row, plan);
  const better = ['tlsCycleAdaptation', 'tlsCoordinator', 'both'];
  const findings: Finding[] = [
    { name: 'delay saved, median of the scenarios', measured: median(rows.map(saved)), unit: '%', goal: 25 },
  ];
  for (const row of rows) {
    const { scenario } = row;
    const predicted = 100 * (1 - row.predictedS / row.predictedShippedS);
    findings.push(
      { name: `${scenario}: delay saved`, measured: saved(row), unit: '%', goal: 0 },
      {
        name: `${scenario}: runs locked beyond those of the shipped plans`,
        measured: lockedOf(row, 'tuned') - lockedOf(row, 'shipped'),
        unit: '',
        goal: 0,
        isLess: true,
      },
      {
        name: `${scenario}: tuned over the best of SUMO's tools`,
        measured: Math.max(...better.map((plan) => share(row, plan))),
        unit: 'times',
        goal: 1,
        isLess: true,
        digits: 2,
      },
      {
        name: `${scenario}: predicted delay off the measured`,
        measured: 100 * Math.abs(row.predictedS / delayOf(row, 'tuned') - 1),
        unit: '%',
        goal: 10,
        isLess: true,
      },
      {
        name: `${scenario}: predicted saving off the measured`,
        measured: 100 * Math.abs(predicted / saved(row) - 1),
        unit: '%',
        goal: 10,
        isLess: true,
        note: `predicted ${predicted.toFixed(1)} %`,
      },
    );
  }
  return findings;
}
