import type { City } from '../../city/city.ts';
import type { Scenario } from '../../demand/demand.ts';
import type { PlanFile } from '../../field/plans.ts';
import { drawUniform } from '../../units/random.ts';
import type { Cell } from '../calibration/cells.ts';
import { countTurns } from './flows.ts';

type Turns = NonNullable<PlanFile['turns']>;

/** A turn whose traffic is not what a plan was made for. */
export interface Drift {
  readonly from: string;
  readonly to: string;
  readonly beforePerH: number;
  readonly nowPerH: number;
  /** Geoffrey E. Havers' measure of the difference: sqrt(2 (a - b)^2 / (a + b)), 5 or more is a different flow (DMRB 12.2.1). */
  readonly geh: number;
}

/** A plan is out of date when more than this share of its traffic takes turns that carry another flow, ... */
const DRIFTED_SHARE = 0.15;
const DRIFTED_GEH = 5;
/** ... or all its traffic together has grown or shrunk by more than this. */
const GROWTH = 0.1;

/** Vehicles an hour of every turn at a signal, as a plan file keeps them. */
export function listTurns({ city, demand, beginMs, endMs }: Scenario): Turns {
  const flow = countTurns(city, demand, beginMs, endMs);
  const ways = new Set(
    city.movements.flatMap(({ signal, fromLane, toLane }) =>
      signal >= 0 ? [city.lanes[fromLane]!.road * city.roads.length + city.lanes[toLane]!.road] : [],
    ),
  );
  return [...ways]
    .sort((a, b) => a - b)
    .flatMap((key) => {
      const perH = Math.round((flow.get(key) ?? 0) * 10) / 10;
      if (perH === 0) return [];
      return [
        { from: roadId(city, Math.floor(key / city.roads.length)), to: roadId(city, key % city.roads.length), perH },
      ];
    });
}

function roadId(city: City, road: number): string {
  return city.roads[road]?.id ?? '';
}

/** What has changed since a plan was made, the greatest change first, and whether that is enough to tune again. */
export function findDrift(before: Turns, now: Turns): { drifts: Drift[]; isDrifted: boolean; growth: number } {
  const turns = new Map<string, { from: string; to: string; beforePerH: number; nowPerH: number }>();
  for (const { from, to, perH } of before) turns.set(`${from} ${to}`, { from, to, beforePerH: perH, nowPerH: 0 });
  for (const { from, to, perH } of now) {
    const known = turns.get(`${from} ${to}`);
    turns.set(`${from} ${to}`, { from, to, beforePerH: known?.beforePerH ?? 0, nowPerH: perH });
  }
  let moved = 0;
  let totalBefore = 0;
  let totalNow = 0;
  const drifts: Drift[] = [];
  for (const turn of turns.values()) {
    const { beforePerH, nowPerH } = turn;
    totalBefore += beforePerH;
    totalNow += nowPerH;
    const geh = Math.sqrt((2 * (nowPerH - beforePerH) ** 2) / Math.max(1e-9, nowPerH + beforePerH));
    if (geh < DRIFTED_GEH) continue;
    moved += Math.max(beforePerH, nowPerH);
    drifts.push({ ...turn, geh: Math.round(geh * 10) / 10 });
  }
  const growth = totalBefore > 0 ? totalNow / totalBefore - 1 : Number.POSITIVE_INFINITY;
  const isDrifted = moved > DRIFTED_SHARE * Math.max(totalBefore, totalNow) || Math.abs(growth) > GROWTH;
  return { drifts: drifts.sort((a, b) => b.geh - a.geh), isDrifted, growth };
}

const ROUNDS = 30;
/** A trip comes at most so many times as often as the scenario says: counts must not invent a demand. */
const MOST_FACTOR = 4;
const COPY_SHIFT = 51;
const SHIFT_MS = 30_000;

/**
 * The scenario with as much traffic as was counted: trips come more or less often, so that the roads that were counted carry
 * what was counted there in the whole window (iterative proportional fitting over routes). Copies depart within half a minute.
 */
export function fitCounts(scenario: Scenario, cells: readonly Cell[]): Scenario {
  const { city, demand, beginMs, endMs } = scenario;
  const goals = listGoals(city, cells).map(({ road, vehicles, spanMs }) => ({
    road,
    vehicles: (vehicles * (endMs - beginMs)) / spanMs,
  }));
  const through = goals.map(({ road }) =>
    demand.trips.flatMap(({ route }, trip) => (route.includes(road) ? [trip] : [])),
  );
  const factor = new Float64Array(demand.trips.length).fill(1);
  for (let round = 0; round < ROUNDS; round++) {
    goals.forEach(({ vehicles }, g) => {
      const now = through[g]!.reduce((sum, trip) => sum + factor[trip]!, 0);
      if (now <= 0) return;
      for (const trip of through[g]!) factor[trip] = Math.min(MOST_FACTOR, (factor[trip]! * vehicles) / now);
    });
  }
  // what a trip's factor leaves over is carried to the next, so that the sums come out
  let carried = 0;
  const trips = demand.trips.flatMap((trip, index) => {
    carried += factor[index]!;
    const copies = Math.floor(carried + 1e-9);
    carried -= copies;
    return Array.from({ length: copies }, (_, copy) => {
      if (copy === 0) return trip;
      const shiftMs = Math.round(drawUniform(1, index, copy, COPY_SHIFT) * SHIFT_MS);
      return { ...trip, departMs: Math.min(endMs - 1, trip.departMs + shiftMs) };
    });
  });
  return { ...scenario, demand: { ...demand, trips: trips.sort((a, b) => a.departMs - b.departMs) } };
}

/** Roads counted as a whole, or on all their lanes: vehicles, and the time in which they were counted. */
function listGoals(city: City, cells: readonly Cell[]): { road: number; vehicles: number; spanMs: number }[] {
  const sums = new Map<string, { road: number; vehicles: number; spanMs: number; lanes: Set<number> }>();
  for (const { road, lane, vehicles, beginMs, endMs } of cells) {
    if (vehicles === null) continue;
    const key = `${road} ${lane < 0 ? 'whole' : 'lanes'}`;
    const sum = sums.get(key) ?? { road, vehicles: 0, spanMs: 0, lanes: new Set<number>() };
    sum.vehicles += vehicles;
    sum.spanMs += (endMs - beginMs) / (lane < 0 ? 1 : city.roads[road]!.laneCount);
    sum.lanes.add(lane);
    sums.set(key, sum);
  }
  return [...sums].flatMap(([key, { road, vehicles, spanMs, lanes }]) => {
    const isWhole = key.endsWith('whole');
    const counts = isWhole || (!sums.has(`${road} whole`) && lanes.size === city.roads[road]!.laneCount);
    return counts ? [{ road, vehicles, spanMs }] : [];
  });
}
