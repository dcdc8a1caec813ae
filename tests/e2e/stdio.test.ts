import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadCity } from '../../src/field/load.ts';
import { Guard, grantAll, rulesFromProgram } from '../../src/guard/guard.ts';
import { CONTROLLERS } from '../../src/signals/registry.ts';
import { ObservationWire } from '../../src/street/wire.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const CITY = 'fixtures/valid/cross';
const SECONDS = 300;

describe('the example client in Python', () => {
  it('drives a junction through the pipe and gets the decisions of the built-in controller', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'urbane-stdio-'));
    const [sent, got] = [join(folder, 'sent'), join(folder, 'got')];
    const pipe = `tee "$1" | "$2" bin/urbane.js control --stdio --city ${CITY} --controller max-pressure | tee "$3"`;
    const command = ['sh', '-c', pipe, 'sh', sent, process.execPath, got];
    const { stdout } = await run('python3', ['docs/examples/stdio_client.py', `${SECONDS}`, ...command], { cwd: root });
    const told = JSON.parse(stdout);
    expect(told.seconds).toBe(SECONDS);
    expect(told.changes).toBeGreaterThan(10);

    const { city } = await loadCity(join(root, CITY));
    const wire = new ObservationWire(city);
    const controller = CONTROLLERS['max-pressure']!({ city, signals: city.signals.map((_, k) => k) });
    const rules = city.signals.map((_, k) => rulesFromProgram(city, k));
    const guard = new Guard(city, rules, grantAll(city, 'max-pressure', Number.POSITIVE_INFINITY));
    const [observations, [, ...answers]] = [await readLines(sent), await readLines(got)];
    expect(answers).toHaveLength(SECONDS);
    observations.forEach((line, k) => {
      const seen = wire.read(line);
      controller!.observe(seen);
      const choices = controller!.decide(seen.timeMs, guard.status(seen.timeMs));
      const commands = choices.map(({ signal, stage }) => ({
        kind: 'stage' as const,
        signal: city.signals[signal]!.id,
        stage,
        by: 'max-pressure',
        issuedMs: seen.timeMs,
      }));
      const { orders } = guard.step(seen.timeMs, seen.signals, commands);
      const answer = answers[k] as { orders: unknown; decisions: { kind: string; choice?: number; why?: string }[] };
      const decided = answer.decisions.filter(({ kind }) => kind === 'decision');
      expect(decided.map(({ choice, why }) => [choice, why])).toEqual(choices.map(({ stage, why }) => [stage, why]));
      const written = orders.map((order) =>
        order.kind === 'show'
          ? { signal: city.signals[order.signal]!.id, show: order.state }
          : { signal: city.signals[order.signal]!.id, handBackToPhase: order.phase },
      );
      expect(answer.orders).toEqual(written);
    });
    await rm(folder, { recursive: true });
  });
});

async function readLines(file: string): Promise<unknown[]> {
  return (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
