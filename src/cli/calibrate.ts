import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { INPUTS, type LoadedScenario, loadScenario } from '../field/load.ts';
import { tellFirstTravellerDropped } from '../read/report.ts';
import { type Fit, type Fitted, fitDriving } from '../trial/calibration/fit.ts';
import { driveReference, type ReferenceRun, readMeasured } from '../trial/calibration/reference.ts';
import { fileOf, formatReport, reportFit } from '../trial/calibration/report.ts';
import { UrbaneError } from '../units/errors.ts';
import { checkWritable, writeOutput } from './output-file.ts';
import { Progress } from './progress.ts';
import { STOPPED, toCount, toSeeds } from './trials.ts';

const PARAMETERS: Readonly<Record<string, Fitted>> = {
  tau: 'tau',
  accel: 'accel',
  'speed-factor': 'speedFactor',
  'min-gap': 'minGap',
  'startup-delay': 'startupDelayS',
};
const CSV_HELP = `
A CSV file holds a line per road, or lane, and interval:
  road,lane,begin_s,end_s,vehicles,travel_time_s
  east-in,,25200,26100,143,41.5
  east-in,0,25200,26100,88,
road: its id in the network. lane: from 0 at the kerb, or empty for the whole road. begin_s, end_s: the scenario's own
seconds. vehicles: past the end of the road. travel_time_s: their mean time on it. One of the two may be empty. It takes
at least three intervals; every third is left out of the fit. More in docs/operator/calibrate.md.`;
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
    .argument('<scenario>', INPUTS)
    .requiredOption('--to <reference>', '"sumo", or a CSV file of measured counts and travel times')
    .addOption(
      new Option('--fit <parameters>', `any of ${Object.keys(PARAMETERS).join(', ')}, with commas between`)
        .argParser(toParameters)
        .default(['tau', 'accel', 'speedFactor'] satisfies Fitted[], 'tau,accel,speed-factor'),
    )
    .option('--types <ids>', 'ids of vehicle types, with commas between: change only these', toNames)
    .option('--plans <n>', 'with --to sumo: the shipped signal plan and drawn ones, this many in all', toPlans, 6)
    .addOption(
      new Option('--demands <factors>', 'with --to sumo: multiples of the demand')
        .argParser(toDemands)
        .default([0.6, 0.9], '0.6,0.9'),
    )
    .option('--seeds <n>', 'runs of every case, each with a seed of its own', toSeeds, 2)
    .option('--evaluations <n>', 'sets of values to try, at most about this many', toCount, 60)
    .option('--jobs <n>', 'with --to sumo: SUMO processes at a time (default: one per core)', toCount)
    .option('--json', 'print one object')
    .option('--out <file>', 'write the calibration, for `simulate` and `start` with --calibration')
    .addHelpText('after', CSV_HELP)
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
  const { fit: fitted, to: reference, seeds, json, out } = options;
  const file = fileOf(fit, { scenario: scenario.name, reference, seeds });
  const report = reportFit(fit, file, { fitted, runs: runs.length });
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report, scenario));
  if (out !== undefined) await writeOutput(out, `${JSON.stringify(file, null, 2)}\n`);
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
