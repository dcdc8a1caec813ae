import { basename } from 'node:path';
import type { City } from '../city/city.ts';
import type { Scenario } from '../demand/demand.ts';
import { type Places, synthesizeDemand } from '../demand/synthesis.ts';
import { readOsm } from '../read/osm/read.ts';
import type { ImportReport } from '../read/report.ts';
import { openFile } from './files.ts';

const HOUR_MS = 3_600_000;
const MADE_UP_SEED = 1;

/** True for the names of OpenStreetMap's extracts. */
export function isOsmName(file: string): boolean {
  return /\.(?:osm|osm\.gz|osm\.pbf|pbf)$/i.test(file);
}

/** The city of an extract, and where in it trips begin and end. */
export async function loadOsm(
  file: string,
  country?: string,
): Promise<{ city: City; places: Places; report: ImportReport }> {
  const name = basename(file).replace(/(?:\.osm)?\.(?:osm|gz|pbf)$/i, '');
  return readOsm(openFile(file), { name, ...(country === undefined ? {} : { country }) });
}

/**
 * A city without demand with a made-up morning, seven to nine; its report says so. `tripsPerH` is the busiest hour's, what the
 * network carries when left out.
 */
export function makeUpMorning(
  city: City,
  places: Places,
  report: ImportReport,
  tripsPerH?: number,
): { scenario: Scenario; report: ImportReport } {
  const [beginMs, endMs] = [7 * HOUR_MS, 9 * HOUR_MS];
  const demand = synthesizeDemand(city, places, {
    seed: MADE_UP_SEED,
    beginMs,
    endMs,
    ...(tripsPerH === undefined ? {} : { tripsPerH }),
  });
  const sentence = `no demand is given: ${demand.trips.length} trips of a morning are made up from land use and road classes`;
  return {
    scenario: { name: city.name, city, demand, beginMs, endMs },
    report: { ...report, warnings: [...report.warnings, sentence] },
  };
}
