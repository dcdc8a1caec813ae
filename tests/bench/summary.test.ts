import { describe, expect, it } from 'vitest';
import { type Finding, formatSummary, judge } from '../../bench/engine/summary.ts';

const speed: Finding = { name: 'speed', measured: 60, unit: 'x', floor: 50, goal: 100 };

describe('the summary of what the engine must show', () => {
  it('tells the goal from the floor and from neither, in both directions', () => {
    expect(judge(speed)).toBe('floor met');
    expect(judge({ ...speed, measured: 100 })).toBe('goal met');
    expect(judge({ ...speed, measured: 49.9 })).toBe('NOT met');
    const time: Finding = { name: 'time', measured: 29, unit: 's', goal: 30, isLess: true };
    expect(judge(time)).toBe('goal met');
    expect(judge({ ...time, measured: 31 })).toBe('NOT met');
  });

  it('never calls met what was not measured', () => {
    for (const measured of [null, Number.NaN]) {
      expect(judge({ ...speed, measured })).toBe('not measured');
      expect(formatSummary([{ ...speed, measured }])).toContain('0 goal met, 0 floor met, 0 NOT met, 1 not measured');
    }
  });
});
