import type { ColumnType, Table } from './table.ts';

/** A table of one controller as JSON: each column whole, null where a cell is empty. */
export interface TableDocument {
  readonly name: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type: ColumnType;
    readonly cells: readonly (number | string | null)[];
  }[];
}

/** The rows of a table that all are of one controller. */
export function describeTable({ name, columns, length }: Table, device: string): TableDocument {
  return {
    name,
    columns: columns.map((column) => ({
      name: column.name,
      type: column.type,
      cells: Array.from({ length }, (_, row) => {
        if (column.type === 'device') return device;
        if (column.type === 'text') return column.texts[row] || null;
        const value = column.values[row] ?? Number.NaN;
        return Number.isNaN(value) ? null : value;
      }),
    })),
  };
}
