import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeEvent, LiveStream } from './live.ts';

let live: LiveStream;
let server: Server;
let port: number;
let responses: ServerResponse[];

beforeEach(async () => {
  live = new LiveStream();
  responses = [];
  server = createServer((_request, response) => {
    responses.push(response);
    live.open(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  live.close();
  await new Promise((resolve) => server.close(resolve));
});

function open(): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get({ port, host: '127.0.0.1' }, resolve).on('error', reject));
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}

function collect(response: IncomingMessage): { text: string } {
  const collected = { text: '' };
  response.setEncoding('utf8').on('data', (chunk: string) => {
    collected.text += chunk;
  });
  response.on('error', () => {});
  return collected;
}

describe('the live stream', () => {
  it('gives every page the same bytes, and a late one the newest of each kind at once', async () => {
    live.publish('history', encodeEvent('history', { n: 1 }));
    live.publish('snapshot', encodeEvent('snapshot', { n: 2 }));
    live.publish('snapshot', encodeEvent('snapshot', { n: 3 }));
    const one = collect(await open());
    const two = collect(await open());
    await until(() => live.clients === 2);
    live.publish('snapshot', encodeEvent('snapshot', { n: 4 }));
    await until(() => one.text.includes('"n":4') && two.text.includes('"n":4'));
    expect(one.text).toBe(two.text);
    expect(one.text).toContain('event: history\ndata: {"n":1}\n\n');
    expect(one.text).not.toContain('"n":2');
  });

  it('keeps little for a page that does not read, and lets it miss snapshots', async () => {
    const slow = await open();
    slow.pause();
    slow.on('error', () => {});
    await until(() => live.clients === 1);
    const filling = 'x'.repeat(500_000);
    let unsent = 0;
    for (let i = 0; i < 100; i++) {
      live.publish('snapshot', encodeEvent('snapshot', { filling }));
      unsent = Math.max(unsent, ...responses.map(({ writableLength }) => writableLength));
    }
    expect(unsent).toBeGreaterThan(1_000_000);
    expect(unsent).toBeLessThan(3_000_000);
    slow.destroy();
    await until(() => live.clients === 0);
  });

  it('forgets a page that has gone', async () => {
    const page = await open();
    page.on('error', () => {});
    await until(() => live.clients === 1);
    page.destroy();
    await until(() => live.clients === 0);
  });
});
