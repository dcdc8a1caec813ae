import proj4 from 'proj4';
import { buildCity } from '../../city/build.ts';
import { clearByGeometry } from '../../city/build-clearance.ts';
import { checkCity } from '../../city/check.ts';
import type { City, Projection } from '../../city/city.ts';
import type { Places } from '../../demand/synthesis.ts';
import { countCity, type ImportReport, ReportBuilder } from '../report.ts';
import type { ByteSource } from '../source.ts';
import { getCountry, guessCountry } from './countries.ts';
import { forbidTurns, Legs, listExits } from './exits.ts';
import { type Box, type Extract, readExtract } from './extract.ts';
import { drawDistricts, drawGround, LandUse } from './land.ts';
import { mirrorCity } from './mirror.ts';
import { cutAt, cutStreets, joinPieces, keepLargest, type Plane, type StreetWay } from './pieces.ts';
import { planRoads } from './plan.ts';
import { clusterNodes, placeSignals } from './signals.ts';
import { readStreet } from './streets.ts';

export { COUNTRY_CODES } from './countries.ts';
export type { Box } from './extract.ts';

export interface OsmOptions {
  /** The city's name. */
  readonly name: string;
  /** ISO 3166-1 code for speed limits and the side of driving; guessed from the extract when left out. */
  readonly country?: string;
  /** Only what lies in it; all when left out. */
  readonly box?: Box;
}

/**
 * A city of an OpenStreetMap extract (`.osm`, `.osm.pbf`), and where in it trips begin and end. Streets for motor vehicles
 * alone: lanes, marked turns, restrictions, bus lanes, signals gathered into junctions, programs with intergreens from
 * geometry; of what does not hang together the largest part.
 * Throws UrbaneError `bad-input` or `bad-xml` with one sentence on damage and on an extract without streets.
 */
export async function readOsm(
  source: ByteSource,
  options: OsmOptions,
): Promise<{ city: City; places: Places; report: ImportReport }> {
  const report = new ReportBuilder();
  const extract = await readExtract(source, report, options.box ?? null);
  const middle = middleOf(extract);
  const country = getCountry(options.country ?? guessCountry(extract.countryVotes, middle));
  if (country.code === '')
    report.warn(
      'no tag tells the country: speed limits are middling ones and one drives on the right; name it with --country',
    );
  const { plane, projection } = layFlat(extract, middle, country.drivesOnLeft);
  const ways = extract.streets.map(
    ({ id, tags, nodes }): StreetWay => ({ id, nodes, street: readStreet(tags, country) }),
  );
  const whole = keepLargest(joinPieces(cutStreets(ways, plane), plane), report, source.name);
  const joined = joinPieces(whole, plane);
  const signals = placeSignals(joined, plane, extract.nodeTags);
  const pieces = cutAt(joined, plane, signals.crossings);
  const siteOf = clusterNodes(pieces, plane, signals);
  const legs = new Legs(pieces, plane);
  const forbidden = forbidTurns(legs, extract.restrictions, country.drivesOnLeft, report, source.name);
  const exits = listExits(legs, siteOf, forbidden, extract.restrictions, report, source.name);
  const land = new LandUse(extract.areas, plane);
  const isBuiltUp = (x: number, y: number) => land.isBuiltUp(x, y);
  const roads = planRoads({ legs, plane, ids: extract.ids, siteOf, exits, signals, country, isBuiltUp });
  const built = clearByGeometry(
    buildCity({
      name: options.name,
      projection,
      ...roads,
      districts: drawDistricts(extract.places, roads.nodes, projection, country.drivesOnLeft),
      ground: drawGround(extract.areas, plane),
    }),
  );
  const places = land.weighPlaces(built);
  const city = country.drivesOnLeft ? mirrorCity(built) : built;
  const faults = checkCity(city);
  if (faults.length > 0) throw new Error(`the reader built a city that is not sound: ${faults[0]}`);
  Object.assign(report.counts, countCity(city), {
    'signal nodes joined into junctions': signals.junctions.size,
    'crossings with a signal of their own': signals.crossings.size,
  });
  return { city, places, report: report.build() };
}

function middleOf({ lat, lon }: Extract): readonly [number, number] {
  const mean = (values: Float64Array) => {
    let sum = 0;
    let count = 0;
    for (const value of values) {
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
    return sum / count;
  };
  return [mean(lon), mean(lat)];
}

/** Nodes in the UTM zone of the extract's middle, the origin at its south-western corner; mirrored for driving on the left. */
function layFlat(
  { lat, lon }: Extract,
  [middleLon, middleLat]: readonly [number, number],
  isMirrored: boolean,
): { plane: Plane; projection: Projection } {
  const zone = Math.min(60, Math.floor((middleLon + 180) / 6) + 1);
  const south = middleLat < 0 ? ' +south' : '';
  const definition = `+proj=utm +zone=${zone}${south} +ellps=WGS84 +datum=WGS84 +units=m +no_defs`;
  const { forward } = proj4('WGS84', definition);
  const [x, y] = [new Float64Array(lat.length), new Float64Array(lat.length)];
  let [west, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < lat.length; i++) {
    const [east = Number.NaN, north = Number.NaN] = Number.isNaN(lat[i]!) ? [] : forward([lon[i]!, lat[i]!]);
    x[i] = east;
    y[i] = north;
    if (east < west) west = east;
    if (north < bottom) bottom = north;
  }
  const [offsetX, offsetY] = [-Math.floor(west), -Math.floor(bottom)];
  for (let i = 0; i < x.length; i++) {
    x[i] = Math.round((x[i]! + offsetX) * 100) / (isMirrored ? -100 : 100);
    y[i] = Math.round((y[i]! + offsetY) * 100) / 100;
  }
  return { plane: { x, y }, projection: { definition, offsetX, offsetY } };
}
