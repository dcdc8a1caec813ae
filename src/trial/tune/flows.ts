import type { City } from '../../city/city.ts';
import { isGreen } from '../../city/greens.ts';
import type { Demand, Scenario, Trip, VehicleType } from '../../demand/demand.ts';
import { drawUniform } from '../../units/random.ts';
import type { Milliseconds, Seconds } from '../../units/units.ts';
import type { SignalStages } from './timing.ts';

/** A standing car's length with its gap, to which others are compared. */
const CAR_M = 7.5;
/** Turning costs speed, so a turning vehicle counts for more (Highway Capacity Manual's order of size). */
const TURNING = 1.1;
/** Gap accepted and time between followers of those who give way on green (HCM 2010, permitted left turns), and how many turn as the green ends. */
const GAP_S: Seconds = 4.5;
const FOLLOW_S: Seconds = 2.5;
const SNEAKERS_PER_H = 120;
/** Oncoming traffic is about so many times as dense while its light is green. */
const GREEN_DENSITY = 2;
/** Lost by imperfect drivers on the headway of a queue. */
const DAWDLE_S: Seconds = 0.3;
const PIECES = 20;

/** Vehicles an hour from road to road (key = from * roads + to) in [fromMs, toMs) by wanted departure, in cars. */
export function countTurns(
  city: City,
  { trips, types }: Demand,
  fromMs: Milliseconds,
  toMs: Milliseconds,
): Map<number, number> {
  const perH = 3_600_000 / Math.max(1, toMs - fromMs);
  const cars = types.map(({ lengthM, minGapM }) => ((lengthM + minGapM) / CAR_M) * perH);
  const flow = new Map<number, number>();
  for (const { route, type, departMs } of trips) {
    if (departMs < fromMs || departMs >= toMs) continue;
    for (let i = 0; i + 1 < route.length; i++) {
      const key = route[i]! * city.roads.length + route[i + 1]!;
      flow.set(key, (flow.get(key) ?? 0) + cars[type]!);
    }
  }
  return flow;
}

/** The key of a movement in `countTurns`. */
export function turnKey(city: City, movement: number): number {
  const { fromLane, toLane } = city.movements[movement]!;
  return city.lanes[fromLane]!.road * city.roads.length + city.lanes[toLane]!.road;
}

/** One approach lane of a signal under a demand. */
export interface LaneLoad {
  /** Flow over saturation flow. */
  readonly ratio: number;
  readonly saturationPerH: number;
  /** By stage: share of the saturation flow that gets through while it is green. */
  readonly share: readonly number[];
}

/** Cars an hour over a stop line while a queue discharges, by the mean driver. */
export function saturationOf(types: readonly VehicleType[], trips: readonly Trip[], speedMps: number): number {
  const counts = types.map(() => 0);
  for (const { type } of trips) counts[type]!++;
  let tauS = 0;
  let n = 0;
  types.forEach((type, i) => {
    tauS += type.tauS * counts[i]!;
    n += counts[i]!;
  });
  return 3600 / ((n > 0 ? tauS / n : 1) + CAR_M / speedMps + DAWDLE_S);
}

/** The lanes of a signal with how much of a cycle they need and which stage gives it; streams with several lanes fill the emptier first. */
export function loadLanes(
  city: City,
  offer: SignalStages,
  flow: ReadonlyMap<number, number>,
  saturationPerH: number,
): LaneLoad[] {
  const { links } = city.signals[offer.signal]!;
  const linkOf = new Map<number, number>();
  const streams = new Map<number, { movements: number[]; perH: number }>();
  links.forEach((movements, link) => {
    for (const m of movements) {
      linkOf.set(m, link);
      const key = turnKey(city, m);
      const stream = streams.get(key) ?? { movements: [], perH: flow.get(key) ?? 0 };
      stream.movements.push(m);
      streams.set(key, stream);
    }
  });
  const onLane = new Map<number, number>();
  const onMovement = new Map<number, number>();
  for (const { movements, perH } of [...streams.values()].sort((a, b) => a.movements.length - b.movements.length)) {
    for (let piece = 0; piece < PIECES; piece++) {
      const load = (m: number) => onLane.get(city.movements[m]!.fromLane) ?? 0;
      const m = movements.reduce((a, b) => (load(b) < load(a) ? b : a));
      const weighted = (perH / PIECES) * (city.movements[m]!.turn === 'straight' ? 1 : TURNING);
      onLane.set(city.movements[m]!.fromLane, load(m) + weighted);
      onMovement.set(m, (onMovement.get(m) ?? 0) + weighted);
    }
  }
  const lanes = new Map<number, number[]>();
  for (const m of linkOf.keys()) {
    const lane = city.movements[m]!.fromLane;
    lanes.set(lane, [...(lanes.get(lane) ?? []), m]);
  }
  return [...lanes].map(([lane, movements]) => ({
    ratio: (onLane.get(lane) ?? 0) / saturationPerH,
    saturationPerH,
    share: offer.stages.map(({ state }) => {
      const total = Math.max(1e-9, onLane.get(lane) ?? 0);
      return movements.reduce((sum, m) => {
        const part = total > 1e-9 ? (onMovement.get(m) ?? 0) / total : 1 / movements.length;
        return sum + part * passes(city, m, state, linkOf, flow, saturationPerH);
      }, 0);
    }),
  }));
}

/** Share of the saturation flow at which a movement passes under a state: less where it waits for gaps. */
function passes(
  city: City,
  m: number,
  state: string,
  linkOf: ReadonlyMap<number, number>,
  flow: ReadonlyMap<number, number>,
  saturationPerH: number,
): number {
  const lamp = state.charAt(linkOf.get(m) ?? -1);
  if (lamp === 'G' || !isGreen(lamp)) return lamp === 'G' ? 1 : 0;
  const keys = new Set<number>();
  for (const other of city.movements[m]!.yieldsTo) {
    if (isGreen(state.charAt(linkOf.get(other) ?? -1))) keys.add(turnKey(city, other));
  }
  const perS = ([...keys].reduce((sum, key) => sum + (flow.get(key) ?? 0), 0) * GREEN_DENSITY) / 3600;
  if (perS <= 0) return 1;
  const gapsPerH = (3600 * perS * Math.exp(-perS * GAP_S)) / (1 - Math.exp(-perS * FOLLOW_S));
  return Math.min(1, (gapsPerH + SNEAKERS_PER_H) / saturationPerH);
}

/** Purposes of keyed draws. */
const DRAW = { copies: 21, shift: 22 } as const;
const SHIFT_MS = 30_000;

/**
 * Another day of the same demand: every trip comes as often as a Poisson draw of mean `factor` says, within half a minute of
 * its own time. People on foot stay as they are.
 */
export function sampleDemand(scenario: Scenario, factor: number, seed: number): Scenario {
  const { demand, beginMs, endMs } = scenario;
  const trips = demand.trips.flatMap((trip, index) =>
    Array.from({ length: drawPoisson(factor, drawUniform(seed, index, 0, DRAW.copies)) }, (_, copy) => {
      const shiftMs = Math.round((2 * drawUniform(seed, index, copy, DRAW.shift) - 1) * SHIFT_MS);
      const fixed = trip.stops !== undefined && trip.stops.length > 0;
      const departMs = fixed ? trip.departMs : trip.departMs + shiftMs;
      return { ...trip, departMs: Math.min(endMs - 1, Math.max(Math.min(beginMs, trip.departMs), departMs)) };
    }),
  );
  return { ...scenario, demand: { ...demand, trips: trips.sort((a, b) => a.departMs - b.departMs) } };
}

/** The Poisson variable of this mean at a uniform draw (inversion). */
function drawPoisson(mean: number, uniform: number): number {
  let chance = Math.exp(-mean);
  let below = chance;
  let count = 0;
  while (uniform > below && count < 20) {
    count++;
    chance *= mean / count;
    below += chance;
  }
  return count;
}
