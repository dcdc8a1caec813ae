import { join } from 'node:path';
import { type ConfigurationFinding, ConfigurationLearner, compareConfiguration } from '../../measures/configuration.ts';
import type { Corridor } from '../../measures/corridor.ts';
import { MeasureEngine, type MeasureOptions } from '../../measures/engine.ts';
import type { DetectorRole, EventBatch } from '../../measures/event.ts';
import { adviseOffsets, type OffsetAdvice } from '../../measures/link-pivot.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { DamageReport } from './damage.ts';
import { readDetectors, writeDetectors } from './detectors.ts';
import { ControllerLog, type LogOptions } from './log.ts';
import { TableFiles, type WrittenTable } from './table-files.ts';

/** Rows a table gathers in memory before they go to where its file is made. */
const FLUSH_ROWS = 50_000;

export interface MeasureJob extends LogOptions, Omit<MeasureOptions, 'roles' | 'slackMs'> {
  /** Logs, or folders of them. */
  readonly events: readonly string[];
  /** Table of the detectors; without it they are inferred from the log. */
  readonly config?: string;
  readonly folder: string;
  readonly format: 'parquet' | 'csv';
  /** Signals along a street, in order, whose offsets are to be advised. */
  readonly corridors?: readonly Corridor[];
  /** How far: 0 to 1, and what is being done. */
  readonly onProgress?: (share: number, words: string) => void;
}

/** What was read, found and written. */
export interface MeasureReport {
  readonly events: number;
  /** UTC milliseconds of the first and last event. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly devices: readonly string[];
  readonly damaged: Pick<DamageReport, 'count' | 'first'>;
  /** Exact repetitions of an event, counted once. */
  readonly repeated: number;
  /** Events left out because their parameter is out of range. */
  readonly unfit: number;
  readonly detectors: {
    readonly roles: readonly DetectorRole[];
    /** Where they are inferred: their table, to be looked at, corrected and given as configuration. */
    readonly file: string | null;
    /** Rows of the configuration with a function that no measure uses. */
    readonly unused: number;
  };
  readonly findings: readonly ConfigurationFinding[];
  /** For each signal of each corridor. */
  readonly offsets: readonly { readonly corridor: string; readonly advice: readonly OffsetAdvice[] }[];
  readonly tables: readonly WrittenTable[];
}

/**
 * Measures the logs into one file per table: in one pass where the detectors are given, in two where they are inferred
 * first. Memory holds what is open in each bin, not the log. Throws UrbaneError as the readers do.
 */
export async function measureLog(job: MeasureJob): Promise<MeasureReport> {
  const { folder, zone, format, config, onProgress = () => {} } = job;
  const given = config === undefined ? null : await readDetectors(config);
  const files = await TableFiles.open(folder, zone);
  let log: ControllerLog | null = null;
  try {
    onProgress(0, 'opening the log');
    log = await ControllerLog.open(job.events, job);
    const learner = new ConfigurationLearner();
    if (given === null) {
      await readThrough(log, 'inferring the detectors', onProgress, (batch) => learner.push(batch, 0, batch.length));
    }
    const inferred = given === null ? learner.infer() : null;
    const roles = given?.roles ?? inferred?.roles ?? [];
    if (inferred !== null) await writeDetectors(join(folder, 'detectors.csv'), inferred.roles);
    const { dialect, binMs, tables, faithful } = job;
    // The log comes in order of time: nothing has to be waited for.
    const engine = new MeasureEngine({
      dialect,
      roles,
      binMs,
      slackMs: 0,
      ...(tables === undefined ? {} : { tables }),
      ...(faithful === undefined ? {} : { faithful }),
    });
    await files.begin(engine.tables);
    const span = await readThrough(log, 'measuring', onProgress, (batch) => {
      engine.push(batch);
      if (given !== null) learner.push(batch, 0, batch.length);
      for (const table of engine.tables) if (table.length >= FLUSH_ROWS) files.add(table);
    });
    engine.finish();
    const offsets = adviseAlong(job.corridors ?? [], engine, log.devices);
    for (const table of engine.tables) files.add(table);
    return {
      ...span,
      devices: [...log.devices],
      damaged: log.damage,
      repeated: engine.repeated,
      unfit: engine.unfit,
      detectors: { roles, file: given === null ? join(folder, 'detectors.csv') : null, unused: given?.others ?? 0 },
      findings: given === null ? [] : compareConfiguration(given.roles, learner.infer()),
      offsets,
      tables: await files.write(log.devices, format),
    };
  } finally {
    log?.close();
    files.close();
  }
}

function adviseAlong(
  corridors: readonly Corridor[],
  engine: MeasureEngine,
  devices: readonly string[],
): MeasureReport['offsets'] {
  const profiles = engine.tables.find((table) => table.name === 'offset_profile');
  return corridors.map(({ name, stops }) => {
    const lost = stops.find((stop) => !devices.includes(stop.device));
    if (lost !== undefined) {
      const known = `It has: ${devices.join(', ')}.`;
      throw new UrbaneError('bad-input', `The log has no controller "${lost.device}" of corridor "${name}".`, known);
    }
    if (profiles !== undefined) return { corridor: name, advice: adviseOffsets(stops, profiles, devices) };
    throw new UrbaneError(
      'bad-usage',
      'Offsets need the measure offset_profile.',
      'Add it to --measures, or leave that out.',
    );
  });
}

/** Feeds all batches to `take`; how many events they held and from when to when. */
async function readThrough(
  log: ControllerLog,
  words: string,
  onProgress: (share: number, words: string) => void,
  take: (batch: EventBatch) => void,
): Promise<{ events: number; fromMs: number; toMs: number }> {
  let events = 0;
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for await (const batch of log.batches()) {
    if (batch.length === 0) continue;
    fromMs = Math.min(fromMs, batch.timeMs[0]!);
    toMs = Math.max(toMs, batch.timeMs[batch.length - 1]!);
    events += batch.length;
    take(batch);
    onProgress(Math.min(1, events / log.rows), words);
  }
  if (events > 0) return { events, fromMs, toMs };
  throw new UrbaneError('bad-input', 'The log holds no event that can be read.', 'Check its columns and its times.');
}
