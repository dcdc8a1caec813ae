import { parse } from 'csv-parse/sync';
import { UrbaneError } from '../../units/errors.ts';
import type { ByteSource } from '../source.ts';

/** A row of a table of GTFS: its cells by the place of the column asked for, '' where the table has none. */
export type OnRow = (cells: readonly string[], line: number) => void;

/** A line longer than this is no table. */
const LONGEST_LINE = 1_000_000;

/**
 * Streams a table of a GTFS feed (Schedule reference: CSV as in RFC 4180, UTF-8, header first) through `onRow`, the cells in the
 * order of `columns`. Throws UrbaneError `bad-input` when a column of `needed` is missing or the table is no CSV.
 */
export async function readGtfsTable(
  source: ByteSource,
  columns: readonly string[],
  needed: readonly string[],
  onRow: OnRow,
): Promise<void> {
  let places: readonly number[] | null = null;
  let line = 0;
  const take = (text: string): void => {
    for (const cells of splitRows(text, source.name, line + 1)) {
      line++;
      if (places === null) places = findColumns(cells, columns, needed, source.name);
      else if (cells.length > 1 || cells[0] !== '')
        onRow(
          places.map((place) => (cells[place] ?? '').trim()),
          line,
        );
    }
  };
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of source.open()) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const end = endOfRows(rest);
    if (end > 0) {
      take(rest.slice(0, end));
      rest = rest.slice(end);
    }
    if (rest.length > LONGEST_LINE)
      throw new UrbaneError(
        'bad-input',
        `${source.name}:${line + 1}: the line is longer than ${LONGEST_LINE} characters.`,
        'Name a feed of GTFS as its publisher offers it.',
      );
  }
  rest += decoder.decode();
  if (rest.trim() !== '') take(rest);
  if (places === null)
    throw new UrbaneError('bad-input', `${source.name} is empty.`, `Begin it with ${needed.join(',')}.`);
}

/** Just behind the last line break that stands outside quotes, or 0. */
function endOfRows(text: string): number {
  const end = text.lastIndexOf('\n') + 1;
  if (!text.includes('"')) return end;
  let last = 0;
  let isQuoted = false;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) isQuoted = !isQuoted;
    else if (code === 10 && !isQuoted) last = i + 1;
  }
  return last;
}

function splitRows(text: string, file: string, line: number): string[][] {
  if (!text.includes('"')) {
    const lines = text.split('\n');
    if (lines[lines.length - 1] === '') lines.pop();
    return lines.map((row) => (row.endsWith('\r') ? row.slice(0, -1) : row).split(','));
  }
  try {
    return parse(text, { relax_column_count: true, skip_empty_lines: false, relax_quotes: true });
  } catch (fault) {
    const why = fault instanceof Error ? fault.message.slice(0, 120) : 'it does not parse';
    throw new UrbaneError('bad-input', `${file}: the table is damaged near line ${line}: ${why}.`, 'Fetch it again.');
  }
}

function findColumns(
  header: readonly string[],
  columns: readonly string[],
  needed: readonly string[],
  file: string,
): number[] {
  const names = header.map((name, i) => (i === 0 ? name.replace(/^\uFEFF/, '') : name).trim());
  const missing = needed.find((name) => !names.includes(name));
  if (missing !== undefined)
    throw new UrbaneError(
      'bad-input',
      `${file}: the header has no column "${missing}".`,
      'Name a feed of GTFS as its publisher offers it.',
    );
  return columns.map((name) => names.indexOf(name));
}
