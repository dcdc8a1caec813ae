import type { RunResult } from '../../src/trial/result.ts';
import { median } from '../../src/trial/statistics.ts';
import { alignColumns } from '../../src/trial/table.ts';
import type { Finding } from '../engine/summary.ts';
import { type Arm, type Cell, describeArm, FAULTS, nameOf, type SignalScenario } from './scenarios.ts';

/** What the seeds of one arm on one scenario came to. */
export interface Row {
  readonly scenario: SignalScenario;
  readonly arm: Arm;
  readonly results: readonly RunResult[];
  /** Median and highest over the seeds. */
  readonly delayS: number;
  readonly worstS: number;
  /** Median of the runs' worst movement; null without one. */
  readonly worstMovementS: number | null;
  readonly longestWaitS: number;
  readonly lockedSeeds: readonly number[];
}

/** Gathers results by scenario and arm; a row without any result is left out. */
export function gatherRows(cells: readonly Cell[], results: readonly (RunResult | null)[]): Row[] {
  const groups = Map.groupBy(cells.keys(), (i) => `${nameOf(cells[i]!.scenario)} ${describeArm(cells[i]!.arm)}`);
  return [...groups.values()].flatMap((places): Row[] => {
    const found = places.map((i) => results[i] ?? null).filter((result) => result !== null);
    const first = cells[places[0] ?? 0];
    if (first === undefined || found.length === 0) return [];
    const movements = found.map((result) => result.worstMovementDelayS).filter((value) => value !== null);
    return [
      {
        scenario: first.scenario,
        arm: first.arm,
        results: found,
        delayS: median(found.map(({ delayS }) => delayS)),
        worstS: Math.max(...found.map(({ delayS }) => delayS)),
        worstMovementS: movements.length === 0 ? null : median(movements),
        longestWaitS: Math.max(...found.map(({ longestWaitS }) => longestWaitS)),
        lockedSeeds: found.filter(({ locked }) => locked).map(({ seed }) => seed),
      },
    ];
  });
}

const HEAD = [
  'controller',
  'seeds',
  'delay s',
  'worst',
  'expected',
  'off by',
  'arrived',
  'never in',
  'worst movement',
  'longest wait',
  'locked seeds',
  'SUMO s',
  'brain s',
];

/** One table per scenario, in the order of the rows. */
export function formatRows(rows: readonly Row[]): string {
  const tables = [...Map.groupBy(rows, ({ scenario }) => nameOf(scenario))].map(([name, group]) => {
    const [{ scenario, results }] = group as [Row, ...Row[]];
    const marks = [
      scenario.goal === undefined ? '' : `; goal ${scenario.goal}, cameras, every second`,
      scenario.published === undefined ? '' : `; best published ${scenario.published}, papers' step`,
    ];
    return `${name} (${results[0]?.loaded} vehicles${marks.join('')})\n${alignColumns([HEAD, ...group.map(formatRow)])}`;
  });
  return tables.join('\n\n');
}

function formatRow({ scenario, arm, results, ...row }: Row): string[] {
  const middle = (of: (result: RunResult) => number, digits: number) => median(results.map(of)).toFixed(digits);
  const isComparable =
    arm.sensors === 'camera' &&
    arm.degrade === null &&
    (arm.step === 'papers' || /^(fixed|actuated)$/.test(arm.controller));
  const expected = isComparable ? scenario.expected?.[arm.controller] : undefined;
  return [
    describeArm(arm),
    String(results.length),
    row.delayS.toFixed(1),
    row.worstS.toFixed(1),
    expected?.toFixed(1) ?? '-',
    expected === undefined ? '-' : `${((row.delayS / expected - 1) * 100).toFixed(1)} %`,
    middle(({ arrived }) => arrived, 0),
    middle(({ neverInserted }) => neverInserted, 0),
    row.worstMovementS?.toFixed(1) ?? '-',
    row.longestWaitS.toFixed(0),
    row.lockedSeeds.join(' ') || '-',
    middle(({ cpuS }) => cpuS, 1),
    middle(({ brainCpuS }) => brainCpuS, 1),
  ];
}

type Match = Partial<Arm> & { readonly controller: string };

/** Finds rows by scenario and arm. */
class Rows {
  readonly #rows: readonly Row[];
  constructor(rows: readonly Row[]) {
    this.#rows = rows;
  }

  find(scenario: SignalScenario, arm: Match): Row | undefined {
    const wanted: Match = { sensors: 'camera', degrade: null, ...arm };
    return this.#rows.find(
      (row) =>
        nameOf(row.scenario) === nameOf(scenario) &&
        row.arm.controller === wanted.controller &&
        row.arm.sensors === wanted.sensors &&
        row.arm.degrade === wanted.degrade &&
        (wanted.step === undefined || row.arm.step === wanted.step),
    );
  }
}

const MOST_LOOPS = 1.15;
const MOST_WORST_SEED = 1.3;
const BETTER_THAN_PUBLISHED = 0.95;
export const LONGEST_WAIT_S = 300;
const MOST_BROKEN = 1.3;

/** Every figure of issue 4 that runs in SUMO can show, beside its goal. */
export function judgeRows(scenarios: readonly SignalScenario[], all: readonly Row[]): Finding[] {
  const rows = new Rows(all);
  const predictive = (scenario: SignalScenario, step: Arm['step'], sensors: Arm['sensors'] = 'camera') =>
    rows.find(scenario, { controller: 'predictive', step, sensors });
  const goals = scenarios.flatMap((scenario): Finding[] => {
    if (scenario.goal === undefined) return [];
    const measured = predictive(scenario, 1)?.delayS ?? null;
    return [{ name: `${nameOf(scenario)}: every second`, measured, unit: 's', goal: scenario.goal, isLess: true }];
  });
  const published = scenarios.flatMap((scenario): Finding[] => {
    if (scenario.published === undefined) return [];
    const measured = predictive(scenario, 'papers')?.delayS ?? null;
    const goal = scenario.published;
    return [{ name: `${nameOf(scenario)}: papers' step, published`, measured, unit: 's', goal, isLess: true }];
  });
  const toPublished = published.flatMap(({ measured, goal }) => (measured === null ? [] : [measured / goal]));
  const own = all.filter(({ arm }) => arm.controller === 'predictive' && arm.degrade === null);
  const steady = own.filter(({ scenario }) => scenario.isLockProne !== true);
  return [
    ...goals,
    ...published,
    {
      name: "papers' step against published, median",
      measured: toPublished.length === 0 ? null : median(toPublished),
      unit: 'x',
      goal: BETTER_THAN_PUBLISHED,
      isLess: true,
      digits: 3,
      note: `${toPublished.length} scenarios`,
    },
    highest(
      'loops against cameras, every second',
      scenarios.map((scenario) => {
        const [camera, loops] = [predictive(scenario, 1), predictive(scenario, 1, 'loops')];
        return [nameOf(scenario), camera && loops ? loops.delayS / camera.delayS : null];
      }),
      { goal: MOST_LOOPS },
    ),
    highest(
      'worst seed against the median',
      steady.map(({ scenario, arm, worstS, delayS }) => [`${nameOf(scenario)} (${shortArm(arm)})`, worstS / delayS]),
      { goal: MOST_WORST_SEED },
    ),
    {
      name: 'locked runs',
      measured: steady.length === 0 ? null : steady.reduce((sum, { lockedSeeds }) => sum + lockedSeeds.length, 0),
      unit: '',
      goal: 0,
      isLess: true,
      digits: 0,
      note: steady
        .filter(({ lockedSeeds }) => lockedSeeds.length > 0)
        .map(({ scenario, arm, lockedSeeds }) => `${nameOf(scenario)} (${shortArm(arm)}) ${lockedSeeds.join(' ')}`)
        .join(', '),
    },
    ...([1, 'papers'] as const).map((step) =>
      highest(
        `worst movement against max-pressure, ${step === 1 ? 'every second' : "papers' step"}`,
        scenarios.map((scenario) => {
          const mine = predictive(scenario, step)?.worstMovementS ?? null;
          const theirs = rows.find(scenario, { controller: 'max-pressure', step })?.worstMovementS ?? null;
          return [nameOf(scenario), mine === null || theirs === null ? null : mine / theirs];
        }),
        { goal: 1 },
      ),
    ),
    highest(
      'longest wait at one junction, s',
      steady
        .filter(({ scenario }) => scenario.isOversaturated !== true)
        .map(({ scenario, arm, longestWaitS }) => [`${nameOf(scenario)} (${shortArm(arm)})`, longestWaitS]),
      { goal: LONGEST_WAIT_S, unit: 's', digits: 0 },
    ),
    ...FAULTS.flatMap((degrade) => judgeFault(scenarios, rows, degrade)),
  ];
}

/** Broken sensors against the better of the shipped plan and actuated on healthy ones, and against our own healthy figure. */
function judgeFault(scenarios: readonly SignalScenario[], rows: Rows, degrade: string): Finding[] {
  const cases = (['camera', 'loops'] as const).flatMap((sensors) =>
    scenarios.map((scenario) => {
      const broken = rows.find(scenario, { controller: 'predictive', step: 1, sensors, degrade })?.delayS;
      const healthy = rows.find(scenario, { controller: 'predictive', step: 1, sensors })?.delayS;
      const fixed = rows.find(scenario, { controller: 'fixed' })?.delayS;
      const actuated = rows.find(scenario, { controller: 'actuated', sensors })?.delayS;
      const fallBack = fixed === undefined || actuated === undefined ? undefined : Math.min(fixed, actuated);
      return { name: `${nameOf(scenario)} (${sensors})`, broken, healthy, fallBack };
    }),
  );
  const ratio = (a: number | undefined, b: number | undefined) => (a === undefined || b === undefined ? null : a / b);
  return [
    highest(
      `${degrade}: against the better of plan and actuated`,
      cases.map(({ name, broken, fallBack }) => [name, ratio(broken, fallBack)]),
      { goal: 1 },
    ),
    highest(
      `${degrade}: against healthy sensors`,
      cases.map(({ name, broken, healthy }) => [name, ratio(broken, healthy)]),
      { goal: MOST_BROKEN },
    ),
  ];
}

function shortArm({ sensors, step }: Arm): string {
  return `${sensors}, ${step === 1 ? '1 s' : 'papers'}`;
}

/** The highest of some figures that must all be at most `goal`; the note names those above it. */
export function highest(
  name: string,
  figures: readonly (readonly [name: string, value: number | null])[],
  { goal, unit = 'x', digits = 2 }: { goal: number; unit?: string; digits?: number },
): Finding {
  const known = figures.flatMap(([of, value]) => (value === null ? [] : [{ of, value }]));
  const above = known.filter(({ value }) => value > goal).sort((a, b) => b.value - a.value);
  const list = above.map(({ of, value }) => `${of} ${value.toFixed(digits)}`).join(', ');
  return {
    name,
    measured: known.length === 0 ? null : Math.max(...known.map(({ value }) => value)),
    unit,
    goal,
    isLess: true,
    digits,
    note: `${known.length - above.length} of ${known.length} rows${above.length === 0 ? '' : `; above: ${list}`}`,
  };
}
