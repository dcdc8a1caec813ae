import type { City } from '../city/city.ts';
import { drawUniform } from '../units/random.ts';
import type { Milliseconds, Seconds } from '../units/units.ts';
import type { Demand, Trip } from './demand.ts';

/** Vehicles counted on a road, or on the way from it to the next, in a stretch of time. */
export interface RoadCount {
  /** Road index. */
  readonly road: number;
  /** Road index for a count of a turn. */
  readonly to?: number;
  readonly beginMs: Milliseconds;
  readonly endMs: Milliseconds;
  readonly vehicles: number;
}

/** A count beside what the demand brings, both as vehicles an hour. */
export interface CountFit {
  readonly road: number;
  readonly to?: number;
  readonly countedPerH: number;
  /** Before and after the scaling. */
  readonly beforePerH: number;
  readonly modelledPerH: number;
  /** Geoffrey E. Havers' statistic; below 5 is held to be a good fit (DMRB volume 12). */
  readonly geh: number;
}

/** How much a group of trips resists being scaled, against one count being missed by its own root. */
const RESISTANCE = 0.02;
const MOST_TIMES = 5;
const SWEEPS = 60;
const DRAW = { copies: 61, shift: 62 } as const;
/** Copies of a trip leave up to so much later. */
const SHIFT_S: Seconds = 300;

/**
 * The demand scaled to counts: every group of trips between the same two districts (or roads from and to beyond the map) is
 * multiplied by a factor from 0 to 5, found by least squares over the counts, each weighed by its own size, and over the
 * factors' distances from 1. Routes stay. Counts outside the demand's departures are compared as they are.
 */
export function scaleToCounts(
  city: City,
  demand: Demand,
  counts: readonly RoadCount[],
  seed: number,
): { demand: Demand; fits: readonly CountFit[] } {
  const groupOf = groupTrips(city, demand.trips);
  const groups = Math.max(-1, ...groupOf) + 1;
  const rows = counts.map((count) => {
    const row = new Map<number, number>();
    demand.trips.forEach((trip, t) => {
      if (passes(trip, count)) row.set(groupOf[t]!, (row.get(groupOf[t]!) ?? 0) + 1);
    });
    return row;
  });
  const factors = solve(rows, counts, groups);
  const lastMs = demand.trips.at(-1)?.departMs ?? 0;
  const trips = demand.trips
    .flatMap((trip, t) => copiesOf(trip, factors[groupOf[t]!]!, t, seed, lastMs))
    .sort((a, b) => a.departMs - b.departMs);
  return { demand: { ...demand, trips }, fits: counts.map((count) => fitOf(demand.trips, trips, count)) };
}

/** By departure: a trip counts on every road of its route, in the stretch in which it leaves. */
function passes({ route, departMs }: Trip, { road, to, beginMs, endMs }: RoadCount): boolean {
  if (departMs < beginMs || departMs >= endMs) return false;
  return to === undefined ? route.includes(road) : route.some((one, i) => one === road && route[i + 1] === to);
}

function groupTrips(city: City, trips: readonly Trip[]): number[] {
  const end = (road: number, junction: number) =>
    city.junctions[junction]?.kind === 'dead-end' ? `r${road}` : `d${city.roads[road]!.district}`;
  const numbers = new Map<string, number>();
  return trips.map(({ route }) => {
    const [first, last] = [route[0]!, route[route.length - 1]!];
    const key = `${end(first, city.roads[first]!.from)}>${end(last, city.roads[last]!.to)}`;
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
}

/** Factors by coordinate descent: each in turn takes its best value between 0 and `MOST_TIMES`, the others held. */
function solve(
  rows: readonly ReadonlyMap<number, number>[],
  counts: readonly RoadCount[],
  groups: number,
): Float64Array {
  const factors = new Float64Array(groups).fill(1);
  const weights = counts.map(({ vehicles }) => 1 / Math.max(1, vehicles));
  const sums = rows.map((row) => [...row.values()].reduce((sum, trips) => sum + trips, 0));
  const rowsOf: number[][] = Array.from({ length: groups }, () => []);
  rows.forEach((row, c) => {
    for (const g of row.keys()) rowsOf[g]!.push(c);
  });
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let g = 0; g < groups; g++) {
      const own = rowsOf[g]!;
      if (own.length === 0) continue;
      let [slope, curve] = [0, 0];
      for (const c of own) {
        const trips = rows[c]!.get(g)!;
        slope += weights[c]! * trips * (counts[c]!.vehicles - sums[c]! + trips * factors[g]!);
        curve += weights[c]! * trips * trips;
      }
      const resistance = RESISTANCE * Math.max(...own.map((c) => rows[c]!.get(g)!));
      const best = Math.min(MOST_TIMES, Math.max(0, (slope + resistance) / (curve + resistance)));
      for (const c of own) sums[c] = sums[c]! + (best - factors[g]!) * rows[c]!.get(g)!;
      factors[g] = best;
    }
  }
  return factors;
}

/** As many copies as the factor says, its fraction drawn; all but the first leave a little later. */
function copiesOf(trip: Trip, factor: number, t: number, seed: number, lastMs: Milliseconds): Trip[] {
  const count = Math.floor(factor + drawUniform(seed, t, 0, DRAW.copies));
  return Array.from({ length: count }, (_, k) =>
    k === 0
      ? trip
      : {
          ...trip,
          departMs: Math.min(lastMs, trip.departMs + Math.floor(drawUniform(seed, t, k, DRAW.shift) * SHIFT_S) * 1000),
        },
  );
}

function fitOf(before: readonly Trip[], after: readonly Trip[], count: RoadCount): CountFit {
  const hours = (count.endMs - count.beginMs) / 3_600_000;
  const perH = (trips: readonly Trip[]) => trips.filter((trip) => passes(trip, count)).length / hours;
  const [beforePerH, modelledPerH, countedPerH] = [perH(before), perH(after), count.vehicles / hours];
  const { road, to } = count;
  const geh = gehOf(modelledPerH, countedPerH);
  return { road, ...(to === undefined ? {} : { to }), countedPerH, beforePerH, modelledPerH, geh };
}

/** GEH of two hourly flows. */
export function gehOf(a: number, b: number): number {
  return a + b === 0 ? 0 : Math.sqrt((2 * (a - b) ** 2) / (a + b));
}
