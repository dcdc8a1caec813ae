import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf, type PlacedVehicle, withSignalsAtExits } from '../../tests/crossing.ts';
import { LoopQueues } from '../street/loop-queue.ts';
import { listLoops } from '../street/loops.ts';
import { SensorLayer } from '../street/sensors.ts';
import { RoadStock } from './road-stock.ts';

const city = withSignalsAtExits(createCrossing({ innerM: 200 }));
const lane = laneOf(2, 'exit', 0);
const road = city.lanes[lane]!.road;
/** The advance loops of the exit lie 118 m from its start. */
const BEHIND_M = 118;
const FITS = (2 * BEHIND_M) / 7.5;

/** One is let onto the exit road every second second; a car stands on the advance loop of one of its lanes from second `heldFromS` to `heldToS`. */
function watch(seconds: number, heldFromS: number, heldToS: number): { stock: RoadStock; queues: LoopQueues } {
  const layer = new SensorLayer(city, { level: 'loops', seed: 1 });
  const queues = new LoopQueues(city, listLoops(city));
  const stock = new RoadStock(city, [road, city.lanes[laneOf(0, 'inner', 0)]!.road], queues);
  for (let second = 0; second < seconds; second++) {
    const stands: PlacedVehicle[] =
      second >= heldFromS && second < heldToS ? [{ slot: 0, segment: lane, posM: BEHIND_M + 1 }] : [];
    queues.observe(layer.observe(frameOf(second * 1000, stands), ['', '']));
    stock.observe((onto) => (onto === road ? 0.5 : 0));
  }
  return { stock, queues };
}

/** Those behind the advance loop of the lane. */
function waitingOn(queues: LoopQueues): number {
  return queues.countWithin(lane, 1000) - queues.countWithin(lane, 80);
}

describe('a road between a signal and its advance loops', () => {
  it('has room without end while no queue stands on them, and nobody waits there', () => {
    const { stock, queues } = watch(60, 0, 0);
    expect(stock.roomOn(road)).toBe(Number.POSITIVE_INFINITY);
    expect(waitingOn(queues)).toBe(0);
  });

  it('fills up with whoever is let on while one does', () => {
    const { stock, queues } = watch(40, 20, 40);
    expect(stock.roomOn(road)).toBeGreaterThan(5);
    expect(stock.roomOn(road)).toBeLessThan(FITS - 8);
    expect(waitingOn(queues)).toBeGreaterThan(4);
    expect(watch(120, 20, 120).stock.roomOn(road)).toBeCloseTo(0);
  });

  it('is empty again once they are clear', () => {
    const { stock, queues } = watch(130, 20, 120);
    expect(stock.roomOn(road)).toBe(Number.POSITIVE_INFINITY);
    expect(waitingOn(queues)).toBe(0);
  });

  it('is not watched where traffic comes onto it otherwise', () => {
    expect(watch(5, 0, 0).stock.roomOn(city.lanes[laneOf(0, 'inner', 0)]!.road)).toBeNaN();
  });
});
