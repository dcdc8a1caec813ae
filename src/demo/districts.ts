import { type Point, pointOf, rounded } from '../city/build-line.ts';
import type { District, Polyline } from '../city/city.ts';
import { DISTRICTS } from './streets.ts';

/** District outlines: each bank shared out by nearness to the districts' middles. `limit` is half the map's size. */
export function drawDistricts(river: Polyline, limit: Point): District[] {
  const inside: number[] = [];
  for (let i = 0; i < river.length; i += 2)
    inside.push(Math.max(-limit.x, Math.min(limit.x, river[i]!)), river[i + 1]!);
  return DISTRICTS.map(({ id, name, nameZh, x, y, bank }) => {
    const edge = bank === 'north' ? limit.y : -limit.y;
    let shape: number[] = [...inside, limit.x, edge, -limit.x, edge];
    for (const other of DISTRICTS) {
      if (other.id === id || other.bank !== bank) continue;
      shape = keepNearer(shape, { x, y }, other);
    }
    return { id, name, nameZh: nameZh ?? name, shape: rounded(shape) };
  });
}

/** The part of a polygon nearer to `a` than to `b` (Sutherland and Hodgman against the line between them). */
function keepNearer(shape: readonly number[], a: Point, b: Point): number[] {
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
