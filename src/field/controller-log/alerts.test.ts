import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EVENT } from '../../measures/event.ts';
import type { Alert } from '../../watch/alert.ts';
import { followAlerts } from './alerts.ts';
import type { EventMessage } from './mqtt.ts';

let broker: Aedes;
let server: Server;
let address: string;

beforeAll(async () => {
  broker = await Aedes.createBroker();
  server = createServer(broker.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  address = `mqtt://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}/city/events/+`;
});
afterAll(async () => {
  await new Promise<void>((resolve) => broker.close(() => resolve()));
  server.close();
});

it('tells live alerts of a real broker within seconds, and when they are over', async () => {
  const told: Alert[] = [];
  const stop = new AbortController();
  const following = followAlerts([address], [], stop.signal, (alerts) => told.push(...alerts));
  const publisher = await connectAsync(address.replace(/\/city.*/, ''));
  const send = (events: EventMessage['events']): Promise<unknown> =>
    publisher.publishAsync('city/events/7', JSON.stringify({ events }), { qos: 1 });
  const hit = (timeMs: number): EventMessage['events'] => [
    { timeMs, code: EVENT.detectorOn, parameter: 3 },
    { timeMs: timeMs + 200, code: EVENT.detectorOff, parameter: 3 },
  ];
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let tries = 0; tries < 400 && !isSo(); tries++) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(isSo()).toBe(true);
  };
  // Half an hour of hits, three seconds apart, that ended 70 s ago: the line is dead.
  const lastMs = Date.now() - 70_000;
  const hits = Array.from({ length: 600 }, (_, at) => hit(lastMs - (599 - at) * 3000)).flat();
  await until(() => broker.connectedClients === 2);
  await send(hits);
  await until(() => told.length === 1);
  expect(told[0]).toMatchObject({ kind: 'data-loss', devices: ['7'], untilMs: null });
  await send(hit(Date.now() - 3000));
  await send(hit(Date.now() - 1000));
  await until(() => told.length === 2);
  expect(told[1]).toMatchObject({ kind: 'data-loss', devices: ['7'] });
  expect(told[1]!.untilMs).not.toBeNull();
  stop.abort();
  await following;
  await publisher.endAsync();
}, 30_000);
