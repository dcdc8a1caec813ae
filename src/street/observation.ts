import type { Milliseconds } from '../units/units.ts';

/**
 * What a controller may know of the street at one instant. Closed: no field names a vehicle or a person, and nothing in
 * one observation can be matched with a vehicle in the next (BENCHMARKS.md section 1: `camera`, `loops`).
 */
export interface Observation {
  readonly cityVersion: string;
  readonly timeMs: Milliseconds;
  readonly sensors: SensorLevel;
  /** By signal index: what the lamps show, one character per link. */
  readonly signals: readonly string[];
  /** At level `camera`. */
  readonly vehicles: SeenVehicles | null;
  /** At level `loops`. */
  readonly loops: LoopReadings | null;
  /**
   * By crossing index: people who wait at the kerb, as a camera there counts them; at level `loops` 1 where a push button
   * was pressed. Left out where nothing tells of people on foot.
   */
  readonly waiting?: Uint16Array;
}

export type SensorLevel = 'camera' | 'loops';

/**
 * Vehicles seen within 200 m upstream of a stop line, grouped by lane, nearest to the lane's end first.
 * Vehicles of lane l are at [laneStart[l], laneStart[l + 1]).
 */
export interface SeenVehicles {
  readonly laneStart: Uint32Array;
  /** Front bumper to the end of the lane; more than the lane's length while still inside the junction before it. */
  readonly toEndM: Float32Array;
  readonly speedMps: Float32Array;
  /** Index into VEHICLE_CLASSES. */
  readonly kind: Uint8Array;
  /** Lanes whose camera delivers nothing now (dead or late): 1, otherwise 0. An empty lane and a blind one differ. */
  readonly blind: Uint8Array;
}

/** One loop: where it lies. The list is fixed for a city. */
export interface LoopPlace {
  readonly id: string;
  /** Lane index. */
  readonly lane: number;
  readonly kind: 'stop-line' | 'advance';
  /** Upstream and downstream edge, metres from the start of the lane. */
  readonly fromM: number;
  readonly toM: number;
  /** Of a known detector: its channel. */
  readonly channel?: number;
  /** The lane has no such loop (it never delivers); the place is where one is assumed elsewhere. */
  readonly isMissing?: true;
}

/** Readings since the observation before, by loop in the order of the loop places; times at 0.1 s. */
export interface LoopReadings {
  /** 1 while a vehicle stands on the loop. */
  readonly occupied: Uint8Array;
  /** Times the loop turned on since the last observation. */
  readonly rises: Uint16Array;
  /** Share of the time since the last observation that it was on, 0 to 1. */
  readonly occupancy: Float32Array;
  /** When it last turned on and off; -Infinity when never. */
  readonly lastOnMs: Float64Array;
  readonly lastOffMs: Float64Array;
  /** Loops that deliver nothing now: 1, otherwise 0. */
  readonly blind: Uint8Array;
}
