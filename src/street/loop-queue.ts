import type { City } from '../city/city.ts';
import type { Metres } from '../units/units.ts';
import type { LoopPlace, LoopReadings } from './observation.ts';

/** Space a queued vehicle takes, m (SUMO's default car of 5 m and its gap of 2.5 m). */
export const QUEUE_SPACE_M: Metres = 7.5;
/** A stop-line loop that has been on for so long carries a standing vehicle; off for so long, nobody waits there. */
const STANDING_MS = 2000;
const EMPTY_MS = 5000;
/** An advance loop on for so long: the queue has reached it. */
const REACHED_MS = 4000;
/** Seconds of arrivals remembered, to tell vehicles on their way from those in the queue. */
const MEMORY_S = 16;

interface Approach {
  readonly stopLine: number;
  readonly advance: number;
  /** From the advance loop to the stop line. */
  readonly storageM: Metres;
  readonly travelMs: number;
}

/**
 * Vehicles between advance and stop-line loop, by approach lane, from counts in less counts out. Counting drifts (lane
 * changes, missed vehicles), so occupancy corrects it: an empty stop line long after the last arrival means none, a
 * standing vehicle at least one, a queue on the advance loop a full lane.
 */
export class LoopQueues {
  readonly #approaches = new Map<number, Approach>();
  readonly #vehicles: Float32Array;
  /** Arrivals of the last MEMORY_S seconds by approach lane, as a ring. */
  readonly #arrivals: Uint8Array;
  readonly #wasOccupied: Uint8Array;
  #nowMs = 0;
  #readings: LoopReadings | null = null;

  constructor(city: City, loops: readonly LoopPlace[]) {
    this.#vehicles = new Float32Array(city.lanes.length);
    this.#arrivals = new Uint8Array(city.lanes.length * MEMORY_S);
    this.#wasOccupied = new Uint8Array(loops.length);
    for (let k = 0; k + 1 < loops.length; k += 2) {
      const stopLine = loops[k]!;
      const advance = loops[k + 1]!;
      const lane = city.lanes[stopLine.lane]!;
      const storageM = distanceToEnd(city, stopLine.lane, advance);
      const travelMs = (1000 * storageM) / Math.max(1, lane.speedMps);
      this.#approaches.set(stopLine.lane, { stopLine: k, advance: k + 1, storageM, travelMs });
    }
  }

  observe(nowMs: number, readings: LoopReadings): void {
    this.#nowMs = nowMs;
    this.#readings = readings;
    const second = Math.floor(nowMs / 1000) % MEMORY_S;
    for (const [lane, { stopLine, advance, storageM, travelMs }] of this.#approaches) {
      const arrived = readings.rises[advance]!;
      const left = readings.rises[stopLine]! + this.#wasOccupied[stopLine]! - readings.occupied[stopLine]!;
      this.#arrivals[lane * MEMORY_S + second] = arrived;
      let vehicles = Math.max(0, this.#vehicles[lane]! + arrived - left);
      const lastArrivalMs = nowMs - readings.lastOnMs[advance]!;
      if (readings.occupied[stopLine] === 1) {
        vehicles = Math.max(vehicles, 1);
        const reached = readings.occupied[advance] === 1 && lastArrivalMs >= REACHED_MS;
        if (reached) vehicles = Math.max(vehicles, storageM / QUEUE_SPACE_M);
      } else if (nowMs - readings.lastOffMs[stopLine]! >= EMPTY_MS && lastArrivalMs >= travelMs + EMPTY_MS) {
        vehicles = 0;
      }
      this.#vehicles[lane] = Math.min(vehicles, storageM / QUEUE_SPACE_M + 2);
    }
    this.#wasOccupied.set(readings.occupied);
  }

  /** Estimated vehicles on the last `distanceM` of the lane (evenly spread over its storage); 0 where no loops lie. */
  countWithin(lane: number, distanceM: Metres): number {
    const approach = this.#approaches.get(lane);
    if (approach === undefined) return 0;
    return this.#vehicles[lane]! * Math.min(1, distanceM / Math.max(1, approach.storageM));
  }

  /** Those of them that stand: none unless the stop line is held, and not those still on their way from the advance loop. */
  haltedWithin(lane: number, distanceM: Metres): number {
    const approach = this.#approaches.get(lane);
    const readings = this.#readings;
    if (approach === undefined || readings === null || readings.occupied[approach.stopLine] !== 1) return 0;
    if (this.#nowMs - readings.lastOnMs[approach.stopLine]! < STANDING_MS) return 0;
    const seconds = Math.min(MEMORY_S - 1, Math.round(approach.travelMs / 1000));
    let underWay = 0;
    for (let ago = 0; ago < seconds; ago++) {
      underWay += this.#arrivals[lane * MEMORY_S + ((Math.floor(this.#nowMs / 1000) - ago + MEMORY_S) % MEMORY_S)]!;
    }
    return Math.max(1, this.countWithin(lane, distanceM) - underWay);
  }

  /** Loop indices of an approach lane, or undefined. */
  findLoops(lane: number): { readonly stopLine: number; readonly advance: number } | undefined {
    return this.#approaches.get(lane);
  }
}

/** From the downstream edge of a loop to the end of `approach`, across the joints between (see `listLoops`). */
function distanceToEnd(city: City, approach: number, loop: LoopPlace): Metres {
  let distance = city.lanes[approach]!.lengthM - loop.toM;
  for (let lane = approach; lane !== loop.lane; ) {
    const movement = city.movements[city.lanes[lane]!.in[0]!]!;
    lane = movement.fromLane;
    distance += movement.lengthM + city.lanes[lane]!.lengthM;
  }
  return distance;
}
