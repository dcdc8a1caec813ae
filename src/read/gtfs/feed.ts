import { UrbaneError } from '../../units/errors.ts';
import type { Seconds } from '../../units/units.ts';
import type { ReportBuilder } from '../report.ts';
import type { ByteSource } from '../source.ts';
import { type DayChoice, readDays } from './days.ts';
import { readGtfsTable } from './table.ts';

export interface FeedStop {
  readonly id: string;
  readonly name: string;
  readonly lat: number;
  readonly lon: number;
}

/** Stops in the order of one or more journeys, and the way between them where the feed draws it. */
export interface Pattern {
  /** Places in `Feed.stops`. */
  readonly stops: readonly number[];
  /** Longitude and latitude in turn; empty when the feed draws none. */
  readonly shape: readonly number[];
}

/** One bus on one day; seconds of the service day by stop of its pattern, which may pass 24 h. */
export interface Journey {
  readonly pattern: number;
  readonly arrivalS: readonly Seconds[];
  readonly departureS: readonly Seconds[];
  /** Stops it may not leave before its time. */
  readonly isTimed: readonly boolean[];
}

/** What a feed says of buses on one day. */
export interface Feed {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly stops: readonly FeedStop[];
  readonly patterns: readonly Pattern[];
  readonly journeys: readonly Journey[];
}

/** route_type of buses and trolleybuses, and the extended types of buses and trolleybuses. */
const isBus = (type: number) => type === 3 || type === 11 || (type >= 700 && type < 718) || type === 800;
/** A journey of a headway service repeats at most so often. */
const MOST_REPEATS = 2000;

interface FeedTrip {
  readonly service: string;
  readonly shape: string;
  /** First departures; empty for the one its stop times name. */
  readonly startsS: number[];
}

/**
 * Reads the buses of one day of a GTFS feed (gtfs.org, Schedule reference): the tables by name without `.txt`. A damaged row is left
 * out and counted. Throws UrbaneError `bad-input` when a table or column that is needed is missing or no bus runs that day.
 */
export async function readFeed(
  tables: ReadonlyMap<string, ByteSource>,
  date: string | null,
  report: ReportBuilder,
): Promise<Feed> {
  const stops = await readStops(tables, report);
  const lines = await readLines(tables, report);
  const trips = await readTrips(tables, lines, report);
  const services = new Map<string, number>();
  for (const { service } of trips.values()) services.set(service, (services.get(service) ?? 0) + 1);
  const day: DayChoice = await readDays(tables, date, services, report);
  let others = 0;
  for (const [id, { service }] of trips) {
    if (day.services.has(service)) continue;
    trips.delete(id);
    others++;
  }
  if (others > 0) report.counts['journeys of other days'] = others;
  await readHeadways(tables, trips, report);
  const timed = await readTimes(tables, trips, stops.placeOf, report);
  const shapes = await readShapes(tables, new Set([...timed].map(([id]) => trips.get(id)?.shape ?? '')), report);
  return { date: day.date, stops: stops.stops, ...gather(timed, trips, shapes, report) };
}

/** The table, or a fault that it is missing. */
export function getTable(tables: ReadonlyMap<string, ByteSource>, name: string): ByteSource {
  const table = tables.get(name);
  if (table !== undefined) return table;
  const held = [...tables.keys()].sort().slice(0, 12).join(', ');
  throw new UrbaneError(
    'bad-input',
    `the feed holds no ${name}.txt (it holds ${held === '' ? 'no table' : held}).`,
    'Name a feed of GTFS: a zip or folder with stops, routes, trips, stop_times and calendar or calendar_dates.',
  );
}

async function readStops(
  tables: ReadonlyMap<string, ByteSource>,
  report: ReportBuilder,
): Promise<{ stops: FeedStop[]; placeOf: Map<string, number> }> {
  const table = getTable(tables, 'stops');
  const stops: FeedStop[] = [];
  const placeOf = new Map<string, number>();
  const columns = ['stop_id', 'stop_name', 'stop_lat', 'stop_lon', 'location_type'];
  await readGtfsTable(table, columns, ['stop_id', 'stop_lat', 'stop_lon'], (cells, line) => {
    const [id = '', name = '', latText = '', lonText = '', type = ''] = cells;
    if (type !== '' && type !== '0') return;
    const [lat, lon] = [latText === '' ? Number.NaN : Number(latText), lonText === '' ? Number.NaN : Number(lonText)];
    if (id === '' || !(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) {
      report.tally('stop', 'it has no id or lies nowhere on Earth', table.name, line);
      return;
    }
    if (placeOf.has(id)) {
      report.tally('stop', 'its id stands before it', table.name, line);
      return;
    }
    placeOf.set(id, stops.length);
    stops.push({ id, name, lat, lon });
  });
  return { stops, placeOf };
}

/** Ids of lines that buses run. */
async function readLines(tables: ReadonlyMap<string, ByteSource>, report: ReportBuilder): Promise<Set<string>> {
  const table = getTable(tables, 'routes');
  const lines = new Set<string>();
  await readGtfsTable(table, ['route_id', 'route_type'], ['route_id', 'route_type'], ([id = '', type = ''], line) => {
    if (type !== '' && isBus(Number(type))) lines.add(id);
    else report.tally('line', 'buses do not run it (route_type)', table.name, line);
  });
  if (lines.size === 0)
    throw new UrbaneError('bad-input', `${table.name} names no line of buses.`, 'Name a feed with route_type 3.');
  return lines;
}

async function readTrips(
  tables: ReadonlyMap<string, ByteSource>,
  lines: ReadonlySet<string>,
  report: ReportBuilder,
): Promise<Map<string, FeedTrip>> {
  const table = getTable(tables, 'trips');
  const trips = new Map<string, FeedTrip>();
  const needed = ['route_id', 'service_id', 'trip_id'];
  await readGtfsTable(
    table,
    [...needed, 'shape_id'],
    needed,
    ([route = '', service = '', id = '', shape = ''], line) => {
      if (!lines.has(route)) return;
      if (id === '' || trips.has(id))
        report.tally('journey', 'it has no id, or one that stands before it', table.name, line);
      else trips.set(id, { service, shape, startsS: [] });
    },
  );
  return trips;
}

/** Seconds of HH:MM:SS, where hours may pass 24; NaN for what is none. */
export function toSeconds(text: string): number {
  const [, h, m, s] = /^(\d{1,3}):([0-5]\d):([0-5]\d)$/.exec(text) ?? [];
  return h === undefined ? Number.NaN : Number(h) * 3600 + Number(m) * 60 + Number(s);
}

async function readHeadways(
  tables: ReadonlyMap<string, ByteSource>,
  trips: ReadonlyMap<string, FeedTrip>,
  report: ReportBuilder,
): Promise<void> {
  const table = tables.get('frequencies');
  if (table === undefined) return;
  const columns = ['trip_id', 'start_time', 'end_time', 'headway_secs'];
  await readGtfsTable(table, columns, columns, ([id = '', start = '', end = '', headway = ''], line) => {
    const trip = trips.get(id);
    if (trip === undefined) return;
    const [fromS, toS, everyS] = [toSeconds(start), toSeconds(end), Number(headway)];
    if (!(everyS >= 1) || !(toS > fromS) || (toS - fromS) / everyS > MOST_REPEATS) {
      report.tally('headway', 'its times or its headway are none', table.name, line);
      return;
    }
    for (let atS = fromS; atS < toS; atS += everyS) trip.startsS.push(atS);
  });
}

/** Stop times of one trip, unsorted. */
interface Times {
  readonly sequence: number[];
  readonly stop: number[];
  readonly arrivalS: number[];
  readonly departureS: number[];
  readonly isTimed: boolean[];
}

async function readTimes(
  tables: ReadonlyMap<string, ByteSource>,
  trips: ReadonlyMap<string, FeedTrip>,
  placeOf: ReadonlyMap<string, number>,
  report: ReportBuilder,
): Promise<Map<string, Times>> {
  const table = getTable(tables, 'stop_times');
  const found = new Map<string, Times>();
  const needed = ['trip_id', 'stop_id', 'stop_sequence'];
  const columns = [...needed, 'arrival_time', 'departure_time', 'timepoint'];
  await readGtfsTable(table, columns, needed, (cells, line) => {
    const [id = '', stopId = '', sequenceText = '', arrival = '', departure = '', timepoint = ''] = cells;
    if (!trips.has(id)) return;
    const stop = placeOf.get(stopId);
    const sequence = sequenceText === '' ? Number.NaN : Number(sequenceText);
    const arrivalS = toSeconds(arrival === '' ? departure : arrival);
    const departureS = toSeconds(departure === '' ? arrival : departure);
    const isBlank = arrival === '' && departure === '';
    if (stop === undefined || !Number.isFinite(sequence) || (!isBlank && !(departureS >= arrivalS))) {
      report.tally('stop time', 'its stop, its place in the order or its times are none', table.name, line);
      return;
    }
    let times = found.get(id);
    if (times === undefined) {
      times = { sequence: [], stop: [], arrivalS: [], departureS: [], isTimed: [] };
      found.set(id, times);
    }
    times.sequence.push(sequence);
    times.stop.push(stop);
    times.arrivalS.push(arrivalS);
    times.departureS.push(departureS);
    times.isTimed.push(timepoint === '1');
  });
  return found;
}

async function readShapes(
  tables: ReadonlyMap<string, ByteSource>,
  wanted: ReadonlySet<string>,
  report: ReportBuilder,
): Promise<Map<string, number[]>> {
  const table = tables.get('shapes');
  if (table === undefined) return new Map();
  const points = new Map<string, { lat: number; lon: number; sequence: number }[]>();
  const columns = ['shape_id', 'shape_pt_lat', 'shape_pt_lon', 'shape_pt_sequence'];
  await readGtfsTable(table, columns, columns, ([id = '', latText = '', lonText = '', order = ''], line) => {
    if (!wanted.has(id)) return;
    const [lat, lon, sequence] = [Number(latText || 'x'), Number(lonText || 'x'), Number(order || 'x')];
    if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && Number.isFinite(sequence))) {
      report.tally('point of a shape', 'it lies nowhere on Earth or has no place in the order', table.name, line);
      return;
    }
    const own = points.get(id);
    if (own === undefined) points.set(id, [{ lat, lon, sequence }]);
    else own.push({ lat, lon, sequence });
  });
  return new Map(
    [...points].map(([id, own]) => [
      id,
      own.sort((a, b) => a.sequence - b.sequence).flatMap(({ lon, lat }) => [lon, lat]),
    ]),
  );
}

/** Patterns and journeys: stop times in order, blanks between two times spread evenly, headways repeated. */
function gather(
  timed: ReadonlyMap<string, Times>,
  trips: ReadonlyMap<string, FeedTrip>,
  shapes: ReadonlyMap<string, readonly number[]>,
  report: ReportBuilder,
): Pick<Feed, 'patterns' | 'journeys'> {
  const patterns: Pattern[] = [];
  const patternOf = new Map<string, number>();
  const journeys: Journey[] = [];
  for (const [id, times] of timed) {
    const trip = trips.get(id);
    const order = times.sequence.map((_, i) => i).sort((a, b) => times.sequence[a]! - times.sequence[b]!);
    const arrivalS = order.map((i) => times.arrivalS[i]!);
    const departureS = order.map((i) => times.departureS[i]!);
    if (trip === undefined || order.length < 2 || !fillBlanks(arrivalS, departureS)) {
      report.tally(
        'journey',
        'it has fewer than two stops, no first or last time, or times that run backwards',
        'stop_times',
      );
      continue;
    }
    const stops = order.map((i) => times.stop[i]!);
    const key = `${trip.shape}|${stops.join(' ')}`;
    let pattern = patternOf.get(key);
    if (pattern === undefined) {
      pattern = patterns.length;
      patternOf.set(key, pattern);
      patterns.push({ stops, shape: shapes.get(trip.shape) ?? [] });
    }
    const isTimed = order.map((i) => times.isTimed[i]!);
    for (const startS of trip.startsS.length === 0 ? [departureS[0]!] : trip.startsS) {
      const laterS = startS - departureS[0]!;
      const later = (atS: number) => atS + laterS;
      journeys.push({ pattern, arrivalS: arrivalS.map(later), departureS: departureS.map(later), isTimed });
    }
  }
  return { patterns, journeys };
}

/** False when the first or last time is blank, or times run backwards. */
function fillBlanks(arrivalS: number[], departureS: number[]): boolean {
  let known = 0;
  if (Number.isNaN(arrivalS[0]!) || Number.isNaN(arrivalS[arrivalS.length - 1]!)) return false;
  for (let i = 1; i < arrivalS.length; i++) {
    if (Number.isNaN(arrivalS[i]!)) continue;
    const [fromS, toS] = [departureS[known]!, arrivalS[i]!];
    if (toS < fromS) return false;
    for (let k = known + 1; k < i; k++) {
      arrivalS[k] = Math.round(fromS + ((toS - fromS) * (k - known)) / (i - known));
      departureS[k] = arrivalS[k]!;
    }
    known = i;
  }
  return true;
}
