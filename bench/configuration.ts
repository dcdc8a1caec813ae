import { join } from 'node:path';
import { readDetectors } from '../src/field/controller-log/detectors.ts';
import { ControllerLog } from '../src/field/controller-log/log.ts';
import { ConfigurationLearner } from '../src/measures/configuration.ts';
import { ROLE_LIMITS, type RoleLimits } from '../src/measures/configuration-role.ts';
import { type DetectorRole, EventBuffer } from '../src/measures/event.ts';
import { Zone } from '../src/units/zone.ts';

const FOLDER = 'controller-logs/shawnstrasser-atspm';
const SETS = [
  ['tests/hires_test_data.parquet', 'tests/configs_test_data.parquet'],
  ['src/atspm/data/sample_raw_data.parquet', 'src/atspm/data/sample_config.parquet'],
] as const;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** A log in memory and the labels of its detectors. */
export interface LabelledLog {
  readonly events: EventBuffer;
  readonly labels: readonly DetectorRole[];
}

export async function readLabelled(data: string, set: 0 | 1): Promise<LabelledLog> {
  const [file, config] = SETS[set];
  const log = await ControllerLog.open([join(data, FOLDER, file)], { zone: new Zone('UTC') });
  const events = new EventBuffer(log.devices, log.rows);
  for await (const batch of log.batches()) {
    for (let at = 0; at < batch.length; at++) {
      events.push(batch.timeMs[at]!, batch.device[at]!, batch.code[at]!, batch.parameter[at]!);
    }
  }
  log.close();
  return { events, labels: (await readDetectors(join(data, FOLDER, config))).roles };
}

export interface Score {
  readonly labelled: number;
  /** Labelled channels with at least one hit in the log. */
  readonly seen: number;
  readonly phase: number;
  readonly function: number;
  readonly misses: readonly string[];
}

/** How many labels the log gives again; `from` and `to` (shares of its events) cut it. */
export function score({ events, labels }: LabelledLog, limits: RoleLimits = ROLE_LIMITS, from = 0, to = 1): Score {
  const learner = new ConfigurationLearner(limits);
  learner.push(events, Math.floor(from * events.length), Math.floor(to * events.length));
  const { roles, unknown } = learner.infer();
  const misses: string[] = [];
  let seen = 0;
  let phase = 0;
  let functions = 0;
  for (const label of labels) {
    const same = (role: { device: string; channel: number }): boolean =>
      role.device === label.device && role.channel === label.channel;
    const role = roles.find(same);
    if (role !== undefined || unknown.some(same)) seen++;
    if (role?.phase === label.phase) phase++;
    if (role?.function === label.function) functions++;
    if (role?.phase !== label.phase || role.function !== label.function) {
      const found = role === undefined ? 'nothing' : `${role.function} of phase ${role.phase}, ${role.because}`;
      misses.push(
        `${label.device} channel ${label.channel}: ${label.function} of phase ${label.phase}; found ${found}`,
      );
    }
  }
  return { labelled: labels.length, seen, phase, function: functions, misses };
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
const line = (found: Score): string =>
  `phase ${found.phase} of ${found.seen} (${percent(found.phase, found.seen)}), ` +
  `function ${found.function} (${percent(found.function, found.seen)}); ` +
  `of all ${found.labelled} labels ${percent(found.phase, found.labelled)} and ${percent(found.function, found.labelled)}`;

/** `npm run bench -- configuration`: roles of detectors inferred from real logs, against their labels. Needs URBANE_DATA. */
export async function run(): Promise<void> {
  const data = process.env.URBANE_DATA ?? '../shared/data';
  const oregon = await readLabelled(data, 0);
  const sample = await readLabelled(data, 1);
  for (const [name, log] of [
    ['74 labels, 3 signals, 3 h', oregon],
    ['16 labels, another signal, 2 h', sample],
  ] as const) {
    const beganMs = performance.now();
    const found = score(log);
    print(`\n${name}: ${line(found)}; ${log.events.length} events in ${(performance.now() - beganMs).toFixed(0)} ms`);
    for (const miss of found.misses) print(`  ${miss}`);
  }
  print('\neach third of the 3 h by itself:');
  for (const third of [0, 1, 2]) print(`  ${line(score(oregon, ROLE_LIMITS, third / 3, (third + 1) / 3))}`);
  leaveOut(oregon, sample);
}

const GRID: { readonly [Key in keyof RoleLimits]: readonly number[] } = {
  pulseS: [0.3, 0.4, 0.5, 0.6, 0.8],
  unbound: [0.15, 0.25, 0.35, 0.45, 0.6],
  held: [0.05, 0.1, 0.15, 0.2, 0.3],
  dwellS: [1.5, 1.75, 2, 2.5, 3],
  seenAgain: [0.2, 0.3, 0.4, 0.5, 0.6],
};

/** Each signal judged by borders chosen on the other three: one border at a time, the middle of the best values. */
function leaveOut(oregon: LabelledLog, sample: LabelledLog): void {
  const signals = [oregon, sample].flatMap((log) =>
    [...new Set(log.labels.map(({ device }) => device))].map((device) => ({
      device,
      log: { events: log.events, labels: log.labels.filter((label) => label.device === device) },
    })),
  );
  print('\nleave one signal out: borders chosen on the three others');
  let right = 0;
  let seen = 0;
  for (const out of signals) {
    let limits = ROLE_LIMITS;
    for (const key of Object.keys(GRID) as (keyof RoleLimits)[]) {
      const scored = GRID[key].map((value) => {
        const tried = { ...ROLE_LIMITS, [key]: value };
        const rights = signals.filter((one) => one !== out).map(({ log }) => score(log, tried).function);
        return { value, right: rights.reduce((sum, part) => sum + part, 0) };
      });
      const best = Math.max(...scored.map((one) => one.right));
      const values = scored.filter((one) => one.right === best).map(({ value }) => value);
      limits = { ...limits, [key]: values[values.length >> 1]! };
    }
    const found = score(out.log, limits);
    right += found.function;
    seen += found.seen;
    print(`  ${out.device}: function ${found.function} of ${found.seen} with ${JSON.stringify(limits)}`);
  }
  print(`  together: function ${right} of ${seen} (${percent(right, seen)})`);
}
