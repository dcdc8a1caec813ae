import type { Scenario } from '../../demand/demand.ts';
import { createEngine, type Engine, type EngineOptions, loadEngine } from '../../sim/engine.ts';
import { createMachine } from './compiled.ts';
import { ThreadCrew, Workers } from './crew.ts';

function makeEngine(threads: number, make: (options: Omit<EngineOptions, 'seed'>) => Engine): Engine {
  const machine = createMachine();
  if (threads <= 1) return make({ machine });
  const workers = new Workers(threads - 1);
  try {
    return make({ machine, crew: (world) => new ThreadCrew(world, workers, machine) });
  } catch (fault) {
    workers.end();
    throw fault;
  }
}

/**
 * The engine compiled, on one thread or several, the calling one among them: the same results as `createEngine` of `src/sim`, sooner.
 * `step` returns when all have done their part. The other threads live until `dispose`, or until the process ends.
 */
export function createCompiledEngine(
  scenario: Scenario,
  { seed, threads = 1 }: { readonly seed: number; readonly threads?: number },
): Engine {
  return makeEngine(threads, (options) => createEngine(scenario, { seed, ...options }));
}

/** Goes on from where `save` was called, on however many threads that engine ran. Throws as `loadEngine` does. */
export function loadCompiledEngine(scenario: Scenario, bytes: Uint8Array, threads = 1): Engine {
  return makeEngine(threads, (options) => loadEngine(scenario, bytes, options));
}
