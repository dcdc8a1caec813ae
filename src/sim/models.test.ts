import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PhysicsWatch } from '../../tests/sim/physics.ts';
import { gridTown, scenario, wanderers } from '../../tests/sim/town.ts';
import type { Scenario, VehicleType } from '../demand/demand.ts';
import { loadScenario } from '../field/load.ts';
import { createEngine } from './engine.ts';
import { EVENT } from './events.ts';

const { scenario: queue, report } = await loadScenario(
  fileURLToPath(new URL('../../fixtures/valid/queue', import.meta.url)),
);

/** Seconds at which 40 cars of a type drive over the junction, in the order of their trips. */
function discharge(typeId: string): number[] {
  const type = queue.demand.types.findIndex(({ id }) => id === typeId);
  const trips = queue.demand.trips.map((trip) => ({ ...trip, type }));
  const engine = createEngine({ ...queue, demand: { ...queue.demand, trips } }, { seed: 1 });
  const passedS: number[] = [];
  while (engine.timeMs < queue.endMs) {
    engine.step();
    const { count, kind, trip, timeMs } = engine.drainEvents();
    for (let i = 0; i < count; i++) {
      if (kind[i] === EVENT.road) passedS[trip[i] ?? -1] = (timeMs[i] ?? 0) / 1000;
    }
  }
  return passedS;
}

/** The same in SUMO 1.15 (vehroute exit times; no random draw is involved: sigma and speedDev are 0, IDM draws nothing). */
const IN_SUMO: Readonly<Record<string, readonly number[]>> = {
  krauss: [
    240, 243, 245, 246, 248, 249, 251, 253, 254, 256, 257, 259, 260, 262, 263, 265, 266, 268, 269, 300, 303, 305, 306,
    308, 309, 311, 313, 314, 316, 317, 319, 320, 322, 323, 325, 326, 328, 329, 331, 333,
  ],
  late: [
    241, 245, 248, 251, 253, 256, 258, 261, 264, 266, 269, 301, 305, 308, 311, 313, 316, 318, 321, 324, 326, 329, 331,
    334, 336, 339, 341, 344, 346, 349, 351, 354, 357, 359, 362, 364, 367, 369, 372, 374,
  ],
  idm: [
    240, 243, 246, 248, 250, 252, 254, 256, 258, 260, 262, 264, 266, 268, 270, 300, 303, 306, 308, 310, 312, 314, 316,
    318, 320, 322, 324, 326, 328, 330, 332, 334, 336, 338, 340, 342, 344, 346, 348, 350,
  ],
  'idm-slow': [
    240, 244, 248, 251, 253, 256, 259, 262, 264, 267, 269, 300, 304, 308, 311, 313, 316, 319, 322, 324, 327, 329, 332,
    335, 337, 340, 342, 345, 347, 350, 352, 355, 357, 360, 362, 365, 367, 370, 372, 375,
  ],
  'idm-soft': [
    240, 243, 245, 247, 249, 251, 253, 256, 258, 260, 262, 264, 266, 268, 270, 300, 303, 305, 307, 309, 311, 313, 316,
    318, 320, 322, 324, 326, 328, 330, 332, 334, 336, 338, 340, 342, 344, 346, 348, 350,
  ],
};

describe('a queue of 40 cars at a signal', () => {
  it('is read without a warning', () => {
    expect(report.warnings).toEqual([]);
  });

  it.each(Object.keys(IN_SUMO))('%s: every car passes in the same second as in SUMO', (typeId) => {
    expect(discharge(typeId)).toEqual(IN_SUMO[typeId]);
  });
});

describe('individual speed factors', () => {
  it('are normal, and drawn again where they lie outside their bounds', () => {
    const spread = { speedFactor: 1, speedDev: 0.1, speedFactorMin: 0.95, speedFactorMax: 1.2 };
    const types = queue.demand.types.map((type) => ({ ...type, ...spread }));
    const wanted = { ...queue, demand: { ...queue.demand, types, trips: queue.demand.trips.slice(0, 1) } };
    const factors = Array.from({ length: 2000 }, (_, seed) => {
      const engine = createEngine(wanted, { seed });
      engine.step();
      return (engine.frame.speedMps[0] ?? 0) / 13.89;
    });
    const share = (low: number, high: number) =>
      factors.filter((factor) => factor >= low && factor < high).length / factors.length;
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.9499);
    expect(Math.max(...factors)).toBeLessThanOrEqual(1.2001);
    // Normal (1, 0.1) between -0.5 and 2 deviations: 0.6687 of all; 0.1915 lie below the mean, 0.0006 within 0.0002 of a bound.
    expect(Math.abs(share(0, 1) - 0.1915 / 0.6687)).toBeLessThan(0.04);
    expect(share(0, 0.9502) + share(1.1998, 9)).toBeLessThan(0.01);
  });
});

describe('IDM and start-up delay on random towns', () => {
  const drivesAs = (wanted: Scenario, more: Partial<VehicleType>): Scenario => ({
    ...wanted,
    demand: { ...wanted.demand, types: wanted.demand.types.map((type) => ({ ...type, ...more })) },
  });

  it('keep vehicles conserved, apart, within their dynamics and behind red', () => {
    fc.assert(
      fc.property(
        fc.record({
          blockM: fc.integer({ min: 60, max: 200 }),
          lanes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
          seed: fc.integer({ min: 1, max: 1_000_000 }),
          trips: fc.integer({ min: 1, max: 100 }),
          delta: fc.integer({ min: 1, max: 8 }),
          steps: fc.integer({ min: 1, max: 8 }),
          isIdm: fc.boolean(),
          startupDelayS: fc.double({ min: 0, max: 4, noNaN: true }),
        }),
        ({ blockM, lanes, seed, trips, delta, steps, isIdm, startupDelayS }) => {
          const city = gridTown(2, blockM, ['signal', 'priority'], lanes);
          const plain = scenario(city, wanderers(city, seed, trips, 6, 100), 200);
          const wanted = drivesAs(plain, { startupDelayS, ...(isIdm ? { idm: { delta, steps } } : {}) });
          const engine = createEngine(wanted, { seed });
          const watch = new PhysicsWatch(wanted);
          for (let i = 0; i < 200; i++) {
            engine.step();
            expect(watch.check(engine)).toBeNull();
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
