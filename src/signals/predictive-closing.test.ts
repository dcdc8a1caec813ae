import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadScenario } from '../field/load.ts';
import { Closings } from './predictive-closing.ts';
import { CLOSED, type Junction, planJunction } from './predictive-junction.ts';

/** Stages of the quarter's signals: main street, the same without crossings, side street, the same without crossings. */
const [MAIN, , SIDE, SIDE_CLOSING] = [0, 1, 2, 3] as const;
let junction: Junction;

beforeAll(async () => {
  const { scenario } = await loadScenario(fileURLToPath(new URL('../../fixtures/quarter/', import.meta.url)));
  junction = planJunction(scenario.city, 1);
});

/** A bus 10 s from the line on a lane of the side street, or none. */
function moment(stage: number, isBusThere = false, stepS = 1) {
  const lane = junction.streams.find(({ grants }) => grants[MAIN] === CLOSED)!.lane;
  const heavy = {
    count: isBusThere ? 1 : 0,
    lane: Int32Array.of(lane),
    atS: Int32Array.of(10),
    place: Float64Array.of(0.5),
    extra: Float64Array.of(14),
  };
  return { stage, minGreenS: 5, intergreenS: 3, stepS, heavy };
}

describe('a change that closes crossings', () => {
  it('shows the stage that closes them first, then goes on', () => {
    const closings = new Closings([junction]);
    expect(closings.begin(0, moment(SIDE), MAIN)).toBe(SIDE_CLOSING);
    expect(closings.goOn(0, moment(SIDE_CLOSING))).toBe(MAIN);
    expect(closings.goOn(0, moment(MAIN))).toBe(-1);
  });

  it('is thought over when a bus has come into sight that it would hold', () => {
    const closings = new Closings([junction]);
    closings.begin(0, moment(SIDE), MAIN);
    expect(closings.goOn(0, moment(SIDE_CLOSING, true))).toBe(-1);
    closings.begin(0, moment(SIDE, true), MAIN);
    expect(closings.goOn(0, moment(SIDE_CLOSING, true))).toBe(MAIN);
  });

  it('begins at once where the stage between would take longer than the crossings need', () => {
    const closings = new Closings([junction]);
    expect(closings.begin(0, moment(MAIN), SIDE)).toBe(SIDE);
    expect(closings.begin(0, moment(SIDE, false, 10), MAIN)).toBe(MAIN);
    expect(closings.begin(0, moment(SIDE), SIDE)).toBe(SIDE);
    expect(closings.goOn(0, moment(SIDE_CLOSING))).toBe(-1);
  });
});
