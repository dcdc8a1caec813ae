import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf, type PlacedVehicle } from '../../tests/crossing.ts';
import { fixedOrder, type StageOrder } from '../city/stage-order.ts';
import { SensorLayer } from '../street/sensors.ts';
import type { Choice } from './controller.ts';
import { Predictive } from './predictive.ts';

const city = createCrossing({ innerM: 200 });
const GREEN_NORTH_SOUTH = ['GGrrrrGGrrrr'];
const TIMING = { yellowS: 3, allRedS: 0, minGreenS: 5 };

/** What it chooses after seeing the same street for three seconds, stage 0 (north-south) green for `greenS`. */
function ask(vehicles: readonly PlacedVehicle[], greenS = 20, order: StageOrder | null = null): Choice {
  const layer = new SensorLayer(city, { level: 'camera', seed: 1 });
  const controller = new Predictive({ city, signals: [0], timing: [{ ...TIMING, order }] });
  let choices: Choice[] = [];
  for (let second = 0; second < 3; second++) {
    controller.observe(layer.observe(frameOf(second * 1000, vehicles), GREEN_NORTH_SOUTH));
    const since = second * 1000 - greenS * 1000;
    choices = controller.decide(second * 1000, [{ stage: 0, changing: false, greenSinceMs: since, mayChange: true }]);
  }
  return choices[0]!;
}

/** `count` vehicles that stand before a stop line of a 200 m approach. */
function queue(arm: number, index: number, count: number): PlacedVehicle[] {
  return Array.from({ length: count }, (_, k) => ({
    slot: 100 * arm + 50 * index + k,
    segment: laneOf(arm, 'inner', index),
    posM: 199 - 7.5 * k,
  }));
}

const moving = (arm: number, index: number, toLineM: number): PlacedVehicle => ({
  slot: 900 + 10 * arm + index,
  segment: laneOf(arm, 'inner', index),
  posM: 200 - toLineM,
  speedMps: 13,
});

describe('predictive', () => {
  it('goes to the queue when nobody else comes', () => {
    expect(ask(queue(1, 0, 4)).stage).toBe(4);
    expect(ask(queue(1, 1, 4)).stage).toBe(6);
    expect(ask(queue(0, 1, 4)).stage).toBe(2);
  });

  it('keeps the stage order: goes through the stages before the one that is needed, or skips those that may be', () => {
    expect(ask(queue(1, 0, 4), 20, fixedOrder([0, 2, 4, 6])).stage).toBe(2);
    expect(ask(queue(1, 0, 4), 20, fixedOrder([0, 2, 4, 6], [2])).stage).toBe(4);
  });

  it('keeps the green of a queue that is going while one vehicle waits elsewhere', () => {
    expect(ask([...queue(0, 0, 8), ...queue(1, 0, 1)]).stage).toBe(0);
  });

  it('sees who comes: leaves a stage nobody uses before the vehicle is there', () => {
    expect(ask([moving(1, 0, 60)]).stage).toBe(4);
  });

  it('says both costs and what it does in words', () => {
    const { why, alternatives } = ask([...queue(0, 0, 8), ...queue(1, 0, 1)]);
    expect(why).toMatch(/^keeps the green: \d+ veh-s of delay ahead against \d+$/);
    expect(alternatives.length).toBeGreaterThan(1);
  });

  it('tells movement by movement who waits, who comes and what it costs them', () => {
    const { movements = [] } = ask([...queue(0, 0, 8), ...queue(1, 0, 2), moving(2, 0, 100)]);
    const roadOf = (arm: number) => city.lanes[laneOf(arm, 'inner', 0)]!.road;
    const sum = (arm: number, of: (each: (typeof movements)[number]) => number) =>
      movements.filter(({ fromRoad }) => fromRoad === roadOf(arm)).reduce((total, each) => total + of(each), 0);
    expect(sum(0, ({ vehicles }) => vehicles)).toBeGreaterThan(7.9);
    expect(sum(1, ({ vehicles }) => vehicles)).toBeGreaterThan(1.9);
    expect(sum(2, ({ vehicles }) => vehicles)).toBeGreaterThan(0.9);
    expect(sum(2, ({ vehicles }) => vehicles)).toBeLessThan(sum(0, ({ vehicles }) => vehicles));
    expect(sum(1, ({ delayS }) => delayS)).toBeGreaterThan(10);
    expect(sum(2, ({ delayS }) => delayS)).toBeLessThan(sum(1, ({ delayS }) => delayS));
    for (const { fromRoad, toRoad, delayS } of movements) {
      expect(city.roads[fromRoad]!.to).toBe(city.roads[toRoad]!.from);
      expect(delayS).toBeGreaterThanOrEqual(0);
    }
  });

  it('puts a change off no further than it pays: those it holds count double once a plan has promised them their green', () => {
    const layer = new SensorLayer(city, { level: 'camera', seed: 1 });
    const controller = new Predictive({ city, signals: [0], timing: [TIMING] });
    // Every second looks the same: one more will have passed in three seconds, then the change would come.
    const street = [moving(0, 0, 40), ...queue(1, 0, 3)];
    let second = 0;
    for (let isKept = true; isKept && second < 60; second++) {
      controller.observe(layer.observe(frameOf(second * 1000, street), GREEN_NORTH_SOUTH));
      const status = { stage: 0, changing: false, greenSinceMs: -20_000, mayChange: true };
      isKept = controller.decide(second * 1000, [status])[0]?.stage === 0;
    }
    expect(second).toBeLessThan(10);
  });

  it('serves every queue in the end, however the traffic elsewhere', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 3 }), (busy, waiting) => {
        const layer = new SensorLayer(city, { level: 'camera', seed: 1 });
        const controller = new Predictive({ city, signals: [0], timing: [TIMING] });
        const street = [...queue(0, 0, busy), ...queue(2, 0, busy), ...queue(1, 0, waiting)];
        for (let second = 0; second < 240; second++) {
          controller.observe(layer.observe(frameOf(second * 1000, street), GREEN_NORTH_SOUTH));
          const status = { stage: 0, changing: false, greenSinceMs: 0, mayChange: second >= 5 };
          if (controller.decide(second * 1000, [status])[0]?.stage === 4) return;
        }
        expect.fail('east was never served');
      }),
      { numRuns: 8 },
    );
  });
});
