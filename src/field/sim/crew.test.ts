import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { disturb } from '../../../tests/sim/disturbances.ts';
import { gridTown, scenario, wanderers } from '../../../tests/sim/town.ts';
import { loadScenario } from '../load.ts';
import { createThreadedEngine } from './crew.ts';

const quarter = new URL('../../../fixtures/quarter', import.meta.url);
const city = gridTown(5, 120, ['signal', 'priority', 'signal'], [2, 1, 3]);
const wanted = scenario(city, wanderers(city, 5, 700, 9, 250));

function drive(threads: number, seconds: number) {
  const engine = createThreadedEngine(wanted, { seed: 5, threads });
  const hashes: string[] = [];
  for (let i = 0; i < seconds; i++) {
    disturb(city, engine, 5);
    engine.step();
    if (i % 50 === 0) hashes.push(engine.hash());
  }
  return { engine, hashes };
}

describe('the engine on several threads', () => {
  it('comes to the same bytes as on one, closures and all, and so do its forks', () => {
    const alone = drive(1, 300);
    for (const threads of [2, 3]) {
      const { engine, hashes } = drive(threads, 300);
      expect(hashes).toEqual(alone.hashes);
      const fork = engine.fork();
      engine.dispose();
      const ahead = alone.engine.fork();
      for (let i = 0; i < 30; i++) {
        fork.step();
        ahead.step();
      }
      expect(fork.hash()).toBe(ahead.hash());
    }
  });

  it('knows people on foot and buses on every thread', async () => {
    const { scenario: busy } = await loadScenario(fileURLToPath(quarter));
    const [alone, together] = [1, 2].map((threads) => {
      const engine = createThreadedEngine(busy, { seed: 1, threads });
      for (let i = 0; i < 500; i++) engine.step();
      engine.dispose();
      return engine.hash();
    });
    expect(together).toBe(alone);
  });
});
