import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { UrbaneError } from '../units/errors.ts';
import type { Bins } from '../watch/history.ts';
import type { SignalTables } from '../watch/tables.ts';
import { openDuck, quoteName, quoteText } from './duck.ts';
import { getKind } from './files.ts';

/** Tables of measures of all signals in a folder, ready to be watched. */
export interface MeasureTables {
  readonly signals: readonly SignalTables[];
  readonly bins: Bins;
  /** Names of signals by device, where a table `signals` gives them. */
  readonly names: ReadonlyMap<string, string>;
  /** Names of the tables that were read. */
  readonly tables: readonly string[];
}

type Filling = {
  -readonly [Key in keyof SignalTables]: SignalTables[Key] extends ReadonlyMap<number, infer Value>
    ? Map<number, Value>
    : SignalTables[Key];
};

/** A table that can be watched: its columns, and where a row goes. */
interface Known {
  readonly part: string | null;
  readonly values: readonly string[];
  /** Columns that must be there. */
  readonly columns: readonly string[];
  put(signal: Filling, part: number, bin: number, one: number, two: number, count: number): void;
}

const blank = (count: number, value: number): Float64Array => new Float64Array(count).fill(value);

function getOr<Value>(map: Map<number, Value>, key: number, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

const hits = (missing: number): Known => ({
  part: 'Detector',
  values: ['"Total"'],
  columns: ['Detector', 'Total'],
  put: ({ detectors }, part, bin, total, _, count) => {
    getOr(detectors, part, () => blank(count, missing))[bin] = total;
  },
});

/** By the names that `urbane measure` and the Oregon tables have. */
const KNOWN: Readonly<Record<string, Known>> = {
  has_data: {
    part: null,
    values: [],
    columns: [],
    put: (signal, _part, bin, _one, _two, count) => {
      signal.present ??= new Uint8Array(count);
      signal.present[bin] = 1;
    },
  },
  terminations: {
    part: 'Phase',
    values: ['"Total"', `CASE WHEN "PerformanceMeasure" IN ('MaxOut', 'ForceOff') THEN "Total" ELSE 0 END`],
    columns: ['Phase', 'PerformanceMeasure', 'Total'],
    put: ({ terminations }, part, bin, all, forced, count) => {
      const of = getOr(terminations, part, () => ({ all: blank(count, 0), forced: blank(count, 0) }));
      of.all[bin]! += all;
      of.forced[bin]! += forced;
    },
  },
  detector_health: hits(Number.NaN),
  // Only channels with hits have a row there.
  actuations: hits(0),
  full_ped: {
    part: 'Phase',
    values: ['"PedServices"', '"PedActuation"'],
    columns: ['Phase', 'PedServices', 'PedActuation'],
    put: ({ pedestrians }, part, bin, served, pressed, count) => {
      const make = () => ({ services: blank(count, Number.NaN), presses: blank(count, Number.NaN) });
      const { services, presses } = getOr(pedestrians, part, make);
      services[bin] = served;
      presses[bin] = pressed;
    },
  },
  phase_wait: {
    part: 'Phase',
    values: ['"TotalSkips"'],
    columns: ['Phase', 'TotalSkips'],
    put: ({ skips }, part, bin, total, _, count) => {
      getOr(skips, part, () => blank(count, Number.NaN))[bin] = total;
    },
  },
};

/**
 * Reads the tables of a folder that can be watched (Parquet or CSV): has_data, terminations, detector_health or else
 * actuations, full_ped, phase_wait; names from signals. Times are taken as they stand. Throws UrbaneError
 * `missing-file` where there is none of them and `bad-input` for one without its columns.
 */
export async function readMeasureTables(folder: string): Promise<MeasureTables> {
  const files = await listTables(folder);
  if (files.has('detector_health')) files.delete('actuations');
  const duck = await openDuck();
  try {
    const known = Object.keys(KNOWN).filter((name) => files.has(name));
    if (known.length === 0) {
      throw new UrbaneError(
        'missing-file',
        `${folder} holds none of the tables ${Object.keys(KNOWN).join(', ')}.`,
        'Make them with `urbane measure LOG --out FOLDER`; each is a .parquet or .csv file of that name.',
      );
    }
    for (const name of known) await checkColumns(duck, files.get(name)!, KNOWN[name]!.columns);
    const froms = known.map((name) => fromOf(files.get(name)!));
    const devices = await listDevices(duck, froms);
    const bins = await findBins(duck, froms);
    const signals = devices.map(
      (device): Filling => ({
        device,
        present: files.has('has_data') ? new Uint8Array(bins.count) : null,
        terminations: new Map(),
        detectors: new Map(),
        pedestrians: new Map(),
        skips: new Map(),
      }),
    );
    for (const name of known) await fill(duck, files.get(name)!, KNOWN[name]!, signals, bins);
    return { signals, bins, names: await readNames(duck, files.get('signals')), tables: known };
  } finally {
    duck.closeSync();
  }
}

/** Whether a path is a folder with a table that can be watched. */
export async function holdsMeasureTables(path: string): Promise<boolean> {
  if ((await getKind(path)) !== 'folder') return false;
  return [...(await listTables(path)).keys()].some((name) => name in KNOWN);
}

async function listTables(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const file of await readdir(folder)) {
    const name = /^(.+)\.(parquet|csv)$/.exec(file)?.[1];
    if (name !== undefined) files.set(name, join(folder, file));
  }
  return files;
}

const fromOf = (file: string): string =>
  file.endsWith('.csv') ? `read_csv(${quoteText(file)})` : `read_parquet(${quoteText(file)})`;

async function checkColumns(duck: DuckDBConnection, file: string, wanted: readonly string[]): Promise<void> {
  const found = await readRows(duck, `DESCRIBE SELECT * FROM ${fromOf(file)}`).catch((fault: unknown) => {
    const why = fault instanceof Error ? fault.message.split('\n')[0] : String(fault);
    throw new UrbaneError('bad-input', `${basename(file)} cannot be read: ${why}`, 'Make the table again.');
  });
  const types = new Map(found.map(([name, type]) => [String(name), String(type)]));
  const missing = ['TimeStamp', 'DeviceId', ...wanted].find((name) => !types.has(name));
  if (missing !== undefined) {
    throw new UrbaneError(
      'bad-input',
      `${basename(file)} has no column ${missing}; its columns are ${[...types.keys()].slice(0, 12).join(', ')}.`,
      'Make the table again with `urbane measure LOG --out FOLDER`.',
    );
  }
  if (!types.get('TimeStamp')?.startsWith('TIMESTAMP')) {
    throw new UrbaneError(
      'bad-input',
      `TimeStamp of ${basename(file)} is no time but ${types.get('TimeStamp')}.`,
      'Write times as 2026-01-31 07:15:00.',
    );
  }
}

async function readRows(duck: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await duck.runAndReadAll(sql)).getRows();
}

const timeMs = 'epoch_ms("TimeStamp"::TIMESTAMP)';

/** Ids of all devices, in order; also a table `devices` of them in the database. */
async function listDevices(duck: DuckDBConnection, froms: readonly string[]): Promise<string[]> {
  const all = froms.map((from) => `SELECT DISTINCT "DeviceId"::VARCHAR AS id FROM ${from}`).join(' UNION ');
  await duck.run(
    `CREATE TABLE devices AS SELECT id, (row_number() OVER (ORDER BY id) - 1)::INTEGER AS position FROM (${all}) WHERE id IS NOT NULL`,
  );
  return (await readRows(duck, 'SELECT id FROM devices ORDER BY position')).map(([id]) => String(id));
}

async function findBins(duck: DuckDBConnection, froms: readonly string[]): Promise<Bins> {
  const all = froms.map((from) => `SELECT DISTINCT ${timeMs} AS t FROM ${from}`).join(' UNION ');
  const [row] = await readRows(
    duck,
    `SELECT min(t)::DOUBLE, max(t)::DOUBLE, min(step)::DOUBLE FROM (SELECT t, t - lag(t) OVER (ORDER BY t) AS step FROM (${all}) WHERE t IS NOT NULL)`,
  );
  const [first, last, step] = (row ?? []).map(Number) as [number, number, number];
  if (!(step > 0)) {
    throw new UrbaneError(
      'too-little-data',
      'The tables hold one bin of time only.',
      'Measure a longer log: days, not minutes.',
    );
  }
  // Bins are counted from midnight, so that days have the same bins.
  return { startMs: first, stepMs: step, count: Math.floor((last - first) / step) + 1 };
}

async function fill(
  duck: DuckDBConnection,
  file: string,
  known: Known,
  signals: readonly Filling[],
  { startMs, stepMs, count }: Bins,
): Promise<void> {
  const number = (column: string | undefined): string =>
    column === undefined ? '0' : `coalesce((${column})::DOUBLE, 0)`;
  const cells = [
    `(${timeMs} - ${startMs})::DOUBLE / ${stepMs}`,
    'position::DOUBLE',
    number(known.part === null ? undefined : quoteName(known.part)),
    number(known.values[0]),
    number(known.values[1]),
  ];
  const result = await duck.stream(
    `SELECT ${cells.join(', ')} FROM ${fromOf(file)} JOIN devices ON id = "DeviceId"::VARCHAR WHERE "TimeStamp" IS NOT NULL`,
  );
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const [at, device, part, one, two] = chunk.getColumns() as number[][];
    for (let row = 0; row < chunk.rowCount; row++) {
      const signal = signals[device![row]!];
      if (signal !== undefined) known.put(signal, part![row]!, Math.floor(at![row]!), one![row]!, two![row]!, count);
    }
  }
}

async function readNames(duck: DuckDBConnection, file: string | undefined): Promise<Map<string, string>> {
  if (file === undefined) return new Map();
  const columns = (await readRows(duck, `DESCRIBE SELECT * FROM ${fromOf(file)}`)).map(([name]) => name);
  if (!columns.includes('DeviceId') || !columns.includes('Name')) return new Map();
  const rows = await readRows(duck, `SELECT "DeviceId"::VARCHAR, "Name"::VARCHAR FROM ${fromOf(file)}`);
  return new Map(rows.map(([id, name]) => [String(id), String(name)]));
}
