import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf, type PlacedVehicle } from '../../tests/crossing.ts';
import { Brain } from '../brain/brain.ts';
import type { Frame } from '../city/frame.ts';
import { Guard, grantAll, rulesFromProgram } from '../guard/guard.ts';
import { CONTROLLERS } from '../signals/registry.ts';
import type { SensorLevel } from '../street/observation.ts';
import { SensorLayer } from '../street/sensors.ts';
import type { Order, Street } from '../street/street.ts';
import { ObservationWire } from '../street/wire.ts';
import { drawUniform } from '../units/random.ts';
import { controlOverLines } from './control.ts';

const city = createCrossing();
const SECONDS = 240;

/** A street of queues that grow by chance and shrink on green; its vehicles creep so that loops see them come and go. */
class ToyStreet implements Street {
  readonly city = city;
  timeMs = 0;
  lamps = [city.signals[0]!.programs[0]!.phases[0]!.state];
  frame: Frame = frameOf(0, []);
  readonly told: Order[][] = [];
  readonly #queues = new Array<number>(8).fill(0);
  #orders: Order[] = [];

  async advance(): Promise<void> {
    for (const order of this.#orders) if (order.kind === 'show') this.lamps = [order.state];
    this.#orders = [];
    this.timeMs += 1000;
    const vehicles: PlacedVehicle[] = [];
    this.#queues.forEach((_, k) => {
      const [arm, index] = [Math.floor(k / 2), k % 2];
      const link = 3 * arm + (index === 0 ? 1 : 2);
      if (drawUniform(5, k, this.timeMs, 1) < 0.1) this.#queues[k]!++;
      if (this.lamps[0]!.charAt(link) === 'G' && this.timeMs % 2000 === 0 && this.#queues[k]! > 0) this.#queues[k]!--;
      for (let n = 0; n < this.#queues[k]!; n++) {
        const posM = 60 - 7.5 * n;
        const segment = laneOf(arm, posM >= 0 ? 'inner' : 'outer', index);
        vehicles.push({ slot: 100 * k + n, segment, posM: posM >= 0 ? posM : 300 + posM, speedMps: n % 3 });
      }
    });
    this.frame = frameOf(this.timeMs, vehicles);
  }

  apply(orders: readonly Order[]): void {
    this.#orders.push(...orders);
    this.told.push([...orders]);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** The built-in loop; gives the observations as lines and what was decided and ordered. */
async function runBuiltIn(
  name: string,
  level: SensorLevel,
): Promise<{ lines: string[]; decisions: unknown[]; street: ToyStreet }> {
  const street = new ToyStreet();
  const decisions: unknown[] = [];
  const brain = new Brain({
    street,
    sensors: new SensorLayer(city, { level, seed: 1 }),
    controller: CONTROLLERS[name]!({ city, signals: [0] }),
    guard: new Guard(city, [rulesFromProgram(city, 0)], grantAll(city, name, Number.POSITIVE_INFINITY)),
    stepS: 2,
    record: (line) => decisions.push(JSON.parse(line)),
  });
  const wire = new ObservationWire(city);
  const lines: string[] = [];
  for (let second = 0; second < SECONDS; second++) {
    await brain.tick();
    lines.push(JSON.stringify(wire.write(brain.lastObservation!)));
  }
  return { lines, decisions, street };
}

interface Answer {
  readonly ready?: unknown;
  readonly error?: string;
  readonly timeMs?: number;
  readonly orders?: readonly { signal: string; show?: string }[];
  readonly decisions?: readonly unknown[];
}

async function control(name: string, lines: readonly string[]): Promise<Answer[]> {
  let text = '';
  const output = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  async function* input(): AsyncGenerator<string> {
    for (const line of lines) yield `${line}\n`;
  }
  await controlOverLines(city, { controller: name, step: 2 }, input(), output);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('control over lines', () => {
  const controllers = Object.keys(CONTROLLERS).filter((name) => name !== 'fixed');
  for (const name of controllers) {
    it.each(['camera', 'loops'] as const)(`decides with ${name} as the built-in loop does (%s)`, async (level) => {
      const { lines, decisions, street } = await runBuiltIn(name, level);
      const [ready, ...answers] = await control(name, lines);
      expect(ready).toHaveProperty('ready');
      expect(answers.flatMap((answer) => answer.decisions ?? [])).toEqual(decisions);
      expect(decisions.length).toBeGreaterThan(SECONDS / 3);
      const told = street.told.map((orders) =>
        orders.map((order) =>
          order.kind === 'show' ? { signal: 'C', show: order.state } : { signal: 'C', handBackToPhase: order.phase },
        ),
      );
      expect(answers.map(({ orders }) => orders)).toEqual(told);
      expect(new Set(told.flat().map((order) => JSON.stringify(order))).size).toBeGreaterThan(3);
    });
  }

  it('answers a malformed line with a sentence and goes on', async () => {
    const { lines } = await runBuiltIn('max-pressure', 'camera');
    const damaged = [
      lines[0]!,
      '{"timeMs": 17',
      lines[1]!,
      '[]',
      lines[1]!,
      '',
      lines[2]!.replace('"speedMps"', '"plate"'),
      lines[3]!,
    ];
    const [, ...answers] = await control('max-pressure', damaged);
    expect(answers.map(({ error, timeMs }) => error ?? timeMs)).toEqual([
      1000,
      expect.stringMatching(/no JSON: \{"timeMs": 17/),
      2000,
      expect.stringMatching(/must be object/),
      'timeMs 2000 is not after 2000.',
      expect.stringMatching(/schema at "\/vehicles\/\d+/),
      4000,
    ]);
    for (const answer of answers) if (answer.error !== undefined) expect(answer).toHaveProperty('remedy');
  });

  it('ends with the input', async () => {
    expect(await control('fixed', [])).toHaveLength(1);
  });
});
