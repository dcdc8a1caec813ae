import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf, type PlacedVehicle } from '../../tests/crossing.ts';
import { movementSegment } from '../city/frame.ts';
import { LoopQueues } from '../street/loop-queue.ts';
import { listLoops } from '../street/loops.ts';
import type { Observation, SensorLevel } from '../street/observation.ts';
import { SensorLayer } from '../street/sensors.ts';
import { Learning } from './learning.ts';
import { planJunction } from './predictive-junction.ts';

const city = createCrossing({ innerM: 200 });
const junction = planJunction(city, 0);
/** North's lane for right and straight. */
const lane = laneOf(0, 'inner', 0);
const place = junction.lanes.indexOf(lane);

function learn(level: SensorLevel, frames: readonly (readonly PlacedVehicle[])[], lampsAt: (second: number) => string) {
  const layer = new SensorLayer(city, { level, seed: 1 });
  const queues = new LoopQueues(city, listLoops(city));
  const learning = new Learning(city, [junction], queues);
  let before: Observation | null = null;
  frames.forEach((vehicles, second) => {
    const now = layer.observe(frameOf(second * 1000, vehicles), [lampsAt(second)]);
    queues.observe(now);
    if (before !== null) learning.observe(before, now);
    before = now;
  });
  return learning;
}

function shareOf(learning: Learning, turn: string): number {
  const k = junction.streamsOf[place]!.find((k) => city.movements[junction.streams[k]!.movements[0]!]!.turn === turn)!;
  return learning.sharesOf(0)[k]!;
}

function firstOf(learning: Learning, turn: string): number {
  const k = junction.streamsOf[place]!.find((k) => city.movements[junction.streams[k]!.movements[0]!]!.turn === turn)!;
  return learning.firstsOf(0)[k]!;
}

/** One vehicle every `everyS` crosses the stop line of north's first lane and goes on inside the junction. */
function flow(seconds: number, everyS: number): PlacedVehicle[][] {
  return Array.from({ length: seconds }, (_, second) => {
    const phase = second % everyS;
    const slot = Math.floor(second / everyS);
    if (phase === 0) return [{ slot, segment: lane, posM: 199, speedMps: 5 }];
    return phase === 1 ? [{ slot, segment: movementSegment(city, 1), posM: 4, speedMps: 5 }] : [];
  });
}

describe('learning', () => {
  it('begins with what is usual, spread over the lanes that lead there', () => {
    const learning = learn('camera', [], () => '');
    expect(shareOf(learning, 'straight')).toBeCloseTo(0.75);
    expect(shareOf(learning, 'right')).toBeCloseTo(0.25);
  });

  it.each(['camera', 'loops'] as const)('takes who leaves on the green of one turn for that turn (%s)', (level) => {
    const only = (link: number) => Array.from({ length: 12 }, (_, k) => (k === link ? 'G' : 'r')).join('');
    expect(
      shareOf(
        learn(level, flow(600, 4), () => only(0)),
        'right',
      ),
    ).toBeGreaterThan(0.9);
    expect(
      shareOf(
        learn(level, flow(600, 4), () => only(1)),
        'straight',
      ),
    ).toBeGreaterThan(0.95);
  });

  it('takes who leaves in the first second of a green for its turn', () => {
    const frames = flow(600, 4).map((vehicles) => vehicles.filter(({ segment }) => segment === lane));
    const learning = learn('camera', frames, (second) => (second % 4 === 1 ? 'rGrrrrrrrrrr' : 'r'.repeat(12)));
    expect(shareOf(learning, 'straight')).toBeGreaterThan(0.95);
  });

  it('takes who stands at the line before a full green for another turn, until it leaves', () => {
    const standing: PlacedVehicle[][] = Array.from({ length: 4 }, () => [{ slot: 0, segment: lane, posM: 199 }]);
    const lamps = (own: string) => () => own.padEnd(12, 'r');
    expect(firstOf(learn('camera', standing, lamps('Gr')), 'straight')).toBeGreaterThan(0.8);
    expect(firstOf(learn('camera', standing, lamps('rG')), 'straight')).toBeLessThan(0.2);
    expect(firstOf(learn('camera', standing.slice(0, 2), lamps('Gr')), 'straight')).toBeCloseTo(0.75);
    const empty = learn('camera', [...standing, []], lamps('Gr'));
    expect(firstOf(empty, 'straight')).toBeCloseTo(shareOf(empty, 'straight'));
  });

  it('waits longer before it tells where another turn of the lane has to find a gap', () => {
    const learned = (seconds: number) => {
      const standing: PlacedVehicle[][] = Array.from({ length: seconds }, () => [
        { slot: 0, segment: lane, posM: 199 },
      ]);
      return firstOf(
        learn('camera', standing, () => 'gGrrrrrrrrrr'),
        'right',
      );
    };
    expect(learned(5)).toBeCloseTo(0.25);
    expect(learned(6)).toBeGreaterThan(0.8);
  });

  it('gives shares that add up to one, whatever is seen', () => {
    const vehicle = fc.record({
      slot: fc.integer({ min: 0, max: 30 }),
      segment: fc.integer({ min: 0, max: city.lanes.length - 1 }),
      posM: fc.double({ min: 0, max: 200, noNaN: true }),
      speedMps: fc.double({ min: 0, max: 30, noNaN: true }),
    });
    const lamps = fc.array(fc.constantFrom(...'rygG'), { minLength: 12, maxLength: 12 }).map((list) => list.join(''));
    const second = fc.record({
      vehicles: fc.uniqueArray(vehicle, { selector: ({ slot }) => slot, maxLength: 15 }),
      lamps,
    });
    fc.assert(
      fc.property(
        fc.array(second, { maxLength: 40 }),
        fc.constantFrom<SensorLevel>('camera', 'loops'),
        (street, level) => {
          const learning = learn(
            level,
            street.map(({ vehicles }) => vehicles),
            (k) => street[k]!.lamps,
          );
          junction.streamsOf.forEach((own) => {
            for (const shares of [learning.sharesOf(0), learning.firstsOf(0)])
              expect(own.reduce((sum, k) => sum + shares[k]!, 0)).toBeCloseTo(1, 9);
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});
