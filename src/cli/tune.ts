import { mkdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type LoadedScenario, loadScenario } from '../field/load.ts';
import { fileOfPrograms, withPrograms, writeSumoPrograms } from '../field/plans.ts';
import { tellFirstTravellerDropped } from '../read/report.ts';
import { protocolOf } from '../trial/protocol.ts';
import { assess } from '../trial/tune/assess.ts';
import { formatPlanTable, formatTuned, formatTunedPage, reportTuned } from '../trial/tune/report.ts';
import { type Tuned, tunePlan } from '../trial/tune/tune.ts';
import { UrbaneError } from '../units/errors.ts';
import { checkWritable, writeOutput } from './output-file.ts';
import { Progress } from './progress.ts';
import { STOPPED, toCount, toSeconds, toSeeds } from './trials.ts';

/** Files that `--out` writes. */
const FILES = { plans: 'plans.json', sumo: 'plans.add.xml', table: 'plans.csv', page: 'report.html' } as const;
/** Seeds of the assessment lie beyond all that the search draws. */
const FIRST_UNSEEN_SEED = 1_000_001;

interface TuneCommandOptions {
  readonly runs?: number;
  readonly seed: number;
  readonly seeds: number;
  readonly yellow?: number;
  readonly allRed?: number;
  readonly minGreen?: number;
  readonly json?: boolean;
  readonly out?: string;
}

/** `urbane tune`: fixed-time plans for a scenario's demand, with the effect they will have. */
export function register(program: Command): void {
  program
    .command('tune')
    .description('find signal plans (cycle, splits, stage order, offsets) for a demand, and predict their effect')
    .argument('<scenario>', 'a folder or a .sumocfg')
    .option(
      '--runs <n>',
      'runs of our engine to search with, about this many (default: by the size of the scenario)',
      toCount,
    )
    .option('--seed <n>', 'of the search: another one may find another plan', toCount, 1)
    .option('--seeds <n>', 'unseen seeds, and unseen days, that the effect is predicted with', toSeeds, 8)
    .option('--yellow <seconds>', 'instead of the protocol of `judge`', toSeconds)
    .option('--all-red <seconds>', 'instead of the protocol of `judge`', toSeconds)
    .option('--min-green <seconds>', 'instead of the protocol of `judge`', toSeconds)
    .option('--json', 'print one object')
    .option('--out <folder>', `write ${Object.values(FILES).join(', ')}`)
    .action(tune);
}

async function tune(path: string, options: TuneCommandOptions): Promise<void> {
  const { out } = options;
  if (out !== undefined) await prepareFolder(out);
  const loaded = await loadScenario(path);
  checkScenario(loaded, path);
  const { scenario } = loaded;
  const { city } = scenario;
  const protocol = protocolOf(scenario.name, city);
  const rules = {
    yellowS: options.yellow ?? protocol.yellowS,
    allRedS: options.allRed ?? protocol.allRedS,
    minGreenS: Math.max(1, options.minGreen ?? protocol.minGreenS),
  };
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const progress = new Progress();
  try {
    const tuned = await tunePlan(scenario, {
      rules,
      runs: options.runs ?? null,
      seed: options.seed,
      stop: stop.signal,
      onProgress: (share, delayS) => progress.show(share, `searching, last plan tried ${delayS.toFixed(1)} s`),
    });
    progress.clear();
    const assessment = await assess(scenario, withPrograms(city, tuned.programs), {
      seeds: options.seeds,
      firstSeed: FIRST_UNSEEN_SEED,
      stop: stop.signal,
      onProgress: (share) => progress.show(share, 'predicting the effect on days not seen'),
    });
    progress.clear();
    const report = reportTuned(scenario.name, city, tuned, rules, assessment);
    process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : formatTuned(report));
    if (out !== undefined) await writeFiles(out, loaded, tuned, report);
  } catch (fault) {
    progress.clear();
    if (!stop.signal.aborted) throw fault;
    process.exitCode = STOPPED;
  }
}

async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((fault: NodeJS.ErrnoException) => {
    throw new UrbaneError(
      'missing-file',
      `${folder} cannot be made (${fault.code}).`,
      'Name a folder that may be written.',
    );
  });
  for (const file of Object.values(FILES)) await checkWritable(join(folder, file));
}

async function writeFiles(
  folder: string,
  { scenario: { name, city } }: LoadedScenario,
  tuned: Tuned,
  report: ReturnType<typeof reportTuned>,
): Promise<void> {
  const plans = fileOfPrograms(name, city, tuned.programs);
  const meta = {
    title: 'Tuned signal plans',
    command: `urbane tune ${process.argv.slice(3).join(' ')}`,
    date: `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`,
  };
  await writeOutput(join(folder, FILES.plans), `${JSON.stringify(plans, null, 2)}\n`);
  await writeOutput(join(folder, FILES.sumo), writeSumoPrograms(plans));
  await writeOutput(join(folder, FILES.table), formatPlanTable(report));
  await writeOutput(join(folder, FILES.page), formatTunedPage(report, city, tuned, meta));
}

function checkScenario({ scenario, report }: LoadedScenario, path: string): void {
  if (scenario.demand.trips.length === 0) {
    throw new UrbaneError('no-demand', `${path} has no trips to simulate${tellFirstTravellerDropped(report)}.`);
  }
  if (scenario.city.signals.length === 0) {
    throw new UrbaneError('bad-input', `${path} has no signals to tune.`, 'Name a scenario with traffic lights.');
  }
}
