import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../field/load.ts';
import { createEngine, type Engine, loadEngine } from './engine.ts';
import { workInTurns } from './step.ts';

describe('the phases of a step in several shares', () => {
  it('come to the same with people on foot and buses, and a fork and a saved run go on alike', async () => {
    const { scenario: quarter } = await loadScenario(fileURLToPath(new URL('../../fixtures/quarter', import.meta.url)));
    const whole = createEngine(quarter, { seed: 1 });
    const shared = createEngine(quarter, { seed: 1, crew: (world) => workInTurns(world, 3) });
    const run = (engine: Engine, seconds: number) => {
      for (let i = 0; i < seconds; i++) engine.step();
      return engine.hash();
    };
    expect(run(shared, 400)).toBe(run(whole, 400));
    const [fork, loaded] = [shared.fork(), loadEngine(quarter, whole.save())];
    const later = run(whole, 300);
    expect(run(shared, 300)).toBe(later);
    expect(run(fork, 300)).toBe(later);
    expect(run(loaded, 300)).toBe(later);
  });
});
