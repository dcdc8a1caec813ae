import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossroads, gridTown, roadNamed, scenario, trip, wanderers } from '../../tests/sim/town.ts';
import { createEngine, type Engine } from './engine.ts';
import type { PartialFork } from './partial.ts';
import { findSurroundings } from './surroundings.ts';

function run(engine: Engine | PartialFork, seconds: number): void {
  for (let i = 0; i < seconds; i++) engine.step();
}

describe('surroundings', () => {
  const city = gridTown(5, 100, ['signal'], [2]);
  const middle = city.junctions.findIndex(({ id }) => id === 'n2.2');

  it('are the roads at a junction, then those at their ends', () => {
    const near = findSurroundings(city, middle, 1);
    expect(near.roads).toHaveLength(8);
    expect(near.roads.every((road) => [city.roads[road]?.from, city.roads[road]?.to].includes(middle))).toBe(true);
    const wide = findSurroundings(city, middle, 2);
    expect(wide.roads).toHaveLength(8 + 4 * 6);
    expect(wide.signals).toHaveLength(13);
  });

  it('hold the movements from their roads, as runs of segments that are complete', () => {
    const { isInside, share, movements } = findSurroundings(city, middle, 1);
    const listed = Array.from({ length: share.segments.length / 2 }, (_, k) =>
      Array.from({ length: share.segments[2 * k + 1]! - share.segments[2 * k]! }, (_, i) => share.segments[2 * k]! + i),
    ).flat();
    expect(listed).toEqual([...isInside.keys()].filter((segment) => isInside[segment] === 1));
    expect(listed).toHaveLength(16 + movements.length);
  });
});

describe('a partial fork', () => {
  it('is the same whatever its memory was used for, and leaves the city as it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.nat({ max: 24 }), fc.nat({ max: 24 }), (seed, a, b) => {
        const city = gridTown(5, 120, ['signal', 'priority'], [2, 1, 3]);
        const engine = createEngine(scenario(city, wanderers(city, seed, 400, 8, 95)), { seed });
        run(engine, 90);
        const hash = engine.hash();
        const part = findSurroundings(city, a, 2);
        const fresh = engine.forkPart(part);
        const used = engine.forkPart(findSurroundings(city, b, 1));
        run(used, 30);
        engine.forkPart(part, used);
        for (let i = 0; i < 40; i++) {
          fresh.step();
          used.step();
          expect([used.present, used.left, used.halted, used.timeLossS]).toEqual([
            fresh.present,
            fresh.left,
            fresh.halted,
            fresh.timeLossS,
          ]);
        }
        expect(engine.hash()).toBe(hash);
      }),
      { numRuns: 8 },
    );
  });

  it('tells one decision from another at once', () => {
    const city = crossroads('signal', 1, 200);
    const way = [roadNamed(city, 'e0-c'), roadNamed(city, 'c-e2')];
    const engine = createEngine(
      scenario(
        city,
        Array.from({ length: 20 }, (_, i) => trip(way, i * 2)),
      ),
      { seed: 1 },
    );
    const links = city.signals[0]?.links.length ?? 0;
    engine.show(0, 'r'.repeat(links));
    run(engine, 60);
    const centre = city.junctions.findIndex(({ id }) => id === 'c');
    const part = findSurroundings(city, centre, 1);
    const outcome = (lamp: string) => {
      const fork = engine.forkPart(part);
      fork.show(0, lamp.repeat(links));
      run(fork, 20);
      return fork;
    };
    const [red, green] = [outcome('r'), outcome('G')];
    expect(red.halted).toBeGreaterThan(green.halted);
    expect(red.timeLossS).toBeGreaterThan(green.timeLossS + 20);
    expect(Math.max(...green.movementDelay.vehicles)).toBeGreaterThan(5);
    expect(Math.max(...red.movementDelay.vehicles)).toBe(0);
  });

  it('goes only into a partial fork of the same engine', () => {
    const city = crossroads('signal', 1, 200);
    const [one, other] = [1, 2].map((seed) => createEngine(scenario(city, []), { seed }));
    const part = findSurroundings(city, 0, 1);
    expect(() => one?.forkPart(part, other?.forkPart(part))).toThrow('the same engine');
  });
});
