import type { BusStop, City, Corner, Crossing } from './city.ts';
import { type ColumnReader, type ColumnWriter, readColumns } from './columns.ts';

type Walking = Pick<City, 'corners' | 'crossings' | 'busStops'>;

const CROSSING_COLUMNS = ['junction', 'lengthM', 'widthM', 'signal', 'link', 'firstCorner', 'secondCorner'] as const;

/** True when a city has what files hold from format 2 on. */
export function hasWalking({ corners, crossings, busStops }: Walking): boolean {
  return corners.length + crossings.length + busStops.length > 0;
}

/** Corners, crossings and bus stops as columns. */
export function writeWalking(out: ColumnWriter, { corners, crossings, busStops }: Walking): void {
  out.writeTexts(corners.map((corner) => corner.id));
  out.writeNumbers(corners.map((corner) => corner.junction));
  out.writeLists(
    corners.map((corner) => corner.shape),
    2,
  );
  out.writeLists(corners.map((corner) => corner.sidewalks));

  out.writeTexts(crossings.map((crossing) => crossing.id));
  const rows = crossings.map((crossing) => ({
    ...crossing,
    firstCorner: crossing.corners[0],
    secondCorner: crossing.corners[1],
  }));
  for (const key of CROSSING_COLUMNS) out.writeNumbers(rows.map((row) => row[key]));
  out.writeLists(crossings.map((crossing) => crossing.roads));
  out.writeLists(
    crossings.map((crossing) => crossing.shape),
    2,
  );
  out.writeLists(crossings.map((crossing) => crossing.conflicts));
  out.writeLists(crossings.map((crossing) => crossing.yieldsTo));

  out.writeTexts(busStops.map((stop) => stop.id));
  out.writeTexts(busStops.map((stop) => stop.name));
  for (const key of ['lane', 'fromM', 'toM'] as const) out.writeNumbers(busStops.map((stop) => stop[key]));
}

/** Reads what `writeWalking` wrote. */
export function readWalking(input: ColumnReader): Walking {
  return { corners: readCorners(input), crossings: readCrossings(input), busStops: readBusStops(input) };
}

function readCorners(input: ColumnReader): Corner[] {
  const ids = input.readTexts();
  const at = readColumns(input, ['junction']);
  const shapes = input.readLists(2);
  const sidewalks = input.readLists();
  return ids.map((id, i) => ({
    id,
    junction: at('junction', i),
    shape: shapes[i] ?? [],
    sidewalks: sidewalks[i] ?? [],
  }));
}

function readCrossings(input: ColumnReader): Crossing[] {
  const ids = input.readTexts();
  const at = readColumns(input, CROSSING_COLUMNS);
  const roads = input.readLists();
  const shapes = input.readLists(2);
  const conflicts = input.readLists();
  const yieldsTo = input.readLists();
  return ids.map((id, i) => ({
    id,
    junction: at('junction', i),
    roads: roads[i] ?? [],
    lengthM: at('lengthM', i),
    widthM: at('widthM', i),
    shape: shapes[i] ?? [],
    corners: [at('firstCorner', i), at('secondCorner', i)],
    signal: at('signal', i),
    link: at('link', i),
    conflicts: conflicts[i] ?? [],
    yieldsTo: yieldsTo[i] ?? [],
  }));
}

function readBusStops(input: ColumnReader): BusStop[] {
  const ids = input.readTexts();
  const names = input.readTexts();
  const at = readColumns(input, ['lane', 'fromM', 'toM']);
  return ids.map((id, i) => ({
    id,
    name: names[i] ?? '',
    lane: at('lane', i),
    fromM: at('fromM', i),
    toM: at('toM', i),
  }));
}
