import { describe, expect, it } from 'vitest';
import type { FlowRate } from './flows.ts';
import { listDepartures } from './flows.ts';

const every = (seconds: number): FlowRate => ({ kind: 'period', periodMs: seconds * 1000 });
const list = (rate: FlowRate, beginS: number, endS: number, number = Infinity, fromS = 0, toS = 1e6) =>
  listDepartures({ beginMs: beginS * 1000, endMs: endS * 1000, number, rate }, fromS * 1000, toS * 1000, 1, 5).map(
    (ms) => ms / 1000,
  );

/** Expected values were taken from SUMO 1.15 runs of the same flows. */
describe('listDepartures', () => {
  it('starts at begin and leaves out the end', () => {
    expect(list(every(20), 100, 160)).toEqual([100, 120, 140]);
    expect(list(every(16), 12, 60)).toEqual([12, 28, 44]);
    expect(list(every(48), 0, 600)).toHaveLength(13);
  });

  it('keeps its rhythm where the window begins later', () => {
    expect(list(every(7), 0, 30, Infinity, 10)).toEqual([14, 21, 28]);
  });

  it('stops at its number', () => {
    expect(list(every(10), 40, Infinity, 3)).toEqual([40, 50, 60]);
    expect(list({ kind: 'period', periodMs: 20_000 / 3 }, 11, 31, 3)).toEqual([11, 17.667, 24.333]);
  });

  it('rounds a rate to milliseconds once', () => {
    expect(list({ kind: 'period', periodMs: 5143 }, 50, 200, Infinity, 0, 100).at(-1)).toBe(96.287);
  });

  it('draws by its own key, close to its rate', () => {
    const chance: FlowRate = { kind: 'probability', perSecond: 0.25 };
    const drawn = list(chance, 0, 20_000);
    expect(drawn.length / 20_000).toBeCloseTo(0.25, 1);
    expect(list(chance, 0, 20_000)).toEqual(drawn);
    expect(list(chance, 0, 20_000, Infinity, 10_000)).toEqual(drawn.filter((second) => second >= 10_000));
    const poisson = list({ kind: 'poisson', perSecond: 0.2 }, 0, 20_000);
    expect(poisson.length / 20_000).toBeCloseTo(0.2, 1);
  });
});
