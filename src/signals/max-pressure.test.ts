import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf, type PlacedVehicle } from '../../tests/crossing.ts';
import { parseDegradation } from '../street/degrade.ts';
import { SensorLayer } from '../street/sensors.ts';
import type { Choice, SignalStatus } from './controller.ts';
import { MaxPressure, pressureOf } from './max-pressure.ts';

const city = createCrossing();
const LAMPS = ['rrrGGrrrrGGr'];

/** Vehicles in a row before a stop line. */
function queue(arm: number, index: number, count: number, speedMps = 0): PlacedVehicle[] {
  return Array.from({ length: count }, (_, k) => ({
    slot: 100 * (2 * arm + index) + k,
    segment: laneOf(arm, 'inner', index),
    posM: 60 - 7 * k,
    speedMps,
  }));
}

function decide(
  vehicles: readonly PlacedVehicle[],
  stage: number,
  counted: 'all' | 'halted' = 'all',
  degrade = 'late=0',
): Choice {
  const [choice] = decideAll(vehicles, stage, counted, degrade);
  if (choice === undefined) throw new Error('it made no choice');
  return choice;
}

function decideAll(
  vehicles: readonly PlacedVehicle[],
  stage: number,
  counted: 'all' | 'halted',
  degrade: string,
): Choice[] {
  const layer = new SensorLayer(city, { level: 'camera', seed: 3, degrade: parseDegradation(degrade) });
  const controller = new MaxPressure({ city, signals: [0] }, counted);
  controller.observe(layer.observe(frameOf(0, vehicles), LAMPS));
  const status: SignalStatus = { stage, changing: false, greenSinceMs: 0, mayChange: true };
  return controller.decide(0, [status]);
}

describe('max-pressure', () => {
  it('gives green where incoming lanes hold the most over the mean of their exits', () => {
    const inflows = [
      { lane: 0, exits: [2, 3] },
      { lane: 1, exits: [3] },
    ];
    const vehicles = [5, 4, 1, 3];
    expect(
      pressureOf(
        inflows,
        (lane) => vehicles[lane]!,
        (lane) => vehicles[lane]!,
      ),
    ).toBe(5 - 2 + (4 - 3));
  });

  it('chooses the fullest stage, counting a lane for each movement it serves, and tells the operator by how much', () => {
    const choice = decide([...queue(0, 0, 3), ...queue(2, 0, 2), ...queue(1, 0, 4)], 4);
    expect(choice.stage).toBe(0);
    expect(choice.alternatives).toEqual([
      { stage: 0, score: 10 },
      { stage: 2, score: 0 },
      { stage: 4, score: 8 },
      { stage: 6, score: 0 },
    ]);
    expect(choice.why).toBe('pressure 10.0 against 8.0 of the next best');
  });

  it('keeps the green on a tie', () => {
    const vehicles = [...queue(0, 0, 3), ...queue(1, 0, 3)];
    expect(decide(vehicles, 4)).toMatchObject({ stage: 4, why: 'keeps the green: pressure 6.0 on both' });
    expect(decide(vehicles, 0).stage).toBe(0);
    expect(decide([], 6).stage).toBe(6);
  });

  it('counts moving vehicles, unless it is the halted form', () => {
    const vehicles = [...queue(0, 0, 3, 8), ...queue(1, 0, 2)];
    expect(decide(vehicles, 4).stage).toBe(0);
    expect(decide(vehicles, 0, 'halted').stage).toBe(4);
  });

  it('counts a blind approach as the mean of the others', () => {
    const layer = new SensorLayer(city, { level: 'camera', seed: 1 });
    const controller = new MaxPressure({ city, signals: [0] }, 'all');
    const seen = layer.observe(frameOf(0, queue(0, 0, 3)), LAMPS);
    seen.vehicles!.blind.fill(1, laneOf(1, 'inner', 0), laneOf(1, 'inner', 1) + 1);
    controller.observe(seen);
    const [choice] = controller.decide(0, [{ stage: 0, changing: false, greenSinceMs: 0, mayChange: true }]);
    expect(choice!.alternatives.map(({ score }) => score)).toEqual([6, 0, 1, 0.5]);
  });

  it('hands back a signal where every approach is blind', () => {
    expect(decideAll([], 2, 'all', 'dead=1')).toMatchObject([{ signal: 0, stage: 2, handsBack: true }]);
  });
});
