/**
 * How a column is written: `time` as TIMESTAMP (UTC ms here), `device` as BIGINT where all ids are whole numbers and
 * VARCHAR otherwise (a position in the log's `devices` here), the others as their names say.
 */
export type ColumnType =
  | 'time'
  | 'device'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'float'
  | 'double'
  | 'boolean'
  | 'text';

/** A text for `text`, 0 or 1 for `boolean`, a number for every other type; NaN is null, and so is an empty text. */
export type Cell = number | string;

/** One column of a `Table`. */
export class Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Values of every type but text; valid up to the table's length. */
  values = new Float64Array(0);
  /** Values of a text column. */
  texts: string[] = [];

  constructor(name: string, type: ColumnType) {
    this.name = name;
    this.type = type;
  }
}

/** Rows of one measure in typed columns: what a measure emits, live and in batch, and what a Parquet file is made of. */
export class Table {
  /** Also the name of its file: `terminations` is written as terminations.parquet. */
  readonly name: string;
  readonly columns: readonly Column[];
  length = 0;

  /** @param columns name and type of each, in the order they are written */
  constructor(name: string, columns: Readonly<Record<string, ColumnType>>) {
    this.name = name;
    this.columns = Object.entries(columns).map(([column, type]) => new Column(column, type));
  }

  /** Adds a row: one cell for each column, in their order. */
  push(...cells: Cell[]): void {
    if (cells.length !== this.columns.length) {
      throw new RangeError(`${this.name} has ${this.columns.length} columns, not ${cells.length}.`);
    }
    const row = this.length++;
    for (let at = 0; at < cells.length; at++) {
      const column = this.columns[at]!;
      const cell = cells[at]!;
      if (typeof cell === 'string') {
        if (column.type !== 'text') throw new TypeError(`${this.name}.${column.name} holds no text.`);
        column.texts[row] = cell;
        continue;
      }
      if (column.type === 'text') throw new TypeError(`${this.name}.${column.name} holds text only.`);
      if (row >= column.values.length) {
        const grown = new Float64Array(Math.max(64, column.values.length * 2));
        grown.set(column.values);
        column.values = grown;
      }
      column.values[row] = cell;
    }
  }

  /** Forgets the rows, once they are written or sent. */
  clear(): void {
    this.length = 0;
    for (const column of this.columns) column.texts.length = 0;
  }
}

/** The column of that name. */
export function getColumn(table: Table, name: string): Column {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new RangeError(`${table.name} has no column ${name}.`);
  return column;
}
