import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf, withSignalsAtExits } from '../../tests/crossing.ts';
import { listApproachLanes } from '../street/coverage.ts';
import type { SeenVehicles } from '../street/observation.ts';
import { SensorLayer } from '../street/sensors.ts';
import { Unseen } from './unseen.ts';

/** Cameras of the signals there see the exits whole. */
const city = withSignalsAtExits(createCrossing({ innerM: 200 }));
const lanes = listApproachLanes(city);
/** Seconds 0 to 9 of 20 are green for north and south. */
const lampsAt = (second: number): string => (second % 20 < 10 ? 'GGrrrrGGrrrr' : 'rrrrrrrrrrrr');

/** The exit to the east, where left-turners from the north go, ends at no signal: nobody sees it. */
const east = [0, 1].map((index) => laneOf(1, 'exit', index));
const partly = {
  ...city,
  movements: city.movements.map((one) => (east.includes(one.fromLane) ? { ...one, signal: -1 } : one)),
};

/** After five greens, in each of which a car comes out on the exit to the south; `from`: the place that has let it go. */
function watch(comesOut: boolean, from = -1, street = city, ofLane = laneOf(0, 'inner', 0)): boolean {
  const lanes = listApproachLanes(street);
  const layer = new SensorLayer(street, { level: 'camera', seed: 1 });
  const unseen = new Unseen(street, lanes);
  let before: SeenVehicles | null = null;
  for (let second = 0; second < 100; second++) {
    const onM = 10 * ((second % 20) - 5);
    const cars = comesOut && onM > 0 ? [{ slot: 1, segment: laneOf(2, 'exit', 0), posM: onM, speedMps: 10 }] : [];
    const now = layer.observe(frameOf(second * 1000, cars), [lampsAt(second)]);
    const gone = new Float64Array(lanes.length);
    if (second % 20 === 6 && from >= 0) gone[from] = 1;
    // It leaves the exit at its end.
    if (comesOut && second % 20 === 0) gone[lanes.indexOf(laneOf(2, 'exit', 0))] = 1;
    if (before !== null) unseen.observe(before, now.vehicles!, now, gone);
    before = now.vehicles;
  }
  return unseen.isEmpty(lanes.indexOf(ofLane));
}

describe('a lane whose camera shows nobody', () => {
  it('is empty where nobody comes out on its greens', () => {
    expect(watch(false)).toBe(true);
  });

  it('is not where somebody comes out whom no other lane let go', () => {
    expect(watch(true)).toBe(false);
    expect(watch(true, lanes.indexOf(laneOf(0, 'inner', 1)))).toBe(false);
  });

  it('is where another lane that leads there let everybody go', () => {
    expect(watch(true, lanes.indexOf(laneOf(1, 'inner', 1)))).toBe(true);
  });

  it('is judged by the lanes beside it where nobody sees its exits', () => {
    const left = laneOf(0, 'inner', 1);
    expect(watch(false, -1, partly, left)).toBe(true);
    expect(watch(true, -1, partly, left)).toBe(false);
  });
});
