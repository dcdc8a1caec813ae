import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBVector,
  VARCHAR,
} from '@duckdb/node-api';
import type { Column, ColumnType, Table } from '../../measures/table.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { Zone } from '../../units/zone.ts';
import { openDuck, quoteName, quoteText } from '../duck.ts';

const ROWS = 2048;

/** How a column of numbers becomes its type in the file; NaN is null. Times come as local milliseconds. */
const CASTS: Readonly<Record<Exclude<ColumnType, 'device' | 'text'>, (cell: string) => string>> = {
  time: (cell) => `make_timestamp((${cell} * 1000)::BIGINT)`,
  smallint: (cell) => `${cell}::SMALLINT`,
  integer: (cell) => `${cell}::INTEGER`,
  bigint: (cell) => `${cell}::BIGINT`,
  float: (cell) => `${cell}::FLOAT`,
  double: (cell) => cell,
  boolean: (cell) => `${cell}::BOOLEAN`,
};

/** A column with more, such as a count over a day, is written as INTEGER. */
const LARGEST_SMALLINT = 32_767;

/** One file that was written. */
export interface WrittenTable {
  readonly name: string;
  readonly file: string;
  readonly rows: number;
}

interface Waiting {
  readonly appender: DuckDBAppender;
  readonly chunk: DuckDBDataChunk;
  readonly columns: readonly Column[];
  rows: number;
}

/**
 * Tables on their way into files, one Parquet or CSV file each. What `add` took waits in DuckDB, which spills to disk, so
 * a table may be larger than memory.
 */
export class TableFiles {
  readonly #duck: DuckDBConnection;
  readonly #folder: string;
  readonly #zone: Zone;
  readonly #wide = new Set<Column>();
  readonly #waiting = new Map<string, Waiting>();

  private constructor(duck: DuckDBConnection, folder: string, zone: Zone) {
    this.#duck = duck;
    this.#folder = folder;
    this.#zone = zone;
  }

  /**
   * @param folder made where it is missing
   * @param zone of the times in the files, which are local as in the log
   */
  static async open(folder: string, zone: Zone): Promise<TableFiles> {
    try {
      await mkdir(folder, { recursive: true });
    } catch (fault) {
      const why = fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
      throw new UrbaneError('missing-file', `${folder} cannot be made (${why}).`, 'Name a folder that may be written.');
    }
    return new TableFiles(await openDuck(), folder, zone);
  }

  /** Makes room for tables of these shapes; each is among the files in the end, also without a row. */
  async begin(tables: readonly Table[]): Promise<void> {
    for (const table of tables) {
      const types = table.columns.map(({ type }) => (type === 'text' ? VARCHAR : DOUBLE));
      const columns = table.columns.map(({ name }, at) => `${quoteName(name)} ${types[at]}`).join(', ');
      await this.#duck.run(`CREATE TEMP TABLE ${quoteName(table.name)} (${columns})`);
      const appender = await this.#duck.createAppender(table.name);
      const chunk = DuckDBDataChunk.create(types, ROWS);
      this.#waiting.set(table.name, { appender, chunk, columns: table.columns, rows: 0 });
    }
  }

  /** Takes the rows of a table that was begun, and clears it. */
  add(table: Table): void {
    const waiting = this.#waiting.get(table.name);
    if (waiting === undefined) throw new RangeError(`${table.name} was not begun.`);
    const { appender, chunk } = waiting;
    waiting.rows += table.length;
    for (let from = 0; from < table.length; from += ROWS) {
      const to = Math.min(table.length, from + ROWS);
      chunk.reset();
      chunk.rowCount = to - from;
      table.columns.forEach((column, at) => {
        this.#fill(chunk.getColumnVector(at), column, from, to);
      });
      appender.appendDataChunk(chunk);
    }
    table.clear();
  }

  #fill(vector: DuckDBVector, column: Column, from: number, to: number): void {
    if (column.type === 'text') {
      for (let row = from; row < to; row++) vector.setItem(row - from, column.texts[row] || null);
    } else {
      const stored: unknown = vector;
      const { items } = stored as { items: Float64Array };
      if (column.type === 'time') {
        for (let row = from; row < to; row++) {
          const utcMs = column.values[row]!;
          items[row - from] = Number.isNaN(utcMs) ? utcMs : this.#zone.toLocal(utcMs);
        }
      } else items.set(column.values.subarray(from, to));
      if (column.type === 'smallint' && column.values.subarray(from, to).some((value) => value > LARGEST_SMALLINT)) {
        this.#wide.add(column);
      }
    }
    vector.flush();
  }

  /** Writes all rows taken so far, whole files in the place of older ones. @param devices ids by position */
  async write(devices: readonly string[], format: 'parquet' | 'csv'): Promise<WrittenTable[]> {
    const numbers = devices.every((id) => /^\d{1,15}$/.test(id));
    await this.#duck.run(`SET VARIABLE ids = [${devices.map(quoteText).join(', ')}]::VARCHAR[]`);
    const written: WrittenTable[] = [];
    for (const [name, { appender, columns, rows }] of this.#waiting) {
      appender.flushSync();
      const cells = columns.map(
        (column) => `${castOf(column, numbers, this.#wide.has(column))} AS ${quoteName(column.name)}`,
      );
      const file = join(this.#folder, `${name}.${format}`);
      const options = format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet';
      const sql = `COPY (SELECT ${cells.join(', ')} FROM ${quoteName(name)}) TO ${quoteText(file)} (${options})`;
      await this.#duck.run(sql).catch((fault: unknown) => {
        const why = fault instanceof Error ? (fault.message.split('\n')[0] ?? '') : String(fault);
        throw new UrbaneError(
          'missing-file',
          `${file} cannot be written: ${why}`,
          'Name a folder that may be written.',
        );
      });
      written.push({ name, file, rows });
    }
    return written;
  }

  close(): void {
    this.#duck.closeSync();
  }
}

function castOf({ name, type }: Column, numbers: boolean, wide: boolean): string {
  const cell = quoteName(name);
  if (type === 'text') return cell;
  const number = `(CASE WHEN isnan(${cell}) THEN NULL ELSE ${cell} END)`;
  if (type !== 'device') return CASTS[wide ? 'integer' : type](number);
  const id = `getvariable('ids')[${cell}::INTEGER + 1]`;
  return numbers ? `${id}::BIGINT` : id;
}
