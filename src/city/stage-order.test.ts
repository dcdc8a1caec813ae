import { describe, expect, it } from 'vitest';
import { dualRing, fixedOrder, stepTowards } from './stage-order.ts';

describe('stage orders', () => {
  it('in a fixed order the next stage alone may follow, and what is skippable may be left out', () => {
    expect(fixedOrder([0, 3, 6]).mayFollow).toEqual(
      new Map([
        [0, [3]],
        [3, [6]],
        [6, [0]],
      ]),
    );
    const { mayFollow } = fixedOrder([0, 2, 4, 6], [2, 6]);
    expect([...mayFollow]).toEqual([
      [0, [2, 4]],
      [2, [4]],
      [4, [6, 0]],
      [6, [0]],
    ]);
  });

  /** NEMA's usual eight: lefts 1 and 5, throughs 2 and 6 on the main street; 3 and 7, 4 and 8 across. */
  const EIGHT = [0, 1].flatMap((side) =>
    [0, 1].flatMap((a) =>
      [0, 1].map((b) => ({ stage: 10 * side + 2 * a + b, places: [a, b] as [number, number], side })),
    ),
  );

  it('in a dual ring no ring goes back on its side of the barrier, and both cross it together', () => {
    const { mayFollow, round } = dualRing(EIGHT);
    expect(mayFollow.get(0)).toEqual([1, 2, 3, 10, 11, 12, 13]);
    expect(mayFollow.get(1)).toEqual([3, 10, 11, 12, 13]);
    expect(mayFollow.get(2)).toEqual([3, 10, 11, 12, 13]);
    expect(mayFollow.get(3)).toEqual([10, 11, 12, 13]);
    expect(round).toEqual([0, 1, 3, 10, 11, 13]);
    round.forEach((stage, k) => {
      expect(mayFollow.get(stage)).toContain(round[(k + 1) % round.length]);
    });
    expect(() => dualRing(EIGHT.slice(0, 4))).toThrow('all 4 stages are on one side');
    expect(() => dualRing([...EIGHT, { stage: 99, places: [0, 0], side: 1 }])).toThrow('show the same of both rings');
  });

  it('lead on the shortest allowed way', () => {
    const order = fixedOrder([0, 2, 4, 6]);
    expect([2, 4, 6].map((to) => stepTowards(order, 0, to))).toEqual([2, 2, 2]);
    expect(stepTowards(fixedOrder([0, 2, 4, 6], [2]), 0, 6)).toBe(4);
    expect(stepTowards(order, 0, 0)).toBe(0);
    expect(stepTowards(order, 0, 7)).toBe(0);
    expect(stepTowards(null, 0, 6)).toBe(6);
  });
});
