import type { City } from '../city/city.ts';
import { VEHICLE_CLASSES } from '../city/city.ts';
import { type Leg, placePoint } from '../city/upstream.ts';
import type { Metres, MetresPerSecond, Milliseconds, Seconds } from '../units/units.ts';
import { cameraReachByLane, listUpstream, type Stretch } from './coverage.ts';
import { countGone, Departures } from './departures.ts';
import { LoopQueues } from './loop-queue.ts';
import { listLoops } from './loops.ts';
import type { Observation, SeenVehicles } from './observation.ts';

/** Slower than this counts as halted (SUMO's waiting threshold). */
export const HALTED_MPS: MetresPerSecond = 0.1;
/** Vehicles further from the end of a lane do not count (BENCHMARKS.md section 1). */
const COUNTED_M: Metres = 150;
/** How long the last known counts of a lane stand in for one that has gone blind. */
const REMEMBER_MS: Milliseconds = 10_000;

/** Usual length by class, m (SUMO 1.15's defaults), because an observation tells the class but not the length. */
const USUAL_LENGTH_M: Readonly<Record<(typeof VEHICLE_CLASSES)[number], Metres>> = {
  car: 5,
  taxi: 5,
  bus: 12,
  truck: 7.1,
  delivery: 6.5,
  motorcycle: 2.2,
  bicycle: 1.6,
  emergency: 6.5,
  tram: 22,
  rail: 67.5,
  pedestrian: 0.215,
};
const LENGTH_OF_KIND = Float32Array.from(VEHICLE_CLASSES, (name) => USUAL_LENGTH_M[name]);

/** A place where a controller wants to know when something last passed. */
interface Detector {
  readonly approach: number;
  /** How far it lies before the stop line, and the lanes from there on. */
  readonly distanceM: Metres;
  readonly legs: readonly Leg[];
}

/**
 * What controllers ask of the street, whichever sensors there are: at level `camera` from the vehicles seen, at `loops`
 * from counts and occupancy. A lane that has gone blind answers with its last known counts for 10 s, then is unknown.
 */
export class View {
  readonly #city: City;
  readonly #queues: LoopQueues;
  readonly #departures: Departures;
  /** By loop. */
  readonly #isMissing: Uint8Array;
  /** By lane: metres before its end that a camera covers. */
  readonly #cameraReach: Float32Array;
  /** By lane: the stretches that make up its last metres, upstream across joints; filled when first asked. */
  readonly #stretches = new Map<number, readonly Stretch[]>();
  readonly #detectors: Detector[] = [];
  /** By detector: end of the last detection; Infinity while it lasts. */
  #lastSeenMs: number[] = [];
  #observation: Observation | null = null;
  /** By lane: the last picture in which the lane was seen, and when (only kept while cameras are blind). */
  readonly #remembered = new Map<number, { picture: SeenVehicles; timeMs: Milliseconds }>();

  constructor(city: City) {
    this.#city = city;
    const loops = listLoops(city);
    this.#queues = new LoopQueues(city, loops);
    this.#isMissing = Uint8Array.from(loops, ({ isMissing }) => (isMissing ? 1 : 0));
    this.#cameraReach = cameraReachByLane(city);
    const stopLines = new Map(loops.flatMap(({ kind, lane }, loop) => (kind === 'stop-line' ? [[lane, loop]] : [])));
    this.#departures = new Departures(city, stopLines, (lane) => stopLines.has(lane));
  }

  /** Registers a virtual detector `distanceM` before the stop line of a lane; ask it by the number returned. */
  addDetector(approach: number, distanceM: Metres): number {
    this.#lastSeenMs.push(Number.NEGATIVE_INFINITY);
    return this.#detectors.push({ approach, ...placePoint(this.#city, approach, distanceM) }) - 1;
  }

  /** Takes in an observation; call it for every one. */
  observe(observation: Observation): void {
    const before = this.#observation;
    if (before?.vehicles && observation.vehicles) this.#remember(before, before.vehicles, observation.vehicles);
    this.#observation = observation;
    this.#queues.observe(observation);
    this.#departures.observe(observation);
    for (let k = 0; k < this.#detectors.length; k++) {
      const end = this.#detect(this.#detectors[k]!, before, observation);
      if (end !== null) this.#lastSeenMs[k] = end;
    }
  }

  /**
   * Vehicles on the last 150 m before the end of a lane, upstream across joints; null when the lane is blind and no memory
   * is left. On an exit lane that no sensor covers: an estimate from what crossed the stop lines before it.
   */
  vehiclesOn(lane: number): number | null {
    return this.#count(lane, false);
  }

  /** Those of them slower than 0.1 m/s; 0 on an exit lane that no sensor covers. */
  haltedOn(lane: number): number | null {
    return this.#count(lane, true);
  }

  #count(lane: number, onlyHalted: boolean): number | null {
    const observation = this.#observation;
    if (observation === null) return null;
    if (observation.loops !== null) {
      if (this.#queues.findLoops(lane) === undefined)
        return onlyHalted ? 0 : this.#departures.countWithin(lane, COUNTED_M);
      if (this.#isBlindToLoops(lane)) return null;
      return onlyHalted ? this.#queues.haltedWithin(lane, COUNTED_M) : this.#queues.countWithin(lane, COUNTED_M);
    }
    if (this.#cameraReach[lane] === 0) return onlyHalted ? 0 : this.#departures.countWithin(lane, COUNTED_M);
    if (this.#pictureOf(lane) === null) return null;
    let vehicles = 0;
    for (const stretch of this.#stretchesOf(lane)) {
      const picture = this.#pictureOf(stretch.lane);
      if (picture !== null) vehicles += stretch.share * countIn(picture, stretch, onlyHalted);
    }
    return vehicles;
  }

  #stretchesOf(lane: number): readonly Stretch[] {
    const known = this.#stretches.get(lane);
    if (known !== undefined) return known;
    const stretches = listUpstream(this.#city, lane, COUNTED_M);
    this.#stretches.set(lane, stretches);
    return stretches;
  }

  /**
   * Seconds since a vehicle last left the detector; 0 while one is on it, Infinity when none ever was. A detector on a
   * blind lane answers 0: it calls all the time, as engineers set up a failed detector. At level `loops` the lane's two
   * loops answer in its place, the one that saw a vehicle last.
   */
  secondsSince(detector: number): Seconds {
    const place = this.#detectors[detector];
    const observation = this.#observation;
    if (place === undefined || observation === null) return Number.POSITIVE_INFINITY;
    if (this.isBlind(place.approach)) return 0;
    return Math.max(0, (observation.timeMs - this.#lastSeenMs[detector]!) / 1000);
  }

  /** True when nothing is delivered of the lane now. */
  isBlind(lane: number): boolean {
    const observation = this.#observation;
    if (observation === null) return true;
    return observation.loops === null ? observation.vehicles?.blind[lane] !== 0 : this.#isBlindToLoops(lane);
  }

  #isBlindToLoops(lane: number): boolean {
    const loops = this.#queues.findLoops(lane);
    const blind = this.#observation?.loops?.blind;
    if (loops === undefined || blind === undefined) return false;
    const { stopLine, advance } = loops;
    if (this.#isMissing[stopLine] === 1 || this.#isMissing[advance] === 1)
      return blind[stopLine] === 1 && blind[advance] === 1;
    return blind[stopLine] === 1 || blind[advance] === 1;
  }

  #pictureOf(lane: number): SeenVehicles | null {
    const picture = this.#observation?.vehicles ?? null;
    if (picture === null || picture.blind[lane] === 0) return picture;
    const memory = this.#remembered.get(lane);
    if (memory === undefined || this.#observation!.timeMs - memory.timeMs > REMEMBER_MS) return null;
    return memory.picture;
  }

  #remember(before: Observation, seen: SeenVehicles, now: SeenVehicles): void {
    for (let lane = 0; lane < now.blind.length; lane++) {
      if (now.blind[lane] === 0) {
        if (this.#remembered.size > 0) this.#remembered.delete(lane);
      } else if (seen.blind[lane] === 0) {
        this.#remembered.set(lane, { picture: seen, timeMs: before.timeMs });
      }
    }
  }

  /** When the last detection ended (now while one lasts), or null for nothing new. */
  #detect(detector: Detector, before: Observation | null, now: Observation): Milliseconds | null {
    const { timeMs, vehicles, loops } = now;
    if (loops !== null) {
      const pair = this.#queues.findLoops(detector.approach);
      if (pair === undefined) return null;
      if (loops.occupied[pair.stopLine] === 1 || loops.occupied[pair.advance] === 1) return timeMs;
      return Math.max(loops.lastOffMs[pair.stopLine]!, loops.lastOffMs[pair.advance]!);
    }
    if (vehicles === null) return null;
    let latestMs: Milliseconds | null = null;
    for (const { lane, endToStopLineM } of detector.legs) {
      for (let i = vehicles.laneStart[lane]!; i < vehicles.laneStart[lane + 1]!; i++) {
        const passedM = detector.distanceM - endToStopLineM - vehicles.toEndM[i]!;
        if (passedM < 0) break;
        const clearedM = passedM - LENGTH_OF_KIND[vehicles.kind[i]!]!;
        if (clearedM <= 0) return timeMs;
        const speed = vehicles.speedMps[i]!;
        if (clearedM < speed) latestMs = Math.max(latestMs ?? 0, timeMs - (1000 * clearedM) / speed);
      }
    }
    return latestMs ?? (before?.vehicles ? detectGone(detector, before.timeMs, before.vehicles, now) : null);
  }
}

/** For who went over detector and stop line within one second: when it cleared the detector by its speed before; or null. */
function detectGone(
  { approach, distanceM }: Detector,
  beforeMs: Milliseconds,
  before: SeenVehicles,
  { timeMs, vehicles }: Observation,
): Milliseconds | null {
  if (vehicles === null || timeMs - beforeMs !== 1000 || vehicles.blind[approach] === 1) return null;
  const last = before.laneStart[approach]! + countGone(approach, before, vehicles) - 1;
  if (last < before.laneStart[approach]!) return null;
  const leftM = before.toEndM[last]! + LENGTH_OF_KIND[before.kind[last]!]! - distanceM;
  return leftM <= 0 ? null : Math.min(timeMs, beforeMs + (1000 * leftM) / Math.max(1, before.speedMps[last]!));
}

function countIn(picture: SeenVehicles, { lane, lengthM }: Stretch, onlyHalted: boolean): number {
  let count = 0;
  for (let i = picture.laneStart[lane]!; i < picture.laneStart[lane + 1]! && picture.toEndM[i]! <= lengthM; i++) {
    if (!onlyHalted || picture.speedMps[i]! < HALTED_MPS) count++;
  }
  return count;
}
