import { readText } from '../json.ts';
import type { ByteSource } from '../source.ts';
import { checkBook, type PlanBook } from './book.ts';
import { readTable } from './table.ts';
import { isUtdf, readUtdf } from './utdf.ts';

/**
 * One book of several files: plain tables of plans, schedules and detectors, and combined UTDF files (told apart by their
 * content; a UTDF file's plan is named after the file). Throws UrbaneError `bad-input` with file and line, or what
 * contradicts what.
 */
export async function readPlanFiles(sources: readonly ByteSource[]): Promise<PlanBook> {
  const books: PlanBook[] = [];
  for (const source of sources) {
    const text = await readText(source);
    const file = source.name;
    const name = file
      .replace(/^.*[/\\]/, '')
      .replace(/\.csv$/i, '')
      .replace(/^utdf-/, '');
    books.push(isUtdf(text) ? readUtdf(text, file, name) : readTable(text, file));
  }
  const book = {
    plans: books.flatMap(({ plans }) => plans),
    schedule: books.flatMap(({ schedule }) => schedule),
    // Each plan's UTDF file lists the same detectors.
    detectors: [
      ...new Map(books.flatMap(({ detectors }) => detectors.map((row) => [JSON.stringify(row), row]))).values(),
    ],
  };
  checkBook(book);
  return book;
}
