import { parse } from 'csv-parse/sync';
import { UrbaneError } from '../units/errors.ts';

const LONGEST_S = 3600;

/** One row with its place, for messages. */
export class Row {
  private readonly cells: Readonly<Record<string, string>>;
  private readonly place: string;

  constructor(cells: Readonly<Record<string, string>>, place: string) {
    this.cells = cells;
    this.place = place;
  }

  refuse(why: string, remedy: string): UrbaneError {
    return new UrbaneError('bad-input', `${this.place}: ${why}.`, remedy);
  }

  find(name: string): string {
    return Object.hasOwn(this.cells, name) ? (this.cells[name] ?? '').trim() : '';
  }

  text(name: string): string {
    const value = this.find(name);
    if (value === '') throw this.refuse(`${name} is empty`, 'Fill it in.');
    return value;
  }

  words(name: string): string[] {
    return this.find(name)
      .split(/\s+/)
      .filter((word) => word !== '');
  }

  /** A number of at least 0 and at most `most`; the fallback where the cell is empty. */
  amount(name: string, fallback: number | null, most: number = LONGEST_S): number {
    const text = this.find(name);
    if (text === '' && fallback !== null) return fallback;
    const value = text === '' ? Number.NaN : Number(text);
    if (!(value >= 0 && value <= most))
      throw this.refuse(`${name} "${text.slice(0, 40)}" is not a number from 0 to ${most}`, 'Correct the value.');
    return value;
  }

  count(name: string, fallback: number | null): number {
    const value = this.amount(name, fallback, 9999);
    if (!Number.isInteger(value)) throw this.refuse(`${name} ${value} is not whole`, 'Write a whole number.');
    return value;
  }
}

/** Parses CSV with a header. Throws UrbaneError `bad-input` with file and line. */
export function parseRows(text: string, file: string): Row[] {
  let records: { record: Record<string, string>; info: { lines: number } }[];
  try {
    records = parse(text, {
      columns: true,
      bom: true,
      skip_empty_lines: true,
      trim: true,
      info: true,
      max_record_size: 100_000,
      relax_column_count_less: true,
    });
  } catch (fault) {
    const why = fault instanceof Error ? fault.message.split('\n')[0]?.slice(0, 140) : 'it does not parse';
    throw new UrbaneError(
      'bad-input',
      `${file}: the table is damaged: ${why}.`,
      'Save it as CSV with commas and one header row.',
    );
  }
  return records.map(({ record, info }) => new Row(record, `${file}:${info.lines}`));
}

/** A cell of CSV (RFC 4180). */
export function cellOf(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table with its header. */
export function tableOf(columns: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  return `${[columns, ...rows].map((row) => row.map(cellOf).join(',')).join('\n')}\n`;
}
