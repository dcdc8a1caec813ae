import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWithData } from '../../tests/data.ts';
import { loadScenario } from '../field/load.ts';
import { createEngine } from './engine.ts';

/**
 * Arrived vehicles of SUMO 1.15 under the shipped programs (bench/engine, median of 3 seeds). A window without error, no
 * lock, and about as many arrivals: the fine comparison is the bench's.
 */
const ARRIVED: Readonly<Record<string, number>> = {
  cologne1: 1992,
  cologne3: 2809,
  ingolstadt1: 1691,
  ingolstadt7: 2885,
  grid4x4: 1439,
  hangzhou_4x4: 2436,
  'hangzhou_1x1_bc-tyc': 1562,
  'hangzhou_1x1_kn-hz': 675,
  'hangzhou_1x1_qc-yn': 1307,
  'hangzhou_1x1_sb-sx': 1357,
  'jinan_3x4/jinan_2.sumocfg': 3863,
};

describeWithData('the engine on real scenarios', (data) => {
  it.each(Object.entries(ARRIVED))(
    '%s: its window runs through and about as many arrive as in SUMO',
    { timeout: 60_000 },
    async (path, arrived) => {
      const { scenario } = await loadScenario(join(data, 'scenarios', path));
      const engine = createEngine(scenario, { seed: 1 });
      while (engine.timeMs < scenario.endMs) engine.step();
      expect(engine.arrived / arrived).toBeGreaterThan(0.94);
      expect(engine.arrived / arrived).toBeLessThan(1.06);
      expect(engine.forcedHalts).toBeLessThan(scenario.demand.trips.length / 100);
    },
  );

  it('nanchang (859 signals, no inner lanes): two minutes with thousands on the road', {
    timeout: 120_000,
  }, async () => {
    const { scenario } = await loadScenario(join(data, 'scenarios', 'nanchang_kdd2021'));
    const engine = createEngine(scenario, { seed: 1 });
    for (let i = 0; i < 120; i++) engine.step();
    expect(engine.present).toBeGreaterThan(2500);
    expect(engine.forcedHalts).toBeLessThan(100);
  });
});
