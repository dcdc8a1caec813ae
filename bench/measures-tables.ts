import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, DuckDBTimestampValue } from '@duckdb/node-api';
import { MeasureEngine } from '../src/measures/engine.ts';
import { type DetectorFunction, type DetectorRole, EventBuffer } from '../src/measures/event.ts';
import type { Table } from '../src/measures/table.ts';

const OREGON = 'controller-logs/shawnstrasser-atspm/tests';
/** The expected tables. */
export const OREGON_TABLES = [
  'actuations',
  'actuations_zeros_incremental',
  'actuations_zeros_oneshot',
  'arrival_on_green',
  'communications',
  'coordination',
  'coordination_agg',
  'detector_health',
  'full_ped',
  'has_data',
  'ped',
  'ped_delay',
  'phase_wait',
  'split_failures',
  'splits',
  'terminations',
  'timeline',
  'unique_ped',
  'yellow_red',
];
/** Of the largest value compared: floats of the expected tables hold seven digits. */
const TOLERANCE = 1e-6;

/** How one table of ours compares with the expected one. */
export interface Match {
  readonly table: string;
  readonly expected: number;
  readonly matched: number;
  /** Expected rows without an equal row of ours, as text. */
  readonly missing: readonly string[];
  /** Rows of ours without an equal expected row, as text. */
  readonly extra: readonly string[];
}

type Row = readonly (number | string)[];

const plain = (value: unknown): number | string => {
  if (value instanceof DuckDBTimestampValue) return Number(value.micros) / 1000;
  if (typeof value === 'bigint' || typeof value === 'boolean' || typeof value === 'number') return Number(value);
  return value === null ? Number.NaN : String(value);
};

async function readRows(duck: DuckDBConnection, sql: string): Promise<{ names: string[]; rows: Row[] }> {
  const result = await duck.runAndReadAll(sql);
  return { names: result.columnNames(), rows: result.getRows().map((row) => row.map(plain)) };
}

/** The Oregon log as one batch, and its detectors. */
export async function readOregonLog(data: string): Promise<{ batch: EventBuffer; roles: DetectorRole[] }> {
  const duck = await (await DuckDBInstance.create(':memory:')).connect();
  const log = join(data, OREGON, 'hires_test_data.parquet');
  const { rows } = await readRows(
    duck,
    `SELECT epoch_ms(TimeStamp::TIMESTAMP), DeviceId::VARCHAR, EventId, Parameter FROM '${log}'`,
  );
  const devices: string[] = [];
  const position = new Map<string, number>();
  const batch = new EventBuffer(devices, rows.length);
  for (const [time, id, code, parameter] of rows) {
    let device = position.get(String(id));
    if (device === undefined) {
      device = devices.push(String(id)) - 1;
      position.set(String(id), device);
    }
    batch.push(Number(time), device, Number(code), Number(parameter));
  }
  const config = join(data, OREGON, 'configs_test_data.parquet');
  const detectors = await readRows(duck, `SELECT DeviceId::VARCHAR, Parameter, Phase, Function FROM '${config}'`);
  const roles = detectors.rows.map(([device, channel, phase, name]) => ({
    device: String(device),
    channel: Number(channel),
    phase: Number(phase),
    function: String(name) as DetectorFunction,
  }));
  duck.disconnectSync();
  return { batch, roles };
}

/** Runs the measures over the Oregon log and holds every table against its expected file. */
export async function matchOregonTables(data: string, faithful: boolean): Promise<Match[]> {
  const { batch, roles } = await readOregonLog(data);
  const tables = OREGON_TABLES;
  const engine = new MeasureEngine({ dialect: 'oregon', roles, binMs: 15 * 60_000, slackMs: 60_000, tables, faithful });
  engine.push(batch);
  engine.finish();
  const duck = await (await DuckDBInstance.create(':memory:')).connect();
  const matches: Match[] = [];
  for (const table of engine.tables) {
    const file = join(data, OREGON, 'precalculated', `${table.name}.parquet`);
    const { names, rows } = await readRows(duck, `SELECT * FROM '${file}'`);
    matches.push(compare(table, names, rows, batch.devices));
  }
  duck.disconnectSync();
  return matches;
}

/** The rows of a table with the ids of the controllers as numbers, its columns in the order of `names`. */
export function rowsOf(table: Table, names: readonly string[], devices: readonly string[]): Row[] {
  const columns = names.map((name) => table.columns.find((column) => column.name === name));
  return Array.from({ length: table.length }, (_, row) =>
    columns.map((column) => {
      if (column === undefined) return 'no such column';
      if (column.type === 'text') return column.texts[row] ?? '';
      const value = column.values[row] ?? Number.NaN;
      return column.type === 'device' ? Number(devices[value]) : value;
    }),
  );
}

function compare(table: Table, names: readonly string[], expected: readonly Row[], devices: readonly string[]): Match {
  // Rows of one key stand together when sorted; floats are compared with the tolerance, so they do not make the key.
  const isKey = names.map((name) => {
    const type = table.columns.find((column) => column.name === name)?.type;
    return type !== 'float' && type !== 'double';
  });
  const keyOf = (row: Row): string => row.filter((_, at) => isKey[at]).join('|');
  const ours = new Map<string, Row[]>();
  for (const row of rowsOf(table, names, devices)) {
    const key = keyOf(row);
    const those = ours.get(key);
    if (those === undefined) ours.set(key, [row]);
    else those.push(row);
  }
  const missing: string[] = [];
  let matched = 0;
  for (const row of expected) {
    const those = ours.get(keyOf(row)) ?? [];
    const at = those.findIndex((other) => other.every((cell, column) => isClose(cell, row[column])));
    if (at < 0) missing.push(row.join('|'));
    else {
      those.splice(at, 1);
      matched++;
    }
  }
  const extra = [...ours.values()].flat().map((row) => row.join('|'));
  return { table: table.name, expected: expected.length, matched, missing, extra };
}

function isClose(a: number | string | undefined, b: number | string | undefined): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}
