/** A part of a log that could not be read and was left out; what stands around it was read. */
export interface Damage {
  readonly file: string;
  /** Where: "row 12", "byte 370 to 374", "line 9". */
  readonly place: string;
  readonly why: string;
}

const SHOWN = 100;

/** Gathers damage: counts all of it and keeps the first places. */
export class DamageReport {
  count = 0;
  readonly first: Damage[] = [];

  add(file: string, place: string, why: string): void {
    this.count++;
    if (this.first.length < SHOWN) this.first.push({ file, place, why });
  }

  /** Goes back to what was known when `count` was so many. */
  forgetAfter(count: number): void {
    this.count = count;
    this.first.length = Math.min(this.first.length, count);
  }
}
