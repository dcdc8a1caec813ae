import { type City, VEHICLE_CLASSES } from '../city/city.ts';
import type { Observation } from '../street/observation.ts';
import type { Metres, MetresPerSecond, Seconds } from '../units/units.ts';

export const BUS: number = VEHICLE_CLASSES.indexOf('bus');
const STANDING_MPS: MetresPerSecond = 0.5;
/** A bus halts with its front at most this far before the end of a stop, and may stand a little beyond it. */
const BEYOND_M: Metres = 2;
/** Time at a stop before any was seen there (TCQSM, 3rd edition: 15 to 30 s), and what one that stays longer is given yet. */
const USUAL_S: Seconds = 20;
const LONGER_S: Seconds = 3;
/** Lost by slowing down and pulling out. */
const BRAKING_S: Seconds = 9;
/** Who drives slowly through a stop is seen at most this far beyond it a second later. */
const ONWARD_M: Metres = 8;
/** The mean of about so many dwells is expected of the next; what was taken for usual counts as the first of them. */
const REMEMBERED = 10;
/** Who comes out of a bay is slower than this; who has not after so many times the usual has been lost from sight otherwise. */
const PULLING_OUT_MPS: MetresPerSecond = 4;
const LOST_AFTER = 3;

interface Stop {
  readonly lane: number;
  /** Of its ends to the end of the lane. */
  readonly nearM: Metres;
  readonly farM: Metres;
}

/** A bus in a bay: how far from the end of the lane it will pull out, and in how many seconds. */
export interface HiddenBus {
  readonly toEndM: Metres;
  readonly inS: Seconds;
}

const NOBODY: readonly HiddenBus[] = [];

/**
 * How much later buses come to a stop line for the bus stops before it; learned from those seen standing there. A bus that stood
 * or came to a halt at a stop and is seen no more has gone into the bay beside the lane, until one pulls out of it.
 */
export class BusDwell {
  readonly #stopsOf = new Map<number, number[]>();
  readonly #stops: readonly Stop[];
  /** By stop: expected dwell, how many it was learned from, how long the bus there has stood (0: none), 1 while it is in a bay or pulls out. */
  readonly #dwellS: Float64Array;
  readonly #learned: Uint32Array;
  readonly #stoodS: Float64Array;
  readonly #isHidden: Uint8Array;
  readonly #isLeaving: Uint8Array;
  /** By stop: 1 while a bus comes slowly to a halt there. */
  readonly #isComing: Uint8Array;

  constructor(city: City) {
    this.#stops = city.busStops.map(({ lane, fromM, toM }) => {
      const lengthM = city.lanes[lane]?.lengthM ?? 0;
      return { lane, nearM: lengthM - toM - BEYOND_M, farM: lengthM - fromM };
    });
    this.#stops.forEach(({ lane }, stop) => {
      this.#stopsOf.set(lane, [...(this.#stopsOf.get(lane) ?? []), stop]);
    });
    this.#dwellS = new Float64Array(this.#stops.length).fill(USUAL_S);
    this.#learned = new Uint32Array(this.#stops.length).fill(1);
    this.#stoodS = new Float64Array(this.#stops.length);
    this.#isHidden = new Uint8Array(this.#stops.length);
    this.#isLeaving = new Uint8Array(this.#stops.length);
    this.#isComing = new Uint8Array(this.#stops.length);
  }

  /** Once a second. */
  observe({ vehicles }: Observation): void {
    if (vehicles === null) return;
    this.#stops.forEach(({ lane, nearM, farM }, stop) => {
      let isStanding = false;
      let isThere = false;
      let isBeyond = false;
      for (let v = vehicles.laneStart[lane]!; v < vehicles.laneStart[lane + 1]!; v++) {
        if (vehicles.kind[v] !== BUS) continue;
        const toEndM = vehicles.toEndM[v]!;
        if (toEndM < nearM && toEndM > nearM - ONWARD_M) isBeyond = true;
        if (toEndM < nearM || toEndM > farM || vehicles.speedMps[v]! >= PULLING_OUT_MPS) continue;
        isThere = true;
        if (vehicles.speedMps[v]! < STANDING_MPS) isStanding = true;
      }
      const stoodS = this.#stoodS[stop]!;
      const isLost = stoodS > LOST_AFTER * Math.max(USUAL_S, this.#dwellS[stop]!);
      const wasThere = stoodS > 0 || (this.#isComing[stop] === 1 && !isBeyond);
      this.#isHidden[stop] = wasThere && !isThere && !isLost && vehicles.blind[lane] !== 1 ? 1 : 0;
      const leaves = isThere && !isStanding && stoodS > 2;
      this.#isLeaving[stop] = leaves || (isThere && !isStanding && this.#isLeaving[stop] === 1) ? 1 : 0;
      if (leaves) {
        const count = Math.min(REMEMBERED, ++this.#learned[stop]!);
        this.#dwellS[stop]! += (stoodS - this.#dwellS[stop]!) / count;
      }
      this.#isComing[stop] = isThere && !isStanding && this.#isLeaving[stop] === 0 ? 1 : 0;
      this.#stoodS[stop] = isStanding || this.#isHidden[stop] === 1 ? stoodS + 1 : 0;
    });
  }

  /** Seconds that a vehicle on a lane yet loses at bus stops before the lane's end; 0 for all but buses. */
  lossOf(kind: number, lane: number, toEndM: Metres, speedMps: MetresPerSecond): Seconds {
    if (kind !== BUS) return 0;
    let lossS = 0;
    for (const stop of this.#stopsOf.get(lane) ?? []) {
      const { nearM, farM } = this.#stops[stop]!;
      if (toEndM < nearM) continue;
      if (toEndM <= farM && speedMps < PULLING_OUT_MPS && this.#isLeaving[stop] === 1) continue;
      const isThere = toEndM <= farM && speedMps < STANDING_MPS && this.#stoodS[stop]! > 0;
      if (isThere) lossS += Math.max(LONGER_S, this.#dwellS[stop]! - this.#stoodS[stop]!);
      else lossS += this.#dwellS[stop]! + BRAKING_S;
    }
    return lossS;
  }

  /** Buses in bays beside a lane. */
  listHidden(lane: number): readonly HiddenBus[] {
    const stops = this.#stopsOf.get(lane);
    if (stops === undefined) return NOBODY;
    return stops.flatMap((stop) => {
      if (this.#isHidden[stop] === 0) return [];
      const inS = Math.max(LONGER_S, this.#dwellS[stop]! - this.#stoodS[stop]!);
      return [{ toEndM: this.#stops[stop]!.nearM + BEYOND_M, inS }];
    });
  }
}
