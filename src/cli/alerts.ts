import { type Command, InvalidArgumentError } from 'commander';
import { followAlerts, watchLog } from '../field/controller-log/alerts.ts';
import { readDetectors } from '../field/controller-log/detectors.ts';
import { isBroker } from '../field/controller-log/mqtt.ts';
import { holdsMeasureTables, readMeasureTables } from '../field/measure-tables.ts';
import { UrbaneError } from '../units/errors.ts';
import { Zone } from '../units/zone.ts';
import type { Alert } from '../watch/alert.ts';
import { watchTables } from '../watch/tables.ts';
import { partOf } from '../watch/words.ts';
import { Progress } from './progress.ts';

interface AlertsCommand {
  readonly days: number;
  readonly config?: string;
  readonly zone: string;
  readonly follow?: true;
  readonly json?: true;
  readonly html?: true;
}

/** Alerts, and what they were found in. Times are local to the tables, or UTC where they come from a log. */
interface Report {
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
    .option('--html', 'print one HTML page')
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
  const report = await findAlerts(input, options);
  const write = options.json ? toJson : options.html ? toHtml : toText;
  process.stdout.write(write(report));
}

/** Tells alerts as they are raised and when they are over, until Ctrl-C. */
async function follow(brokers: readonly string[], { config, json }: AlertsCommand): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  process.stderr.write('Watching what comes. Ctrl-C ends it.\n');
  const roles = config === undefined ? [] : (await readDetectors(config)).roles;
  const names = new Map<string, string>();
  await followAlerts(brokers, roles, stop.signal, (alerts) => {
    for (const alert of alerts) {
      const text = json ? JSON.stringify(plain(alert, names)) : textOf(alert, names).join('\n');
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
    return { source: folder, fromMs: bins.startMs, toMs, signals: signals.length, names, alerts };
  }
  const roles = options.config === undefined ? null : (await readDetectors(options.config)).roles;
  const progress = new Progress();
  const show = (share: number): void => progress.show(share, 'reading the log');
  try {
    const { alerts, devices, fromMs, toMs } = await watchLog(input, roles, { zone: new Zone(options.zone) }, show);
    return { source: input.join(' '), fromMs, toMs, signals: devices.length, names: new Map(), alerts };
  } finally {
    progress.clear();
  }
}

const clock = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ');

type Names = Report['names'];

const whereOf = (names: Names, { devices }: Alert): string =>
  devices.length > 3 ? `${devices.length} signals` : devices.map((device) => names.get(device) ?? device).join(', ');

const spanOf = ({ sinceMs, untilMs, repeats }: Alert): string =>
  `since ${clock(sinceMs)}${untilMs === null ? '' : ` until ${clock(untilMs)}`}${repeats > 0 ? `, came back ${repeats} times` : ''}`;

function headline({ alerts, signals, fromMs, toMs }: Report): string {
  const count = alerts.length === 1 ? '1 alert' : `${alerts.length} alerts`;
  return `${count} for ${signals} signals, ${clock(fromMs)} to ${clock(toMs)}`;
}

const textOf = (alert: Alert, names: Names): string[] => [
  `${whereOf(names, alert)}: ${partOf(alert)}, ${spanOf(alert)} (${Math.round(alert.confidence * 100)} %)`,
  `  ${alert.cause}`,
  `  ${alert.action}`,
];

function toText(report: Report): string {
  const lines = report.alerts.flatMap((alert) => ['', ...textOf(alert, report.names)]);
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

function toJson({ names, alerts, fromMs, toMs, ...report }: Report): string {
  const told = alerts.map((alert) => plain(alert, names));
  return `${JSON.stringify({ ...report, from: iso(fromMs), to: iso(toMs), alerts: told }, null, 2)}\n`;
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
article{border-left:4px solid #c60;padding:0 1em;margin:1.5em 0}article.over{border-color:#999}
h2{font-size:1em;margin:0}p{margin:.2em 0}small{color:#555}`;

function toHtml(report: Report): string {
  const articles = report.alerts.map((alert) => {
    const { evidence } = alert;
    const title = `${whereOf(report.names, alert)}: ${partOf(alert)}`;
    const rows = `${evidence.source}, ${clock(evidence.fromMs)} to ${clock(evidence.toMs)}`;
    return `<article${alert.untilMs === null ? '' : ' class="over"'}>
<h2>${escapeHtml(title)}</h2><p>${escapeHtml(alert.cause)}</p><p>${escapeHtml(alert.action)}</p>
<p><small>${escapeHtml(spanOf(alert))}; confidence ${Math.round(alert.confidence * 100)} %; look at ${escapeHtml(rows)}</small></p>
</article>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Alerts</title><style>${STYLE}</style></head>
<body><h1>${escapeHtml(headline(report))}</h1>
${articles.join('\n')}
</body></html>
`;
}
