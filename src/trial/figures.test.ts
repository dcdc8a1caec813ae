import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { City } from '../city/city.ts';
import { createFrame } from '../city/frame.ts';
import { MovementTally } from './movement-tally.ts';
import { protocolOf } from './protocol.ts';
import type { RunReport } from './result.ts';
import { LOCKED_AFTER_S, StandingWatch } from './standing.ts';
import { median } from './statistics.ts';
import { formatTables } from './table.ts';
import { rankMovements, spread, sumUp, type VehicleOutcome } from './vehicles.ts';

const vehicle = (change: Partial<VehicleOutcome> = {}): VehicleOutcome => ({
  wantedS: 0,
  departDelayS: 0,
  durationS: 100,
  timeLossS: 40,
  waitingS: 20,
  stops: 2,
  inserted: true,
  arrived: true,
  ...change,
});

/** Two roads with a signalised movement from a to b and a plain one from b to c. */
const city = {
  name: 'line',
  roads: [
    { id: 'a', lengthM: 100, speedMps: 10 },
    { id: 'b', lengthM: 200, speedMps: 10 },
    { id: 'c', lengthM: 50, speedMps: 10 },
  ],
  lanes: [
    { id: 'a_0', road: 0 },
    { id: 'b_0', road: 1 },
    { id: 'c_0', road: 2 },
  ],
  movements: [
    { fromLane: 0, toLane: 1, lengthM: 10, speedMps: 5, signal: 0, junction: 0 },
    { fromLane: 1, toLane: 2, lengthM: 0, speedMps: 5, signal: 1, junction: 0 },
  ],
  junctions: [{ id: 'j' }],
  signals: [{ programs: [{ phases: [{ state: 'GG' }, { state: 'yy' }, { state: 'rr' }] }] }],
} as unknown as City;

describe('figures of a run', () => {
  it('counts a vehicle never inserted with its departure delay', () => {
    const figures = sumUp([
      vehicle({ departDelayS: 10 }),
      vehicle({
        inserted: false,
        arrived: false,
        departDelayS: 500,
        durationS: 0,
        timeLossS: 0,
        waitingS: 0,
        stops: 0,
      }),
    ]);
    expect(figures).toEqual({
      delayS: 275,
      doorToDoorS: 305,
      waitingS: 10,
      stops: 1,
      loaded: 2,
      arrived: 1,
      neverInserted: 1,
    });
  });

  it('has ordered percentiles and five-minute means', () => {
    const times = fc.array(
      fc.record({ wantedS: fc.integer({ min: 0, max: 3599 }), timeLossS: fc.integer({ min: 0, max: 900 }) }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(times, (outcomes) => {
        const { delayPercentilesS, delayByDepartureS } = spread(outcomes.map((change) => vehicle(change)));
        expect(delayPercentilesS).toHaveLength(101);
        expect(delayPercentilesS).toEqual([...delayPercentilesS].sort((a, b) => a - b));
        expect(delayPercentilesS[100]).toBe(Math.max(...outcomes.map(({ timeLossS }) => timeLossS)));
        for (const { wantedS } of outcomes) expect(delayByDepartureS[Math.floor(wantedS / 300)]).not.toBeNull();
      }),
    );
  });

  it('takes the middle of odd and even counts', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});

describe('movement delay', () => {
  const trip = { roads: ['a', 'b', 'c'], departS: 0, departDelayS: 0, departPosM: 0, topSpeedMps: 100, endS: 1000 };

  it('is time on the approach above free flow, crossing before it included, departure delay on the first road', () => {
    const tally = new MovementTally(city);
    tally.addTrip({ ...trip, exitsS: [25, 60, 70], departDelayS: 7 });
    const [first, second] = tally.list();
    expect(first).toEqual({ from: 'a', to: 'b', vehicles: 1, delayS: 25 - 10 + 7 });
    expect(second).toEqual({ from: 'b', to: 'c', vehicles: 1, delayS: 60 - 25 - (20 + 2) });
  });

  it('counts who is still on the approach with the time so far, at least 0, and who never entered with its wait', () => {
    const tally = new MovementTally(city);
    tally.addTrip({ ...trip, exitsS: [25, -1, -1], endS: 500 });
    tally.addTrip({ ...trip, exitsS: [990, -1, -1], departS: 970 });
    tally.addWaiting(['a', 'b'], 300);
    const byName = new Map(tally.list().map((movement) => [`${movement.from}${movement.to}`, movement]));
    expect(byName.get('bc')).toMatchObject({ vehicles: 2, delayS: (500 - 25 - 22) / 2 });
    expect(byName.get('ab')).toMatchObject({ vehicles: 3, delayS: (15 + 10 + 300) / 3 });
  });

  it('leaves movements with fewer than ten vehicles out of the worst', () => {
    const few = { from: 'a', to: 'b', vehicles: 9, delayS: 900 };
    const many = { from: 'b', to: 'c', vehicles: 10, delayS: 5 };
    expect(rankMovements([few, many])).toEqual([many]);
  });
});

describe('a locked run', () => {
  function watch(speedAt: (second: number) => number, endS: number, slotAt = (_second: number) => 3) {
    const standing = new StandingWatch(city);
    const frame = createFrame(1);
    for (let second = 0; second <= endS; second++) {
      frame.timeMs = second * 1000;
      frame.count = 1;
      frame.slot[0] = slotAt(second);
      frame.speedMps[0] = speedAt(second);
      frame.segment[0] = 1;
      standing.observe(frame);
    }
    return standing.list(frame);
  }

  it('is one in which a vehicle stands still for the last 600 s', () => {
    expect(watch(() => 0, LOCKED_AFTER_S)).toEqual([{ road: 'b', stillS: 600 }]);
    expect(watch(() => 0, LOCKED_AFTER_S - 1)).toEqual([]);
  });

  it('is not one in which the vehicle crept once, or another one took its slot', () => {
    expect(watch((second) => (second === 300 ? 0.2 : 0), 800)).toEqual([]);
    const standing = new StandingWatch(city);
    const frame = createFrame(1);
    for (let second = 0; second <= 700; second++) {
      frame.timeMs = second * 1000;
      frame.count = second === 350 ? 0 : 1;
      standing.observe(frame);
    }
    expect(standing.list(frame)).toEqual([]);
  });
});

describe('the longest wait', () => {
  /** One vehicle on these segments, standing where `still` says so, a second each. */
  function longest(segments: readonly number[], still: (second: number) => boolean, slotAt = (_second: number) => 3) {
    const watch = new StandingWatch(city);
    const frame = createFrame(1);
    segments.forEach((segment, second) => {
      frame.timeMs = 25_200_000 + second * 1000;
      frame.count = 1;
      frame.slot[0] = slotAt(second);
      frame.segment[0] = segment;
      frame.speedMps[0] = still(second) ? 0 : 5;
      watch.observe(frame);
    });
    return watch.longestWaitS;
  }
  const LANES = city.lanes.length;

  it('adds up all standing on the way to one signal, inside its junction too, and begins anew behind it', () => {
    const way = [0, 0, 0, 0, 0, LANES, LANES, 1, 1, 1, 1];
    expect(longest(way, () => true)).toBe(6);
    expect(longest(way, (second) => second !== 3)).toBe(5);
    expect(longest(way, (second) => second >= 7)).toBe(3);
  });

  it('goes on where no signal lies between, and begins anew for another vehicle', () => {
    const open = { ...city, movements: city.movements.map((movement) => ({ ...movement, signal: -1 })) };
    const watch = new StandingWatch(open as unknown as City);
    const frame = createFrame(1);
    for (let second = 0; second < 6; second++) {
      frame.timeMs = second * 1000;
      frame.count = 1;
      frame.segment[0] = second < 3 ? 0 : 1;
      watch.observe(frame);
    }
    expect(watch.longestWaitS).toBe(5);
    expect(
      longest(
        [0, 0, 0, 0, 0, 0],
        () => true,
        (second) => (second < 4 ? 3 : 7),
      ),
    ).toBe(3);
  });
});

describe('protocol', () => {
  it('is the published one by name', () => {
    expect(protocolOf('cologne3', city)).toMatchObject({ yellowS: 3, allRedS: 0, papersStepS: 10 });
    expect(protocolOf('arterial4x4', city)).toMatchObject({ yellowS: 2, allRedS: 0, papersStepS: 5 });
    expect(protocolOf('hangzhou_4x4_gudang_18041610_1h', city)).toMatchObject({ yellowS: 3, allRedS: 2 });
    expect(protocolOf('nanchang_r2', city)).toMatchObject({ yellowS: 3, allRedS: 2, minGreenS: 5, longestRedS: 300 });
  });

  it('takes all-red elsewhere from what the program of each signal shows between two stages', () => {
    const program = (...states: string[]) => ({ programs: [{ phases: states.map((state) => ({ state })) }] });
    const [plain, oneStage, allRed] = [
      program('Gr', 'yr', 'rG', 'ry'),
      program('GG', 'yy', 'rr'),
      program('Gr', 'yr', 'rr', 'rG', 'ry', 'rr'),
    ];
    const protocolAt = (...signals: unknown[]) => protocolOf('somewhere', { ...city, signals } as unknown as City);
    expect(protocolAt(plain, oneStage, allRed)).toMatchObject({
      yellowS: 3,
      allRedS: 2,
      hasAllRed: [false, false, true],
      papersStepS: 10,
    });
    expect(protocolAt(plain, oneStage)).toMatchObject({ yellowS: 3, allRedS: 0 });
  });
});

describe('table', () => {
  it('prints medians, the worst run and locked seeds per controller', () => {
    const run = (controller: string, seed: number, delayS: number, locked = false) =>
      ({
        result: {
          scenario: 'x',
          controller,
          seed,
          sensors: 'camera',
          stepS: 1,
          delayS,
          doorToDoorS: 2,
          waitingS: 3,
          stops: 1,
          loaded: 9,
          arrived: 8,
          neverInserted: 0,
          worstMovementDelayS: null,
          locked,
        },
      }) as unknown as RunReport;
    const text = formatTables([
      run('fixed', 1, 50),
      run('fixed', 2, 70),
      run('fixed', 3, 60),
      run('max-pressure', 1, 20),
      run('max-pressure', 2, 900, true),
    ]);
    expect(text).toMatch(/^x: camera, decisions every 1 s/);
    expect(text).toMatch(/fixed +3 +60\.0 +70\.0 /);
    expect(text).toMatch(/max-pressure +2 +460\.0 +900\.0 .* 1 \(seed 2\)$/m);
  });
});
