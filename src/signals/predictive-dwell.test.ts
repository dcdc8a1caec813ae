import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type City, VEHICLE_CLASSES } from '../city/city.ts';
import { loadScenario } from '../field/load.ts';
import type { Observation } from '../street/observation.ts';
import { BusDwell } from './predictive-dwell.ts';

const BUS = VEHICLE_CLASSES.indexOf('bus');
const CAR = VEHICLE_CLASSES.indexOf('car');
let city: City;
/** The lane of the first bus stop, and where a bus that serves it halts: before the end of the lane. */
let lane: number;
let atM: number;

beforeAll(async () => {
  const { scenario } = await loadScenario(fileURLToPath(new URL('../../fixtures/quarter/', import.meta.url)));
  city = scenario.city;
  const stop = city.busStops[0]!;
  lane = stop.lane;
  atM = city.lanes[lane]!.lengthM - stop.toM;
});

/** A picture with one vehicle on the lane, or nobody. */
function picture(seen: { kind: number; toEndM: number; speedMps: number } | null): Observation {
  return {
    cityVersion: city.version,
    timeMs: 0,
    sensors: 'camera',
    signals: [],
    loops: null,
    vehicles: {
      laneStart: Uint32Array.from({ length: city.lanes.length + 1 }, (_, l) => (seen !== null && l > lane ? 1 : 0)),
      toEndM: Float32Array.of(seen?.toEndM ?? 0),
      speedMps: Float32Array.of(seen?.speedMps ?? 0),
      kind: Uint8Array.of(seen?.kind ?? 0),
      blind: new Uint8Array(city.lanes.length),
    },
  };
}

function stand(dwell: BusDwell, seconds: number, toEndM = atM, kind = BUS): void {
  for (let second = 0; second < seconds; second++) dwell.observe(picture({ kind, toEndM, speedMps: 0 }));
}

function leave(dwell: BusDwell): void {
  dwell.observe(picture({ kind: BUS, toEndM: atM - 0.5, speedMps: 1 }));
  dwell.observe(picture({ kind: BUS, toEndM: atM - 3, speedMps: 2.5 }));
  dwell.observe(picture(null));
}

const before = (dwell: BusDwell, kind = BUS) => dwell.lossOf(kind, lane, atM + 60, 12);

describe('dwell of buses', () => {
  it('makes a bus late for a stop before it, once past it no more, and nobody else', () => {
    const dwell = new BusDwell(city);
    expect(before(dwell)).toBeGreaterThan(20);
    expect(before(dwell)).toBeLessThan(35);
    expect(dwell.lossOf(BUS, lane, atM - 5, 3)).toBe(0);
    expect(before(dwell, CAR)).toBe(0);
    expect(dwell.lossOf(BUS, lane + 1, atM + 60, 12)).toBe(0);
  });

  it('learns how long buses stand there, not how long others do or elsewhere', () => {
    const dwell = new BusDwell(city);
    const atFirst = before(dwell);
    stand(dwell, 50, atM, CAR);
    dwell.observe(picture(null));
    stand(dwell, 50, atM - 20);
    dwell.observe(picture(null));
    expect(before(dwell)).toBe(atFirst);
    const longer: number[] = [];
    for (let bus = 0; bus < 30; bus++) {
      stand(dwell, 40);
      leave(dwell);
      longer.push(before(dwell) - atFirst);
    }
    expect(longer[0]).toBeCloseTo(10);
    expect(longer.at(-1)).toBeGreaterThan(19);
    expect(longer.at(-1)).toBeLessThan(20);
  });

  it('counts down while a bus stands, and gives one that stays longer a little yet', () => {
    const dwell = new BusDwell(city);
    const left: number[] = [];
    for (const seconds of [1, 9, 20]) {
      stand(dwell, seconds);
      left.push(dwell.lossOf(BUS, lane, atM, 0));
    }
    expect(left).toEqual([19, 10, 3]);
  });

  it('expects no second stop of a bus that pulls out', () => {
    const dwell = new BusDwell(city);
    stand(dwell, 15);
    dwell.observe(picture({ kind: BUS, toEndM: atM - 0.5, speedMps: 1 }));
    expect(dwell.lossOf(BUS, lane, atM - 0.5, 1)).toBe(0);
    expect(before(dwell)).toBeGreaterThan(20);
  });

  it('remembers a bus that stood and went into a bay until it pulls out, and learns from it', () => {
    const dwell = new BusDwell(city);
    const atFirst = before(dwell);
    stand(dwell, 1);
    expect(dwell.listHidden(lane)).toEqual([]);
    for (let second = 0; second < 29; second++) dwell.observe(picture(null));
    expect(dwell.listHidden(lane)).toEqual([{ toEndM: atM, inS: 3 }]);
    expect(dwell.listHidden(lane + 1)).toEqual([]);
    leave(dwell);
    expect(dwell.listHidden(lane)).toEqual([]);
    expect(before(dwell) - atFirst).toBeCloseTo(5);
  });

  it('remembers one that was never seen to stand, and no one that drives slowly past', () => {
    const dwell = new BusDwell(city);
    const drive = (toEndM: number, speedMps: number) => dwell.observe(picture({ kind: BUS, toEndM, speedMps }));
    drive(atM + 3, 3.5);
    drive(atM, 0.6);
    for (let second = 0; second < 15; second++) dwell.observe(picture(null));
    expect(dwell.listHidden(lane)).toEqual([{ toEndM: atM, inS: 5 }]);
    leave(dwell);
    drive(atM + 2, 3.5);
    drive(atM - 3, 4.5);
    dwell.observe(picture(null));
    expect(dwell.listHidden(lane)).toEqual([]);
  });

  it('forgets a bus that does not come out', () => {
    const dwell = new BusDwell(city);
    stand(dwell, 1);
    for (let second = 0; second < 70; second++) dwell.observe(picture(null));
    expect(dwell.listHidden(lane)).toEqual([]);
  });

  it('is as before where nothing is seen', () => {
    const dwell = new BusDwell(city);
    stand(dwell, 5);
    dwell.observe({ ...picture(null), vehicles: null });
    expect(dwell.lossOf(BUS, lane, atM, 0)).toBe(15);
  });
});
