import { describe, expect, it } from 'vitest';
import type { RecordLine } from '../brain/record.ts';
import { foldDecisions } from './decision-rows.ts';

const decision = (timeMs: number, choice: number, result: 'accepted' | 'already-there' | 'delayed'): RecordLine => ({
  kind: 'decision',
  timeMs,
  cityVersion: 'v',
  signal: 's',
  by: 'max-pressure',
  mode: 'automatic',
  sensors: 'camera',
  seen: [{ stage: 0, count: 4 }],
  alternatives: [
    { stage: 0, score: 3 },
    { stage: 2, score: 1 },
  ],
  choice,
  why: 'pressure 3.0 against 1.0',
  answer: { result, rule: result === 'delayed' ? 'minimum green' : null, sentence: '' },
});
const longestRed = (timeMs: number): RecordLine => ({
  kind: 'intervention',
  timeMs,
  cityVersion: 'v',
  signal: 's',
  rule: 'longest red',
  sentence: 'stage 0 must be green',
});

const nowhere = () => undefined;

describe('the rows of a decision record', () => {
  it('fold repetitions and keep the answer that counted', () => {
    const newestFirst = [
      decision(5000, 2, 'already-there'),
      decision(4000, 2, 'accepted'),
      decision(3000, 2, 'delayed'),
      decision(2000, 0, 'already-there'),
    ];
    const rows = foldDecisions(newestFirst, 10, nowhere);
    expect(rows).toMatchObject([
      { kind: 'decision', stage: 2, sinceMs: 3000, timeMs: 5000, result: 'accepted', rule: null },
      { kind: 'decision', stage: 0, sinceMs: 2000, timeMs: 2000, result: 'already-there' },
    ]);
    expect(rows[0]).toMatchObject({
      alternatives: [
        { stage: 0, score: 3, seen: 4 },
        { stage: 2, seen: 0 },
      ],
    });
  });

  it('tell why it began and why it goes on, with the newest weighing and its movements by name', () => {
    const held: RecordLine = {
      ...decision(3000, 2, 'already-there'),
      alternatives: [{ stage: 2, score: 0 }],
      why: 'minimum green',
    } as RecordLine;
    const weighed = {
      ...decision(2000, 2, 'already-there'),
      why: 'keeps',
      movements: [
        { from: 'a', to: 'b', vehicles: 4.5, delayS: 60 },
        { from: 'a', to: 'nowhere', vehicles: 1, delayS: 1 },
      ],
    } as RecordLine;
    const name = (from: string, to: string) =>
      from === 'a' && to === 'b' ? ({ from: 'n', turn: 'left' } as const) : undefined;
    const [row] = foldDecisions([held, weighed, decision(1000, 2, 'accepted')], 10, name);
    expect(row).toMatchObject({
      why: 'pressure 3.0 against 1.0',
      still: 'minimum green',
      movements: [{ from: 'n', turn: 'left', vehicles: 4.5, delayS: 60 }],
    });
    expect(row?.kind === 'decision' && row.movements).toHaveLength(1);
    expect(foldDecisions([decision(1000, 2, 'accepted')], 10, name)[0]).toMatchObject({ still: null, movements: [] });
  });

  it('fold an intervention that alternates with the decision it overrides', () => {
    const lines = [4, 3, 2, 1].flatMap((s) => [longestRed(s * 1000), decision(s * 1000, 0, 'delayed')]);
    expect(foldDecisions(lines, 10, nowhere).map(({ kind, sinceMs, timeMs }) => [kind, sinceMs, timeMs])).toEqual([
      ['intervention', 1000, 4000],
      ['decision', 1000, 4000],
    ]);
  });

  it('end at the number asked for', () => {
    const lines = Array.from({ length: 50 }, (_, i) => decision(i * 1000, i % 2 === 0 ? 0 : 2, 'accepted'));
    expect(foldDecisions(lines, 8, nowhere)).toHaveLength(8);
  });
});
