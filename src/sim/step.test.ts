import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disturb } from '../../tests/sim/disturbances.ts';
import { gridTown, scenario, wanderers } from '../../tests/sim/town.ts';
import type { NodePlan } from '../city/build.ts';
import { loadScenario } from '../field/load.ts';
import { createEngine, type Engine, loadEngine } from './engine.ts';
import { workInTurns } from './step.ts';

describe('the phases of a step', () => {
  it('come to the same in any number of shares', () => {
    fc.assert(
      fc.property(
        fc.record({
          kinds: fc.array(
            fc.constantFrom<NodePlan['kind']>('signal', 'priority', 'right-before-left', 'all-way-stop'),
            { minLength: 1, maxLength: 4 },
          ),
          lanes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
          blockM: fc.integer({ min: 40, max: 200 }),
          seed: fc.integer({ min: 1, max: 1_000_000 }),
          parts: fc.integer({ min: 2, max: 7 }),
        }),
        ({ kinds, lanes, blockM, seed, parts }) => {
          const city = gridTown(3, blockM, kinds, lanes);
          const wanted = scenario(city, wanderers(city, seed, 150, 8, 150));
          const whole = createEngine(wanted, { seed });
          const shared = createEngine(wanted, { seed, crew: (world) => workInTurns(world, parts) });
          for (let i = 0; i < 200; i++) {
            for (const engine of [whole, shared]) {
              disturb(city, engine, seed);
              engine.step();
            }
            if (i % 20 === 0) expect(shared.hash()).toBe(whole.hash());
          }
          expect(shared.hash()).toBe(whole.hash());
          expect(shared.frame.count).toBe(whole.frame.count);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('with people on foot and buses, too; and a fork and a saved run go on alike', async () => {
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
