import { retimeSignals } from '../city/build-signals.ts';
import type { Scenario } from '../demand/demand.ts';
import { BEGIN_MS, createDemand, END_MS, SURVEYED, surveyDemand } from './demand.ts';
import { layOutCity } from './layout.ts';
import { planByWebster } from './plans.ts';

/**
 * A whole made-up city on a working morning: 128 signals, seven to nine o'clock. The seed draws the morning, never the
 * streets or their plans: the signals run what `planByWebster` makes of the average morning.
 */
export function createDemoScenario({ seed = 1 }: { readonly seed?: number } = {}): Scenario {
  const streets = layOutCity();
  const city = retimeSignals(streets, planByWebster(streets, surveyDemand(streets), SURVEYED));
  return { name: 'demo', city, demand: createDemand(streets, seed), beginMs: BEGIN_MS, endMs: END_MS };
}
