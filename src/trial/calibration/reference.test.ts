import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../field/load.ts';
import { addEngineRun, createTally } from './cells.ts';
import { driveReference, readMeasured } from './reference.ts';
import { geh, predictionOf } from './score.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
const QUARTER = `${FIXTURES}quarter`;

describe('readMeasured', () => {
  it('leaves every third interval out', async () => {
    const { scenario } = await loadScenario(`${FIXTURES}valid/cross`);
    const { runs, notes } = await readMeasured(`${FIXTURES}valid/calibration/cross.counts.csv`, scenario);
    expect(notes).toEqual([expect.stringMatching(/^1 rows of .* lie outside/)]);
    const begins = runs[0]?.cells.filter((_, cell) => runs[0]?.isLeftOut[cell]).map(({ beginMs }) => beginMs);
    expect(new Set(begins)).toEqual(new Set([200_000]));
  });

  it('refuses data that cannot tell how good a fit is', async () => {
    const { scenario } = await loadScenario(`${FIXTURES}valid/cross`);
    const read = (name: string) => readMeasured(`${FIXTURES}invalid/calibration/${name}.csv`, scenario);
    await expect(read('one-interval')).rejects.toThrow(/has 1 intervals inside the scenario's window \(100 to 300 s\)/);
    await expect(read('too-little')).rejects.toThrow(/gives 4 counts and travel times to fit to; at least 12/);
  });
});

describe('driveReference', () => {
  it('drives the same trips and plans in SUMO as our engine drives', { timeout: 120_000 }, async () => {
    const loaded = await loadScenario(QUARTER);
    const shares: number[] = [];
    const { runs, notes } = await driveReference(loaded, {
      plans: 2,
      demands: [0.5],
      seed: 1,
      seeds: 1,
      jobs: 1,
      stop: new AbortController().signal,
      onProgress: (share) => shares.push(share),
    });
    expect(notes).toEqual([expect.stringMatching(/ways on foot are left out/)]);
    expect(shares.at(-1)).toBe(1);
    expect(runs.map(({ again }) => again === null)).toEqual([true, false]);
    for (const { scenario, cells } of runs) {
      const tally = createTally(cells.length);
      addEngineRun(scenario, 1, cells, tally);
      const predict = predictionOf(tally, 1);
      expect(cells.length).toBeGreaterThan(20);
      for (const [i, { vehicles }] of cells.entries()) expect(geh(predict(i).vehicles, vehicles ?? 0)).toBeLessThan(5);
    }
  });
});
