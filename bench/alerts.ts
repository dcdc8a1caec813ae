import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { watchLog } from '../src/field/controller-log/alerts.ts';
import { ControllerLog } from '../src/field/controller-log/log.ts';
import { readMeasureTables } from '../src/field/measure-tables.ts';
import { ConfigurationLearner } from '../src/measures/configuration.ts';
import { type DetectorRole, EventBuffer } from '../src/measures/event.ts';
import { Zone } from '../src/units/zone.ts';
import type { Alert } from '../src/watch/alert.ts';
import { EventWatch } from '../src/watch/events.ts';
import { watchTables } from '../src/watch/tables.ts';
import { partOf } from '../src/watch/words.ts';
import { type Event, FAULTS, type Fault, neverClears } from './alerts/faults.ts';

const LOGS = [
  'controller-logs/shawnstrasser-atspm/tests/hires_test_data.parquet',
  'controller-logs/shawnstrasser-atspm/src/atspm/data/sample_raw_data.parquet',
];
const COUNTS = 'controller-logs/shawnstrasser-atspm/tests/actuations_test_data.parquet';
const PEDESTRIANS = 'controller-logs/shawnstrasser-atspm/sample_data/filtered_ped_data.parquet';
const TABLES = 'controller-logs/shawnstrasser-atspm-report/tests/data';
const DAY = 86_400_000;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** `npm run bench -- alerts`: the three-week set, and faults injected into the real logs. Needs URBANE_DATA. */
export async function run(): Promise<void> {
  const data = process.env.URBANE_DATA ?? '../shared/data';
  await runTables(join(data, TABLES));
  await runCounts(join(data, COUNTS));
  await runEvents(data);
  await runState(join(data, PEDESTRIANS));
}

/** Three weeks of counts of other signals, on which nothing was set: untouched, and each detector silent or noisy at noon. */
async function runCounts(file: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'urbane-bench-'));
  await copyFile(file, join(folder, 'actuations.parquet'));
  const { signals, bins } = await readMeasureTables(folder);
  await rm(folder, { recursive: true });
  const detectors = signals.reduce((sum, signal) => sum + signal.detectors.size, 0);
  print(`\nThree weeks of counts, ${signals.length} other signals, ${detectors} detectors`);
  print(`untouched: ${watchTables(signals, bins).length} alerts`);
  const atBin = 17 * 96 + 48;
  const atMs = bins.startMs + atBin * bins.stepMs;
  for (const [name, kind, change] of [
    ['silent', 'detector-silent', () => 0],
    ['a quarter of its hits', 'detector-silent', (hits: number) => Math.round(hits / 4)],
    ['six times its hits', 'detector-chatter', (hits: number) => hits * 6],
  ] as const) {
    const waits: number[] = [];
    let beside = 0;
    for (const signal of signals) {
      for (const [detector, hits] of signal.detectors) {
        const wrong = hits.map((count, bin) => (bin < atBin ? count : change(count)));
        const changed = { ...signal, detectors: new Map(signal.detectors).set(detector, wrong) };
        const alerts = watchTables([changed], bins);
        const hit = alerts.find((alert) => alert.kind === kind && alert.detector === detector && alert.raisedMs > atMs);
        if (hit !== undefined) waits.push((hit.raisedMs - atMs) / 3_600_000);
        beside += alerts.length - (hit === undefined ? 0 : 1);
      }
    }
    waits.sort((one, other) => one - other);
    const median = waits[waits.length >> 1]?.toFixed(1);
    print(`${name}: ${waits.length} of ${detectors} found, median after ${median} h, ${beside} other alerts`);
  }
}

/** A day of presses and walks of a whole state: how quiet it is. */
async function runState(file: string): Promise<void> {
  const { alerts, devices, events } = await watchLog([file], [], { zone: new Zone('UTC') }, () => {});
  const kinds = new Map<string, number>();
  for (const { kind } of alerts) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const list = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
  print(`\na day of ${devices.length} signals, presses and walks only (${events} events), untouched: ${list}`);
}

/**
 * What the original raises on the last days of the three weeks, by the expected alerts of its own earlier revision
 * (a2e9500; the same tables, 21 days earlier), which its rules computed anew on these tables give again.
 */
export const COMPUTED: readonly (readonly [kind: string, device: string, part: number])[] = [
  ['maxout', 'd9540e00', 1],
  ['actuations', 'c2c95425', 60],
  ['pedestrian', '376faa40', 2],
  ['missing_data', '06ab8bb5', 0],
  ['missing_data', 'c2c95425', 0],
  ['missing_data', 'd9540e00', 0],
];

/** Which of our kinds say the same as one of the set. */
const MEANS: Readonly<Record<string, readonly string[]>> = {
  maxout: ['max-outs'],
  actuations: ['detector-silent', 'detector-chatter', 'detector-stuck'],
  pedestrian: ['button-stuck', 'button-silent', 'button-chatter', 'pedestrian-counts'],
  missing_data: ['data-loss', 'outage'],
  phase_skips: ['phase-skips'],
};

/** Whether the alert, or what came with it, tells of the expected one. */
export function tellsOf(alert: Alert, kind: string, device: string, part: number): boolean {
  if (!alert.devices.some((id) => id.startsWith(device))) return false;
  return [alert, ...alert.also].some(
    (one) => MEANS[kind]?.includes(one.kind) === true && (one.phase ?? one.detector ?? 0) === part,
  );
}

async function runTables(folder: string): Promise<void> {
  const read = await readMeasureTables(folder);
  const beganMs = performance.now();
  const alerts = watchTables(read.signals, read.bins);
  const tookMs = performance.now() - beganMs;
  const endMs = read.bins.startMs + read.bins.count * read.bins.stepMs;
  print(`\nThree weeks of tables: ${read.signals.length} signals, ${read.tables.join(', ')}; ${tookMs.toFixed(0)} ms`);
  const week = alerts.filter((alert) => (alert.untilMs ?? endMs) > endMs - 7 * DAY);
  const found = COMPUTED.filter(([kind, device, part]) => week.some((alert) => tellsOf(alert, kind, device, part)));
  const extra = week.filter((alert) => !COMPUTED.some(([kind, device, part]) => tellsOf(alert, kind, device, part)));
  print(
    `computed alerts of the original, last week: ${found.length} of ${COMPUTED.length} found, ${extra.length} more:`,
  );
  for (const alert of extra) print(`  ${line(alert)}`);
  print(`the two weeks before (told by no list): ${alerts.length - week.length}`);
  for (const alert of alerts) if (!week.includes(alert)) print(`  ${line(alert)}`);
  await compareListed(folder, alerts, read.signals);
}

/** The 43 rows of expected_alerts: which of them name something that is in the tables at all. */
async function compareListed(
  folder: string,
  alerts: readonly Alert[],
  signals: Awaited<ReturnType<typeof readMeasureTables>>['signals'],
): Promise<void> {
  const duck = await (await DuckDBInstance.create(':memory:')).connect();
  let rows = 0;
  let absent = 0;
  let told = 0;
  for (const [kind, column] of [
    ['maxout', 'Phase'],
    ['actuations', 'Detector'],
    ['pedestrian', 'Phase'],
    ['missing_data', '0'],
    ['phase_skips', 'Phase'],
  ] as const) {
    const file = join(folder, 'expected_alerts', `${kind}.parquet`);
    const list = await duck.runAndReadAll(
      `SELECT DeviceId, ${column}::INTEGER, epoch_ms("Date"::TIMESTAMP)::DOUBLE FROM '${file}'`,
    );
    for (const [device, part, dateMs] of list.getRows() as [string, number, number][]) {
      rows++;
      const signal = signals.find((one) => one.device === device);
      const day = Math.floor(dateMs / DAY) * DAY;
      const there =
        kind === 'maxout'
          ? signal?.terminations.has(part)
          : kind === 'actuations'
            ? signal?.detectors.has(part)
            : kind === 'pedestrian'
              ? signal?.pedestrians.has(part)
              : kind === 'missing_data'
                ? day >= Date.UTC(2025, 11, 18)
                : signal?.skips.has(part);
      if (there !== true) absent++;
      else if (
        alerts.some(
          (alert) =>
            tellsOf(alert, kind, device, part) && alert.sinceMs < day + DAY && (alert.untilMs ?? Infinity) > day,
        )
      ) {
        told++;
      }
    }
  }
  print(
    `the 43 listed rows: ${rows} read; ${absent} name a phase, detector, table or day that the tables do not hold; ` +
      `of the other ${rows - absent}, ${told} show a change in the tables on that day`,
  );
}

const when = (timeMs: number | null): string =>
  timeMs === null ? 'now' : new Date(timeMs).toISOString().slice(5, 16).replace('T', ' ');
const line = (alert: Alert): string =>
  `${when(alert.sinceMs)} to ${when(alert.untilMs)}  ${alert.devices.map((id) => id.slice(0, 8)).join(', ')}  ${partOf(alert)}: ${alert.cause}`;

interface Log {
  readonly device: string;
  readonly events: Event[];
  readonly roles: DetectorRole[];
}

async function readLogs(file: string): Promise<Log[]> {
  const log = await ControllerLog.open([file], { zone: new Zone('UTC') });
  const learner = new ConfigurationLearner();
  const byDevice: Event[][] = [];
  for await (const batch of log.batches()) {
    learner.push(batch, 0, batch.length);
    for (let at = 0; at < batch.length; at++) {
      byDevice[batch.device[at]!] ??= [];
      byDevice[batch.device[at]!]!.push([batch.timeMs[at]!, batch.code[at]!, batch.parameter[at]!]);
    }
  }
  const { roles } = learner.infer();
  const devices = log.devices;
  log.close();
  return byDevice.map((events, at) => ({
    device: devices[at]!,
    events,
    roles: roles.filter((role) => role.device === devices[at]),
  }));
}

function watch({ device, roles }: Log, events: readonly Event[]): readonly Alert[] {
  const batch = new EventBuffer([device], events.length);
  for (const [time, code, parameter] of events) batch.push(time, 0, code, parameter);
  const watching = new EventWatch(roles);
  watching.push(batch, 0, batch.length);
  watching.finish(events.at(-1)![0]);
  return watching.alerts;
}

async function runEvents(data: string): Promise<void> {
  const logs = (await Promise.all(LOGS.map((file) => readLogs(join(data, file))))).flat();
  const hours = logs.reduce((sum, { events }) => sum + (events.at(-1)![0] - events[0]![0]) / 3_600_000, 0);
  print(`\nUntouched logs: ${logs.length} signals, ${hours.toFixed(1)} signal-hours (roles inferred)`);
  const usual = new Map(logs.map((log) => [log, watch(log, log.events)]));
  for (const alerts of usual.values()) for (const alert of alerts) print(`  ${line(alert)}`);
  print(`\n${'fault'.padEnd(30)} trials  found   time to alert: median, 90 %      other alerts beside`);
  for (const fault of FAULTS) {
    const waits: number[] = [];
    let trials = 0;
    let beside = 0;
    for (const log of logs) {
      const key = new Set(usual.get(log)?.map((alert) => `${partOf(alert)} ${alert.sinceMs}`));
      const [first, last] = [log.events[0]![0], log.events.at(-1)![0]];
      const atMs = Math.round((first + last) / 2);
      for (const place of fault.places(log.events, atMs)) {
        const events = injectInto(log, fault, atMs, place);
        // What the untouched log has by itself at that time cannot be put into it.
        const there = usual
          .get(log)
          ?.some(
            (alert) =>
              fault.kinds.includes(alert.kind) && fault.concerns(alert, place) && (alert.untilMs ?? Infinity) > atMs,
          );
        if (events === null || there === true) continue;
        trials++;
        const alerts = watch(log, events).filter((alert) => !key.has(`${partOf(alert)} ${alert.sinceMs}`));
        const hit = alerts.find(
          (alert) => fault.kinds.includes(alert.kind) && fault.concerns(alert, place) && alert.raisedMs >= atMs,
        );
        if (hit !== undefined) waits.push((hit.raisedMs - atMs) / 1000);
        beside += alerts.filter((alert) => !fault.concerns(alert, place)).length;
      }
    }
    waits.sort((one, other) => one - other);
    const at = (part: number): string =>
      waits.length === 0 ? '-' : `${Math.round(waits[Math.floor(part * (waits.length - 1))]!)} s`;
    print(
      `${fault.name.padEnd(30)} ${String(trials).padStart(6)} ${String(waits.length).padStart(6)}   ${at(0.5).padStart(10)} ${at(0.9).padStart(10)} ${String(beside).padStart(20)}`,
    );
  }
  runClocks(logs.slice(0, 3));
}

function injectInto(log: Log, fault: Fault, atMs: number, place: number): Event[] | null {
  if (!fault.kinds.includes('split-failures')) return fault.inject(log.events, atMs, place);
  const zones = log.roles.filter((role) => role.phase === place && role.function === 'Presence');
  if (zones.length === 0) return null;
  return neverClears(
    log.events,
    atMs,
    place,
    zones.map(({ channel }) => channel),
  );
}

/** A clock that jumps or creeps, in a live feed of three signals that arrives in batches of ten seconds. */
function runClocks(logs: readonly Log[]): void {
  for (const [name, offAt] of [
    ['clock jumps 8 s ahead', () => 8000],
    ['clock jumps 8 s back', () => -8000],
    ['clock creeps by 1 s a minute', (sinceMs: number) => sinceMs / 60],
  ] as const) {
    const waits: number[] = [];
    let others = 0;
    for (const wrong of logs) {
      const all = logs.flatMap((log, device) => log.events.map((event) => ({ device, event, log })));
      all.sort((one, other) => one.event[0] - other.event[0]);
      const atMs = all[0]!.event[0] + 3_600_000;
      const watching = new EventWatch();
      const batch = new EventBuffer(logs.map(({ device }) => device));
      let slot = 0;
      for (const { device, event, log } of all) {
        if (Math.floor(event[0] / 10_000) !== slot) {
          watching.push(batch, 0, batch.length, (slot + 1) * 10_000);
          batch.clear();
          slot = Math.floor(event[0] / 10_000);
        }
        const off = log === wrong && event[0] >= atMs ? offAt(event[0] - atMs) : 0;
        batch.push(event[0] + off, device, event[1], event[2]);
      }
      const alerts = watching.alerts.filter((alert) => alert.kind === 'clock-drift');
      const hit = alerts.find((alert) => alert.devices[0] === wrong.device && alert.raisedMs >= atMs);
      if (hit !== undefined) waits.push((hit.raisedMs - atMs) / 1000);
      others += alerts.filter((alert) => alert.devices[0] !== wrong.device).length;
    }
    waits.sort((one, other) => one - other);
    print(
      `${name.padEnd(30)} ${String(logs.length).padStart(6)} ${String(waits.length).padStart(6)}   ${`${Math.round(waits[waits.length >> 1] ?? Number.NaN)} s`.padStart(10)} ${`${Math.round(waits.at(-1) ?? Number.NaN)} s`.padStart(10)} ${String(others).padStart(20)}`,
    );
  }
}
