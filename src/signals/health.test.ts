import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf, type PlacedVehicle } from '../../tests/crossing.ts';
import { parseDegradation } from '../street/degrade.ts';
import type { SensorLevel } from '../street/observation.ts';
import { SensorLayer } from '../street/sensors.ts';
import { SensorHealth } from './health.ts';

const city = createCrossing({ innerM: 200 });
const lane = laneOf(0, 'inner', 0);
const CYCLE_S = 60;
/** North-south and east-west, half of the cycle each, 3 s of yellow. */
function lampsAt(second: number): string {
  const inCycle = second % CYCLE_S;
  if (inCycle < 27) return 'GGGrrrGGGrrr';
  if (inCycle < 30) return 'yyyrrryyyrrr';
  return inCycle < 57 ? 'rrrGGGrrrGGG' : 'rrryyyrrryyy';
}

/** A vehicle every 7 s on every lane, waiting at the stop line from red to green. */
function streetAt(second: number): PlacedVehicle[] {
  const vehicles: PlacedVehicle[] = [];
  for (let arm = 0; arm < 4; arm++) {
    for (let index = 0; index < 2; index++) {
      const greenFrom = arm % 2 === 0 ? 0 : 30;
      for (let born = second - (second % 7) - 98; born <= second; born += 7) {
        if (born < 0) continue;
        const dueS = born + 20;
        const waitS = (((greenFrom - dueS) % CYCLE_S) + CYCLE_S) % CYCLE_S;
        const leavesS = waitS > 33 ? dueS : dueS + waitS;
        if (second > leavesS) continue;
        const posM = second >= dueS ? 199 : 199 - 10 * (dueS - second);
        if (posM < 0) continue;
        const slot = 1000 * arm + 500 * index + born / 7;
        vehicles.push({ slot, segment: laneOf(arm, 'inner', index), posM, speedMps: second >= dueS ? 0 : 10 });
      }
    }
  }
  return vehicles;
}

function judge(level: SensorLevel, degrade: string, seconds: number, street = streetAt): SensorHealth {
  const layer = new SensorLayer(city, { level, seed: 1, degrade: parseDegradation(degrade) });
  const health = new SensorHealth(city);
  for (let second = 0; second < seconds; second++) {
    const seen = layer.observe(frameOf(second * 1000, street(second)), [lampsAt(second)]);
    const believed = health.check(seen);
    const isBad = health.faultOf(lane) === 'stuck' || health.faultOf(lane) === 'silent';
    if (level === 'camera' && isBad) expect(believed.vehicles!.blind[lane]).toBe(1);
  }
  return health;
}

describe.each(['camera', 'loops'] as const)('health of sensors (%s)', (level) => {
  it('finds nothing wrong with healthy ones in an hour', () => {
    const health = judge(level, 'late=0', 3600);
    for (let arm = 0; arm < 4; arm++) expect(health.faultOf(laneOf(arm, 'inner', 0))).toBeNull();
  });

  it('tells dead, stuck and silent ones apart, within four minutes', () => {
    expect(judge(level, 'dead=1', 5).faultOf(lane)).toBe('dead');
    expect(judge(level, 'stuck-on=1', 230).faultOf(lane)).toBe('stuck');
    expect(judge(level, 'stuck-off=1', 230).faultOf(lane)).toBe('silent');
  });

  it('finds readings that come 10 s late, and noise', () => {
    expect(judge(level, 'noisy=0.3', 1200).faultOf(lane)).toBe('noisy');
    expect(judge(level, 'late=10', 1200).faultOf(lane)).toBe('late');
  });

  it('believes a lane again once it moves', () => {
    const street = (second: number) => (second < 400 ? [] : streetAt(second));
    expect(judge(level, 'late=0', 399, street).faultOf(lane)).toBe('silent');
    expect(judge(level, 'late=0', 500, street).faultOf(lane)).toBeNull();
  });

  it('survives any stream and changes no observation it was given', () => {
    const vehicle = fc.record({
      slot: fc.integer({ min: 0, max: 20 }),
      segment: fc.integer({ min: 0, max: city.lanes.length - 1 }),
      posM: fc.double({ min: 0, max: 200, noNaN: true }),
      speedMps: fc.double({ min: 0, max: 30, noNaN: true }),
    });
    const step = fc.record({
      vehicles: fc.uniqueArray(vehicle, { selector: ({ slot }) => slot, maxLength: 10 }),
      stepS: fc.integer({ min: -10, max: 400 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const layer = new SensorLayer(city, { level, seed: 1, degrade: parseDegradation('dead=0.2,noisy=0.2') });
        const health = new SensorHealth(city);
        let second = 0;
        for (const { vehicles, stepS } of steps) {
          second += stepS > 100 ? stepS : 1;
          const seen = layer.observe(frameOf(second * 1000, vehicles), [lampsAt(second)]);
          const copy = structuredClone(seen);
          const believed = health.check(seen);
          expect(seen).toEqual(copy);
          expect(believed.timeMs).toBe(seen.timeMs);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('a queue that stands before red', () => {
  const standing = [{ slot: 1, segment: lane, posM: 199, speedMps: 0 }];
  const faultAfter = (seconds: number, lamps: string): string | null => {
    const layer = new SensorLayer(city, { level: 'camera', seed: 1 });
    const health = new SensorHealth(city);
    for (let second = 0; second < seconds; second++)
      health.check(layer.observe(frameOf(second * 1000, standing), [lamps]));
    return health.faultOf(lane);
  };

  it('is not stuck, also where turns of its lane may go after a halt; before a green it is', () => {
    expect(faultAfter(1000, 'rrrrrrrrrrrr')).toBeNull();
    expect(faultAfter(1000, 'srrsrrsrrsrr')).toBeNull();
    expect(faultAfter(100, 'sgrrrrrrrrrr')).toBe('stuck');
  });
});

describe('two loops of a lane', () => {
  const beside = laneOf(0, 'inner', 1);
  const rolls = (slot: number, segment: number, posM: number) => ({ slot, segment, posM, speedMps: 10 });
  /** A car every 10 s on either lane of a road, at 10 m/s from its start to the end; those of `lane` end on the lane beside where they change. */
  function rollingAt(second: number, changes: boolean): PlacedVehicle[] {
    return Array.from({ length: 20 }, (_, ago) => second - ago).flatMap((born): PlacedVehicle[] => {
      if (born < 0 || born % 5 !== 0) return [];
      const posM = 10 * (second - born) + 9;
      const segment = born % 10 === 0 && !(changes && posM > 150) ? lane : beside;
      return [rolls(born / 5, segment, posM)];
    });
  }
  /** What is found wrong with the lane, by second. */
  function judgeFor(seconds: number, street: (second: number) => PlacedVehicle[], broken: 'advance' | null): unknown[] {
    const layer = new SensorLayer(city, { level: 'loops', seed: 1 });
    const health = new SensorHealth(city);
    const off = layer.loops.findIndex((loop) => loop.lane === lane && loop.kind === broken);
    return Array.from({ length: seconds }, (_, second) => {
      const seen = layer.observe(frameOf(second * 1000, street(second)), ['GGGGGGGGGGGG']);
      if (off >= 0) {
        seen.loops!.rises[off] = 0;
        seen.loops!.occupied[off] = 0;
      }
      health.check(seen);
      return health.faultOf(lane);
    });
  }

  it('finds one silent once the other has told six whom the road lacks', () => {
    const faults = judgeFor(100, (second) => rollingAt(second, false), 'advance');
    expect(faults[60]).toBeNull();
    expect(faults[99]).toBe('silent');
  });

  it('finds no stop-line loop silent where all change to the lane beside', () => {
    expect(judgeFor(900, (second) => rollingAt(second, true), null).every((fault) => fault === null)).toBe(true);
  });

  it('believes a queue that stands over both of one, and none where more have come than fit between them', () => {
    const others = [1, 2, 3].flatMap((arm) => [laneOf(arm, 'inner', 0), laneOf(arm, 'inner', 1)]);
    const rest = (second: number) =>
      others.map((segment, n) => rolls(100 * n + Math.floor(second / 20) + 1000, segment, 10 * (second % 20) + 9));
    const standing = Array.from({ length: 26 }, (_, n) => ({ slot: n, segment: lane, posM: 199 - 7.5 * n }));
    const first = standing.slice(0, 1);
    const passing = (second: number) =>
      second % 10 < 8 ? [rolls(50 + Math.floor(second / 10), lane, 109 + 10 * (second % 10))] : [];
    expect(judgeFor(600, (second) => [...rest(second), ...(second < 120 ? [] : standing)], null).at(-1)).toBeNull();
    expect(judgeFor(600, (second) => [...rest(second), ...first, ...passing(second)], null).at(-1)).toBe('stuck');
  });
});

describe('where a lane has one loop', () => {
  it('judges it alone', () => {
    const detector = { signal: 0, channel: 1, phase: 2, kind: 'stop-line', lane, distanceM: 0, lengthM: 2 } as const;
    const wired = { ...city, detectors: [detector] };
    const layer = new SensorLayer(wired, { level: 'loops', seed: 1 });
    const health = new SensorHealth(wired);
    for (let second = 0; second < 900; second++)
      health.check(layer.observe(frameOf(second * 1000, streetAt(second)), [lampsAt(second)]));
    expect([health.faultOf(lane), health.isLost(lane)]).toEqual([null, false]);
    const without = laneOf(2, 'inner', 0);
    expect([health.faultOf(without), health.isLost(without)]).toEqual(['dead', true]);
  });
});
