import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCrossing } from '../../tests/crossing.ts';
import { discharges, Oversaturation, timeNeeded } from './oversaturated.ts';
import { planJunction } from './predictive-junction.ts';
import type { Situation } from './predictive-situation.ts';

const junction = planJunction(createCrossing(), 0);
const lanes = junction.lanes.length;
const HORIZON_S = 60;

/** `queue[lane]` vehicles at the stop lines, nobody after them; `room` for so many beyond each. */
function situation(queue: readonly number[], { greenS = 5, room = Number.POSITIVE_INFINITY } = {}): Situation {
  const arrived = new Float64Array(lanes * (HORIZON_S + 1));
  for (let i = 0; i < lanes; i++) arrived.fill(queue[i] ?? 0, i * (HORIZON_S + 1), (i + 1) * (HORIZON_S + 1));
  const share = Float64Array.from(junction.streams, ({ lane }) => 1 / junction.streamsOf[lane]!.length);
  const none = new Float64Array(0);
  return {
    horizonS: HORIZON_S,
    arrived,
    room: new Float64Array(lanes * (HORIZON_S + 1)).fill(room),
    share,
    first: share,
    weight: new Float64Array(lanes).fill(1),
    stage: 0,
    greenS,
    intergreenS: 3,
    minGreenS: 5,
    gapS: 5,
    dueS: Number.POSITIVE_INFINITY,
    stepS: 1,
    perStop: 0,
    heavy: { count: 0, lane: new Int32Array(0), atS: new Int32Array(0), place: none, extra: none },
    people: none,
    peoplePerS: none,
    peopleCost: none,
  };
}

const queues = fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { minLength: lanes, maxLength: lanes });
/** Places of the lanes for right and straight on, and for left, of every arm. */
const straight = junction.lanes.flatMap((_, i) => (junction.streamsOf[i]!.length === 2 ? [i] : []));
const only = (places: readonly number[], count: number): number[] =>
  Array.from({ length: lanes }, (_, i) => (places.includes(i) ? count : 0));

describe('oversaturated', () => {
  it('needs the green of the longest queue of each stage, and an intergreen', () => {
    expect(timeNeeded(junction, situation(only([], 0)))).toBe(0);
    expect(timeNeeded(junction, situation(only(straight, 10)))).toBe(46);
    expect(timeNeeded(junction, situation(Array.from({ length: lanes }, () => 10)))).toBe(92);
  });

  it('needs no less for more vehicles on one lane alone, and never more than lane after lane would', () => {
    fc.assert(
      fc.property(queues, (queue) => {
        const needS = timeNeeded(junction, situation(queue));
        const longest = Math.max(...queue);
        expect(needS).toBeGreaterThanOrEqual(2 * longest - 1e-9);
        expect(needS).toBeLessThanOrEqual(queue.reduce((sum, each) => sum + 2 * each + 3, 0));
      }),
    );
  });

  it('goes on above 60 s and off below 40 s', () => {
    const regime = new Oversaturation(1);
    const isOn = (count: number): boolean => regime.update(0, junction, situation(only(straight, count)));
    expect([12, 14, 12, 8, 12].map(isOn)).toEqual([false, true, true, false, false]);
  });

  it('goes on with a young green that discharges, never into full exits nor for nobody', () => {
    const queue = only(straight, 5);
    expect(discharges(junction, situation(queue))).toBe(true);
    expect(discharges(junction, situation(queue, { greenS: 12 }))).toBe(false);
    expect(discharges(junction, situation(queue, { room: 1 }))).toBe(false);
    expect(discharges(junction, situation(only([], 0)))).toBe(false);
    fc.assert(
      fc.property(queues, fc.double({ min: 0, max: 1.9, noNaN: true }), (queue, room) => {
        expect(discharges(junction, situation(queue, { room }))).toBe(false);
      }),
    );
  });
});
