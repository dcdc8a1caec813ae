import { spawn } from 'node:child_process';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { MODES, type Mode } from '../brain/modes.ts';
import { readCalibration } from '../field/calibration.ts';
import { INPUTS } from '../field/load.ts';
import { readPlans } from '../field/plans.ts';
import type { Dialect } from '../measures/dialects.ts';
import { LEAST_SPEED, MOST_SPEED } from '../server/pacer.ts';
import { servePage } from '../server/serve.ts';
import { type LogServeOptions, serveLog } from '../server/serve-log.ts';
import { CONTROLLERS } from '../signals/registry.ts';
import type { SensorLevel } from '../street/observation.ts';
import { UrbaneError } from '../units/errors.ts';

interface StartOptions {
  readonly port: number;
  readonly host: string;
  readonly speed: number;
  readonly seed: number;
  readonly controller: string;
  readonly sensors: SensorLevel;
  readonly mode: Mode;
  readonly calibration?: string;
  readonly plans?: string;
  readonly overlay?: string;
  readonly open?: true;
  readonly events?: readonly string[];
  readonly config?: string;
  readonly corridors?: string;
  readonly zone: string;
  readonly dialect: Dialect;
}

/** `urbane start`: a city twice, under its shipped plans and with the brain, live in the browser. */
export function register(program: Command): void {
  program
    .command('start')
    .description('show a living city in the browser: the demo city, or a scenario, with the brain and without it')
    .argument('[path]', `${INPUTS}; the demo city when left out`)
    .option('--port <number>', 'port of the page', integer(0, 65535), 4620)
    .option('--host <address>', 'address to listen on; anyone who reaches it may look and steer', '127.0.0.1')
    .option('--speed <factor>', 'simulated seconds a second', number(LEAST_SPEED, MOST_SPEED), 10)
    .option('--seed <number>', 'seed of both runs', integer(0, 2 ** 31 - 1), 1)
    .addOption(
      new Option('--controller <name>', 'what the brain decides with')
        .choices(Object.keys(CONTROLLERS))
        .default('predictive'),
    )
    .addOption(new Option('--sensors <level>', 'what the brain sees').choices(['camera', 'loops']).default('camera'))
    .addOption(
      new Option('--mode <mode>', 'how far every junction lets the brain go at first')
        .choices(MODES)
        .default('automatic'),
    )
    .option('--calibration <file>', 'drive as `urbane calibrate` found')
    .option('--plans <file>', 'signals of both runs have the programs that `urbane tune` found')
    .option('--overlay <file>', 'run with these corrections (city.yaml); the page writes new ones there')
    .option('--events <paths...>', 'show the signal measures of controller logs (files or folders) instead of a city')
    .option('--config <file>', 'with --events: table of detectors (.parquet, .csv); inferred from the log without it')
    .option('--corridors <file>', 'with --events: CSV of corridors, for time-space diagrams')
    .option('--zone <name>', 'with --events: IANA time zone of local times in the log', 'UTC')
    .addOption(
      new Option('--dialect <name>', 'with --events: whose definitions of the measures')
        .choices(['oregon', 'utah'])
        .default('oregon'),
    )
    .option('--open', 'open the page in the browser')
    .action(start);
}

async function start(
  path: string | undefined,
  { open, calibration: file, plans: planFile, events, config, corridors, zone, dialect, ...options }: StartOptions,
): Promise<void> {
  if (events !== undefined) {
    if (path !== undefined) {
      throw new UrbaneError('bad-usage', 'A city and logs are two pages.', 'Leave out the path or --events.');
    }
    await showLog({ events, config: config ?? null, corridors: corridors ?? null, zone, dialect, ...options }, open);
    return;
  }
  const calibration = file === undefined ? null : await readCalibration(file);
  const plans = planFile === undefined ? undefined : await readPlans(planFile);
  const interrupted = interruption();
  tell(path === undefined ? 'Building the demo city ...' : `Reading ${path} ...`);
  const starting = servePage({ ...options, calibration, plans, path: path ?? null, tell });
  const served = await Promise.race([starting, interrupted]);
  if (served === null) process.exit(130);
  await using page = served;
  const { name, signals, trips, dropped } = page.runs.ready;
  tell(
    `${name}: ${signals} signals, ${trips} trips${dropped > 0 ? `; ${dropped} things dropped (urbane import tells which)` : ''}.`,
  );
  process.stdout.write(`${page.address}\n`);
  tell('Ctrl-C ends it.');
  if (open === true) openBrowser(page.address);
  const failure = await Promise.race([page.runs.ended, interrupted]);
  if (failure !== null) throw failure;
}

async function showLog(options: Omit<LogServeOptions, 'tell'>, open: true | undefined): Promise<void> {
  const interrupted = interruption();
  tell(`Reading ${options.events.join(', ')} ...`);
  const served = await Promise.race([serveLog({ ...options, tell }), interrupted]);
  if (served === null) process.exit(130);
  await using page = served;
  process.stdout.write(`${page.address}\n`);
  tell('Ctrl-C ends it.');
  if (open === true) openBrowser(page.address);
  await interrupted;
}

/** Settles when somebody ends the program. */
function interruption(): Promise<null> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(null));
  });
}

function tell(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

function openBrowser(address: string): void {
  const [command, ...rest] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start'] : ['xdg-open'];
  spawn(command ?? 'xdg-open', [...rest, address], { stdio: 'ignore', detached: true })
    .on('error', () => process.stderr.write(`No browser could be opened: open ${address} yourself.\n`))
    .unref();
}

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most)) {
      throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
    }
    return value;
  };
}

function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = number(least, most)(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return value;
  };
}
