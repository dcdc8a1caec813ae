import { DOUBLE, type DuckDBConnection, DuckDBDataChunk, INTEGER } from '@duckdb/node-api';
import type { EventBatch } from '../../measures/event.ts';
import type { LogTable } from './tables.ts';

const ROWS = 2048;

/**
 * Events of files that DuckDB cannot read itself or that are of several makes, put into one of its tables: it holds more
 * than memory does, and sorts. An event that stands in two of the files (cabinets give overlapping logs) is kept once.
 */
export class Staging {
  readonly #duck: DuckDBConnection;
  readonly #chunk = DuckDBDataChunk.create([DOUBLE, INTEGER, INTEGER, INTEGER, INTEGER], ROWS);
  #files = 0;

  private constructor(duck: DuckDBConnection) {
    this.#duck = duck;
  }

  static async create(duck: DuckDBConnection): Promise<Staging> {
    await duck.run(
      'CREATE TEMP TABLE staged (ms DOUBLE, device INTEGER, code INTEGER, parameter INTEGER, file INTEGER)',
    );
    return new Staging(duck);
  }

  /** Adds all batches of one file. */
  async add(batches: AsyncIterable<EventBatch> | Iterable<EventBatch>): Promise<void> {
    const file = this.#files++;
    const appender = await this.#duck.createAppender('staged');
    try {
      for await (const batch of batches) {
        for (let from = 0; from < batch.length; from += ROWS) {
          this.#fill(batch, from, Math.min(batch.length, from + ROWS), file);
          appender.appendDataChunk(this.#chunk);
        }
      }
    } finally {
      appender.closeSync();
    }
  }

  #fill(batch: EventBatch, from: number, to: number, file: number): void {
    const chunk = this.#chunk;
    chunk.reset();
    chunk.rowCount = to - from;
    const columns: readonly (Float64Array | Uint32Array | Uint16Array | Int32Array)[] = [
      batch.timeMs,
      batch.device,
      batch.code,
      batch.parameter,
    ];
    columns.forEach((column, at) => {
      fill(chunk, at, (items) => items.set(column.subarray(from, to)));
    });
    fill(chunk, columns.length, (items) => items.fill(file));
  }

  /** The table of all that was added. */
  table(name: string): LogTable {
    const once = this.#files > 1 ? 'QUALIFY file = min(file) OVER (PARTITION BY ms, device, code, parameter)' : '';
    return {
      from: `(SELECT make_timestamp((ms * 1000)::BIGINT) AS t, device, code, parameter FROM staged ${once})`,
      columns: { time: 't', device: 'device', code: 'code', parameter: 'parameter' },
      name,
      typed: true,
      utc: true,
      positions: true,
      firstRow: 1,
    };
  }
}

function fill(chunk: DuckDBDataChunk, column: number, write: (items: Float64Array | Int32Array) => void): void {
  const vector: unknown = chunk.getColumnVector(column);
  const { items } = vector as { items: Float64Array | Int32Array };
  write(items);
  chunk.getColumnVector(column).flush();
}
