import type { EventBatch } from './event.ts';
import type { Table } from './table.ts';

/**
 * A measure that is fed with the events of a log, live or in batch, and puts rows into its tables as soon as they are
 * final. It keeps what it needs of the past and no more: whoever reads the tables may `clear` them at any time.
 */
export interface Measure {
  readonly tables: readonly Table[];
  /**
   * Takes the events `from` to `to` (exclusive) of a batch. Times never go back, over all devices and from one call to
   * the next; events of one time keep the order of the log. The batch is reused: nothing may be kept of it.
   */
  push(batch: EventBatch, from: number, to: number): void;
  /** The log ends at `endMs`: rows of unfinished bins come out. */
  finish(endMs: number): void;
}
