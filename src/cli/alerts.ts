import { type Command, InvalidArgumentError } from 'commander';
import { watchLog } from '../field/controller-log/alerts.ts';
import { readDetectors } from '../field/controller-log/detectors.ts';
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
  const report = await findAlerts(input, options);
  const write = options.json ? toJson : options.html ? toHtml : toText;
  process.stdout.write(write(report));
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

const nameOf = ({ names }: Report, device: string): string => names.get(device) ?? device;

const whereOf = (report: Report, { devices }: Alert): string =>
  devices.length > 3 ? `${devices.length} signals` : devices.map((device) => nameOf(report, device)).join(', ');

const spanOf = ({ sinceMs, untilMs, repeats }: Alert): string =>
  `since ${clock(sinceMs)}${untilMs === null ? '' : ` until ${clock(untilMs)}`}${repeats > 0 ? `, came back ${repeats} times` : ''}`;

function headline({ alerts, signals, fromMs, toMs }: Report): string {
  const count = alerts.length === 1 ? '1 alert' : `${alerts.length} alerts`;
  return `${count} for ${signals} signals, ${clock(fromMs)} to ${clock(toMs)}`;
}

function toText(report: Report): string {
  const lines = report.alerts.flatMap((alert) => [
    '',
    `${whereOf(report, alert)}: ${partOf(alert)}, ${spanOf(alert)} (${Math.round(alert.confidence * 100)} %)`,
    `  ${alert.cause}`,
    `  ${alert.action}`,
  ]);
  return `${[headline(report), ...lines].join('\n')}\n`;
}

function toJson({ names, alerts, ...report }: Report): string {
  const iso = (timeMs: number | null): string | null => (timeMs === null ? null : new Date(timeMs).toISOString());
  const told = alerts.map(({ sinceMs, raisedMs, untilMs, evidence, ...alert }) => ({
    ...alert,
    names: alert.devices.map((device) => names.get(device) ?? device),
    since: iso(sinceMs),
    raised: iso(raisedMs),
    until: iso(untilMs),
    evidence: { ...evidence, fromMs: undefined, toMs: undefined, from: iso(evidence.fromMs), to: iso(evidence.toMs) },
  }));
  return `${JSON.stringify({ ...report, fromMs: undefined, toMs: undefined, from: iso(report.fromMs), to: iso(report.toMs), alerts: told }, null, 2)}\n`;
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
article{border-left:4px solid #c60;padding:0 1em;margin:1.5em 0}article.over{border-color:#999}
h2{font-size:1em;margin:0}p{margin:.2em 0}small{color:#555}`;

function toHtml(report: Report): string {
  const articles = report.alerts.map((alert) => {
    const { evidence } = alert;
    const title = `${whereOf(report, alert)}: ${partOf(alert)}`;
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
