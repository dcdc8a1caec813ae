/** Numbers that wait in order of time, then of their own value; in typed arrays that grow. */
export class TimeQueue {
  timeMs = new Float64Array(16);
  value = new Float64Array(16);
  /** Position of the first that waits, and the one after the last. */
  head = 0;
  tail = 0;

  get length(): number {
    return this.tail - this.head;
  }

  /** Puts a value in its place; its position, valid until the next one. */
  insert(timeMs: number, value: number): number {
    if (this.tail === this.timeMs.length) this.makeRoom();
    const { timeMs: times, value: values } = this;
    let at = this.tail++;
    while (at > this.head && (times[at - 1]! > timeMs || (times[at - 1] === timeMs && values[at - 1]! > value))) {
      times[at] = times[at - 1]!;
      values[at] = values[at - 1]!;
      at--;
    }
    times[at] = timeMs;
    values[at] = value;
    return at;
  }

  /** Takes out the first when its time is before a moment; its position, valid until the next `insert`, or -1. */
  takeBefore(beforeMs: number): number {
    if (this.head < this.tail && this.timeMs[this.head]! < beforeMs) return this.head++;
    if (this.head === this.tail) {
      this.head = 0;
      this.tail = 0;
    }
    return -1;
  }

  private makeRoom(): void {
    const count = this.length;
    const size = count * 2 > this.timeMs.length ? this.timeMs.length * 2 : this.timeMs.length;
    const timeMs = new Float64Array(size);
    const value = new Float64Array(size);
    timeMs.set(this.timeMs.subarray(this.head, this.tail));
    value.set(this.value.subarray(this.head, this.tail));
    this.timeMs = timeMs;
    this.value = value;
    this.head = 0;
    this.tail = count;
  }
}
