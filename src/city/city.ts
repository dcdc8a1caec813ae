import type {
  BusStopId,
  CornerId,
  CrossingId,
  DistrictId,
  JunctionId,
  LaneId,
  Metres,
  MetresPerSecond,
  MovementId,
  RoadId,
  Seconds,
  SignalId,
} from '../units/units.ts';
import type { CalendarDay, Detector, RingPlan, ScheduleRow } from './control.ts';

/** Vehicle classes as bits; a lane's `allowed` is their union. The list is closed: it says what kind, never whose. */
export const VEHICLE_CLASSES = [
  'car',
  'taxi',
  'bus',
  'truck',
  'delivery',
  'motorcycle',
  'bicycle',
  'emergency',
  'tram',
  'rail',
  'pedestrian',
] as const;
export type VehicleClass = (typeof VEHICLE_CLASSES)[number];

/** The bit of a class in `Lane.allowed`. */
export function classBit(vehicleClass: VehicleClass): number {
  return 1 << VEHICLE_CLASSES.indexOf(vehicleClass);
}

/** x, y pairs in metres of the city's own plane: [x0, y0, x1, y1, ...]; east is +x, north is +y. */
export type Polyline = readonly number[];

/** A directed stretch of street between two junctions. Lanes are numbered from the kerb (0) to the middle. */
export interface Road {
  readonly id: RoadId;
  readonly name: string;
  /** Junction index. */
  readonly from: number;
  readonly to: number;
  /** Index of lane 0; the road's lanes are contiguous. */
  readonly firstLane: number;
  readonly laneCount: number;
  readonly lengthM: Metres;
  readonly speedMps: MetresPerSecond;
  /** Higher yields to nobody lower; as in the source. */
  readonly priority: number;
  /** 0 at grade, 1 elevated, -1 below. */
  readonly level: number;
  /** District index or -1. */
  readonly district: number;
}

export interface Lane {
  readonly id: LaneId;
  /** Road index. */
  readonly road: number;
  /** 0 at the kerb. */
  readonly index: number;
  readonly lengthM: Metres;
  readonly speedMps: MetresPerSecond;
  readonly widthM: Metres;
  /** Union of `classBit`. */
  readonly allowed: number;
  readonly shape: Polyline;
  /** Movement indices that leave from, and arrive on, this lane. */
  readonly out: readonly number[];
  readonly in: readonly number[];
}

export type Turn = 'right' | 'straight' | 'left' | 'u-turn';

/** How a movement stands to others when no signal says otherwise. */
export type RightOfWay = 'major' | 'minor' | 'stop' | 'all-way-stop' | 'right-before-left' | 'zipper';

/** From one lane through a junction to one lane. */
export interface Movement {
  readonly id: MovementId;
  /** Junction index. */
  readonly junction: number;
  /** Lane indices. */
  readonly fromLane: number;
  readonly toLane: number;
  readonly turn: Turn;
  /** Path inside the junction; 0 where the source has no inner lanes. */
  readonly lengthM: Metres;
  readonly speedMps: MetresPerSecond;
  readonly shape: Polyline;
  /** Where on the path a turner may wait for a gap inside the junction, or -1. */
  readonly waitAtM: Metres;
  readonly rightOfWay: RightOfWay;
  /** Signal index and link (place in its state string), or -1 and -1. */
  readonly signal: number;
  readonly link: number;
  /** Movement indices this one gives way to (without a signal, or on permissive green). */
  readonly yieldsTo: readonly number[];
  /** Movement indices to which those at the waiting place give way; empty without such a place. */
  readonly yieldsInside: readonly number[];
  /** Movement indices whose paths cross or merge with this one. Symmetric. */
  readonly conflicts: readonly number[];
}

export type JunctionKind =
  | 'signal'
  | 'priority'
  | 'right-before-left'
  | 'all-way-stop'
  | 'zipper'
  | 'dead-end'
  | 'unregulated';

export interface Junction {
  readonly id: JunctionId;
  readonly kind: JunctionKind;
  readonly x: Metres;
  readonly y: Metres;
  readonly shape: Polyline;
  /** Movement indices in the junction's own link order. */
  readonly movements: readonly number[];
  /** Signal index or -1. */
  readonly signal: number;
}

/**
 * One step of a program. `state` has one character per link, in SUMO's letters: G protected green, g permissive green,
 * y yellow, u red-yellow, r red, s stop-then-go (right turn on red), o/O dark.
 */
export interface Phase {
  readonly state: string;
  readonly durationS: Seconds;
  readonly minS?: Seconds;
  readonly maxS?: Seconds;
}

export interface Program {
  readonly id: string;
  /** Vehicles on its detectors prolong its greens, from `minS` to `maxS`; otherwise it runs by its durations. */
  readonly isActuated?: boolean;
  readonly offsetS: Seconds;
  readonly phases: readonly Phase[];
  /** The plan of rings and barriers it was made of, where it was. */
  readonly rings?: RingPlan;
}

/** Links that every program shows alike: one lamp circuit, the signal engineer's "signal group". */
export interface SignalGroup {
  readonly id: string;
  readonly links: readonly number[];
}

/** A signal controller; it may serve several junctions. `programs[0]` is the one that runs when nobody commands. */
export interface Signal {
  readonly id: SignalId;
  readonly junctions: readonly number[];
  /** Movement indices per link. */
  readonly links: readonly (readonly number[])[];
  readonly groups: readonly SignalGroup[];
  readonly programs: readonly Program[];
  /** When which program runs; none: the first one always. */
  readonly schedule?: readonly ScheduleRow[];
}

/** Ground at a junction where sidewalks and crossings meet: one walks from each to each. */
export interface Corner {
  readonly id: CornerId;
  /** Junction index. */
  readonly junction: number;
  readonly shape: Polyline;
  /** Lane indices of the sidewalks that begin or end here. */
  readonly sidewalks: readonly number[];
}

/** A marked way on foot across roads of a junction; it is walked both ways. */
export interface Crossing {
  readonly id: CrossingId;
  /** Junction index. */
  readonly junction: number;
  /** Road indices it leads across. */
  readonly roads: readonly number[];
  readonly lengthM: Metres;
  readonly widthM: Metres;
  /** Its middle line, from the first corner to the second. */
  readonly shape: Polyline;
  /** Corner indices. */
  readonly corners: readonly [number, number];
  /** Signal index and link (place in its state string), or -1 and -1. */
  readonly signal: number;
  readonly link: number;
  /** Movement indices whose paths meet it. */
  readonly conflicts: readonly number[];
  /** Those of `conflicts` that people on foot give way to; the others give way to people on foot. */
  readonly yieldsTo: readonly number[];
}

/** Where buses halt for passengers: their front at `toM` or behind it. */
export interface BusStop {
  readonly id: BusStopId;
  readonly name: string;
  /** Lane index. */
  readonly lane: number;
  readonly fromM: Metres;
  readonly toM: Metres;
}

export interface District {
  readonly id: DistrictId;
  readonly name: string;
  /** The same name in Chinese, where the source has one. */
  readonly nameZh?: string;
  readonly shape: Polyline;
}

/** Water and green, for the base map alone. */
export interface Ground {
  readonly kind: 'water' | 'green' | 'bridge';
  readonly shape: Polyline;
}

/** Plane coordinates are the projected ones plus the offset; `definition` is a proj4 string, or null for a made-up plane. */
export interface Projection {
  readonly definition: string | null;
  readonly offsetX: Metres;
  readonly offsetY: Metres;
}

/** The static city. Immutable; every index below refers into these arrays. */
export interface City {
  readonly name: string;
  /** Hash of the content; every event and observation carries it. */
  readonly version: string;
  readonly projection: Projection;
  readonly roads: readonly Road[];
  readonly lanes: readonly Lane[];
  readonly movements: readonly Movement[];
  readonly junctions: readonly Junction[];
  readonly signals: readonly Signal[];
  readonly corners: readonly Corner[];
  readonly crossings: readonly Crossing[];
  readonly busStops: readonly BusStop[];
  readonly districts: readonly District[];
  readonly ground: readonly Ground[];
  /** By signal, channel and lane. */
  readonly detectors: readonly Detector[];
  /** The day whose midnight is second 0 of a run; a Monday that is no holiday when left out. */
  readonly day?: CalendarDay;
}
