import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { saveCity } from '../city/file.ts';
import { toGeoJson } from '../city/geojson.ts';
import { writeWhole } from '../field/files.ts';
import { INPUTS, loadCity } from '../field/load.ts';
import { addBusStops } from '../field/load-gtfs.ts';
import { parseOsmOptions } from '../field/load-osm.ts';
import { addOverlay, addPlans, parseMoment } from '../field/load-plans.ts';
import { COUNTRY_CODES } from '../read/osm/read.ts';
import type { Dropped, ImportReport } from '../read/report.ts';
import { UrbaneError } from '../units/errors.ts';

interface ImportOptions {
  readonly out: string;
  readonly geojson?: string;
  readonly country?: string;
  readonly bbox?: string;
  readonly plans?: readonly string[];
  readonly at?: string;
  readonly overlay?: string;
  readonly gtfs?: string;
  readonly holiday?: true;
  readonly json?: true;
}

/** How many dropped things and warnings a person is shown; `--json` holds all. */
const SHOWN = 20;

/** `urbane import`: an input to a city file, with a report of what was dropped and why. */
export function register(program: Command): void {
  program
    .command('import')
    .description('read a city (SUMO, CityFlow, OpenStreetMap, a saved city) and save it as one city file')
    .argument('<input>', INPUTS)
    .requiredOption('--out <file>', 'city file to write')
    .option('--geojson <file>', 'also write the city as GeoJSON')
    .addOption(
      new Option(
        '--country <code>',
        'country of an OpenStreetMap extract: its speed limits and side of driving',
      ).choices(COUNTRY_CODES),
    )
    .option('--plans <files...>', 'timing plans, schedules and detectors (.csv, docs/operator/formats.md)')
    .option('--at <moment>', 'local time whose plans run, YYYY-MM-DDTHH:MM; the first plan of each signal without it')
    .option('--holiday', 'with --at: that day is a holiday')
    .option('--overlay <file>', 'corrections that outlive the map (city.yaml, docs/operator/formats.md)')
    .option('--gtfs <feed>', 'bus stops of a GTFS feed, zip or folder (its buses: `urbane new --gtfs`)')
    .option('--bbox <box>', 'part of an OpenStreetMap extract: west,south,east,north in degrees')
    .option('--json', 'print the whole report as one JSON document')
    .action(runImport);
}

async function runImport(input: string, options: ImportOptions): Promise<void> {
  for (const path of [options.out, options.geojson]) {
    if (path !== undefined && resolve(path) === resolve(input)) {
      throw new UrbaneError('bad-usage', `${path} is the input itself.`, 'Write to another file.');
    }
  }
  const startMs = performance.now();
  showProgress(`reading ${input} ...`);
  const read = await loadCity(input, parseOsmOptions(options.country, options.bbox));
  const moment = options.at === undefined ? null : parseMoment(options.at, options.holiday === true);
  const planned = options.plans === undefined ? read : await addPlans(read, options.plans, moment);
  const corrected = options.overlay === undefined ? planned : await addOverlay(planned, options.overlay);
  const { city, report } =
    options.gtfs === undefined ? corrected : await addBusStops(corrected, options.gtfs, moment?.date ?? null);
  showProgress(`writing ${options.out} ...`);
  const bytes = saveCity(city);
  await writeWhole(options.out, bytes);
  if (options.geojson !== undefined) await writeWhole(options.geojson, JSON.stringify(toGeoJson(city)));
  showProgress('');
  const seconds = Math.round(performance.now() - startMs) / 1000;
  const summary = { input, out: options.out, name: city.name, version: city.version, bytes: bytes.length, seconds };
  process.stdout.write(options.json ? `${JSON.stringify({ ...summary, ...report })}\n` : describe(summary, report));
}

function showProgress(sentence: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${sentence}`);
}

interface Summary {
  readonly input: string;
  readonly out: string;
  readonly version: string;
  readonly bytes: number;
  readonly seconds: number;
}

function describe(summary: Summary, report: ImportReport): string {
  const counts = Object.entries(report.counts).map(([kind, count]) => `${count} ${kind}`);
  const dropped = report.dropped.reduce((sum, entry) => sum + (entry.count ?? 1), 0);
  const lines = [
    `${summary.input}: ${counts.join(', ')}`,
    `${summary.out}: ${summary.bytes} bytes, version ${summary.version}, ${summary.seconds} s`,
    dropped === 0 ? 'nothing was dropped' : `dropped: ${dropped}`,
    ...shorten(report.dropped.map(describeDropped)),
    ...shorten(report.warnings.map((warning) => `  note: ${warning}`)),
  ];
  return `${lines.join('\n')}\n`;
}

function describeDropped({ what, element, file, line, why }: Dropped): string {
  const place = file === undefined || why.startsWith(file) ? '' : ` (${file}${line === undefined ? '' : `:${line}`})`;
  return `  ${what} ${element}: ${why}${place}`;
}

function shorten(lines: readonly string[]): string[] {
  if (lines.length <= SHOWN) return [...lines];
  return [...lines.slice(0, SHOWN), `  and ${lines.length - SHOWN} more; --json lists them all`];
}
