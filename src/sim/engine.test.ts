import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PhysicsWatch } from '../../tests/sim/physics.ts';
import {
  CAR,
  crossroads,
  gridTown,
  roadNamed,
  scenario,
  street,
  town,
  trip,
  wanderers,
  withPrograms,
} from '../../tests/sim/town.ts';
import type { NodePlan } from '../city/build.ts';
import type { City } from '../city/city.ts';
import type { Trip } from '../demand/demand.ts';
import { createEngine, type Engine } from './engine.ts';
import { EVENT } from './events.ts';

function run(engine: Engine, seconds: number): void {
  for (let i = 0; i < seconds; i++) engine.step();
}

/** Drives a scenario under watch and returns the engine; fails on the first fault seen from outside. */
function runWatched(city: City, trips: readonly Trip[], seed: number, seconds: number): Engine {
  const wanted = scenario(city, trips, seconds);
  const engine = createEngine(wanted, { seed });
  const watch = new PhysicsWatch(wanted);
  for (let i = 0; i < seconds; i++) {
    engine.step();
    expect(watch.check(engine)).toBeNull();
  }
  return engine;
}

const NODE_KIND = fc.constantFrom<NodePlan['kind']>('signal', 'priority', 'right-before-left', 'all-way-stop');

/** A straight road of one or more lanes, cut in pieces. */
function straight(piecesM: readonly number[], lanes = 1): City {
  let x = 0;
  const nodes: NodePlan[] = [{ id: 'n0', x, y: 0, kind: 'priority' }];
  for (const [i, lengthM] of piecesM.entries()) {
    x += lengthM;
    nodes.push({ id: `n${i + 1}`, x, y: 0, kind: 'priority' });
  }
  const roads = nodes.slice(1).map((node, i) => street(nodes[i] ?? node, node, lanes));
  return town(nodes, roads);
}

describe('properties on random towns', () => {
  it('conserves vehicles, keeps them apart, within their dynamics and behind red', () => {
    fc.assert(
      fc.property(
        fc.record({
          size: fc.integer({ min: 2, max: 3 }),
          blockM: fc.integer({ min: 35, max: 220 }),
          kinds: fc.array(NODE_KIND, { minLength: 1, maxLength: 5 }),
          lanes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
          seed: fc.integer({ min: 1, max: 1_000_000 }),
          trips: fc.integer({ min: 1, max: 150 }),
        }),
        ({ size, blockM, kinds, lanes, seed, trips }) => {
          const city = gridTown(size, blockM, kinds, lanes);
          runWatched(city, wanderers(city, seed, trips, 8, 120), seed, 240);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('gives the same state for the same seed, another for another', () => {
    const city = gridTown(3, 120, ['signal', 'priority'], [2, 1]);
    const wanted = scenario(city, wanderers(city, 7, 120, 8, 100));
    const hash = (seed: number) => {
      const engine = createEngine(wanted, { seed });
      run(engine, 200);
      return engine.hash();
    };
    expect(hash(3)).toBe(hash(3));
    expect(hash(3)).not.toBe(hash(4));
  });

  const homecoming = (kinds: readonly NodePlan['kind'][], seed: number): number => {
    const city = gridTown(3, 150, kinds, [2, 1]);
    return runWatched(city, wanderers(city, seed, 40, 6, 120), seed, 900).arrived;
  };

  it('brings everyone home from a town without spill-back', () => {
    fc.assert(
      fc.property(
        fc.array(NODE_KIND, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 1000 }),
        (kinds, seed) => {
          expect(homecoming(kinds, seed)).toBe(40);
        },
      ),
      { numRuns: 12 },
    );
  });

  it.each([17, 72, 177, 281, 292])('brings everyone home where right-before-left once locked, seed %i', (seed) => {
    expect(homecoming(['right-before-left'], seed)).toBe(40);
  });
});

describe('car following', () => {
  it('drives at the limit, neither slower nor faster, when alone and without imperfection', () => {
    const city = straight([1000]);
    const steady = { ...CAR, sigma: 0, speedDev: 0 };
    const engine = createEngine(scenario(city, [trip([0], 0)], 100, [steady]), { seed: 1 });
    run(engine, 20);
    expect(engine.frame.speedMps[0]).toBeCloseTo(13.89, 3);
  });

  it('discharges a queue at SUMO 1.15 rates: 20 cars in 39 s to 45 s at the default parameters', () => {
    const city = withPrograms(crossroads('signal', 1, 300), (links) => ({
      id: '0',
      offsetS: 0,
      phases: [
        { state: 'r'.repeat(links), durationS: 150 },
        { state: 'G'.repeat(links), durationS: 300 },
      ],
    }));
    const route = [roadNamed(city, 'e0-c'), roadNamed(city, 'c-e2')];
    const trips = Array.from({ length: 30 }, () => trip(route, 0));
    const engine = createEngine(scenario(city, trips, 450), { seed: 1 });
    const crossed: number[] = [];
    for (let i = 0; i < 300; i++) {
      engine.step();
      const events = engine.drainEvents();
      for (let k = 0; k < events.count; k++) if (events.kind[k] === EVENT.road) crossed.push(i - 150);
    }
    expect(crossed[19]).toBeGreaterThan(36);
    expect(crossed[19]).toBeLessThan(48);
  });

  it('queues back over a junction and holds the next road up, without anyone inside the junction (spill-back)', () => {
    const city = withPrograms(crossroads('signal', 1, 60), (links) => ({
      id: '0',
      offsetS: 0,
      phases: [{ state: 'r'.repeat(links), durationS: 1000 }],
    }));
    const engine = runWatched(
      city,
      Array.from({ length: 30 }, () => trip([roadNamed(city, 'e0-c'), roadNamed(city, 'c-e2')], 0)),
      1,
      200,
    );
    const room = Math.floor((city.roads[0]?.lengthM ?? 0) / (CAR.lengthM + CAR.minGapM));
    expect(engine.present).toBe(room);
    expect(engine.waitingToEnter).toBe(30 - room);
    expect(engine.arrived).toBe(0);
  });
});

describe('right of way', () => {
  function meet(city: City, minor: string[], major: string[], every: number): { minorS: number; majorLossS: number } {
    const roads = (ids: string[]) => ids.map((id) => roadNamed(city, id));
    const trips = [trip(roads(minor), 0, { departLane: 'first' })];
    for (let t = 0; t < 120; t += every) trips.push(trip(roads(major), t, { departLane: 'first', departSpeed: 'max' }));
    const wanted = scenario(city, trips, 600, [{ ...CAR, sigma: 0, speedDev: 0 }]);
    const engine = createEngine(wanted, { seed: 1 });
    run(engine, 600);
    const at = wanted.demand.trips.findIndex(({ route }) => route[0] === roadNamed(city, minor[0] ?? ''));
    let loss = 0;
    wanted.demand.trips.forEach((_, i) => {
      if (i !== at) loss += (engine.trips.timeLossS[i] ?? 0) / (trips.length - 1);
    });
    return {
      minorS: ((engine.trips.arrivedMs[at] ?? 0) - (engine.trips.insertedMs[at] ?? 0)) / 1000,
      majorLossS: loss,
    };
  }

  it('a minor street waits for the major one and then goes', () => {
    const city = crossroads('priority', 1, 200, [9, 1, 9, 1]);
    const alone = meet(city, ['e1-c', 'c-e3'], ['e0-c', 'c-e2'], 1000);
    const busy = meet(city, ['e1-c', 'c-e3'], ['e0-c', 'c-e2'], 3);
    expect(busy.minorS).toBeGreaterThan(alone.minorS + 60);
    expect(busy.majorLossS).toBeLessThan(6);
  });

  it('a permissive left turn gives way to oncoming traffic', () => {
    const city = withPrograms(crossroads('signal', 1, 200), (links) => ({
      id: '0',
      offsetS: 0,
      phases: [{ state: 'g'.repeat(links), durationS: 1000 }],
    }));
    const green = { ...city, signals: city.signals.map((signal) => ({ ...signal, programs: [permissive(city)] })) };
    const alone = meet(green, ['e0-c', 'c-e3'], ['e2-c', 'c-e0'], 1000);
    const busy = meet(green, ['e0-c', 'c-e3'], ['e2-c', 'c-e0'], 3);
    expect(busy.minorS).toBeGreaterThan(alone.minorS + 60);
    expect(busy.majorLossS).toBeLessThan(6);
  });

  function permissive(city: City) {
    const links = city.signals[0]?.links ?? [];
    const state = links.map((movements) => (city.movements[movements[0] ?? -1]?.turn === 'left' ? 'g' : 'G')).join('');
    return { id: '0', offsetS: 0, phases: [{ state, durationS: 1000 }] };
  }

  it('a left turn that waits inside is let out when its light has turned red, however dense the cross traffic', () => {
    const city = crossroads('signal', 1, 200);
    const lamps = (axis: number) =>
      (city.signals[0]?.links ?? [])
        .map((movements) => {
          const movement = city.movements[movements[0] ?? -1];
          const road = city.roads[city.lanes[movement?.fromLane ?? -1]?.road ?? -1];
          if (road?.id !== `e${axis}-c` && road?.id !== `e${axis + 2}-c`) return 'r';
          return movement?.turn === 'left' ? 'g' : 'G';
        })
        .join('');
    const way = (from: number, to: number) => [roadNamed(city, `e${from}-c`), roadNamed(city, `c-e${to}`)];
    const trips = [trip(way(0, 3), 0)];
    for (let t = 4; t < 40; t += 2) trips.push(trip(way(2, 0), t, { departSpeed: 'max' }));
    for (let t = 30; t < 120; t += 2) trips.push(trip(way(1, 3), t, { departSpeed: 'max' }));
    const engine = createEngine(scenario(city, trips, 120, [{ ...CAR, sigma: 0, speedDev: 0 }]), { seed: 1 });
    engine.show(0, lamps(0));
    run(engine, 44);
    const left = city.movements.findIndex(
      (movement) => movement.turn === 'left' && city.lanes[movement.fromLane]?.road === roadNamed(city, 'e0-c'),
    );
    const isInside = () => {
      const { count, segment } = engine.frame;
      return segment.subarray(0, count).includes(city.lanes.length + left);
    };
    expect(isInside()).toBe(true);
    engine.show(0, lamps(1));
    run(engine, 12);
    expect(isInside()).toBe(false);
  });

  it('opposing streams of left turns and straights, each on one lane, do not lock in the middle', () => {
    const city = crossroads('signal', 1, 200);
    const way = (from: number, to: number) => [roadNamed(city, `e${from}-c`), roadNamed(city, `c-e${to}`)];
    const trips = Array.from({ length: 20 }, (_, i) => [
      trip(way(0, i % 2 === 0 ? 3 : 2), i * 6, { departSpeed: 'max' }),
      trip(way(2, i % 2 === 0 ? 1 : 0), i * 6, { departSpeed: 'max' }),
    ]).flat();
    const engine = runWatched(
      withPrograms(city, () => permissive(city)),
      trips,
      1,
      900,
    );
    expect(engine.arrived).toBe(40);
  });

  it('who goes straight stays behind a left turner of the same lane that waits inside', () => {
    const city = crossroads('signal', 1, 200);
    const way = (from: number, to: number) => [roadNamed(city, `e${from}-c`), roadNamed(city, `c-e${to}`)];
    const oncoming = Array.from({ length: 30 }, (_, i) => trip(way(2, 0), i * 2, { departSpeed: 'max' }));
    const trips = [trip(way(0, 3), 0), trip(way(0, 2), 2), ...oncoming];
    const steady = { ...CAR, sigma: 0, speedDev: 0 };
    const engine = createEngine(
      scenario(
        withPrograms(city, () => permissive(city)),
        trips,
        300,
        [steady],
      ),
      { seed: 1 },
    );
    run(engine, 50);
    const { frame } = engine;
    const turner = city.movements.findIndex(
      ({ turn, fromLane }) => turn === 'left' && city.lanes[fromLane]?.road === roadNamed(city, 'e0-c'),
    );
    const inside = frame.segment.subarray(0, frame.count).indexOf(city.lanes.length + turner);
    expect(frame.speedMps[inside]).toBeLessThan(0.1);
    // Trips are sorted by departure: 0 turns, 1 comes the other way, 2 goes straight.
    expect(engine.trips.arrivedMs[2]).toBe(-1);
    run(engine, 150);
    expect(engine.trips.arrivedMs[2]).toBeGreaterThan(engine.trips.arrivedMs[0] ?? 0);
  });

  it.each(['right-before-left', 'all-way-stop', 'priority'] as const)(
    'four streams that meet at a %s junction all get through',
    (kind) => {
      const city = crossroads(kind, 1, 150);
      const trips = [0, 1, 2, 3].flatMap((arm) =>
        Array.from({ length: 12 }, (_, i) =>
          trip([roadNamed(city, `e${arm}-c`), roadNamed(city, `c-e${(arm + 2) % 4}`)], i * 4),
        ),
      );
      const engine = runWatched(city, trips, 1, 900);
      expect(engine.arrived).toBe(48);
    },
  );
});

describe('lanes', () => {
  it('reaches the lane its turn needs, also from the wrong one on a short road', () => {
    const city = crossroads('signal', 3, 80);
    const left = [roadNamed(city, 'e0-c'), roadNamed(city, 'c-e3')];
    const right = [roadNamed(city, 'e0-c'), roadNamed(city, 'c-e1')];
    const trips = Array.from({ length: 40 }, (_, i) =>
      trip(i % 2 === 0 ? left : right, i * 3, { departLane: i % 2 === 0 ? 0 : 2 }),
    );
    const engine = runWatched(city, trips, 1, 900);
    expect(engine.arrived).toBe(40);
  });

  it('spreads a stream over parallel lanes', () => {
    const city = straight([1500], 3);
    const engine = createEngine(
      scenario(
        city,
        Array.from({ length: 60 }, (_, i) => trip([0], i * 2, { departLane: 'first' })),
      ),
      { seed: 1 },
    );
    run(engine, 120);
    const used = new Set(Array.from(engine.frame.segment.subarray(0, engine.frame.count)));
    expect(used.size).toBeGreaterThan(1);
  });

  it('holds a vehicle at the end of a lane that does not continue, and everyone behind it, without harm', () => {
    const city = straight([200, 100]);
    const cut = {
      ...city,
      lanes: city.lanes.map((lane) => ({ ...lane, out: [], in: [] })),
      movements: [],
      junctions: city.junctions.map((junction) => ({ ...junction, movements: [] })),
    };
    const engine = runWatched(cut, [trip([0, 1], 0), trip([0, 1], 5)], 1, 120);
    expect(engine.arrived).toBe(0);
    expect(Math.max(...engine.frame.posM.subarray(0, 2))).toBeGreaterThan(195);
  });
});

describe('signals and orders', () => {
  const city = crossroads('signal', 1, 100);

  it('runs its own program by the clock, offset included', () => {
    const timed = withPrograms(city, (links) => ({
      id: '0',
      offsetS: 5,
      phases: [
        { state: 'G'.repeat(links), durationS: 20 },
        { state: 'y'.repeat(links), durationS: 3 },
        { state: 'r'.repeat(links), durationS: 7 },
      ],
    }));
    const engine = createEngine(scenario(timed, []), { seed: 1 });
    const shown = Array.from({ length: 60 }, () => {
      engine.step();
      return engine.lamps[0]?.charAt(0);
    }).join('');
    const cycle = `${'G'.repeat(20)}yyy${'r'.repeat(7)}`;
    expect(shown).toBe(`rrrrr${cycle}${cycle}`.slice(0, 60));
  });

  it('shows what it is told until it is handed back, then goes on from the start of that phase', () => {
    const engine = createEngine(scenario(city, []), { seed: 1 });
    const links = city.signals[0]?.links.length ?? 0;
    engine.show(0, 'r'.repeat(links));
    run(engine, 500);
    expect(engine.lamps[0]).toBe('r'.repeat(links));
    engine.handBack(0, 0);
    engine.step();
    const first = city.signals[0]?.programs[0]?.phases[0];
    expect(engine.lamps[0]).toBe(first?.state);
    run(engine, (first?.durationS ?? 0) - 1);
    expect(engine.lamps[0]).toBe(first?.state);
    engine.step();
    expect(engine.lamps[0]).toBe(city.signals[0]?.programs[0]?.phases[1]?.state);
  });
});

describe('records', () => {
  it('counts time lost, halts, crossings and events of a trip that meets a red light', () => {
    const city = withPrograms(crossroads('signal', 1, 200), (links) => ({
      id: '0',
      offsetS: 0,
      phases: [
        { state: 'r'.repeat(links), durationS: 60 },
        { state: 'G'.repeat(links), durationS: 600 },
      ],
    }));
    const wanted = scenario(city, [trip([roadNamed(city, 'e0-c'), roadNamed(city, 'c-e2')], 0)]);
    const engine = createEngine(wanted, { seed: 1 });
    run(engine, 200);
    expect(engine.trips.insertedMs[0]).toBe(0);
    expect(engine.trips.stops[0]).toBe(1);
    expect(engine.trips.waitingS[0]).toBeGreaterThan(30);
    expect(engine.trips.waitingS[0]).toBeLessThan(60);
    expect(engine.trips.timeLossS[0]).toBeGreaterThan(engine.trips.waitingS[0] ?? 0);
    const crossed = [...engine.movementDelay.vehicles].filter((n) => n > 0);
    expect(crossed).toEqual([1]);
    expect(Math.max(...engine.movementDelay.delayS)).toBeGreaterThan(30);
    const events = engine.drainEvents();
    expect([...events.kind.subarray(0, events.count)]).toEqual([EVENT.inserted, EVENT.road, EVENT.arrived]);
    expect(engine.drainEvents().count).toBe(0);
    expect(engine.arrived).toBe(1);
  });
});
