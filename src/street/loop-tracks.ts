import type { Metres, MetresPerSecond, Seconds } from '../units/units.ts';

/** Space a queued vehicle takes, m (SUMO's default car of 5 m and its gap of 2.5 m). */
export const QUEUE_SPACE_M: Metres = 7.5;
/** Drivers stop so far before the line (SUMO). */
export const STOPS_M: Metres = 1;
/** Most vehicles assumed on one lane between its loops; those beyond wait behind the advance loop. */
export const MOST_TRACKED = 24;
export const LONG_AGO: Seconds = Number.NEGATIVE_INFINITY;
/** A driver's mean acceleration when nothing is in the way (SUMO's default car: at most 2.6, less its imperfection). */
export const MEAN_ACCEL_MPS2 = 1.9;
/** Its braking (S. Krauß, DLR-FB 98-08, 1998, with a reaction of one second). */
const BRAKE_MPS2 = 4.5;

/** What the lamps let the first vehicle of a lane do at its stop line. */
export type AtLine = 'stops' | 'yields' | 'goes';

/**
 * Vehicles assumed one by one between the two loops of each lane, nearest to the stop line first: lane `a` has those at
 * `a * MOST_TRACKED` on. They drive by a safe speed second by second, up to the line: only counts there take them away.
 */
export class LoopTracks {
  readonly toLineM: Float32Array;
  readonly speedMps: Float32Array;
  /** When it came onto the lane, s; LONG_AGO where that is not known. */
  readonly cameS: Float64Array;
  readonly #count: Uint8Array;

  constructor(lanes: number) {
    this.toLineM = new Float32Array(lanes * MOST_TRACKED);
    this.speedMps = new Float32Array(lanes * MOST_TRACKED);
    this.cameS = new Float64Array(lanes * MOST_TRACKED);
    this.#count = new Uint8Array(lanes);
  }

  /** Those of lane `a` are at `firstOf(a)` up to, not with, `endOf(a)`. */
  firstOf(a: number): number {
    return a * MOST_TRACKED;
  }

  endOf(a: number): number {
    return a * MOST_TRACKED + this.#count[a]!;
  }

  clear(): void {
    this.#count.fill(0);
  }

  /** Adds a vehicle of lane `a` where it belongs by its place. */
  add(a: number, toLineM: Metres, speedMps: MetresPerSecond, cameS: Seconds): void {
    if (this.#count[a] === MOST_TRACKED) return;
    let at = this.endOf(a);
    this.#count[a]!++;
    for (; at > a * MOST_TRACKED && this.toLineM[at - 1]! > toLineM; at--) this.#copy(at - 1, at);
    this.toLineM[at] = toLineM;
    this.speedMps[at] = speedMps;
    this.cameS[at] = cameS;
  }

  remove(a: number, at: number): void {
    const end = this.endOf(a);
    for (let v = at + 1; v < end; v++) this.#copy(v, v - 1);
    this.#count[a]!--;
  }

  #copy(from: number, to: number): void {
    this.toLineM[to] = this.toLineM[from]!;
    this.speedMps[to] = this.speedMps[from]!;
    this.cameS[to] = this.cameS[from]!;
  }

  /** Drives those of lane `a` for a second. */
  drive(a: number, topMps: MetresPerSecond, atLine: AtLine): void {
    let restM = atLine === 'stops' ? STOPS_M : Number.NEGATIVE_INFINITY;
    let leastM = atLine === 'stops' ? STOPS_M : 0;
    let aheadMps = 0;
    for (let v = this.firstOf(a); v < this.endOf(a); v++) {
      const speedMps = this.speedMps[v]!;
      const gapM = Math.max(0, this.toLineM[v]! - restM);
      const safeMps = Math.sqrt(BRAKE_MPS2 * BRAKE_MPS2 + aheadMps * aheadMps + 2 * BRAKE_MPS2 * gapM) - BRAKE_MPS2;
      const nextMps = Math.max(
        0,
        Math.min(topMps, speedMps + MEAN_ACCEL_MPS2, Math.max(safeMps, speedMps - BRAKE_MPS2)),
      );
      this.speedMps[v] = nextMps;
      this.toLineM[v] = Math.max(leastM, this.toLineM[v]! - nextMps);
      aheadMps = nextMps;
      restM = this.toLineM[v]! + QUEUE_SPACE_M;
      leastM = restM;
    }
  }

  /** Vehicles of lane `a` on the last `distanceM`, those at most as fast as `slowMps`. */
  sum(a: number, distanceM: Metres, slowMps: MetresPerSecond): number {
    let vehicles = 0;
    for (let v = this.firstOf(a); v < this.endOf(a) && this.toLineM[v]! <= distanceM; v++)
      if (this.speedMps[v]! <= slowMps) vehicles++;
    return vehicles;
  }
}
