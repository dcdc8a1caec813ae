import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventBatch } from '../../measures/event.ts';
import { UrbaneError } from '../../units/errors.ts';
import { Zone } from '../../units/zone.ts';
import { openDuck, quoteText } from '../duck.ts';
import { DamageReport } from './damage.ts';
import { DeviceIds } from './device-ids.ts';
import { asc3Bytes, maxtimeText } from './encode.fixture.ts';
import { type FollowJob, type FollowStatus, followLog } from './follow.ts';
import { EventSubscription } from './mqtt.ts';
import { FolderWatch } from './watch-folder.ts';

const BEGIN = Date.UTC(2024, 4, 13, 15);
let folder: string;
let broker: Aedes;
let server: Server;
let address: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'urbane-follow-'));
  broker = await Aedes.createBroker();
  server = createServer(broker.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  address = `mqtt://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`;
});
afterAll(async () => {
  await new Promise<void>((resolve) => broker.close(() => resolve()));
  server.close();
  await rm(folder, { recursive: true });
});

const until = async (isSo: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 400 && !isSo(); tries++) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(isSo()).toBe(true);
};

function gather() {
  const ids = new DeviceIds();
  const damage = new DamageReport();
  const events: string[] = [];
  const onEvents = (batch: EventBatch): void => {
    for (let at = 0; at < batch.length; at++) {
      events.push(
        `${batch.devices[batch.device[at]!]} ${batch.timeMs[at]! - BEGIN} ${batch.code[at]} ${batch.parameter[at]}`,
      );
    }
  };
  return { ids, damage, events, onEvents };
}

describe('EventSubscription', () => {
  it('takes the events of messages that fit, and names those that do not', async () => {
    const { ids, damage, events, onEvents } = gather();
    const subscription = await EventSubscription.open(`${address}/city/events/+`, ids, damage, onEvents);
    const publisher = await connectAsync(address);
    const send = (device: string, message: unknown): Promise<unknown> =>
      publisher.publishAsync(`city/events/${device}`, typeof message === 'string' ? message : JSON.stringify(message), {
        qos: 1,
      });
    await send('7', {
      events: [
        { timeMs: BEGIN, code: 82, parameter: 5 },
        { timeMs: BEGIN + 100, code: 81, parameter: 5 },
      ],
    });
    await send('7', 'not JSON');
    await send('7', { events: [{ timeMs: BEGIN, code: 82, parameter: 5, plate: 'X 1' }] });
    await send('7', { events: [{ timeMs: 'now', code: 82, parameter: 5 }] });
    await send('8', { events: [{ timeMs: BEGIN + 200, code: 1, parameter: 2 }] });
    await until(() => events.length === 3);
    expect(events).toEqual(['7 0 82 5', '7 100 81 5', '8 200 1 2']);
    expect(damage.first.map(({ file }) => file)).toEqual(['city/events/7', 'city/events/7', 'city/events/7']);
    await publisher.endAsync();
    await subscription.close();
  });

  it('says when no broker answers', async () => {
    const { ids, damage, onEvents } = gather();
    const fault: unknown = await EventSubscription.open('mqtt://127.0.0.1:9/x', ids, damage, onEvents).catch(
      (error: unknown) => error,
    );
    expect(fault).toBeInstanceOf(UrbaneError);
    expect(String(fault)).toMatch(/127\.0\.0\.1:9 cannot be reached/);
  });
});

describe('FolderWatch', () => {
  it('reads each file once, when it has stopped growing', async () => {
    const { ids, damage, events, onEvents } = gather();
    const own = join(folder, 'inbox');
    await mkdir(own);
    const watch = new FolderWatch(own, { zone: new Zone('UTC'), ids, damage, onEvents });
    const whole = maxtimeText(
      [
        { timeMs: BEGIN, code: 1, parameter: 2 },
        { timeMs: BEGIN + 100, code: 8, parameter: 2 },
      ],
      '9',
    );
    await writeFile(join(own, 'a.xml'), whole.slice(0, whole.length - 60));
    const now = Date.now();
    await watch.look(now);
    expect(events).toEqual([]);
    await appendFile(join(own, 'a.xml'), whole.slice(whole.length - 60));
    await watch.look(now + 1500);
    expect(events).toEqual([]);
    await watch.look(now + 4000);
    expect(events).toEqual(['9 0 1 2', '9 100 8 2']);
    await watch.look(now + 8000);
    expect(events).toHaveLength(2);
    expect(damage.count).toBe(0);
  });

  it('reports a file that cannot be read, and reads it when it was replaced', async () => {
    const { ids, damage, events, onEvents } = gather();
    const own = join(folder, 'damaged');
    await mkdir(own);
    const watch = new FolderWatch(own, { zone: new Zone('UTC'), ids, damage, onEvents });
    await writeFile(join(own, '5_ECON_x.dat'), 'no log');
    await writeFile(join(own, 'table.csv'), 'TimeStamp,DeviceId,EventId,Parameter\n2024-05-13 15:00:01,7,82,5\n');
    const now = Date.now() + 5000;
    await watch.look(now);
    expect(damage.first.map(({ file, place }) => `${file} ${place}`)).toEqual(['5_ECON_x.dat whole file']);
    expect(events).toEqual(['7 1000 82 5']);
    await writeFile(join(own, '5_ECON_x.dat'), asc3Bytes(BEGIN, 'x', [{ timeMs: BEGIN + 500, code: 4, parameter: 2 }]));
    await watch.look(now + 1000);
    await watch.look(now + 4000);
    expect(events).toEqual(['7 1000 82 5', '5 500 4 2']);
    expect(damage.count).toBe(1);
  });
});

describe('followLog', () => {
  const put = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const jobOf = async (changes: Partial<FollowJob>): Promise<FollowJob> => ({
    events: [],
    config: await put('detectors.csv', 'DeviceId,Phase,Function,Parameter\n7,2,Advance,5\n'),
    folder: join(folder, 'live'),
    zone: new Zone('UTC'),
    dialect: 'oregon',
    binMs: 60_000,
    format: 'parquet',
    stop: new AbortController().signal,
    ...changes,
  });

  it('measures live events; the bins that are over and, at the end, the open ones are in the files', async () => {
    const stop = new AbortController();
    let status: FollowStatus | null = null;
    const job = await jobOf({
      events: [`${address}/live/+`],
      tables: ['actuations'],
      stop: stop.signal,
      onStatus: (now) => {
        status = now;
      },
    });
    const following = followLog(job);
    await until(() => status !== null);
    const publisher = await connectAsync(address);
    const now = Date.now();
    const hits = (timeMs: number, count: number) =>
      Array.from({ length: count }, (_, at) => ({ timeMs: timeMs + at * 100, code: 82, parameter: 5 }));
    await publisher.publishAsync('live/7', JSON.stringify({ events: [...hits(now - 120_000, 3), ...hits(now, 2)] }), {
      qos: 1,
    });
    await until(() => status?.events === 5);
    await publisher.endAsync();
    stop.abort();
    const end = await following;
    expect(end).toMatchObject({ events: 5, devices: 1, late: 0, damaged: 0 });
    const duck = await openDuck();
    const rows = await duck.runAndReadAll(
      `SELECT Total FROM ${quoteText(join(job.folder, 'actuations.parquet'))} WHERE Total > 0`,
    );
    expect(rows.getRows().flat()).toEqual([3, 2]);
    duck.closeSync();
  });

  it('says what it needs', async () => {
    const { config: _, ...without } = await jobOf({ events: [address] });
    await expect(followLog(without)).rejects.toThrow(/must be named/);
    await expect(followLog(await jobOf({ events: [await put('one.csv', 'x')] }))).rejects.toThrow(/does not go on/);
  });
});
