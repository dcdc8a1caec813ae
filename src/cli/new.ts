import { mkdir, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { City } from '../city/city.ts';
import { listDoubts } from '../city/doubts.ts';
import { withVersion } from '../city/version.ts';
import { type CountFit, scaleToCounts } from '../demand/counts.ts';
import { openFile } from '../field/files.ts';
import { loadGtfs } from '../field/load-gtfs.ts';
import { isOsmName, loadOsm, makeUpMorning, parseOsmOptions } from '../field/load-osm.ts';
import { addPlans, parseMoment } from '../field/load-plans.ts';
import { readCounts } from '../read/demand/tables.ts';
import { withBuses } from '../read/gtfs/read.ts';
import { COUNTRY_CODES } from '../read/osm/read.ts';
import { joinReports } from '../read/report.ts';
import { writeSumo } from '../read/sumo/write.ts';
import { formatCityPage, type TakenStep } from '../trial/city-page.ts';
import { UrbaneError } from '../units/errors.ts';
import { writeOutput } from './output-file.ts';

interface NewOptions {
  readonly osm: string;
  readonly country?: string;
  readonly bbox?: string;
  readonly plans?: readonly string[];
  readonly detectors?: readonly string[];
  readonly at?: string;
  readonly counts?: string;
  readonly gtfs?: string;
  readonly tripsPerHour?: number;
  readonly json?: true;
}

const COUNTS_SEED = 1;
const GOOD_GEH = 5;
const DOUBTS_SHOWN = 3;

/** `urbane new`: from a map extract, plans and counts to a scenario that runs, with a page that tells what became of them. */
export function register(program: Command): void {
  program
    .command('new')
    .description('make a city that runs from a map extract, and plans, detectors and counts where there are some')
    .argument('<city>', 'folder to make; it must be empty or not there')
    .requiredOption('--osm <file>', 'extract of OpenStreetMap: .osm, .osm.gz, .osm.pbf')
    .addOption(new Option('--country <code>', 'its country, where no tag tells').choices(COUNTRY_CODES))
    .option('--bbox <box>', 'only a part of it: west,south,east,north in degrees')
    .option('--plans <files...>', 'timing plans and schedules (.csv, docs/operator/formats.md)')
    .option('--detectors <files...>', 'detectors (.csv, docs/operator/formats.md)')
    .option('--at <moment>', 'local time whose plans and buses run, YYYY-MM-DDTHH:MM')
    .option('--gtfs <feed>', 'buses and their stops: a GTFS feed, zip or folder')
    .option('--counts <file>', 'vehicles counted on roads (.csv, docs/operator/calibrate.md)')
    .option('--trips-per-hour <number>', 'trips of the busiest hour; what the network carries when left out', positive)
    .option('--json', 'print steps, counts and fits as one JSON document')
    .action(make);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1e6)) throw new InvalidArgumentError('It must be a number above 0, at most a million.');
  return value;
}

async function make(folder: string, options: NewOptions): Promise<void> {
  await claimFolder(folder);
  if (!isOsmName(options.osm))
    throw new UrbaneError(
      'bad-usage',
      `${options.osm} is no extract by its name.`,
      'Name an .osm, .osm.gz or .osm.pbf.',
    );
  const steps: TakenStep[] = [];
  const step = async <T>(what: string, work: () => T | Promise<T>): Promise<T> => {
    const startMs = performance.now();
    const done = await work();
    steps.push({ what, seconds: (performance.now() - startMs) / 1000 });
    if (!options.json) process.stdout.write(`${what}: ${steps[steps.length - 1]!.seconds.toFixed(1)} s\n`);
    return done;
  };
  const name = basename(resolve(folder));
  const read = await step('streets read', () => loadOsm(options.osm, parseOsmOptions(options.country, options.bbox)));
  const planFiles = [...(options.plans ?? []), ...(options.detectors ?? [])];
  const moment = options.at === undefined ? null : parseMoment(options.at, false);
  const planned =
    planFiles.length === 0 ? read : await step('plans put on signals', () => addPlans(read, planFiles, moment));
  const city = withVersion({ ...planned.city, name });
  const morning = await step('demand made up', () =>
    makeUpMorning(city, read.places, planned.report, options.tripsPerHour),
  );
  let { scenario, report } = morning;
  let fits: readonly CountFit[] = [];
  const { counts } = options;
  if (counts !== undefined) {
    const scaled = await step('demand scaled to counts', async () =>
      scaleToCounts(city, scenario.demand, await readCounts(openFile(counts), scenario), COUNTS_SEED),
    );
    scenario = { ...scenario, demand: scaled.demand };
    fits = scaled.fits;
  }
  const { gtfs } = options;
  if (gtfs !== undefined) {
    const lines = await step('buses laid on streets', () => loadGtfs(gtfs, city, moment?.date ?? null));
    scenario = withBuses(scenario, lines);
    report = joinReports([report, lines.report]);
  }
  await step('scenario written', async () => {
    for (const file of writeSumo(scenario, name).files) await writeOutput(join(folder, file.name), file.text);
  });
  const page = join(folder, 'report.html');
  const command = `urbane new ${process.argv.slice(3).join(' ')}`;
  await writeOutput(page, formatCityPage(scenario, report, { command, steps, fits }));
  const good = fits.filter(({ geh }) => geh < GOOD_GEH).length;
  if (options.json) {
    const rows = fits.map(({ road, ...fit }) => ({ road: city.roads[road]?.id, ...fit }));
    const summary = { folder, page, trips: scenario.demand.trips.length, steps, fits: rows };
    process.stdout.write(`${JSON.stringify({ ...summary, ...report })}\n`);
    return;
  }
  process.stdout.write(
    [
      `${folder}: ${city.roads.length} roads, ${city.signals.length} signals, ${scenario.demand.trips.length} trips of a morning`,
      ...(fits.length === 0 ? [] : [`GEH below ${GOOD_GEH} on ${good} of ${fits.length} counts`]),
      ...doubtLines(city, folder),
      `what was left out, and why: ${page}`,
      `next: urbane start ${folder}`,
      '',
    ].join('\n'),
  );
}

/** What is doubtful, before anybody drives: a plan that leaves somebody without green locks the streets around. */
function doubtLines(city: City, folder: string): string[] {
  const doubts = listDoubts(city);
  const more =
    doubts.length > DOUBTS_SHOWN ? [`and ${doubts.length - DOUBTS_SHOWN} more: urbane doctor ${folder}`] : [];
  return [
    ...doubts.slice(0, DOUBTS_SHOWN).map(({ element, sentence }) => `doubtful: ${element}: ${sentence}`),
    ...more,
  ];
}

async function claimFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length === 0) return;
  } catch (fault) {
    const why = fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
    throw new UrbaneError('missing-file', `${folder} cannot be made (${why}).`, 'Name a folder that may be written.');
  }
  throw new UrbaneError('bad-usage', `${folder} is not empty.`, 'Name a folder that is not there yet.');
}
