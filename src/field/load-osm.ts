import { basename } from 'node:path';
import type { City } from '../city/city.ts';
import type { Scenario } from '../demand/demand.ts';
import { type Places, synthesizeDemand } from '../demand/synthesis.ts';
import { type OsmOptions, readOsm } from '../read/osm/read.ts';
import type { ImportReport } from '../read/report.ts';
import { UrbaneError } from '../units/errors.ts';
import { openFile } from './files.ts';

const HOUR_MS = 3_600_000;
const MADE_UP_SEED = 1;

/** True for the names of OpenStreetMap's extracts. */
export function isOsmName(file: string): boolean {
  return /\.(?:osm|osm\.gz|osm\.pbf|pbf)$/i.test(file);
}

/** What a command line says of an extract: its country, and a box as west,south,east,north. Throws UrbaneError `bad-usage`. */
export function parseOsmOptions(country: string | undefined, box: string | undefined): Omit<OsmOptions, 'name'> {
  const corners = box?.split(',').map(Number);
  if (corners !== undefined) {
    const [west = Number.NaN, south = Number.NaN, east = Number.NaN, north = Number.NaN] = corners;
    const fits = west < east && south < north && west >= -180 && east <= 180 && south >= -90 && north <= 90;
    if (corners.length !== 4 || !fits)
      throw new UrbaneError(
        'bad-usage',
        `"${box?.slice(0, 60)}" is no box.`,
        'Write it as west,south,east,north in degrees, such as 1.50,42.50,1.54,42.52.',
      );
    return { ...(country === undefined ? {} : { country }), box: [west, south, east, north] };
  }
  return country === undefined ? {} : { country };
}

/** The city of an extract, and where in it trips begin and end. */
export async function loadOsm(
  file: string,
  options: Omit<OsmOptions, 'name'> = {},
): Promise<{ city: City; places: Places; report: ImportReport }> {
  const name = basename(file).replace(/(?:\.osm)?\.(?:osm|gz|pbf)$/i, '');
  return readOsm(openFile(file), { name, ...options });
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
