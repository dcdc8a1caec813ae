import { Actuated } from './actuated.ts';
import type { ControllerFactory } from './controller.ts';
import { FallBack } from './fall-back.ts';
import { MaxPressure } from './max-pressure.ts';

/** Every controller by the name used on the command line. */
export const CONTROLLERS: Readonly<Record<string, ControllerFactory>> = {
  fixed: () => null,
  actuated: (options) => new Actuated(options),
  'max-pressure': (options) => new MaxPressure(options, 'all'),
  predictive: (options) => new FallBack(options),
  'max-pressure-halted': (options) => new MaxPressure(options, 'halted'),
};
