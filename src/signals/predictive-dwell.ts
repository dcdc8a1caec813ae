import { type City, VEHICLE_CLASSES } from '../city/city.ts';
import type { Observation } from '../street/observation.ts';
import type { Metres, MetresPerSecond, Seconds } from '../units/units.ts';

const BUS = VEHICLE_CLASSES.indexOf('bus');
const STANDING_MPS: MetresPerSecond = 0.5;
/** A bus halts with its front at most this far before the end of a stop, and may stand a little beyond it. */
const BEYOND_M: Metres = 2;
/** Time at a stop before any was seen there (TCQSM, 3rd edition: 15 to 30 s), and what one that stays longer is given yet. */
const USUAL_S: Seconds = 20;
const LONGER_S: Seconds = 3;
/** Lost by slowing down and pulling out. */
const BRAKING_S: Seconds = 9;
/** Share of each dwell in what is expected of the next. */
const LEARNING = 0.3;

interface Stop {
  readonly lane: number;
  /** Of its ends to the end of the lane. */
  readonly nearM: Metres;
  readonly farM: Metres;
}

/** How much later buses come to a stop line for the bus stops before it; learned from those seen standing there. */
export class BusDwell {
  readonly #stopsOf = new Map<number, number[]>();
  readonly #stops: readonly Stop[];
  /** By stop: expected dwell, and how long the bus there has stood (0: none). */
  readonly #dwellS: Float64Array;
  readonly #stoodS: Float64Array;

  constructor(city: City) {
    this.#stops = city.busStops.map(({ lane, fromM, toM }) => {
      const lengthM = city.lanes[lane]?.lengthM ?? 0;
      return { lane, nearM: lengthM - toM - BEYOND_M, farM: lengthM - fromM };
    });
    this.#stops.forEach(({ lane }, stop) => {
      this.#stopsOf.set(lane, [...(this.#stopsOf.get(lane) ?? []), stop]);
    });
    this.#dwellS = new Float64Array(this.#stops.length).fill(USUAL_S);
    this.#stoodS = new Float64Array(this.#stops.length);
  }

  /** Once a second. */
  observe({ vehicles }: Observation): void {
    if (vehicles === null) return;
    this.#stops.forEach(({ lane, nearM, farM }, stop) => {
      let isStanding = false;
      for (let v = vehicles.laneStart[lane]!; v < vehicles.laneStart[lane + 1]!; v++) {
        if (vehicles.kind[v] !== BUS || vehicles.speedMps[v]! >= STANDING_MPS) continue;
        if (vehicles.toEndM[v]! >= nearM && vehicles.toEndM[v]! <= farM) isStanding = true;
      }
      const stoodS = this.#stoodS[stop]!;
      if (!isStanding && stoodS > 2) this.#dwellS[stop]! += LEARNING * (stoodS - this.#dwellS[stop]!);
      this.#stoodS[stop] = isStanding ? stoodS + 1 : 0;
    });
  }

  /** Seconds that a vehicle on a lane yet loses at bus stops before the lane's end; 0 for all but buses. */
  lossOf(kind: number, lane: number, toEndM: Metres, speedMps: MetresPerSecond): Seconds {
    if (kind !== BUS) return 0;
    let lossS = 0;
    for (const stop of this.#stopsOf.get(lane) ?? []) {
      const { nearM, farM } = this.#stops[stop]!;
      if (toEndM < nearM) continue;
      const isThere = toEndM <= farM && speedMps < STANDING_MPS && this.#stoodS[stop]! > 0;
      if (isThere) lossS += Math.max(LONGER_S, this.#dwellS[stop]! - this.#stoodS[stop]!);
      else lossS += this.#dwellS[stop]! + BRAKING_S;
    }
    return lossS;
  }
}
