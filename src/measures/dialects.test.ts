import { describe, expect, it } from 'vitest';
import type { Dialect } from './dialects.ts';
import { MeasureEngine } from './engine.ts';
import { type DetectorFunction, EVENT, EventBuffer } from './event.ts';

/** A whole hour: events below are at seconds after it. */
const HOUR = Date.UTC(2026, 2, 2, 7);
const QUARTER_S = 900;

type Detector = [channel: number, phase: number, function: DetectorFunction];

/** Rows of one table of a log given as seconds, code, parameter; times are told in seconds after the hour. */
function measure(
  table: string,
  events: readonly (readonly [second: number, code: number, parameter: number])[],
  detectors: readonly Detector[] = [],
  dialect: Dialect = 'utah',
): (number | string)[][] {
  const roles = detectors.map(([channel, phase, name]) => ({ device: 'a', channel, phase, function: name }));
  const engine = new MeasureEngine({ dialect, roles, binMs: QUARTER_S * 1000, slackMs: 1e9, tables: [table] });
  const buffer = new EventBuffer(['a']);
  for (const [second, code, parameter] of events) buffer.push(HOUR + Math.round(second * 1000), 0, code, parameter);
  engine.push(buffer);
  engine.finish();
  const made = engine.tables.find(({ name }) => name === table);
  if (made === undefined) throw new Error(`no table ${table}`);
  return Array.from({ length: made.length }, (_, row) =>
    made.columns
      .filter(({ type }) => type !== 'device')
      .map(({ type, texts, values }) => {
        if (type === 'text') return texts[row] ?? '';
        const value = values[row] ?? Number.NaN;
        return type === 'time' ? (value - HOUR) / 1000 : Math.round(value * 1e4) / 1e4;
      }),
  );
}

/** A cycle of phase 2: green for 20 s, yellow for 4, red clearance for 1. */
const cycle = (at: number): [number, number, number][] => [
  [at, EVENT.beginGreen, 2],
  [at + 20, EVENT.beginYellow, 2],
  [at + 24, EVENT.endYellow, 2],
  [at + 24, EVENT.beginRedClearance, 2],
  [at + 25, EVENT.endRedClearance, 2],
];

describe('measures of Utah', () => {
  it('terminations: an end of green without a reason is unknown', () => {
    const rows = measure('terminations', [
      [1, EVENT.gapOut, 2],
      [1, EVENT.greenTermination, 2],
      [60, EVENT.greenTermination, 2],
      [99, EVENT.forceOff, 2],
      [100, EVENT.greenTermination, 2],
    ]);
    expect(rows).toEqual([
      [0, 2, 'GapOut', 1],
      [0, 2, 'ForceOff', 1],
      [0, 2, 'Unknown', 1],
    ]);
  });

  it('split_failures: occupied for over 79 % of green and of 5 s from the end of yellow', () => {
    const detectors: Detector[] = [
      [12, 2, 'Presence'],
      [13, 2, 'Presence'],
    ];
    const occupied = [
      [1, EVENT.detectorOn, 12],
      [12, EVENT.detectorOff, 12],
      [11, EVENT.detectorOn, 13],
      [28, EVENT.detectorOff, 13],
      // An on without its off is passed over.
      [60, EVENT.detectorOn, 12],
      [75, EVENT.detectorOn, 12],
      [78, EVENT.detectorOff, 12],
    ] as const;
    const log = [...cycle(0), ...occupied, ...cycle(60), ...cycle(120)];
    // First cycle: 19 of 20 s green, 4 of 5 s red; second one: 3 of 20 s and none.
    expect(measure('split_failures', log, detectors)).toEqual([[0, 2, 20, 0.55, 0.4, 1]]);
  });

  it('yellow_red: hits after the begin of red are violations, those over 4 s after it severe', () => {
    const hits = [21, 23, 24.5, 29].map((at): [number, number, number] => [at, EVENT.detectorOn, 22]);
    const rows = measure('yellow_red', [...cycle(0), ...hits, ...cycle(60)], [[22, 2, 'Yellow_Red']]);
    expect(rows).toEqual([[0, 2, 1, 2, 2, 1, 2, 2.75]]);
  });

  it('phase_wait: from the first call, or the first after the last dropped one where there is presence detection', () => {
    const log = [
      ...cycle(0),
      [30, EVENT.phaseCallOn, 2],
      [40, EVENT.phaseCallOff, 2],
      [45, EVENT.phaseCallOn, 2],
      [60, EVENT.beginGreen, 2],
    ] as const;
    expect(measure('phase_wait', log)).toEqual([[0, 2, 1, 30, 30]]);
    expect(measure('phase_wait', log, [[12, 2, 'Presence']])).toEqual([[0, 2, 1, 15, 15]]);
  });
});

describe('measures of both dialects', () => {
  it('cycles and approach_delay: an arrival on red waits for the green', () => {
    const hits = [30, 40, 65].map((at): [number, number, number] => [at, EVENT.detectorOn, 2]);
    const log = [...cycle(0), ...cycle(60), ...hits];
    expect(measure('cycles', log)).toEqual([[2, 0, 24, 60, 80, 84, 36, 20, 4, 60]]);
    // 2 on red (30 and 20 s), 1 on green; green is 20 of 60 s: 33 % on green and 33 % green.
    expect(measure('approach_delay', log, [[2, 2, 'Advance']])).toEqual([
      [0, 2, 3, 1, 0, 2, 33, 33, 1, 3, 50, 16.6667],
    ]);
  });

  it('split_monitor: skips and shares are of the phase with most splits', () => {
    const split = (phase: number, at: number, way: number, length: number): [number, number, number][] => [
      [at, EVENT.beginGreen, phase],
      [at + length - 5, way, phase],
      [at + length, EVENT.endRedClearance, phase],
    ];
    const rows = measure('split_monitor', [
      ...split(2, 0, EVENT.forceOff, 30),
      ...split(2, 100, EVENT.forceOff, 40),
      ...split(4, 50, EVENT.gapOut, 20),
    ]);
    expect(rows).toEqual([
      [0, 2, 2, 35, 35, 38.5, 0, 0, 0, 0, 1],
      [0, 4, 1, 20, 20, 20, 1, 0.5, 0.5, 0, 0],
    ]);
  });

  it('approach_volume, peak_hour and turning_counts', () => {
    const perQuarter = [1, 2, 4, 3, 3, 1];
    const hits = perQuarter.flatMap((count, quarter) =>
      Array.from({ length: count }, (_, at): [number, number, number] => [
        quarter * QUARTER_S + at,
        EVENT.detectorOn,
        2,
      ]),
    );
    const opposing: [number, number, number][] = [[QUARTER_S + 5, EVENT.detectorOn, 6]];
    const detectors: Detector[] = [
      [2, 2, 'Advance'],
      [6, 6, 'Advance'],
      [2, 5, 'Stopbar Count'],
    ];
    const log = [...hits, ...opposing];
    expect(measure('approach_volume', log, detectors)).toContainEqual([QUARTER_S, 2, 2, 6, 1, 0.6667]);
    // The hour from the second quarter: 12 of 14, its busiest quarter 4.
    expect(measure('peak_hour', log, detectors)).toContainEqual([QUARTER_S, 2, 12, 14, 0.75, 0.9231, 0.8571]);
    expect(measure('turning_counts', log, detectors)).toContainEqual([2 * QUARTER_S, 5, 2, 'left', 4]);
  });

  it('detector_use: time on is shared out over the bins, a silent channel has its row', () => {
    const rows = measure('detector_use', [
      [10, EVENT.detectorOn, 7],
      [20, EVENT.detectorOff, 7],
      [890, EVENT.detectorOn, 7],
      [930, EVENT.detectorOff, 7],
      [1000, EVENT.detectorFault, 7],
      [3 * QUARTER_S, EVENT.detectorOn, 8],
      [3 * QUARTER_S + 90, EVENT.phaseOn, 2],
      [3 * QUARTER_S + 100, EVENT.detectorOff, 8],
    ]);
    expect(rows).toEqual([
      [0, 7, 2, 20, 0.0222, 0],
      [QUARTER_S, 7, 0, 30, 0.0333, 1],
      [2 * QUARTER_S, 7, 0, 0, 0, 0],
      [3 * QUARTER_S, 7, 0, 0, 0, 0],
      [3 * QUARTER_S, 8, 1, 100, 1, 0],
    ]);
  });

  it('green_use and left_turn_gaps', () => {
    const passing = [2.5, 3.9, 12].flatMap((at): [number, number, number][] => [
      [at - 0.4, EVENT.detectorOn, 12],
      [at, EVENT.detectorOff, 12],
    ]);
    const log = [...cycle(0), ...passing];
    const detectors: Detector[] = [[12, 2, 'Stopbar Count']];
    expect(measure('green_use', log, detectors)).toEqual([
      [0, 2, 2, 1, 20, 2, 2],
      [0, 2, 10, 1, 20, 1, 1],
    ]);
    // Gaps of 2.5, 1.4, 8.1 and 12 s (to red): the last two can be turned through, 20.1 of 24 s.
    expect(measure('left_turn_gaps', log, detectors)).toEqual([[0, 2, 1, 0, 2, 0, 2, 0.8375]]);
  });

  it('preempt_details and plans', () => {
    const log = [
      [1, EVENT.patternChange, 7],
      [10, EVENT.preemptCallOn, 3],
      [12, EVENT.preemptEntry, 3],
      [15, EVENT.preemptTrackClearance, 3],
      [25, EVENT.preemptDwell, 3],
      [50, EVENT.preemptExit, 3],
      [60, EVENT.patternChange, 7],
      [90, EVENT.patternChange, 254],
      [95, EVENT.preemptEntry, 3],
    ] as const;
    expect(measure('preempt_details', log)).toEqual([
      [3, 'Delay', 10, 12, 2],
      [3, 'TimeToService', 10, 25, 15],
      [3, 'TrackClear', 15, 25, 10],
      [3, 'Dwell', 25, 50, 25],
    ]);
    expect(measure('plans', log)).toEqual([
      [7, 1, 90],
      [254, 90, 95],
    ]);
  });
});

describe('timeline of Oregon', () => {
  it('shows switches, alarms, faults and transitions from when to when', () => {
    const rows = measure(
      'timeline',
      [
        [0, 178, 1],
        [5, 178, 0],
        [6, 178, 0],
        [10, EVENT.detectorShortedLoop, 4],
        [30, EVENT.detectorRestored, 4],
        [40, EVENT.coordinatedPhaseState, 3],
        [41, EVENT.coordinatedPhaseState, 9],
        [50, EVENT.coordinatedPhaseState, 1],
        [60, EVENT.alarmState, 5],
        [70, EVENT.alarmState, 0],
        [80, EVENT.flashState, 6],
        [90, EVENT.beginGreen, 2],
        [91, EVENT.beginGreen, 2],
      ],
      [],
      'oregon',
    );
    expect(rows).toEqual([
      [0, 5, 5, 1, 'Manual Control', 1],
      [5, 6, 1, 0, 'Manual Control', 0],
      [10, 30, 20, 1, 'Stuck On', 4],
      [40, 50, 10, 1, 'Transition Shortway', Number.NaN],
      [60, 70, 10, 1, 'Cycle Fault', Number.NaN],
      [60, 70, 10, 1, 'Coord Fail', Number.NaN],
      [90, 91, 1, 0, 'Green', 2],
      [80, 140, 60, 1, 'Flash - MMU', Number.NaN],
    ]);
  });

  it('holds back the waits that began while a preempt was on, until it ends', () => {
    const log = [
      [10, EVENT.preemptCallOn, 1],
      [20, EVENT.phaseCallOn, 4],
      [50, EVENT.beginGreen, 4],
      [60, EVENT.preemptCallOff, 1],
      [100, EVENT.phaseCallOn, 4],
      [120, EVENT.beginGreen, 4],
      [181, EVENT.phaseCallOn, 4],
      [400, EVENT.beginGreen, 4],
    ] as const;
    // Only the last wait begins over 120 s after the preempt; 219 s are a skip at 140 s of cycle.
    expect(measure('phase_wait', log, [], 'oregon')).toEqual([[0, 4, 219, 1]]);
    const lost = log.filter(([, code]) => code !== EVENT.preemptCallOff);
    expect(measure('phase_wait', lost, [], 'oregon')).toEqual([[0, 4, 89.6667, 1]]);
  });
});
