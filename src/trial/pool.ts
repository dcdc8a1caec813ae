import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RunReport } from './result.ts';
import type { RunSpec, WorkerMessage } from './run-spec.ts';

/** A run that did not end: why, in one sentence, and what to do. */
export interface RunFailure {
  readonly spec: RunSpec;
  readonly sentence: string;
  readonly remedy: string;
  readonly exitCode: number;
}

export interface PoolEvents {
  /** Called when a run advances or ends; `share` is of all runs together, 0 to 1. */
  onProgress(share: number, done: number): void;
  onDone(spec: RunSpec, report: RunReport): void;
  onFailed(failure: RunFailure): void;
}

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const WORKER = fileURLToPath(new URL(`./worker.${extension}`, import.meta.url));

/**
 * Runs every spec, `jobs` at a time, each in a child process of its own kind, so that SUMO and controllers of different
 * seeds share nothing. A failed run is reported and the others go on. Aborting ends all children, SUMO included.
 */
export async function runAll(
  specs: readonly RunSpec[],
  jobs: number,
  events: PoolEvents,
  stop: AbortSignal,
): Promise<void> {
  const shares = new Float64Array(specs.length);
  let next = 0;
  let done = 0;
  const report = () => events.onProgress(shares.reduce((sum, share) => sum + share, 0) / specs.length, done);

  async function work(): Promise<void> {
    let child: ChildProcess | null = null;
    while (next < specs.length && !stop.aborted) {
      const index = next++;
      const spec = specs[index];
      if (!spec) break;
      child ??= startChild();
      const answer = await runOne(child, spec, stop, (share) => {
        shares[index] = share;
        report();
      });
      if (stop.aborted) break;
      shares[index] = 1;
      done++;
      if (answer.kind === 'done') events.onDone(spec, answer.report);
      else events.onFailed({ spec, sentence: answer.sentence, remedy: answer.remedy, exitCode: answer.exitCode });
      report();
      if (!child.connected) child = null;
    }
    if (child) await endChild(child);
  }

  await Promise.all(Array.from({ length: Math.min(jobs, specs.length) }, work));
}

/** The child gets the flags that this Node was started with (scripts/node24.js). */
function startChild(): ChildProcess {
  return fork(WORKER, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

type Answer = Exclude<WorkerMessage, { kind: 'progress' }>;

function runOne(
  child: ChildProcess,
  spec: RunSpec,
  stop: AbortSignal,
  onShare: (share: number) => void,
): Promise<Answer> {
  return new Promise((resolve) => {
    const settle = (answer: Answer) => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      stop.removeEventListener('abort', onAbort);
      resolve(answer);
    };
    const onMessage = (message: WorkerMessage) => {
      if (message.kind === 'progress') onShare(message.share);
      else settle(message);
    };
    const onExit = (code: number | null, signal: string | null) =>
      settle({
        kind: 'failed',
        sentence: `The process of this run ended (${signal ?? `code ${code}`}).`,
        remedy: 'Run it again, with fewer --jobs when memory is short.',
        exitCode: 70,
      });
    const onAbort = () => child.kill('SIGTERM');
    child.on('message', onMessage);
    child.once('exit', onExit);
    stop.addEventListener('abort', onAbort);
    child.send(spec);
  });
}
