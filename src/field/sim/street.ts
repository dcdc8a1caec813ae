import type { City } from '../../city/city.ts';
import type { Frame } from '../../city/frame.ts';
import type { Scenario } from '../../demand/demand.ts';
import type { Engine } from '../../sim/engine.ts';
import type { Order, Street } from '../../street/street.ts';
import type { Milliseconds } from '../../units/units.ts';
import { createCompiledEngine } from './engine.ts';

/** Our own engine as a street: what the brain drives in `urbane simulate` and in the demo. */
export interface SimStreet extends Street {
  readonly engine: Engine;
}

export function createSimStreet(
  scenario: Scenario,
  options: { readonly seed: number; readonly threads?: number },
): SimStreet {
  const engine = createCompiledEngine(scenario, options);
  return {
    engine,
    get city(): City {
      return scenario.city;
    },
    get timeMs(): Milliseconds {
      return engine.timeMs;
    },
    get lamps(): readonly string[] {
      return engine.lamps;
    },
    get frame(): Frame {
      return engine.frame;
    },
    get waiting(): Int32Array {
      return engine.crossings.waiting;
    },
    apply(orders: readonly Order[]): void {
      for (const order of orders) {
        if (order.kind === 'show') engine.show(order.signal, order.state);
        else engine.handBack(order.signal, order.phase);
      }
    },
    async advance(): Promise<void> {
      engine.step();
    },
    async [Symbol.asyncDispose](): Promise<void> {
      engine.dispose();
    },
  };
}
