import type { City } from '../city/city.ts';
import { isGreen } from '../city/greens.ts';
import type { Metres, Milliseconds } from '../units/units.ts';
import type { Observation, SeenVehicles } from './observation.ts';

/** Seconds of departures remembered: the longest way that counts, 150 m, at walking pace of a jam is not seen anyway. */
const MEMORY_S = 16;
/** A vehicle may be this much further on than its speed says and still be the same one. */
const SLACK_M: Metres = 1;
/** Further than its speed says a vehicle may get in a second by accelerating. */
const SPEED_UP_M: Metres = 3;

interface Feeder {
  readonly lane: number;
  /** Index into `loops` of its stop-line loop. */
  readonly loop: number;
  readonly movements: readonly number[];
}

/**
 * Vehicles on exit lanes that no sensor covers, from what crosses the stop lines before them: who has left for a lane
 * counts on it for its free-flow travel time. A lane with several green movements shares its departures among them.
 */
export class Departures {
  readonly #city: City;
  readonly #feeders: readonly Feeder[];
  /** Estimated arrivals on each unseen exit lane by second, as a ring. */
  readonly #arrivals = new Map<number, Float32Array>();
  #before: Observation | null = null;
  #nowMs: Milliseconds = 0;

  /** `stopLines` gives the stop-line loop of each approach lane; `isSeen` tells the lanes that answer for themselves. */
  constructor(city: City, stopLines: ReadonlyMap<number, number>, isSeen: (lane: number) => boolean) {
    this.#city = city;
    const feeders: Feeder[] = [];
    for (const [lane, loop] of stopLines) {
      const movements = city.lanes[lane]!.out.filter((index) => city.movements[index]!.signal >= 0);
      const unseen = movements.map((index) => city.movements[index]!.toLane).filter((exit) => !isSeen(exit));
      for (const exit of unseen) this.#arrivals.set(exit, new Float32Array(MEMORY_S));
      if (unseen.length > 0) feeders.push({ lane, loop, movements });
    }
    this.#feeders = feeders;
  }

  observe(now: Observation): void {
    const before = this.#before;
    const second = Math.floor(now.timeMs / 1000);
    const elapsed = before === null ? MEMORY_S : second - Math.floor(before.timeMs / 1000);
    this.#before = now;
    this.#nowMs = now.timeMs;
    for (const ring of this.#arrivals.values()) {
      if (elapsed < 0 || elapsed >= MEMORY_S) ring.fill(0);
      else for (let ago = 0; ago < elapsed; ago++) ring[slotOf(second - ago)] = 0;
    }
    if (before === null || elapsed !== 1) return;
    for (const { lane, loop, movements } of this.#feeders) {
      const left = countLeft(lane, loop, before, now);
      if (left === 0) continue;
      const open = movements.filter((index) => {
        const { signal, link } = this.#city.movements[index]!;
        return isGreen(before.signals[signal]?.charAt(link) ?? '');
      });
      const used = open.length > 0 ? open : movements;
      for (const index of used) {
        const ring = this.#arrivals.get(this.#city.movements[index]!.toLane);
        if (ring !== undefined) ring[slotOf(second)]! += left / used.length;
      }
    }
  }

  /** Estimated vehicles on an unseen exit lane, counting at most `distanceM` of it; 0 for any other lane. */
  countWithin(lane: number, distanceM: Metres): number {
    const ring = this.#arrivals.get(lane);
    if (ring === undefined) return 0;
    const { lengthM, speedMps } = this.#city.lanes[lane]!;
    const seconds = Math.min(MEMORY_S, Math.ceil(Math.min(lengthM, distanceM) / Math.max(1, speedMps)));
    const now = Math.floor(this.#nowMs / 1000);
    let vehicles = 0;
    for (let ago = 0; ago < seconds; ago++) vehicles += ring[slotOf(now - ago)]!;
    return vehicles;
  }
}

function slotOf(second: number): number {
  return ((second % MEMORY_S) + MEMORY_S) % MEMORY_S;
}

/** Vehicles that crossed the stop line of a lane between two observations one second apart. */
function countLeft(lane: number, loop: number, before: Observation, now: Observation): number {
  if (now.loops !== null && before.loops !== null) {
    return now.loops.rises[loop]! + before.loops.occupied[loop]! - now.loops.occupied[loop]!;
  }
  if (now.vehicles === null || before.vehicles === null) return 0;
  return now.vehicles.blind[lane] === 1 ? 0 : countGone(lane, before.vehicles, now.vehicles);
}

/**
 * Vehicles that left a lane over its end within a second: those nearer to it than the now nearest one was, told by its
 * speed, and near enough to have reached it (others changed lanes).
 */
export function countGone(lane: number, before: SeenVehicles, now: SeenVehicles): number {
  const first = now.laneStart[lane]!;
  const wasAtM =
    first < now.laneStart[lane + 1]! ? now.toEndM[first]! + now.speedMps[first]! - SLACK_M : Number.POSITIVE_INFINITY;
  let gone = 0;
  for (let i = before.laneStart[lane]!; i < before.laneStart[lane + 1]!; i++) {
    if (before.toEndM[i]! >= Math.min(wasAtM, before.speedMps[i]! + SPEED_UP_M)) break;
    gone++;
  }
  return gone;
}
