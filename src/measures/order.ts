import type { EventBatch } from './event.ts';
import { TimeQueue } from './time-queue.ts';

/** Takes one event in order: time in UTC ms, code and parameter as in `EventBatch`. */
export type OrderedSink = (device: number, timeMs: number, code: number, parameter: number) => void;

/** Events of one controller that wait for earlier ones: code and parameter in one whole number, for ties. */
class Waiting {
  readonly events = new TimeQueue();
  newestMs = Number.NEGATIVE_INFINITY;
  /** Everything before this time has been given out. */
  horizonMs = Number.NEGATIVE_INFINITY;
  /** When, by the clock of `advance`, its last events came; NaN before the first. */
  cameMs = Number.NaN;
  lastMs = Number.NaN;
  lastValue = Number.NaN;
}

/** How far a controller's clock may be ahead, live. */
const FARTHEST_AHEAD_MS = 3_600_000;
const LONGEST_RUN_ON_MS = 2000;
const PARAMETERS = 2 ** 32;
const LOWEST_PARAMETER = -(2 ** 31);

/**
 * Puts the events of each controller in order of time, then code, then parameter, and drops exact repetitions: an event
 * waits until its controller has logged one `slackMs` later. Controllers do not wait for one another, so a log sorted
 * by controller, or one controller whose link was down, is as good as any. An event that comes later than the slack is
 * dropped and counted. The result does not depend on how the log is cut into batches.
 */
export class EventOrder {
  /** Events dropped because they came later than the slack allows. */
  late = 0;
  /** Events dropped because, live, their time is over an hour ahead of now: a clock is wrong. */
  early = 0;
  /** Exact repetitions dropped. */
  repeated = 0;
  private nowMs = Number.NaN;
  private readonly slackMs: number;
  private readonly sink: OrderedSink;
  private readonly waiting: (Waiting | undefined)[] = [];
  private readonly touched = new Set<number>();

  /** @param slackMs how much later than a younger event of the same controller an event may come */
  constructor(slackMs: number, sink: OrderedSink) {
    this.slackMs = slackMs;
    this.sink = sink;
  }

  /** Takes the events `from` to `to` (exclusive); nothing of the batch is kept. */
  push(batch: EventBatch, from = 0, to = batch.length): void {
    const { timeMs, device, code, parameter } = batch;
    let last = -1;
    for (let at = from; at < to; at++) {
      const id = device[at]!;
      if (id !== last) {
        this.touched.add(id);
        last = id;
      }
      let queue = this.waiting[id];
      if (queue === undefined) {
        queue = new Waiting();
        this.waiting[id] = queue;
      }
      const time = timeMs[at]!;
      if (time < queue.horizonMs) {
        this.late++;
        continue;
      }
      if (time > this.nowMs + FARTHEST_AHEAD_MS) {
        this.early++;
        continue;
      }
      if (time > queue.newestMs) {
        queue.newestMs = time;
        queue.horizonMs = Math.max(queue.horizonMs, time - this.slackMs);
      }
      queue.events.insert(time, code[at]! * PARAMETERS + parameter[at]! - LOWEST_PARAMETER);
    }
    for (const id of this.touched) {
      const queue = this.waiting[id]!;
      queue.cameMs = this.nowMs;
      this.release(id, queue, queue.horizonMs);
    }
    this.touched.clear();
  }

  /**
   * Live: it is `nowMs`. A controller's own clock is taken to have run on since its last events, however far behind it
   * is, but 2 s at most: what a controller that was cut off logged meanwhile may still come.
   */
  advance(nowMs: number): void {
    this.nowMs = nowMs;
    for (let id = 0; id < this.waiting.length; id++) {
      const queue = this.waiting[id];
      if (queue === undefined) continue;
      if (Number.isNaN(queue.cameMs)) queue.cameMs = nowMs;
      const sinceMs = Math.min(nowMs - queue.cameMs, LONGEST_RUN_ON_MS);
      queue.horizonMs = Math.max(queue.horizonMs, queue.newestMs + sinceMs - this.slackMs);
      this.release(id, queue, queue.horizonMs);
    }
  }

  /** Time before which every event of a controller has been given out. */
  horizonOf(device: number): number {
    return this.waiting[device]?.horizonMs ?? Number.NEGATIVE_INFINITY;
  }

  /** The log ends: every event that waits is given out. */
  finish(): void {
    for (let id = 0; id < this.waiting.length; id++) {
      const queue = this.waiting[id];
      if (queue !== undefined) this.release(id, queue, Number.POSITIVE_INFINITY);
    }
  }

  private release(id: number, queue: Waiting, beforeMs: number): void {
    const { events } = queue;
    for (let at = events.takeBefore(beforeMs); at >= 0; at = events.takeBefore(beforeMs)) {
      const timeMs = events.timeMs[at]!;
      const value = events.value[at]!;
      if (timeMs === queue.lastMs && value === queue.lastValue) {
        this.repeated++;
        continue;
      }
      queue.lastMs = timeMs;
      queue.lastValue = value;
      const code = Math.floor(value / PARAMETERS);
      this.sink(id, timeMs, code, value - code * PARAMETERS + LOWEST_PARAMETER);
    }
  }
}
