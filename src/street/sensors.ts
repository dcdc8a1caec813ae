import type { City } from '../city/city.ts';
import { VEHICLE_CLASSES } from '../city/city.ts';
import type { Frame } from '../city/frame.ts';
import { drawUniform } from '../units/random.ts';
import { cameraReachByLane, listApproachLanes } from './coverage.ts';
import { type Degradation, DRAW, drawFaults, drawShare, type Fault, PERFECT } from './degrade.ts';
import { LateReadings } from './late.ts';
import { LoopBank } from './loops.ts';
import type { LoopPlace, Observation, SeenVehicles, SensorLevel } from './observation.ts';

export interface SensorOptions {
  readonly level: SensorLevel;
  readonly degrade?: Degradation;
  readonly seed: number;
}

const CAR = VEHICLE_CLASSES.indexOf('car');

/**
 * Everything a controller learns of a street passes here: frames in, observations out (BENCHMARKS.md section 1). A camera
 * stands for all lanes of a road; it sees 200 m up from each stop line, across edges, and a vehicle still inside the
 * junction before a covered lane as on that lane, further from its end than the lane is long.
 */
export class SensorLayer {
  readonly loops: readonly LoopPlace[];
  readonly #city: City;
  readonly #level: SensorLevel;
  readonly #degrade: Degradation;
  readonly #seed: number;
  readonly #bank: LoopBank;
  readonly #reach: Float32Array;
  readonly #isApproach: Uint8Array;
  /** By lane, of its road's camera. */
  readonly #faults: readonly Fault[];
  readonly #isNoisy: Uint8Array;
  readonly #late: LateReadings;
  #lane = new Int32Array(256);
  #toEndM = new Float32Array(256);
  #source = new Int32Array(256);
  #step = 0;

  constructor(city: City, { level, degrade = PERFECT, seed }: SensorOptions) {
    this.#city = city;
    this.#level = level;
    this.#degrade = degrade;
    this.#seed = seed;
    this.#bank = new LoopBank(city, degrade, seed);
    this.loops = this.#bank.loops;
    this.#reach = cameraReachByLane(city);
    this.#isApproach = new Uint8Array(city.lanes.length);
    for (const lane of listApproachLanes(city)) this.#isApproach[lane] = 1;
    const byRoad = drawFaults(city.roads.length, degrade, seed);
    this.#faults = city.lanes.map((lane) => byRoad[lane.road]!);
    const { noisyShare, lateS, lateShare } = degrade;
    const ofRoads = (share: number, purpose: number) => {
      const isSo = drawShare(city.roads.length, share, seed, purpose);
      return Uint8Array.from(city.lanes, ({ road }) => isSo[road]!);
    };
    this.#isNoisy = ofRoads(noisyShare, DRAW.noisy);
    this.#late = new LateReadings(lateS, {
      lanes: ofRoads(lateShare, DRAW.late),
      loops: drawShare(this.loops.length, lateShare, seed, DRAW.late),
      crossings: drawShare(city.crossings.length, lateShare, seed, DRAW.late),
    });
  }

  /**
   * What is seen of `frame` and of the people `waiting` at crossings; call it once for every step of the street. The result
   * is never written to again.
   */
  observe(frame: Frame, lamps: readonly string[], waiting?: ArrayLike<number>): Observation {
    const seen =
      this.#level === 'camera'
        ? { vehicles: this.#look(frame), loops: null }
        : { vehicles: null, loops: this.#bank.read(frame) };
    const now = waiting === undefined ? seen : { ...seen, waiting: this.#countWaiting(waiting) };
    this.#step++;
    return {
      cityVersion: this.#city.version,
      timeMs: frame.timeMs,
      sensors: this.#level,
      signals: lamps.slice(),
      ...this.#late.deliver(now),
    };
  }

  #countWaiting(waiting: ArrayLike<number>): Uint16Array {
    return Uint16Array.from(waiting, (people) => (this.#level === 'camera' ? people : Math.min(1, people)));
  }

  #look(frame: Frame): SeenVehicles {
    const seen = this.#collect(frame);
    const lanes = this.#city.lanes.length;
    const picture = emptyPicture(lanes, seen);
    const { laneStart, toEndM, speedMps, kind, blind } = picture;
    for (let i = 0; i < seen; i++) laneStart[this.#lane[i]! + 1]!++;
    for (let lane = 0; lane < lanes; lane++) {
      laneStart[lane + 1]! += laneStart[lane]!;
      if (this.#reach[lane]! > 0 && this.#faults[lane] === 'dead') blind[lane] = 1;
    }
    const filled = laneStart.slice();
    for (let i = 0; i < seen; i++) {
      const lane = this.#lane[i]!;
      const first = laneStart[lane]!;
      let at = filled[lane]!++;
      for (; at > first && toEndM[at - 1]! > this.#toEndM[i]!; at--) {
        toEndM[at] = toEndM[at - 1]!;
        speedMps[at] = speedMps[at - 1]!;
        kind[at] = kind[at - 1]!;
      }
      const source = this.#source[i]!;
      toEndM[at] = this.#toEndM[i]!;
      speedMps[at] = source >= 0 ? frame.speedMps[source]! : this.#ghostSpeed(lane);
      kind[at] = source >= 0 ? frame.kind[source]! : CAR;
    }
    return picture;
  }

  /** Fills the scratch lists with what the cameras report; a source of -1 is a vehicle that is not there. */
  #collect(frame: Frame): number {
    const { lanes, movements } = this.#city;
    const noisy = this.#degrade.noisy;
    this.#reserve(frame.count + lanes.length);
    let seen = 0;
    for (let i = 0; i < frame.count; i++) {
      const segment = frame.segment[i]!;
      const movement = segment < lanes.length ? null : movements[segment - lanes.length]!;
      const lane = movement === null ? segment : movement.toLane;
      if (this.#reach[lane] === 0 || this.#faults[lane] !== 'none') continue;
      const toEndM = lanes[lane]!.lengthM + (movement?.lengthM ?? 0) - frame.posM[i]!;
      if (toEndM > this.#reach[lane]!) continue;
      if (
        noisy > 0 &&
        this.#isNoisy[lane] === 1 &&
        drawUniform(this.#seed, frame.slot[i]!, this.#step, DRAW.miss) < noisy
      )
        continue;
      seen = this.#put(seen, lane, Math.max(0, toEndM), i);
    }
    if (noisy === 0 && this.#degrade.stuckOn === 0) return seen;
    for (let lane = 0; lane < lanes.length; lane++) {
      if (this.#isApproach[lane] === 1 && this.#faults[lane] === 'stuck-on') seen = this.#put(seen, lane, 1, -1);
      if (this.#reach[lane] === 0 || this.#faults[lane] !== 'none') continue;
      if (noisy > 0 && this.#isNoisy[lane] === 1 && drawUniform(this.#seed, lane, this.#step, DRAW.ghost) < noisy) {
        const length = Math.min(this.#reach[lane]!, lanes[lane]!.lengthM);
        seen = this.#put(seen, lane, length * drawUniform(this.#seed, lane, this.#step, DRAW.place), -1);
      }
    }
    return seen;
  }

  #put(at: number, lane: number, toEndM: number, source: number): number {
    this.#lane[at] = lane;
    this.#toEndM[at] = toEndM;
    this.#source[at] = source;
    return at + 1;
  }

  #ghostSpeed(lane: number): number {
    if (this.#faults[lane] === 'stuck-on') return 0;
    return this.#city.lanes[lane]!.speedMps * drawUniform(this.#seed, lane, this.#step, DRAW.speed);
  }

  #reserve(size: number): void {
    if (this.#lane.length >= size) return;
    this.#lane = new Int32Array(size * 2);
    this.#toEndM = new Float32Array(size * 2);
    this.#source = new Int32Array(size * 2);
  }
}

function emptyPicture(lanes: number, vehicles: number): SeenVehicles {
  return {
    laneStart: new Uint32Array(lanes + 1),
    toEndM: new Float32Array(vehicles),
    speedMps: new Float32Array(vehicles),
    kind: new Uint8Array(vehicles),
    blind: new Uint8Array(lanes),
  };
}
