import { Actuated } from './actuated.ts';
import type { ControllerFactory } from './controller.ts';
import { MaxPressure } from './max-pressure.ts';
import { Predictive } from './predictive.ts';

/** Every controller by the name used on the command line. */
export const CONTROLLERS: Readonly<Record<string, ControllerFactory>> = {
  fixed: () => null,
  actuated: (options) => new Actuated(options),
  'max-pressure': (options) => new MaxPressure(options, 'all'),
  predictive: (options) => new Predictive(options),
  'max-pressure-halted': (options) => new MaxPressure(options, 'halted'),
};
