import { describe, expect, it } from 'vitest';
import type { SeenVehicles } from '../street/observation.ts';
import { SteadyLanes } from './steady.ts';

/** A picture of three lanes from the vehicles of the middle one and a standing one on each other. */
function pictureOf(middle: readonly (readonly [toEndM: number, speedMps: number])[]): SeenVehicles {
  const all = [[5, 0] as const, ...middle, [7, 0] as const];
  return {
    laneStart: Uint32Array.of(0, 1, 1 + middle.length, 2 + middle.length),
    toEndM: Float32Array.from(all, ([toEndM]) => toEndM),
    speedMps: Float32Array.from(all, ([, speedMps]) => speedMps),
    kind: new Uint8Array(all.length),
    blind: new Uint8Array(3),
  };
}

const NOISY = new Set([1]);
const middleOf = ({ laneStart, toEndM }: SeenVehicles) => Array.from(toEndM.slice(laneStart[1]!, laneStart[2]!));

describe('steady pictures', () => {
  it('keeps who is missed for a second or two, shows nobody seen once, forgets who has gone', () => {
    const lanes = new SteadyLanes();
    const seen = [[[100, 10]], [[90, 10]], [[60, 3]], [], [[60, 10]], [[50, 10]], [], [], []] as const;
    const shown = seen.map((middle) => middleOf(lanes.clean(pictureOf(middle), NOISY)));
    expect(shown).toEqual([[], [90], [80], [70], [60], [50], [40], [30], []]);
  });

  it('lets who was at the line go', () => {
    const lanes = new SteadyLanes();
    const seen = [[[25, 10]], [[15, 10]], [[5, 10]], []] as const;
    expect(seen.map((middle) => middleOf(lanes.clean(pictureOf(middle), NOISY)))).toEqual([[], [15], [5], []]);
  });

  it('leaves other lanes and healthy pictures alone', () => {
    const lanes = new SteadyLanes();
    const picture = pictureOf([[50, 0]]);
    expect(lanes.clean(picture, new Set())).toBe(picture);
    const { toEndM, laneStart } = lanes.clean(picture, NOISY);
    expect([Array.from(laneStart), Array.from(toEndM)]).toEqual([
      [0, 1, 1, 2],
      [5, 7],
    ]);
  });
});
