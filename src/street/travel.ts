import type { City } from '../city/city.ts';
import type { Frame } from '../city/frame.ts';
import type { Metres } from '../units/units.ts';

/** Segments a vehicle may cross in one step; more means that the slot has a new vehicle. */
const MAX_HOPS = 7;

/** A vehicle's front went from `fromM` (lane's axis, may be negative or past its end) on by `travelledM` in the step. */
export type Passage = (lane: number, fromM: Metres, travelledM: Metres, lengthM: Metres) => void;

/**
 * Follows vehicles from one frame to the next, across lanes and junctions, and tells what each did on the lanes of
 * interest, also on the last one of them that its rear has not left yet. A lane change counts as having been on the new
 * lane all along.
 */
export class TravelTracker {
  readonly #city: City;
  readonly #isOfInterest: (lane: number) => boolean;
  #step = 0;
  /** By slot: frame number it was last seen in (0 = never), where, and the lane of interest behind it (-1 = none). */
  #seenAt = new Uint32Array(0);
  #segment = new Int32Array(0);
  #posM = new Float64Array(0);
  #tailLane = new Int32Array(0);
  /** Where the current segment starts on the tail lane's axis. */
  #tailAtM = new Float64Array(0);
  readonly #hops = new Int32Array(MAX_HOPS);

  constructor(city: City, isOfInterest: (lane: number) => boolean) {
    this.#city = city;
    this.#isOfInterest = isOfInterest;
  }

  /** `follows` is false when the frame before is too old to join: every vehicle then counts as just appeared. */
  follow(frame: Frame, follows: boolean, passage: Passage): void {
    this.#step++;
    for (let i = 0; i < frame.count; i++) {
      const slot = frame.slot[i]!;
      if (slot >= this.#seenAt.length) this.#grow(slot + 1);
      const hops =
        follows && this.#seenAt[slot] === this.#step - 1 ? this.#findHops(this.#segment[slot]!, frame.segment[i]!) : 0;
      if (hops === 0 || !this.#pass(slot, hops, frame.posM[i]!, frame.lengthM[i]!, passage)) {
        this.#appear(slot, frame.segment[i]!, frame.posM[i]!, frame.lengthM[i]!, passage);
      }
      this.#seenAt[slot] = this.#step;
      this.#segment[slot] = frame.segment[i]!;
      this.#posM[slot] = frame.posM[i]!;
    }
  }

  #appear(slot: number, segment: number, posM: Metres, lengthM: Metres, passage: Passage): void {
    this.#tailLane[slot] = -1;
    if (segment < this.#city.lanes.length) passage(segment, posM, 0, lengthM);
  }

  /** False when the vehicle would have gone backwards: another one in the same slot. */
  #pass(slot: number, hops: number, posM: Metres, lengthM: Metres, passage: Passage): boolean {
    const fromM = this.#posM[slot]!;
    let crossedM = 0;
    for (let k = 0; k < hops - 1; k++) crossedM += this.#lengthOf(this.#hops[k]!);
    const travelledM = crossedM + posM - fromM;
    if (travelledM < -1) return false;
    const movedM = Math.max(0, travelledM);
    let tail = this.#tailLane[slot]!;
    let tailAtM = this.#tailAtM[slot]!;
    if (tail >= 0) {
      passage(tail, tailAtM + fromM, movedM, lengthM);
      tailAtM += crossedM;
    }
    let atM = 0;
    for (let k = 0; k < hops; k++) {
      const segment = this.#hops[k]!;
      if (segment < this.#city.lanes.length && this.#isOfInterest(segment)) {
        passage(segment, fromM - atM, movedM, lengthM);
        if (k < hops - 1) {
          tail = segment;
          tailAtM = crossedM - atM;
        }
      }
      atM += this.#lengthOf(segment);
    }
    const left = tail >= 0 && tailAtM + posM - lengthM > this.#lengthOf(tail);
    this.#tailLane[slot] = left ? -1 : tail;
    this.#tailAtM[slot] = tailAtM;
    return true;
  }

  #lengthOf(segment: number): Metres {
    const lanes = this.#city.lanes;
    return segment < lanes.length ? lanes[segment]!.lengthM : this.#city.movements[segment - lanes.length]!.lengthM;
  }

  /** Writes the segments from `before` to `now` into #hops and gives their number; 0 when no short way leads there. */
  #findHops(before: number, now: number): number {
    for (let depth = 1; depth <= MAX_HOPS; depth++) {
      if (this.#walkBack(before, now, depth)) return depth;
    }
    return 0;
  }

  #walkBack(before: number, segment: number, depth: number): boolean {
    this.#hops[depth - 1] = segment;
    if (depth === 1) return this.#isBeside(before, segment);
    const lanes = this.#city.lanes;
    if (segment >= lanes.length) {
      return this.#walkBack(before, this.#city.movements[segment - lanes.length]!.fromLane, depth - 1);
    }
    for (const movement of lanes[segment]!.in) {
      if (this.#walkBack(before, lanes.length + movement, depth - 1)) return true;
    }
    return false;
  }

  #isBeside(before: number, segment: number): boolean {
    const lanes = this.#city.lanes;
    if (before === segment) return true;
    return before < lanes.length && segment < lanes.length && lanes[before]!.road === lanes[segment]!.road;
  }

  #grow(slots: number): void {
    const size = Math.max(slots, this.#seenAt.length * 2, 256);
    const grow = <T extends Uint32Array | Int32Array | Float64Array>(old: T, fresh: T): T => {
      fresh.set(old);
      return fresh;
    };
    this.#seenAt = grow(this.#seenAt, new Uint32Array(size));
    this.#segment = grow(this.#segment, new Int32Array(size));
    this.#posM = grow(this.#posM, new Float64Array(size));
    this.#tailLane = grow(this.#tailLane, new Int32Array(size).fill(-1));
    this.#tailAtM = grow(this.#tailAtM, new Float64Array(size));
  }
}
