import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  approvalOf,
  approve,
  conclude,
  expire,
  fallTo,
  MODES,
  type Mode,
  modeOf,
  propose,
  type Standing,
  setMode,
  standAt,
} from './modes.ts';

const desk = (untilMs: number) => ({ by: 'traffic-desk', untilMs });
const CHANGE = { stage: 3, why: 'less delay', isChange: true };

describe('modes of a junction', () => {
  it('climb one step for one approval, and say which one is next', () => {
    let standing = standAt('observe', desk(0));
    expect(() => setMode(standing, 'supervised', desk(1000), 0)).toThrow('the next mode is advise, not supervised');
    for (const mode of MODES.slice(1)) {
      standing = setMode(standing, mode, desk(1000), 0);
      expect(modeOf(standing)).toBe(mode);
      expect(approvalOf(standing)).toEqual(desk(1000));
    }
    expect(() => setMode(standing, 'automatic', desk(5), 5)).toThrow('The approval ends at 5 ms, and it is 5 ms.');
  });

  it('fall by themselves when an approval is over, below the first that is', () => {
    let standing = standAt('observe', desk(0));
    [9000, 3000, 8000].forEach((untilMs, k) => {
      standing = setMode(standing, MODES[k + 1] ?? 'observe', desk(untilMs), 0);
    });
    expect(modeOf(expire(standing, 2999))).toBe('automatic');
    const fallen = expire(standing, 3000);
    expect(modeOf(fallen)).toBe('advise');
    expect(fallen.fell).toEqual({ why: 'the approval of supervised by traffic-desk is over', atMs: 3000 });
  });

  it('carry out in supervised what is approved within its time, and nothing else', () => {
    const start = standAt('supervised', desk(Infinity));
    const one = propose(start, CHANGE, 1000);
    expect(one.proposal).toMatchObject({ id: 1, stage: 3, untilMs: 31_000, approvedBy: null });
    expect(propose(one, CHANGE, 2000)).toBe(one);
    expect(propose(one, { ...CHANGE, stage: 0 }, 2000).proposal).toMatchObject({ id: 2, stage: 0 });
    expect(propose(one, { ...CHANGE, isChange: false }, 2000).proposal).toBeNull();
    expect(() => approve(one, 2, 'traffic-desk', 2000)).toThrow('Proposal 2 is over: proposal 1 waits.');
    expect(() => approve(one, 1, 'traffic-desk', 31_000)).toThrow('Proposal 1 is over');
    const approved = approve(one, 1, 'traffic-desk', 30_000);
    expect(approved.proposal).toMatchObject({ approvedBy: 'traffic-desk', untilMs: 90_000 });
    expect(() => approve(approved, 1, 'police', 30_000)).toThrow('traffic-desk has approved proposal 1 before.');
    expect(propose(approved, { ...CHANGE, stage: 0 }, 31_000)).toBe(approved);
    expect(expire(approved, 90_000).proposal).toBeNull();
    expect(conclude(approved).proposal).toBeNull();
    expect(propose(standAt('advise', desk(Infinity)), CHANGE, 0).proposal).toBeNull();
  });

  const mode = fc.constantFrom<Mode>(...MODES);
  const act = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), to: mode, untilMs: fc.integer({ min: 0, max: 400 }) }),
    fc.record({ kind: fc.constant('fall' as const), to: mode }),
    fc.record({ kind: fc.constant('propose' as const), stage: fc.integer({ min: 0, max: 2 }), isChange: fc.boolean() }),
    fc.record({ kind: fc.constant('approve' as const), id: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('pass' as const) }),
  );

  it('never rise but by one step and an approval that holds, whatever is done to them', () => {
    fc.assert(
      fc.property(mode, fc.array(fc.tuple(act, fc.integer({ min: 0, max: 40 }))), (first, acts) => {
        let standing: Standing = standAt(first, desk(200));
        let nowMs = 0;
        for (const [next, stepMs] of acts) {
          nowMs += stepMs;
          standing = expire(standing, nowMs);
          const before = standing;
          const rank = MODES.indexOf(modeOf(before));
          try {
            if (next.kind === 'set') standing = setMode(standing, next.to, desk(next.untilMs), nowMs);
            else if (next.kind === 'fall') standing = fallTo(standing, next.to, 'test', nowMs);
            else if (next.kind === 'propose') standing = propose(standing, { ...next, why: '' }, nowMs);
            else if (next.kind === 'approve') standing = approve(standing, next.id, 'traffic-desk', nowMs);
          } catch {
            expect(standing).toBe(before);
          }
          const now = MODES.indexOf(modeOf(standing));
          expect(now).toBeLessThanOrEqual(next.kind === 'set' ? rank + 1 : rank);
          if (now > rank) expect(next).toMatchObject({ kind: 'set', to: MODES[now] });
          if (next.kind === 'fall') expect(now).toBe(Math.min(rank, MODES.indexOf(next.to)));
          const approval = approvalOf(standing);
          expect(approval === null).toBe(now === 0);
          if (approval !== null) expect(approval.untilMs).toBeGreaterThan(nowMs);
          if (standing.proposal !== null) expect(modeOf(standing)).toBe('supervised');
        }
      }),
    );
  });
});
