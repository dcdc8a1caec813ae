import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { City } from '../city/city.ts';
import { loadScenario } from '../field/load.ts';
import type { Observation } from '../street/observation.ts';
import { type Junction, planJunction } from './predictive-junction.ts';
import { WalkerDemand } from './predictive-walkers.ts';

let city: City;
let junction: Junction;

beforeAll(async () => {
  const { scenario } = await loadScenario(fileURLToPath(new URL('../../fixtures/quarter/', import.meta.url)));
  city = scenario.city;
  junction = planJunction(city, 0);
});

/** One second: `people` at the crossings of the first walk (undefined: nothing tells of people), all lamps red or all green. */
function second(at: number, people: number | undefined, lamp = 'r'): Observation {
  const waiting = new Uint16Array(city.crossings.length);
  if (people !== undefined) waiting[junction.walks[0]!.crossings[0]!] = people;
  return {
    cityVersion: city.version,
    timeMs: at * 1000,
    sensors: 'camera',
    signals: city.signals.map(({ links }) => lamp.repeat(links.length)),
    vehicles: null,
    loops: null,
    ...(people === undefined ? {} : { waiting }),
  };
}

function read(demand: WalkerDemand) {
  const [people, ratePerS, cost] = [0, 0, 0].map(() => new Float64Array(junction.walks.length));
  demand.read(0, people!, ratePerS!, cost!);
  return { people: people![0]!, ratePerS: ratePerS![0]!, cost: cost![0]! };
}

describe('people on foot', () => {
  it('are those that are told of, and wait since the first of them came', () => {
    const demand = new WalkerDemand([junction], 0.8);
    demand.observe(second(0, 0));
    expect(demand.waitOf(0, 0)).toBe(0);
    for (let at = 1; at <= 31; at++) demand.observe(second(at, at < 10 ? 1 : 3));
    expect(read(demand).people).toBe(3);
    expect(demand.waitOf(0, 0)).toBe(30);
    expect(demand.waitOf(0, 1)).toBe(0);
  });

  it('cost more the longer they wait: twice as much after half a minute', () => {
    const demand = new WalkerDemand([junction], 0.8);
    demand.observe(second(0, 1));
    expect(read(demand).cost).toBeCloseTo(0.8);
    demand.observe(second(30, 1));
    expect(read(demand).cost).toBeCloseTo(1.6);
  });

  it('wait no longer once it shows walk, though some stand there yet', () => {
    const demand = new WalkerDemand([junction], 0.8);
    for (let at = 0; at < 20; at++) demand.observe(second(at, 2));
    demand.observe(second(20, 2, 'G'));
    expect(demand.waitOf(0, 0)).toBe(0);
    for (let at = 21; at < 26; at++) demand.observe(second(at, 2));
    expect(demand.waitOf(0, 0)).toBe(4);
  });

  it('are expected as often as they came on red', () => {
    const demand = new WalkerDemand([junction], 0.8);
    const atFirst = read(demand).ratePerS;
    for (let at = 0; at < 3600; at++) demand.observe(second(at, Math.floor((at % 60) / 20)));
    const busy = read(demand).ratePerS;
    expect(busy).toBeGreaterThan(2 * atFirst);
    expect(busy).toBeCloseTo(2 / 60, 2);
    for (let at = 3600; at < 7200; at++) demand.observe(second(at, 0));
    expect(read(demand).ratePerS).toBeLessThan(0.1 * busy);
  });

  it('gather at one in two minutes where nothing tells of them, until they may walk', () => {
    const demand = new WalkerDemand([junction], 0.8);
    for (let at = 0; at < 90; at++) demand.observe(second(at, undefined));
    expect(read(demand).people).toBeCloseTo(0.75);
    expect(demand.waitOf(0, 0)).toBe(30);
    demand.observe(second(90, undefined, 'G'));
    expect(read(demand).people).toBe(0);
    expect(demand.waitOf(0, 0)).toBe(0);
  });
});
