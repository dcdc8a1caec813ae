import { describe, expect, it } from 'vitest';
import { composeChange, losesRight } from './change.ts';

const CARS = Uint8Array.of(0);
const WALK_FIRST = Uint8Array.of(1, 0, 0);

describe('the lamps between two stages', () => {
  it.each([
    // from, to, during yellow, after it
    ['G', 'G', 'G', 'G'],
    ['G', 'g', 'g', 'g'],
    ['g', 'G', 'g', 'g'],
    ['G', 'r', 'y', 'r'],
    ['g', 'r', 'y', 'r'],
    ['G', 's', 'y', 'r'],
    ['r', 'G', 'r', 'r'],
    ['r', 's', 'r', 'r'],
    ['s', 's', 's', 's'],
    ['s', 'G', 's', 's'],
    ['s', 'r', 'r', 'r'],
    ['o', 'o', 'o', 'o'],
    ['o', 'g', 's', 's'],
  ])('from %s to %s: %s, then %s', (from, to, inYellow, after) => {
    expect(composeChange(from, to, CARS, 'yellow')).toBe(inYellow);
    expect(composeChange(from, to, CARS, 'all-red')).toBe(after);
  });

  it('closes crossings at once, and vehicles when their part has come', () => {
    const lamps = (['walk ends', 'yellow', 'all-red'] as const).map((part) =>
      composeChange('GGs', 'rrr', WALK_FIRST, part),
    );
    expect(lamps).toEqual(['rGs', 'ryr', 'rrr']);
    expect(composeChange('GGG', 'Grg', WALK_FIRST, 'walk ends')).toBe('GGg');
  });

  it('knows what counts as losing the right to go', () => {
    expect(['Gr', 'Gs', 'gr', 'sr'].every(([a = '', b = '']) => losesRight(a, b))).toBe(true);
    expect(['Gg', 'gG', 'sG', 'ss', 'rG', 'rs'].some(([a = '', b = '']) => losesRight(a, b))).toBe(false);
  });
});
