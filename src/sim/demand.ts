import { classBit, VEHICLE_CLASSES } from '../city/city.ts';
import type { DepartPos, LaneChangeWill, Scenario, Trip, TripStop, VehicleType } from '../demand/demand.ts';

const USUAL: LaneChangeWill = { strategic: 1, cooperative: 1, speedGain: 1, keepRight: 1, assertive: 1 };
const LEAST_ASSERTIVE = 0.1;

/** Numbers of a vehicle type, in order. */
const TYPE_NUMBERS = {
  length: (type: VehicleType) => type.lengthM,
  minGap: (type) => type.minGapM,
  accel: (type) => type.accelMps2,
  decel: (type) => type.decelMps2,
  emergencyDecel: (type) => Math.max(type.emergencyDecelMps2, type.decelMps2),
  maxSpeed: (type) => type.maxSpeedMps,
  tau: (type) => type.tauS,
  /** Half the seconds that braking takes per m/s. */
  halfBrake: (type) => 1 / (2 * type.decelMps2),
  sigma: (type) => (type.idm === undefined ? type.sigma : 0),
  /** 2 * sqrt(accel * decel) of types that drive by IDM, 0 for Krauss; IDM's exponent and parts of a second. */
  idm: (type) => (type.idm === undefined ? 0 : 2 * Math.sqrt(type.accelMps2 * type.decelMps2)),
  idmDelta: (type) => type.idm?.delta ?? 0,
  idmSteps: (type) => type.idm?.steps ?? 0,
  /** Seconds that a start takes after halting for more than 2 s. */
  startDelay: (type) => type.startupDelayS ?? 0,
  /** Willingness to change lanes for the route, for others, for speed, to the right; share of a safe gap that is accepted. */
  strategic: ({ laneChanges = USUAL }) => laneChanges.strategic,
  cooperative: ({ laneChanges = USUAL }) => Math.min(1, Math.max(0, laneChanges.cooperative)),
  speedGain: ({ laneChanges = USUAL }) => Math.max(0, laneChanges.speedGain),
  keepRight: ({ laneChanges = USUAL }) => Math.max(0, laneChanges.keepRight),
  gapShare: ({ laneChanges = USUAL }) => 1 / Math.max(LEAST_ASSERTIVE, laneChanges.assertive),
  classBit: (type) => classBit(type.kind),
  kind: (type) => VEHICLE_CLASSES.indexOf(type.kind),
  /** 1: with blue light and siren. */
  blueLight: ({ hasBlueLight = false }) => (hasBlueLight ? 1 : 0),
  /** Factors of the limit that drivers keep to: mean, deviation (0 for none) and bounds. */
  speedFactor: (type) => type.speedFactor,
  speedDev: (type) => Math.max(0, type.speedDev),
  leastFactor: (type) => type.speedFactorMin,
  mostFactor: (type) => type.speedFactorMax,
} satisfies Record<string, (type: VehicleType) => number>;

type TypeField = keyof typeof TYPE_NUMBERS;
const TYPE_FIELDS = Object.keys(TYPE_NUMBERS) as TypeField[];
/** Places of the fields in a type's record. */
export const TYPE = Object.fromEntries(TYPE_FIELDS.map((name, i) => [name, i])) as {
  readonly [K in TypeField]: number;
};
/** Size of a type's record in units of 8 bytes. */
export const TYPE_SIZE = 32;

/** Rules for where and how fast a trip departs, in place of a lane's place, metres or a speed. */
export const DEPART_LANE = { first: -1, random: -2, best: -3, free: -4 } as const;
export const DEPART_AT = { metres: 0, base: 1, last: 2, random: 3, free: 4, randomFree: 5 } as const;
export const DEPART_SPEED = { most: -1, limit: -2, random: -3 } as const;

/** Vehicle types. A type is named by the place of its record in the state: its number is f64[type + place]. */
export interface TypeTable {
  /** Place of the first one's record. */
  readonly at: number;
  /** The records, as they are copied there. */
  readonly numbers: Float64Array;
  /** Length of the longest type, metres. */
  readonly longest: number;
  readonly rows: readonly VehicleType[];
}

/** Trips as columns; routes lie one after the other in `route`, a shared route of one vehicle class once. */
export interface TripTable {
  readonly count: number;
  /** How many of them drive with blue light and siren. */
  readonly sirens: number;
  /** Place of its type's record. */
  readonly type: Int32Array;
  /** Vehicle class; trips that share a route's place in `route` are of one class. */
  readonly classBit: Int32Array;
  readonly departMs: Float64Array;
  readonly routeStart: Int32Array;
  readonly routeEnd: Int32Array;
  /** A road with a stop stands there once more for each stop: the leg to the stop ends on it, the next one begins there. */
  readonly route: Int32Array;
  /** The trip's own route, whatever detour it takes. */
  readonly ownStart: Int32Array;
  readonly ownEnd: Int32Array;
  /** Routes that came of closures: start, end and vehicle class of each. */
  readonly detours: Int32Array;
  /** Alternatives of trip i: start and end in `route`, pair after pair, at [alternativeStart[i], alternativeStart[i + 1]). */
  readonly alternativeStart: Int32Array;
  readonly alternatives: Int32Array;
  /** By place in `route`: 1 when the vehicle goes on to the next road even though that is closed. */
  readonly mustEnter: Uint8Array;
  /** By place in `route`: lane of the stop at which the leg ends, or -1, and where it is on it, metres. */
  readonly stopLane: Int32Array;
  readonly stopM: Float64Array;
  /** Place on the last road where the trip ends; Infinity for its end. */
  readonly arrivalPos: Float64Array;
  /** Place on the road, or one of DEPART_LANE. */
  readonly departLane: Int32Array;
  /** One of DEPART_AT, and the metres, negative from the lane's end. */
  readonly departAt: Uint8Array;
  readonly departM: Float64Array;
  /** Metres per second, or one of DEPART_SPEED. */
  readonly departSpeed: Float64Array;
}

/** @param at place of the records in the state, in units of 8 bytes */
export function buildTypes(types: readonly VehicleType[], at: number): TypeTable {
  const numbers = new Float64Array(types.length * TYPE_SIZE);
  types.forEach((type, i) => {
    for (const name of TYPE_FIELDS) numbers[i * TYPE_SIZE + TYPE[name]] = TYPE_NUMBERS[name](type);
  });
  return { at, numbers, longest: types.reduce((most, type) => Math.max(most, type.lengthM), 0), rows: types };
}

function departPlace({ departPos, stops }: Trip): Exclude<DepartPos, 'stop'> {
  if (departPos !== 'stop') return departPos;
  return stops?.[0]?.place === 0 ? stops[0].toM : 'base';
}

export function buildTrips(scenario: Scenario, types: TypeTable): TripTable {
  const { trips } = scenario.demand;
  const classBits = Int32Array.from(trips, (trip) => classBit(types.rows[trip.type]!.kind));
  const byClass = new Map<number, Map<readonly number[], number>>();
  const roads: number[] = [];
  const stopAt = new Map<number, TripStop>();
  const share = (route: readonly number[], bit: number): number => {
    const starts = byClass.get(bit) ?? new Map<readonly number[], number>();
    byClass.set(bit, starts);
    const known = starts.get(route);
    if (known !== undefined) return known;
    const start = roads.length;
    for (const road of route) roads.push(road);
    starts.set(route, start);
    return start;
  };
  const routeStart = Int32Array.from(trips, (trip, i) => {
    const start = roads.length;
    if (trip.stops !== undefined) {
      let next = 0;
      trip.route.forEach((road, place) => {
        for (; trip.stops?.[next]?.place === place; next++) {
          stopAt.set(roads.length, trip.stops[next]!);
          roads.push(road);
        }
        roads.push(road);
      });
      return start;
    }
    return share(trip.route, classBits[i]!);
  });
  const alternativeStart = new Int32Array(trips.length + 1);
  const alternatives: number[] = [];
  trips.forEach((trip, i) => {
    for (const route of trip.alternatives ?? []) {
      const start = share(route, classBits[i]!);
      alternatives.push(start, start + route.length);
    }
    alternativeStart[i + 1] = alternatives.length;
  });
  const routeEnd = Int32Array.from(trips, (trip, i) => routeStart[i]! + trip.route.length + (trip.stops?.length ?? 0));
  return {
    count: trips.length,
    sirens: trips.reduce((sum, { type }) => sum + types.numbers[type * TYPE_SIZE + TYPE.blueLight]!, 0),
    type: Int32Array.from(trips, (trip) => types.at + trip.type * TYPE_SIZE),
    classBit: classBits,
    departMs: Float64Array.from(trips, (trip) => trip.departMs),
    routeStart,
    routeEnd,
    ownStart: routeStart,
    ownEnd: routeEnd,
    detours: new Int32Array(0),
    alternativeStart,
    alternatives: Int32Array.from(alternatives),
    mustEnter: new Uint8Array(roads.length),
    route: Int32Array.from(roads),
    stopLane: Int32Array.from(roads, (_, place) => stopAt.get(place)?.lane ?? -1),
    stopM: Float64Array.from(roads, (_, place) => stopAt.get(place)?.toM ?? 0),
    arrivalPos: Float64Array.from(trips, (trip) => trip.arrivalPosM ?? Number.POSITIVE_INFINITY),
    departLane: Int32Array.from(trips, ({ departLane: lane }) =>
      typeof lane === 'number' ? lane : DEPART_LANE[lane === 'allowed' ? 'free' : lane],
    ),
    departAt: Uint8Array.from(trips, (trip) => {
      const place = departPlace(trip);
      if (typeof place === 'number') return DEPART_AT.metres;
      return DEPART_AT[place === 'random_free' ? 'randomFree' : place];
    }),
    departM: Float64Array.from(trips, (trip) => {
      const place = departPlace(trip);
      return typeof place === 'number' ? place : 0;
    }),
    departSpeed: Float64Array.from(trips, ({ departSpeed: speed }) => {
      if (typeof speed === 'number') return speed;
      if (speed === 'speedLimit') return DEPART_SPEED.limit;
      return speed === 'random' ? DEPART_SPEED.random : DEPART_SPEED.most;
    }),
  };
}

/** Stops as columns; the stops of bus b (a trip with stops) are at [start[b], start[b + 1]). */
export interface StopTable {
  readonly buses: number;
  /** By trip: its place among the trips with stops, or -1. */
  readonly bus: Int32Array;
  readonly start: Int32Array;
  readonly lane: Int32Array;
  readonly fromM: Float64Array;
  readonly toM: Float64Array;
  readonly durationMs: Float64Array;
  readonly untilMs: Float64Array;
  readonly isOffRoad: Uint8Array;
}

export function buildStops(trips: readonly Trip[]): StopTable {
  let buses = 0;
  const bus = Int32Array.from(trips, (trip) => (trip.stops === undefined ? -1 : buses++));
  const lists = trips.flatMap((trip) => (trip.stops === undefined ? [] : [trip.stops]));
  const start = new Int32Array(buses + 1);
  lists.forEach((list, b) => {
    start[b + 1] = start[b]! + list.length;
  });
  const stops = lists.flat();
  return {
    buses,
    bus,
    start,
    lane: Int32Array.from(stops, ({ lane }) => lane),
    fromM: Float64Array.from(stops, ({ fromM }) => fromM),
    toM: Float64Array.from(stops, ({ toM }) => toM),
    durationMs: Float64Array.from(stops, ({ durationMs }) => durationMs),
    untilMs: Float64Array.from(stops, ({ untilMs }) => untilMs),
    isOffRoad: Uint8Array.from(stops, ({ isOffRoad }) => (isOffRoad ? 1 : 0)),
  };
}
