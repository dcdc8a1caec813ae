import type { Movement, Polyline } from '../city/city.ts';

/** A path through a junction: a movement's, or a crossing's. */
type Path = Pick<Movement, 'shape' | 'lengthM'>;

/** Where two paths meet, in metres along each. */
export interface Meeting {
  readonly at: number;
  readonly foeAt: number;
}

/** Not Math.hypot: its last digit differs between engine versions, and places on paths are part of the state. */
export function distance(dx: number, dy: number): number {
  return Math.sqrt(dx * dx + dy * dy);
}

function lengthOf(shape: Polyline): number {
  let sum = 0;
  for (let i = 2; i + 1 < shape.length; i += 2) {
    sum += distance(shape[i]! - shape[i - 2]!, shape[i + 1]! - shape[i - 1]!);
  }
  return sum;
}

/** The drawn path may be shorter or longer than the declared length: distances are scaled to the latter. */
function scaleOf(path: Path): number {
  const drawn = lengthOf(path.shape);
  return drawn > 0 ? path.lengthM / drawn : 1;
}

/** First point where two paths cross, or null when they do not. */
export function crossing(a: Path, b: Path): Meeting | null {
  const p = a.shape;
  const q = b.shape;
  let along = 0;
  for (let i = 2; i + 1 < p.length; i += 2) {
    const px = p[i - 2]!;
    const py = p[i - 1]!;
    const rx = p[i]! - px;
    const ry = p[i + 1]! - py;
    const step = distance(rx, ry);
    let foeAlong = 0;
    for (let j = 2; j + 1 < q.length; j += 2) {
      const qx = q[j - 2]!;
      const qy = q[j - 1]!;
      const sx = q[j]! - qx;
      const sy = q[j + 1]! - qy;
      const foeStep = distance(sx, sy);
      const cross = rx * sy - ry * sx;
      if (cross !== 0) {
        const t = ((qx - px) * sy - (qy - py) * sx) / cross;
        const u = ((qx - px) * ry - (qy - py) * rx) / cross;
        if (t >= 0 && t <= 1 && u >= 0 && u <= 1) {
          return { at: (along + t * step) * scaleOf(a), foeAt: (foeAlong + u * foeStep) * scaleOf(b) };
        }
      }
      foeAlong += foeStep;
    }
    along += step;
  }
  return null;
}

function pointAt(shape: Polyline, along: number): [number, number] {
  let left = along;
  for (let i = 2; i + 1 < shape.length; i += 2) {
    const dx = shape[i]! - shape[i - 2]!;
    const dy = shape[i + 1]! - shape[i - 1]!;
    const step = distance(dx, dy);
    if (left <= step && step > 0) return [shape[i - 2]! + (dx * left) / step, shape[i - 1]! + (dy * left) / step];
    left -= step;
  }
  return [shape[shape.length - 2] ?? 0, shape[shape.length - 1] ?? 0];
}

/**
 * Where two paths that begin together come apart by `apart` metres, or, with `merging`, where two paths that end together
 * come as close as that. Sampled every half metre.
 */
export function separation(a: Path, b: Path, apart: number, merging: boolean): Meeting {
  const lengthA = lengthOf(a.shape);
  const lengthB = lengthOf(b.shape);
  const reach = Math.min(lengthA, lengthB);
  let d = 0;
  for (; d < reach; d += 0.5) {
    const [ax, ay] = pointAt(a.shape, merging ? lengthA - d : d);
    const [bx, by] = pointAt(b.shape, merging ? lengthB - d : d);
    if (distance(ax - bx, ay - by) >= apart) break;
  }
  d = Math.min(d, reach);
  return merging
    ? { at: (lengthA - d) * scaleOf(a), foeAt: (lengthB - d) * scaleOf(b) }
    : { at: d * scaleOf(a), foeAt: d * scaleOf(b) };
}
