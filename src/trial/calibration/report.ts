import type { DrivingChange } from '../../demand/calibration.ts';
import { applyCalibration, UNCALIBRATED } from '../../demand/calibration.ts';
import type { Scenario, VehicleType } from '../../demand/demand.ts';
import type { CalibrationFile } from '../../field/calibration.ts';
import { groupBy } from '../statistics.ts';
import { alignColumns } from '../table.ts';
import type { Fit, Fitted, Judged } from './fit.ts';
import type { Errors } from './score.ts';

/** What was done and found; `--json` prints it as it is. */
export interface CalibrationReport extends CalibrationFile {
  readonly fitted: readonly Fitted[];
  readonly evaluations: number;
  readonly runs: number;
  readonly before: Judged;
  readonly after: Judged;
  readonly naive: Judged;
  readonly floor: Errors | null;
}

/** Joins what `--out` keeps of a fit with all that was found. */
export function reportFit(
  { evaluations, before, after, naive, floor }: Fit,
  file: CalibrationFile,
  { fitted, runs }: Pick<CalibrationReport, 'fitted' | 'runs'>,
): CalibrationReport {
  return {
    ...file,
    fitted,
    evaluations,
    runs,
    before: roundJudged(before),
    after: roundJudged(after),
    naive: roundJudged(naive),
    floor: floor === null ? null : roundErrors(floor),
  };
}

/** What `--out` keeps of a fit. */
export function fileOf(
  { calibration, before, after, naive }: Fit,
  { scenario, reference, seeds }: Pick<CalibrationFile['from'], 'scenario' | 'reference' | 'seeds'>,
): CalibrationFile {
  return {
    format: 'urbane-calibration',
    version: 1,
    types: calibration.types === null ? null : [...calibration.types],
    change: { ...calibration.change },
    from: {
      scenario,
      reference,
      seeds,
      before: round(before.leftOut.score),
      after: round(after.leftOut.score),
      naive: round(naive.leftOut.score),
    },
  };
}

const HEAD = ['', 'score', 'mean GEH', 'GEH < 5', 'counts', 'travel time off', 'bias', 'within 15 %', 'travel times'];
const NAMES: Readonly<Record<keyof DrivingChange, string>> = {
  tau: 'tau, s',
  accel: 'acceleration, m/s2',
  speedFactor: 'speed factor, mean',
  minGap: 'minimum gap, m',
  startupDelayS: 'start-up delay, s',
};

/** The report as tables: errors on the cases left out and on the fitted ones, then what each vehicle type becomes. */
export function formatReport(report: CalibrationReport, scenario: Scenario): string {
  const { from, change, types } = report;
  const { seeds } = from;
  const title = `${from.scenario} to ${from.reference}: ${report.runs} runs, seeds 1 to ${seeds} fitted in ${report.evaluations} evaluations, ${2 * seeds + 1} to ${3 * seeds} judged`;
  const errors = (['leftOut', 'fitted'] as const).map((part) => {
    const what = part === 'leftOut' ? 'left out of the fit' : 'fitted';
    const rows = [
      formatErrors('as the scenario says', report.before[part]),
      formatErrors('calibrated', report.after[part]),
      formatErrors('naive', report.naive[part]),
      ...(part === 'leftOut' && report.floor !== null ? [formatErrors('SUMO with other seeds', report.floor)] : []),
    ];
    return alignColumns([[what, ...HEAD.slice(1)], ...rows]);
  });
  const after = applyCalibration(scenario, { change, types }).demand.types;
  const alike = groupBy(
    scenario.demand.types.flatMap((before, index) => {
      const now = after[index];
      return now === undefined || now === before ? [] : [{ id: before.id, values: listChanges(before, now) }];
    }),
    ({ values }) => values.join(),
  );
  const rows = [...alike.values()].map((group) => {
    const others = group.length > 1 ? ` and ${group.length - 1} alike` : '';
    return [`${group[0]?.id}${others}`, ...(group[0]?.values ?? [])];
  });
  const factors = [change.tau, change.accel, change.speedFactor, change.minGap].map((factor) => `x ${trim(factor)}`);
  const changeRow = ['change', ...factors, `+ ${trim(change.startupDelayS)}`];
  const table = alignColumns([['vehicle type', ...Object.values(NAMES)], changeRow, ...rows]);
  const verdict = tellVerdict(report);
  return `${[title, ...errors, table, verdict].join('\n\n')}\n`;
}

function tellVerdict({ from: { before, after }, change }: CalibrationReport): string {
  const isSame = Object.entries(UNCALIBRATED).every(([name, value]) => change[name as keyof DrivingChange] === value);
  if (isSame) return 'No change comes nearer with other seeds than those of the search: drive as the scenario says.';
  if (after < before) return `On the cases left out the score falls from ${before} to ${after}.`;
  return `On the cases left out the score does not fall (${before} to ${after}): drive as the scenario says.`;
}

function listChanges(before: VehicleType, now: VehicleType): string[] {
  const pair = (a: number, b: number) => (a === b ? trim(a) : `${trim(a)} -> ${trim(b)}`);
  return [
    pair(before.tauS, now.tauS),
    pair(before.accelMps2, now.accelMps2),
    pair(before.speedFactor, now.speedFactor),
    pair(before.minGapM, now.minGapM),
    pair(before.startupDelayS ?? 0, now.startupDelayS ?? 0),
  ];
}

function formatErrors(name: string, errors: Errors): string[] {
  const percent = (value: number | null, digits = 0) => (value === null ? '-' : `${(100 * value).toFixed(digits)} %`);
  return [
    name,
    errors.score.toFixed(3),
    errors.meanGeh === null ? '-' : errors.meanGeh.toFixed(2),
    percent(errors.gehWithin),
    String(errors.countCells),
    percent(errors.travelMedian, 1),
    percent(errors.travelBias, 1),
    percent(errors.travelWithin),
    String(errors.travelCells),
  ];
}

function roundJudged({ fitted, leftOut }: Judged): Judged {
  return { fitted: roundErrors(fitted), leftOut: roundErrors(leftOut) };
}

function roundErrors(errors: Errors): Errors {
  const entries = Object.entries(errors).map(([name, value]) => [name, value === null ? null : round(value)]);
  return Object.fromEntries(entries) as Errors;
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function trim(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
