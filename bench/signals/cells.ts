import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadScenario } from '../../src/field/load.ts';
import { runAll } from '../../src/trial/pool.ts';
import type { RunResult } from '../../src/trial/result.ts';
import type { RunSpec } from '../../src/trial/run-spec.ts';
import { cacheFolder, findKept, keep, keyOf } from '../engine/cache.ts';
import { type Cell, describeArm, nameOf, type SignalScenario } from './scenarios.ts';

export interface CellOptions {
  readonly data: string;
  readonly jobs: number;
  /** Whether a run that is not kept is to be made. */
  mayMake(cell: Cell): boolean;
  readonly onProgress: (doing: string) => void;
}

const CACHE_FORMAT = 'signals 1';
/** Small, and so sensitive that any change of what a controller sees or may do shows in its last digit. */
const PROBE: SignalScenario = { path: 'cologne3' };
const SIGNALS = fileURLToPath(new URL('../../src/signals/', import.meta.url));

/**
 * The results of all cells, from the cache where they are kept, in the order asked for; null for one that failed or was not
 * to be made. A kept run holds as long as the scenario's files, SUMO and a probe are the same: cologne3 with seed 1 is run
 * anew for every arm, and must come out to the last digit as when the run was kept. Runs of `predictive`, which looks
 * further than one probe shows, also hold only for the same source of `src/signals`.
 */
export async function measureCells(
  cells: readonly Cell[],
  { data, jobs, mayMake, onProgress }: CellOptions,
): Promise<(RunResult | null)[]> {
  const results = new Map<Cell, RunResult>();
  const run = async (wanted: readonly Cell[], onResult: (cell: Cell, result: RunResult) => Promise<void>) => {
    const root = await mkdtemp(join(tmpdir(), 'urbane-signals-'));
    try {
      const byDir = new Map<string, Cell>();
      const specs: RunSpec[] = [];
      for (const [i, cell] of wanted.entries()) {
        const workDir = join(root, String(i));
        await mkdir(workDir);
        byDir.set(workDir, cell);
        specs.push(specOf(cell, data, workDir));
      }
      const kept: Promise<void>[] = [];
      await runAll(
        specs,
        jobs,
        {
          onProgress: () => undefined,
          onDone: (spec, { result }) => {
            const cell = byDir.get(spec.workDir);
            if (cell === undefined) return;
            onProgress(`${kept.length + 1} of ${specs.length}: ${describeCell(cell)}, delay ${result.delayS} s`);
            kept.push(onResult(cell, result));
          },
          onFailed: ({ spec, sentence }) => {
            process.exitCode = 1;
            process.stderr.write(`${spec.scenario}, ${spec.controller}, seed ${spec.seed}: ${sentence}\n`);
          },
        },
        stopOnInterrupt(),
      );
      await Promise.all(kept);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  };

  const probes = new Map<string, string>();
  const arms = new Map(cells.map(({ arm }) => [JSON.stringify(arm), arm]));
  await run(
    [...arms.values()].map((arm) => ({ scenario: PROBE, arm, seed: 1 })),
    async ({ arm }, { delayS, waitingS, stops, arrived }) => {
      probes.set(JSON.stringify(arm), JSON.stringify([delayS, waitingS, stops, arrived]));
    },
  );
  const version = await readVersion();
  const source = await readSource();
  const contents = new Map<string, string>();
  const keys = new Map<Cell, string>();
  for (const cell of cells) {
    const { scenario, arm, seed } = cell;
    const probe = probes.get(JSON.stringify(arm));
    if (probe === undefined) continue;
    const files = contents.get(scenario.path) ?? (await hashFiles(resolve(data, 'scenarios', scenario.path)));
    contents.set(scenario.path, files);
    const own = arm.controller === 'predictive' ? source : '';
    const what = JSON.stringify([scenario.exclude ?? [], arm, seed]);
    const key = keyOf([CACHE_FORMAT, version, files, what, probe, own]);
    keys.set(cell, key);
    const kept = await findKept<RunResult>(cacheFolder(), key);
    if (kept !== null) results.set(cell, kept);
  }
  const missing = cells.filter((cell) => keys.has(cell) && !results.has(cell) && mayMake(cell));
  const isLater = ({ arm }: Cell) => Number(arm.sensors === 'loops');
  await run(
    missing.sort((a, b) => isLater(a) - isLater(b)),
    async (cell, result) => {
      results.set(cell, result);
      await keep(cacheFolder(), keys.get(cell) ?? '', result);
    },
  );
  return cells.map((cell) => results.get(cell) ?? null);
}

function specOf({ scenario, arm, seed }: Cell, data: string, workDir: string): RunSpec {
  return {
    simulator: 'sumo',
    scenario: resolve(data, 'scenarios', scenario.path),
    ...arm,
    seed,
    exclude: scenario.exclude ?? [],
    calibration: null,
    timing: {},
    recordFile: null,
    workDir,
  };
}

function describeCell({ scenario, arm, seed }: Cell): string {
  return `${nameOf(scenario)}, ${describeArm(arm)}, seed ${seed}`;
}

let stop: AbortController | null = null;

/** One signal for all runs: Ctrl-C ends them, what is kept stays. */
function stopOnInterrupt(): AbortSignal {
  if (stop === null) {
    const made = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        made.abort();
        process.exitCode = 130;
      });
    }
    stop = made;
  }
  return stop.signal;
}

async function hashFiles(path: string): Promise<string> {
  const { sumo } = await loadScenario(path);
  if (sumo === null) throw new Error(`${path} has no SUMO files`);
  const files = [sumo.configFile, sumo.netFile, ...sumo.routeFiles, ...sumo.additionalFiles];
  return keyOf(await Promise.all(files.map((file) => readFile(file))));
}

async function readSource(): Promise<string> {
  const names = (await readdir(SIGNALS)).filter((name) => name.endsWith('.ts') && !/\.(test|bench)\.ts$/.test(name));
  return keyOf(await Promise.all(names.sort().map((name) => readFile(join(SIGNALS, name)))));
}

async function readVersion(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.env.SUMO_BINARY ?? 'sumo', ['--version']);
  return stdout.split('\n')[0] ?? '';
}
