import { describe, expect, it } from 'vitest';
import { createCrossing, laneOf, withSignalsAtExits } from '../../tests/crossing.ts';
import { listApproachLanes } from '../street/coverage.ts';
import { Unfed } from './unfed.ts';

/** The exits end at signals, so cameras see them, and only the crossing's own lanes lead onto them. */
const city = withSignalsAtExits(createCrossing());
const lanes = listApproachLanes(city);
const south = lanes.indexOf(laneOf(2, 'exit', 0));
const north = lanes.indexOf(laneOf(0, 'inner', 0));
const leadsThere = city.lanes[laneOf(0, 'inner', 0)]!.out.some((m) => city.movements[m]!.toLane === lanes[south]);

/** Whether the exit to the south is empty after `seconds`, when the lane from the north lets somebody go in second `goneAtS`. */
function isEmptyAfter(seconds: number, { goneAtS = -1, place = south, isBelieved = true } = {}): boolean {
  const unfed = new Unfed(city, lanes);
  for (let second = 0; second <= seconds; second++) {
    const gone = new Float64Array(lanes.length);
    if (second === goneAtS) gone[north] = 1;
    unfed.observe(1000 * second, gone, (k) => isBelieved || k !== north);
  }
  return unfed.isEmpty(place, 1000 * seconds);
}

describe('a road that lanes of signals alone lead to', () => {
  it('is empty when none of them has let anybody go for 150 s', () => {
    expect(leadsThere).toBe(true);
    expect([150, 151].map((seconds) => isEmptyAfter(seconds))).toEqual([false, true]);
    expect(isEmptyAfter(300, { goneAtS: 160 })).toBe(false);
    expect(isEmptyAfter(311, { goneAtS: 160 })).toBe(true);
  });

  it('is not where one of them is not known, nor where traffic comes from elsewhere', () => {
    expect(isEmptyAfter(1000, { isBelieved: false })).toBe(false);
    expect(isEmptyAfter(1000, { place: north })).toBe(false);
  });
});
