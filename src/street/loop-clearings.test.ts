import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoopClearings } from './loop-clearings.ts';

/** Seconds of a lane whose queue clears in every green, and `left` vehicles in a cycle of 60 s. */
function clearEach(clearings: LoopClearings, left: number, seconds: number): void {
  for (let s = 0; s < seconds; s++) clearings.note(0, s % 60 < left ? 1 : 0, s % 60 === 30, s % 60 > left + 3);
}

describe('flow that a stop-line loop tells', () => {
  it('is what leaves, where each green clears the queue', () => {
    const clearings = new LoopClearings(1);
    clearEach(clearings, 12, 3600);
    expect(clearings.flowOf(0)).toBeGreaterThan(0.15);
    expect(clearings.flowOf(0)).toBeLessThan(0.25);
  });

  it('grows while greens end before the queue does, and is what it was once one clears it', () => {
    const clearings = new LoopClearings(1);
    clearEach(clearings, 12, 3600);
    const before = clearings.flowOf(0);
    for (let green = 0; green < 3; green++)
      for (let s = 0; s < 60; s++) clearings.note(0, s < 24 && s % 2 === 0 ? 1 : 0, s === 25, false);
    expect(clearings.flowOf(0)).toBeGreaterThan(1.5 * before);
    clearings.note(0, 0, false, true);
    expect(clearings.flowOf(0)).toBeLessThan(1.2 * before);
  });

  it('stays between nothing and twice what ever left in a second, whatever happens', () => {
    const second = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.boolean(), fc.boolean());
    fc.assert(
      fc.property(fc.array(second, { maxLength: 500 }), (seconds) => {
        const clearings = new LoopClearings(1);
        for (const [left, hasEnded, isClear] of seconds) {
          clearings.note(0, left, hasEnded, isClear);
          const flow = clearings.flowOf(0);
          expect(flow).toBeGreaterThanOrEqual(0);
          expect(flow).toBeLessThanOrEqual(4);
        }
      }),
    );
  });
});
