import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scenario } from '../../demand/demand.ts';
import { getKind } from '../../field/files.ts';
import type { LoadedScenario } from '../../field/load.ts';
import { UrbaneError } from '../../units/errors.ts';
import { type CaseOptions, listPlanCases } from './cases.ts';
import { type Cell, createTally, type Tally } from './cells.ts';
import { parseMeasurements } from './counts-file.ts';
import { type Prediction, predictionOf } from './score.ts';
import { addSumoRun } from './sumo-reference.ts';

/** One scenario to drive, with what was measured on it and which of that is left out of the fit. */
export interface ReferenceRun {
  readonly scenario: Scenario;
  /** Trips as a multiple of the scenario's own. */
  readonly demand: number;
  readonly cells: readonly Cell[];
  /** By cell. */
  readonly isLeftOut: readonly boolean[];
  /** The reference once more with other seeds, by cell: how far a faithful engine would be off. Null where it has none. */
  readonly again: readonly Prediction[] | null;
}

/** Intervals of SUMO's reference, as usual for counts. */
const INTERVAL_MS = 900_000;
/** SUMO's travel times of fewer vehicles than this, a seed, are not used. */
const LEAST_TIMED = 5;
/** Every third interval of measured data is left out. */
const LEAVE_OUT_EVERY = 3;
/** Less than this cannot be fitted, nor say how good a fit is. */
const LEAST_VALUES = 12;

/** Measured data of a scenario; every third interval is left out of the fit. Throws where there is too little. */
export async function readMeasured(
  file: string,
  scenario: Scenario,
): Promise<{ runs: ReferenceRun[]; notes: string[] }> {
  if ((await getKind(file)) === 'folder') throw new UrbaneError('missing-file', `${file} is a folder, not a file.`);
  const { cells, outside } = parseMeasurements(await readFile(file, 'utf8'), file, scenario);
  const intervals = [...new Set(cells.map(({ beginMs }) => beginMs))].sort((a, b) => a - b);
  const isLeftOut = cells.map(({ beginMs }) => intervals.indexOf(beginMs) % LEAVE_OUT_EVERY === LEAVE_OUT_EVERY - 1);
  const window = `${scenario.beginMs / 1000} to ${scenario.endMs / 1000} s`;
  const notes = outside > 0 ? [`${outside} rows of ${file} lie outside the scenario's window (${window})`] : [];
  if (intervals.length < LEAVE_OUT_EVERY) {
    throw new UrbaneError(
      'too-little-data',
      `${file} has ${intervals.length} intervals inside the scenario's window (${window}); one in ${LEAVE_OUT_EVERY} is left out to test the fit.`,
      `Give at least ${LEAVE_OUT_EVERY} intervals, in the scenario's own seconds.`,
    );
  }
  const runs = [{ scenario, demand: 1, cells, isLeftOut, again: null }];
  checkEnough(runs, file);
  return { runs, notes };
}

export interface SumoReferenceOptions extends CaseOptions {
  readonly seeds: number;
  readonly jobs: number;
  readonly stop: AbortSignal;
  readonly onProgress: (share: number) => void;
}

/** SUMO as the reference: drives every plan under every demand, and measures every road in quarter hours. */
export async function driveReference(
  loaded: LoadedScenario,
  options: SumoReferenceOptions,
): Promise<{ runs: ReferenceRun[]; notes: string[] }> {
  const { scenario, sumo } = loaded;
  if (sumo === null) {
    throw new UrbaneError('no-demand', `${scenario.name} holds no SUMO network, so SUMO cannot be its reference.`);
  }
  const { seeds } = options;
  const failed = new AbortController();
  const stop = AbortSignal.any([options.stop, failed.signal]);
  const cases = listPlanCases(scenario, options);
  const total = seeds * (cases.length + cases.filter(({ isLeftOut }) => isLeftOut).length);
  const root = await mkdtemp(join(tmpdir(), 'urbane-calibrate-'));
  const runs: ReferenceRun[] = [];
  let next = 0;
  let done = 0;
  const work = async (worker: number): Promise<void> => {
    const workDir = await mkdtemp(join(root, `${worker}-`));
    for (let i = next++; i < cases.length; i = next++) {
      const one = cases[i];
      if (one === undefined) return;
      const drive = async (cells: readonly Cell[], firstSeed: number): Promise<Tally> => {
        const tally = createTally(cells.length);
        for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
          stop.throwIfAborted();
          await addSumoRun(one.scenario, sumo, { seed, workDir, stop }, cells, tally);
          options.onProgress(++done / total);
        }
        return tally;
      };
      const { demand, isLeftOut } = one;
      // No two cases share SUMO's draws: one left out is another day even where nothing else tells it from a fitted one.
      const firstSeed = 1 + 2 * seeds * i;
      const cells = measureGrid(one.scenario, await drive(listGrid(one.scenario), firstSeed), seeds);
      const again = isLeftOut ? predictionOf(await drive(cells, firstSeed + seeds), seeds) : null;
      runs[i] = {
        scenario: one.scenario,
        demand,
        cells,
        isLeftOut: cells.map(() => isLeftOut),
        again: again === null ? null : cells.map((_, cell) => again(cell)),
      };
    }
  };
  const workers = Array.from({ length: Math.min(options.jobs, cases.length) }, (_, worker) => work(worker));
  try {
    await Promise.all(workers);
  } finally {
    // Where one failed the others end too, before their folder goes.
    failed.abort();
    await Promise.allSettled(workers);
    await rm(root, { recursive: true, force: true });
  }
  checkEnough(runs, scenario.name);
  const { walks } = scenario.demand;
  return { runs, notes: walks.length > 0 ? [`${walks.length} ways on foot are left out of all runs`] : [] };
}

/** Every road in every quarter hour of the window. */
function listGrid({ city, beginMs, endMs }: Scenario): Cell[] {
  const cells: Cell[] = [];
  for (let from = beginMs; from < endMs; from += INTERVAL_MS) {
    const to = Math.min(endMs, from + INTERVAL_MS);
    city.roads.forEach((_, road) => {
      cells.push({ road, lane: -1, beginMs: from, endMs: to, vehicles: null, travelS: null });
    });
  }
  return cells;
}

/** The cells of `listGrid` that somebody drove past, with the means over the seeds. */
function measureGrid(scenario: Scenario, tally: Tally, seeds: number): Cell[] {
  const predict = predictionOf(tally, seeds);
  return listGrid(scenario)
    .map((cell, index) => {
      const { vehicles, travelS } = predict(index);
      const isTimed = (tally.timed[index] ?? 0) >= LEAST_TIMED * seeds;
      return { ...cell, vehicles, travelS: isTimed ? travelS : null };
    })
    .filter(({ vehicles }) => vehicles > 0);
}

function checkEnough(runs: readonly ReferenceRun[], source: string): void {
  for (const wanted of [false, true]) {
    const cells = runs.flatMap((run) => run.cells.filter((_, index) => run.isLeftOut[index] === wanted));
    const values = cells.reduce(
      (sum, { vehicles, travelS }) => sum + Number(vehicles !== null) + Number(travelS !== null),
      0,
    );
    if (values >= LEAST_VALUES) continue;
    throw new UrbaneError(
      'too-little-data',
      `${source} gives ${values} counts and travel times to ${wanted ? 'test the fit with' : 'fit to'}; at least ${LEAST_VALUES} are needed.`,
    );
  }
}
