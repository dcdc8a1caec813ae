import { Command, CommanderError } from 'commander';
import { ERRORS, UrbaneError } from '../units/errors.ts';

interface CommandFile {
  register(program: Command): void;
}

/** One file per command; only the one asked for is loaded, all of them for the help page. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandFile>>> = {
  start: () => import('./start.ts'),
  judge: () => import('./judge.ts'),
  simulate: () => import('./simulate.ts'),
  tune: () => import('./tune.ts'),
  calibrate: () => import('./calibrate.ts'),
  control: () => import('./control.ts'),
  new: () => import('./new.ts'),
  import: () => import('./import.ts'),
  export: () => import('./export.ts'),
  measure: () => import('./measure.ts'),
  alerts: () => import('./alerts.ts'),
  doctor: () => import('./doctor.ts'),
  mode: () => import('./mode.ts'),
};

/** Prints the fault as one sentence and a remedy and sets the exit code; a bug keeps its stack trace. */
function reportFault(fault: unknown): void {
  // Commander has printed its own sentence; help and version are no faults.
  if (fault instanceof CommanderError) {
    process.exitCode = fault.exitCode === 0 ? 0 : ERRORS['bad-usage'].exit;
    return;
  }
  if (fault instanceof UrbaneError) {
    process.stderr.write(`urbane: ${fault.message}\n  ${fault.remedy}\n`);
    process.exitCode = fault.exitCode;
    return;
  }
  process.stderr.write(`urbane: this is a fault of ours, please report it.\n`);
  process.stderr.write(`${fault instanceof Error ? fault.stack : String(fault)}\n`);
  process.exitCode = 70;
}

async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('urbane')
    .description('An open city brain: watches, advises, controls within the guard, and can prove what it did.')
    .version('0.1.0')
    .showHelpAfterError('(run with --help for the options)')
    .exitOverride();
  const asked = argv[2] === 'help' ? argv[3] : argv[2];
  const only = asked === undefined ? undefined : COMMANDS[asked];
  for (const load of only === undefined ? Object.values(COMMANDS) : [only]) (await load()).register(program);
  await program.parseAsync(argv);
}

// A reader that closes the pipe early (`urbane judge --json | head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
main(process.argv).catch(reportFault);
