import { ContentHash } from './checksum.ts';
import type { City } from './city.ts';
import { ColumnWriter } from './columns.ts';
import { writeContent } from './file.ts';

/** The city with its version: a hash of everything but its name. */
export function withVersion(city: Omit<City, 'version'>): City {
  const hash = new ContentHash();
  const out = new ColumnWriter((bytes) => hash.add(bytes));
  writeContent(out, city);
  hash.add(out.finish());
  return { ...city, version: hash.finish() };
}
