import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunFailure, runAll } from './pool.ts';
import type { RunReport } from './result.ts';
import type { RunSpec } from './run-spec.ts';

/** A set of runs: every scenario with every controller and every seed. */
export interface SessionOptions extends Omit<RunSpec, 'scenario' | 'controller' | 'seed' | 'workDir'> {
  readonly scenarios: readonly string[];
  readonly controllers: readonly string[];
  /** Runs seeds 1 to this. */
  readonly seeds: number;
  /** Processes at a time; null for one per core. */
  readonly jobs: number | null;
}

export interface SessionEvents {
  onProgress(share: number, done: number, total: number): void;
  onFailed(failure: RunFailure): void;
}

export interface SessionOutcome {
  /** In the order asked for: scenario, controller, seed. */
  readonly reports: readonly RunReport[];
  readonly failures: readonly RunFailure[];
}

/** Does all runs in parallel processes and removes what they left on disk. */
export async function runSession(
  options: SessionOptions,
  events: SessionEvents,
  stop: AbortSignal,
): Promise<SessionOutcome> {
  const root = await mkdtemp(join(tmpdir(), 'urbane-trial-'));
  try {
    const specs = await listSpecs(options, root);
    const reports = new Map<RunSpec, RunReport>();
    const failures: RunFailure[] = [];
    await runAll(
      specs,
      options.jobs ?? availableParallelism(),
      {
        onProgress: (share, done) => events.onProgress(share, done, specs.length),
        onDone: (spec, report) => reports.set(spec, report),
        onFailed: (failure) => {
          failures.push(failure);
          events.onFailed(failure);
        },
      },
      stop,
    );
    return { reports: specs.map((spec) => reports.get(spec)).filter((report) => report !== undefined), failures };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function listSpecs(options: SessionOptions, root: string): Promise<RunSpec[]> {
  const { scenarios, controllers, seeds, jobs: _, recordFile, eventsFile, ...shared } = options;
  const specs: RunSpec[] = [];
  const single = scenarios.length * controllers.length * seeds === 1;
  for (const [index, scenario] of scenarios.entries()) {
    for (const controller of controllers) {
      for (let seed = 1; seed <= seeds; seed++) {
        const workDir = join(root, String(specs.length));
        await mkdir(workDir);
        const own = <File extends string | null | undefined>(file: File): File | string =>
          typeof file !== 'string' || single ? file : nameFile(file, `${index + 1}-${controller}-${seed}`);
        const files = { recordFile: own(recordFile), eventsFile: own(eventsFile) };
        specs.push({ ...shared, ...files, scenario, controller, seed, workDir });
      }
    }
  }
  return specs;
}

/** `runs.jsonl` becomes `runs.1-max-pressure-2.jsonl`: scenario's place, controller, seed. */
function nameFile(file: string, run: string): string {
  const dot = file.lastIndexOf('.');
  return dot <= file.lastIndexOf('/') + 1 ? `${file}.${run}` : `${file.slice(0, dot)}.${run}${file.slice(dot)}`;
}
