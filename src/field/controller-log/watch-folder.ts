import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { EventBatch } from '../../measures/event.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { Zone } from '../../units/zone.ts';
import type { DamageReport } from './damage.ts';
import type { DeviceIds } from './device-ids.ts';
import { ControllerLog, isLogName, isRawName, readRawFile } from './log.ts';

const POLL_MS = 1000;
/** A file that has not grown for so long is whole. */
const SETTLED_MS = 2000;

export interface WatchOptions {
  readonly zone: Zone;
  readonly device?: string;
  readonly ids: DeviceIds;
  readonly damage: DamageReport;
  readonly onEvents: (batch: EventBatch) => void;
}

/** What is known of a file: how it stood when last seen, or that it was read. */
interface Seen {
  size: number;
  mtimeMs: number;
  stillSinceMs: number;
  /** A file is read once; one that could not be, again when it has changed. */
  state: 'new' | 'read' | 'failed';
}

/**
 * Reads the logs that are in a folder and those that come into it, each once, when it has stopped growing; a file that
 * cannot be read is reported and left alone until it changes. The folder is looked at every second: network shares
 * announce nothing.
 */
export class FolderWatch {
  readonly #folder: string;
  readonly #options: WatchOptions;
  readonly #seen = new Map<string, Seen>();
  #ended = false;
  #wake: () => void = () => {};

  constructor(folder: string, options: WatchOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** Watches until `close`. */
  async run(): Promise<void> {
    while (!this.#ended) {
      await this.look(Date.now());
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#ended = true;
    this.#wake();
  }

  /** One look at the folder: reads what is whole and new, in the order of the names. @param nowMs the clock */
  async look(nowMs: number): Promise<void> {
    for (const name of await this.#list()) {
      const path = join(this.#folder, name);
      const found = await stat(path).catch(() => null);
      if (found === null || !found.isFile()) continue;
      const seen = this.#seen.get(name);
      if (seen === undefined || seen.size !== found.size || seen.mtimeMs !== found.mtimeMs) {
        const stillSinceMs = seen === undefined ? Math.min(nowMs, found.mtimeMs) : nowMs;
        const state = seen?.state === 'read' ? 'read' : 'new';
        this.#seen.set(name, { size: found.size, mtimeMs: found.mtimeMs, stillSinceMs, state });
      }
      const now = this.#seen.get(name)!;
      if (now.state !== 'new' || now.size === 0 || nowMs - now.stillSinceMs < SETTLED_MS) continue;
      now.state = (await this.#read(path)) ? 'read' : 'failed';
    }
  }

  /** Logs in the folder; none while it cannot be listed, as when a share is away for a moment. */
  async #list(): Promise<string[]> {
    try {
      return (await readdir(this.#folder, { recursive: true })).filter(isLogName).sort();
    } catch (fault) {
      const why = fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
      this.#options.damage.add(this.#folder, 'folder', `it cannot be listed (${why})`);
      return [];
    }
  }

  async #read(path: string): Promise<boolean> {
    const { zone, device, ids, damage, onEvents } = this.#options;
    try {
      if (isRawName(path)) {
        onEvents(await readRawFile(path, { zone, ids, damage }, device));
        return true;
      }
      const log = await ControllerLog.open([path], { zone, ids, damage });
      try {
        for await (const batch of log.batches()) onEvents(batch);
      } finally {
        log.close();
      }
      return true;
    } catch (fault) {
      if (!(fault instanceof UrbaneError)) throw fault;
      damage.add(basename(path), 'whole file', fault.message);
      return false;
    }
  }
}
