import fc from 'fast-check';
import type { NodePlan } from '../../src/city/build.ts';
import type { City } from '../../src/city/city.ts';
import type { Scenario } from '../../src/demand/demand.ts';
import { createCompiledEngine, loadCompiledEngine } from '../../src/field/sim/engine.ts';
import { createEngine, type Engine } from '../../src/sim/engine.ts';
import { workInTurns } from '../../src/sim/step.ts';
import { cutOut } from '../../src/sim/surroundings.ts';
import { disturb } from './disturbances.ts';
import { PhysicsWatch } from './physics.ts';
import { CAR, gridTown, scenario, TRUCK, wanderers } from './town.ts';

/** What a random town with its traffic is drawn from. */
export interface TownCase {
  readonly size: number;
  readonly blockM: number;
  readonly kinds: readonly NodePlan['kind'][];
  readonly lanes: readonly number[];
  readonly seed: number;
  readonly trips: number;
  /** Second at which something is done to the engine. */
  readonly at: number;
}

export const TOWN: fc.Arbitrary<TownCase> = fc.record({
  size: fc.integer({ min: 2, max: 4 }),
  blockM: fc.integer({ min: 35, max: 220 }),
  kinds: fc.array(fc.constantFrom<NodePlan['kind']>('signal', 'priority', 'right-before-left', 'all-way-stop'), {
    minLength: 1,
    maxLength: 5,
  }),
  lanes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  trips: fc.integer({ min: 1, max: 150 }),
  at: fc.integer({ min: 0, max: 150 }),
});

/** A property of the engine: throws an Error that says what is wrong with a town. */
export interface TownProperty {
  readonly name: string;
  check(town: TownCase): void;
}

const SIREN_EVERY = 15;
const TYPES = [CAR, TRUCK, { ...CAR, id: 'siren', hasBlueLight: true }];

function townScenario({ size, blockM, kinds, lanes, seed, trips }: TownCase): Scenario {
  const city = gridTown(size, blockM, kinds, lanes);
  return scenario(city, wanderers(city, seed, trips, 8, 120));
}

/** The same town with blue lights among its traffic, which the rules for red do not bind. */
export function townWithSirens(town: TownCase): Scenario {
  const wanted = townScenario(town);
  const trips = wanted.demand.trips.map((trip, i) =>
    i % SIREN_EVERY === 0 ? { ...trip, type: TYPES.length - 1 } : trip,
  );
  return { ...wanted, demand: { ...wanted.demand, types: TYPES, trips } };
}

function mustBe(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${what}: ${found}, expected ${expected}`);
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Drives on with something going wrong now and then, always the same at the same second; returns the hash at the end. */
function drive(wanted: Scenario, engine: Engine, seed: number, seconds: number): string {
  for (let i = 0; i < seconds; i++) {
    disturb(wanted.city, engine, seed);
    engine.step();
  }
  return engine.hash();
}

function watch(wanted: Scenario, engine: Engine, seconds: number, beforeStep: () => void): void {
  const physics = new PhysicsWatch(wanted);
  for (let i = 0; i < seconds; i++) {
    beforeStep();
    engine.step();
    const fault = physics.check(engine);
    if (fault !== null) throw new Error(`second ${i}: ${fault}`);
  }
}

function mendAll(city: City, engine: Engine): void {
  engine.close([...city.lanes.keys()], false);
  city.roads.forEach(({ speedMps }, road) => {
    engine.setSpeed(road, speedMps);
  });
  for (const signal of city.signals.keys()) engine.handBack(signal, 0);
}

const physics: TownProperty = {
  name: 'vehicles are conserved, never overlap, never pass a red, stay within their dynamics',
  check: (town) => {
    const wanted = townScenario(town);
    watch(wanted, createEngine(wanted, { seed: town.seed }), 240, () => {});
  },
};

const disturbed: TownProperty = {
  name: 'so too when roads and lanes close, limits change and signals break at random',
  check: (town) => {
    const wanted = townScenario(town);
    const engine = createEngine(wanted, { seed: town.seed });
    watch(wanted, engine, 300, () => disturb(wanted.city, engine, town.seed));
  },
};

const homecoming: TownProperty = {
  name: 'everyone comes home when all is open and works again',
  check: ({ kinds, seed }) => {
    const city = gridTown(3, 150, kinds, [2, 1]);
    const wanted = scenario(city, wanderers(city, seed, 40, 6, 120));
    const engine = createEngine(wanted, { seed });
    drive(wanted, engine, seed, 200);
    mendAll(city, engine);
    for (let i = 0; i < 900; i++) engine.step();
    mustBe('arrived', engine.arrived, 40);
  },
};

const fork: TownProperty = {
  name: 'a fork replays exactly and does not touch its original, in new memory and in used',
  check: (town) => {
    const wanted = townWithSirens(town);
    const engine = createCompiledEngine(wanted, { seed: town.seed });
    drive(wanted, engine, town.seed, town.at);
    const used = engine.fork();
    drive(wanted, used, town.seed + 1, 30);
    const before = engine.hash();
    const [fresh, again] = [engine.fork(), engine.fork(used)];
    mustBe('hash of a fork', again.hash(), before);
    const [one, other] = [fresh, again].map((copy) => drive(wanted, copy, town.seed, 60));
    mustBe('hash of the original', engine.hash(), before);
    const own = drive(wanted, engine, town.seed, 60);
    mustBe('future of a fork', one, own);
    mustBe('future of a fork in used memory', other, own);
    mustBe('lamps', fresh.lamps.join(), engine.lamps.join());
  },
};

const saved: TownProperty = {
  name: 'a saved run replays exactly',
  check: (town) => {
    const wanted = townWithSirens(town);
    const engine = createCompiledEngine(wanted, { seed: town.seed });
    drive(wanted, engine, town.seed, town.at);
    const loaded = loadCompiledEngine(wanted, engine.save());
    mustBe('hash', loaded.hash(), engine.hash());
    mustBe('lamps', loaded.lamps.join(), engine.lamps.join());
    mustBe('future', drive(wanted, loaded, town.seed, 60), drive(wanted, engine, town.seed, 60));
  },
};

const shares: TownProperty = {
  name: 'the phases of a step come to the same bytes in any number of shares',
  check: (town) => {
    const wanted = townWithSirens(town);
    const whole = createEngine(wanted, { seed: town.seed });
    const parts = 2 + (town.seed % 6);
    const shared = createEngine(wanted, { seed: town.seed, crew: (world) => workInTurns(world, parts) });
    for (let i = 0; i < 10; i++) {
      mustBe(`hash of ${parts} shares`, drive(wanted, shared, town.seed, 20), drive(wanted, whole, town.seed, 20));
    }
  },
};

const compiled: TownProperty = {
  name: 'compiled, the engine comes to the same bytes as its sources as they stand',
  check: (town) => {
    const wanted = townWithSirens(town);
    const engines = [createEngine(wanted, { seed: town.seed }), createCompiledEngine(wanted, { seed: town.seed })];
    for (let i = 0; i < 10; i++) {
      const [plain, other] = engines.map((engine) => drive(wanted, engine, town.seed, 20));
      mustBe(`hash after ${20 * (i + 1)} s`, other, plain);
    }
  },
};

const partial: TownProperty = {
  name: 'a partial fork of the whole city drives as a fork while nobody enters',
  check: (town) => {
    const wanted = townWithSirens(town);
    const engine = createCompiledEngine(wanted, { seed: town.seed });
    for (let i = 0; i < 125 + town.at; i++) engine.step();
    if (engine.waitingToEnter > 0) return;
    const whole = engine.fork();
    const lossBeforeS = sumOf(whole.trips.timeLossS);
    const part = engine.forkPart(cutOut(wanted.city, [...wanted.city.roads.keys()]));
    for (let i = 0; i < 60; i++) {
      whole.step();
      part.step();
      mustBe('present', part.present, whole.present);
    }
    mustBe('arrived', part.left, whole.arrived - engine.arrived);
    const lossS = sumOf(whole.trips.timeLossS) - lossBeforeS;
    if (Math.abs(part.timeLossS - lossS) > 1e-6) throw new Error(`lost ${part.timeLossS} s, expected ${lossS}`);
    const crossed = whole.movementDelay.vehicles.map((count, m) => count - (engine.movementDelay.vehicles[m] ?? 0));
    mustBe('crossings', part.movementDelay.vehicles.join(), crossed.join());
  },
};

/** Long: a thread takes tens of milliseconds to start. */
export const THREADS: TownProperty = {
  name: 'the same bytes on 1, 2 and 3 threads',
  check: (town) => {
    const wanted = townWithSirens(town);
    const [alone, ...others] = [1, 2, 3].map((threads) => {
      const engine = createCompiledEngine(wanted, { seed: town.seed, threads });
      const hash = drive(wanted, engine, town.seed, 200);
      engine.dispose();
      return hash;
    });
    for (const hash of others) mustBe('hash', hash, alone);
  },
};

export const PROPERTIES = [physics, disturbed, homecoming, fork, saved, shares, partial, compiled] as const;
