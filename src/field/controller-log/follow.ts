import { MeasureEngine } from '../../measures/engine.ts';
import type { EventBatch } from '../../measures/event.ts';
import { UrbaneError } from '../../units/errors.ts';
import { getKind } from '../files.ts';
import { DamageReport } from './damage.ts';
import { readDetectors } from './detectors.ts';
import { DeviceIds } from './device-ids.ts';
import type { MeasureJob } from './measure.ts';
import { EventSubscription, isBroker } from './mqtt.ts';
import { TableFiles, type WrittenTable } from './table-files.ts';
import { FolderWatch } from './watch-folder.ts';

/** How late an event may come after a younger one of its controller, and how long the clock waits beyond that: rows lag by both. */
export const LIVE_SLACK_MS = 400;
export const CLOCK_LAG_MS = 300;
/** How often bins are ended and files looked after. */
export const TICK_MS = 100;
/** Files are written again when there are new rows, at most so often. */
const WRITE_EVERY_MS = 10_000;

export interface FollowJob extends Omit<MeasureJob, 'onProgress'> {
  readonly stop: AbortSignal;
  readonly onStatus?: (status: FollowStatus) => void;
}

/** How it stands. */
export interface FollowStatus {
  readonly events: number;
  readonly devices: number;
  /** Events that came too late, and those left out as damaged. */
  readonly late: number;
  /** Events over an hour ahead of now. */
  readonly early: number;
  readonly damaged: number;
}

/**
 * Measures events as they come, from folders that files come into and from MQTT brokers, until it is stopped: the
 * tables grow by the rows of each bin as it ends, and the files are written again. The clock ends a bin only where all
 * events are live; a folder's bins end when a file goes on past them.
 */
export async function followLog(job: FollowJob): Promise<FollowStatus & { tables: readonly WrittenTable[] }> {
  const { config, folder, zone, dialect, binMs, tables: wanted, faithful, format, device, stop, onStatus } = job;
  if (config === undefined) {
    throw new UrbaneError(
      'bad-usage',
      'Detectors are inferred from a whole log; to follow one they must be named.',
      'Give --config. `urbane measure` on a log of yesterday writes detectors.csv, which will do.',
    );
  }
  const { roles } = await readDetectors(config);
  const ids = new DeviceIds();
  const damage = new DamageReport();
  const engine = new MeasureEngine({
    dialect,
    roles,
    binMs,
    slackMs: LIVE_SLACK_MS,
    ...(wanted === undefined ? {} : { tables: wanted }),
    ...(faithful === undefined ? {} : { faithful }),
  });
  let events = 0;
  const onEvents = (batch: EventBatch): void => {
    events += batch.length;
    engine.push(batch);
  };
  const statusOf = (): FollowStatus => ({
    events,
    devices: ids.list.length,
    late: engine.late,
    early: engine.early,
    damaged: damage.count,
  });
  const files = await TableFiles.open(folder, zone);
  const watches: FolderWatch[] = [];
  const subscriptions: EventSubscription[] = [];
  try {
    await files.begin(engine.tables);
    for (const input of job.events) {
      if (isBroker(input)) subscriptions.push(await EventSubscription.open(input, ids, damage, onEvents));
      else if ((await getKind(input)) === 'folder') {
        watches.push(
          new FolderWatch(input, { zone, ids, damage, onEvents, ...(device === undefined ? {} : { device }) }),
        );
      } else
        throw new UrbaneError('bad-usage', `${input} is a file: it does not go on.`, 'Follow a folder or a broker.');
    }
    let hasNew = true;
    let writtenMs = Number.NEGATIVE_INFINITY;
    const tick = async (): Promise<void> => {
      if (watches.length === 0) engine.advance(Date.now() - CLOCK_LAG_MS);
      for (const table of engine.tables) {
        hasNew ||= table.length > 0;
        files.add(table);
      }
      if (hasNew && performance.now() - writtenMs >= WRITE_EVERY_MS) {
        await files.write(ids.list, format);
        writtenMs = performance.now();
        hasNew = false;
      }
      onStatus?.(statusOf());
    };
    const watching = Promise.all(watches.map((watch) => watch.run()));
    const broken = watching.then(() => new Promise<never>(() => {}));
    while (!stop.aborted) {
      await tick();
      await Promise.race([waitFor(stop, TICK_MS), broken]);
    }
    for (const watch of watches) watch.close();
    await watching;
    engine.finish();
    for (const table of engine.tables) files.add(table);
    return { ...statusOf(), tables: await files.write(ids.list, format) };
  } finally {
    for (const watch of watches) watch.close();
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
    files.close();
  }
}

function waitFor(stop: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stop.addEventListener('abort', end);
  });
}
