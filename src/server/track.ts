import type { City, Polyline } from '../city/city.ts';

/** Where on the ground a point of a segment lies. `angle` is the heading, radians counter-clockwise from east. */
export interface Place {
  x: number;
  y: number;
  angle: number;
}

/**
 * The shapes of all segments (lanes, then movements, as in `Frame`) in flat arrays, for finding thousands of places a
 * second. A shape longer or shorter than its segment's length is stretched to it, as SUMO draws it.
 */
export class Tracks {
  readonly #first: Uint32Array;
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  /** Distance of the point from its segment's start, in the segment's own metres. */
  readonly #at: Float64Array;
  readonly #angle: Float64Array;

  constructor(city: City) {
    const shapes: { shape: Polyline; lengthM: number }[] = city.lanes.map(({ shape, lengthM }) => ({ shape, lengthM }));
    for (const movement of city.movements) {
      const from = city.lanes[movement.fromLane]?.shape.slice(-2) ?? [0, 0];
      const to = city.lanes[movement.toLane]?.shape.slice(0, 2) ?? from;
      const shape = movement.shape.length >= 4 ? movement.shape : [...from, ...to];
      shapes.push({ shape, lengthM: movement.lengthM });
    }
    const points = shapes.reduce((sum, { shape }) => sum + shape.length / 2, 0);
    this.#first = new Uint32Array(shapes.length + 1);
    this.#x = new Float64Array(points);
    this.#y = new Float64Array(points);
    this.#at = new Float64Array(points);
    this.#angle = new Float64Array(points);
    let point = 0;
    shapes.forEach(({ shape, lengthM }, segment) => {
      this.#first[segment] = point;
      point = this.#lay(shape, lengthM, point);
    });
    this.#first[shapes.length] = point;
  }

  #lay(shape: Polyline, lengthM: number, first: number): number {
    const count = shape.length / 2;
    let drawn = 0;
    for (let i = 0; i < count; i++) {
      const x = shape[2 * i]!;
      const y = shape[2 * i + 1]!;
      const p = first + i;
      this.#x[p] = x;
      this.#y[p] = y;
      if (i > 0) {
        const dx = x - this.#x[p - 1]!;
        const dy = y - this.#y[p - 1]!;
        drawn += Math.hypot(dx, dy);
        this.#angle[p - 1] = dx === 0 && dy === 0 && i > 1 ? this.#angle[p - 2]! : Math.atan2(dy, dx);
        this.#angle[p] = this.#angle[p - 1]!;
      }
      this.#at[p] = drawn;
    }
    if (drawn > 0) for (let p = first; p < first + count; p++) this.#at[p]! *= lengthM / drawn;
    return first + count;
  }

  /** Finds the place `posM` from the start of a segment; beyond its ends the nearest end. */
  place(segment: number, posM: number, into: Place): Place {
    const first = this.#first[segment]!;
    const last = this.#first[segment + 1]! - 1;
    let p = first;
    while (p < last - 1 && this.#at[p + 1]! <= posM) p++;
    const next = Math.min(p + 1, last);
    const span = this.#at[next]! - this.#at[p]!;
    const share = span > 0 ? Math.min(1, Math.max(0, (posM - this.#at[p]!) / span)) : 0;
    into.x = this.#x[p]! + (this.#x[next]! - this.#x[p]!) * share;
    into.y = this.#y[p]! + (this.#y[next]! - this.#y[p]!) * share;
    into.angle = this.#angle[p]!;
    return into;
  }
}
