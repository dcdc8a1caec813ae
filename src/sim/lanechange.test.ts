import { describe, expect, it } from 'vitest';
import { CAR, crossroads, roadNamed, scenario, street, town, trip, withPrograms } from '../../tests/sim/town.ts';
import type { NodePlan } from '../city/build.ts';
import type { City } from '../city/city.ts';
import { createEngine, type Engine } from './engine.ts';

/** The driver of the benchmark grid without imperfection. */
const STEADY = { ...CAR, accelMps2: 2, tauS: 1.5, sigma: 0, speedDev: 0 };

function run(engine: Engine, seconds: number): void {
  for (let i = 0; i < seconds; i++) engine.step();
}

/** Lane indices of all present, foremost first. */
function lanesOf(city: City, engine: Engine): number[] {
  const { count, segment, posM } = engine.frame;
  const places = Array.from({ length: count }, (_, i) => ({ segment: segment[i] ?? 0, posM: posM[i] ?? 0 }));
  return places.sort((a, b) => b.posM - a.posM).map((place) => city.lanes[place.segment]?.index ?? -1);
}

function allRed(city: City): City {
  return withPrograms(city, (links) => ({
    id: '0',
    offsetS: 0,
    phases: [
      { state: 'r'.repeat(links), durationS: 100 },
      { state: 'G'.repeat(links), durationS: 100 },
    ],
  }));
}

const STRAIGHT_ON = ['e0-c', 'c-e2'];

describe('lane changes', () => {
  it('keeps right at its first look after driving on the left for 8 s or more (SUMO 1.15: after 9 s on the same way)', () => {
    const nodes = [0, 280, 560, 840].map((x, i): NodePlan => ({ id: `n${i}`, x, y: 0, kind: 'priority' }));
    const roads = nodes.slice(1).map((node, i) => street(nodes[i] ?? node, node, 2));
    const city = town(nodes, roads);
    const wanted = scenario(city, [trip([0, 1, 2], 0, { departLane: 1, departSpeed: 'max' })], 60, [STEADY]);
    const engine = createEngine(wanted, { seed: 1 });
    const left = Array.from({ length: 15 }, () => {
      engine.step();
      return lanesOf(city, engine)[0] === 1;
    });
    expect(left.indexOf(false)).toBeGreaterThanOrEqual(8);
    expect(left.indexOf(false)).toBeLessThanOrEqual(12);
  });

  it('stays on the left when the driver does not care to keep right', () => {
    const nodes = [0, 280, 560, 840].map((x, i): NodePlan => ({ id: `n${i}`, x, y: 0, kind: 'priority' }));
    const roads = nodes.slice(1).map((node, i) => street(nodes[i] ?? node, node, 2));
    const city = town(nodes, roads);
    const careless = {
      ...STEADY,
      laneChanges: { strategic: 1, cooperative: 1, speedGain: 1, keepRight: 0, assertive: 1 },
    };
    const wanted = scenario(city, [trip([0, 1, 2], 0, { departLane: 1, departSpeed: 'max' })], 60, [careless]);
    const engine = createEngine(wanted, { seed: 1 });
    run(engine, 30);
    expect(lanesOf(city, engine)).toEqual([1]);
  });

  it.each([
    { limitMps: 27.78, passes: false },
    { limitMps: 13.89, passes: true },
  ])(
    'passes a slower one on the right at $limitMps m/s: $passes (forbidden from 60 km/h on)',
    ({ limitMps, passes }) => {
      const nodes = [0, 1000, 2000].map((x, i): NodePlan => ({ id: `n${i}`, x, y: 0, kind: 'priority' }));
      const roads = nodes.slice(1).map((node, i) => street(nodes[i] ?? node, node, 2, { speedMps: limitMps }));
      // Neither wants to leave its lane.
      const laneChanges = { strategic: 1, cooperative: 1, speedGain: 0.001, keepRight: 0, assertive: 1 };
      const slow = { ...STEADY, id: 'slow', maxSpeedMps: 0.7 * limitMps, laneChanges };
      const trips = [
        trip([0, 1], 0, { type: 1, departLane: 1, departSpeed: 'max' }),
        trip([0, 1], 5, { departLane: 0, departSpeed: 'max' }),
      ];
      const city = town(nodes, roads);
      const engine = createEngine(scenario(city, trips, 200, [{ ...STEADY, laneChanges }, slow]), { seed: 1 });
      run(engine, Math.round(1200 / (0.7 * limitMps)));
      expect(lanesOf(city, engine)).toEqual(passes ? [0, 1] : [1, 0]);
    },
  );

  it('evens out the queues of two lanes that lead the same way', () => {
    const nodes = [0, 250, 500].map(
      (x, i): NodePlan => ({ id: `n${i}`, x, y: 0, kind: i === 1 ? 'signal' : 'priority' }),
    );
    const city = allRed(
      town(
        nodes,
        nodes.slice(1).map((node, i) => street(nodes[i] ?? node, node, 2)),
      ),
    );
    const trips = Array.from({ length: 12 }, (_, i) => trip([0, 1], 5 * i, { departLane: 0, departSpeed: 'max' }));
    const engine = createEngine(scenario(city, trips, 200, [STEADY]), { seed: 1 });
    run(engine, 95);
    const left = lanesOf(city, engine).filter((lane) => lane === 1).length;
    expect(Math.abs(left - 6)).toBeLessThanOrEqual(1);
  });
});

describe('queues', () => {
  it('starts the second of a queue at the speeds that SUMO 1.15 shows', () => {
    const city = allRed(crossroads('signal', 1, 200));
    const route = STRAIGHT_ON.map((id) => roadNamed(city, id));
    const trips = [0, 8].map((departS) => trip(route, departS, { departSpeed: 'max' }));
    const engine = createEngine(scenario(city, trips, 200, [STEADY]), { seed: 1 });
    run(engine, 101);
    const second = Array.from({ length: 3 }, () => {
      engine.step();
      return Math.min(...engine.frame.speedMps.subarray(0, engine.frame.count));
    });
    for (const [i, mps] of [1.333, 3.111, 5.111].entries()) expect(second[i]).toBeCloseTo(mps, 2);
  });

  it('lets nobody wait to enter behind one who waits for another lane', () => {
    const city = allRed(crossroads('signal', 2, 60));
    const route = STRAIGHT_ON.map((id) => roadNamed(city, id));
    const trips = Array.from({ length: 12 }, () => trip(route, 0, { departLane: 0 }));
    trips.push(trip(route, 40, { departLane: 1 }));
    const engine = createEngine(scenario(city, trips, 200, [{ ...STEADY, maxSpeedMps: 5 }]), { seed: 1 });
    run(engine, 42);
    expect(engine.waitingToEnter).toBeGreaterThan(0);
    expect(engine.trips.insertedMs[12]).toBeGreaterThanOrEqual(40_000);
  });
});
