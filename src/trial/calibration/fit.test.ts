import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { applyCalibration, type DrivingChange, UNCALIBRATED } from '../../demand/calibration.ts';
import type { Scenario, Trip } from '../../demand/demand.ts';
import { loadScenario } from '../../field/load.ts';
import { drawUniform } from '../../units/random.ts';
import { listPlanCases } from './cases.ts';
import { addEngineRun, type Cell, createTally } from './cells.ts';
import { type Fit, type Fitted, fitDriving } from './fit.ts';
import { readMeasured } from './reference.ts';
import { predictionOf } from './score.ts';

const CROSS = fileURLToPath(new URL('../../../fixtures/valid/cross', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'urbane-fit-'));
afterAll(() => rm(folder, { recursive: true }));

const HOUR_MS = 3_600_000;
const INTERVAL_MS = 300_000;

/** The fixture's crossing for an hour with so much traffic that queues form at its stop lines. */
async function makeBusyCrossing(): Promise<Scenario> {
  const { scenario } = await loadScenario(CROSS);
  const samples = scenario.demand.trips.filter(({ arrivalPosM }) => arrivalPosM === undefined);
  const trips: Trip[] = Array.from({ length: 1100 }, (_, i) => {
    const sample = samples[Math.floor(drawUniform(7, i, 0, 1) * samples.length)];
    if (sample === undefined) throw new Error('the fixture has trips');
    return { ...sample, departMs: Math.floor(drawUniform(7, i, 0, 2) * HOUR_MS) };
  });
  trips.sort((a, b) => a.departMs - b.departMs);
  return { ...scenario, beginMs: 0, endMs: HOUR_MS, demand: { ...scenario.demand, trips } };
}

/** What detectors would have counted and timed while drivers drove with these factors, as a CSV file. */
async function measure(scenario: Scenario, hidden: DrivingChange): Promise<string> {
  const cells: Cell[] = [];
  for (let beginMs = 0; beginMs < HOUR_MS; beginMs += INTERVAL_MS) {
    scenario.city.roads.forEach(({ id }, road) => {
      const cell = { road, lane: -1, beginMs, endMs: beginMs + INTERVAL_MS, vehicles: null, travelS: null };
      if (id.endsWith('-in')) cells.push(cell);
    });
  }
  const tally = createTally(cells.length);
  const seeds = [101, 102, 103];
  for (const seed of seeds)
    addEngineRun(applyCalibration(scenario, { change: hidden, types: null }), seed, cells, tally);
  const predict = predictionOf(tally, seeds.length);
  const rows = cells.map(({ road, beginMs, endMs }, index) => {
    const { vehicles, travelS } = predict(index);
    const seconds = Number.isFinite(travelS) ? travelS.toFixed(1) : '';
    return [scenario.city.roads[road]?.id, beginMs / 1000, endMs / 1000, vehicles.toFixed(1), seconds].join(',');
  });
  const file = join(folder, 'counts.csv');
  await writeFile(file, `road,begin_s,end_s,vehicles,travel_time_s\n${rows.join('\n')}\n`);
  return file;
}

/** Fits some parameters to what hidden drivers did. */
async function fitHidden(hidden: DrivingChange, fitted: readonly Fitted[]): Promise<Fit> {
  const scenario = await makeBusyCrossing();
  const { runs, notes } = await readMeasured(await measure(scenario, hidden), scenario);
  expect(notes).toEqual([]);
  const stop = new AbortController().signal;
  return fitDriving(runs, { fitted, types: null, seeds: 3, most: 60, stop, onProgress: () => {} });
}

describe('fitDriving', { timeout: 120_000 }, () => {
  it('finds the factors that counts and travel times were made with', async () => {
    const hidden: DrivingChange = { ...UNCALIBRATED, tau: 1.45, accel: 0.75, speedFactor: 0.88 };
    const { calibration, before, after, naive } = await fitHidden(hidden, ['tau', 'accel', 'speedFactor']);
    const { change } = calibration;
    expect(change).toMatchObject({ minGap: 1, startupDelayS: 0 });
    expect(Math.abs(change.speedFactor / hidden.speedFactor - 1)).toBeLessThan(0.05);
    expect(Math.abs(change.tau / hidden.tau - 1)).toBeLessThan(0.15);
    expect(after.leftOut.score).toBeLessThan(before.leftOut.score / 3);
    expect(after.leftOut.score).toBeLessThan(naive.leftOut.score);
    expect(after.leftOut.travelMedian).toBeLessThan(0.05);
  });

  it('finds a start-up delay', async () => {
    const hidden: DrivingChange = { ...UNCALIBRATED, startupDelayS: 1.6 };
    const { calibration, before, after } = await fitHidden(hidden, ['startupDelayS']);
    expect(Math.abs(calibration.change.startupDelayS - hidden.startupDelayS)).toBeLessThan(0.3);
    expect(after.leftOut.score).toBeLessThan(before.leftOut.score / 2);
  });
});

describe('listPlanCases', () => {
  it('draws plans and demands that replay, and keeps stages and intergreens', async () => {
    const scenario = await makeBusyCrossing();
    const options = { plans: 4, demands: [0.5, 1, 1.5], seed: 1 };
    const cases = listPlanCases(scenario, options);
    expect(cases.map(({ isLeftOut }) => isLeftOut)).toEqual([...Array(9).fill(false), ...Array(3).fill(true)]);
    expect(cases).toEqual(listPlanCases(scenario, options));
    expect(cases[1]?.scenario.demand.trips).toHaveLength(scenario.demand.trips.length);
    for (const { scenario: one, demand } of cases) {
      expect(one.demand.trips.length / scenario.demand.trips.length).toBeCloseTo(demand, 1);
      one.city.signals.forEach(({ programs: [program] }, signal) => {
        const shipped = scenario.city.signals[signal]?.programs[0];
        expect(program?.phases.map(({ state }) => state)).toEqual(shipped?.phases.map(({ state }) => state));
        program?.phases.forEach(({ state, durationS }, at) => {
          if (/[yu]/.test(state) || !/[Gg]/.test(state)) expect(durationS).toBe(shipped?.phases[at]?.durationS);
          else expect(durationS).toBeGreaterThanOrEqual(5);
        });
      });
    }
    expect(cases[3]?.scenario.city.signals).not.toEqual(scenario.city.signals);
  });
});
