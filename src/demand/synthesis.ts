import { type City, classBit, type Movement } from '../city/city.ts';
import { getOwnProgram, isGreen } from '../city/greens.ts';
import { drawUniform } from '../units/random.ts';
import type { Metres, Milliseconds } from '../units/units.ts';
import { assignRoutes, findSaturation, type Journey } from './assign.ts';
import type { Demand, Trip } from './demand.ts';
import { FLEET } from './fleet.ts';
import { listRoadLinks } from './routing.ts';

/** How much traffic each road gives and draws by the land beside it, by road index; only their proportions matter. */
export interface Places {
  readonly homes: Float64Array;
  readonly work: Float64Array;
}

export interface SynthesisOptions {
  readonly seed: number;
  readonly beginMs: Milliseconds;
  readonly endMs: Milliseconds;
  /** Trips in the busiest hour; `estimateTripsPerH` when left out. */
  readonly tripsPerH?: number;
}

const HOUR_MS = 3_600_000;
const CAR = classBit('car');
/** Departures of each hour of a working day, the busiest being 1 (order of size of household surveys). */
const HOURLY = [
  ...[0.08, 0.05, 0.04, 0.05, 0.12, 0.35, 0.7, 1, 1, 0.7, 0.6, 0.62],
  ...[0.68, 0.68, 0.7, 0.82, 0.98, 1, 0.85, 0.62, 0.45, 0.35, 0.27, 0.16],
];
/** Share of trips from homes to work; the others go the other way. */
const MORNING_SHARE = 0.8;
const EVENING_SHARE = 0.25;
const NOON_H = 13;
/** A kilometre of street among homes gives so many trips in the busiest hour, a lane in from beyond the map so many. */
const TRIPS_PER_KM = 40;
const GATE_TRIPS: readonly { readonly priority: number; readonly perLane: number }[] = [
  { priority: 12, perLane: 600 },
  { priority: 10, perLane: 300 },
  { priority: 4, perLane: 100 },
];
/** Distance at which a destination draws half as much as one next door. */
const HALF_DRAW_M: Metres = 3000;
/** Nobody drives less far, nor less than a share of the city's extent where that is shorter. */
const SHORTEST_TRIP_M: Metres = 600;
const SHORTEST_SHARE = 0.2;
/** The load that `estimateTripsPerH` allows the busiest place, of its capacity. */
const BUSIEST = 0.8;
const SAMPLE_TRIPS = 1500;
const TRIES = 30;

const DRAW = { side: 51, from: 52, zone: 53, to: 54, kind: 55, time: 56, end: 57 } as const;

/** Homes and work by length of street, for a city whose land use is not known. */
export function evenPlaces(city: City): Places {
  const lengths = Float64Array.from(city.roads, (road) => (road.level === 0 && road.lengthM >= 40 ? road.lengthM : 0));
  return { homes: lengths, work: lengths };
}

/**
 * Demand for a city where none is given: trips between homes, work and the roads that lead beyond the map, by a gravity model
 * over districts, with the hours of a working day; routes by `assignRoutes` under the city's own programs. All cars and the
 * like; same arguments, same demand. A city without two roads to travel between has none.
 */
export function synthesizeDemand(city: City, places: Places, options: SynthesisOptions): Demand {
  const { seed, beginMs, endMs } = options;
  const model = createModel(city, places);
  const tripsPerH = options.tripsPerH ?? estimateWith(city, model, seed);
  const departures = listDepartures(tripsPerH, beginMs, endMs, seed);
  const journeys = departures.map((departMs, j) => drawJourney(model, seed, j, morningShare(departMs)));
  const perHour = journeys.length === 0 ? 0 : tripsPerH / journeys.length;
  const routes = assignRoutes(
    city,
    journeys.filter((journey) => journey !== null),
    perHour,
    seed,
    (movement) => greenShare(city, movement),
  );
  let next = 0;
  const trips = departures.flatMap((departMs, j): Trip[] => {
    if (journeys[j] === null) return [];
    const route = routes[next++] ?? null;
    return route === null ? [] : [tripOf(city, route, departMs, seed, j)];
  });
  return { types: FLEET.map(({ type }) => type), trips, walks: [] };
}

/**
 * Trips in an hour that bring the busiest place of the network to 0.8 of its capacity under the city's own programs, as the
 * assignment spreads them.
 */
export function estimateTripsPerH(city: City, places: Places, seed: number): number {
  return estimateWith(city, createModel(city, places), seed);
}

function estimateWith(city: City, model: Model, seed: number): number {
  const shareOf = (movement: Movement) => greenShare(city, movement);
  const journeys = Array.from({ length: SAMPLE_TRIPS }, (_, j) => drawJourney(model, seed, j, MORNING_SHARE)).filter(
    (journey) => journey !== null,
  );
  if (journeys.length === 0) return 0;
  let tripsPerH = model.naturalPerH;
  // routes spread with the load, so the load is looked for twice
  for (let round = 0; round < 2; round++) {
    const perTrip = tripsPerH / journeys.length;
    const routes = assignRoutes(city, journeys, perTrip, seed, shareOf);
    tripsPerH *= BUSIEST / Math.max(0.01, findSaturation(city, routes, perTrip, shareOf));
  }
  return Math.round(tripsPerH);
}

function morningShare(timeMs: Milliseconds): number {
  return (timeMs / HOUR_MS) % 24 < NOON_H ? MORNING_SHARE : EVENING_SHARE;
}

/** Share of its cycle in which a movement has green by the signal's own program. */
function greenShare(city: City, { signal, link }: Movement): number {
  const { phases } = getOwnProgram(city.signals[signal]!);
  const cycle = phases.reduce((sum, { durationS }) => sum + durationS, 0);
  const green = phases.reduce((sum, { state, durationS }) => sum + (isGreen(state.charAt(link)) ? durationS : 0), 0);
  return Math.max(0.02, green / cycle);
}

/** Roads with the running sums of their weights. */
interface Ends {
  readonly roads: readonly number[];
  readonly sums: readonly number[];
}

/** A district's streets, or one road from or to beyond the map. */
interface Zone {
  readonly x: Metres;
  readonly y: Metres;
  readonly homes: Ends;
  readonly work: Ends;
  /** What comes in at a gate and what goes out. */
  readonly isGate: boolean;
}

interface Model {
  readonly city: City;
  readonly zones: readonly Zone[];
  readonly homeSums: readonly number[];
  readonly workSums: readonly number[];
  readonly shortestTripM: Metres;
  /** Trips in the busiest hour if nothing stood in their way. */
  readonly naturalPerH: number;
}

function createModel(city: City, places: Places): Model {
  const { canStart, canEnd } = findCore(city);
  const weight = (given: Float64Array, may: Uint8Array, scale: number) => (r: number) =>
    may[r] === 1 ? given[r]! * scale : 0;
  const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
  const homesTotal = total(places.homes);
  const scale = TRIPS_PER_KM / 1000;
  const workScale = homesTotal === 0 ? 0 : (scale * homesTotal) / Math.max(1e-9, total(places.work));
  const [homesFrom, homesTo] = [weight(places.homes, canStart, scale), weight(places.homes, canEnd, scale)];
  const [workFrom, workTo] = [weight(places.work, canStart, workScale), weight(places.work, canEnd, workScale)];
  const byDistrict = new Map<number, number[]>();
  city.roads.forEach((road, r) => {
    const own = byDistrict.get(road.district);
    if (own === undefined) byDistrict.set(road.district, [r]);
    else own.push(r);
  });
  const zones: Zone[] = [];
  for (const roads of byDistrict.values()) {
    const both = (a: (r: number) => number, b: (r: number) => number) => (r: number) => Math.min(a(r), b(r));
    const homes = endsOf(roads, both(homesFrom, homesTo));
    const work = endsOf(roads, both(workFrom, workTo));
    if (homes.roads.length + work.roads.length > 0)
      zones.push({ ...middleOf(city, roads), homes, work, isGate: false });
  }
  city.roads.forEach((road, r) => {
    const inward = gateTrips(city, r, road.from);
    const outward = gateTrips(city, r, road.to);
    if (inward > 0 && canStart[r] === 1) zones.push(gateZone(city, r, inward, 'in'));
    if (outward > 0 && canEnd[r] === 1) zones.push(gateZone(city, r, outward, 'out'));
  });
  return {
    city,
    zones,
    homeSums: running(zones.map(({ homes }) => last(homes.sums))),
    workSums: running(zones.map(({ work }) => last(work.sums))),
    shortestTripM: Math.min(SHORTEST_TRIP_M, SHORTEST_SHARE * extentOf(city)),
    naturalPerH: zones.reduce((sum, { homes }) => sum + last(homes.sums), 0),
  };
}

function gateZone(city: City, road: number, trips: number, way: 'in' | 'out'): Zone {
  const ends = endsOf([road], () => trips);
  const none = endsOf([], () => 0);
  const at = city.junctions[way === 'in' ? city.roads[road]!.from : city.roads[road]!.to]!;
  return { x: at.x, y: at.y, homes: way === 'in' ? ends : none, work: way === 'in' ? none : ends, isGate: true };
}

/** Trips in the busiest hour that a road which begins or ends at `junction` brings from, or takes, beyond the map. */
function gateTrips(city: City, r: number, junction: number): number {
  if (city.junctions[junction]!.kind !== 'dead-end') return 0;
  const road = city.roads[r]!;
  const perLane = GATE_TRIPS.find(({ priority }) => road.priority >= priority)?.perLane ?? 0;
  return perLane * road.laneCount;
}

function endsOf(roads: readonly number[], weight: (road: number) => number): Ends {
  const kept = roads.filter((r) => weight(r) > 0);
  return { roads: kept, sums: running(kept.map(weight)) };
}

function running(weights: readonly number[]): number[] {
  let sum = 0;
  return weights.map((weight) => {
    sum += weight;
    return sum;
  });
}

function last(sums: readonly number[]): number {
  return sums[sums.length - 1] ?? 0;
}

function extentOf({ junctions }: City): Metres {
  const spread = (of: (junction: City['junctions'][number]) => number) =>
    junctions.reduce((most, j) => Math.max(most, of(j)), -Infinity) -
    junctions.reduce((least, j) => Math.min(least, of(j)), Infinity);
  return Math.max(
    spread(({ x }) => x),
    spread(({ y }) => y),
  );
}

function middleOf(city: City, roads: readonly number[]): { x: Metres; y: Metres } {
  let [x, y, length] = [0, 0, 0];
  for (const r of roads) {
    const road = city.roads[r]!;
    const [a, b] = [city.junctions[road.from]!, city.junctions[road.to]!];
    x += (road.lengthM * (a.x + b.x)) / 2;
    y += (road.lengthM * (a.y + b.y)) / 2;
    length += road.lengthM;
  }
  return { x: x / length, y: y / length };
}

/** A trip between two zones, the other way round in the evening; null when chance finds no pair far enough apart. */
function drawJourney(model: Model, seed: number, j: number, morning: number): Journey | null {
  const { city, zones } = model;
  const isMorning = drawUniform(seed, j, 0, DRAW.side) < morning;
  const outSums = isMorning ? model.homeSums : model.workSums;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const start = zones[pick(outSums, drawUniform(seed, j, attempt, DRAW.from))];
    if (start === undefined) return null;
    // at a gate traffic comes in on one road and goes out on another, whatever the time of day
    const outOf = (zone: Zone) => (zone.isGate || isMorning ? zone.homes : zone.work);
    const into = (zone: Zone) => (zone.isGate || isMorning ? zone.work : zone.homes);
    const from = pickRoad(outOf(start), drawUniform(seed, j, attempt, DRAW.zone));
    if (from === undefined) continue;
    const a = city.junctions[city.roads[from]!.to]!;
    const draws = running(
      zones.map((zone) => {
        const away = Math.hypot(zone.x - a.x, zone.y - a.y) / HALF_DRAW_M;
        const through = zone.isGate && start.isGate;
        return last(into(zone).sums) / (through ? 1 : 1 + away * away);
      }),
    );
    const end = zones[pick(draws, drawUniform(seed, j, attempt, DRAW.to))];
    const to = end === undefined ? undefined : pickRoad(into(end), drawUniform(seed, j, TRIES + attempt, DRAW.to));
    if (to === undefined || to === from) continue;
    const b = city.junctions[city.roads[to]!.from]!;
    if (Math.hypot(a.x - b.x, a.y - b.y) >= model.shortestTripM) return { from, to };
  }
  return null;
}

/** The place in running sums that a uniform draw falls on; -1 when they sum to nothing. */
function pick(sums: readonly number[], draw: number): number {
  const target = draw * last(sums);
  let [low, high] = [0, sums.length - 1];
  if (last(sums) <= 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! > target) high = middle;
    else low = middle + 1;
  }
  return low;
}

function pickRoad(ends: Ends, draw: number): number | undefined {
  return ends.roads[pick(ends.sums, draw)];
}

/** Departures sorted by time: each hour's share of the day, spread evenly with a jitter of a whole gap. */
function listDepartures(tripsPerH: number, beginMs: Milliseconds, endMs: Milliseconds, seed: number): Milliseconds[] {
  const departures: Milliseconds[] = [];
  let due = 0;
  for (let secondMs = beginMs; secondMs < endMs; secondMs += 1000) {
    due += (tripsPerH * HOURLY[Math.floor(secondMs / HOUR_MS) % 24]!) / 3600;
    while (due >= 1) {
      due -= 1;
      const j = departures.length;
      const gapS = 3600 / Math.max(1, tripsPerH);
      const laterMs = Math.floor(drawUniform(seed, j, 0, DRAW.time) * gapS) * 1000;
      departures.push(Math.min(secondMs + laterMs, endMs - 1000));
    }
  }
  return departures.sort((a, b) => a - b);
}

function tripOf(city: City, route: readonly number[], departMs: Milliseconds, seed: number, j: number): Trip {
  const lastM = city.roads[route[route.length - 1]!]!.lengthM;
  return {
    type: drawType(city, route, seed, j),
    departMs,
    route,
    departLane: 'best',
    departPos: 'base',
    departSpeed: 'max',
    arrivalPosM: Math.round(lastM * (0.4 + 0.6 * drawUniform(seed, j, 0, DRAW.end)) * 10) / 10,
  };
}

/** A kind of vehicle by its share of traffic; a car where another kind is barred on the way. */
function drawType(city: City, route: readonly number[], seed: number, j: number): number {
  const sums = running(FLEET.map(({ share }) => share));
  const drawn = pick(sums, drawUniform(seed, j, 0, DRAW.kind));
  const bit = classBit(FLEET[drawn]!.type.kind);
  const mayPass = route.every((r) => {
    const { firstLane, laneCount } = city.roads[r]!;
    for (let l = firstLane; l < firstLane + laneCount; l++) {
      const { allowed } = city.lanes[l]!;
      if ((allowed & CAR) !== 0 && (allowed & bit) === 0) return false;
    }
    return true;
  });
  return mayPass ? drawn : 0;
}

/**
 * Roads where a trip may start or end so that every start reaches every end: those that lead to the largest set of roads
 * that all reach each other, and those that can be reached from it.
 */
interface Core {
  readonly canStart: Uint8Array;
  readonly canEnd: Uint8Array;
}

function findCore(city: City): Core {
  const links = listRoadLinks(city).filter(({ mask }) => (mask & CAR) !== 0);
  const [onward, back]: [number[][], number[][]] = [city.roads.map(() => []), city.roads.map(() => [])];
  for (const { from, to } of links) {
    onward[from]!.push(to);
    back[to]!.push(from);
  }
  const none = (): Core => ({ canStart: new Uint8Array(city.roads.length), canEnd: new Uint8Array(city.roads.length) });
  const left = Uint8Array.from(city.roads, (_, r) => (onward[r]!.length + back[r]!.length > 0 ? 1 : 0));
  let best = none();
  let most = 0;
  // the largest part is nearly always met first: a road drawn from what is left lies in it
  for (let r = left.indexOf(1), tries = 0; r >= 0 && tries < 50; r = left.indexOf(1), tries++) {
    const [ahead, behind] = [reach(onward, r), reach(back, r)];
    let size = 0;
    for (let q = 0; q < left.length; q++) {
      if (ahead[q] === 1 && behind[q] === 1) {
        left[q] = 0;
        size++;
      }
    }
    left[r] = 0;
    if (size > most) {
      most = size;
      best = { canStart: behind, canEnd: ahead };
    }
    if (most > left.reduce((sum, one) => sum + one, 0)) break;
  }
  return most === 0 ? none() : best;
}

function reach(next: readonly (readonly number[])[], start: number): Uint8Array {
  const seen = new Uint8Array(next.length);
  const open = [start];
  seen[start] = 1;
  for (let r = open.pop(); r !== undefined; r = open.pop()) {
    for (const other of next[r]!) {
      if (seen[other] === 1) continue;
      seen[other] = 1;
      open.push(other);
    }
  }
  return seen;
}
