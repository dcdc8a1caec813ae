import proj4 from 'proj4';
import type { City } from './city.ts';

/** Longitude and latitude in degrees, WGS 84. */
export type LonLat = readonly [number, number];

/** A made-up plane is laid flat around longitude 0, latitude 0: metres of a degree on the mean sphere (6,371,008.8 m). */
const METRES_PER_DEGREE = 111_195.08;
/** Seven decimals are a centimetre. */
const ROUND = 1e7;

/** True when proj4 understands the definition. */
export function isKnownProjection(definition: string): boolean {
  try {
    const [x = Number.NaN, y = Number.NaN] = proj4(definition, 'WGS84').forward([500_000, 0]);
    return Number.isFinite(x) && Number.isFinite(y);
  } catch {
    return false;
  }
}

/** From longitude and latitude to the city's plane (metres). Throws on an unknown definition. */
export function createFromLonLat(city: Pick<City, 'projection'>): (lon: number, lat: number) => [x: number, y: number] {
  const { definition, offsetX, offsetY } = city.projection;
  if (definition === null) return (lon, lat) => [lon * METRES_PER_DEGREE + offsetX, lat * METRES_PER_DEGREE + offsetY];
  const converter = proj4(definition, 'WGS84');
  return (lon, lat) => {
    const [x = 0, y = 0] = converter.inverse([lon, lat]);
    return [x + offsetX, y + offsetY];
  };
}

/** From the city's plane (metres) to longitude and latitude, rounded to seven decimals. Throws on an unknown definition. */
export function createToLonLat(city: Pick<City, 'projection'>): (x: number, y: number) => LonLat {
  const { definition, offsetX, offsetY } = city.projection;
  const round = (value: number) => Math.round(value * ROUND) / ROUND;
  if (definition === null) {
    return (x, y) => [round((x - offsetX) / METRES_PER_DEGREE), round((y - offsetY) / METRES_PER_DEGREE)];
  }
  const converter = proj4(definition, 'WGS84');
  return (x, y) => {
    const [lon = 0, lat = 0] = converter.forward([x - offsetX, y - offsetY]);
    return [round(lon), round(lat)];
  };
}
