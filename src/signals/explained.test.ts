import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf } from '../../tests/crossing.ts';
import type { City } from '../city/city.ts';
import { listApproachLanes } from '../street/coverage.ts';
import type { SeenVehicles } from '../street/observation.ts';
import { SensorLayer } from '../street/sensors.ts';
import { Explained } from './explained.ts';

const EXIT_M = 600;
const SPEED_MPS = 10;
const APART_S = 20;

/** The crossing with exits of 600 m and a signal at the end of each, whose camera sees the last 200 m. */
function watchExits(crossing: City): City {
  const movements = [...crossing.movements];
  const lanes = crossing.lanes.slice();
  for (let arm = 0; arm < 4; arm++) {
    for (const index of [0, 1]) {
      const fromLane = laneOf(arm, 'exit', index);
      lanes[fromLane] = { ...lanes[fromLane]!, lengthM: EXIT_M, speedMps: SPEED_MPS, out: [movements.length] };
      movements.push({
        ...movements[0]!,
        fromLane,
        toLane: laneOf(arm, 'outer', index),
        signal: 1,
        link: 2 * arm + index,
      });
    }
  }
  return { ...crossing, lanes, movements };
}

const city = watchExits(createCrossing({ innerM: 200 }));
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
