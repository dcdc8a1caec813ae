import type { Seconds } from '../units/units.ts';

/** Queues leave at one vehicle each so many seconds, the first at once: measured in SUMO on cologne1 and hangzhou_1x1. */
export const HEADWAY_S: Seconds = 2;

/** What a search starts from; arrays by place of lane, stream or stage in the junction. */
export interface Situation {
  readonly horizonS: Seconds;
  /** `arrived[lane * (horizonS + 1) + k]`: vehicles that could have crossed the stop line by second k, were it open. */
  readonly arrived: Float64Array;
  /** The same shape: no more may have left by then, for want of room beyond. */
  readonly room: Float64Array;
  /** By stream: its share of its lane's vehicles. */
  readonly share: Float64Array;
  /** By stream: how likely the first vehicle that stands on its lane goes there. */
  readonly first: Float64Array;
  /** Cost of a second of one vehicle's delay. */
  readonly weight: Float64Array;
  /** Place of the stage that is green or coming, and how long it has been green (negative: coming). */
  readonly stage: number;
  readonly greenS: Seconds;
  readonly intergreenS: Seconds;
  /** A permissive stream goes when nobody it yields to could come so soon. */
  readonly gapS: Seconds;
  readonly minGreenS: Seconds;
  /** Seconds from now to when a plan for this green first ended it; negative when that is over, Infinity when none did. */
  readonly dueS: Seconds;
  /** Decisions are taken this far apart. */
  readonly stepS: Seconds;
  /** Cost of a stop beside its delay. */
  readonly perStop: Seconds;
  /** Vehicles that count more than one: the first `count` of each array. */
  readonly heavy: HeavyVehicles;
  /** By call of the junction: people who wait, people per second to come, cost of a second of one's wait; a recall is so many vehicles. */
  readonly people: Float64Array;
  readonly peoplePerS: Float64Array;
  readonly peopleCost: Float64Array;
}

/** Buses and the like: lane, when it could cross, how many of its lane have gone once it has, and what it counts beyond 1. */
export interface HeavyVehicles {
  count: number;
  readonly lane: Int32Array;
  readonly atS: Int32Array;
  readonly place: Float64Array;
  readonly extra: Float64Array;
}
