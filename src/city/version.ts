import { contentHash } from './checksum.ts';
import type { City } from './city.ts';
import { encodeContent } from './file.ts';

/** The city with its version: a hash of everything but its name. */
export function withVersion(city: Omit<City, 'version'>): City {
  return { ...city, version: contentHash(encodeContent(city)) };
}
