import { describe, expect, it } from 'vitest';
import { compareLinks, judgeAccuracy } from '../../bench/engine/accuracy.ts';
import type { EngineRun } from '../../bench/engine/run.ts';
import { mean, quantile, spearman, standardError } from '../../bench/engine/statistics.ts';

describe('statistics of the engine bench', () => {
  it('has the standard error of a sample by hand', () => {
    // Mean 5, squares 9 + 1 + 1 + 9 = 20, variance 20 / 3, over four values.
    expect(standardError([2, 4, 6, 8])).toBeCloseTo(Math.sqrt(20 / 3 / 4), 12);
    expect(mean([2, 4, 6, 8])).toBe(5);
    expect(standardError([3])).toBeNaN();
  });

  it('has quantiles between neighbours', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20], 0.9)).toBeCloseTo(19, 12);
    expect(quantile([7], 0.9)).toBe(7);
    expect(quantile([], 0.9)).toBeNaN();
  });

  it('ranks: 1 for the same order, -1 for the reverse, ties shared', () => {
    expect(spearman([1, 2, 3, 4], [10, 20, 30, 400])).toBeCloseTo(1, 12);
    expect(spearman([1, 2, 3, 4], [4, 3, 2, 1])).toBeCloseTo(-1, 12);
    // Without ties 1 - 6 sum d2 / (n (n2 - 1)): differences 1, 1, 0, 0.
    expect(spearman([1, 2, 3, 4], [2, 1, 3, 4])).toBeCloseTo(1 - (6 * 2) / (4 * 15), 12);
    // Ranks 1.5, 1.5, 3 against 1, 2, 3: 1.5 / sqrt(1.5 x 2).
    expect(spearman([5, 5, 9], [1, 2, 3])).toBeCloseTo(1.5 / Math.sqrt(3), 12);
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeNaN();
  });
});

function runWith(values: Partial<EngineRun>): EngineRun {
  return {
    delayS: 0,
    doorToDoorS: 100,
    waitingS: 0,
    stops: 0,
    loaded: 100,
    arrived: 100,
    neverInserted: 0,
    vehicleSeconds: 1000,
    cpuS: 1,
    coreShare: 1,
    links: {},
    ...values,
  };
}

describe('accuracy of an engine against a reference', () => {
  const undersaturated = { isSaturated: false, windowS: 3600 };

  it('bounds door-to-door by 3 % where the reference does not vary', () => {
    const reference = [runWith({}), runWith({})];
    expect(judgeAccuracy([runWith({ doorToDoorS: 102.9 })], reference, undersaturated).isWithin).toBe(true);
    expect(judgeAccuracy([runWith({ doorToDoorS: 103.1 })], reference, undersaturated).isWithin).toBe(false);
    expect(judgeAccuracy([runWith({ doorToDoorS: 96.9 })], reference, undersaturated).isWithin).toBe(false);
  });

  it('bounds it by twice the standard error where that is more', () => {
    const reference = [runWith({ doorToDoorS: 95 }), runWith({ doorToDoorS: 105 })];
    const judged = judgeAccuracy([runWith({ doorToDoorS: 109 })], reference, undersaturated);
    expect(judged.referenceErrorS).toBeCloseTo(5, 12);
    expect(judged.bound).toBeCloseTo(0.1, 12);
    expect(judged.isWithin).toBe(true);
  });

  it('judges arrivals alone where the row is oversaturated', () => {
    const saturated = { isSaturated: true, windowS: 3600 };
    const late = runWith({ doorToDoorS: 300, arrived: 96 });
    expect(judgeAccuracy([late], [runWith({})], saturated).isWithin).toBe(true);
    expect(judgeAccuracy([{ ...late, arrived: 94 }], [runWith({})], saturated).isWithin).toBe(false);
    expect(judgeAccuracy([late], [runWith({})], undersaturated).isWithin).toBe(false);
  });

  it('compares mean times of links with enough vehicles, pooled over the runs', () => {
    const reference = [
      runWith({ links: { a: [60, 600], b: [49, 490], c: [80, 1600] } }),
      runWith({ links: { a: [40, 600], c: [80, 1600] } }),
    ];
    const ours = [runWith({ links: { a: [100, 1320], b: [50, 5000] } })];
    // a: 13.2 s against 12 s; b has too few; c nobody drives on in ours.
    expect(compareLinks(ours, reference, 50)).toEqual([expect.closeTo(0.1, 12), 1]);
  });
});
