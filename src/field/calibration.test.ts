import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { applyCalibration, UNCALIBRATED } from '../demand/calibration.ts';
import { calibrateLoaded, readCalibration } from './calibration.ts';
import { loadScenario } from './load.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const loaded = await loadScenario(`${FIXTURES}valid/cross`);
const brisk = await readCalibration(`${FIXTURES}valid/calibration/brisk.json`);

describe('a calibration', () => {
  it('multiplies what it is for and leaves trips and city alone', () => {
    const { scenario } = calibrateLoaded(loaded, brisk);
    const find = (from: typeof scenario) => from.demand.types.find(({ id }) => id === 'car');
    expect(find(scenario)).toEqual({
      ...find(loaded.scenario),
      tauS: expect.closeTo(1.2 * 0.9, 9),
      accelMps2: expect.closeTo(2.2 * 1.1, 9),
      speedFactor: 1.02,
      minGapM: 2,
      startupDelayS: 0.5,
    });
    expect(scenario.city).toBe(loaded.scenario.city);
    expect(scenario.demand.trips).toBe(loaded.scenario.demand.trips);
  });

  it('that changes nothing is the scenario itself', () => {
    expect(applyCalibration(loaded.scenario, { change: UNCALIBRATED, types: null })).toEqual(loaded.scenario);
    expect(calibrateLoaded(loaded, null)).toBe(loaded);
  });

  it('changes the types it names and tells which the scenario has not', () => {
    const { scenario, report } = calibrateLoaded(loaded, { ...brisk, types: ['lorry', 'ghost'] });
    const changed = scenario.demand.types.filter((type, i) => type !== loaded.scenario.demand.types[i]);
    expect(changed.map(({ id }) => id)).toEqual(['lorry']);
    expect(report.warnings).toContain('the calibration is for vehicle type "ghost", which cross has not');
  });

  it.each([
    ['newer', /: calibration of version 2; this Urbane reads version 1/],
    ['wild', /wild\.json: \/change\/tau must be <= 5/],
    ['open', /open\.json: \/plate is not known/],
    ['other', /holds no calibration/],
  ])('%s.json is refused', async (name, sentence) => {
    await expect(readCalibration(`${FIXTURES}invalid/calibration/${name}.json`)).rejects.toThrow(sentence);
  });
});
