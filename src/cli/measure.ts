import { type Command, InvalidArgumentError, Option } from 'commander';
import { readCorridors } from '../field/controller-log/corridors.ts';
import { type FollowStatus, followLog } from '../field/controller-log/follow.ts';
import { type MeasureJob, type MeasureReport, measureLog } from '../field/controller-log/measure.ts';
import { isBroker } from '../field/controller-log/mqtt.ts';
import type { Dialect } from '../measures/dialects.ts';
import { listTables } from '../measures/engine.ts';
import type { OffsetAdvice } from '../measures/link-pivot.ts';
import { formatLogReport } from '../server/log-report.ts';
import { readJunctionPages } from '../server/serve-log.ts';
import { UrbaneError } from '../units/errors.ts';
import { Zone } from '../units/zone.ts';
import { checkWritable, describeRun, writeOutput } from './output-file.ts';
import { Progress } from './progress.ts';

interface MeasureCommand {
  readonly out: string;
  readonly config?: string;
  readonly dialect: Dialect;
  readonly zone: string;
  readonly bin: number;
  readonly measures?: readonly string[];
  readonly faithful?: true;
  readonly device?: string;
  readonly corridors?: string;
  readonly format: 'parquet' | 'csv';
  readonly follow?: true;
  readonly html?: string;
  readonly json?: true;
}

/** How many damaged records and findings a person is shown; `--json` holds more. */
const SHOWN = 20;

/** `urbane measure`: signal performance measures from controller logs, one file per measure. */
export function register(program: Command): void {
  program
    .command('measure')
    .description('signal performance measures from the logs of signal controllers, one Parquet file per measure')
    .argument('<events...>', 'logs, or folders of them: .parquet, .csv, Econolite .dat and .datZ, MAXTIME .xml')
    .requiredOption('--out <folder>', 'folder to write to; made where it is missing')
    .option('--config <file>', 'detectors of the signals (.parquet, .csv); inferred from the log without it')
    .addOption(new Option('--dialect <name>', 'whose definitions').choices(['oregon', 'utah']).default('oregon'))
    .option('--zone <name>', 'IANA time zone of local times in the log, and of those written', 'UTC')
    .option('--bin <minutes>', 'length of a bin', parseBin, 15)
    .option('--measures <names>', 'only these, with commas between them', (text: string) => text.split(','))
    .option('--faithful', 'reproduce known faults of the original of the dialect')
    .option('--device <id>', 'controller of raw logs that name none')
    .option('--corridors <file>', 'CSV of corridors: advises their offsets')
    .addOption(new Option('--format <name>', 'format of the files').choices(['parquet', 'csv']).default('parquet'))
    .option(
      '--follow',
      'go on with files that come into the folders, and with live events: mqtt://HOST/TOPIC as <events>',
    )
    .option('--html <file>', 'write a page: findings and alerts first, then the diagrams of every controller')
    .option('--json', 'print what was read, found and written as one JSON document')
    .action(runMeasure);
}

function parseBin(text: string): number {
  const minutes = Number(text);
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= 1440) return minutes;
  throw new InvalidArgumentError('A whole number of minutes from 1 to 1440.');
}

async function runMeasure(events: string[], options: MeasureCommand): Promise<void> {
  const startMs = performance.now();
  const { out, config, dialect, bin, measures, faithful, device, corridors, format, html, json } = options;
  const known = listTables(dialect);
  const unknown = measures?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UrbaneError('bad-usage', `${dialect} has no measure "${unknown}".`, `Its measures: ${known.join(', ')}.`);
  }
  const zone = new Zone(options.zone);
  const job: MeasureJob = {
    events,
    folder: out,
    dialect,
    zone,
    format,
    binMs: bin * 60_000,
    ...(config === undefined ? {} : { config }),
    ...(measures === undefined ? {} : { tables: measures }),
    ...(faithful === undefined ? {} : { faithful }),
    ...(device === undefined ? {} : { device }),
    ...(corridors === undefined ? {} : { corridors: await readCorridors(corridors) }),
  };
  if (options.follow) {
    if (corridors !== undefined) {
      throw new UrbaneError(
        'bad-usage',
        'Offsets are advised from a whole log.',
        'Leave out --follow, or --corridors.',
      );
    }
    if (html === undefined) return follow(job, json === true);
    throw new UrbaneError('bad-usage', 'A log that goes on has no page as a file.', 'Leave out --html or --follow.');
  }
  if (events.some(isBroker)) {
    throw new UrbaneError('bad-usage', 'A broker has no end.', 'Add --follow: it measures until it is stopped.');
  }
  if (html !== undefined) await checkWritable(html);
  const progress = new Progress();
  try {
    const report = await measureLog({ ...job, onProgress: (share, words) => progress.show(share, words) });
    if (html !== undefined) {
      const pages = await readJunctionPages({
        events,
        config: config ?? null,
        corridors: corridors ?? null,
        zone: zone.name,
        dialect,
        tell: () => {},
      });
      await writeOutput(html, formatLogReport(pages, zone, describeRun('Signal measures')));
    }
    progress.clear();
    const seconds = Math.round(performance.now() - startMs) / 1000;
    process.stdout.write(json ? `${JSON.stringify({ ...report, seconds })}\n` : describe(report, zone, seconds));
  } finally {
    progress.clear();
  }
}

/** Measures what comes until Ctrl-C. */
async function follow(job: MeasureJob, json: boolean): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const words = ({ events, devices, late, early, damaged }: FollowStatus): string =>
    `${events} events of ${devices} controllers, ${late} too late, ${early} ahead of now, ${damaged} left out as damaged`;
  const onTerminal = process.stderr.isTTY === true;
  const onStatus = (status: FollowStatus): void => {
    if (onTerminal) process.stderr.write(`\r\x1b[K${words(status)}`);
  };
  process.stderr.write('Measuring what comes. Ctrl-C ends it.\n');
  const end = await followLog({ ...job, stop: stop.signal, onStatus });
  if (onTerminal) process.stderr.write('\r\x1b[K');
  const rows = end.tables.map(({ file, rows }) => `${file}: ${rows} rows\n`).join('');
  process.stdout.write(json ? `${JSON.stringify(end)}\n` : `${words(end)}\n${rows}`);
}

function describe(report: MeasureReport, zone: Zone, seconds: number): string {
  const { events, devices, damaged, repeated, unfit, detectors, findings, offsets, tables } = report;
  const empty = tables.filter(({ rows }) => rows === 0).map(({ name }) => name);
  const clock = (ms: number): string => new Date(zone.toLocal(ms)).toISOString().slice(0, 19).replace('T', ' ');
  const lines = [
    `${events} events of ${devices.length} ${devices.length === 1 ? 'controller' : 'controllers'}, ${clock(report.fromMs)} to ${clock(report.toMs)} (${zone.name}), ${seconds} s`,
    ...damaged.first.slice(0, SHOWN).map(({ file, place, why }) => `  left out: ${file}, ${place}: ${why}`),
    ...(damaged.count > SHOWN ? [`  left out: ${damaged.count} in all`] : []),
    ...(repeated > 0 ? [`  ${repeated} exact repetitions counted once`] : []),
    ...(unfit > 0 ? [`  ${unfit} events without a usable parameter left out`] : []),
    `${detectors.roles.length} detectors ${detectors.file === null ? 'configured' : `inferred from the log: ${detectors.file}`}`,
    ...(detectors.unused > 0
      ? [`  ${detectors.unused} rows of the configuration have a function no measure uses`]
      : []),
    ...shorten(
      findings.map(({ sentence, confidence }) => `  finding: ${sentence} (${Math.round(confidence * 100)} %)`),
    ),
    ...offsets.flatMap(({ corridor, advice }) => [`offsets of ${corridor}`, ...advice.map(describeOffset)]),
    ...tables.filter(({ rows }) => rows > 0).map(({ file, rows }) => `${file}: ${rows} rows`),
    ...(empty.length > 0 ? [`without a row: ${empty.join(', ')}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function describeOffset({ device, addS, arrivals, onGreenBefore, onGreenAfter }: OffsetAdvice): string {
  const change = `  offset of ${device}: ${addS > 0 ? '+' : ''}${addS} s`;
  if (arrivals === 0) return change;
  const share = (count: number): number => Math.round((100 * count) / arrivals);
  const shares = `${share(onGreenBefore)} % of ${arrivals} arrivals on green, ${share(onGreenAfter)} % with it`;
  return `${change} (both ways to the next signal: ${shares})`;
}

function shorten(lines: readonly string[]): string[] {
  if (lines.length <= SHOWN) return [...lines];
  return [...lines.slice(0, SHOWN), `  and ${lines.length - SHOWN} more; --json lists them all`];
}
