import { type BusStop, type City, classBit } from '../../city/city.ts';
import { createFromLonLat } from '../../city/projection.ts';
import { withVersion } from '../../city/version.ts';
import type { Scenario, Trip, TripStop } from '../../demand/demand.ts';
import { FLEET } from '../../demand/fleet.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { Metres, MetresPerSecond, Milliseconds } from '../../units/units.ts';
import { type ImportReport, ReportBuilder } from '../report.ts';
import type { ByteSource } from '../source.ts';
import { type Feed, type Pattern, readFeed } from './feed.ts';
import { BusMatcher, type Sighting, type Stretch } from './match.ts';

/** Buses of one day on a city's streets. */
export interface BusLines {
  /** The city with the stops that they serve. */
  readonly city: City;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly report: ImportReport;
  /** Buses that run in a window of that day, as trips of type 0 in the order of departure. */
  listTrips(beginMs: Milliseconds, endMs: Milliseconds): Trip[];
}

const BUS = classBit('bus');
/** How long a stop is, and the least that a bus stands where the feed gives no time. */
const STOP_M: Metres = 20;
const AHEAD_M: Metres = 5;
const SHORTEST_DWELL_MS: Milliseconds = 15_000;
/** Room for one bus before a stop's end. */
const BUS_M: Metres = 12.5;
/** A bus that enters the map before its first stop there needs so long to it. */
const ENTRY_MPS: MetresPerSecond = 7;
/** Points of a drawn way are taken that far apart; a leap beyond the other tells nothing of the roads between. */
const POINT_GAP_M: Metres = 60;
const FARTHEST_POINT_M: Metres = 20_000;
/** What SUMO refuses in an id. */
const ODD_LETTERS = /[\s|\\'";,<>&*?:]/g;

/** A stop of a stretch with its lane. */
interface Halt {
  readonly stop: number;
  readonly place: number;
  readonly lane: number;
  readonly fromM: Metres;
  readonly toM: Metres;
}

interface Run {
  readonly pattern: number;
  readonly roads: readonly number[];
  readonly halts: readonly Halt[];
}

/**
 * The buses of a GTFS feed (tables by name without `.txt`) on a city: each pattern of stops is laid on the roads that buses may
 * use, along the way the feed draws where it draws one. `date` (YYYY-MM-DD) is the fullest day of the feed when null.
 * What lies on no road of the city is left out and counted.
 * Throws UrbaneError `bad-input` when the feed is no whole feed, no bus runs that day or none of its stops lies in the city.
 */
export async function readGtfs(
  tables: ReadonlyMap<string, ByteSource>,
  { city, date }: { readonly city: City; readonly date: string | null },
): Promise<BusLines> {
  const report = new ReportBuilder();
  const feed = await readFeed(tables, date, report);
  const runs = layPatterns(city, feed, report);
  if (runs.length === 0)
    throw new UrbaneError(
      'bad-input',
      `none of the feed's ${feed.stops.length} stops lies on a road of ${city.name} that buses may use.`,
      "Name the feed of this city's own buses.",
    );
  const busStops = nameStops(city, feed, runs);
  report.counts.busStops = city.busStops.length + busStops.length;
  report.counts['bus lines laid on roads'] = new Set(runs.map(({ pattern }) => pattern)).size;
  report.warn(`buses run as on ${feed.date}${date === null ? ', the fullest day of the feed' : ''}`);
  return {
    city: withVersion({ ...city, busStops: [...city.busStops, ...busStops] }),
    date: feed.date,
    report: report.build(),
    listTrips: (beginMs, endMs) => listTrips(city, feed, runs, beginMs, endMs),
  };
}

/** The scenario with buses that run by a feed; made-up buses without stops become cars. */
export function withBuses(scenario: Scenario, lines: BusLines): Scenario {
  const { demand, beginMs, endMs } = scenario;
  const bus = FLEET.find(({ type }) => type.kind === 'bus')?.type;
  if (bus === undefined) throw new Error('the fleet has no bus');
  const known = demand.types.findIndex(({ id }) => id === bus.id);
  const types = known < 0 ? [...demand.types, bus] : demand.types;
  const busType = known < 0 ? types.length - 1 : known;
  const car = types.findIndex(({ kind }) => kind === 'car');
  const others = demand.trips.map((trip) =>
    types[trip.type]?.kind === 'bus' && trip.stops === undefined && car >= 0 ? { ...trip, type: car } : trip,
  );
  const buses = lines.listTrips(beginMs, endMs).map((trip) => ({ ...trip, type: busType }));
  const trips = [...others, ...buses].sort((a, b) => a.departMs - b.departMs);
  return { ...scenario, city: lines.city, demand: { ...demand, types, trips } };
}

function layPatterns(city: City, feed: Feed, report: ReportBuilder): Run[] {
  const toPlane = createFromLonLat(city);
  const points = feed.stops.map(({ lon, lat }) => toPlane(lon, lat));
  const isOnMap = createMapCheck(city);
  const matcher = new BusMatcher(city);
  const runs: Run[] = [];
  const [met, served] = [new Set<number>(), new Set<number>()];
  feed.patterns.forEach((pattern, p) => {
    const places = pattern.stops.map((stop) => points[stop] ?? [Number.NaN, Number.NaN]);
    if (!places.some(([x = 0, y = 0]) => isOnMap(x, y))) return;
    for (const stop of pattern.stops) {
      const [x = Number.NaN, y = Number.NaN] = points[stop] ?? [];
      if (isOnMap(x, y)) met.add(stop);
    }
    for (const stretch of matcher.match(listSightings(pattern, places, toPlane))) {
      const halts = placeHalts(city, stretch);
      for (const { stop } of halts) served.add(pattern.stops[stop] ?? -1);
      runs.push({ pattern: p, roads: stretch.roads, halts });
    }
  });
  for (const stop of met)
    if (!served.has(stop))
      report.tally('stop', 'no road that buses may use, on a way to the next stop, is near', 'stops');
  const away = feed.stops.length - met.size;
  if (away > 0) report.counts['stops beyond the map or without a bus that day'] = away;
  return runs;
}

function createMapCheck({ junctions }: City): (x: number, y: number) => boolean {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of junctions) {
    [west, south] = [Math.min(west, x), Math.min(south, y)];
    [east, north] = [Math.max(east, x), Math.max(north, y)];
  }
  return (x, y) => x >= west - STOP_M && x <= east + STOP_M && y >= south - STOP_M && y <= north + STOP_M;
}

/** Stops and, between them, points of the drawn way, in the order in which the bus meets them. */
function listSightings(
  { stops, shape }: Pattern,
  places: readonly (readonly number[])[],
  toPlane: (lon: number, lat: number) => [number, number],
): Sighting[] {
  const way = listPoints(shape, toPlane);
  const sightings: Sighting[] = [];
  let next = 0;
  stops.forEach((_, s) => {
    const [x = Number.NaN, y = Number.NaN] = places[s] ?? [];
    const at = findNearest(way, next, x, y);
    for (; next < at; next++) {
      const point = way[next]!;
      // a point that close to the stop says nothing more, and may lie behind it
      if (Math.hypot(point.x - x, point.y - y) > POINT_GAP_M) sightings.push(point);
    }
    while (next < way.length && Math.hypot(way[next]!.x - x, way[next]!.y - y) <= POINT_GAP_M) next++;
    sightings.push({ x, y, stop: s });
  });
  return [...sightings, ...way.slice(next)];
}

/** Points along a drawn way, evenly apart, and its last. */
function listPoints(shape: readonly number[], toPlane: (lon: number, lat: number) => [number, number]): Sighting[] {
  const points: Sighting[] = [];
  let [x, y] = [Number.NaN, Number.NaN];
  let due: Metres = 0;
  for (let i = 0; i + 1 < shape.length; i += 2) {
    const [toX, toY] = toPlane(shape[i]!, shape[i + 1]!);
    const length = i === 0 ? 0 : Math.hypot(toX - x, toY - y);
    if (length > FARTHEST_POINT_M) due = 0;
    else
      for (; due < length; due += POINT_GAP_M) {
        const share = due / length;
        points.push({ x: x + (toX - x) * share, y: y + (toY - y) * share, stop: -1 });
      }
    due = Math.max(0, due - length);
    [x, y] = [toX, toY];
  }
  if (shape.length > 1) points.push({ x, y, stop: -1 });
  return points;
}

/** The point of a way nearest to (x, y) from `first` on, before the way has led three times as far as it lies away, and 500 m. */
function findNearest(way: readonly Sighting[], first: number, x: number, y: number): number {
  let [best, nearest, drivenM] = [first, Infinity, 0];
  const start = way[first];
  if (start === undefined) return first;
  const farthestM = 3 * Math.hypot(start.x - x, start.y - y) + 500;
  for (let i = first; i < way.length && drivenM <= farthestM; i++) {
    const point = way[i]!;
    const away = Math.hypot(point.x - x, point.y - y);
    if (away < nearest) [best, nearest] = [i, away];
    const after = way[i + 1];
    if (after !== undefined) drivenM += Math.hypot(after.x - point.x, after.y - point.y);
  }
  return best;
}

/** Stops on the lane nearest to the kerb that leads on; of two at one place the first. */
function placeHalts(city: City, { roads, stops }: Stretch): Halt[] {
  const halts: Halt[] = [];
  for (const { stop, place, posM } of stops) {
    const lane = chooseLane(city, roads[place]!, roads[place + 1]);
    const lengthM = city.lanes[lane]?.lengthM ?? 0;
    const toM = round(Math.min(lengthM, Math.max(posM + AHEAD_M, BUS_M)));
    const before = halts.at(-1);
    if (before !== undefined && before.place === place && toM - before.toM < AHEAD_M) continue;
    halts.push({ stop, place, lane, fromM: round(Math.max(0, toM - STOP_M)), toM });
  }
  return halts;
}

function chooseLane({ roads, lanes, movements }: City, road: number, next: number | undefined): number {
  const { firstLane, laneCount } = roads[road]!;
  let kerb = firstLane;
  for (let lane = firstLane + laneCount - 1; lane >= firstLane; lane--) {
    if ((lanes[lane]!.allowed & BUS) !== 0) kerb = lane;
  }
  if (next === undefined) return kerb;
  for (let lane = firstLane; lane < firstLane + laneCount; lane++) {
    const { allowed, out } = lanes[lane]!;
    if ((allowed & BUS) === 0) continue;
    if (out.some((m) => lanes[movements[m]?.toLane ?? -1]?.road === next)) return lane;
  }
  return kerb;
}

function round(metres: Metres): Metres {
  return Math.floor(metres * 100) / 100;
}

/** One bus stop per place where a stop of the feed lies; further places of one stop are numbered. */
function nameStops(city: City, feed: Feed, runs: readonly Run[]): BusStop[] {
  const used = new Set<string>(city.busStops.map(({ id }) => id));
  const made = new Map<string, BusStop>();
  for (const { pattern, halts } of runs) {
    for (const { stop, lane, fromM, toM } of halts) {
      const place = feed.patterns[pattern]?.stops[stop] ?? -1;
      const key = `${place} ${lane} ${toM}`;
      const { id: plain = '', name = '' } = feed.stops[place] ?? {};
      if (made.has(key)) continue;
      let id = plain.replace(ODD_LETTERS, '_');
      for (let n = 2; used.has(id); n++) id = `${plain.replace(ODD_LETTERS, '_')}#${n}`;
      used.add(id);
      made.set(key, { id, name, lane, fromM, toM });
    }
  }
  return [...made.values()];
}

function listTrips(city: City, feed: Feed, runs: readonly Run[], beginMs: Milliseconds, endMs: Milliseconds): Trip[] {
  const ofPattern = new Map<number, Run[]>();
  for (const run of runs) {
    const known = ofPattern.get(run.pattern);
    if (known === undefined) ofPattern.set(run.pattern, [run]);
    else known.push(run);
  }
  const trips: Trip[] = [];
  for (const { pattern, arrivalS, departureS, isTimed } of feed.journeys) {
    for (const { roads, halts } of ofPattern.get(pattern) ?? []) {
      const first = halts.findIndex(({ stop }) => departureS[stop]! * 1000 >= beginMs);
      const start = halts[first];
      if (start === undefined) continue;
      const enters = first === 0 && start.place > 0;
      const wayM = enters
        ? roads.slice(0, start.place).reduce((sum, road) => sum + city.roads[road]!.lengthM, start.toM)
        : 0;
      const arriveMs = Math.round(arrivalS[start.stop]! * 1000);
      const enterMs = arriveMs - Math.round(wayM / ENTRY_MPS) * 1000;
      const isWhole = enters && enterMs >= beginMs;
      const departMs = Math.max(beginMs, isWhole ? enterMs : arriveMs);
      if (departMs >= endMs) continue;
      const skipped = isWhole ? 0 : start.place;
      const stops = halts.slice(first).map(
        ({ stop, place, lane, fromM, toM }, i): TripStop => ({
          place: place - skipped,
          lane,
          fromM,
          toM,
          durationMs: Math.max(SHORTEST_DWELL_MS, Math.round((departureS[stop]! - arrivalS[stop]!) * 1000)),
          untilMs:
            isTimed[stop] === true || stop === 0 || (i === 0 && !isWhole) ? Math.round(departureS[stop]! * 1000) : 0,
          isOffRoad: false,
        }),
      );
      const lane = city.lanes[start.lane]?.index ?? 0;
      trips.push({
        type: 0,
        departMs,
        route: skipped === 0 ? roads : roads.slice(skipped),
        departLane: isWhole ? 'best' : lane,
        departPos: isWhole ? 'base' : 'stop',
        departSpeed: isWhole ? 'max' : 0,
        stops,
      });
    }
  }
  return trips.sort((a, b) => a.departMs - b.departMs);
}
