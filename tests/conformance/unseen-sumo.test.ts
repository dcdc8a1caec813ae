import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runOurs } from '../../bench/engine/ours.ts';
import { mean } from '../../bench/engine/statistics.ts';
import { runSumo } from '../../bench/engine/sumo.ts';
import { UNSEEN } from '../../bench/unseen/cases.ts';
import { writeUnseen } from '../../bench/unseen/write.ts';
import { loadScenario } from '../../src/field/load.ts';

const SEEDS = [1, 2, 3];

it.each([
  // Drivers change lanes with their backs still in the junction.
  { name: 'roundabouts, two lanes', draws: [4, 5] },
  // The way across counts for who gives way alone.
  { name: 'grid, priority, no inner lanes', draws: [1] },
])(
  'drives as long as SUMO on $name',
  async ({ name, draws }) => {
    const one = UNSEEN.find((other) => other.name === name);
    if (one === undefined) throw new Error('the case is gone');
    const folder = await mkdtemp(join(tmpdir(), 'urbane-unseen-'));
    try {
      const doors = { ours: [] as number[], sumo: [] as number[] };
      for (const draw of draws) {
        const { scenario, sumo } = await loadScenario(await writeUnseen(folder, one, { windowS: 900, draw }));
        if (sumo === null) throw new Error('no SUMO files');
        const window = { files: sumo, beginS: scenario.beginMs / 1000, endS: scenario.endMs / 1000 };
        for (const seed of SEEDS) {
          doors.ours.push(runOurs(scenario, { seed, links: false }).doorToDoorS);
          doors.sumo.push((await runSumo({ ...window, seed })).doorToDoorS);
        }
      }
      expect(Math.abs(mean(doors.ours) / mean(doors.sumo) - 1)).toBeLessThan(0.02);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  120_000,
);
