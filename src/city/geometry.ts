import type { Polyline } from './city.ts';

/** True when (x, y) lies inside the polygon (even-odd rule; the closing edge is implied). */
export function isInside(polygon: Polyline, x: number, y: number): boolean {
  let inside = false;
  const n = polygon.length;
  for (let i = 0, j = n - 2; i + 1 < n; j = i, i += 2) {
    const xi = polygon[i] ?? 0;
    const yi = polygon[i + 1] ?? 0;
    const xj = polygon[j] ?? 0;
    const yj = polygon[j + 1] ?? 0;
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Length of a polyline in metres. */
export function measureLength(shape: Polyline): number {
  let length = 0;
  for (let i = 2; i + 1 < shape.length; i += 2) {
    length += Math.hypot((shape[i] ?? 0) - (shape[i - 2] ?? 0), (shape[i + 1] ?? 0) - (shape[i - 1] ?? 0));
  }
  return length;
}
