import type { Command } from 'commander';
import { INPUTS } from '../field/load.ts';
import { addTrialOptions, runTrials } from './trials.ts';

/** `urbane simulate`: the same runs on our own engine. */
export function register(program: Command): void {
  const command = program
    .command('simulate')
    .description('run controllers on scenarios in our own engine and compare them');
  addTrialOptions(command, INPUTS)
    .option('--calibration <file>', 'drive as `urbane calibrate` found')
    .action((scenarios: string[], options) => runTrials('engine', scenarios, options));
}
