import { Guard } from '../src/guard/guard.ts';
import { planSignal } from '../src/guard/plan.ts';
import { runSequences } from '../tests/guard/sequences.ts';

const COUNT = 1_000_000;
/** Sequences between two lines of progress. */
const PART = 100_000;

/**
 * Random command sequences against the guard, judged by the independent checker of tests/guard: `[COUNT [SEED]]`, a
 * million from seed 1 by default. Throws when a rule was broken.
 */
export async function run(args: string[]): Promise<void> {
  const count = Number(args[0] ?? COUNT);
  const seed = Number(args[1] ?? 1);
  const begun = performance.now();
  const sum = { sequences: 0, steps: 0, takeOvers: 0, handBacks: 0, changes: 0, violations: 0 };
  for (let part = 0; sum.sequences < count; part++) {
    const tally = runSequences({ Guard, planSignal }, seed + part, Math.min(PART, count - sum.sequences));
    sum.sequences += tally.sequences;
    sum.steps += tally.steps;
    sum.takeOvers += tally.takeOvers;
    sum.handBacks += tally.handBacks;
    sum.changes += tally.changes;
    sum.violations += tally.violations.length;
    for (const { rule, what } of tally.violations.slice(0, 3)) process.stdout.write(`broken: ${rule}: ${what}\n`);
    if (process.stderr.isTTY) process.stderr.write(`\r${sum.sequences.toLocaleString('en')} sequences`);
  }
  const seconds = (performance.now() - begun) / 1000;
  const figures = Object.entries(sum).map(([name, value]) => `${value.toLocaleString('en')} ${name}`);
  process.stdout.write(`guard, seed ${seed}: ${figures.join(', ')} in ${seconds.toFixed(0)} s\n`);
  if (sum.violations > 0) throw new Error(`${sum.violations} violations`);
}
