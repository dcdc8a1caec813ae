import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCity } from '../field/load.ts';
import { LaneIndex } from './nearby.ts';

const { city } = await loadCity(fileURLToPath(new URL('../../fixtures/valid/cross', import.meta.url)));
const index = new LaneIndex(city);

function distanceTo(shape: readonly number[], x: number, y: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i + 3 < shape.length; i += 2) {
    for (let step = 0; step <= 2000; step++) {
      const t = step / 2000;
      const px = (shape[i] ?? 0) * (1 - t) + (shape[i + 2] ?? 0) * t;
      const py = (shape[i + 1] ?? 0) * (1 - t) + (shape[i + 3] ?? 0) * t;
      best = Math.min(best, Math.hypot(px - x, py - y));
    }
  }
  return best;
}

describe('LaneIndex', () => {
  it('finds the lane under a point and the place on it', () => {
    const lane = city.lanes.findIndex(({ id }) => id === 'north-in_0');
    const [near] = index.listNear(-4.8, 100, 1);
    expect(near?.lane).toBe(lane);
    expect(near?.distanceM).toBeCloseTo(0, 6);
    expect(near?.posM).toBeCloseTo(((150 - 100) / (150 - 7.2)) * (city.lanes[lane]?.lengthM ?? 0), 3);
  });

  it('agrees with a walk along every lane', () => {
    const coordinate = fc.double({ min: -200, max: 350, noNaN: true });
    fc.assert(
      fc.property(coordinate, coordinate, fc.double({ min: 1, max: 60, noNaN: true }), (x, y, radius) => {
        const found = new Map(index.listNear(x, y, radius).map((near) => [near.lane, near.distanceM]));
        city.lanes.forEach(({ shape }, lane) => {
          const distance = distanceTo(shape, x, y);
          if (Math.abs(distance - radius) < 0.2) return;
          expect(found.has(lane)).toBe(distance < radius);
          if (distance < radius) expect(found.get(lane)).toBeCloseTo(distance, 0);
        });
        const distances = [...found.values()];
        expect(distances).toEqual([...distances].sort((a, b) => a - b));
      }),
      { numRuns: 30 },
    );
  });

  it('finds nothing in a city without lanes', () => {
    expect(new LaneIndex({ ...city, lanes: [] }).listNear(0, 0, 100)).toEqual([]);
  });
});
