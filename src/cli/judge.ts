import type { Command } from 'commander';
import { addTrialOptions, runTrials } from './trials.ts';

/** `urbane judge`: SUMO as the neutral judge of controllers. */
export function register(program: Command): void {
  const command = program
    .command('judge')
    .description('run controllers on scenarios in SUMO by the rules of a fair run and compare them');
  addTrialOptions(command, 'a folder with one .sumocfg, or a .sumocfg').action((scenarios: string[], options) =>
    runTrials('sumo', scenarios, options),
  );
}
