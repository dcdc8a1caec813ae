import { describe, expect, it } from 'vitest';
import { CAR, crossroads, gridTown, roadNamed, scenario, trip } from '../../tests/sim/town.ts';
import type { City } from '../city/city.ts';
import { darkLamps } from '../city/greens.ts';
import { createEngine, type Engine } from './engine.ts';
import { EVENT } from './events.ts';

function run(engine: Engine, seconds: number): void {
  for (let i = 0; i < seconds; i++) engine.step();
}

function lanesOf(city: City, road: number): number[] {
  const { firstLane = 0, laneCount = 0 } = city.roads[road] ?? {};
  return Array.from({ length: laneCount }, (_, i) => firstLane + i);
}

/** Roads that vehicles came onto in `seconds`, in order; undefined trip for all. */
function roadsDriven(engine: Engine, seconds: number, trip?: number): number[] {
  const roads: number[] = [];
  for (let i = 0; i < seconds; i++) {
    engine.step();
    const { count, kind, road, trip: who } = engine.drainEvents();
    for (let k = 0; k < count; k++) {
      if (kind[k] !== EVENT.arrived && (trip === undefined || who[k] === trip)) roads.push(road[k] ?? -1);
    }
  }
  return roads;
}

describe('a closed road', () => {
  const city = gridTown(3, 150, ['priority'], [1]);
  const road = (id: string) => roadNamed(city, id);
  const straightOn = [road('n0.0-n1.0'), road('n1.0-n2.0'), road('n2.0-n2.1')];

  it('is gone round by who has not departed and by who is on the way', () => {
    const engine = createEngine(scenario(city, [trip(straightOn, 0), trip(straightOn, 40)]), { seed: 1 });
    run(engine, 3);
    engine.drainEvents();
    engine.close(lanesOf(city, road('n1.0-n2.0')), true);
    const driven = roadsDriven(engine, 200);
    expect(driven).not.toContain(road('n1.0-n2.0'));
    expect(driven.filter((r) => r === road('n2.0-n2.1'))).toHaveLength(0);
    expect(engine.arrived).toBe(0);
  });

  it('is waited for where there is no other way, and entered when it opens', () => {
    const engine = createEngine(scenario(city, [trip(straightOn, 0)]), { seed: 1 });
    run(engine, 3);
    for (const id of ['n1.0-n2.0', 'n2.1-n2.0']) engine.close(lanesOf(city, road(id)), true);
    run(engine, 200);
    expect(engine.present).toBe(1);
    engine.close(lanesOf(city, road('n1.0-n2.0')), false);
    run(engine, 100);
    expect(engine.arrived).toBe(1);
  });

  it('is driven off by who is on it and by who can no longer stop', () => {
    const engine = createEngine(scenario(city, [trip(straightOn, 0, { departSpeed: 'max' })]), { seed: 1 });
    const nearEnd = (city.roads[straightOn[0] ?? -1]?.lengthM ?? 0) - 15;
    for (let i = 0; i < 20 && (engine.frame.posM[0] ?? 0) < nearEnd; i++) engine.step();
    expect(engine.frame.posM[0]).toBeGreaterThan(nearEnd);
    engine.close(lanesOf(city, road('n1.0-n2.0')), true);
    expect(roadsDriven(engine, 100)).toContain(road('n1.0-n2.0'));
    expect(engine.arrived).toBe(1);
    expect(engine.forcedHalts).toBe(0);
  });

  it('ends a trip before it when the trip was to end on it', () => {
    const engine = createEngine(scenario(city, [trip(straightOn.slice(0, 2), 0)]), { seed: 1 });
    engine.close(lanesOf(city, road('n1.0-n2.0')), true);
    expect(roadsDriven(engine, 100)).not.toContain(road('n1.0-n2.0'));
    expect(engine.arrived).toBe(1);
  });
});

describe('a closed lane', () => {
  it('is left by those on it and used by nobody who comes later', () => {
    const city = crossroads('priority', 2, 300);
    const way = [roadNamed(city, 'e0-c'), roadNamed(city, 'c-e2')];
    const [kerb = -1] = lanesOf(city, way[0] ?? -1);
    const trips = Array.from({ length: 30 }, (_, i) => trip(way, i * 3, { departLane: i < 3 ? 'first' : 'best' }));
    const engine = createEngine(scenario(city, trips), { seed: 1 });
    run(engine, 10);
    engine.close([kerb], true);
    run(engine, 25);
    for (let i = 0; i < 40; i++) {
      engine.step();
      expect(engine.frame.segment.subarray(0, engine.frame.count)).not.toContain(kerb);
    }
    run(engine, 200);
    expect(engine.arrived).toBe(30);
  });
});

describe('a limit', () => {
  it('holds from the moment it is set, for that road alone', () => {
    const city = crossroads('priority', 1, 300);
    const way = [roadNamed(city, 'e0-c'), roadNamed(city, 'c-e2')];
    const car = { ...CAR, sigma: 0, speedDev: 0 };
    const engine = createEngine(scenario(city, [trip(way, 0, { departSpeed: 'max' })], 600, [car]), { seed: 1 });
    engine.setSpeed(way[0] ?? -1, 5);
    run(engine, 10);
    expect(engine.frame.speedMps[0]).toBeCloseTo(5, 3);
    run(engine, 70);
    expect(engine.frame.speedMps[0]).toBeCloseTo(13.89, 3);
  });
});

describe('a broken signal', () => {
  it('that is dark leaves a junction that still serves all its streams', () => {
    const city = crossroads('signal', 1, 150);
    const trips = [0, 1, 2, 3].flatMap((arm) =>
      Array.from({ length: 12 }, (_, i) =>
        trip([roadNamed(city, `e${arm}-c`), roadNamed(city, `c-e${(arm + 2) % 4}`)], i * 4),
      ),
    );
    const engine = createEngine(scenario(city, trips), { seed: 1 });
    engine.show(0, darkLamps(city, 0));
    run(engine, 900);
    expect(engine.arrived).toBe(48);
  });
});
