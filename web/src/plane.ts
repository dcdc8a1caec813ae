/**
 * The page draws the city's own plane, in metres, around longitude 0, latitude 0: no other map lies under it, and at the
 * equator a metre is a metre in both directions. MapLibre's mean radius of the earth.
 */
const EARTH_RADIUS_M = 6371008.8;
const METRES_PER_DEGREE = (Math.PI * EARTH_RADIUS_M) / 180;

export interface PlaneOrigin {
  readonly x: number;
  readonly y: number;
}

export function toLngLat(origin: PlaneOrigin, x: number, y: number): [number, number] {
  return [(x - origin.x) / METRES_PER_DEGREE, (y - origin.y) / METRES_PER_DEGREE];
}

/** Metres from the plane's origin. */
export function fromLngLat(lng: number, lat: number): [number, number] {
  return [lng * METRES_PER_DEGREE, lat * METRES_PER_DEGREE];
}

/** Screen pixels a metre takes at zoom 0 (512-pixel tiles). */
export const PIXELS_PER_METRE_AT_0 = 512 / (2 * Math.PI * EARTH_RADIUS_M);
