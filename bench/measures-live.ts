import { fork } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { DamageReport } from '../src/field/controller-log/damage.ts';
import { readDetectors } from '../src/field/controller-log/detectors.ts';
import { DeviceIds } from '../src/field/controller-log/device-ids.ts';
import { CLOCK_LAG_MS, LIVE_SLACK_MS, TICK_MS } from '../src/field/controller-log/follow.ts';
import { ControllerLog } from '../src/field/controller-log/log.ts';
import { EventSubscription } from '../src/field/controller-log/mqtt.ts';
import { MeasureEngine } from '../src/measures/engine.ts';
import { Zone } from '../src/units/zone.ts';

const SIGNALS = 1000;
const SECONDS = 60;
const SEND_MS = 100;
/** Signals whose open bins are asked for at every tick, as if so many pages were open. */
const PAGES = 10;
const OREGON = 'controller-logs/shawnstrasser-atspm/tests';

/**
 * Live: the events of the three Oregon controllers, each standing for a third of 1,000 signals, from a broker in a
 * process of its own at the pace they were logged (some 7,600 a second). Told is the time from an event to the moment
 * when `current` gives a row that holds it, and the memory of the measuring process.
 */
export async function printLive(data: string): Promise<void> {
  const source = fork(fileURLToPath(import.meta.url), [data], { execArgv: process.execArgv });
  const address = await new Promise<string>((resolve) => source.once('message', (found) => resolve(String(found))));
  const { roles } = await readDetectors(join(data, OREGON, 'configs_test_data.parquet'));
  const real = [...new Set(roles.map(({ device }) => device))];
  const engine = new MeasureEngine({
    dialect: 'oregon',
    roles: Array.from({ length: SIGNALS }, (_, signal) =>
      roles
        .filter(({ device }) => device === real[signal % real.length])
        .map((role) => ({ ...role, device: `${signal}` })),
    ).flat(),
    binMs: 900_000,
    slackMs: LIVE_SLACK_MS,
  });
  const damage = new DamageReport();
  const ids = new DeviceIds();
  const waiting: { readonly device: number; readonly timeMs: number }[] = [];
  const roadsMs: number[] = [];
  const newestMs: number[] = [];
  const delaysMs: number[] = [];
  const currentMs: number[] = [];
  let events = 0;
  const subscription = await EventSubscription.open(address, ids, damage, (batch) => {
    events += batch.length;
    roadsMs.push(Date.now() - batch.timeMs[batch.length - 1]!);
    for (let at = 0; at < batch.length; at++) {
      const [device, timeMs] = [batch.device[at]!, batch.timeMs[at]!];
      waiting.push({ device, timeMs });
      newestMs[device] = Math.max(newestMs[device] ?? 0, timeMs);
    }
    engine.push(batch);
  });
  source.send('go');
  const before = process.cpuUsage();
  const megabytes: string[] = [];
  const begunMs = performance.now();
  const spentS = (): number => (performance.now() - begunMs) / 1000;
  for (let tick = 0; spentS() < SECONDS; tick++) {
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    const clockMs = Date.now() - CLOCK_LAG_MS;
    engine.advance(clockMs);
    for (const table of engine.tables) table.clear();
    const startMs = performance.now();
    for (let page = 0; page < PAGES; page++) engine.current((tick * PAGES + page) % SIGNALS);
    currentMs.push((performance.now() - startMs) / PAGES);
    const endMs = Date.now();
    let kept = 0;
    for (const event of waiting) {
      const outMs = Math.max(clockMs, newestMs[event.device] ?? 0) - LIVE_SLACK_MS;
      if (event.timeMs < outMs) delaysMs.push(endMs - event.timeMs);
      else waiting[kept++] = event;
    }
    waiting.length = kept;
    if (spentS() > megabytes.length * 10) megabytes.push(`${Math.round(process.memoryUsage().rss / 2 ** 20)}`);
  }
  const { user, system } = process.cpuUsage(before);
  const seconds = spentS();
  await subscription.close();
  source.kill();
  const rank = (values: readonly number[], share: number): string => {
    const sorted = [...values].sort((a, b) => a - b);
    return (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(values === currentMs ? 2 : 0);
  };
  process.stdout.write(
    `live: ${ids.list.length} signals, ${Math.round(events / seconds)} events/s over ${seconds.toFixed(0)} s, ${engine.late} late, ${damage.count} damaged
event to updated measure: median ${rank(delaysMs, 0.5)} ms, 99 % ${rank(delaysMs, 0.99)} ms, worst ${rank(delaysMs, 1)} ms (${LIVE_SLACK_MS} ms of it waiting for earlier ones); of it on the way through the broker: median ${rank(roadsMs, 0.5)} ms, 99 % ${rank(roadsMs, 0.99)} ms, worst ${rank(roadsMs, 1)} ms
the open bins of a signal, all tables: median ${rank(currentMs, 0.5)} ms, worst ${rank(currentMs, 1)} ms
processor time of the measuring process: ${((user + system) / 1e4 / seconds).toFixed(0)} % of one core
memory of the process every 10 s: ${megabytes.join(', ')} MB\n`,
  );
}

/** The other process: a broker, and the controllers that send to it. */
async function serve(data: string): Promise<void> {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  const address = `mqtt://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`;
  const log = await ControllerLog.open([join(data, OREGON, 'hires_test_data.parquet')], { zone: new Zone('UTC') });
  const logs = new Map<number, { timeMs: number; code: number; parameter: number }[]>();
  let first = Number.NaN;
  for await (const batch of log.batches()) {
    for (let event = 0; event < batch.length; event++) {
      if (Number.isNaN(first)) first = batch.timeMs[event]!;
      const device = batch.device[event]!;
      if (!logs.has(device)) logs.set(device, []);
      logs.get(device)?.push({
        timeMs: batch.timeMs[event]! - first,
        code: batch.code[event]!,
        parameter: batch.parameter[event]!,
      });
    }
  }
  log.close();
  process.on('message', () => void send(address, [...logs.values()]));
  process.send?.(`${address}/live/+`);
}

/** Each of the 1,000 sends what it logged in the last 0.1 s, all at moments of their own. */
async function send(
  address: string,
  logs: readonly { timeMs: number; code: number; parameter: number }[][],
): Promise<void> {
  const client = await connectAsync(address);
  const startMs = Date.now();
  // Signals of one log are a part of a minute apart.
  const places = Array.from({ length: SIGNALS }, () => 0);
  const shiftOf = (signal: number): number => (signal * 61) % 60_000;
  for (let signal = 0; signal < SIGNALS; signal++) {
    const log = logs[signal % logs.length] ?? [];
    places[signal] = log.findIndex(({ timeMs }) => timeMs >= shiftOf(signal));
  }
  setInterval(() => {
    const nowMs = Date.now();
    for (let signal = 0; signal < SIGNALS; signal++) {
      const log = logs[signal % logs.length] ?? [];
      const events = [];
      for (let place = places[signal]!; place < log.length; place++) {
        const event = log[place]!;
        const timeMs = startMs + event.timeMs - shiftOf(signal);
        if (timeMs > nowMs) break;
        events.push({ ...event, timeMs });
        places[signal] = place + 1;
      }
      if (events.length > 0) client.publish(`live/${signal}`, JSON.stringify({ events }));
    }
  }, SEND_MS);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve(process.argv[2] ?? '');
