import { ConfigurationLearner } from '../../measures/configuration.ts';
import { type DetectorRole, EventBuffer } from '../../measures/event.ts';
import { EventOrder } from '../../measures/order.ts';
import type { Alert } from '../../watch/alert.ts';
import { EventWatch } from '../../watch/events.ts';
import { DamageReport } from './damage.ts';
import { DeviceIds } from './device-ids.ts';
import { LIVE_SLACK_MS } from './follow.ts';
import { ControllerLog, type LogOptions } from './log.ts';
import { EventSubscription } from './mqtt.ts';

/** What a log was found to tell. */
export interface LogAlerts {
  readonly alerts: readonly Alert[];
  readonly devices: readonly string[];
  readonly events: number;
  /** UTC ms of the first and the last event. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly damage: DamageReport;
}

/**
 * Watches logs from beginning to end as if they came live. Split failures need the roles of the detectors: without
 * them (null) they are inferred in a first pass. Throws UrbaneError as `ControllerLog.open` does.
 */
export async function watchLog(
  paths: readonly string[],
  roles: readonly DetectorRole[] | null,
  options: LogOptions,
  onProgress: (share: number) => void,
): Promise<LogAlerts> {
  const log = await ControllerLog.open(paths, options);
  const passes = roles === null ? 2 : 1;
  let events = 0;
  const read = async function* () {
    for await (const batch of log.batches()) {
      events += batch.length;
      onProgress(Math.min(1, events / (passes * Math.max(1, log.rows))));
      yield batch;
    }
  };
  try {
    const learner = new ConfigurationLearner();
    if (roles === null) for await (const batch of read()) learner.push(batch, 0, batch.length);
    const watch = new EventWatch(roles ?? learner.infer().roles);
    let fromMs = Number.NaN;
    let toMs = Number.NaN;
    for await (const batch of read()) {
      if (batch.length === 0) continue;
      watch.push(batch, 0, batch.length);
      if (Number.isNaN(fromMs)) fromMs = batch.timeMs[0]!;
      toMs = batch.timeMs[batch.length - 1]!;
    }
    if (toMs > 0) watch.finish(toMs);
    return { alerts: watch.alerts, devices: log.devices, events: events / passes, fromMs, toMs, damage: log.damage };
  } finally {
    log.close();
  }
}

/** How often a live watch looks for what did not come. */
const TICK_MS = 1000;

/**
 * Watches live events of brokers (mqtt://HOST/TOPIC) until it is stopped and tells alerts when they are raised and when
 * they are over. A controller's own clock orders its events; the time they arrive shows whether it is right.
 * Throws UrbaneError `unreachable` when no broker answers.
 */
export async function followAlerts(
  brokers: readonly string[],
  roles: readonly DetectorRole[],
  stop: AbortSignal,
  onChange: (alerts: readonly Alert[], devices: readonly string[]) => void,
): Promise<void> {
  const ids = new DeviceIds();
  const watch = new EventWatch(roles);
  const ready = new EventBuffer(ids.list);
  const order = new EventOrder(LIVE_SLACK_MS, (device, timeMs, code, parameter) => {
    ready.push(timeMs, device, code, parameter);
  });
  const subscriptions: EventSubscription[] = [];
  const tell = (): void => {
    const changed = watch.takeChanged();
    if (changed.length > 0) onChange(changed, ids.list);
  };
  try {
    for (const broker of brokers) {
      subscriptions.push(
        await EventSubscription.open(broker, ids, new DamageReport(), (batch) => {
          order.push(batch);
          watch.push(ready, 0, ready.length, Date.now());
          ready.clear();
          tell();
        }),
      );
    }
    while (!stop.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, TICK_MS);
        stop.onabort = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      watch.tick(Date.now());
      tell();
    }
  } finally {
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
  }
}
