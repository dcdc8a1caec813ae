import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf, type PlacedVehicle } from '../../tests/crossing.ts';
import { VEHICLE_CLASSES, type VehicleClass } from '../city/city.ts';
import { listLoops } from '../street/loops.ts';
import { SensorLayer } from '../street/sensors.ts';
import { Approaches } from './predictive-approaches.ts';
import { ACCEL_OF, arrivalTime } from './predictive-arrival.ts';
import { planJunction } from './predictive-junction.ts';

const city = createCrossing({ innerM: 200 });
const HORIZON_S = 60;
const lane = laneOf(1, 'inner', 0);

/** Vehicles that could have crossed the stop line by each second, after the street has looked so for three seconds, or so in turn. */
function predict(...pictures: (readonly PlacedVehicle[])[]): number[] {
  const layer = new SensorLayer(city, { level: 'camera', seed: 1 });
  const approaches = new Approaches(city, [planJunction(city, 0)]);
  for (let second = 0; second < Math.max(3, pictures.length); second++)
    approaches.observe(layer.observe(frameOf(second * 1000, pictures[second % pictures.length]!), ['GGrrrrGGrrrr']));
  const arrived = new Float64Array(HORIZON_S + 1);
  approaches.predict(lane, arrived, 0, HORIZON_S);
  return Array.from(arrived);
}

const at = (slot: number, name: VehicleClass, toLineM: number, speedMps: number): PlacedVehicle => ({
  slot,
  segment: lane,
  posM: 200 - toLineM,
  speedMps,
  kind: VEHICLE_CLASSES.indexOf(name),
});
const secondOf = (arrived: readonly number[], count: number) => arrived.findIndex((so) => so > count - 0.01);

describe('arrivals', () => {
  it('come by distance and speed', () => {
    expect(secondOf(predict([at(1, 'car', 139, 13.9)]), 1)).toBe(10);
    expect(predict([at(1, 'car', 139, 13.9)])[14]).toBeCloseTo(1);
  });

  it('are later for a bus that stands than for a car, and latest for a bicycle', () => {
    const [car, bus, bicycle] = (['car', 'bus', 'bicycle'] as const).map((name) =>
      secondOf(predict([at(1, name, 100, 0)]), 0.5),
    );
    expect(bus).toBeGreaterThan(car! + 1);
    expect(bicycle).toBeGreaterThan(bus! + 3);
  });

  it('are less sure the further off for a vehicle that counts more', () => {
    const span = (toLineM: number) => {
      const arrived = predict([at(1, 'bus', toLineM, 13.9)]);
      return secondOf(arrived, 1) - secondOf(arrived, 0.1);
    };
    expect([span(139), span(40), span(0)]).toEqual([4, 2, 0]);
  });

  it('come behind the bicycle ahead of them, not behind a car', () => {
    const alone = secondOf(predict([at(1, 'bus', 60, 13)]), 1);
    const behindCar = secondOf(predict([at(2, 'car', 45, 5), at(1, 'bus', 60, 13)]), 2);
    const behindBicycle = secondOf(predict([at(2, 'bicycle', 45, 5), at(1, 'bus', 60, 13)]), 2);
    expect(behindCar).toBeLessThanOrEqual(alone + 1);
    expect(behindBicycle).toBeGreaterThan(alone + 2);
  });

  it('that nobody sees come at the mean flow, from beyond what is seen', () => {
    const arrived = predict([]);
    expect(arrived[14]).toBe(0);
    expect(arrived[30]).toBeGreaterThan(0.3);
    expect(arrived[HORIZON_S]! - arrived[45]!).toBeCloseTo(arrived[45]! - arrived[30]!);
  });

  it('are no more for one who goes to and fro between two lanes', () => {
    const beside = { ...at(1, 'car', 50, 0), segment: laneOf(1, 'inner', 1) };
    const street = Array.from({ length: 200 }, (_, k) => (k % 2 === 0 ? [beside] : [at(1, 'car', 50, 0)]));
    const others = (arrived: number[]) => arrived[HORIZON_S]! - arrived[14]!;
    expect(others(predict(...street))).toBeLessThan(others(predict([])) / 2);
  });

  it('on a short lane without a sensor are told by the camera further up, where one sees', () => {
    const short = createCrossing({ innerM: 10 });
    const queue = Array.from(
      { length: 8 },
      (_, k): PlacedVehicle => ({ slot: k, segment: laneOf(1, 'outer', 0), posM: 299 - 7.5 * k, speedMps: 0 }),
    );
    const expected = (blind: readonly ('inner' | 'outer')[]): number => {
      const layer = new SensorLayer(short, { level: 'camera', seed: 1 });
      const approaches = new Approaches(short, [planJunction(short, 0)]);
      for (let second = 0; second < 3; second++) {
        const seen = layer.observe(frameOf(second * 1000, queue), ['GGrrrrGGrrrr']);
        for (const part of blind) seen.vehicles!.blind[laneOf(1, part, 0)] = 1;
        approaches.observe(seen);
      }
      const arrived = new Float64Array(HORIZON_S + 1);
      approaches.predict(lane, arrived, 0, HORIZON_S);
      return arrived[20]!;
    };
    const othersAtMost = 0.5;
    expect(expected([])).toBeGreaterThan(7.99);
    expect(expected([])).toBeLessThan(8 + othersAtMost);
    expect(expected(['inner'])).toBeGreaterThan(7.9);
    expect(expected(['inner', 'outer'])).toBeLessThan(4);
  });
});

describe('a stop-line loop that is blind', () => {
  it('leaves no fewer to be expected behind a long red than usually come, though the advance loop tells of nobody', () => {
    const stopLine = listLoops(city).findIndex((loop) => loop.lane === lane && loop.kind === 'stop-line');
    const expected = (isBlind: boolean): number => {
      const layer = new SensorLayer(city, { level: 'loops', seed: 1 });
      const approaches = new Approaches(city, [planJunction(city, 0)]);
      for (let second = 0; second < 60; second++) {
        const seen = layer.observe(frameOf(second * 1000, []), ['GGrrrrGGrrrr']);
        if (isBlind) seen.loops!.blind[stopLine] = 1;
        approaches.observe(seen);
      }
      const arrived = new Float64Array(HORIZON_S + 1);
      approaches.predict(lane, arrived, 0, HORIZON_S);
      return arrived[0]!;
    };
    expect(expected(false)).toBe(0);
    expect(expected(true)).toBeGreaterThan(1);
  });
});

describe('arrivalTime', () => {
  const car = ACCEL_OF[VEHICLE_CLASSES.indexOf('car')]!;

  it('is distance by speed at full speed, longer from a stand, 0 at the line', () => {
    expect(arrivalTime(139, 13.9, 13.9, car)).toBeCloseTo(10);
    expect(arrivalTime(139, 0, 13.9, car)).toBeCloseTo(10 + 13.9 / 1.9 / 2, 5);
    expect(arrivalTime(0, 0, 13.9, car)).toBe(0);
  });
});

describe('room', () => {
  it('on a short exit before a red light is what fits behind those who move there; before a green, or on a long one, any', () => {
    const roomOn = (innerM: number, lamps: string): number => {
      const crossing = createCrossing({ innerM });
      const layer = new SensorLayer(crossing, { level: 'camera', seed: 1 });
      const approaches = new Approaches(crossing, [planJunction(crossing, 0)]);
      const moving = [0, 1].map((slot) => ({ slot, segment: lane, posM: 20 + 20 * slot, speedMps: 10 }));
      for (let second = 0; second < 3; second++)
        approaches.observe(layer.observe(frameOf(second * 1000, moving), [lamps]));
      return approaches.roomOn([lane]);
    };
    expect(roomOn(60, 'GGrrrrGGrrrr')).toBeCloseTo(6, 0);
    expect(roomOn(60, 'rrrGGrrrrGGr')).toBe(Number.POSITIVE_INFINITY);
    expect(roomOn(180, 'GGrrrrGGrrrr')).toBe(Number.POSITIVE_INFINITY);
  });
});
