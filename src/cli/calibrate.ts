import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type LoadedScenario, loadScenario } from '../field/load.ts';
import { tellFirstTravellerDropped } from '../read/report.ts';
import { type Fit, type Fitted, fitDriving } from '../trial/calibration/fit.ts';
import { driveReference, type ReferenceRun, readMeasured } from '../trial/calibration/reference.ts';
import { fileOf, formatReport, reportFit } from '../trial/calibration/report.ts';
import { UrbaneError } from '../units/errors.ts';
import { checkWritable, writeOutput } from './output-file.ts';
import { Progress } from './progress.ts';
import { toCount, toSeeds } from './trials.ts';

const STOPPED = 130;
const PARAMETERS: Readonly<Record<string, Fitted>> = {
  tau: 'tau',
  accel: 'accel',
  'speed-factor': 'speedFactor',
  'min-gap': 'minGap',
  'startup-delay': 'startupDelayS',
};
const PLAN_SEED = 1;
const MOST_DEMAND = 3;

interface CalibrateOptions {
  readonly to: string;
  readonly fit: readonly Fitted[];
  readonly types?: readonly string[];
  readonly plans: number;
  readonly demands: readonly number[];
  readonly seeds: number;
  readonly evaluations: number;
  readonly jobs?: number;
  readonly json?: boolean;
  readonly out?: string;
}

/** `urbane calibrate`: how vehicles drive, fitted to measured counts and travel times or to SUMO. */
export function register(program: Command): void {
  program
    .command('calibrate')
    .description('fit how vehicles drive in our engine to measured counts and travel times, or to SUMO')
    .argument('<scenario>', 'a folder or a .sumocfg')
    .requiredOption('--to <reference>', '"sumo", or a CSV file of measured counts and travel times')
    .addOption(
      new Option('--fit <parameters>', `any of ${Object.keys(PARAMETERS).join(', ')}`)
        .argParser(toParameters)
        .default(['tau', 'accel', 'speedFactor'] satisfies Fitted[], 'tau,accel,speed-factor'),
    )
    .option('--types <ids>', 'change these vehicle types only', toNames)
    .option('--plans <n>', 'with --to sumo: the shipped signal plan and drawn ones, this many in all', toPlans, 6)
    .addOption(
      new Option('--demands <factors>', 'with --to sumo: multiples of the demand')
        .argParser(toDemands)
        .default([0.6, 0.9], '0.6,0.9'),
    )
    .option('--seeds <n>', 'runs of every case', toSeeds, 2)
    .option('--evaluations <n>', 'tries at most', toCount, 60)
    .option('--jobs <n>', 'SUMO processes at a time (default: one per core)', toCount)
    .option('--json', 'print one object')
    .option('--out <file>', 'write the calibration, for `simulate` and `start` with --calibration')
    .action(calibrate);
}

async function calibrate(path: string, options: CalibrateOptions): Promise<void> {
  if (options.out !== undefined) await checkWritable(options.out);
  const loaded = await loadScenario(path);
  checkDemand(loaded, path, options.types ?? []);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const progress = new Progress();
  try {
    const { runs, notes } = await makeReference(loaded, options, stop.signal, progress);
    progress.clear();
    for (const note of notes) process.stderr.write(`urbane: ${note}\n`);
    const fit = await fitDriving(runs, {
      fitted: options.fit,
      types: options.types ?? null,
      seeds: options.seeds,
      most: options.evaluations,
      stop: stop.signal,
      onProgress: (share, score) => progress.show(share, `fitting, best score ${score.toFixed(3)}`),
    });
    progress.clear();
    await tell(loaded, fit, runs, options);
  } catch (fault) {
    progress.clear();
    if (!stop.signal.aborted) throw fault;
    process.exitCode = STOPPED;
  }
}

function makeReference(
  loaded: LoadedScenario,
  { to, plans, demands, seeds, jobs }: CalibrateOptions,
  stop: AbortSignal,
  progress: Progress,
): Promise<{ runs: ReferenceRun[]; notes: string[] }> {
  if (to !== 'sumo') return readMeasured(to, loaded.scenario);
  return driveReference(loaded, {
    plans,
    demands,
    seeds,
    seed: PLAN_SEED,
    jobs: jobs ?? availableParallelism(),
    stop,
    onProgress: (share) => progress.show(share, 'driving the reference in SUMO'),
  });
}

async function tell(
  { scenario }: LoadedScenario,
  fit: Fit,
  runs: readonly ReferenceRun[],
  options: CalibrateOptions,
): Promise<void> {
  const of = { scenario: scenario.name, reference: options.to, seeds: options.seeds, fitted: options.fit };
  const report = reportFit(fit, of, runs);
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report, scenario));
  if (options.out !== undefined) await writeOutput(options.out, `${JSON.stringify(fileOf(fit, of), null, 2)}\n`);
}

function checkDemand({ scenario, report }: LoadedScenario, path: string, types: readonly string[]): void {
  if (scenario.demand.trips.length === 0) {
    throw new UrbaneError('no-demand', `${path} has no trips to simulate${tellFirstTravellerDropped(report)}.`);
  }
  const known = scenario.demand.types.map(({ id }) => id);
  const strange = types.find((id) => !known.includes(id));
  if (strange !== undefined) {
    throw new UrbaneError(
      'bad-usage',
      `${scenario.name} has no vehicle type "${strange}".`,
      `Choose from ${known.slice(0, 20).join(', ')}.`,
    );
  }
}

function toNames(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function toParameters(text: string): Fitted[] {
  return [...new Set(toNames(text))].map((name) => {
    const parameter = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    if (parameter === undefined) {
      throw new InvalidArgumentError(`"${name}" cannot be fitted; choose from ${Object.keys(PARAMETERS).join(', ')}.`);
    }
    return parameter;
  });
}

function toPlans(text: string): number {
  const plans = toCount(text);
  if (plans < 2 || plans > 100)
    throw new InvalidArgumentError('It must be a whole number from 2 to 100: some plans are left out.');
  return plans;
}

function toDemands(text: string): number[] {
  const demands = [...new Set(toNames(text).map(Number))];
  if (!demands.every((value) => value > 0 && value <= MOST_DEMAND)) {
    throw new InvalidArgumentError(`It must be numbers above 0, at most ${MOST_DEMAND}, with commas between.`);
  }
  return demands;
}
