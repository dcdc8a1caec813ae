import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf, type PlacedVehicle } from '../../tests/crossing.ts';
import { LoopQueues } from './loop-queue.ts';
import { QUEUE_SPACE_M } from './loop-tracks.ts';
import { listLoops } from './loops.ts';
import type { Observation } from './observation.ts';
import { SensorLayer } from './sensors.ts';

const city = createCrossing({ innerM: 200 });
const LAMPS = ['GGGrrrGGGrrr'];
const straight = laneOf(0, 'inner', 0);
const beside = laneOf(0, 'inner', 1);
/** The advance loop lies 80 to 82 m before the stop line of a 200 m lane. */
const ADVANCE_AT_M = 119;

/** Shows the queues one frame per second; a vehicle is its lane and its place. */
function watch(
  frames: readonly (readonly (readonly [slot: number, lane: number, posM: number])[])[],
  blindLoops: readonly number[] = [],
  lamps = LAMPS,
): LoopQueues {
  const layer = new SensorLayer(city, { level: 'loops', seed: 1 });
  const queues = new LoopQueues(city, listLoops(city));
  frames.forEach((vehicles, second) => {
    const placed = vehicles.map(([slot, segment, posM]): PlacedVehicle => ({ slot, segment, posM, speedMps: 10 }));
    const seen = layer.observe(frameOf(second * 1000, placed), lamps);
    for (const loop of blindLoops) seen.loops!.blind[loop] = 1;
    queues.observe(seen);
  });
  return queues;
}

function loopOf(lane: number, kind: string): number {
  return listLoops(city).findIndex((loop) => loop.lane === lane && loop.kind === kind);
}

/** All that are taken to be on a lane or in the queue that reaches behind it. */
function vehiclesOf(queues: LoopQueues, lane = straight): number {
  let all = 0;
  queues.list(lane, (_, __, vehicles) => {
    all += vehicles;
  });
  return all;
}

describe('queues from loops', () => {
  it('drives who crossed the advance loop on towards the stop line', () => {
    const queues = watch([[[0, straight, 100]], [[0, straight, 112]], [[0, straight, 124]], [[0, straight, 136]]]);
    const seen: number[] = [];
    expect(queues.list(straight, (toLineM) => seen.push(toLineM))).toBeCloseTo(80);
    expect(seen).toHaveLength(1);
    expect(Math.abs(seen[0]! - 64)).toBeLessThan(8);
  });

  it('adds who must wait behind a held advance loop, at the usual rate, and lets go of them when it is clear', () => {
    const full = Array.from({ length: 12 }, (_, k) => [k, straight, 199 - QUEUE_SPACE_M * k] as const);
    const held = Array.from({ length: 60 }, () => full);
    const short = vehiclesOf(watch(held.slice(0, 10)));
    const long = vehiclesOf(watch(held));
    expect(short).toBeGreaterThan(9);
    expect(long).toBeGreaterThan(short + 1);
    expect(vehiclesOf(watch([...held, [], [], [], [], [], []]))).toBe(0);
  });

  it('believes an empty stop line later where all that is open gives way: who waits for a gap stands before the loop', () => {
    // One leaves, the next stops 3 m before the line.
    const waits = (seconds: number) =>
      Array.from({ length: 12 + seconds }, (_, k) => [
        ...(k < 10 ? [[0, straight, 100 + 11 * k] as const] : []),
        [1, straight, Math.min(197, 76 + 11 * k)] as const,
      ]);
    const gives = ['gggrrrgggrrr'];
    expect(vehiclesOf(watch(waits(4)))).toBe(0);
    expect(vehiclesOf(watch(waits(4), [], gives))).toBe(1);
    expect(vehiclesOf(watch(waits(60), [], gives))).toBe(0);
  });

  it('takes whoever drives over the stop line on a protected green for gone, but not who is held up there', () => {
    const drives = Array.from({ length: 10 }, (_, k) => [[0, straight, 102 + 10.8 * k]] as const);
    const ends = (seconds: number) => Array.from({ length: seconds }, () => [[0, straight, 199.5]] as const);
    const gives = ['gggrrrgggrrr'];
    expect(vehiclesOf(watch(drives.slice(0, 9)))).toBe(1);
    expect(vehiclesOf(watch([...drives.slice(0, 9), ...ends(2)]))).toBe(0);
    expect(vehiclesOf(watch([...drives.slice(0, 9), ...ends(2)], [], gives))).toBe(1);
    expect(vehiclesOf(watch([...drives.slice(0, 9), ...ends(8)]))).toBe(1);
  });

  it('takes a lane for full while its advance loop is held, where the stop line is blind', () => {
    const stopLine = listLoops(city).findIndex(({ lane, kind }) => lane === straight && kind === 'stop-line');
    const held = (seconds: number) => Array.from({ length: seconds }, () => [[0, straight, ADVANCE_AT_M]] as const);
    expect(watch(held(2), [stopLine]).countWithin(straight, 80)).toBeLessThan(2);
    expect(watch(held(8), [stopLine]).countWithin(straight, 80)).toBeGreaterThan(80 / QUEUE_SPACE_M - 1);
  });

  it('takes whoever leaves to be followed where the advance loop is blind, until the stop line is empty', () => {
    // One every 2 s from a queue, front over the stop line in the second after it stood there.
    const leaving = Array.from({ length: 11 }, (_, second) =>
      second % 2 === 0 ? [[second, straight, 199] as const] : [],
    );
    const advance = [loopOf(straight, 'advance')];
    const after = (emptyS: number) => watch([...leaving, ...Array.from({ length: emptyS }, () => [])], advance);
    expect(vehiclesOf(after(0))).toBeGreaterThanOrEqual(1);
    expect(after(0).countWithin(straight, 30)).toBeGreaterThanOrEqual(1);
    expect(after(6).countWithin(straight, 30)).toBe(0);
    expect(watch(leaving).countWithin(straight, 30)).toBe(0);
  });

  it('tells the flow of a lane whose stop-line loop is blind from the other loops of its road', () => {
    // Every 10 s one comes on either lane; every other one of the left lane changes to the right between the loops.
    const frames = Array.from({ length: 100 }, (_, second) => {
      const posM = 100 + 11 * (second % 10);
      const changes = second % 20 >= 10 && posM > 150;
      return [[0, straight, posM] as const, [1, changes ? straight : beside, changes ? posM - 8 : posM] as const];
    });
    const blind = [loopOf(straight, 'stop-line')];
    expect(watch(frames, blind).restOf(straight)).toBeCloseTo(0.15, 1);
    expect(watch(frames, blind).restOf(straight)).toBeGreaterThan(0.13);
    expect(watch(frames, [...blind, loopOf(beside, 'stop-line')]).restOf(straight)).toBeCloseTo(0.1, 1);
    expect(watch(frames, [...blind, loopOf(beside, 'advance')]).restOf(straight)).toBeNaN();
    expect(watch(frames.slice(0, 20), blind).restOf(straight)).toBeNaN();
  });

  it('takes who left without having come from the lane beside', () => {
    const came = [100, 112, 124, 136].map((posM) => [[0, straight, posM] as const, [1, straight, posM - 12] as const]);
    const changed = [150, 166, 182, 199].map((posM) => [[0, beside, posM] as const, [1, straight, posM - 12] as const]);
    const before = watch([...came, ...changed]).countWithin(straight, 80);
    const after = watch([...came, ...changed, [[1, straight, 195]]]).countWithin(straight, 80);
    expect(before).toBe(2);
    expect(after).toBe(1);
  });

  it('gives whom a lane loses between its loops to the lane beside that gains', () => {
    // Every 20 s two come on the one lane; the second changes to the other and leaves there on green, or waits there on red.
    const round = Array.from({ length: 20 }, (_, k) => {
      const first = 100 + 12 * k;
      const second = 100 + 12 * (k - 2);
      return [
        ...(first < 215 ? [[0, straight, first] as const] : []),
        ...(second >= 100 && second < 215 ? [[1, second > 150 ? beside : straight, second] as const] : []),
      ];
    });
    const rounds = Array.from({ length: 30 }, () => round).flat();
    const came = watch([...rounds, ...round.slice(0, 5)]);
    const onOne = vehiclesOf(came, straight);
    expect(onOne + vehiclesOf(came, beside)).toBe(2);
    const after = watch([...rounds, ...round.slice(0, 18)]);
    expect(vehiclesOf(after, straight) + vehiclesOf(after, beside)).toBe(0);
    let given = 0;
    for (let k = 0; k < 10; k++) given += vehiclesOf(watch([...rounds.slice(20 * k), ...round.slice(0, 5)]), beside);
    expect(given).toBeGreaterThanOrEqual(2);
  });

  it('says no room is left on a lane whose advance loop is held', () => {
    const standing = Array.from({ length: 8 }, () => [[0, straight, ADVANCE_AT_M + 1] as const]);
    expect(watch(standing).roomOn(straight)).toBeLessThan(ADVANCE_AT_M / QUEUE_SPACE_M);
    expect(watch([[]]).roomOn(straight)).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes a pulse of a tenth of a second for noise, and who seems to leave on red for still there', () => {
    const queues = new LoopQueues(city, listLoops(city));
    const { stopLine, advance } = queues.findLoops(straight)!;
    const count = listLoops(city).length;
    const show = (second: number, on: number, rises: number, pulse: number) => {
      const at = (loop: number, value: number) => Array.from({ length: count }, (_, k) => (k === loop ? value : 0));
      queues.observe({
        cityVersion: city.version,
        timeMs: 1000 * second,
        sensors: 'loops',
        signals: ['r'.repeat(12)],
        vehicles: null,
        loops: {
          occupied: Uint8Array.from(at(stopLine, on)),
          rises: Uint16Array.from(at(stopLine, rises), (rise, k) => rise + at(advance, pulse)[k]!),
          occupancy: Float32Array.from(at(stopLine, on), (share, k) => share + at(advance, 0.1 * pulse)[k]!),
          lastOnMs: new Float64Array(count),
          lastOffMs: Float64Array.from(at(stopLine, on ? 0 : 1000 * second)),
          blind: new Uint8Array(count),
        },
      });
    };
    for (let second = 1; second <= 10; second++) show(second, 1, second === 1 ? 1 : 0, 1);
    expect(vehiclesOf(queues)).toBe(1);
    show(11, 0, 0, 0);
    show(12, 1, 1, 0);
    expect(queues.leftOf(straight)).toBe(0);
    expect(vehiclesOf(queues)).toBe(1);
  });

  it('stays finite and never below zero, whatever the loops say', () => {
    const count = listLoops(city).length;
    const reading = fc.record({
      on: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: count, maxLength: count }),
      rises: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: count, maxLength: count }),
      agoMs: fc.array(fc.integer({ min: -5000, max: 100_000 }), { minLength: 2 * count, maxLength: 2 * count }),
      stepMs: fc.integer({ min: -3000, max: 90_000 }),
    });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 40 }), (readings) => {
        const queues = new LoopQueues(city, listLoops(city));
        let timeMs = 0;
        for (const { on, rises, agoMs, stepMs } of readings) {
          timeMs += stepMs > 30_000 ? stepMs : 1000;
          const times = Float64Array.from(agoMs, (ago) => timeMs - ago);
          const observation: Observation = {
            cityVersion: city.version,
            timeMs,
            sensors: 'loops',
            signals: LAMPS,
            vehicles: null,
            loops: {
              occupied: Uint8Array.from(on),
              rises: Uint16Array.from(rises),
              occupancy: Float32Array.from(on),
              lastOnMs: times.slice(0, count),
              lastOffMs: times.slice(count),
              blind: new Uint8Array(count),
            },
          };
          queues.observe(observation);
          for (const lane of [straight, beside]) {
            const figures = [vehiclesOf(queues, lane), queues.countWithin(lane, 150), queues.haltedWithin(lane, 150)];
            for (const figure of [...figures, queues.flowOf(lane)]) {
              expect(figure).toBeGreaterThanOrEqual(0);
              expect(Number.isFinite(figure)).toBe(true);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
