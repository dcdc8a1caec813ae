import { ConfigurationLearner } from '../../measures/configuration.ts';
import type { DetectorRole } from '../../measures/event.ts';
import type { Alert } from '../../watch/alert.ts';
import { EventWatch } from '../../watch/events.ts';
import type { DamageReport } from './damage.ts';
import { ControllerLog, type LogOptions } from './log.ts';

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
