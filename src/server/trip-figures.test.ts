import { describe, expect, it } from 'vitest';
import type { Demand, Trip, VehicleType } from '../demand/demand.ts';
import { summarise } from './trip-figures.ts';

const trip = (departMs: number): Trip => ({
  type: 0,
  departMs,
  route: [0],
  departLane: 'best',
  departPos: 'base',
  departSpeed: 0,
});
const types: readonly VehicleType[] = [];

describe('the figures of a run', () => {
  it('count the trips due, and a wait outside as delay and as waiting', () => {
    const demand: Demand = { types, trips: [trip(0), trip(10_000), trip(20_000), trip(60_000)], walks: [] };
    // The first arrived, the second drives and halted twice, the third waits to enter, the fourth is not due.
    const trips = {
      insertedMs: Float64Array.of(0, 14_000, -1, -1),
      arrivedMs: Float64Array.of(40_000, -1, -1, -1),
      timeLossS: Float64Array.of(5, 8, 0, 0),
      waitingS: Float64Array.of(1, 6, 0, 0),
      stops: Int32Array.of(0, 2, 0, 0),
    };
    const present = { count: 1, speedMps: Float32Array.of(0.05, 0, 0) };
    expect(summarise(demand, trips, present, 50_000)).toEqual({
      due: 3,
      arrived: 1,
      present: 1,
      outside: 1,
      delayS: (5 + (4 + 8) + 30) / 3,
      waitingS: (1 + (4 + 6) + 30) / 3,
      stops: 2 / 3,
      queued: 2,
    });
  });

  it('are zero before anybody is due', () => {
    const nobody = {
      insertedMs: new Float64Array(1).fill(-1),
      arrivedMs: new Float64Array(1).fill(-1),
      timeLossS: new Float64Array(1),
      waitingS: new Float64Array(1),
      stops: new Int32Array(1),
    };
    const figures = summarise(
      { types, trips: [trip(5000)], walks: [] },
      nobody,
      { count: 0, speedMps: new Float32Array(0) },
      0,
    );
    expect(figures).toMatchObject({ due: 0, delayS: 0, waitingS: 0, stops: 0, queued: 0 });
  });
});
