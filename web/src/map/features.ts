import type { Feature, FeatureCollection, LineString, Point, Polygon } from 'geojson';
import type { MapDocument, MapRoad } from '../../../src/server/wire.ts';
import { type PlaneOrigin, toLngLat } from '../plane.ts';

type Shape = readonly number[];

/** The city as GeoJSON for the base map, in the page's own plane. Feature ids are indices in the map document. */
export interface CityFeatures {
  readonly ground: FeatureCollection<Polygon>;
  readonly districts: FeatureCollection<Polygon>;
  readonly districtNames: FeatureCollection<Point>;
  readonly roads: FeatureCollection<LineString>;
  readonly lanes: FeatureCollection<LineString>;
  readonly markings: FeatureCollection<LineString>;
  readonly roadNames: FeatureCollection<LineString>;
  readonly junctions: FeatureCollection<Polygon>;
  readonly signals: FeatureCollection<Point>;
}

export function originOf(map: MapDocument): PlaneOrigin {
  const [west, south, east, north] = map.bounds;
  return { x: (west + east) / 2, y: (south + north) / 2 };
}

export function createFeatures(map: MapDocument): CityFeatures {
  const origin = originOf(map);
  const line = (shape: Shape): LineString => ({ type: 'LineString', coordinates: pairs(origin, shape) });
  const polygon = (shape: Shape): Polygon => ({ type: 'Polygon', coordinates: [closed(pairs(origin, shape))] });
  const roads = map.roads.map((road, id) => ({ road, id })).filter(({ road }) => road.centre.length >= 4);
  return {
    ground: collect(map.ground.filter(isArea).map(({ kind, shape }) => feature(polygon(shape), { kind }))),
    districts: collect(map.districts.filter(isArea).map(({ shape }) => feature(polygon(shape), {}))),
    districtNames: collect(
      map.districts.filter(isArea).map(({ shape, name, nameZh }) => {
        const [x, y] = centreOf(shape);
        const point: Point = { type: 'Point', coordinates: toLngLat(origin, x, y) };
        return feature(point, { en: name, zh: nameZh ?? name });
      }),
    ),
    roads: collect(roads.map(({ road, id }) => feature(line(road.centre), { w: road.widthM, level: road.level }, id))),
    lanes: collect(
      roads.flatMap(({ road }) =>
        road.lanes
          .filter(({ shape }) => shape.length >= 4)
          .map(({ shape, widthM }) => feature(line(shape), { w: widthM, level: road.level })),
      ),
    ),
    markings: collect(
      roads.flatMap(({ road }) =>
        road.lanes
          .slice(0, -1)
          .map(({ shape, widthM }) => feature(line(toTheLeft(shape, widthM / 2)), { level: road.level })),
      ),
    ),
    roadNames: collect(
      namedOnce(roads.map(({ road }) => road)).map((road) => feature(line(road.centre), { name: road.name })),
    ),
    junctions: collect(
      map.junctions.flatMap(({ shape, level, signal }, id) =>
        shape.length >= 6 ? [feature(polygon(shape), { level, signal: signal >= 0 }, id)] : [],
      ),
    ),
    signals: collect(
      map.junctions.flatMap(({ x, y, signal }, id) => {
        const point: Point = { type: 'Point', coordinates: toLngLat(origin, x, y) };
        return signal >= 0 ? [feature(point, {}, id)] : [];
      }),
    ),
  };
}

function isArea({ shape }: { readonly shape: Shape }): boolean {
  return shape.length >= 6;
}

function feature<G extends LineString | Polygon | Point>(
  geometry: G,
  properties: Record<string, string | number | boolean>,
  id?: number,
): Feature<G> {
  return id === undefined ? { type: 'Feature', geometry, properties } : { type: 'Feature', geometry, properties, id };
}

function collect<G extends LineString | Polygon | Point>(features: Feature<G>[]): FeatureCollection<G> {
  return { type: 'FeatureCollection', features };
}

function pairs(origin: PlaneOrigin, shape: Shape): [number, number][] {
  const points: [number, number][] = [];
  for (let i = 0; i + 1 < shape.length; i += 2) points.push(toLngLat(origin, shape[i]!, shape[i + 1]!));
  return points;
}

function closed(points: [number, number][]): [number, number][] {
  const first = points[0];
  return first === undefined ? points : [...points, first];
}

/** Centroid of a polygon by its area; the mean of its corners for one without. */
function centreOf(shape: Shape): [number, number] {
  let [area, x, y] = [0, 0, 0];
  for (let i = 0; i < shape.length; i += 2) {
    const [x0, y0] = [shape[i]!, shape[i + 1]!];
    const [x1, y1] = [shape[(i + 2) % shape.length]!, shape[(i + 3) % shape.length]!];
    const cross = x0 * y1 - x1 * y0;
    area += cross;
    x += (x0 + x1) * cross;
    y += (y0 + y1) * cross;
  }
  return Math.abs(area) > 1e-6 ? [x / (3 * area), y / (3 * area)] : [shape[0]!, shape[1]!];
}

/** The polyline moved to its left, corner by corner along the bisector. */
function toTheLeft(shape: Shape, byM: number): number[] {
  const moved: number[] = [];
  for (let i = 0; i < shape.length; i += 2) {
    const [ax, ay] = directionAt(shape, Math.max(0, i - 2));
    const [bx, by] = directionAt(shape, Math.min(i, shape.length - 4));
    const [nx, ny] = [-(ay + by), ax + bx];
    const length = Math.hypot(nx, ny);
    // The bisector of two unit vectors is 2 cos(half) long; the corner lies byM / cos(half) away, at most twice byM.
    const reach = length > 1 ? (2 * byM) / length : byM * 2;
    moved.push(shape[i]! + (nx / (length || 1)) * reach, shape[i + 1]! + (ny / (length || 1)) * reach);
  }
  return moved;
}

function directionAt(shape: Shape, i: number): [number, number] {
  const dx = (shape[i + 2] ?? 0) - (shape[i] ?? 0);
  const dy = (shape[i + 3] ?? 0) - (shape[i + 1] ?? 0);
  const length = Math.hypot(dx, dy) || 1;
  return [dx / length, dy / length];
}

/** Roads with a name, of two opposite carriageways only one. */
function namedOnce(roads: readonly MapRoad[]): MapRoad[] {
  const seen = new Set<string>();
  return roads.filter((road) => {
    if (road.name === '') return false;
    const { centre } = road;
    const ends = [place(centre, 0), place(centre, centre.length - 2)].sort();
    const key = `${road.name} ${ends.join(' ')}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** A rough place, the same for both carriageways of a street. */
function place(shape: Shape, i: number): string {
  return `${Math.round(shape[i]! / 40)},${Math.round(shape[i + 1]! / 40)}`;
}
