import { type Command, InvalidArgumentError, Option } from 'commander';
import { readCalibration } from '../field/calibration.ts';
import { readPlans } from '../field/plans.ts';
import { parseObjective } from '../signals/objective.ts';
import { CONTROLLERS } from '../signals/registry.ts';
import { parseDegradation } from '../street/degrade.ts';
import type { SensorLevel } from '../street/observation.ts';
import { formatPage } from '../trial/page.ts';
import type { RunFailure } from '../trial/pool.ts';
import { runSession, type SessionOptions } from '../trial/session.ts';
import { formatTables } from '../trial/table.ts';
import { checkWritable, describeRun, writeOutput } from './output-file.ts';
import { Progress } from './progress.ts';

export const STOPPED = 130;
/** A slip of the keyboard must not start a million runs. */
const MOST_SEEDS = 10_000;
/** Each thread of an engine has a bit of its own. */
const MOST_THREADS = 32;

interface TrialOptions {
  readonly controller: readonly string[];
  readonly seeds: number;
  readonly sensors: SensorLevel;
  readonly step: number | 'papers';
  readonly degrade?: string;
  readonly exclude?: readonly string[];
  readonly calibration?: string;
  readonly plans?: string;
  readonly yellow?: number;
  readonly allRed?: number;
  readonly minGreen?: number;
  readonly weights?: string;
  readonly stageOrder?: 'any' | 'fixed';
  readonly threads?: number;
  readonly jobs?: number;
  readonly json?: boolean;
  readonly html?: string;
  readonly record?: string;
  readonly events?: string;
}

/** The arguments and options that `judge` and `simulate` share. */
export function addTrialOptions(command: Command, inputs: string): Command {
  return command
    .argument('<scenario...>', inputs)
    .option('--controller <names>', `one or more of ${Object.keys(CONTROLLERS).join(', ')}`, toControllers, [
      'fixed',
      'max-pressure',
    ])
    .option('--seeds <n>', 'runs seeds 1 to n', toSeeds, 5)
    .option('--sensors <level>', 'camera or loops', toSensors, 'camera')
    .option('--step <seconds>', 'decision interval, or "papers" for the one published with the scenario', toStep, 1)
    .option('--degrade <faults>', 'faulty sensors, for example dead=0.1,late=2', toDegradation)
    .option('--exclude <trip>', 'leave out this trip; may be given again', collect)
    .option('--plans <file>', 'signals run the programs that `urbane tune` found instead of the shipped ones')
    .option('--yellow <seconds>', 'instead of the protocol', toSeconds)
    .option('--all-red <seconds>', 'instead of the protocol', toSeconds)
    .option('--min-green <seconds>', 'instead of the protocol', toSeconds)
    .option('--weights <list>', 'what predictive weighs, for example bus=20,walker=1,stop=5,co2=1', toWeights)
    .addOption(
      new Option('--stage-order <order>', 'stages in any order, or as the program has them').choices(['any', 'fixed']),
    )
    .option('--jobs <n>', 'processes at a time (default: one per core)', toCount)
    .option('--json', 'print one array with an object per run')
    .option('--html <file>', 'write a page with plots')
    .option('--record <file>', 'write every decision as a line of JSON (one file per run)')
    .option(
      '--events <file>',
      'write what the controllers would log, for `urbane measure` (.parquet; one file per run)',
    );
}

/** Runs, prints, and sets the exit code: that of the first failed run, or 130 when stopped. */
export async function runTrials(
  simulator: SessionOptions['simulator'],
  scenarios: readonly string[],
  options: TrialOptions,
): Promise<void> {
  if (options.html !== undefined) await checkWritable(options.html);
  const calibration = options.calibration === undefined ? null : await readCalibration(options.calibration);
  const plans = options.plans === undefined ? undefined : await readPlans(options.plans);
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  const progress = new Progress();
  const told = new Set<string>();
  const tellOnce = (key: string, words: string) => {
    if (!told.has(key)) process.stderr.write(words);
    told.add(key);
  };
  const { reports, failures } = await runSession(
    {
      simulator,
      scenarios,
      controllers: options.controller,
      seeds: options.seeds,
      sensors: options.sensors,
      step: options.step,
      degrade: options.degrade ?? null,
      exclude: options.exclude ?? [],
      calibration,
      plans,
      timing: {
        ...(options.yellow === undefined ? {} : { yellowS: options.yellow }),
        ...(options.allRed === undefined ? {} : { allRedS: options.allRed }),
        ...(options.minGreen === undefined ? {} : { minGreenS: options.minGreen }),
      },
      weights: options.weights,
      stageOrder: options.stageOrder,
      threads: options.threads,
      recordFile: options.record ?? null,
      eventsFile: options.events,
      jobs: options.jobs ?? null,
    },
    {
      onProgress: (share, done, total) => progress.show(share, `${done} of ${total} runs`),
      onFailed: (failure) => {
        progress.clear();
        tellOnce(
          `${failure.spec.scenario}: ${failure.sentence}`,
          `urbane: ${tellFailure(failure)}\n  ${failure.remedy}\n`,
        );
      },
    },
    stop.signal,
  );
  progress.clear();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal);
  if (stop.signal.aborted) {
    process.exitCode = STOPPED;
    return;
  }
  for (const note of new Set(reports.flatMap(({ detail }) => detail.notes))) process.stderr.write(`urbane: ${note}\n`);
  if (failures.length > 1)
    process.stderr.write(`urbane: ${failures.length} runs failed, ${reports.length} ended well\n`);
  if (options.json) process.stdout.write(`${JSON.stringify(listResults(reports), null, 2)}\n`);
  else if (reports.length > 0) process.stdout.write(formatTables(reports));
  const [first] = failures;
  if (first) process.exitCode = first.exitCode;
  if (options.html !== undefined) await writePage(options.html, simulator, reports, failures);
}

function listResults(reports: Reports) {
  return reports.map(({ result }) => result);
}

type Reports = Parameters<typeof formatPage>[0];

async function writePage(
  file: string,
  simulator: SessionOptions['simulator'],
  reports: Reports,
  failures: readonly RunFailure[],
): Promise<void> {
  const title = simulator === 'sumo' ? 'Controllers judged by SUMO' : 'Controllers on our own engine';
  const page = formatPage(reports, {
    ...describeRun(title),
    failures: failures.map(tellFailure),
  });
  await writeOutput(file, page);
}

function tellFailure({ spec, sentence }: RunFailure): string {
  return `${spec.scenario}, ${spec.controller}, seed ${spec.seed}: ${sentence}`;
}

function toControllers(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!Object.hasOwn(CONTROLLERS, name)) {
      throw new InvalidArgumentError(
        `No controller is called "${name}"; choose from ${Object.keys(CONTROLLERS).join(', ')}.`,
      );
    }
  }
  return names;
}

export function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return count;
}

export function toThreads(text: string): number {
  const threads = toCount(text);
  if (threads > MOST_THREADS) throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_THREADS}.`);
  return threads;
}

export function toSeeds(text: string): number {
  const seeds = toCount(text);
  if (seeds > MOST_SEEDS) throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_SEEDS}.`);
  return seeds;
}

export function toSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds >= 0 && seconds <= 3600))
    throw new InvalidArgumentError('It must be seconds, 0 to 3600.');
  return seconds;
}

function toStep(text: string): number | 'papers' {
  if (text === 'papers') return text;
  const step = toCount(text);
  if (step > 60) throw new InvalidArgumentError('It must be whole seconds, 1 to 60, or "papers".');
  return step;
}

function toSensors(text: string): SensorLevel {
  if (text === 'camera' || text === 'loops') return text;
  throw new InvalidArgumentError('It must be camera or loops.');
}

function toDegradation(text: string): string {
  parseDegradation(text);
  return text;
}

function toWeights(text: string): string {
  parseObjective(text);
  return text;
}

function collect(trip: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), trip];
}
