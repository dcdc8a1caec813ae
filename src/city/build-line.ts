import type { Metres } from '../units/units.ts';
import type { Polyline } from './city.ts';
import { measureLength } from './geometry.ts';

/** Plane geometry the network builder needs: lines as [x0, y0, x1, y1, ...] in metres. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export function pointOf(line: Polyline, index: number): Point {
  const x = line[2 * index];
  const y = line[2 * index + 1];
  if (x === undefined || y === undefined)
    throw new RangeError(`line of ${line.length / 2} points has no point ${index}`);
  return { x, y };
}

/** The piece of a line between two distances from its start; both are cut to the line. */
export function partOf(line: Polyline, fromM: Metres, toM: Metres): number[] {
  const part: number[] = [];
  let at = 0;
  for (let i = 2; i + 1 < line.length; i += 2) {
    const x0 = line[i - 2]!;
    const y0 = line[i - 1]!;
    const x1 = line[i]!;
    const y1 = line[i + 1]!;
    const step = Math.hypot(x1 - x0, y1 - y0);
    if (step === 0) continue;
    const last = i + 3 >= line.length;
    const begin = Math.max(fromM, at);
    const end = Math.min(toM, at + step);
    if (part.length === 0 && (begin < at + step || last)) {
      const f = Math.min(1, (begin - at) / step);
      part.push(x0 + (x1 - x0) * f, y0 + (y1 - y0) * f);
    }
    if (part.length > 0 && end > begin) {
      const f = (end - at) / step;
      part.push(x0 + (x1 - x0) * f, y0 + (y1 - y0) * f);
    }
    at += step;
  }
  return part;
}

/** Unit direction in which a line leaves its start (`atEnd` false) or arrives at its end, over its last `overM` metres. */
export function directionOf(line: Polyline, atEnd: boolean, overM: Metres = 12): Point {
  const length = measureLength(line);
  const reach = Math.min(overM, length);
  const piece = atEnd ? partOf(line, length - reach, length) : partOf(line, 0, reach);
  const a = pointOf(piece, 0);
  const b = pointOf(piece, piece.length / 2 - 1);
  const d = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  return { x: (b.x - a.x) / d, y: (b.y - a.y) / d };
}

/** The line moved sideways, to the right of its own direction when `rightM` is positive; corners are mitred. */
export function besideOf(line: Polyline, rightM: Metres): number[] {
  const n = line.length / 2;
  const beside: number[] = [];
  for (let i = 0; i < n; i++) {
    const p = pointOf(line, i);
    const before = i > 0 ? pointOf(line, i - 1) : null;
    const after = i + 1 < n ? pointOf(line, i + 1) : null;
    const inDir = before ? unit(before, p) : after ? unit(p, after) : { x: 1, y: 0 };
    const outDir = after ? unit(p, after) : inDir;
    const sx = inDir.x + outDir.x;
    const sy = inDir.y + outDir.y;
    const norm = Math.hypot(sx, sy) || 1;
    const cosHalf = norm / 2;
    const mitre = rightM / Math.max(cosHalf, 0.4);
    beside.push(p.x + (sy / norm) * mitre, p.y - (sx / norm) * mitre);
  }
  return beside;
}

function unit(a: Point, b: Point): Point {
  const d = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  return { x: (b.x - a.x) / d, y: (b.y - a.y) / d };
}

/** Signed angle in radians from direction a to direction b, left positive, in (-pi, pi]. */
export function turnBetween(a: Point, b: Point): number {
  return Math.atan2(a.x * b.y - a.y * b.x, a.x * b.x + a.y * b.y);
}

/**
 * A smooth path from a (leaving along `aDir`) to b (arriving along `bDir`): the cubic that comes nearest a circular arc
 * of the same turn, sampled.
 */
export function curveBetween(a: Point, aDir: Point, b: Point, bDir: Point, pieces: number): number[] {
  const chord = Math.hypot(b.x - a.x, b.y - a.y);
  const quarter = Math.cos(Math.abs(turnBetween(aDir, bDir)) / 4);
  const handle = chord / (3 * quarter * quarter);
  const path: number[] = [];
  for (let i = 0; i <= pieces; i++) {
    const t = i / pieces;
    const s = 1 - t;
    const w0 = s * s * s;
    const w1 = 3 * s * s * t;
    const w2 = 3 * s * t * t;
    const w3 = t * t * t;
    path.push(
      w0 * a.x + w1 * (a.x + aDir.x * handle) + w2 * (b.x - bDir.x * handle) + w3 * b.x,
      w0 * a.y + w1 * (a.y + aDir.y * handle) + w2 * (b.y - bDir.y * handle) + w3 * b.y,
    );
  }
  return path;
}

/** Distance along `a` of its first crossing with `b`, or -1 when they do not cross. */
export function crossingOf(a: Polyline, b: Polyline): Metres {
  let at = 0;
  for (let i = 2; i + 1 < a.length; i += 2) {
    const ax = a[i - 2]!;
    const ay = a[i - 1]!;
    const rx = a[i]! - ax;
    const ry = a[i + 1]! - ay;
    let first = Number.POSITIVE_INFINITY;
    for (let j = 2; j + 1 < b.length; j += 2) {
      const bx = b[j - 2]!;
      const by = b[j - 1]!;
      const sx = b[j]! - bx;
      const sy = b[j + 1]! - by;
      const cross = rx * sy - ry * sx;
      if (cross === 0) continue;
      const t = ((bx - ax) * sy - (by - ay) * sx) / cross;
      const u = ((bx - ax) * ry - (by - ay) * rx) / cross;
      if (t >= 0 && t <= 1 && u >= 0 && u <= 1 && t < first) first = t;
    }
    const step = Math.hypot(rx, ry);
    if (first <= 1) return at + step * first;
    at += step;
  }
  return -1;
}

/** Coordinates rounded to the centimetre, so that a city's hash does not hang on the last bits of a sine. */
export function rounded(line: Polyline): number[] {
  return line.map((v) => Math.round(v * 100) / 100);
}

/** The convex outline of points, counter-clockwise, as a line; fewer than three points as they are (Andrew, 1979). */
export function hullOf(points: readonly Point[]): number[] {
  const sorted = [...points].sort((p, q) => p.x - q.x || p.y - q.y);
  const half = (list: readonly Point[]): Point[] => {
    const chain: Point[] = [];
    for (const p of list) {
      while (chain.length > 1) {
        const [a, b] = [chain[chain.length - 2]!, chain[chain.length - 1]!];
        if ((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x) > 0) break;
        chain.pop();
      }
      chain.push(p);
    }
    return chain.slice(0, -1);
  };
  return (sorted.length < 3 ? sorted : [...half(sorted), ...half(sorted.reverse())]).flatMap(({ x, y }) => [x, y]);
}
