import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf, withSignalsAtExits } from '../../tests/crossing.ts';
import { listApproachLanes } from '../street/coverage.ts';
import type { SeenVehicles } from '../street/observation.ts';
import { SensorLayer } from '../street/sensors.ts';
import { Explained } from './explained.ts';

const EXIT_M = 600;
const SPEED_MPS = 10;
const APART_S = 20;

/** Exits of 600 m; the camera of the signal at the end of each sees the last 200 m. */
const city = withSignalsAtExits(createCrossing({ innerM: 200 }), { lengthM: EXIT_M, speedMps: SPEED_MPS });
const lanes = listApproachLanes(city);
/** The first place of each road stands for it. */
const roads = lanes.map((lane) => lanes.findIndex((other) => city.lanes[other]!.road === city.lanes[lane]!.road));
const north = roads[lanes.indexOf(laneOf(0, 'inner', 0))]!;

/** After ten minutes with a car every 20 s on the exit to the south, which the lane at place `from` has let go; none where -1. */
function watch(comes: boolean, from: number): boolean {
  const layer = new SensorLayer(city, { level: 'camera', seed: 1 });
  const explained = new Explained(city, lanes, roads);
  let before: SeenVehicles | null = null;
  const exit = laneOf(2, 'exit', 0);
  for (let second = 0; second < 600; second++) {
    const gone = new Float64Array(lanes.length);
    if (comes && from >= 0 && second % APART_S === 0) gone[from] = 1;
    const cars = [];
    for (let slot = 0; comes && slot * APART_S <= second; slot++) {
      const posM = SPEED_MPS * (second - slot * APART_S);
      if (posM < EXIT_M) cars.push({ slot, segment: exit, posM, speedMps: SPEED_MPS });
      else if (posM === EXIT_M) gone[lanes.indexOf(exit)] = 1;
    }
    const now = layer.observe(frameOf(second * 1000, cars), ['']);
    if (before !== null) explained.observe(before, now.vehicles!, gone);
    before = now.vehicles;
  }
  return explained.isEmpty(north);
}

describe('a road whose camera shows nobody', () => {
  it('is empty where all who come further down were let go by lanes that are seen', () => {
    expect(watch(true, lanes.indexOf(laneOf(1, 'inner', 1)))).toBe(true);
  });

  it('is not where more come, nor is anything told where nobody comes', () => {
    expect(watch(true, -1)).toBe(false);
    expect(watch(false, -1)).toBe(false);
  });
});
