import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePhases } from '../../scripts/wasm/compile.ts';
import { CompiledMachine, moduleOf } from '../../src/field/sim/compiled.ts';
import { createEngine } from '../../src/sim/engine.ts';
import { disturb } from '../sim/disturbances.ts';
import { TOWN, townWithSirens } from '../sim/properties.ts';

describe('the compiled phases', () => {
  it('read and write within their tables, whatever closes or breaks', async () => {
    const checked = moduleOf(await compilePhases(true));
    const check = fc.property(TOWN, (town) => {
      const wanted = townWithSirens(town);
      const engine = createEngine(wanted, { seed: town.seed, machine: new CompiledMachine(checked, 0) });
      for (let i = 0; i < 200; i++) {
        disturb(wanted.city, engine, town.seed);
        engine.step();
      }
      return engine.vehicleSeconds > 0;
    });
    expect(fc.check(check, { seed: 9, numRuns: 60 }).failed).toBe(false);
  });
});
