import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { UrbaneError } from '../src/units/errors.ts';
import { PROPERTIES, THREADS, TOWN } from '../tests/sim/properties.ts';

const QUICK_RUNS = 100;
const FULL_RUNS = 2000;
/** A town on three threads costs as much as several on one. */
const THREADS_SHARE = 0.1;

/** `npm run bench -- properties [--quick] [--runs N] [--seed S]`: the engine's properties on random towns, many of them. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { quick: { type: 'boolean', default: false }, runs: { type: 'string' }, seed: { type: 'string' } },
  });
  const runs = Number(values.runs ?? (values.quick ? QUICK_RUNS : FULL_RUNS));
  const seed = Number(values.seed ?? Date.now() % 1e9);
  if (!(runs >= 1) || !Number.isInteger(seed)) {
    throw new UrbaneError('bad-usage', `--runs ${values.runs} and --seed ${values.seed} must be whole numbers.`);
  }
  process.stdout.write(`random towns from seed ${seed}\n`);
  let broken = 0;
  for (const { name, check } of [...PROPERTIES, THREADS]) {
    const numRuns = Math.ceil(check === THREADS.check ? runs * THREADS_SHARE : runs);
    const begun = performance.now();
    const result = fc.check(fc.property(TOWN, check), { numRuns, seed });
    const seconds = ((performance.now() - begun) / 1000).toFixed(0);
    process.stdout.write(`${result.failed ? 'BROKEN' : 'held'}  ${result.numRuns} towns, ${seconds} s  ${name}\n`);
    if (!result.failed) continue;
    broken++;
    const fault = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance);
    process.stdout.write(`        ${JSON.stringify(result.counterexample?.[0])}\n        ${fault}\n`);
  }
  if (broken > 0) process.exitCode = 1;
}
