import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DetectorRole, EVENT, EventBuffer } from './event.ts';
import { describeJunction, JunctionLog } from './junction.ts';

describe('the log of a junction', () => {
  it('gives back what came in and was not forgotten', () => {
    const step = fc.record({ afterMs: fc.nat(5000), code: fc.nat(200), forget: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3000, size: 'max' }), fc.nat(20_000), (steps, keepMs) => {
        const log = new JunctionLog();
        let kept: { timeMs: number; code: number }[] = [];
        let timeMs = 0;
        for (const { afterMs, code, forget } of steps) {
          timeMs += afterMs;
          log.push(timeMs, code, code + 1);
          kept.push({ timeMs, code });
          if (!forget) continue;
          log.forgetBefore(timeMs - keepMs);
          kept = kept.filter((event) => event.timeMs >= timeMs - keepMs);
        }
        const { length, timeMs: times, code, parameter } = log.slice(0, Number.POSITIVE_INFINITY, ['a']);
        expect(Array.from({ length }, (_, i) => ({ timeMs: times[i], code: code[i] }))).toEqual(kept);
        expect(kept.every((event, i) => parameter[i] === event.code + 1)).toBe(true);
        expect(log.length).toBe(kept.length);
      }),
      { numRuns: 60 },
    );
  });

  it('slices from a moment to another, without the second', () => {
    const log = new JunctionLog();
    for (const timeMs of [100, 200, 200, 300]) log.push(timeMs, 1, 2);
    expect(log.slice(200, 300, ['a']).length).toBe(2);
    expect([log.fromMs, log.toMs]).toEqual([100, 300]);
  });
});

const ROLES: readonly DetectorRole[] = [
  { device: 'a', channel: 5, phase: 2, function: 'Advance' },
  { device: 'a', channel: 6, phase: 2, function: 'Stopbar Count' },
  { device: 'a', channel: 7, phase: 4, function: 'Stopbar Count' },
  { device: 'b', channel: 5, phase: 4, function: 'Advance' },
];

function logOf(...events: (readonly [tenths: number, code: number, parameter: number])[]): EventBuffer {
  const log = new EventBuffer(['a']);
  for (const [tenths, code, parameter] of events) log.push(tenths * 100, 0, code, parameter);
  return log;
}

describe('the picture of a junction', () => {
  it('has the greens of each phase with their ends, the hits and who walks', () => {
    const events = logOf(
      [0, EVENT.detectorOn, 5],
      [10, EVENT.beginGreen, 2],
      [12, EVENT.detectorOn, 5],
      [13, EVENT.detectorOn, 6],
      [100, EVENT.forceOff, 2],
      [100, EVENT.greenTermination, 2],
      [100, EVENT.beginYellow, 2],
      [140, EVENT.endYellow, 2],
      [140, EVENT.beginRedClearance, 2],
      [150, EVENT.pedestrianDetectorOn, 4],
      [160, EVENT.beginGreen, 4],
      [160, EVENT.beginWalk, 4],
      [170, EVENT.detectorOn, 7],
      [200, EVENT.gapOut, 4],
      [300, EVENT.beginGreen, 2],
    );
    const { phases } = describeJunction(events, 'a', ROLES, 0, 30_000);
    expect(phases).toEqual([
      {
        phase: 2,
        green: [10, 300],
        yellow: [100, -1],
        red: [140, -1],
        reason: [6, 0],
        hits: [0, 12],
        hitsAre: 'Advance',
        presses: [],
        walks: [],
      },
      {
        phase: 4,
        green: [160],
        yellow: [-1],
        red: [-1],
        reason: [4],
        hits: [170],
        hitsAre: 'Stopbar Count',
        presses: [150],
        walks: [160],
      },
    ]);
  });

  it('begins in the middle of a cycle without making up what it did not see', () => {
    const events = logOf([5, EVENT.beginYellow, 2], [9, EVENT.endYellow, 2], [20, EVENT.beginGreen, 2]);
    expect(describeJunction(events, 'a', [], 0, 3000).phases).toMatchObject([{ green: [20], yellow: [-1], red: [-1] }]);
  });
});
