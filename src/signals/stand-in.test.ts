import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf } from '../../tests/crossing.ts';
import { SensorLayer } from '../street/sensors.ts';
import { planJunction } from './predictive-junction.ts';
import { StandIn } from './stand-in.ts';

const city = createCrossing({ innerM: 200 });
const [blind, facing, crossing] = [laneOf(1, 'inner', 0), laneOf(3, 'inner', 0), laneOf(0, 'inner', 0)];

/** Flow assumed on a lane that never told anything, where others let `perS` leave in each of 200 seconds. */
function assume(perS: ReadonlyMap<number, number>): number {
  const standIn = new StandIn(city, [planJunction(city, 0)]);
  const layer = new SensorLayer(city, { level: 'camera', seed: 1 });
  for (let second = 0; second < 200; second++) {
    const departed = new Float64Array(city.lanes.length);
    for (const [lane, vehicles] of perS) departed[lane] = vehicles;
    standIn.observe(layer.observe(frameOf(second * 1000, []), ['GGrrrrGGrrrr']), departed, (lane) => lane === blind);
  }
  return standIn.flowOf(blind);
}

describe('a lane that never told anything', () => {
  it('is taken for somewhat busier than those that have their green with it, whatever the others carry', () => {
    const quiet = assume(
      new Map([
        [facing, 0.1],
        [crossing, 0.05],
      ]),
    );
    expect(quiet).toBeGreaterThan(0.1);
    expect(quiet).toBeLessThan(0.2);
    expect(
      assume(
        new Map([
          [facing, 0.1],
          [crossing, 0.3],
        ]),
      ),
    ).toBeCloseTo(quiet);
    expect(
      assume(
        new Map([
          [facing, 0.2],
          [crossing, 0.05],
        ]),
      ),
    ).toBeCloseTo(2 * quiet);
  });

  it('is taken for as busy as the others where none that has its green with it tells', () => {
    expect(assume(new Map([[crossing, 0.2]]))).toBeGreaterThan(1.9 * assume(new Map([[crossing, 0.1]])));
  });
});
