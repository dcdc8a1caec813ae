import { describe, expect, it } from 'vitest';
import { checkCity } from '../city/check.ts';
import { getOwnProgram, listGreens } from '../city/greens.ts';
import { createEngine } from '../sim/engine.ts';
import { createDemoScenario } from './city.ts';
import { LIMIT } from './layout.ts';
import { smooth } from './weave.ts';

const scenario = createDemoScenario({ seed: 1 });
const { city, demand, beginMs, endMs } = scenario;

describe('the demo city', () => {
  it('has 128 signals and is sound', () => {
    expect(city.signals).toHaveLength(128);
    expect(checkCity(city)).toEqual([]);
    for (const lane of city.lanes) {
      if (city.junctions[city.roads[lane.road]!.to]!.kind !== 'dead-end')
        expect(lane.out.length, lane.id).toBeGreaterThan(0);
    }
  });

  it('is no plain grid: crossroads at many angles, T-junctions, streets of every direction', () => {
    const headings = new Set<number>();
    for (const { shape } of city.lanes) {
      const [x, y] = [shape.at(-2)! - shape[0]!, shape.at(-1)! - shape[1]!];
      headings.add(Math.round(((Math.atan2(y, x) * 180) / Math.PI + 180) / 10) % 36);
    }
    expect(headings.size).toBeGreaterThan(30);
    const arms = city.junctions.map(
      (_, j) => city.roads.filter(({ from, to, level }) => level === 0 && (from === j || to === j)).length / 2,
    );
    expect(arms.filter((count) => count === 3).length).toBeGreaterThan(50);
    expect(city.junctions.filter(({ kind }) => kind === 'priority').length).toBeGreaterThan(30);
  });

  it('has an elevated road with ramps, few bridges, water, green and named districts in two languages', () => {
    const elevated = city.roads.filter(({ level }) => level === 1);
    expect(elevated.filter(({ name }) => name.includes('ramp'))).toHaveLength(16);
    expect(city.ground.filter(({ kind }) => kind === 'bridge')).toHaveLength(4);
    expect(city.ground.filter(({ kind }) => kind === 'water')).toHaveLength(2);
    expect(city.ground.filter(({ kind }) => kind === 'green').length).toBeGreaterThan(5);
    expect(city.districts.length).toBeGreaterThanOrEqual(8);
    for (const { name, nameZh } of city.districts) {
      expect(name).not.toBe('');
      expect(nameZh).toMatch(/^\p{Script=Han}+$/u);
    }
    for (const road of city.roads) expect(road.name).not.toBe('');
    const inside = city.roads.filter(({ from, to }) =>
      [from, to].every((j) => Math.abs(city.junctions[j]!.x) < LIMIT.x),
    );
    expect(inside.filter(({ district }) => district < 0).length).toBeLessThan(inside.length * 0.1);
  });

  it('runs static plans of one cycle or half of it, no stage under 10 s', () => {
    const cycles = new Set<number>();
    for (const signal of city.signals) {
      const program = getOwnProgram(signal);
      cycles.add(program.phases.reduce((sum, { durationS }) => sum + durationS, 0));
      for (const stage of listGreens(program)) expect(program.phases[stage]!.durationS).toBeGreaterThanOrEqual(10);
    }
    const longest = Math.max(...cycles);
    expect([...cycles].every((cycle) => cycle === longest || cycle === longest / 2)).toBe(true);
    expect(new Set(city.signals.map((signal) => getOwnProgram(signal).offsetS)).size).toBeGreaterThan(20);
  });
});

describe('its morning', () => {
  it('swells to a peak and ebbs, on routes that hang together', () => {
    const joined = new Set(city.movements.map((m) => `${city.lanes[m.fromLane]!.road}>${city.lanes[m.toLane]!.road}`));
    const quarters = new Array<number>(8).fill(0);
    let before = beginMs;
    let unsorted = 0;
    let torn = 0;
    for (const { departMs, route } of demand.trips) {
      if (departMs < before) unsorted++;
      before = departMs;
      quarters[Math.floor(((departMs - beginMs) / (endMs - beginMs)) * 8)]!++;
      for (let i = 0; i + 1 < route.length; i++) if (!joined.has(`${route[i]}>${route[i + 1]}`)) torn++;
    }
    expect({ unsorted, torn }).toEqual({ unsorted: 0, torn: 0 });
    expect(new Set(demand.trips.map(({ type }) => demand.types[type]?.kind)).size).toBe(demand.types.length);
    expect(before).toBeLessThan(endMs);
    expect(quarters[3]!).toBeGreaterThan(1.7 * quarters[0]!);
    expect(quarters[3]!).toBeGreaterThan(1.7 * quarters[7]!);
    expect(demand.trips.length).toBeGreaterThan(20_000);
  });

  it('is the same for the same seed and another for another, on the same streets and plans', () => {
    const again = createDemoScenario({ seed: 1 });
    expect(again.city.version).toBe(city.version);
    expect(again.demand).toEqual(demand);
    const other = createDemoScenario({ seed: 2 });
    expect(other.city.version).toBe(city.version);
    expect(other.demand.trips.slice(0, 50)).not.toEqual(demand.trips.slice(0, 50));
  });

  it('drives for a quarter of an hour', () => {
    const engine = createEngine(scenario, { seed: 1 });
    for (let second = 0; second < 900; second++) engine.step();
    expect(engine.present).toBeGreaterThan(800);
    expect(engine.arrived).toBeGreaterThan(500);
    expect(engine.waitingToEnter).toBeLessThan(20);
    const { count, speedMps } = engine.frame;
    const mean = speedMps.subarray(0, count).reduce((sum, speed) => sum + speed, 0) / count;
    expect(mean).toBeGreaterThan(7);
  });
});

describe('smooth', () => {
  it('passes through its points', () => {
    const line = smooth([0, 0, 100, 50, 200, 0]);
    expect(line.slice(0, 2)).toEqual([0, 0]);
    expect(line.slice(-2)).toEqual([200, 0]);
    expect(line.slice(20, 22)).toEqual([100, 50]);
  });
});
