import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { MapDocument, State } from '../../src/server/wire.ts';

const URBANE = fileURLToPath(new URL('../../bin/urbane.js', import.meta.url));
const CROSS = fileURLToPath(new URL('../../fixtures/valid/cross', import.meta.url));
const INVALID = fileURLToPath(new URL('../../fixtures/invalid', import.meta.url));

interface Started {
  readonly process: ChildProcess;
  readonly text: { out: string; error: string };
}

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function start(...args: string[]): Started {
  const child = spawn(process.execPath, [URBANE, 'start', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  const text = { out: '', error: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.error += chunk;
  });
  return { process: child, text };
}

async function addressOf({ process: child, text }: Started): Promise<string> {
  for (let i = 0; i < 600 && !text.out.includes('\n'); i++) {
    if (child.exitCode !== null) expect.fail(`ended with ${child.exitCode}: ${text.error}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return text.out.trim();
}

async function exitOf({ process: child }: Started): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  await once(child, 'exit');
  return child.exitCode;
}

const read = async <T>(address: string, path: string): Promise<T> =>
  (await fetch(`${address}${path}`)).json() as Promise<T>;

/** The first snapshot of a live stream. */
async function firstSnapshot(address: string): Promise<State> {
  const response = await fetch(`${address}/api/live`);
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    const found = /event: snapshot\ndata: (.*)\n\n/.exec(text)?.[1];
    if (found !== undefined) return JSON.parse(found) as State;
  }
  throw new Error('the stream ended');
}

describe('urbane start', { timeout: 120_000 }, () => {
  it('serves a scenario, the same to all, and ends at once on Ctrl-C with its pages open', async () => {
    const started = start(CROSS, '--port', '0', '--speed', '20');
    const address = await addressOf(started);
    const map = await read<MapDocument>(address, '/api/city');
    const [one, two] = await Promise.all([firstSnapshot(address), firstSnapshot(address)]);
    expect(one.cityVersion).toBe(map.version);
    expect(Math.abs(one.clock.timeMs - two.clock.timeMs)).toBeLessThanOrEqual(8000);
    await fetch(`${address}/api/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"paused": true}',
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const [three, four] = await Promise.all([firstSnapshot(address), firstSnapshot(address)]);
    expect(three).toEqual(four);
    const signalled = map.junctions.find(({ signal }) => signal >= 0)?.id ?? '';
    expect(await read(address, `/api/junctions/${encodeURIComponent(signalled)}`)).toMatchObject({
      id: signalled,
      runs: { with: { lamps: expect.stringMatching(/^[GgyurosO]+$/) }, without: {} },
    });
    const open = await fetch(`${address}/api/live`);
    const begunMs = performance.now();
    started.process.kill('SIGINT');
    expect(await exitOf(started)).toBe(0);
    expect(performance.now() - begunMs).toBeLessThan(5000);
    await open.body?.cancel().catch(() => undefined);
    await expect(fetch(address)).rejects.toThrow();
  });

  it('refuses a port in use with a sentence, a remedy and exit code 6', async () => {
    const taken: Server = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const where = taken.address();
    const port = typeof where === 'object' && where !== null ? where.port : 0;
    const started = start(CROSS, '--port', String(port));
    expect(await exitOf(started)).toBe(6);
    expect(started.text.error).toContain(`Port ${port} of 127.0.0.1 is taken`);
    expect(started.text.error).toContain('--port');
    taken.close();
  });

  it.each([
    ['a scenario that is not there', ['/nowhere/at/all'], 3],
    ['a damaged network', [`${INVALID}/truncated.sumocfg`], 4],
    ['a controller nobody knows', [CROSS, '--controller', 'wishful'], 2],
    ['a port that is none', [CROSS, '--port', '70000'], 2],
    ['a speed beyond the clock', [CROSS, '--speed', '1000'], 2],
  ])('refuses %s and leaves nothing running', async (_what, args, code) => {
    const started = start(...args);
    expect(await exitOf(started)).toBe(code);
    expect(started.text.error.trim().length).toBeGreaterThan(20);
    expect(started.text.error).not.toMatch(/\n\s+at /);
  });
});
