import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Scenario } from '../demand/demand.ts';
import { getKind } from '../field/files.ts';
import { INPUTS, type LoadedScenario, loadScenario } from '../field/load.ts';
import { fileOfPrograms, type PlanFile, readPlans, withPrograms, writeSumoPrograms } from '../field/plans.ts';
import { tellFirstTravellerDropped } from '../read/report.ts';
import { parseMeasurements } from '../trial/calibration/counts-file.ts';
import { protocolOf } from '../trial/protocol.ts';
import { assess } from '../trial/tune/assess.ts';
import { findDrift, fitCounts, listTurns } from '../trial/tune/demand.ts';
import { formatDrift, formatPlanTable, formatTuned, formatTunedPage, reportTuned } from '../trial/tune/report.ts';
import { type Tuned, tunePlan } from '../trial/tune/tune.ts';
import { UrbaneError } from '../units/errors.ts';
import { checkWritable, describeRun, writeOutput } from './output-file.ts';
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
  readonly begin?: number;
  readonly end?: number;
  readonly counts?: string;
  readonly since?: string;
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
    .argument('<scenario>', INPUTS)
    .option(
      '--runs <n>',
      'runs of our engine to search with, about this many (default: by the size of the scenario)',
      toCount,
    )
    .option('--seed <n>', 'of the search: another one may find another plan', toCount, 1)
    .option('--seeds <n>', 'unseen seeds, and unseen days, that the effect is predicted with', toSeeds, 8)
    .option('--begin <seconds>', "of the time of day to tune for, in the scenario's own seconds", toSecond)
    .option('--end <seconds>', "of the time of day to tune for, in the scenario's own seconds", toSecond)
    .option('--counts <file>', 'a CSV of measured counts (docs/operator/calibrate.md): as much traffic as was counted')
    .option('--since <file>', 'plans.json of before: tune again only where the demand has changed, and say what has')
    .option('--yellow <seconds>', 'instead of the protocol of `judge`', toSeconds)
    .option('--all-red <seconds>', 'instead of the protocol of `judge`', toSeconds)
    .option('--min-green <seconds>', 'instead of the protocol of `judge`', toSeconds)
    .option('--json', 'print one object')
    .option('--out <folder>', `write ${Object.values(FILES).join(', ')}`)
    .action(tune);
}

async function tune(path: string, options: TuneCommandOptions): Promise<void> {
  const { out } = options;
  const before = options.since === undefined ? null : await readPlans(options.since);
  if (out !== undefined) await prepareFolder(out);
  const scenario = await loadDemand(path, options);
  const { city } = scenario;
  if (before !== null && !tellDrift(scenario, before, options)) return;
  const { yellow: yellowS, allRed: allRedS, minGreen } = options;
  const rules = protocolOf(scenario.name, city, {
    ...(yellowS === undefined ? {} : { yellowS }),
    ...(allRedS === undefined ? {} : { allRedS }),
    ...(minGreen === undefined ? {} : { minGreenS: Math.max(1, minGreen) }),
  });
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
    if (out !== undefined) await writeFiles(out, scenario, tuned, report);
  } catch (fault) {
    progress.clear();
    if (!stop.signal.aborted) throw fault;
    process.exitCode = STOPPED;
  }
}

/** The scenario in the window and with the counts asked for. */
async function loadDemand(path: string, { begin, end, counts }: TuneCommandOptions): Promise<Scenario> {
  const loaded = await loadScenario(path);
  checkScenario(loaded, path);
  const { scenario } = loaded;
  const beginMs = begin === undefined ? scenario.beginMs : begin * 1000;
  const endMs = end === undefined ? scenario.endMs : end * 1000;
  if (beginMs < scenario.beginMs || endMs > scenario.endMs || beginMs >= endMs) {
    throw new UrbaneError(
      'bad-usage',
      `${beginMs / 1000} to ${endMs / 1000} s does not lie within ${path}, which lasts from ${scenario.beginMs / 1000} to ${scenario.endMs / 1000} s.`,
      'Choose --begin and a later --end within it.',
    );
  }
  const trips = scenario.demand.trips.filter(({ departMs }) => departMs >= beginMs && departMs < endMs);
  const walks = scenario.demand.walks.filter(({ departMs }) => departMs >= beginMs && departMs < endMs);
  const chosen = { ...scenario, beginMs, endMs, demand: { ...scenario.demand, trips, walks } };
  if (counts === undefined) return chosen;
  if ((await getKind(counts)) === 'folder') throw new UrbaneError('missing-file', `${counts} is a folder, not a file.`);
  const { cells } = parseMeasurements(await readFile(counts, 'utf8'), counts, chosen);
  if (!cells.some(({ vehicles }) => vehicles !== null)) {
    throw new UrbaneError(
      'too-little-data',
      `${counts} has no counts between ${beginMs / 1000} and ${endMs / 1000} s.`,
    );
  }
  return fitCounts(chosen, cells);
}

/** Says what has changed since the plans were made. False when that is too little to tune again. */
function tellDrift(scenario: Scenario, before: PlanFile, { since, json }: TuneCommandOptions): boolean {
  if (before.turns === undefined) {
    throw new UrbaneError(
      'bad-input',
      `${since} does not say what demand it is for.`,
      'Name plans.json of `urbane tune`.',
    );
  }
  const drift = findDrift(before.turns, listTurns(scenario));
  const words = formatDrift(drift);
  if (!drift.isDrifted && json) process.stdout.write(`${JSON.stringify(drift, null, 2)}\n`);
  else (drift.isDrifted ? process.stderr : process.stdout).write(words);
  return drift.isDrifted;
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
  scenario: Scenario,
  tuned: Tuned,
  report: ReturnType<typeof reportTuned>,
): Promise<void> {
  const { name, city } = scenario;
  const plans = { ...fileOfPrograms(name, city, tuned.programs), turns: listTurns(scenario) };
  const meta = describeRun('Tuned signal plans');
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

function toSecond(text: string): number {
  const second = Number(text);
  if (text.trim() === '' || !(second >= 0))
    throw new InvalidArgumentError('It must be a second of the scenario, 0 or later.');
  return second;
}
