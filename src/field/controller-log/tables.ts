import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import { type EventBatch, EventBuffer } from '../../measures/event.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { Zone } from '../../units/zone.ts';
import { quoteName, quoteText } from '../duck.ts';
import type { DamageReport } from './damage.ts';
import type { DeviceIds } from './device-ids.ts';
import { findLogColumns, LOG_COLUMNS_WANTED, type LogColumns } from './log-columns.ts';
import { parseLogTime } from './log-time.ts';

/** A table of events as DuckDB reads it. */
export interface LogTable {
  /** What stands after FROM. */
  readonly from: string;
  readonly columns: LogColumns;
  /** For messages. */
  readonly name: string;
  /** How the columns are read: numbers as they are stored, or cell by cell as text. */
  readonly typed: boolean;
  /** Times are UTC, not local. */
  readonly utc: boolean;
  /** Devices are positions in the list of ids already. */
  readonly positions: boolean;
  /** What the first row is called in messages: 2 below the header of a CSV. */
  readonly firstRow: number;
}

const WHOLE = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT)$/;
/** Stands for a cell that holds no whole number in range: drifts (code 400) and others are negative at times. */
const NONE = -(2 ** 31);
const NO_TIME = "TIMESTAMP '1970-01-01'";

/** Opens a Parquet or CSV file. Throws UrbaneError `bad-input` where it cannot be read or a column is missing. */
export async function openTable(duck: DuckDBConnection, file: string): Promise<LogTable> {
  const name = basename(file);
  const parquet = /\.parquet$/i.test(file);
  const header = parquet ? true : await hasHeader(file);
  const from = parquet
    ? `read_parquet(${quoteText(file)})`
    : `read_csv(${quoteText(file)}, all_varchar = true, header = ${header}, null_padding = true, store_rejects = true)`;
  const types = await describe(duck, from, name);
  const names = [...types.keys()];
  const columns = header ? findLogColumns(names) : bareColumns(names);
  if (Array.isArray(columns)) {
    throw new UrbaneError(
      'bad-input',
      `${name} has no column for the ${columns.join(', the ')} of an event; its columns are ${names.slice(0, 12).join(', ')}.`,
      LOG_COLUMNS_WANTED,
    );
  }
  const time = types.get(columns.time) ?? '';
  const typed = time.startsWith('TIMESTAMP') && WHOLE.test(types.get(columns.device) ?? '');
  return {
    from,
    columns,
    name,
    typed,
    utc: time.includes('ZONE'),
    positions: false,
    firstRow: parquet || !header ? 1 : 2,
  };
}

/** One table of files of one make, or null where they differ and must be put together first. */
export function joinTables(tables: readonly LogTable[]): LogTable | null {
  const [first] = tables;
  if (first === undefined || !tables.every((table) => table.typed)) return null;
  const make = (table: LogTable): string => JSON.stringify([table.columns, table.utc]);
  if (!tables.every((table) => make(table) === make(first))) return null;
  const files = tables.map(({ from }) => from.slice('read_parquet('.length, -1));
  const more = tables.length > 1 ? ` and ${tables.length - 1} more` : '';
  return { ...first, from: `read_parquet([${files.join(', ')}])`, name: `${first.name}${more}` };
}

const HEADERLESS = ['device', 'time', 'code', 'parameter'] as const;

/** A CSV without a header has its device, time, code and parameter in this order. */
function bareColumns(names: readonly string[]): LogColumns | (keyof LogColumns)[] {
  if (names.length < HEADERLESS.length) return HEADERLESS.slice(names.length);
  return { device: names[0]!, time: names[1]!, code: names[2]!, parameter: names[3]! };
}

/** Whether the first line of a CSV names columns: the second cell of a row of events is a time. */
async function hasHeader(file: string): Promise<boolean> {
  if (/\.gz$/i.test(file)) return true;
  const handle = await open(file);
  try {
    const head = Buffer.alloc(1000);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    const cells = (head.toString('utf8', 0, bytesRead).split(/\r?\n/)[0] ?? '').split(/[,;\t]/);
    return Number.isNaN(parseLogTime((cells[1] ?? '').replaceAll('"', '').trim(), (local) => local));
  } finally {
    await handle.close();
  }
}

async function describe(duck: DuckDBConnection, from: string, name: string): Promise<Map<string, string>> {
  const rows = await refuseDamage(name, duck.runAndReadAll(`DESCRIBE SELECT * FROM ${from}`));
  return new Map(rows.getRows().map(([column, type]) => [String(column), String(type)]));
}

async function refuseDamage<T>(name: string, running: Promise<T>): Promise<T> {
  try {
    return await running;
  } catch (fault) {
    const why = fault instanceof Error ? (fault.message.split('\n')[0] ?? '') : String(fault);
    throw new UrbaneError(
      'bad-input',
      `${name} cannot be read: ${why.slice(0, 200)}`,
      'Check that the file is whole and that its ending (.parquet, .csv) says what it is.',
    );
  }
}

async function* chunksOf(duck: DuckDBConnection, sql: string, name: string): AsyncGenerator<DuckDBDataChunk> {
  const result = await refuseDamage(name, duck.stream(sql));
  for (;;) {
    const chunk = await refuseDamage(name, result.fetchChunk());
    if (chunk === null || chunk.rowCount === 0) return;
    yield chunk;
  }
}

/** Values of a column of numbers, as DuckDB keeps them. */
function itemsOf<T>(chunk: DuckDBDataChunk, column: number): T {
  const vector: unknown = chunk.getColumnVector(column);
  return (vector as { items: T }).items;
}

/** Milliseconds in a column of TIMESTAMP (µs), read as pairs of 32 bits: no BigInt is made. */
function fillTimes(into: Float64Array, chunk: DuckDBDataChunk): void {
  const stored = itemsOf<BigInt64Array>(chunk, 0);
  const words = new Int32Array(stored.buffer, stored.byteOffset, stored.length * 2);
  for (let row = 0; row < stored.length; row++) {
    into[row] = Math.round((words[2 * row + 1]! * 4_294_967_296 + (words[2 * row]! >>> 0)) / 1000);
  }
}

const timeOf = ({ columns }: LogTable): string => `coalesce(${quoteName(columns.time)}::TIMESTAMP, ${NO_TIME})`;

/** Rows of a typed table, and whether they stand in order of time, none without one. */
export async function checkOrder(duck: DuckDBConnection, table: LogTable): Promise<{ rows: number; sorted: boolean }> {
  const time = quoteName(table.columns.time);
  const sql = `SELECT count(*)::DOUBLE, count(*) FILTER (t < before)::DOUBLE + count(*) FILTER (t IS NULL)::DOUBLE
    FROM (SELECT ${time} AS t, lag(${time}) OVER () AS before FROM ${table.from})`;
  const [row = []] = (await refuseDamage(table.name, duck.runAndReadAll(sql))).getRows();
  return { rows: Number(row[0]), sorted: row[1] === 0 };
}

/** Events of a typed table in its own order, or in order of time where `sort` says so. The batch is reused. */
export async function* readTyped(
  duck: DuckDBConnection,
  table: LogTable,
  sort: boolean,
  zone: Zone,
  ids: DeviceIds,
  damage: DamageReport,
): AsyncGenerator<EventBatch> {
  const { device, code, parameter } = table.columns;
  const whole = (column: string): string => `coalesce(TRY_CAST(${quoteName(column)} AS INTEGER), ${NONE})`;
  const cells = `${timeOf(table)} AS t, coalesce(${quoteName(device)}::DOUBLE, -1) AS d, ${whole(code)} AS c, ${whole(parameter)} AS p`;
  const sql = sort
    ? `SELECT t, d, c, p, r FROM (SELECT ${cells}, (row_number() OVER ())::DOUBLE AS r FROM ${table.from}) ORDER BY t, r`
    : `SELECT ${cells} FROM ${table.from}`;
  const batch = new EventBuffer(ids.list);
  const times = new Float64Array(2048);
  const known = new Map<number, number>();
  const local = !(table.utc || zone.name === 'UTC');
  let row = table.firstRow;
  let lastId = Number.NaN;
  let position = 0;
  for await (const chunk of chunksOf(duck, sql, table.name)) {
    const count = chunk.rowCount;
    fillTimes(times, chunk);
    const deviceIds = itemsOf<Float64Array>(chunk, 1);
    const codes = itemsOf<Int32Array>(chunk, 2);
    const parameters = itemsOf<Int32Array>(chunk, 3);
    const numbers = sort ? itemsOf<Float64Array>(chunk, 4) : null;
    batch.clear();
    for (let at = 0; at < count; at++) {
      const id = deviceIds[at]!;
      const eventCode = codes[at]!;
      const value = parameters[at]!;
      if (id < 0 || !isCode(eventCode) || value === NONE || times[at]! <= 0) {
        const place = numbers === null ? row + at : table.firstRow + numbers[at]! - 1;
        damage.add(table.name, `row ${place}`, 'its time, device, code or parameter is empty or out of range');
        continue;
      }
      if (id !== lastId) {
        lastId = id;
        position = table.positions ? id : positionOf(known, id, ids);
      }
      batch.push(local ? zone.toUtc(times[at]!) : times[at]!, position, eventCode, value);
    }
    row += count;
    yield batch;
  }
}

function positionOf(known: Map<number, number>, id: number, ids: DeviceIds): number {
  const found = known.get(id);
  if (found !== undefined) return found;
  const position = ids.positionOf(String(id));
  known.set(id, position);
  return position;
}

/** Events of any table, cell by cell as text, in its own order. The batch is reused. */
export async function* readCells(
  duck: DuckDBConnection,
  table: LogTable,
  zone: Zone,
  ids: DeviceIds,
  damage: DamageReport,
): AsyncGenerator<EventBatch> {
  const { time, device, code, parameter } = table.columns;
  const cells = [time, device, code, parameter].map((column) => `trim(${quoteName(column)}::VARCHAR)`).join(', ');
  const batch = new EventBuffer(ids.list);
  const toUtc = (localMs: number): number => zone.toUtc(localMs);
  let row = table.firstRow;
  for await (const chunk of chunksOf(duck, `SELECT ${cells} FROM ${table.from}`, table.name)) {
    batch.clear();
    const [times, devices, codes, parameters] = [0, 1, 2, 3].map((column) => chunk.getColumnVector(column));
    for (let at = 0; at < chunk.rowCount; at++, row++) {
      const timeMs = parseLogTime(String(times!.getItem(at)), toUtc);
      const id = devices!.getItem(at);
      const eventCode = wholeOf(codes!.getItem(at));
      const value = wholeOf(parameters!.getItem(at));
      if (typeof id !== 'string' || id === '' || !(timeMs > 0) || !isCode(eventCode) || value === NONE) {
        damage.add(table.name, `row ${row}`, 'its time, device, code or parameter is empty or cannot be read');
      } else {
        batch.push(timeMs, ids.positionOf(id), eventCode, value);
      }
    }
    yield batch;
  }
  if (table.from.startsWith('read_csv')) await reportRejects(duck, table, damage);
}

function wholeOf(cell: unknown): number {
  const value = typeof cell === 'string' && cell !== '' ? Number(cell) : Number.NaN;
  return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? value : NONE;
}

const isCode = (value: number): boolean => value >= 0 && value <= 65_535;

async function reportRejects(duck: DuckDBConnection, { name }: LogTable, damage: DamageReport): Promise<void> {
  const rejects = await duck.runAndReadAll(
    'SELECT DISTINCT line, error_type::VARCHAR FROM reject_errors ORDER BY line',
  );
  for (const [line, why] of rejects.getRows()) {
    damage.add(name, `row ${line}`, String(why).toLowerCase().replaceAll('_', ' '));
  }
  await duck.run('DROP TABLE reject_errors; DROP TABLE reject_scans');
}
