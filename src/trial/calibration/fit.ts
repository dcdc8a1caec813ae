import { setImmediate as nextTurn } from 'node:timers/promises';
import { applyCalibration, type Calibration, type DrivingChange, UNCALIBRATED } from '../../demand/calibration.ts';
import { addEngineRun, createTally } from './cells.ts';
import { searchSimplex } from './nelder-mead.ts';
import type { ReferenceRun } from './reference.ts';
import { type Comparison, compareCell, type Errors, type Prediction, predictionOf, sumUpErrors } from './score.ts';

export type Fitted = keyof DrivingChange;

/** How far each factor may go, the other way round as far; the start-up delay goes from none to this. */
const FARTHEST: DrivingChange = { tau: 2, accel: 2, speedFactor: 1.3, minGap: 2, startupDelayS: 3 };
/** A first step of about a fifth of the range, an end at about a hundredth. */
const EDGE = 0.25;
const TOLERANCE = 0.015;
/** A factor at the end of its range must lower the score by this: what the data do not tell stays as it was. */
const INERTIA = 0.02;

export interface FitOptions {
  readonly fitted: readonly Fitted[];
  /** Ids of the vehicle types to change; null for all. */
  readonly types: readonly string[] | null;
  readonly seeds: number;
  /** Evaluations at most. */
  readonly most: number;
  readonly stop: AbortSignal;
  readonly onProgress: (share: number, score: number) => void;
}

export interface Judged {
  readonly fitted: Errors;
  readonly leftOut: Errors;
}

export interface Fit {
  readonly calibration: Calibration;
  readonly evaluations: number;
  readonly before: Judged;
  readonly after: Judged;
  /** The mean of what was measured on the fitted cases at the same place, and no simulation. */
  readonly naive: Judged;
  /** The reference against itself with other seeds, on the cases left out; null for measured data. */
  readonly floor: Errors | null;
}

/**
 * Finds the change with which our engine comes nearest to the fitted cells. It is kept only where it also comes nearer with
 * seeds that the search did not use; otherwise nothing is changed. Everything is judged with a third set of seeds.
 */
export async function fitDriving(runs: readonly ReferenceRun[], options: FitOptions): Promise<Fit> {
  const { fitted, types, seeds, stop } = options;
  const toFit = runs.filter(({ isLeftOut }) => isLeftOut.includes(false));
  const scoreOf = async (change: DrivingChange, firstSeed: number): Promise<number> => {
    const compared = await drive(toFit, { change, types }, { seeds, firstSeed, stop });
    return sumUpErrors(pick(compared, toFit, false)).score;
  };
  let evaluations = 0;
  let best = Number.POSITIVE_INFINITY;
  const found = await searchSimplex(
    async (at) => {
      const score = await scoreOf(changeAt(fitted, at), 1);
      best = Math.min(best, score);
      options.onProgress(Math.min(1, ++evaluations / options.most), best);
      return score + INERTIA * at.reduce((sum, value) => sum + value ** 2, 0);
    },
    { dimensions: fitted.length, most: options.most, edge: EDGE, tolerance: TOLERANCE },
  );
  const change = changeAt(fitted, found.at);
  const holds = (await scoreOf(change, seeds + 1)) < (await scoreOf(UNCALIBRATED, seeds + 1));
  const calibration = { change: holds ? change : UNCALIBRATED, types };
  const unseen = { seeds, firstSeed: 2 * seeds + 1, stop };
  const before = await drive(runs, { change: UNCALIBRATED, types }, unseen);
  const after = holds ? await drive(runs, calibration, unseen) : before;
  const naive = naiveComparisons(runs);
  const judge = (compared: readonly Comparison[][]): Judged => ({
    fitted: sumUpErrors(pick(compared, runs, false)),
    leftOut: sumUpErrors(pick(compared, runs, true)),
  });
  return {
    calibration,
    evaluations,
    before: judge(before),
    after: judge(after),
    naive: judge(naive),
    floor: judgeFloor(runs),
  };
}

/** To three decimals, so that the file that keeps them replays what was judged. */
function changeAt(fitted: readonly Fitted[], at: readonly number[]): DrivingChange {
  const entries = fitted.map((name, i) => [name, Math.round(valueAt(name, at[i] ?? 0) * 1000) / 1000] as const);
  return { ...UNCALIBRATED, ...Object.fromEntries(entries) };
}

/** The value of a parameter at its place, -1 to 1, in the search. */
function valueAt(name: Fitted, place: number): number {
  if (name === 'startupDelayS') return Math.max(0, place) * FARTHEST.startupDelayS;
  const far = FARTHEST[name] - 1;
  return place >= 0 ? 1 + place * far : 1 / (1 - place * far);
}

/** Our engine on all runs, every cell compared with what was measured there. */
async function drive(
  runs: readonly ReferenceRun[],
  calibration: Calibration,
  { seeds, firstSeed, stop }: { readonly seeds: number; readonly firstSeed: number; readonly stop: AbortSignal },
): Promise<Comparison[][]> {
  const compared: Comparison[][] = [];
  for (const { scenario, cells } of runs) {
    const calibrated = applyCalibration(scenario, calibration);
    const tally = createTally(cells.length);
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      await nextTurn();
      stop.throwIfAborted();
      addEngineRun(calibrated, seed, cells, tally);
    }
    const predict = predictionOf(tally, seeds);
    compared.push(cells.map((cell, index) => compareCell(cell, predict(index))));
  }
  return compared;
}

function pick(compared: readonly Comparison[][], runs: readonly ReferenceRun[], leftOut: boolean): Comparison[] {
  return runs.flatMap(({ isLeftOut }, run) => (compared[run] ?? []).filter((_, cell) => isLeftOut[cell] === leftOut));
}

function judgeFloor(runs: readonly ReferenceRun[]): Errors | null {
  const compared = runs.flatMap(({ cells, again }) =>
    (again ?? []).flatMap((prediction, index) => {
      const cell = cells[index];
      return cell === undefined ? [] : [compareCell(cell, prediction)];
    }),
  );
  return compared.length === 0 ? null : sumUpErrors(compared);
}

/** Flows by the run's demand and travel times as on the fitted cells of the same place; nothing where there are none. */
function naiveComparisons(runs: readonly ReferenceRun[]): Comparison[][] {
  const sums = new Map<string, { spanMs: number; vehicles: number; timed: number; travelS: number }>();
  for (const { cells, isLeftOut, demand } of runs) {
    cells.forEach(({ road, lane, beginMs, endMs, vehicles, travelS }, index) => {
      if (isLeftOut[index]) return;
      const key = `${road} ${lane}`;
      const sum = sums.get(key) ?? { spanMs: 0, vehicles: 0, timed: 0, travelS: 0 };
      if (vehicles !== null) {
        sum.spanMs += endMs - beginMs;
        sum.vehicles += vehicles / demand;
      }
      if (travelS !== null) {
        sum.timed += vehicles ?? 1;
        sum.travelS += travelS * (vehicles ?? 1);
      }
      sums.set(key, sum);
    });
  }
  return runs.map(({ cells, demand }) =>
    cells.map((cell) => {
      const sum = sums.get(`${cell.road} ${cell.lane}`);
      const prediction: Prediction = {
        vehicles: sum && sum.spanMs > 0 ? (sum.vehicles / sum.spanMs) * (cell.endMs - cell.beginMs) * demand : 0,
        travelS: sum && sum.timed > 0 ? sum.travelS / sum.timed : Number.NaN,
      };
      return compareCell(cell, prediction);
    }),
  );
}
