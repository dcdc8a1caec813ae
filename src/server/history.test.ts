import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { History } from './history.ts';
import type { Figures } from './wire.ts';

const figures = (delayS: number): Figures => ({
  due: 1,
  arrived: 1,
  present: 1,
  outside: 0,
  delayS,
  waitingS: 1,
  stops: 1,
  queued: 1,
});

describe('the lines over time', () => {
  it('stay bounded, evenly spaced and true however long the run', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), (seconds) => {
        const history = new History(1, 20);
        for (let t = 0; t <= seconds; t++) history.add(t * 1000, { without: figures(2 * t), with: figures(t) });
        const { timesMs, lines, everyS } = history.document;
        expect(timesMs.length).toBeLessThanOrEqual(361);
        expect(timesMs[0]).toBe(0);
        timesMs.forEach((timeMs, i) => {
          expect(timeMs).toBe(i * everyS * 1000);
          expect(lines.with.delayS[i]).toBe(timeMs / 1000);
          expect(lines.without.delayS[i]).toBe((2 * timeMs) / 1000);
        });
        expect(seconds * 1000 - (timesMs.at(-1) ?? 0)).toBeLessThan(2 * everyS * 1000);
      }),
      { numRuns: 20 },
    );
  });

  it('say when a moment became a point', () => {
    const history = new History(1, 20);
    expect(history.add(0, { without: figures(1), with: figures(1) })).toBe(true);
    expect(history.add(19_000, { without: figures(1), with: figures(1) })).toBe(false);
    expect(history.add(20_000, { without: figures(1), with: figures(1) })).toBe(true);
  });
});
