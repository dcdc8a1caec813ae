import type { Command } from 'commander';
import { INPUTS } from '../field/load.ts';
import { addTrialOptions, runTrials, toThreads } from './trials.ts';

/** `urbane simulate`: the same runs on our own engine. */
export function register(program: Command): void {
  const command = program
    .command('simulate')
    .description('run controllers on scenarios in our own engine and compare them');
  addTrialOptions(command, INPUTS)
    .option(
      '--threads <n>',
      "threads of each run's engine, for large cities; the results are the same (default: 1)",
      toThreads,
    )
    .option('--calibration <file>', 'drive as `urbane calibrate` found')
    .action((scenarios: string[], options) => runTrials('engine', scenarios, options));
}
