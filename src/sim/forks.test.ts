import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disturb } from '../../tests/sim/disturbances.ts';
import { PhysicsWatch } from '../../tests/sim/physics.ts';
import { gridTown, scenario, wanderers } from '../../tests/sim/town.ts';
import type { NodePlan } from '../city/build.ts';
import type { Scenario } from '../demand/demand.ts';
import { UrbaneError } from '../units/errors.ts';
import { createEngine, type Engine, loadEngine } from './engine.ts';

const KIND = fc.constantFrom<NodePlan['kind']>('signal', 'priority', 'all-way-stop');
const TOWN = fc.record({
  kinds: fc.array(KIND, { minLength: 1, maxLength: 4 }),
  lanes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
  blockM: fc.integer({ min: 60, max: 200 }),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  at: fc.integer({ min: 0, max: 150 }),
});

function townScenario({
  kinds,
  lanes,
  blockM,
  seed,
}: {
  kinds: NodePlan['kind'][];
  lanes: number[];
  blockM: number;
  seed: number;
}): Scenario {
  const city = gridTown(3, blockM, kinds, lanes);
  return scenario(city, wanderers(city, seed, 90, 8, 150));
}

function run(engine: Engine, seconds: number): void {
  for (let i = 0; i < seconds; i++) engine.step();
}

/** The same disturbances at the same seconds lead to the same hash. */
function future(wanted: Scenario, engine: Engine, seed: number, seconds: number): string {
  for (let i = 0; i < seconds; i++) {
    disturb(wanted.city, engine, seed);
    engine.step();
  }
  return engine.hash();
}

describe('a fork', () => {
  it('has the same future as its original, which it does not touch', () => {
    fc.assert(
      fc.property(TOWN, (town) => {
        const wanted = townScenario(town);
        const engine = createEngine(wanted, { seed: town.seed });
        future(wanted, engine, town.seed, town.at);
        const before = engine.hash();
        const fork = engine.fork();
        const imagined = future(wanted, fork, town.seed, 60);
        expect(engine.hash()).toBe(before);
        expect(future(wanted, engine, town.seed, 60)).toBe(imagined);
        expect(engine.lamps).toEqual(fork.lamps);
      }),
      { numRuns: 30 },
    );
  });

  it('into an older fork is the same as a new one, whatever that one went through', () => {
    fc.assert(
      fc.property(TOWN, (town) => {
        const wanted = townScenario(town);
        const engine = createEngine(wanted, { seed: town.seed });
        run(engine, town.at);
        const used = engine.fork();
        future(wanted, used, town.seed + 1, 40);
        run(engine, 20);
        const fork = engine.fork(used);
        expect(fork).toBe(used);
        expect(fork.hash()).toBe(engine.hash());
        expect(future(wanted, fork, town.seed, 40)).toBe(future(wanted, engine, town.seed, 40));
      }),
      { numRuns: 20 },
    );
  });

  it('goes only into another fork, and not into itself', () => {
    const town = { kinds: ['signal' as const], lanes: [1], blockM: 100, seed: 1 };
    const engine = createEngine(townScenario(town), { seed: 1 });
    expect(() => engine.fork(engine)).toThrow('another fork of it');
    expect(() => engine.fork(createEngine(townScenario(town), { seed: 1 }))).toThrow('another fork of it');
  });
});

describe('a saved run', () => {
  it('goes on as if it had not been saved', () => {
    fc.assert(
      fc.property(TOWN, (town) => {
        const wanted = townScenario(town);
        const engine = createEngine(wanted, { seed: town.seed });
        future(wanted, engine, town.seed, town.at);
        const loaded = loadEngine(wanted, engine.save());
        expect(loaded.hash()).toBe(engine.hash());
        expect(loaded.lamps).toEqual(engine.lamps);
        expect(future(wanted, loaded, town.seed, 60)).toBe(future(wanted, engine, town.seed, 60));
      }),
      { numRuns: 30 },
    );
  });

  const town = { kinds: ['signal' as const], lanes: [2], blockM: 100, seed: 1 };
  const wanted = townScenario(town);
  const engine = createEngine(wanted, { seed: 1 });
  run(engine, 30);
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
    const otherCity = townScenario({ ...town, blockM: 101 });
    expect(() => loadEngine(otherCity, saved)).toThrow(/the saved run is of city \w+, expected \w+\./);
    const otherTrips = { ...wanted, demand: { ...wanted.demand, trips: wanted.demand.trips.slice(1) } };
    expect(() => loadEngine(otherTrips, saved)).toThrow(/the saved run is of demand \w+, expected \w+\./);
  });
});

describe('closures, limits and broken signals while running', () => {
  it('lose nobody, break no rule and hang nothing, whatever is ordered', () => {
    fc.assert(
      fc.property(TOWN, (town) => {
        const wanted = townScenario(town);
        const engine = createEngine(wanted, { seed: town.seed });
        const watch = new PhysicsWatch(wanted);
        for (let i = 0; i < 300; i++) {
          disturb(wanted.city, engine, town.seed);
          engine.step();
          expect(watch.check(engine)).toBeNull();
        }
      }),
      { numRuns: 40 },
    );
  });
});
