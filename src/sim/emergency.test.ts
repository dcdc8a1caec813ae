import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PhysicsWatch } from '../../tests/sim/physics.ts';
import {
  AMBULANCE,
  CAR,
  crossroads,
  gridTown,
  roadNamed,
  scenario,
  TRUCK,
  trip,
  wanderers,
} from '../../tests/sim/town.ts';
import type { City } from '../city/city.ts';
import type { Trip, VehicleType } from '../demand/demand.ts';
import { createEngine, type Engine } from './engine.ts';
import { cutOut } from './surroundings.ts';

const TYPES = [CAR, TRUCK, AMBULANCE];
const SIREN = 2;

/** Drives a town under watch; fails on the first fault seen from outside. */
function runWatched(city: City, trips: readonly Trip[], seconds: number, types = TYPES): Engine {
  const wanted = scenario(city, trips, seconds, types);
  const engine = createEngine(wanted, { seed: 1 });
  const watch = new PhysicsWatch(wanted);
  for (let i = 0; i < seconds; i++) {
    engine.step();
    expect(watch.check(engine)).toBeNull();
  }
  return engine;
}

/** Crossing traffic from all four sides straight on, and one ambulance every 50 s from the east. */
function crossingTrips(city: City, seconds: number): Trip[] {
  const way = (from: number) => [roadNamed(city, `e${from}-c`), roadNamed(city, `c-e${(from + 2) % 4}`)];
  const cars = Array.from({ length: seconds / 6 }, (_, i) => trip(way(i % 4), i * 6));
  const calls = Array.from({ length: seconds / 50 }, (_, i) => trip(way(0), i * 50, { type: SIREN }));
  return [...cars, ...calls];
}

/** Mean seconds on the way of the trips of a type. */
function meanDuration(engine: Engine, trips: readonly Trip[], type: number): number {
  const sorted = [...trips].sort((a, b) => a.departMs - b.departMs);
  const own = sorted.flatMap((one, i) => (one.type === type && (engine.trips.arrivedMs[i] ?? -1) >= 0 ? [i] : []));
  const total = own.reduce((sum, i) => sum + (engine.trips.arrivedMs[i] ?? 0) - (engine.trips.insertedMs[i] ?? 0), 0);
  return total / own.length / 1000;
}

describe('vehicles with blue light', () => {
  it('never hit anyone, and everyone else still stops at red', () => {
    fc.assert(
      fc.property(
        fc.record({
          blockM: fc.integer({ min: 40, max: 200 }),
          lanes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
          seed: fc.integer({ min: 1, max: 1_000_000 }),
          calls: fc.integer({ min: 2, max: 6 }),
        }),
        ({ blockM, lanes, seed, calls }) => {
          const city = gridTown(3, blockM, ['signal', 'signal', 'priority'], lanes);
          const trips = wanderers(city, seed, 100, 8, 100).map((one, i) =>
            i % calls === 0 ? { ...one, type: SIREN } : one,
          );
          runWatched(city, trips, 200);
        },
      ),
      // The example: a lane changed too near its end, onto the way of a siren in the junction.
      { numRuns: 30, examples: [[{ blockM: 46, lanes: [3, 1], seed: 319_758, calls: 4 }]] },
    );
  });

  it('are quicker than the same vehicles without, and hold up others little', () => {
    const city = crossroads('signal', 2, 250);
    const trips = crossingTrips(city, 900);
    const silent: VehicleType = { ...AMBULANCE, hasBlueLight: false };
    const [loud, quiet] = [AMBULANCE, silent].map((type) => runWatched(city, trips, 900, [CAR, TRUCK, type]));
    if (!loud || !quiet) throw new Error('two runs');
    expect(meanDuration(loud, trips, SIREN)).toBeLessThan(0.8 * meanDuration(quiet, trips, SIREN));
    expect(meanDuration(loud, trips, 0)).toBeLessThan(1.1 * meanDuration(quiet, trips, 0));
  });

  it('are let past on a street with two lanes', () => {
    const city = crossroads('priority', 2, 400);
    const route = [roadNamed(city, 'e0-c'), roadNamed(city, 'c-e2')];
    const slow: VehicleType = { ...CAR, maxSpeedMps: 5, speedDev: 0, sigma: 0 };
    const trips = [0, 1].flatMap((lane) => [
      trip(route, lane * 4, { departLane: lane }),
      trip(route, 12, { type: SIREN }),
    ]);
    const loud = runWatched(city, trips, 240, [slow, TRUCK, AMBULANCE]);
    expect(meanDuration(loud, trips, SIREN)).toBeLessThan(100);
  });

  it('are heard in forks of a part as in the city itself', () => {
    const city = gridTown(3, 120, ['signal', 'priority'], [2, 1, 3]);
    const trips = wanderers(city, 5, 80, 8, 60).map((one, i) => (i % 4 === 0 ? { ...one, type: SIREN } : one));
    const engine = createEngine(scenario(city, trips, 200, TYPES), { seed: 1 });
    while (engine.timeMs < 60_000 || engine.waitingToEnter > 0) engine.step();
    const [fork, part] = [engine.fork(), engine.forkPart(cutOut(city, [...city.roads.keys()]))];
    const lossBefore = engine.trips.timeLossS.reduce((sum, seconds) => sum + seconds, 0);
    for (let i = 0; i < 60; i++) {
      fork.step();
      part.step();
      expect(part.present).toBe(fork.present);
    }
    expect(part.timeLossS).toBeCloseTo(fork.trips.timeLossS.reduce((sum, seconds) => sum + seconds, 0) - lossBefore, 6);
  });

  it('leave nothing behind: without one on the streets a city goes its way unchanged', () => {
    const city = gridTown(3, 100, ['signal', 'priority'], [2]);
    const trips = wanderers(city, 3, 80, 6, 60);
    const withType = runWatched(city, trips, 200);
    const without = runWatched(city, trips, 200, [CAR, TRUCK]);
    expect([...withType.trips.arrivedMs]).toEqual([...without.trips.arrivedMs]);
  });
});
