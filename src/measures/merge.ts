/** Takes one item in order of time, then code; the channel of a hit, else 0. */
export type MergedSink = (timeMs: number, code: number, channel: number) => void;

/**
 * Puts the events of a phase and the hits of its detectors in one order, when hits are moved in time (to the stop line,
 * or back by the latency of the detection). An item is given out once nothing earlier can come.
 */
export class Merge {
  private readonly sink: MergedSink;
  private readonly earliestShiftMs: number;
  private timeMs = new Float64Array(16);
  private code = new Uint16Array(16);
  private channel = new Uint16Array(16);
  private head = 0;
  private tail = 0;

  /** @param earliestShiftMs the lowest of the shifts of all items; events of a phase have 0 */
  constructor(earliestShiftMs: number, sink: MergedSink) {
    this.earliestShiftMs = Math.min(0, earliestShiftMs);
    this.sink = sink;
  }

  /** An item of the time `nowMs + shiftMs`; the times `nowMs` never go back. */
  add(nowMs: number, shiftMs: number, code: number, channel: number): void {
    this.release(nowMs);
    if (this.tail === this.timeMs.length) this.makeRoom();
    const { timeMs: times, code: codes, channel: channels } = this;
    const timeMs = nowMs + shiftMs;
    let at = this.tail++;
    while (at > this.head && (times[at - 1]! > timeMs || (times[at - 1] === timeMs && codes[at - 1]! > code))) {
      times[at] = times[at - 1]!;
      codes[at] = codes[at - 1]!;
      channels[at] = channels[at - 1]!;
      at--;
    }
    times[at] = timeMs;
    codes[at] = code;
    channels[at] = channel;
    // Where nothing is moved back, an item that is not moved either is the next one.
    if (this.earliestShiftMs === 0 && shiftMs === 0) while (this.head <= at) this.give();
  }

  /** Gives out what nothing can come before, all items before `nowMs` having been added. */
  release(nowMs: number): void {
    const beforeMs = nowMs + this.earliestShiftMs;
    while (this.head < this.tail && this.timeMs[this.head]! < beforeMs) this.give();
    if (this.head === this.tail) {
      this.head = 0;
      this.tail = 0;
    }
  }

  private give(): void {
    const at = this.head++;
    this.sink(this.timeMs[at]!, this.code[at]!, this.channel[at]!);
  }

  private makeRoom(): void {
    const count = this.tail - this.head;
    const size = count * 2 > this.timeMs.length ? this.timeMs.length * 2 : this.timeMs.length;
    const timeMs = new Float64Array(size);
    const code = new Uint16Array(size);
    const channel = new Uint16Array(size);
    timeMs.set(this.timeMs.subarray(this.head, this.tail));
    code.set(this.code.subarray(this.head, this.tail));
    channel.set(this.channel.subarray(this.head, this.tail));
    this.timeMs = timeMs;
    this.code = code;
    this.channel = channel;
    this.head = 0;
    this.tail = count;
  }
}
