import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runOurs } from '../../bench/engine/ours.ts';
import { runSumo } from '../../bench/engine/sumo.ts';
import { loadScenario } from '../../src/field/load.ts';
import { describeWithData } from '../data.ts';

/** Three of ten with which streets once locked that no run of SUMO locks, while the bench's own seeds were inside their bound. */
const SEEDS = [1_000_001, 1_000_003, 1_000_009];

describeWithData('streets that no run of SUMO locks', (data) => {
  it('ingolstadt7 under its shipped plan: every seed within a tenth of SUMO', { timeout: 120_000 }, async () => {
    const { scenario, sumo } = await loadScenario(join(data, 'scenarios', 'ingolstadt7'));
    if (sumo === null) throw new Error('no SUMO files');
    const window = { files: sumo, beginS: scenario.beginMs / 1000, endS: scenario.endMs / 1000 };
    const { doorToDoorS } = await runSumo({ ...window, seed: 1 });
    for (const seed of SEEDS)
      expect(runOurs(scenario, { seed, links: false }).doorToDoorS).toBeLessThan(1.1 * doorToDoorS);
  });
});
