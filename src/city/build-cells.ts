import { type Point, pointOf } from './build-line.ts';
import type { Polyline } from './city.ts';

/** The part of a polygon nearer to `a` than to `b` (Sutherland and Hodgman against the line between them). */
export function keepNearer(shape: Polyline, a: Point, b: Point): number[] {
  const nx = b.x - a.x;
  const ny = b.y - a.y;
  const limit = nx * (a.x + b.x) * 0.5 + ny * (a.y + b.y) * 0.5;
  const over = (p: Point) => p.x * nx + p.y * ny - limit;
  const kept: number[] = [];
  const n = shape.length / 2;
  for (let i = 0; i < n; i++) {
    const p = pointOf(shape, i);
    const q = pointOf(shape, (i + 1) % n);
    const dp = over(p);
    const dq = over(q);
    if (dp <= 0) kept.push(p.x, p.y);
    if (dp <= 0 !== dq <= 0) {
      const t = dp / (dp - dq);
      kept.push(p.x + (q.x - p.x) * t, p.y + (q.y - p.y) * t);
    }
  }
  return kept;
}
