import type { City } from '../city/city.ts';
import type { Frame } from '../city/frame.ts';
import type { Milliseconds } from '../units/units.ts';
import type { Standing } from './result.ts';

/** Twice the longest red: nobody waits this long at a signal that obeys the rules, unless the network is locked. */
export const LOCKED_AFTER_S = 600;
const STILL_BELOW_MPS = 0.1;

/** Watches how long each vehicle has stood still, to name a locked network at the end of a run. */
export class StandingWatch {
  #stillSinceMs = new Float64Array(256);
  #seenMs = new Float64Array(256).fill(-1);
  #lastMs: Milliseconds = -1;

  observe(frame: Frame): void {
    for (let i = 0; i < frame.count; i++) {
      const slot = frame.slot[i] ?? 0;
      if (slot >= this.#seenMs.length) this.#grow(slot);
      const isNew = this.#seenMs[slot] !== this.#lastMs;
      if (isNew || (frame.speedMps[i] ?? 0) >= STILL_BELOW_MPS) this.#stillSinceMs[slot] = frame.timeMs;
      this.#seenMs[slot] = frame.timeMs;
    }
    this.#lastMs = frame.timeMs;
  }

  /** Vehicles of the last frame that have stood still for LOCKED_AFTER_S or longer, longest first. */
  list(city: City, frame: Frame): Standing[] {
    const standing: Standing[] = [];
    for (let i = 0; i < frame.count; i++) {
      const stillS = (frame.timeMs - (this.#stillSinceMs[frame.slot[i] ?? 0] ?? frame.timeMs)) / 1000;
      if (stillS >= LOCKED_AFTER_S) standing.push({ road: nameSegment(city, frame.segment[i] ?? 0), stillS });
    }
    return standing.sort((a, b) => b.stillS - a.stillS);
  }

  #grow(slot: number): void {
    const size = Math.max(slot + 1, this.#seenMs.length * 2);
    const stillSince = new Float64Array(size);
    const seen = new Float64Array(size).fill(-1);
    stillSince.set(this.#stillSinceMs);
    seen.set(this.#seenMs);
    this.#stillSinceMs = stillSince;
    this.#seenMs = seen;
  }
}

function nameSegment(city: City, segment: number): string {
  const lane = city.lanes[segment];
  if (lane) return city.roads[lane.road]?.id ?? lane.id;
  const movement = city.movements[segment - city.lanes.length];
  return movement ? `junction ${city.junctions[movement.junction]?.id ?? ''}` : '';
}
