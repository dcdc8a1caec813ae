import { type Command, InvalidArgumentError } from 'commander';
import { followAlerts, watchLog } from '../field/controller-log/alerts.ts';
import { readDetectors } from '../field/controller-log/detectors.ts';
import { isBroker } from '../field/controller-log/mqtt.ts';
import { holdsMeasureTables, readMeasureTables } from '../field/measure-tables.ts';
import { escapeText } from '../read/written.ts';
import { formatDocument } from '../trial/page.ts';
import { UrbaneError } from '../units/errors.ts';
import { Zone } from '../units/zone.ts';
import type { Alert } from '../watch/alert.ts';
import { watchTables } from '../watch/tables.ts';
import { partOf } from '../watch/words.ts';
import { checkWritable, describeRun, writeOutput } from './output-file.ts';
import { Progress } from './progress.ts';

interface AlertsCommand {
  readonly days: number;
  readonly config?: string;
  readonly zone: string;
  readonly follow?: true;
  readonly json?: true;
  readonly html?: string;
}

/** Alerts, and what they were found in. */
interface Report {
  /** Of the times of a log, which are UTC; those of tables stand as they are in them. */
  readonly clock: Clock;
  readonly source: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly signals: number;
  readonly names: ReadonlyMap<string, string>;
  readonly alerts: readonly Alert[];
}

/** `urbane alerts`: what is wrong at the signals, one alert per happening (docs/operator/alerts.md). */
export function register(program: Command): void {
  program
    .command('alerts')
    .description('what is wrong at the signals, with cause and action, from tables of measures or from controller logs')
    .argument('<input...>', 'a folder of tables (urbane measure --out), or logs: .parquet, .csv, .dat, .datZ, .xml')
    .option('--days <n>', 'of tables, alerts of the last days only', parseDays, 7)
    .option('--config <file>', 'detectors of the signals, for logs (.parquet, .csv); inferred without it')
    .option('--zone <name>', 'IANA time zone of local times in logs', 'UTC')
    .option('--follow', 'tell alerts of live events as they come, mqtt://HOST/TOPIC as <input>; with --json one a line')
    .option('--json', 'print one JSON document')
    .option('--html <file>', 'write them as a page')
    .action(run);
}

function parseDays(text: string): number {
  const days = Number(text);
  if (days > 0) return days;
  throw new InvalidArgumentError('A number of days above 0.');
}

async function run(input: string[], options: AlertsCommand): Promise<void> {
  const live = input.every(isBroker);
  if (live !== (options.follow === true)) {
    throw new UrbaneError(
      'bad-usage',
      live ? 'A broker has no end.' : 'Only live events can be followed.',
      live
        ? 'Add --follow: alerts are told until it is stopped.'
        : 'Name brokers as mqtt://HOST/TOPIC, or leave --follow out.',
    );
  }
  if (live) return follow(input, options);
  if (options.html !== undefined) await checkWritable(options.html);
  const report = await findAlerts(input, options);
  if (options.html !== undefined) {
    const title = `Alerts: ${headline(report)}`;
    await writeOutput(options.html, formatDocument(describeRun(title), toHtml(report), ''));
  }
  process.stdout.write(options.json ? toJson(report) : toText(report));
}

/** Tells alerts as they are raised and when they are over, until Ctrl-C. */
async function follow(brokers: readonly string[], { config, zone, json }: AlertsCommand): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  process.stderr.write('Watching what comes. Ctrl-C ends it.\n');
  const roles = config === undefined ? [] : (await readDetectors(config)).roles;
  const names = new Map<string, string>();
  const clock = clockOf(new Zone(zone));
  await followAlerts(brokers, roles, stop.signal, (alerts) => {
    for (const alert of alerts) {
      const text = json ? JSON.stringify(plain(alert, names)) : textOf(alert, names, clock).join('\n');
      process.stdout.write(`${text}\n`);
    }
  });
}

async function findAlerts(input: readonly string[], options: AlertsCommand): Promise<Report> {
  const [folder] = input;
  if (folder !== undefined && input.length === 1 && (await holdsMeasureTables(folder))) {
    if (options.config !== undefined) {
      throw new UrbaneError('bad-usage', 'Tables need no --config.', 'Leave it out, or name logs.');
    }
    const { signals, bins, names } = await readMeasureTables(folder);
    const toMs = bins.startMs + bins.count * bins.stepMs;
    const sinceMs = toMs - options.days * 86_400_000;
    const alerts = watchTables(signals, bins).filter(({ untilMs }) => untilMs === null || untilMs > sinceMs);
    return { clock: clockOf(null), source: folder, fromMs: bins.startMs, toMs, signals: signals.length, names, alerts };
  }
  const roles = options.config === undefined ? null : (await readDetectors(options.config)).roles;
  const zone = new Zone(options.zone);
  const progress = new Progress();
  const show = (share: number): void => progress.show(share, 'reading the log');
  try {
    const { alerts, devices, fromMs, toMs } = await watchLog(input, roles, { zone }, show);
    const clock = clockOf(zone);
    return { clock, source: input.join(' '), fromMs, toMs, signals: devices.length, names: new Map(), alerts };
  } finally {
    progress.clear();
  }
}

type Clock = (timeMs: number) => string;

function clockOf(zone: Zone | null): Clock {
  return (timeMs) => new Date(zone?.toLocal(timeMs) ?? timeMs).toISOString().slice(0, 19).replace('T', ' ');
}

type Names = Report['names'];

const whereOf = (names: Names, { devices }: Alert): string =>
  devices.length > 3 ? `${devices.length} signals` : devices.map((device) => names.get(device) ?? device).join(', ');

const spanOf = ({ sinceMs, untilMs, repeats }: Alert, clock: Clock): string =>
  `since ${clock(sinceMs)}${untilMs === null ? '' : ` until ${clock(untilMs)}`}${repeats > 0 ? `, came back ${repeats} times` : ''}`;

function headline({ alerts, signals, fromMs, toMs, clock }: Report): string {
  const count = alerts.length === 1 ? '1 alert' : `${alerts.length} alerts`;
  return `${count} for ${signals} signals, ${clock(fromMs)} to ${clock(toMs)}`;
}

const textOf = (alert: Alert, names: Names, clock: Clock): string[] => [
  `${whereOf(names, alert)}: ${partOf(alert)}, ${spanOf(alert, clock)} (${Math.round(alert.confidence * 100)} %)`,
  `  ${alert.cause}`,
  `  ${alert.action}`,
];

function toText(report: Report): string {
  const lines = report.alerts.flatMap((alert) => ['', ...textOf(alert, report.names, report.clock)]);
  return `${[headline(report), ...lines].join('\n')}\n`;
}

const iso = (timeMs: number | null): string | null => (timeMs === null ? null : new Date(timeMs).toISOString());

/** As `--json` writes it. */
function plain({ sinceMs, raisedMs, untilMs, evidence, ...alert }: Alert, names: Names): object {
  const { fromMs, toMs, ...figures } = evidence;
  return {
    ...alert,
    names: alert.devices.map((device) => names.get(device) ?? device),
    since: iso(sinceMs),
    raised: iso(raisedMs),
    until: iso(untilMs),
    evidence: { ...figures, from: iso(fromMs), to: iso(toMs) },
  };
}

function toJson({ names, alerts, fromMs, toMs, source, signals }: Report): string {
  const told = alerts.map((alert) => plain(alert, names));
  return `${JSON.stringify({ source, signals, from: iso(fromMs), to: iso(toMs), alerts: told }, null, 2)}\n`;
}

function toHtml({ alerts, names, clock }: Report): string {
  return alerts
    .map((alert) => {
      const { evidence, cause, action, confidence } = alert;
      const rows = `${evidence.source}, ${clock(evidence.fromMs)} to ${clock(evidence.toMs)}`;
      const span = `${spanOf(alert, clock)}; confidence ${Math.round(confidence * 100)} %; look at ${rows}`;
      return `<section><h2>${escapeText(`${whereOf(names, alert)}: ${partOf(alert)}`)}</h2>
<p>${escapeText(cause)}</p><p><b>${escapeText(action)}</b></p><p class="meta">${escapeText(span)}</p></section>`;
    })
    .join('\n');
}
