import { describe, expect, it } from 'vitest';
import { createCrossing } from '../../tests/crossing.ts';
import type { Lane } from '../city/city.ts';
import { getOwnProgram, listGreens } from '../city/greens.ts';
import { comesFrom, describeStages, findShownStage } from './stage-words.ts';

const city = createCrossing();
const [signal] = city.signals;
const [lane] = city.lanes;
if (signal === undefined || lane === undefined) throw new Error('the crossing has a signal and lanes');

describe('where traffic comes from', () => {
  it.each([
    [[0, 50, 0, 0], 'n'],
    [[50, 0, 0, 0], 'e'],
    [[0, -50, 0, 0], 's'],
    [[-50, 0, 0, 0], 'w'],
    [[50, 50, 0, 0], 'ne'],
    [[-9, -9, -50, 50, 0, 0, 0, 0], 'nw'],
  ] as const)('%j is %s', (shape, compass) => {
    const ending: Lane = { ...lane, shape };
    expect(comesFrom(ending)).toBe(compass);
  });
});

describe('the stages of a signal in words', () => {
  it('are those a controller may choose, each with something green', () => {
    const words = describeStages(city, signal);
    expect(words.map(({ stage }) => stage)).toEqual(listGreens(getOwnProgram(signal)));
    for (const { greens } of words) expect(greens.length).toBeGreaterThan(0);
  });

  it('are recognised by their lamps, and nothing else is', () => {
    const { phases } = getOwnProgram(signal);
    for (const stage of listGreens(getOwnProgram(signal))) {
      expect(findShownStage(signal, phases[stage]?.state ?? '')).toBe(stage);
    }
    expect(findShownStage(signal, 'r'.repeat(signal.links.length))).toBe(-1);
  });
});
