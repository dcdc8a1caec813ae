import { TimeQueue } from './time-queue.ts';

/** Takes one item in order of time, then code; the channel of a hit, else 0. */
export type MergedSink = (timeMs: number, code: number, channel: number) => void;

const CHANNELS = 65_536;

/**
 * Puts the events of a phase and the hits of its detectors in one order, when hits are moved in time (to the stop line,
 * or back by the latency of the detection). An item is given out once nothing earlier can come.
 */
export class Merge {
  private readonly sink: MergedSink;
  private readonly earliestShiftMs: number;
  private readonly items = new TimeQueue();

  /** @param earliestShiftMs the lowest of the shifts of all items; events of a phase have 0 */
  constructor(earliestShiftMs: number, sink: MergedSink) {
    this.earliestShiftMs = Math.min(0, earliestShiftMs);
    this.sink = sink;
  }

  /** An item of the time `nowMs + shiftMs`; the times `nowMs` never go back. */
  add(nowMs: number, shiftMs: number, code: number, channel: number): void {
    const { items } = this;
    this.release(nowMs);
    const place = items.insert(nowMs + shiftMs, code * CHANNELS + channel);
    // Where nothing is moved back, an item that is not moved either is the next one.
    if (this.earliestShiftMs === 0 && shiftMs === 0) while (items.head <= place) this.give(items.head++);
  }

  /** Gives out what nothing can come before, all items before `nowMs` having been added. */
  release(nowMs: number): void {
    const beforeMs = nowMs + this.earliestShiftMs;
    for (let at = this.items.takeBefore(beforeMs); at >= 0; at = this.items.takeBefore(beforeMs)) this.give(at);
  }

  private give(at: number): void {
    const value = this.items.value[at]!;
    const code = Math.floor(value / CHANNELS);
    this.sink(this.items.timeMs[at]!, code, value - code * CHANNELS);
  }
}
