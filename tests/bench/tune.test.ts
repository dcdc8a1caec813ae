import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { coordinate } from '../../bench/tune/coordinator.ts';
import { adaptCycles } from '../../bench/tune/cycle-adaptation.ts';
import { getOwnProgram, isGreen } from '../../src/city/greens.ts';
import type { Trip } from '../../src/demand/demand.ts';
import { loadScenario } from '../../src/field/load.ts';
import { ROOT } from '../e2e/command.ts';
import { CAR } from '../sim/town.ts';

const { scenario: cross } = await loadScenario(join(ROOT, 'fixtures/valid/cross'));
const { scenario: quarter } = await loadScenario(join(ROOT, 'fixtures/quarter'));

const trip = (route: number[], departMs: number): Trip => ({
  type: 0,
  departMs,
  route,
  departLane: 'best',
  departPos: 'base',
  departSpeed: 'max',
});

describe("what SUMO's tools make of a demand", () => {
  it("is Webster's cycle and splits, as worked out by hand", () => {
    const road = (id: string) => cross.city.roads.findIndex((one) => one.id === id);
    const flow = (count: number, from: string, to: string) =>
      Array.from({ length: count }, (_, i) => trip([road(from), road(to)], (i * 3_600_000) / count));
    const trips = [
      ...flow(400, 'north-in', 'south-out'),
      ...flow(100, 'north-in', 'east-out'),
      ...flow(300, 'west-in', 'east-out'),
    ];
    const demand = { types: [CAR], trips, walks: [] };
    const [program] = adaptCycles({ ...cross, demand, beginMs: 0 }, { yellowS: 3, minGreenS: 5 });
    // critical ratios 500 / 2 lanes and 300 / 1 lane over 1800 an hour; cycle (1.5 x 8 + 5) / (1 - 0.306) = 24 s
    expect(program?.phases.map(({ durationS }) => durationS)).toEqual([8, 3, 2, 10, 3, 2]);
    expect(adaptCycles({ ...cross, demand: { ...demand, trips: [] } }, { yellowS: 3, minGreenS: 5 })).toEqual([null]);
  });

  it('is an offset at the next signal by which who left at the begin of green finds green begin', () => {
    const { city } = quarter;
    const between = city.roads.findIndex(
      ({ from, to }) => city.junctions[from]!.signal >= 0 && city.junctions[to]!.signal >= 0,
    );
    const turnInto = city.movements.find(({ toLane }) => city.lanes[toLane]!.road === between)!;
    const turnAfter = city.movements.find(({ fromLane }) => city.lanes[fromLane]!.road === between)!;
    const route = [city.lanes[turnInto.fromLane]!.road, between, city.lanes[turnAfter.toLane]!.road];
    const programs = coordinate({ ...quarter, demand: { types: [CAR], trips: [trip(route, 0)], walks: [] } });
    const greenAt = (turn: typeof turnInto) => {
      const { phases } = getOwnProgram(city.signals[turn.signal]!);
      const first = phases.findIndex(({ state }) => isGreen(state.charAt(turn.link)));
      return phases.slice(0, first).reduce((sum, { durationS }) => sum + durationS, 0);
    };
    const { lengthM, speedMps } = city.roads[between]!;
    const lead = programs[turnAfter.signal]!.offsetS - programs[turnInto.signal]!.offsetS;
    expect(lead).toBeCloseTo(greenAt(turnInto) + lengthM / speedMps / 0.8 - greenAt(turnAfter), 1);
    expect(programs.filter((program) => program !== null)).toHaveLength(2);
  });
});
