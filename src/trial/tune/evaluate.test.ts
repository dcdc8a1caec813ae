import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../field/load.ts';
import { withPrograms } from '../../field/plans.ts';
import { startEngineRun } from '../engine-run.ts';
import { sumUp } from '../vehicles.ts';
import { Trial } from './evaluate.ts';
import { sampleDemand } from './flows.ts';
import { listStages, writeProgram } from './timing.ts';

const QUARTER = fileURLToPath(new URL('../../../fixtures/quarter', import.meta.url));
const { scenario } = await loadScenario(QUARTER);
const offers = scenario.city.signals.map((_, s) =>
  listStages(scenario.city, s, { yellowS: 3, allRedS: 0, minGreenS: 5 }),
);
const plan = offers.map(({ stages }, s) => ({
  stages: stages.map((_, k) => stages.length - 1 - k),
  greensS: stages.map(({ leastS }, k) => leastS + 3 * k + s),
  offsetS: 7 * s,
}));

function driveProgram(city: typeof scenario.city, seed: number): number {
  const { street, finish } = startEngineRun({ ...scenario, city }, seed);
  while (street.timeMs < scenario.endMs) street.engine.step();
  return sumUp(finish().vehicles).delayS;
}

describe('a trial', () => {
  it('runs a plan as the engine runs the program written for it, to the last digit, again and again', () => {
    const city = withPrograms(
      scenario.city,
      plan.map((timing, s) => writeProgram(offers[s]!, timing)),
    );
    const trial = new Trial(scenario, 5);
    expect(trial.run(plan, offers).delayS).toBe(driveProgram(city, 5));
    expect(trial.run(null, offers).delayS).toBe(driveProgram(scenario.city, 5));
    expect(trial.run(plan, offers).delayS).toBe(driveProgram(city, 5));
  });

  it('shares the delay out to the signals before which it was lost', () => {
    const { delayS, atSignal } = new Trial(scenario, 5).run(null, offers);
    const sum = atSignal.reduce((a, b) => a + b, 0) / scenario.demand.trips.length;
    expect(sum).toBeGreaterThan(0.6 * delayS);
    expect(sum).toBeLessThan(1.2 * delayS);
  });
});

describe('another day of a demand', () => {
  it('has as many trips as asked for on average, near their own times, and differs by seed alone', () => {
    const counts = Array.from({ length: 20 }, (_, seed) => sampleDemand(scenario, 1.1, seed).demand.trips.length);
    const mean = counts.reduce((a, b) => a + b, 0) / counts.length;
    expect(mean / scenario.demand.trips.length).toBeGreaterThan(1.05);
    expect(mean / scenario.demand.trips.length).toBeLessThan(1.15);
    expect(new Set(counts).size).toBeGreaterThan(5);
    const { trips } = sampleDemand(scenario, 1, 3).demand;
    expect(trips.every(({ departMs }, i) => i === 0 || departMs >= trips[i - 1]!.departMs)).toBe(true);
    expect(sampleDemand(scenario, 1, 3).demand.trips).toEqual(trips);
  });
});
