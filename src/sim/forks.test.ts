import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROPERTIES, TOWN } from '../../tests/sim/properties.ts';
import { gridTown, scenario, wanderers } from '../../tests/sim/town.ts';
import type { Scenario } from '../demand/demand.ts';
import { UrbaneError } from '../units/errors.ts';
import { createEngine, loadEngine } from './engine.ts';

/** Whole runs of random towns; `npm run bench -- properties` does thousands of them. */
describe('properties on random towns', () => {
  it.each(PROPERTIES)('$name', ({ check }) => {
    fc.assert(fc.property(TOWN, check), { numRuns: 20 });
  });
});

const wantedTown = (blockM: number): Scenario => {
  const city = gridTown(3, blockM, ['signal'], [2]);
  return scenario(city, wanderers(city, 1, 90, 8, 150));
};

describe('a fork', () => {
  it('goes only into another fork, and not into itself', () => {
    const engine = createEngine(wantedTown(100), { seed: 1 });
    expect(() => engine.fork(engine)).toThrow('another fork of it');
    expect(() => engine.fork(createEngine(wantedTown(100), { seed: 1 }))).toThrow('another fork of it');
  });
});

describe('a saved run', () => {
  const wanted = wantedTown(100);
  const engine = createEngine(wanted, { seed: 1 });
  for (let i = 0; i < 30; i++) engine.step();
  const saved = engine.save();

  it('is refused with one sentence when a byte of it is wrong or missing', () => {
    fc.assert(
      fc.property(fc.nat({ max: saved.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = saved.slice();
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        expect(() => loadEngine(wanted, damaged)).toThrow(UrbaneError);
        expect(() => loadEngine(wanted, saved.subarray(0, at))).toThrow(UrbaneError);
      }),
      { numRuns: 100 },
    );
  });

  it('is refused for another city or other trips, naming both', () => {
    const otherCity = wantedTown(101);
    expect(() => loadEngine(otherCity, saved)).toThrow(/the saved run is of city \w+, expected \w+\./);
    const otherTrips = { ...wanted, demand: { ...wanted.demand, trips: wanted.demand.trips.slice(1) } };
    expect(() => loadEngine(otherTrips, saved)).toThrow(/the saved run is of demand \w+, expected \w+\./);
  });
});
