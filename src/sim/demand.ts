import { classBit, VEHICLE_CLASSES } from '../city/city.ts';
import type { DepartLane, DepartPos, DepartSpeed, Scenario, VehicleType } from '../demand/demand.ts';

/** Vehicle types as columns, by index in `Demand.types`. */
export interface TypeTable {
  readonly length: Float64Array;
  readonly minGap: Float64Array;
  readonly accel: Float64Array;
  readonly decel: Float64Array;
  readonly emergencyDecel: Float64Array;
  readonly maxSpeed: Float64Array;
  readonly tau: Float64Array;
  readonly sigma: Float64Array;
  readonly classBit: Int32Array;
  readonly kind: Uint8Array;
  /** Length of the longest type, metres. */
  readonly longest: number;
  readonly rows: readonly VehicleType[];
}

/** Trips as columns; routes lie one after the other in `route`, a shared route of one vehicle class once. */
export interface TripTable {
  readonly count: number;
  readonly type: Int32Array;
  /** Vehicle class; trips that share a route's place in `route` are of one class. */
  readonly classBit: Int32Array;
  readonly departMs: Float64Array;
  readonly routeStart: Int32Array;
  readonly routeEnd: Int32Array;
  readonly route: Int32Array;
  /** The trip's own route, whatever detour it takes. */
  readonly ownStart: Int32Array;
  readonly ownEnd: Int32Array;
  /** Routes that came of closures: start, end and vehicle class of each. */
  readonly detours: Int32Array;
  /** By place in `route`: 1 when the vehicle goes on to the next road even though that is closed. */
  readonly mustEnter: Uint8Array;
  /** Place on the last road where the trip ends; Infinity for its end. */
  readonly arrivalPos: Float64Array;
  readonly departLane: readonly DepartLane[];
  readonly departPos: readonly DepartPos[];
  readonly departSpeed: readonly DepartSpeed[];
}

export function buildTypes(types: readonly VehicleType[]): TypeTable {
  const column = (pick: (type: VehicleType) => number) => Float64Array.from(types, pick);
  return {
    length: column((type) => type.lengthM),
    minGap: column((type) => type.minGapM),
    accel: column((type) => type.accelMps2),
    decel: column((type) => type.decelMps2),
    emergencyDecel: column((type) => Math.max(type.emergencyDecelMps2, type.decelMps2)),
    maxSpeed: column((type) => type.maxSpeedMps),
    tau: column((type) => type.tauS),
    sigma: column((type) => type.sigma),
    classBit: Int32Array.from(types, (type) => classBit(type.kind)),
    kind: Uint8Array.from(types, (type) => VEHICLE_CLASSES.indexOf(type.kind)),
    longest: types.reduce((most, type) => Math.max(most, type.lengthM), 0),
    rows: types,
  };
}

export function buildTrips(scenario: Scenario, types: TypeTable): TripTable {
  const { trips } = scenario.demand;
  const classBits = Int32Array.from(trips, (trip) => types.classBit[trip.type]!);
  const byClass = new Map<number, Map<readonly number[], number>>();
  const roads: number[] = [];
  const routeStart = Int32Array.from(trips, (trip, i) => {
    const bit = classBits[i]!;
    const starts = byClass.get(bit) ?? new Map<readonly number[], number>();
    byClass.set(bit, starts);
    const known = starts.get(trip.route);
    if (known !== undefined) return known;
    const start = roads.length;
    for (const road of trip.route) roads.push(road);
    starts.set(trip.route, start);
    return start;
  });
  const routeEnd = Int32Array.from(trips, (trip, i) => routeStart[i]! + trip.route.length);
  return {
    count: trips.length,
    type: Int32Array.from(trips, (trip) => trip.type),
    classBit: classBits,
    departMs: Float64Array.from(trips, (trip) => trip.departMs),
    routeStart,
    routeEnd,
    ownStart: routeStart,
    ownEnd: routeEnd,
    detours: new Int32Array(0),
    mustEnter: new Uint8Array(roads.length),
    route: Int32Array.from(roads),
    arrivalPos: Float64Array.from(trips, (trip) => trip.arrivalPosM ?? Number.POSITIVE_INFINITY),
    departLane: trips.map((trip) => trip.departLane),
    departPos: trips.map((trip) => trip.departPos),
    departSpeed: trips.map((trip) => trip.departSpeed),
  };
}
