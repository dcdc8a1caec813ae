import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { City } from '../city/city.ts';
import { type BusLines, readGtfs } from '../read/gtfs/read.ts';
import { type ImportReport, joinReports } from '../read/report.ts';
import type { ByteSource } from '../read/source.ts';
import { getKind, openFile } from './files.ts';
import { openZip } from './zip.ts';

/**
 * The buses of a GTFS feed (a zip or a folder) on a city; `date` is YYYY-MM-DD, null for the feed's fullest day.
 * Throws UrbaneError with one sentence on what is missing or damaged.
 */
export async function loadGtfs(path: string, city: City, date: string | null): Promise<BusLines> {
  const files =
    (await getKind(path)) === 'file'
      ? await openZip(path)
      : new Map((await readdir(path)).map((name) => [name, openFile(join(path, name))]));
  const tables = new Map<string, ByteSource>();
  for (const [name, source] of files) {
    if (!name.endsWith('.txt') || name.startsWith('__MACOSX/')) continue;
    const table = basename(name, '.txt');
    if (!tables.has(table)) tables.set(table, source);
  }
  return readGtfs(tables, { city, date });
}

/** A city with the bus stops that a feed's buses serve that day, and both reports. */
export async function addBusStops(
  read: { readonly city: City; readonly report: ImportReport },
  path: string,
  date: string | null,
): Promise<{ city: City; report: ImportReport }> {
  const { city, report } = await loadGtfs(path, read.city, date);
  return { city, report: joinReports([read.report, report]) };
}
