import type { City, Polyline } from './city.ts';
import { VEHICLE_CLASSES } from './city.ts';
import type { LonLat } from './projection.ts';
import { createToLonLat } from './projection.ts';

/** The geometries written here (RFC 7946, section 3.1). */
export type Geometry =
  | { readonly type: 'Point'; readonly coordinates: LonLat }
  | { readonly type: 'LineString'; readonly coordinates: readonly LonLat[] }
  | { readonly type: 'Polygon'; readonly coordinates: readonly (readonly LonLat[])[] };

export interface CityFeature {
  readonly type: 'Feature';
  readonly id: string;
  readonly geometry: Geometry;
  /** `kind` says what it is: road, lane, junction, signal, district, water, green, bridge. */
  readonly properties: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

export interface CityFeatures {
  readonly type: 'FeatureCollection';
  readonly features: readonly CityFeature[];
}

/** The city for other people's maps: stable ids, units in the property names, polygons counter-clockwise. */
export function toGeoJson(city: City): CityFeatures {
  const toLonLat = createToLonLat(city);
  const line = (shape: Polyline): LonLat[] => {
    const points: LonLat[] = [];
    for (let i = 0; i + 1 < shape.length; i += 2) points.push(toLonLat(shape[i] ?? 0, shape[i + 1] ?? 0));
    return points;
  };
  const polygon = (shape: Polyline): Geometry => ({ type: 'Polygon', coordinates: [closeRing(line(shape))] });
  const feature = (id: string, geometry: Geometry, properties: CityFeature['properties']): CityFeature => ({
    type: 'Feature',
    id,
    geometry,
    properties,
  });
  return {
    type: 'FeatureCollection',
    features: [
      ...city.ground
        .filter(({ shape }) => shape.length >= 6)
        .map(({ kind, shape }, i) => feature(`ground/${i}`, polygon(shape), { kind })),
      ...city.districts
        .filter(({ shape }) => shape.length >= 6)
        .map(({ id, name, nameZh, shape }) =>
          feature(`district/${id}`, polygon(shape), {
            kind: 'district',
            name,
            ...(nameZh === undefined ? {} : { nameZh }),
          }),
        ),
      ...city.roads.map((road) =>
        feature(
          `road/${road.id}`,
          { type: 'LineString', coordinates: line(city.lanes[road.firstLane + (road.laneCount >> 1)]?.shape ?? []) },
          {
            kind: 'road',
            name: road.name,
            from: city.junctions[road.from]?.id ?? '',
            to: city.junctions[road.to]?.id ?? '',
            lanes: road.laneCount,
            lengthM: road.lengthM,
            speedMps: road.speedMps,
            level: road.level,
            district: city.districts[road.district]?.id ?? '',
          },
        ),
      ),
      ...city.lanes.map((lane) =>
        feature(
          `lane/${lane.id}`,
          { type: 'LineString', coordinates: line(lane.shape) },
          {
            kind: 'lane',
            road: city.roads[lane.road]?.id ?? '',
            index: lane.index,
            lengthM: lane.lengthM,
            speedMps: lane.speedMps,
            widthM: lane.widthM,
            allowed: VEHICLE_CLASSES.filter((_, bit) => (lane.allowed >> bit) & 1),
          },
        ),
      ),
      ...city.junctions.map((junction) =>
        feature(
          `junction/${junction.id}`,
          junction.shape.length >= 6
            ? polygon(junction.shape)
            : { type: 'Point', coordinates: toLonLat(junction.x, junction.y) },
          { kind: 'junction', control: junction.kind, signal: city.signals[junction.signal]?.id ?? '' },
        ),
      ),
      ...city.signals.map((signal) => {
        const places = signal.junctions.flatMap((j) => city.junctions[j] ?? []);
        const mean = (key: 'x' | 'y') =>
          places.reduce((sum, place) => sum + place[key], 0) / Math.max(1, places.length);
        return feature(
          `signal/${signal.id}`,
          { type: 'Point', coordinates: toLonLat(mean('x'), mean('y')) },
          {
            kind: 'signal',
            junctions: places.map((place) => place.id),
            links: signal.links.length,
            groups: signal.groups.length,
            programs: signal.programs.map((program) => program.id),
          },
        );
      }),
    ],
  };
}

/** A ring that ends where it begins and runs counter-clockwise (RFC 7946, section 3.1.6). */
function closeRing(points: LonLat[]): LonLat[] {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return points;
  const ring = first[0] === last[0] && first[1] === last[1] ? points : [...points, first];
  let doubleArea = 0;
  for (let i = 0; i + 1 < ring.length; i++) {
    const [x0, y0] = ring[i] ?? first;
    const [x1, y1] = ring[i + 1] ?? first;
    doubleArea += x0 * y1 - x1 * y0;
  }
  return doubleArea < 0 ? ring.reverse() : ring;
}
