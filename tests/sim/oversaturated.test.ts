import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REFERENCE_PLAN } from '../../bench/grid/plans.ts';
import { writeSumoGrid } from '../../bench/grid/sumo.ts';
import { drawTrips, rateForLevel } from '../../bench/grid/trips.ts';
import { runSession } from '../../src/trial/session.ts';

const WINDOW_S = 900;
const shape = { columns: 2, rows: 2 };
let folder: string;

/** Demand at this share of what the grid's reference plan can carry. */
function writeGrid(level: number): Promise<string> {
  const trips = drawTrips(shape, rateForLevel(shape, level), WINDOW_S, 1);
  return writeSumoGrid(folder, { shape, plan: REFERENCE_PLAN, trips, windowS: WINDOW_S });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'urbane-oversaturated-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('demand above what the lights can serve', () => {
  it('keeps flowing under predictive: no less arrives at 1.6 of the capacity than at 1.0, and nothing locks', async () => {
    const failed: unknown[] = [];
    const { reports } = await runSession(
      {
        simulator: 'engine',
        scenarios: [await writeGrid(1), await writeGrid(1.6)],
        controllers: ['predictive'],
        seeds: 1,
        jobs: 1,
        sensors: 'camera',
        step: 1,
        degrade: null,
        exclude: [],
        calibration: null,
        timing: {},
        recordFile: null,
      },
      { onProgress: () => {}, onFailed: (failure) => failed.push(failure) },
      new AbortController().signal,
    );
    expect(failed).toEqual([]);
    const [usual, high] = reports.map(({ result }) => result);
    expect(high!.arrived).toBeGreaterThan(0.97 * usual!.arrived);
    expect(high!.locked).toBe(false);
  }, 240_000);
});
