import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../field/load.ts';
import { findDrift, fitCounts, listTurns } from './demand.ts';

const QUARTER = fileURLToPath(new URL('../../../fixtures/quarter', import.meta.url));
const { scenario } = await loadScenario(QUARTER);
const { city, demand, beginMs, endMs } = scenario;
const through = (of: typeof scenario, road: number) =>
  of.demand.trips.filter(({ route }) => route.includes(road)).length;
const busiest = city.roads
  .map((_, road) => road)
  .reduce((a, b) => (through(scenario, b) > through(scenario, a) ? b : a));
const { firstLane, laneCount } = city.roads[busiest]!;
const cell = (lane: number, vehicles: number) => ({ road: busiest, lane, beginMs, endMs, vehicles, travelS: null });

describe('counts', () => {
  it('bring as many vehicles over a road as were counted, and leave trips elsewhere', () => {
    const now = through(scenario, busiest);
    for (const factor of [0.5, 2]) {
      const fitted = fitCounts(scenario, [cell(-1, now * factor)]);
      expect(through(fitted, busiest) / now).toBeGreaterThan(factor * 0.93);
      expect(through(fitted, busiest) / now).toBeLessThan(factor * 1.07);
      const elsewhere = (of: typeof scenario) => of.demand.trips.length - through(of, busiest);
      expect(elsewhere(fitted)).toBe(elsewhere(scenario));
      expect(fitted.demand.trips.every(({ departMs }, i, all) => i === 0 || departMs >= all[i - 1]!.departMs)).toBe(
        true,
      );
    }
  });

  it('of lanes count where every lane was counted, and not beside a count of the whole road', () => {
    const now = through(scenario, busiest);
    const lanes = Array.from({ length: laneCount }, (_, k) => cell(firstLane + k, (now * 1.5) / laneCount));
    expect(through(fitCounts(scenario, lanes), busiest) / now).toBeGreaterThan(1.35);
    const both = fitCounts(scenario, [...lanes, cell(-1, now)]);
    expect(both.demand.trips.length).toBe(demand.trips.length);
    if (laneCount > 1) expect(fitCounts(scenario, lanes.slice(1)).demand.trips.length).toBe(demand.trips.length);
  });
});

describe('drift', () => {
  const before = listTurns(scenario);

  it('is none for the same demand, or one a little different', () => {
    expect(before.length).toBeGreaterThan(10);
    expect(findDrift(before, before)).toEqual({ drifts: [], isDrifted: false, growth: 0 });
    const little = before.map((turn) => ({ ...turn, perH: turn.perH * 1.04 }));
    expect(findDrift(before, little).isDrifted).toBe(false);
  });

  it('names the turns that changed, the greatest first', () => {
    const [first, second] = [...before].sort((a, b) => b.perH - a.perH);
    const changed = before.map((turn) =>
      turn === first ? { ...turn, perH: turn.perH * 4 } : turn === second ? { ...turn, perH: turn.perH * 2.5 } : turn,
    );
    const { drifts, isDrifted, growth } = findDrift(before, changed);
    expect(isDrifted).toBe(true);
    expect(growth).toBeGreaterThan(0);
    expect(drifts[0]).toMatchObject({ from: first!.from, to: first!.to });
    // GEH of a flow that grows fourfold: sqrt(2 * 9 / 5 * flow)
    expect(drifts[0]!.geh).toBeCloseTo(Math.sqrt(3.6 * first!.perH), 0);
    expect(findDrift([], before).isDrifted).toBe(true);
  });
});
