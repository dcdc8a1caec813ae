import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Corridor, CorridorStop } from '../../measures/corridor.ts';
import { parseRows } from '../../read/csv.ts';
import { UrbaneError } from '../../units/errors.ts';
import { getKind } from '../files.ts';

const LONGEST_M = 100_000;
const FASTEST_KMH = 150;
const DEFAULT_KMH = 50;
const KMH_PER_MPS = 3.6;

/**
 * Corridors from a CSV: a row for each junction with the columns Corridor, DeviceId, Metres (along the corridor), Forward
 * and Back (the phase that lets each direction go, 0 or empty for none) and SpeedKmh (of progression; the first of a corridor
 * counts, 50 where none is given). Throws UrbaneError `bad-input` with the line.
 */
export async function readCorridors(path: string): Promise<Corridor[]> {
  await getKind(path);
  const rows = parseRows(await readFile(path, 'utf8'), basename(path));
  const corridors = new Map<string, { speedMps: number; stops: CorridorStop[] }>();
  for (const row of rows) {
    const name = row.text('Corridor');
    const speedMps = row.amount('SpeedKmh', DEFAULT_KMH, FASTEST_KMH) / KMH_PER_MPS;
    const corridor = corridors.get(name) ?? { speedMps, stops: [] };
    corridors.set(name, corridor);
    corridor.stops.push({
      device: row.text('DeviceId'),
      atM: row.amount('Metres', null, LONGEST_M),
      forward: row.count('Forward', 0),
      back: row.count('Back', 0),
    });
  }
  for (const [name, { stops, speedMps }] of corridors) {
    if (stops.length > 1 && speedMps > 0) continue;
    throw new UrbaneError(
      'bad-input',
      `${basename(path)}: corridor "${name}" has ${stops.length > 1 ? 'no speed' : 'a single junction'}.`,
      'A corridor is two junctions or more, with their metres along it and a speed above 0.',
    );
  }
  return [...corridors].map(([name, corridor]) => ({ name, ...corridor }));
}
