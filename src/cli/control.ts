import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { type Command, InvalidArgumentError } from 'commander';
import { Brain } from '../brain/brain.ts';
import type { City } from '../city/city.ts';
import { getOwnProgram, listGreens } from '../city/greens.ts';
import { INPUTS, loadCity } from '../field/load.ts';
import { splitLines } from '../field/stdio/lines.ts';
import { StdioStreet } from '../field/stdio/street.ts';
import { Guard, grantAll, rulesFromProgram, type SignalRules } from '../guard/guard.ts';
import { CONTROLLERS } from '../signals/registry.ts';
import { listLoops } from '../street/loops.ts';
import { UrbaneError } from '../units/errors.ts';
import type { Seconds } from '../units/units.ts';

/** How to control; timing rules left out are the signals' own programs'. */
export interface ControlOptions {
  readonly controller: string;
  readonly step: Seconds;
  readonly yellow?: Seconds;
  readonly allRed?: Seconds;
  readonly minGreen?: Seconds;
  readonly longestRed?: Seconds;
}

/** `urbane control --stdio`: drives any street that speaks one JSON object a line (docs/operator/stdio.md). */
export function register(program: Command): void {
  program
    .command('control')
    .description('control the signals of a street on the other end of a pipe: observations in, orders out')
    .option('--stdio', 'one JSON object a line on standard input and output')
    .requiredOption('--city <input>', INPUTS)
    .option('--controller <name>', `one of ${Object.keys(CONTROLLERS).join(', ')}`, toController, 'max-pressure')
    .option('--step <seconds>', 'decision interval', toSeconds, 1)
    .option('--yellow <seconds>', "instead of the program's own", toSeconds)
    .option('--all-red <seconds>', "instead of the program's own", toSeconds)
    .option('--min-green <seconds>', "instead of the program's own", toSeconds)
    .option('--longest-red <seconds>', 'instead of 300', toSeconds)
    .action(runControl);
}

async function runControl(options: ControlOptions & { readonly stdio?: true; readonly city: string }): Promise<void> {
  if (options.stdio !== true) {
    throw new UrbaneError('bad-usage', 'control needs a way to the street.', 'Give --stdio, the only one so far.');
  }
  const { city } = await loadCity(options.city);
  await controlOverLines(city, options, process.stdin, process.stdout);
}

/** Writes what the other end needs to know, then reads observations and writes answers until the input ends. */
export async function controlOverLines(
  city: City,
  options: ControlOptions,
  input: AsyncIterable<Uint8Array | string>,
  output: Writable,
): Promise<void> {
  const write = async (line: string): Promise<void> => {
    if (!output.write(`${line}\n`)) await once(output, 'drain');
  };
  const rules = city.signals.map((_, signal) => ({ ...rulesFromProgram(city, signal), ...overrides(options) }));
  const signals = city.signals.map((_, signal) => signal);
  const controller = CONTROLLERS[options.controller]!({ city, signals, timing: rules });
  await using street = new StdioStreet(city, splitLines(input), ({ message, remedy }) =>
    write(JSON.stringify({ error: message, remedy })),
  );
  let decisions: string[] = [];
  const brain = new Brain({
    street,
    sensors: street,
    controller,
    guard: new Guard(city, rules, grantAll(city, options.controller, Number.POSITIVE_INFINITY)),
    stepS: options.step,
    record: (line) => decisions.push(line),
  });
  await write(JSON.stringify({ ready: describeCity(city, options) }));
  while (await street.hasNext()) {
    await brain.tick();
    const orders = JSON.stringify(street.takeOrders());
    await write(`{"timeMs":${street.timeMs},"orders":${orders},"decisions":[${decisions.join(',')}]}`);
    decisions = [];
  }
}

/** What the other end needs to know to name lanes, loops and links as we do. */
function describeCity(city: City, { controller, step }: ControlOptions): object {
  const laneId = (lane: number): string => city.lanes[lane]!.id;
  return {
    city: city.name,
    cityVersion: city.version,
    controller,
    stepS: step,
    signals: city.signals.map((signal) => {
      const program = getOwnProgram(signal);
      return {
        id: signal.id,
        links: signal.links.map((movements) => movements.map((index) => laneId(city.movements[index]!.fromLane))),
        phases: program.phases.map(({ state, durationS }) => ({ state, durationS })),
        stages: listGreens(program),
      };
    }),
    loops: listLoops(city)
      .filter(({ isMissing }) => !isMissing)
      .map(({ id, lane, kind, fromM, toM }) => ({ id, lane: laneId(lane), kind, fromM, toM })),
  };
}

function overrides({ yellow, allRed, minGreen, longestRed }: ControlOptions): Partial<SignalRules> {
  return {
    ...(yellow === undefined ? {} : { yellowS: yellow }),
    ...(allRed === undefined ? {} : { allRedS: allRed }),
    ...(minGreen === undefined ? {} : { minGreenS: minGreen }),
    ...(longestRed === undefined ? {} : { longestRedS: longestRed }),
  };
}

function toController(name: string): string {
  if (Object.hasOwn(CONTROLLERS, name)) return name;
  throw new InvalidArgumentError(`It is one of ${Object.keys(CONTROLLERS).join(', ')}.`);
}

function toSeconds(text: string): Seconds {
  const seconds = text.trim() === '' ? Number.NaN : Number(text);
  if (seconds >= 0 && Number.isFinite(seconds)) return seconds;
  throw new InvalidArgumentError('It takes seconds, 0 or more.');
}
