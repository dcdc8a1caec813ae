import { describe, expect, it } from 'vitest';
import { judge } from '../../bench/engine/summary.ts';
import { compareRows, judgeMade } from '../../bench/signals/made.ts';
import { formatRows, gatherRows, judgeRows } from '../../bench/signals/rows.ts';
import { type Arm, type Cell, listCells, SCENARIOS, type SignalScenario } from '../../bench/signals/scenarios.ts';
import type { RunResult } from '../../src/trial/result.ts';

const one: SignalScenario = { path: 'one', goal: 20, published: 30 };
const full: SignalScenario = { path: 'full', goal: 500, published: 700, isOversaturated: true };
const known: SignalScenario = { path: 'known', goal: 20, isLockProne: true };

const arm = (change: Partial<Arm> & { controller: string }): Arm => ({
  sensors: 'camera',
  step: 1,
  degrade: null,
  ...change,
});
const result = (change: Partial<RunResult>): RunResult =>
  ({
    loaded: 100,
    arrived: 90,
    neverInserted: 0,
    cpuS: 1,
    brainCpuS: 1,
    longestWaitS: 100,
    locked: false,
    seed: 1,
    ...change,
  }) as RunResult;

/** Rows from (scenario, arm, the seeds' figures). */
function rowsOf(runs: readonly (readonly [SignalScenario, Arm, readonly Partial<RunResult>[]])[]) {
  const cells: Cell[] = [];
  const results: RunResult[] = [];
  for (const [scenario, of, figures] of runs) {
    figures.forEach((figure, i) => {
      cells.push({ scenario, arm: of, seed: i + 1 });
      results.push(result({ worstMovementDelayS: 40, seed: i + 1, ...figure }));
    });
  }
  return gatherRows(cells, results);
}

const predictive = arm({ controller: 'predictive' });
const papers = arm({ controller: 'predictive', step: 'papers' });

describe('what the signals must show', () => {
  const verdicts = (scenarios: readonly SignalScenario[], rows: ReturnType<typeof rowsOf>) =>
    new Map(judgeRows(scenarios, rows).map((finding) => [finding.name, { ...finding, verdict: judge(finding) }]));

  it('takes medians against goals and published figures, and says what was not measured', () => {
    const found = verdicts(
      [one, full],
      rowsOf([
        [one, predictive, [{ delayS: 19 }, { delayS: 90 }, { delayS: 20 }]],
        [one, papers, [{ delayS: 31 }]],
        [full, papers, [{ delayS: 665 }]],
      ]),
    );
    expect(found.get('one: every second')).toMatchObject({ measured: 20, verdict: 'goal met' });
    expect(found.get('full: every second')).toMatchObject({ verdict: 'not measured' });
    expect(found.get("one: papers' step, published")).toMatchObject({ verdict: 'NOT met' });
    expect(found.get("papers' step against published, median")?.measured).toBeCloseTo((31 / 30 + 665 / 700) / 2, 6);
    expect(found.get('worst seed against the median')).toMatchObject({ measured: 4.5, verdict: 'NOT met' });
  });

  it('holds locks, bad seeds and long waits against every scenario but the one known to lock and the oversaturated', () => {
    const bad = { delayS: 20, locked: true, longestWaitS: 900 };
    const excused = verdicts(
      [known, full],
      rowsOf([
        [known, predictive, [bad]],
        [full, predictive, [{ ...bad, locked: false }]],
      ]),
    );
    expect(excused.get('locked runs')).toMatchObject({ measured: 0, verdict: 'goal met' });
    expect(excused.get('longest wait at one junction, s')?.verdict).toBe('not measured');
    const held = verdicts([one], rowsOf([[one, predictive, [bad, { ...bad, delayS: 27 }]]]));
    expect(held.get('locked runs')).toMatchObject({ measured: 2, verdict: 'NOT met' });
    expect(held.get('longest wait at one junction, s')).toMatchObject({ measured: 900, verdict: 'NOT met' });
  });

  it('compares like with like: same rules, same sensors, broken with healthy', () => {
    const found = verdicts(
      [one],
      rowsOf([
        [one, predictive, [{ delayS: 20, worstMovementDelayS: 50 }]],
        [one, arm({ controller: 'max-pressure' }), [{ delayS: 30, worstMovementDelayS: 60 }]],
        [one, arm({ controller: 'max-pressure', step: 'papers' }), [{ delayS: 30, worstMovementDelayS: 40 }]],
        [one, arm({ controller: 'predictive', sensors: 'loops' }), [{ delayS: 24 }]],
        [one, arm({ controller: 'fixed' }), [{ delayS: 40 }]],
        [one, arm({ controller: 'actuated' }), [{ delayS: 24 }]],
        [one, { ...predictive, degrade: 'dead=0.2' }, [{ delayS: 25 }]],
      ]),
    );
    expect(found.get('worst movement against max-pressure, every second')).toMatchObject({ verdict: 'goal met' });
    expect(found.get("worst movement against max-pressure, papers' step")?.verdict).toBe('not measured');
    expect(found.get('loops against cameras, every second')).toMatchObject({ measured: 1.2, verdict: 'NOT met' });
    expect(found.get('dead=0.2: against the better of plan and actuated')).toMatchObject({ verdict: 'NOT met' });
    expect(found.get('dead=0.2: against healthy sensors')).toMatchObject({ measured: 1.25, verdict: 'goal met' });
  });

  it('prints one table per scenario with the earlier figure beside ours', () => {
    const text = formatRows(
      rowsOf([
        [
          { ...one, expected: { fixed: 50 } },
          arm({ controller: 'fixed' }),
          [{ delayS: 55 }, { delayS: 60, locked: true }],
        ],
        [{ ...one, expected: { fixed: 50 } }, papers, [{ delayS: 21 }]],
      ]),
    );
    expect(text).toMatch(/^one \(100 vehicles; goal 20/);
    expect(text).toMatch(/^fixed +2 +57\.5 +60\.0 +50\.0 +15\.0 % .* 2 /m);
    expect(text).toMatch(/^predictive, camera, papers' step +1 +21\.0 +21\.0 +- +- /m);
  });
});

describe('the runs of the bench', () => {
  it('are five seeds of every controller at both rules and both sensor levels, a quick bench fewer of the same', () => {
    const cells = listCells('full', SCENARIOS, null);
    const key = ({ scenario, arm: of, seed }: Cell) => JSON.stringify([scenario.path, scenario.exclude, of, seed]);
    expect(new Set(cells.map(key)).size).toBe(cells.length);
    expect(cells.filter(({ arm: { degrade } }) => degrade === null)).toHaveLength(SCENARIOS.length * 15 * 5);
    const all = new Set(cells.map(key));
    const quick = listCells('quick', SCENARIOS, null);
    expect(quick.length).toBeGreaterThan(100);
    expect(quick.every((cell) => all.has(key(cell)))).toBe(true);
    expect(listCells('full', SCENARIOS, 1).every(({ seed }) => seed === 1)).toBe(true);
  });
});

describe('made networks', () => {
  const [fixed, pressure] = [arm({ controller: 'fixed' }), arm({ controller: 'max-pressure' })];
  const two: SignalScenario = { path: 'made', name: 'two' };
  const three: SignalScenario = { path: 'made', name: 'three' };
  const found = new Map(
    judgeMade(
      compareRows(
        rowsOf([
          [two, fixed, [{ delayS: 50 }]],
          [two, pressure, [{ delayS: 40 }]],
          [two, predictive, [{ delayS: 30, worstMovementDelayS: 20 }]],
          [three, fixed, [{ delayS: 50 }]],
          [three, pressure, [{ delayS: 90, locked: true }]],
          [three, predictive, [{ delayS: 60, locked: true, longestWaitS: 400 }]],
        ]),
      ),
    ).map((finding) => [finding.name.replace('made networks: ', ''), { ...finding, verdict: judge(finding) }]),
  );

  it('holds predictive against the best of the others on each', () => {
    expect(found.get('predictive against the best of the others, median')?.measured).toBeCloseTo(0.975);
    expect(found.get('predictive against the best of the others, worst')).toMatchObject({
      measured: 1.2,
      note: '1 of 2 rows; above: three 1.20',
    });
    expect(found.get('worst movement against max-pressure')).toMatchObject({ measured: 1, verdict: 'goal met' });
  });

  it('counts a locked run where some other controller locks in none, and waits', () => {
    expect(found.get('locked runs beyond those of the best of the others')).toMatchObject({
      measured: 1,
      note: 'three',
    });
    expect(found.get('longest wait at one junction')).toMatchObject({ measured: 400, verdict: 'NOT met' });
  });
});
