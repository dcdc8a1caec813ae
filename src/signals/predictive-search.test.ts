import { describe, expect, it } from 'vitest';
import { createCrossing, laneOf } from '../../tests/crossing.ts';
import { CLOSED, PROTECTED, planJunction } from './predictive-junction.ts';
import { Search } from './predictive-search.ts';
import type { Situation } from './predictive-situation.ts';

const city = createCrossing({ innerM: 200 });
const plain = planJunction(city, 0);
/** North's lane for right and straight. */
const lane = plain.lanes.indexOf(laneOf(0, 'inner', 0));
const HORIZON_S = 60;
const RIGHT_ONLY = 1;

function turnOf(k: number): string {
  return city.movements[plain.streams[k]!.movements[0]!]!.turn;
}

/** The crossing with a full green for north's right turn in its second stage too. */
const junction = {
  ...plain,
  streams: plain.streams.map((stream, k) => {
    if (stream.lane !== lane || turnOf(k) !== 'right') return stream;
    return { ...stream, grants: stream.grants.map((grant, s) => (s === RIGHT_ONLY ? PROTECTED : grant)) };
  }),
};

/** Six wait on that lane, a quarter of them for the right turn, which alone is green; `straight`: how likely the first one goes straight. */
function situation(straight: number): Situation {
  const { lanes, streams, streamsOf, calls } = junction;
  const own = (right: number) =>
    Float64Array.from(streams, (stream, k) => {
      if (stream.lane !== lane) return 1 / streamsOf[stream.lane]!.length;
      return turnOf(k) === 'right' ? right : 1 - right;
    });
  const size = lanes.length * (HORIZON_S + 1);
  const arrived = new Float64Array(size).fill(6, lane * (HORIZON_S + 1), (lane + 1) * (HORIZON_S + 1));
  const none = new Float64Array(calls.length);
  return {
    horizonS: HORIZON_S,
    arrived,
    room: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
    share: own(0.25),
    first: own(1 - straight),
    weight: new Float64Array(lanes.length).fill(1),
    stage: RIGHT_ONLY,
    greenS: 20,
    intergreenS: 3,
    gapS: 5,
    minGreenS: 5,
    dueS: Number.POSITIVE_INFINITY,
    stepS: 1,
    perStop: 0,
    heavy: {
      count: 0,
      lane: new Int32Array(0),
      atS: new Int32Array(0),
      place: new Float64Array(0),
      extra: new Float64Array(0),
    },
    people: none,
    peoplePerS: none,
    peopleCost: none,
  };
}

/** Vehicles that leave the lane within `untilS` under a plan. */
function countLeft(it: Situation, plan: { atS: number; stage: number }[], untilS: number): number {
  const left = new Float64Array(junction.lanes.length * HORIZON_S);
  new Search().replay(junction, it, plan, left);
  return left.subarray(lane * HORIZON_S, lane * HORIZON_S + untilS).reduce((sum, each) => sum + each, 0);
}

describe('search', () => {
  it('lets a shared lane go until somebody wants the closed stream; behind a first vehicle that wants it, nobody', () => {
    expect(junction.streamsOf[lane]!.map((k) => junction.streams[k]!.grants[RIGHT_ONLY] !== CLOSED)).toContain(false);
    expect(countLeft(situation(0.75), [], 30)).toBeCloseTo(0.25 / 0.75);
    expect(countLeft(situation(1), [], 30)).toBeCloseTo(0);
    expect(countLeft(situation(0), [], 30)).toBeCloseTo(1 / 0.75);
  });

  it('knows the first vehicle on the green that it waits for as well, and those behind it by their shares again', () => {
    const plan = [
      { atS: 0, stage: 0 },
      { atS: 6, stage: RIGHT_ONLY },
    ];
    const known = situation(1);
    expect(countLeft(known, plan, 9)).toBeGreaterThan(1);
    expect(countLeft(known, plan, 60) - countLeft(known, plan, 9)).toBeCloseTo(0.25 / 0.75);
  });
});
