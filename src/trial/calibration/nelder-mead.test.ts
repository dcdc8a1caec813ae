import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { searchSimplex } from './nelder-mead.ts';

const options = { most: 300, edge: 0.25, tolerance: 0.001 };
const place = fc.double({ min: -0.9, max: 0.9, noNaN: true });

describe('searchSimplex', () => {
  it('finds the bottom of a bowl wherever it lies in the cube', async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(place, place, place), async (bottom) => {
        const bowl = async (at: readonly number[]) =>
          at.reduce((sum, value, i) => sum + (i + 1) * (value - (bottom[i] ?? 0)) ** 2, 0);
        const { at } = await searchSimplex(bowl, { ...options, dimensions: 3 });
        for (const [i, value] of bottom.entries()) expect(Math.abs((at[i] ?? 9) - value)).toBeLessThan(0.03);
      }),
      { numRuns: 300 },
    );
  });

  it('stays inside the cube, keeps to its number of tries, and replays', async () => {
    const visited: number[][] = [];
    const slope = async (at: readonly number[]) => {
      visited.push([...at]);
      return (at[0] ?? 0) - (at[1] ?? 0);
    };
    const first = await searchSimplex(slope, { ...options, most: 40, dimensions: 2 });
    expect(first.at).toEqual([-1, 1]);
    expect(visited.length).toBeLessThanOrEqual(42);
    expect(Math.max(...visited.flat().map(Math.abs))).toBeLessThanOrEqual(1);
    expect(await searchSimplex(slope, { ...options, most: 40, dimensions: 2 })).toEqual(first);
  });
});
