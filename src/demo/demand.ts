import type { City } from '../city/city.ts';
import { assignRoutes, type Journey } from '../demand/assign.ts';
import type { Demand, Trip } from '../demand/demand.ts';
import { FLEET } from '../demand/fleet.ts';
import { drawUniform } from '../units/random.ts';
import type { Milliseconds } from '../units/units.ts';
import { DISTRICTS } from './streets.ts';

export const BEGIN_MS: Milliseconds = 7 * 3_600_000;
export const END_MS: Milliseconds = 9 * 3_600_000;

/** Trips of the two hours, and how many of them stand for one in a survey. */
const TRIPS = 22_500;
export const SURVEYED = 3;
const SURVEY_SEED = 20_000;
/** How far a district's share of one morning may lie from its average. */
const DAY_TO_DAY = 0.3;
/** The peak as (share of the window, rate): departures swell until a quarter to eight, ebb from a quarter past. */
const PROFILE: readonly (readonly [number, number])[] = [
  [0, 0.45],
  [0.15, 0.7],
  [0.38, 1.25],
  [0.58, 1.25],
  [0.8, 0.65],
  [1, 0.35],
];
/** The peak's rate over the mean rate: what drivers reckon with when they choose a route. */
const PEAK = 1.4;
/** Shares of trips that begin or end beyond the map. */
const FROM_OUTSIDE = 0.24;
const TO_OUTSIDE = 0.16;
/** Distance at which a destination draws half as much as one next door, and the shortest trip, metres. */
const HALF_DRAW_M = 3000;
const SHORTEST_TRIP_M = 900;

const DRAW = { from: 11, to: 12, gate: 13, kind: 14, time: 15, end: 16, place: 17, day: 18 } as const;

/** How many leave and how many arrive in each district on one morning, as shares. */
interface Day {
  readonly homes: readonly number[];
  readonly jobs: readonly number[];
}

const AVERAGE_DAY: Day = { homes: DISTRICTS.map(({ homes }) => homes), jobs: DISTRICTS.map(({ jobs }) => jobs) };

/** No morning is the average one: each district's shares differ from it by up to `DAY_TO_DAY`. */
function drawDay(seed: number): Day {
  const vary = (shares: readonly number[], side: number) =>
    shares.map((share, d) => share * (1 + DAY_TO_DAY * (2 * drawUniform(seed, d, side, DRAW.day) - 1)));
  return { homes: vary(AVERAGE_DAY.homes, 0), jobs: vary(AVERAGE_DAY.jobs, 1) };
}

/**
 * One morning: trips from where people live to where they work, by district, with some from and to beyond the map;
 * routes by `assignRoutes`. Same city and seed, same demand.
 */
export function createDemand(city: City, seed: number): Demand {
  return loadMorning(city, drawDay(seed), TRIPS, seed);
}

/** The average morning as a survey finds it: one trip in `SURVEYED`. The fixed plans are made for it. */
export function surveyDemand(city: City): Demand {
  return loadMorning(city, AVERAGE_DAY, Math.round(TRIPS / SURVEYED), SURVEY_SEED);
}

function loadMorning(city: City, day: Day, trips: number, seed: number): Demand {
  const places = listPlaces(city);
  const journeys: Journey[] = Array.from({ length: trips }, (_, j) => drawJourney(city, places, day, seed, j));
  const hours = (END_MS - BEGIN_MS) / 3_600_000;
  const routes = assignRoutes(city, journeys, (PEAK * TRIPS) / (trips * hours), seed);
  const shares = FLEET.map(({ share }) => share);
  const made = journeys.flatMap((_, j): Trip[] => {
    const route = routes[j] ?? null;
    if (route === null) return [];
    const lastM = city.roads[route[route.length - 1]!]!.lengthM;
    return [
      {
        type: drawShare(shares, drawUniform(seed, j, 0, DRAW.kind)),
        departMs: departure((j + drawUniform(seed, j, 0, DRAW.time)) / trips),
        route,
        departLane: 'best',
        departPos: 'base',
        departSpeed: 'max',
        arrivalPosM: Math.round(lastM * (0.4 + 0.6 * drawUniform(seed, j, 0, DRAW.end)) * 10) / 10,
      },
    ];
  });
  made.sort((a, b) => a.departMs - b.departMs);
  return { types: FLEET.map(({ type }) => type), trips: made, walks: [] };
}

/** Roads where trips may begin or end, by district, and roads that come from and go beyond the map. */
interface Places {
  readonly byDistrict: readonly { readonly roads: readonly number[]; readonly weights: readonly number[] }[];
  readonly inward: { readonly roads: readonly number[]; readonly weights: readonly number[] };
  readonly outward: { readonly roads: readonly number[]; readonly weights: readonly number[] };
}

function listPlaces(city: City): Places {
  const gate = (junction: number) => city.junctions[junction]!.kind === 'dead-end';
  const roads = city.roads.map((road, r) => ({ road, r }));
  const weigh = (list: typeof roads, weight: (road: (typeof roads)[number]['road']) => number) => ({
    roads: list.map(({ r }) => r),
    weights: list.map(({ road }) => weight(road)),
  });
  const home = roads.filter(
    ({ road }) => road.level === 0 && road.lengthM > 80 && road.laneCount < 3 && !gate(road.from) && !gate(road.to),
  );
  const throughput = (road: { laneCount: number; level: number }) => (road.level > 0 ? 2.5 : 1) * road.laneCount;
  return {
    byDistrict: city.districts.map((_, d) =>
      weigh(
        home.filter(({ road }) => road.district === d),
        (road) => road.lengthM,
      ),
    ),
    inward: weigh(
      roads.filter(({ road }) => gate(road.from)),
      throughput,
    ),
    outward: weigh(
      roads.filter(({ road }) => gate(road.to)),
      throughput,
    ),
  };
}

function drawJourney(city: City, places: Places, day: Day, seed: number, j: number): Journey {
  const outsideFirst = drawUniform(seed, j, 0, DRAW.gate) < FROM_OUTSIDE;
  const outsideLast = drawUniform(seed, j, 1, DRAW.gate) < TO_OUTSIDE;
  const start = outsideFirst
    ? places.inward
    : places.byDistrict[drawShare(day.homes, drawUniform(seed, j, 0, DRAW.from))]!;
  const from = start.roads[drawShare(start.weights, drawUniform(seed, j, 1, DRAW.from))]!;
  const a = city.junctions[city.roads[from]!.to]!;
  const jobs = DISTRICTS.map((district, d) => {
    const away = Math.hypot(district.x - a.x, district.y - a.y) / HALF_DRAW_M;
    return day.jobs[d]! / (1 + away * away);
  });
  for (let attempt = 0; ; attempt++) {
    const end = outsideLast
      ? places.outward
      : places.byDistrict[drawShare(jobs, drawUniform(seed, j, attempt, DRAW.to))]!;
    const to = end.roads[drawShare(end.weights, drawUniform(seed, j, attempt, DRAW.place))]!;
    const b = city.junctions[city.roads[to]!.from]!;
    if (attempt >= 8 || Math.hypot(a.x - b.x, a.y - b.y) >= SHORTEST_TRIP_M) return { from, to };
  }
}

/** The place in `weights` that a uniform draw falls on. */
function drawShare(weights: readonly number[], draw: number): number {
  let left = draw * weights.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i]!;
    if (left < 0) return i;
  }
  return weights.length - 1;
}

/** When the trip at `rank` (0 to 1) of the morning departs: the inverse of the profile's running sum, to the second. */
function departure(rank: number): Milliseconds {
  const areas = PROFILE.slice(1).map(([at, rate], i) => {
    const [before, was] = PROFILE[i]!;
    return { before, was, slope: (rate - was) / (at - before), area: ((rate + was) / 2) * (at - before) };
  });
  let left = rank * areas.reduce((sum, { area }) => sum + area, 0);
  for (const { before, was, slope, area } of areas) {
    if (left > area) {
      left -= area;
      continue;
    }
    const t = slope === 0 ? left / was : (Math.sqrt(was * was + 2 * slope * left) - was) / slope;
    return BEGIN_MS + Math.floor((before + t) * ((END_MS - BEGIN_MS) / 1000)) * 1000;
  }
  return END_MS - 1000;
}
