import { type City, classBit } from '../../city/city.ts';
import type { RoadCount } from '../../demand/counts.ts';
import type { Demand, Scenario, Trip } from '../../demand/demand.ts';
import { Router } from '../../demand/routing.ts';
import { UrbaneError } from '../../units/errors.ts';
import { drawUniform } from '../../units/random.ts';
import { parseRows, type Row } from '../csv.ts';
import { readText } from '../json.ts';
import { type ImportReport, ReportBuilder } from '../report.ts';
import type { ByteSource } from '../source.ts';
import { makeDefaultType } from '../sumo/types.ts';

const CAR = classBit('car');
const DAY_S = 86_400;
const MOST_VEHICLES = 1e6;
const DRAW = { depart: 72, from: 73, to: 74 } as const;

/** Rows of a table with all these columns. Throws UrbaneError `bad-input` where one is missing. */
async function readRows(source: ByteSource, needed: readonly string[]): Promise<Row[]> {
  const text = await readText(source);
  const header = text
    .slice(0, text.search(/\r?\n|$/))
    .replace(/^\uFEFF/, '')
    .split(',')
    .map((name) => name.trim());
  const missing = needed.find((name) => !header.includes(name));
  if (missing !== undefined)
    throw new UrbaneError(
      'bad-input',
      `${source.name}:1: the header has no column "${missing}".`,
      `Begin the file with ${needed.join(',')}.`,
    );
  return parseRows(text, source.name);
}

function readInterval(row: Row): { beginS: number; endS: number } {
  const [beginS, endS] = [row.amount('begin_s', null, 7 * DAY_S), row.amount('end_s', null, 7 * DAY_S)];
  if (beginS >= endS)
    throw row.refuse(`the interval ${beginS} to ${endS} s is empty`, 'Write begin_s and a later end_s.');
  return { beginS, endS };
}

/**
 * Trips of an origin-destination table (`from,to,begin_s,end_s,vehicles`): each end is a road or a district, the departures
 * are spread over the interval by draws, routes are the fastest, with their other ways. Throws UrbaneError `bad-input`.
 */
export async function readOriginDestination(
  source: ByteSource,
  city: City,
  seed: number,
): Promise<{ scenario: Scenario; report: ImportReport }> {
  const rows = await readRows(source, ['from', 'to', 'begin_s', 'end_s', 'vehicles']);
  const report = new ReportBuilder();
  const router = new Router(city);
  const type = makeDefaultType('car', 'passenger', 'car');
  const roadsOf = new Map<string, number[]>(city.roads.map(({ id }, r) => [id as string, [r]]));
  city.districts.forEach(({ id, name }, d) => {
    const own = city.roads.flatMap((road, r) => (road.district === d && router.allows(r, CAR) ? [r] : []));
    for (const word of [name, id]) if (own.length > 0 && !roadsOf.has(word)) roadsOf.set(word, own);
  });
  const trips: Trip[] = [];
  let subject = 0;
  let [fromS, toS] = [Number.POSITIVE_INFINITY, 0];
  for (const [index, row] of rows.entries()) {
    const ends = ['from', 'to'].map((column) => {
      const found = roadsOf.get(row.text(column));
      if (found === undefined)
        throw row.refuse(
          `"${row.text(column).slice(0, 80)}" is no road or district of ${city.name}`,
          "Use the city's own ids.",
        );
      return found;
    });
    const { beginS, endS } = readInterval(row);
    [fromS, toS] = [Math.min(fromS, beginS), Math.max(toS, endS)];
    const count = row.amount('vehicles', null, MOST_VEHICLES);
    // The rest of a part of a vehicle is drawn, so that many small flows keep their sum.
    const vehicles = Math.floor(count) + (drawUniform(seed, index, 1, DRAW.depart) < count % 1 ? 1 : 0);
    if (trips.length + vehicles > MOST_VEHICLES)
      throw row.refuse(`the table holds more than ${MOST_VEHICLES} vehicles`, 'Cut it into parts.');
    let lost = 0;
    for (let k = 0; k < vehicles; k++, subject++) {
      const pick = (roads: readonly number[] | undefined, purpose: number) =>
        roads?.[Math.floor(drawUniform(seed, subject, 0, purpose) * roads.length)] ?? 0;
      const query = {
        from: [pick(ends[0], DRAW.from)],
        to: [pick(ends[1], DRAW.to)],
        classBit: CAR,
        maxSpeedMps: type.maxSpeedMps,
      };
      const route = router.findRoute(query);
      if (route === null) {
        lost++;
        continue;
      }
      const departS = beginS + drawUniform(seed, subject, 0, DRAW.depart) * (endS - beginS);
      trips.push({
        type: 0,
        departMs: Math.round(departS * 1000),
        route,
        alternatives: router.findAlternatives(query),
        departLane: 'best',
        departPos: 'base',
        departSpeed: 'max',
      });
    }
    if (lost > 0)
      report.drop({
        what: 'trip',
        element: `${row.text('from')} to ${row.text('to')}`,
        file: source.name,
        why: 'no way leads there',
        count: lost,
      });
  }
  trips.sort((a, b) => a.departMs - b.departMs);
  report.counts.trips = trips.length;
  if (trips.length === 0)
    throw new UrbaneError('too-little-data', `${source.name} gives no trip.`, 'Write a row per pair and interval.');
  const demand: Demand = { types: [type], trips, walks: [] };
  return {
    scenario: { name: city.name, city, demand, beginMs: fromS * 1000, endMs: toS * 1000 },
    report: report.build(),
  };
}

/**
 * Counts of roads (`road,begin_s,end_s,vehicles`) or of turns (with a column `to`, the road turned into), as vehicles of the
 * intervals within the scenario's window. Rows of single lanes and of travel times alone, which calibrate's table may have,
 * are passed over. Throws UrbaneError.
 */
export async function readCounts(source: ByteSource, { city, beginMs, endMs }: Scenario): Promise<RoadCount[]> {
  const rows = await readRows(source, ['road', 'begin_s', 'end_s', 'vehicles']);
  const roadOf = new Map(city.roads.map(({ id }, r) => [id as string, r]));
  const router = new Router(city);
  const counts = rows.flatMap((row): RoadCount[] => {
    const find = (column: string): number => {
      const road = roadOf.get(row.text(column));
      if (road !== undefined) return road;
      throw row.refuse(`${city.name} has no road "${row.text(column).slice(0, 80)}"`, "Use the city's own road ids.");
    };
    const road = find('road');
    const to = row.find('to') === '' ? undefined : find('to');
    if (to !== undefined && !router.joins(road, to, CAR))
      throw row.refuse(`no movement leads from "${row.text('road')}" to "${row.text('to')}"`, 'Correct the two roads.');
    const { beginS, endS } = readInterval(row);
    if (row.find('vehicles') === '' || row.find('lane') !== '') return [];
    const vehicles = row.amount('vehicles', null, MOST_VEHICLES);
    const isWithin = beginS * 1000 >= beginMs && endS * 1000 <= endMs;
    return isWithin
      ? [{ road, ...(to === undefined ? {} : { to }), beginMs: beginS * 1000, endMs: endS * 1000, vehicles }]
      : [];
  });
  if (counts.length > 0) return counts;
  throw new UrbaneError(
    'too-little-data',
    `${source.name} counts no whole road or turn between ${beginMs / 1000} and ${endMs / 1000} s.`,
    'Leave the column lane empty and give intervals within the scenario, in its own seconds.',
  );
}
