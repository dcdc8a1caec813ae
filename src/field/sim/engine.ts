import type { Scenario } from '../../demand/demand.ts';
import { createEngine, type Engine, type EngineOptions, loadEngine } from '../../sim/engine.ts';
import { createMachine } from './compiled.ts';
import { ThreadCrew } from './crew.ts';

function optionsOf(threads: number): Omit<EngineOptions, 'seed'> {
  const machine = createMachine();
  return threads > 1 ? { machine, crew: (world) => new ThreadCrew(world, threads, machine) } : { machine };
}

/**
 * The engine compiled, on one thread or several, the calling one among them: the same results as `createEngine` of `src/sim`, sooner.
 * `step` returns when all have done their part. The other threads live until `dispose`, or until the process ends.
 */
export function createCompiledEngine(
  scenario: Scenario,
  { seed, threads = 1 }: { readonly seed: number; readonly threads?: number },
): Engine {
  return createEngine(scenario, { seed, ...optionsOf(threads) });
}

/** Goes on from where `save` was called, on however many threads that engine ran. Throws as `loadEngine` does. */
export function loadCompiledEngine(scenario: Scenario, bytes: Uint8Array, threads = 1): Engine {
  return loadEngine(scenario, bytes, optionsOf(threads));
}
