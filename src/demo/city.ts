import { retimeSignals } from '../city/build.ts';
import type { Scenario } from '../demand/demand.ts';
import { BEGIN_MS, createDemand, END_MS } from './demand.ts';
import { layOutCity } from './layout.ts';
import { planByWebster } from './plans.ts';

/**
 * A whole made-up city on a working morning: 128 signals, seven to nine o'clock. The seed moves the trips, never the
 * streets; the signals run the fixed plans of `planByWebster`, worked out for exactly these trips.
 */
export function createDemoScenario({ seed = 1 }: { readonly seed?: number } = {}): Scenario {
  const streets = layOutCity();
  const demand = createDemand(streets, seed);
  const city = retimeSignals(streets, planByWebster(streets, demand));
  return { name: 'demo', city, demand, beginMs: BEGIN_MS, endMs: END_MS };
}
