import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { City } from '../../src/city/city.ts';
import { getOwnProgram, listGreens } from '../../src/city/greens.ts';
import type { Choice, Controller, SignalStatus } from '../../src/signals/controller.ts';
import { CONTROLLERS } from '../../src/signals/registry.ts';
import { parseDegradation } from '../../src/street/degrade.ts';
import type { Observation, SensorLevel } from '../../src/street/observation.ts';
import { SensorLayer } from '../../src/street/sensors.ts';
import { createCrossing, frameOf, laneOf, type PlacedVehicle } from '../crossing.ts';

/** What every controller keeps to, whatever its logic; `fixed` is no controller and has a test of its own below. */

const city = createCrossing();
const LAMPS = ['GGrrrrGGrrrr'];
const LEVELS: readonly SensorLevel[] = ['camera', 'loops'];

/** A minute of made-up traffic: vehicles come, stand and leave by a rule of their own. */
function watch(
  level: SensorLevel,
  seed: number,
  degrade = 'late=0',
  gapS: (second: number) => number = () => 1,
): Observation[] {
  const layer = new SensorLayer(city, { level, seed, degrade: parseDegradation(degrade) });
  const seen: Observation[] = [];
  for (let second = 0, k = 0; k < 60; second += gapS(k), k++) {
    const vehicles: PlacedVehicle[] = [];
    for (let arm = 0; arm < 4; arm++) {
      for (let index = 0; index < 2; index++) {
        const waiting = (second + seed * 7 + arm * 13 + index * 5) % 9;
        for (let n = 0; n < waiting; n++) {
          const slot = arm * 100 + index * 50 + n;
          vehicles.push({
            slot,
            segment: laneOf(arm, 'inner', index),
            posM: Math.max(0, 60 - n * 7.5),
            speedMps: n % 2,
          });
        }
      }
    }
    seen.push(layer.observe(frameOf(second * 1000, vehicles), LAMPS));
  }
  return seen;
}

/** Runs a controller over observations with a street that obeys: a choice is green 3 s later. */
function run(controller: Controller, seen: readonly Observation[], of: City = city): Choice[][] {
  const status: SignalStatus[] = of.signals.map((signal) => ({
    stage: listGreens(getOwnProgram(signal))[0] ?? 0,
    changing: false,
    greenSinceMs: 0,
    mayChange: true,
  }));
  return seen.map((observation) => {
    controller.observe(observation);
    const choices = controller.decide(observation.timeMs, status);
    for (const { signal, stage } of choices) {
      if (status[signal]!.stage !== stage) {
        status[signal] = { stage, changing: false, greenSinceMs: observation.timeMs + 3000, mayChange: true };
      }
    }
    return choices;
  });
}

const names = Object.keys(CONTROLLERS).filter((name) => name !== 'fixed');

describe.each(names)('%s', (name) => {
  const make = (signals: readonly number[] = [0], of: City = city): Controller => {
    const controller = CONTROLLERS[name]!({ city: of, signals });
    if (controller === null) expect.fail(`${name} made no controller`);
    return controller;
  };

  it('goes by its own name', () => {
    expect(make().name).toBe(name);
  });

  it.each(LEVELS)('decides the same from the same observations (%s)', (level) => {
    const seen = watch(level, 3);
    expect(run(make(), seen)).toEqual(run(make(), seen));
  });

  it.each(LEVELS)('leaves what it is given as it was (%s)', (level) => {
    const seen = watch(level, 3);
    const copy = structuredClone(seen);
    run(make(), seen);
    expect(seen).toEqual(copy);
  });

  it.each(LEVELS)('chooses among the stages of the program and says why (%s)', (level) => {
    const stages = listGreens(getOwnProgram(city.signals[0]!));
    for (const choice of run(make(), watch(level, 1)).flat()) {
      expect(choice.signal).toBe(0);
      expect(stages).toContain(choice.stage);
      expect(choice.alternatives.map(({ stage }) => stage)).toContain(choice.stage);
      for (const { stage, score } of choice.alternatives) {
        expect(stages).toContain(stage);
        expect(Number.isFinite(score)).toBe(true);
      }
      expect(choice.why).toMatch(/^[a-z].{5,140}[^.]$/);
    }
  });

  it('leaves signals alone that are not its own', () => {
    expect(run(make([]), watch('camera', 2)).flat()).toEqual([]);
  });

  it.each(LEVELS)('does not stay on one stage while demand moves about (%s)', (level) => {
    const seen = watch(level, 4, 'late=0').flatMap((observation) =>
      [0, 1, 2, 3, 4].map((k) => ({ ...observation, timeMs: observation.timeMs + k * 60_000 })),
    );
    seen.sort((a, b) => a.timeMs - b.timeMs);
    const chosen = new Set(
      run(make(), seen)
        .flat()
        .map(({ stage }) => stage),
    );
    expect(chosen.size).toBeGreaterThan(1);
  });

  it.each(LEVELS)('survives blind, stuck, noisy and late sensors (%s)', (level) => {
    for (const degrade of [
      'dead=1',
      'dead=0.5',
      'stuck-on=1',
      'stuck-off=1',
      'noisy=0.5',
      'late=20',
      'dead=0.2,late=3,noisy=0.1',
    ]) {
      const choices = run(make(), watch(level, 5, degrade)).flat();
      for (const { alternatives } of choices) {
        for (const { score } of alternatives) expect(Number.isFinite(score)).toBe(true);
      }
    }
  });

  it('survives gaps, repeats and steps back in time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 400 }), { minLength: 60, maxLength: 60 }),
        fc.constantFrom(...LEVELS),
        (gaps, level) => {
          const seen = watch(level, 6, 'late=0', (k) => gaps[k]!);
          expect(run(make(), seen)).toEqual(run(make(), seen));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('may be asked before it has seen anything', () => {
    const status = [{ stage: 0, changing: false, greenSinceMs: 0, mayChange: true }];
    for (const { stage } of make().decide(0, status)) expect([0, 2, 4, 6]).toContain(stage);
    expect(make().decide(0, [])).toEqual([]);
  });

  it('lives in a city without signals', () => {
    const empty: City = { ...city, roads: [], lanes: [], movements: [], junctions: [], signals: [] };
    const layer = new SensorLayer(empty, { level: 'camera', seed: 1 });
    expect(run(make([], empty), [layer.observe(frameOf(0, []), [])], empty)).toEqual([[]]);
  });
});

describe('fixed', () => {
  it('commands nothing: the street runs its own programs', () => {
    expect(CONTROLLERS.fixed!({ city, signals: [0] })).toBeNull();
  });
});
