import { describe, expect, it } from 'vitest';
import { crossroads, roadNamed, scenario, trip } from '../../tests/sim/town.ts';
import type { City } from '../city/city.ts';
import { getOwnProgram, listGreens } from '../city/greens.ts';
import { createEngine } from './engine.ts';

const LIMITS = { minS: 8, maxS: 30 };

/** A crossing of one-lane streets whose program is actuated on all its stages. */
function actuatedCrossing(): City {
  const city = crossroads('signal', 1);
  return {
    ...city,
    signals: city.signals.map((signal) => {
      const program = getOwnProgram(signal);
      const greens = listGreens(program);
      const phases = program.phases.map((phase, i) => (greens.includes(i) ? { ...phase, ...LIMITS } : phase));
      return { ...signal, programs: [{ ...program, isActuated: true, phases }] };
    }),
  };
}

/** Lengths in s of the greens of the west's stage and of all others, whole ones only, with a car from the west every `everyS`. */
function greens(everyS: number): { west: number[]; others: number[] } {
  const city = actuatedCrossing();
  const route = [roadNamed(city, 'e2-c'), roadNamed(city, 'c-e0')];
  const trips = Array.from({ length: Math.floor(600 / everyS) }, (_, i) => trip(route, i * everyS));
  const engine = createEngine(scenario(city, trips), { seed: 1 });
  const straight = city.movements.find(
    ({ fromLane, toLane }) => city.lanes[fromLane]?.road === route[0] && city.lanes[toLane]?.road === route[1],
  );
  const found = { west: [] as number[], others: [] as number[] };
  let shown = '';
  let since = -1;
  for (let now = 0; now < 600; now++) {
    engine.step();
    const lamps = engine.lamps[0] ?? '';
    if (lamps === shown) continue;
    const isWest = /[Gg]/.test(shown.charAt(straight?.link ?? -1));
    if (since >= 0 && !/[yYu]/.test(shown) && /[Gg]/.test(shown)) found[isWest ? 'west' : 'others'].push(now - since);
    since = shown === '' ? -1 : now;
    shown = lamps;
  }
  return found;
}

describe("a net's own actuated program", () => {
  it('gives the shortest green where nobody comes', () => {
    const { west, others } = greens(10000);
    expect(west.length).toBeGreaterThan(5);
    expect(new Set([...west, ...others])).toEqual(new Set([LIMITS.minS]));
  });

  it('prolongs a green for those on its detectors, at most to the longest', () => {
    const { west, others } = greens(2);
    expect(Math.max(...west)).toBe(LIMITS.maxS);
    expect(new Set(others)).toEqual(new Set([LIMITS.minS]));
    const some = greens(6).west;
    expect(some.some((greenS) => greenS > LIMITS.minS && greenS < LIMITS.maxS)).toBe(true);
  });
});
