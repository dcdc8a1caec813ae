import { describe, expect, it } from 'vitest';
import type { Cell } from './cells.ts';
import { compareCell, geh, sumUpErrors } from './score.ts';

const quarter: Cell = { road: 0, lane: -1, beginMs: 0, endMs: 900_000, vehicles: 100, travelS: 40 };

describe('scores of a fit', () => {
  it('computes GEH of hourly flows', () => {
    expect(geh(1000, 900)).toBeCloseTo(3.2444, 4);
    expect(geh(0, 0)).toBe(0);
    // 110 against 100 vehicles in a quarter of an hour are 440 against 400 an hour.
    expect(compareCell(quarter, { vehicles: 110, travelS: 44 }).geh).toBeCloseTo(geh(440, 400), 9);
  });

  it('measures both kinds in units of their customary bounds', () => {
    const timed = compareCell({ ...quarter, vehicles: null }, { vehicles: 0, travelS: 46 });
    expect(timed).toEqual({ geh: null, travelOff: expect.closeTo(0.15, 9), weight: 1 });
    const errors = sumUpErrors([timed]);
    expect(errors).toMatchObject({ score: expect.closeTo(1, 9), countCells: 0, meanGeh: null, travelCells: 1 });
    expect(sumUpErrors([compareCell(quarter, { vehicles: 100, travelS: 40 })]).score).toBe(0);
  });

  it('counts a road that nobody drove on as the worst, and no cell for more than that', () => {
    const empty = compareCell(quarter, { vehicles: 100, travelS: Number.NaN });
    expect(sumUpErrors([empty])).toMatchObject({ score: 2, travelMedian: null, travelBias: null, travelWithin: 0 });
    expect(sumUpErrors([compareCell(quarter, { vehicles: 100, travelS: 4000 })]).score).toBe(2);
  });

  it('weighs travel times by their vehicles', () => {
    const busy = compareCell({ ...quarter, vehicles: 300 }, { vehicles: 300, travelS: 40 });
    const quiet = compareCell(quarter, { vehicles: 100, travelS: 44 });
    expect(sumUpErrors([busy, quiet]).travelBias).toBeCloseTo(0.025, 9);
  });
});
