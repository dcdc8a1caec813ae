import Flatbush from 'flatbush';
import type { Metres } from '../units/units.ts';
import type { City, Polyline } from './city.ts';

/** A lane near a point: how far, and where along the lane's shape the nearest place lies. */
export interface NearLane {
  /** Lane index. */
  readonly lane: number;
  readonly distanceM: Metres;
  /** From the start of the lane, scaled from its shape to its length. */
  readonly posM: Metres;
}

/** Finds lanes near a point; built once per city. */
export class LaneIndex {
  private readonly city: City;
  private readonly boxes: Flatbush | null;

  constructor(city: City) {
    this.city = city;
    if (city.lanes.length === 0) {
      this.boxes = null;
      return;
    }
    this.boxes = new Flatbush(city.lanes.length);
    for (const { shape } of city.lanes) {
      let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let i = 0; i + 1 < shape.length; i += 2) {
        minX = Math.min(minX, shape[i]!);
        maxX = Math.max(maxX, shape[i]!);
        minY = Math.min(minY, shape[i + 1]!);
        maxY = Math.max(maxY, shape[i + 1]!);
      }
      this.boxes.add(minX, minY, maxX, maxY);
    }
    this.boxes.finish();
  }

  /** Lanes whose middle line passes within `radiusM` of (x, y), nearest first; equal distances by lane index. */
  listNear(x: number, y: number, radiusM: Metres): NearLane[] {
    if (this.boxes === null) return [];
    const found: NearLane[] = [];
    for (const lane of this.boxes.search(x - radiusM, y - radiusM, x + radiusM, y + radiusM)) {
      const { shape, lengthM } = this.city.lanes[lane]!;
      const { distanceM, share } = projectOnto(shape, x, y);
      if (distanceM <= radiusM) found.push({ lane, distanceM, posM: share * lengthM });
    }
    return found.sort((a, b) => a.distanceM - b.distanceM || a.lane - b.lane);
  }
}

/** The place of a polyline nearest to (x, y): its distance, and its share of the polyline's length, 0 to 1. */
function projectOnto(shape: Polyline, x: number, y: number): { distanceM: Metres; share: number } {
  let best = Infinity;
  let bestAlong = 0;
  let along = 0;
  for (let i = 0; i + 3 < shape.length; i += 2) {
    const [x0, y0] = [shape[i]!, shape[i + 1]!];
    const [dx, dy] = [shape[i + 2]! - x0, shape[i + 3]! - y0];
    const squared = dx * dx + dy * dy;
    const t = squared === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / squared));
    const distance = Math.hypot(x0 + t * dx - x, y0 + t * dy - y);
    const length = Math.sqrt(squared);
    if (distance < best) {
      best = distance;
      bestAlong = along + t * length;
    }
    along += length;
  }
  return { distanceM: best, share: along === 0 ? 0 : bestAlong / along };
}
