import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type EventBatch, EventBuffer } from '../../measures/event.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { Zone } from '../../units/zone.ts';
import { openDuck } from '../duck.ts';
import { getKind } from '../files.ts';
import { readAsc3Header, readAsc3Records, unpackAsc3 } from './asc3.ts';
import { DamageReport } from './damage.ts';
import { DeviceIds } from './device-ids.ts';
import { findMaxtimeDevice, readMaxtimeEvents } from './maxtime.ts';
import { Staging } from './staging.ts';
import { checkOrder, joinTables, type LogTable, openTable, readCells, readTyped } from './tables.ts';

export interface LogOptions {
  /** Of times without an offset. */
  readonly zone: Zone;
  /** Id of the controller of raw files (.dat, .datZ, .xml); without it, what the file or its name says. */
  readonly device?: string;
  /** Where ids and damage are gathered, for several logs that belong together. */
  readonly ids?: DeviceIds;
  readonly damage?: DamageReport;
}

const RAW = /\.(datz?|xml)$/i;
const TABLE = /\.(parquet|csv|csv\.gz)$/i;

/** Whether a file's name ends as those of raw logs do: no table. */
export const isRawName = (name: string): boolean => RAW.test(name);

/** Whether a file's name ends as the logs do that can be read. */
export const isLogName = (name: string): boolean => RAW.test(name) || TABLE.test(name);

/**
 * Events of signal controllers from files: Parquet and CSV tables, Econolite ASC/3 `.dat` and `.datZ`, MAXTIME `.xml`.
 * Tables larger than memory are fine. Close it after use.
 */
export class ControllerLog {
  readonly damage: DamageReport;
  /** Rows to come, damaged ones included. */
  readonly rows: number;
  readonly #duck: DuckDBConnection;
  readonly #table: LogTable;
  readonly #sorted: boolean;
  readonly #zone: Zone;
  readonly #ids: DeviceIds;
  readonly #damagedAtOpening: number;

  private constructor(reading: Reading, table: LogTable, order: { rows: number; sorted: boolean }) {
    this.#duck = reading.duck;
    this.#zone = reading.zone;
    this.#ids = reading.ids;
    this.damage = reading.damage;
    this.#damagedAtOpening = reading.damage.count;
    this.#table = table;
    this.rows = order.rows;
    this.#sorted = order.sorted;
  }

  /**
   * Opens files and the logs in folders. Throws UrbaneError `missing-file` for a path where nothing is and `bad-input`
   * for a file that is no log, that lacks a column or that has no readable event at all.
   */
  static async open(paths: readonly string[], options: LogOptions): Promise<ControllerLog> {
    const files = (await Promise.all(paths.map(listLogs))).flat();
    const duck = await openDuck();
    try {
      const reading = {
        duck,
        zone: options.zone,
        ids: options.ids ?? new DeviceIds(),
        damage: options.damage ?? new DamageReport(),
      };
      const table = await tableOf(files, reading, options.device);
      return new ControllerLog(reading, table, await checkOrder(duck, table));
    } catch (fault) {
      duck.closeSync();
      throw fault;
    }
  }

  /** Ids of the controllers met so far. */
  get devices(): readonly string[] {
    return this.#ids.list;
  }

  /** The events in order of time, as often as asked; equal times keep the order of the files. The batch is reused. */
  batches(): AsyncGenerator<EventBatch> {
    this.damage.forgetAfter(this.#damagedAtOpening);
    return readTyped(this.#duck, this.#table, !this.#sorted, this.#zone, this.#ids, this.damage);
  }

  close(): void {
    this.#duck.closeSync();
  }
}

interface Reading {
  readonly duck: DuckDBConnection;
  readonly zone: Zone;
  readonly ids: DeviceIds;
  readonly damage: DamageReport;
}

async function listLogs(path: string): Promise<string[]> {
  if ((await getKind(path)) === 'file') {
    if (isLogName(path)) return [path];
    throw new UrbaneError(
      'bad-input',
      `${basename(path)} is no log by its name.`,
      'Logs end in .parquet, .csv, .csv.gz, .dat, .datZ or .xml.',
    );
  }
  const names = (await readdir(path, { recursive: true })).filter(isLogName).sort();
  if (names.length > 0) return names.map((name) => join(path, name));
  throw new UrbaneError(
    'missing-file',
    `${path} holds no log.`,
    'Logs end in .parquet, .csv, .csv.gz, .dat, .datZ or .xml.',
  );
}

async function tableOf(files: readonly string[], reading: Reading, device: string | undefined): Promise<LogTable> {
  const { duck, zone, ids, damage } = reading;
  const tables = new Map<string, LogTable>();
  for (const file of files) if (TABLE.test(file)) tables.set(file, await openTable(duck, file));
  const joined = tables.size === files.length ? joinTables([...tables.values()]) : null;
  if (joined !== null) return joined;
  const staging = await Staging.create(duck);
  for (const file of files) {
    const table = tables.get(file);
    if (table === undefined) await staging.add([await readRawFile(file, reading, device)]);
    else if (table.typed) await staging.add(readTyped(duck, table, false, zone, ids, damage));
    else await staging.add(readCells(duck, table, zone, ids, damage));
  }
  return staging.table(files.length === 1 ? basename(files[0]!) : `${files.length} files`);
}

/** Events of one raw file. */
export async function readRawFile(
  path: string,
  { zone, ids, damage }: Pick<Reading, 'zone' | 'ids' | 'damage'>,
  device: string | undefined,
): Promise<EventBuffer> {
  const name = basename(path);
  const stem = name.replace(RAW, '');
  const bytes = await readFile(path);
  const into = new EventBuffer(ids.list);
  const toUtc = (localMs: number): number => zone.toUtc(localMs);
  if (/\.xml$/i.test(name)) {
    const text = bytes.toString('utf8');
    const id = device ?? findMaxtimeDevice(text) ?? stem;
    readMaxtimeEvents(text, ids.positionOf(id), toUtc, into, damage, name);
  } else {
    const unpacked = unpackAsc3(bytes, name);
    const header = readAsc3Header(unpacked, name, toUtc);
    // Files fetched by a central system carry the signal's id before "_ECON_".
    const id = device ?? /^(.+)_ECON_/.exec(stem)?.[1] ?? (header.intersection || stem);
    readAsc3Records(unpacked, header, ids.positionOf(id), into, damage, name);
  }
  if (into.length === 0) {
    throw new UrbaneError(
      'bad-input',
      `${name} holds no event that can be read.`,
      'Fetch it again, or give the file its right ending.',
    );
  }
  return into;
}
