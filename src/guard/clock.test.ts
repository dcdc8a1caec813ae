import { describe, expect, it } from 'vitest';
import { GuardClock } from './clock.ts';

function read(times: readonly number[]) {
  const clock = new GuardClock();
  return times.map((nowMs) => {
    const { sureMs, mayMs, isTrusted } = clock.read(nowMs);
    return [sureMs, mayMs, isTrusted];
  });
}

describe('the clock of the guard', () => {
  it('counts a leap as one second for certain and in full as possible', () => {
    expect(read([5000, 6000, 6300, 96_300])).toEqual([
      [0, 0, true],
      [1000, 1000, true],
      [300, 300, true],
      [1000, 90_000, true],
    ]);
  });

  it('counts nothing for certain until the latest time is passed again', () => {
    expect(read([5000, 3000, 4000, 5000, 5500])).toEqual([
      [0, 0, true],
      [0, 0, false],
      [0, 1000, false],
      [0, 1000, true],
      [500, 500, true],
    ]);
  });

  it('does not stumble over what is no time', () => {
    expect(read([1000, Number.NaN, Infinity, 2000])).toEqual([
      [0, 0, true],
      [0, 0, false],
      [0, 0, false],
      [1000, 1000, true],
    ]);
  });

  it('believes a clock that stays back for a minute of steps', () => {
    const times = Array.from({ length: 70 }, (_, i) => i * 1000);
    const readings = read([1_000_000, ...times]);
    expect(readings.findIndex(([, , isTrusted], i) => i > 0 && isTrusted)).toBe(62);
    expect(readings.at(-1)).toEqual([1000, 1000, true]);
  });

  it('shows what a reading would count without counting it', () => {
    const clock = new GuardClock();
    clock.read(0);
    expect(clock.peek(800).sureMs).toBe(800);
    expect(clock.read(800).sureMs).toBe(800);
  });
});
