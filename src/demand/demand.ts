import type { City, VehicleClass } from '../city/city.ts';
import type { Metres, MetresPerSecond, MetresPerSecondSquared, Milliseconds, Seconds } from '../units/units.ts';

/** How a kind of vehicle drives. Defaults per class are SUMO's (docs: Definition of Vehicles, Vehicle Types, 1.15). */
export interface VehicleType {
  readonly id: string;
  readonly kind: VehicleClass;
  readonly lengthM: Metres;
  readonly widthM: Metres;
  readonly minGapM: Metres;
  readonly accelMps2: MetresPerSecondSquared;
  readonly decelMps2: MetresPerSecondSquared;
  readonly emergencyDecelMps2: MetresPerSecondSquared;
  readonly maxSpeedMps: MetresPerSecond;
  /** Desired headway, Krauss' tau. */
  readonly tauS: Seconds;
  /** Driver imperfection, 0 to 1. */
  readonly sigma: number;
  /** Individual speed factor: normal (mean, deviation), cut to [min, max]. */
  readonly speedFactor: number;
  readonly speedDev: number;
  readonly speedFactorMin: number;
  readonly speedFactorMax: number;
  /** Drives by the Intelligent Driver Model; by Krauss' when undefined. */
  readonly idm?: IdmParameters;
  /** Delay of every start after more than 2 s of standing, in whole steps; none when undefined. */
  readonly startupDelayS?: Seconds;
  /** How willing it changes lanes; all 1 when undefined. */
  readonly laneChanges?: LaneChangeWill;
  /** Drives with blue light and siren (SUMO's bluelight device). */
  readonly hasBlueLight?: boolean;
}

/** Willingness to change lanes, 1 being the usual one (SUMO's lcStrategic, lcCooperative, lcSpeedGain, lcKeepRight, lcAssertive). */
export interface LaneChangeWill {
  /** For the route's sake: scales how far ahead; below 0 for never. */
  readonly strategic: number;
  /** To help others, 0 (never) to 1. */
  readonly cooperative: number;
  /** To drive faster, and to keep right; 0 for never. */
  readonly speedGain: number;
  readonly keepRight: number;
  /** Gaps accepted: the safe one is divided by this. */
  readonly assertive: number;
}

/** What IDM (Treiber et al. 2000) needs besides tau, the accelerations and the minimum gap. */
export interface IdmParameters {
  /** Acceleration exponent. */
  readonly delta: number;
  /** Parts into which a second is cut. */
  readonly steps: number;
}

/** Where on its first road a trip starts, as in SUMO: lane index from the kerb or a rule. */
export type DepartLane = number | 'first' | 'best' | 'free' | 'random' | 'allowed';
export type DepartSpeed = number | 'max' | 'desired' | 'speedLimit' | 'random' | 'last' | 'avg';
export type DepartPos = number | 'base' | 'last' | 'free' | 'random' | 'random_free' | 'stop';

/** A halt on the way: the front comes to `toM` of the lane, or as far behind it as `fromM` when others stand there. */
export interface TripStop {
  /** Place in the route of the road it lies on. */
  readonly place: number;
  /** Lane index. */
  readonly lane: number;
  readonly fromM: Metres;
  readonly toM: Metres;
  /** Leaves after `durationMs` of standing, and not before `untilMs`. */
  readonly durationMs: Milliseconds;
  readonly untilMs: Milliseconds;
  /** In a bay beside the lane: those behind can pass. */
  readonly isOffRoad: boolean;
}

/** One vehicle's journey. It has no name: its index in `Demand.trips` is its only handle. */
export interface Trip {
  /** Index into `Demand.types`. */
  readonly type: number;
  readonly departMs: Milliseconds;
  /** Road indices, each joined to the next by a movement. Trips may share one array. */
  readonly route: readonly number[];
  /** Routes between the same roads; when it departs the trip takes the quickest of all by the traffic of the last minutes. */
  readonly alternatives?: readonly (readonly number[])[];
  readonly departLane: DepartLane;
  readonly departPos: DepartPos;
  readonly departSpeed: DepartSpeed;
  /** Place on the last road where the trip ends; its length when undefined. */
  readonly arrivalPosM?: Metres;
  /** In the order of the route; none when undefined. */
  readonly stops?: readonly TripStop[];
}

/** One way on foot. Like a trip it has no name; nothing is known of who walks but how fast. */
export interface Walk {
  readonly departMs: Milliseconds;
  /** Pace on free ground. */
  readonly speedMps: MetresPerSecond;
  /** Crossing indices in the order of the way. Walks may share one array. */
  readonly crossings: readonly number[];
  /** By crossing: 0 when it is walked from its first corner to its second, 1 the other way. */
  readonly directions: readonly number[];
  /** Metres before each crossing, and after the last: one more than there are crossings. */
  readonly betweenM: readonly Metres[];
}

/** What wants to move; trips and walks each sorted by departure. */
export interface Demand {
  readonly types: readonly VehicleType[];
  readonly trips: readonly Trip[];
  readonly walks: readonly Walk[];
}

/** A city with its demand and the window in which it is looked at. */
export interface Scenario {
  readonly name: string;
  readonly city: City;
  readonly demand: Demand;
  readonly beginMs: Milliseconds;
  readonly endMs: Milliseconds;
}
