import { expect, it } from 'vitest';
import { readUtahPairs } from '../../bench/utah-pairs.ts';
import { describeWithData } from '../../tests/data.ts';

describeWithData('Utah pairs', (data) => {
  it.each(readUtahPairs(data))('$name is met row by row', ({ expected, found }) => {
    expect(expected.length).toBeGreaterThan(0);
    expect(found).toEqual(expected);
  });
});
