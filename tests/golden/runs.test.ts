import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../src/demand/demand.ts';
import { createDemoScenario } from '../../src/demo/city.ts';
import { loadScenario } from '../../src/field/load.ts';
import { createCompiledEngine } from '../../src/field/sim/engine.ts';
import { describeWithData } from '../data.ts';

/**
 * Whole runs of the engine under the shipped programs, seed 1: what they came to when the figure was last accepted. A change
 * here is a change of physics or of demand and belongs in the changelog. `URBANE_GOLDEN=write npm test` accepts the new
 * ones into runs.json, and fails so that nobody does it unawares.
 */
interface Golden {
  readonly arrived: number;
  readonly delayS: number;
  readonly hash: string;
}

const file = fileURLToPath(new URL('./runs.json', import.meta.url));
const isWriting = process.env.URBANE_GOLDEN === 'write';

function readGoldens(): Record<string, Golden> {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

function drive(scenario: Scenario, seconds: number): Golden {
  const engine = createCompiledEngine(scenario, { seed: 1 });
  for (let second = 0; second < seconds; second++) engine.step();
  const { insertedMs, timeLossS } = engine.trips;
  let [due, delay] = [0, 0];
  for (const { departMs } of scenario.demand.trips) {
    if (departMs > engine.timeMs) break;
    const inserted = insertedMs[due] ?? -1;
    delay += ((inserted < 0 ? engine.timeMs : inserted) - departMs) / 1000 + (timeLossS[due] ?? 0);
    due++;
  }
  return { arrived: engine.arrived, delayS: Math.round((delay / due) * 1000) / 1000, hash: engine.hash() };
}

function check(name: string, run: Golden): void {
  if (isWriting) {
    writeFileSync(file, `${JSON.stringify({ ...readGoldens(), [name]: run }, null, 2)}\n`);
    expect.fail(`${name} was written to runs.json; run the tests again without URBANE_GOLDEN`);
  }
  expect(run).toEqual(readGoldens()[name]);
}

const windowOf = ({ beginMs, endMs }: Scenario): number => (endMs - beginMs) / 1000;

describe('whole runs come to what they came to', () => {
  it('the crossing of the fixtures', async () => {
    const { scenario } = await loadScenario(fileURLToPath(new URL('../../fixtures/valid/cross', import.meta.url)));
    check('cross', drive(scenario, windowOf(scenario)));
  });

  it('the first half hour of the demo city', () => {
    check('demo', drive(createDemoScenario({ seed: 1 }), 1800));
  });
});

describeWithData('whole runs of real scenarios come to what they came to', (data) => {
  it.each(['cologne3', 'ingolstadt7', 'grid4x4', 'hangzhou_4x4'])('%s', async (name) => {
    const { scenario } = await loadScenario(join(data, 'scenarios', name));
    check(name, drive(scenario, windowOf(scenario)));
  });
});
