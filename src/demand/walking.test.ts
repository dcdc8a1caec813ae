import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { City } from '../city/city.ts';
import { openFile } from '../field/files.ts';
import { readSumoNet } from '../read/sumo/read.ts';
import { WalkRouter } from './walking.ts';

const QUARTER = fileURLToPath(new URL('../../fixtures/quarter/quarter.net.xml', import.meta.url));
const { city } = await readSumoNet(openFile(QUARTER), { name: 'quarter' });
const router = new WalkRouter(city);
const roadOf = (id: string) => city.roads.findIndex((road) => road.id === id);

function metresOf(way: ReturnType<WalkRouter['findWay']>): number {
  const sum = (list: readonly number[]) => list.reduce((total, value) => total + value, 0);
  return way === null ? -1 : sum(way.betweenM) + sum(way.crossings.map((c) => city.crossings[c]?.lengthM ?? 0));
}

describe('WalkRouter', () => {
  it('walks straight along one sidewalk, either way', () => {
    const road = roadOf('a0-a1');
    expect(router.findWay({ road, atM: 20 }, { road, atM: 70 })).toEqual({
      crossings: [],
      directions: [],
      betweenM: [50],
    });
    expect(router.findWay({ road, atM: 70 }, { road, atM: 20 })).toEqual({
      crossings: [],
      directions: [],
      betweenM: [50],
    });
  });

  it('takes the crossing between two sidewalks', () => {
    const way = router.findWay({ road: roadOf('wa-a0'), atM: 100 }, { road: roadOf('a0-a1'), atM: 50 });
    expect(way?.crossings.map((c) => city.crossings[c]?.roads.map((road) => city.roads[road]?.id))).toEqual([
      ['a0-b0', 'b0-a0'],
    ]);
    const crossing = city.crossings[way?.crossings[0] ?? -1];
    const from = city.corners[crossing?.corners[way?.directions[0] ?? -1] ?? -1];
    expect(from?.sidewalks).toContain(city.roads[roadOf('wa-a0')]?.firstLane);
    expect(way?.betweenM).toHaveLength(2);
    const toCornerM = (city.roads[roadOf('wa-a0')]?.lengthM ?? 0) - 100;
    expect(way?.betweenM[0]).toBeGreaterThan(toCornerM);
    expect(way?.betweenM[0]).toBeLessThan(toCornerM + 10);
  });

  it('finds nothing on roads without a sidewalk', () => {
    const bare = new WalkRouter({ ...city, corners: [], crossings: [] } satisfies City);
    expect(bare.hasSidewalk(0)).toBe(false);
    expect(bare.findWay({ road: 0, atM: 0 }, { road: 1, atM: 0 })).toBeNull();
  });

  it('finds ways as long there as back, of parts that are not negative', () => {
    const end = fc.record({
      road: fc.nat({ max: city.roads.length - 1 }),
      atM: fc.double({ min: 0, max: 60, noNaN: true }),
    });
    fc.assert(
      fc.property(end, end, (from, to) => {
        const there = router.findWay(from, to);
        expect(there).not.toBeNull();
        expect(Math.min(...(there?.betweenM ?? [-1]))).toBeGreaterThanOrEqual(-1e-9);
        expect(there?.betweenM).toHaveLength((there?.crossings.length ?? 0) + 1);
        expect(metresOf(router.findWay(to, from))).toBeCloseTo(metresOf(there), 6);
      }),
    );
  });
});
