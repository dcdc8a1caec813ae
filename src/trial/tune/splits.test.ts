import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../field/load.ts';
import { findSplits, loadSolver, roundGreens } from './splits.ts';
import { cycleOf, isComplete, listStages } from './timing.ts';

const CROSS = fileURLToPath(new URL('../../../fixtures/valid/cross', import.meta.url));
const { city } = (await loadScenario(CROSS)).scenario;
const offer = listStages(city, 0, { yellowS: 3, allRedS: 1, minGreenS: 5 });
const solver = await loadSolver();

/** One lane a stage, with these flow ratios. */
const lanes = (...ratios: number[]) =>
  ratios.map((ratio, own) => ({
    ratio,
    saturationPerH: 1800,
    share: offer.stages.map((_, stage) => (stage === own ? 1 : 0)),
  }));

describe('splits', () => {
  it('fill the cycle, give more green where more traffic is, and the same where it is the same', () => {
    expect(offer.stages.length).toBe(2);
    for (const cycleS of [30, 47, 60, 100]) {
      const timing = findSplits(solver, offer, lanes(0.4, 0.15), cycleS, false);
      expect(timing).not.toBeNull();
      if (timing === null) continue;
      expect(cycleOf(offer, timing)).toBe(cycleS);
      expect(isComplete(offer, timing)).toBe(true);
      expect(timing.greensS[0]).toBeGreaterThan(1.5 * timing.greensS[1]!);
    }
    const even = findSplits(solver, offer, lanes(0.3, 0.3), 60, false);
    expect(Math.abs(even!.greensS[0]! - even!.greensS[1]!)).toBeLessThanOrEqual(6);
  });

  it('come near the least of the delay formula, found by trying every split', () => {
    // HCM delay of two lanes, weighted by flow, by whole seconds of the first green
    const delay = (y: number, share: number) => {
      const x = y / share;
      const over = x - 1;
      const uniform = (30 * (1 - share) ** 2) / (1 - Math.min(1, x) * share);
      return y * (uniform + 225 * (over + Math.sqrt(over ** 2 + (4 * x) / (1800 * share * 0.25))));
    };
    const cost = (first: number) => delay(0.35, first / 60) + delay(0.2, (52 - first) / 60);
    const least = Math.min(...Array.from({ length: 43 }, (_, k) => cost(5 + k)));
    const timing = findSplits(solver, offer, lanes(0.35, 0.2), 60, false);
    expect(cost(timing!.greensS[0]!)).toBeLessThan(1.08 * least);
  });

  it('do not exist in a cycle that is too short', () => {
    expect(findSplits(solver, offer, lanes(0.2, 0.2), 17, false)).toBeNull();
  });

  it('are rounded to the cycle with no green under its least', () => {
    expect(roundGreens(offer, [0, 1], [10.4, 21.6], 40)).toEqual([10, 22]);
    expect(offer.stages.map(({ leastS }) => leastS)).toEqual([8, 5]);
    expect(roundGreens(offer, [0, 1], [1, 100], 40)).toEqual([8, 24]);
  });
});
