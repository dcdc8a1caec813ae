import type { City } from '../city/city.ts';
import type { Frame } from '../city/frame.ts';
import type { Milliseconds, Seconds } from '../units/units.ts';
import type { Standing } from './result.ts';

/** Twice the longest red: nobody waits this long at a signal that obeys the rules, unless the network is locked. */
export const LOCKED_AFTER_S = 600;
const STILL_BELOW_MPS = 0.1;

/** Watches how long vehicles stand still: the longest wait at one signal, and a network that is locked at the end of a run. */
export class StandingWatch {
  readonly #city: City;
  /** By segment: the road one is on, or comes from inside a junction. */
  readonly #roadOf: Int32Array;
  /** By road: it ends at a signal. */
  readonly #endsAtSignal: Uint8Array;
  #stillSinceMs = new Float64Array(256);
  #seenMs = new Float64Array(256).fill(-1);
  /** By slot: the road it was seen on last, and how long it has stood in all since it passed its last signal. */
  #road = new Int32Array(256);
  #waitedMs = new Float64Array(256);
  #lastMs: Milliseconds = Number.NaN;
  #longestMs: Milliseconds = 0;

  constructor(city: City) {
    this.#city = city;
    const { lanes, movements, roads } = city;
    this.#roadOf = Int32Array.from([
      ...lanes.map(({ road }) => road),
      ...movements.map(({ fromLane }) => lanes[fromLane]?.road ?? -1),
    ]);
    this.#endsAtSignal = new Uint8Array(roads.length);
    for (const { signal, fromLane } of movements) if (signal >= 0) this.#endsAtSignal[lanes[fromLane]?.road ?? -1] = 1;
  }

  /** The longest that a vehicle stood in all between two signals (or before its first, once inserted). */
  get longestWaitS(): Seconds {
    return this.#longestMs / 1000;
  }

  observe(frame: Frame): void {
    const passedMs = frame.timeMs - this.#lastMs;
    for (let i = 0; i < frame.count; i++) {
      const slot = frame.slot[i] ?? 0;
      if (slot >= this.#seenMs.length) this.#grow(slot);
      const road = this.#roadOf[frame.segment[i] ?? 0] ?? -1;
      const before = this.#road[slot] ?? -1;
      const isNew = this.#seenMs[slot] !== this.#lastMs;
      const isStill = (frame.speedMps[i] ?? 0) < STILL_BELOW_MPS;
      if (isNew || !isStill) this.#stillSinceMs[slot] = frame.timeMs;
      if (isNew || (road !== before && this.#endsAtSignal[before] === 1)) this.#waitedMs[slot] = 0;
      else if (isStill) this.#waitedMs[slot] = (this.#waitedMs[slot] ?? 0) + passedMs;
      this.#longestMs = Math.max(this.#longestMs, this.#waitedMs[slot] ?? 0);
      this.#road[slot] = road;
      this.#seenMs[slot] = frame.timeMs;
    }
    this.#lastMs = frame.timeMs;
  }

  /** Vehicles of the last frame that have stood still for LOCKED_AFTER_S or longer, longest first. */
  list(frame: Frame): Standing[] {
    const standing: Standing[] = [];
    for (let i = 0; i < frame.count; i++) {
      const stillS = (frame.timeMs - (this.#stillSinceMs[frame.slot[i] ?? 0] ?? frame.timeMs)) / 1000;
      if (stillS >= LOCKED_AFTER_S) standing.push({ road: nameSegment(this.#city, frame.segment[i] ?? 0), stillS });
    }
    return standing.sort((a, b) => b.stillS - a.stillS);
  }

  #grow(slot: number): void {
    const size = Math.max(slot + 1, this.#seenMs.length * 2);
    const grow = <T extends Float64Array | Int32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#stillSinceMs = grow(this.#stillSinceMs, new Float64Array(size));
    this.#seenMs = grow(this.#seenMs, new Float64Array(size).fill(-1));
    this.#waitedMs = grow(this.#waitedMs, new Float64Array(size));
    this.#road = grow(this.#road, new Int32Array(size));
  }
}

function nameSegment(city: City, segment: number): string {
  const lane = city.lanes[segment];
  if (lane) return city.roads[lane.road]?.id ?? lane.id;
  const movement = city.movements[segment - city.lanes.length];
  return movement ? `junction ${city.junctions[movement.junction]?.id ?? ''}` : '';
}
