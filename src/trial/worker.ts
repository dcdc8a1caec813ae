import { UrbaneError } from '../units/errors.ts';
import { runTrial } from './run.ts';
import type { RunSpec, WorkerMessage } from './run-spec.ts';

const EXIT_STOPPED = 130;
const PROGRESS_EVERY_MS = 250;

/** The child's side of `pool.ts`: one run at a time, as they come. It ends when its parent does. */
function send(message: WorkerMessage): void {
  process.send?.(message);
}

let reportedAt = 0;

async function run(spec: RunSpec): Promise<void> {
  try {
    const report = await runTrial(spec, (share) => {
      const now = performance.now();
      if (now - reportedAt < PROGRESS_EVERY_MS) return;
      reportedAt = now;
      send({ kind: 'progress', share });
    });
    send({ kind: 'done', report });
  } catch (fault) {
    if (fault instanceof UrbaneError) {
      send({ kind: 'failed', sentence: fault.message, remedy: fault.remedy, exitCode: fault.exitCode });
    } else {
      const words = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
      send({ kind: 'failed', sentence: words, remedy: 'This is a fault of ours, please report it.', exitCode: 70 });
    }
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(EXIT_STOPPED));
process.on('disconnect', () => process.exit(EXIT_STOPPED));
process.on('message', (spec) => void run(spec as RunSpec));
