import { describe, expect, it } from 'vitest';
import { createCrossing, laneOf, withSignalsAtExits } from '../../tests/crossing.ts';
import { listApproachLanes } from '../street/coverage.ts';
import { ExplainedLoops, type Verdict } from './explained-loops.ts';

const city = withSignalsAtExits(createCrossing({ innerM: 200 }));
const lanes = listApproachLanes(city);
const place = (lane: number): number => lanes.indexOf(lane);
const quiet = place(laneOf(0, 'inner', 0));
const straight = place(laneOf(2, 'exit', 0));
const beside = place(laneOf(1, 'inner', 1));

/**
 * The verdict on the northern lane after ten minutes in which one comes onto the exit to the south every 20 s, whom the lane at place
 * `from` has let go 12 s before; no loop works on `unseen` lanes.
 */
function watch(from: number, unseen: readonly number[] = []): Verdict {
  const explained = new ExplainedLoops(city, lanes, new Float64Array(lanes.length).fill(120));
  for (let second = 0; second < 600; second++) {
    const came = new Float64Array(lanes.length);
    const left = new Float64Array(lanes.length);
    if (from >= -1 && second % 20 === 12) came[straight] = 1;
    if (from >= 0 && second % 20 === 0) left[from] = 1;
    for (const lane of unseen) came[lane] = Number.NaN;
    explained.observe(came, left);
  }
  return explained.verdictOn(quiet);
}

describe('a lane whose loops see nobody', () => {
  it('is empty where nobody comes further down, or only those whom other lanes let go', () => {
    expect(watch(-2)).toBe('none');
    expect(watch(beside)).toBe('none');
  });

  it('is not where more come there', () => {
    expect(watch(-1)).toBe('some');
  });

  it('is not judged where most of its exits have no loop that works', () => {
    const exits = [2, 3].flatMap((arm) => [0, 1].map((index) => place(laneOf(arm, 'exit', index))));
    expect(watch(-2, exits)).toBe('unknown');
  });
});
