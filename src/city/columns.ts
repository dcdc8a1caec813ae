import { UrbaneError } from '../units/errors.ts';

const TEXT = new TextEncoder();
const MILLI = 1000;

/** Whole thousandths that give back exactly `value`, or null. */
function toMilli(value: number): number | null {
  const milli = Math.round(value * MILLI);
  return Number.isSafeInteger(milli) && milli / MILLI === value ? milli : null;
}

/** Writes columns of numbers and strings, exactly and compactly, into one growing buffer. */
export class ColumnWriter {
  private bytes = new Uint8Array(1 << 16);
  private view = new DataView(this.bytes.buffer);
  private length = 0;
  private scratch = new Uint8Array(256);
  private readonly pass: ((bytes: Uint8Array) => void) | null;

  /** With `pass` the bytes are passed on as they fill the buffer, and `finish` gives the last of them alone. */
  constructor(pass: ((bytes: Uint8Array) => void) | null = null) {
    this.pass = pass;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    if (this.pass !== null) {
      this.pass(this.bytes.subarray(0, this.length));
      this.length = 0;
      if (more <= this.bytes.length) return;
    }
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** A whole number of zero or more, below 2^53, seven bits a byte. */
  writeCount(count: number): void {
    this.reserve(8);
    let rest = count;
    while (rest >= 128) {
      this.bytes[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  writeText(text: string): void {
    const bound = text.length * 3;
    if (this.scratch.length < bound) this.scratch = new Uint8Array(bound * 2);
    const { written } = TEXT.encodeInto(text, this.scratch);
    this.writeCount(written);
    this.reserve(written);
    this.bytes.set(this.scratch.subarray(0, written), this.length);
    this.length += written;
  }

  writeTexts(texts: readonly string[]): void {
    this.writeCount(texts.length);
    for (const text of texts) this.writeText(text);
  }

  /**
   * A column of numbers: differences of thousandths where every value is a whole number of thousandths, otherwise 64-bit
   * floats. `stride` is how far back the value lies that a difference refers to (2 for x, y pairs).
   */
  writeNumbers(values: ArrayLike<number>, stride = 1): void {
    this.writeCount(values.length);
    const milli = new Float64Array(values.length);
    let exact = true;
    for (let i = 0; i < values.length && exact; i++) {
      const value = toMilli(values[i] ?? 0);
      if (value === null) exact = false;
      else milli[i] = value;
    }
    this.writeCount(exact ? 0 : 1);
    if (!exact) {
      this.reserve(values.length * 8);
      for (let i = 0; i < values.length; i++) {
        this.view.setFloat64(this.length, values[i]!, true);
        this.length += 8;
      }
      return;
    }
    for (let i = 0; i < milli.length; i++) {
      const difference = (milli[i] ?? 0) - (i >= stride ? (milli[i - stride] ?? 0) : 0);
      this.writeCount(difference < 0 ? -2 * difference - 1 : 2 * difference);
    }
  }

  writeLists(lists: readonly (readonly number[])[], stride = 1): void {
    this.writeCount(lists.length);
    let total = 0;
    for (const { length } of lists) {
      this.writeCount(length);
      total += length;
    }
    const values = new Float64Array(total);
    let filled = 0;
    for (const list of lists) {
      values.set(list, filled);
      filled += list.length;
    }
    this.writeNumbers(values, stride);
  }

  /** What was written, without a copy: nothing may be written afterwards. */
  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

/** Reads what ColumnWriter wrote. Every count is checked against the bytes that are left. */
export class ColumnReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly decoder = new TextDecoder();
  private position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.position;
  }

  private need(count: number): void {
    const left = this.bytes.length - this.position;
    if (count > left) {
      throw new UrbaneError(
        'bad-city-file',
        `the city file ends too early: expected ${count} more bytes, got ${left}.`,
      );
    }
  }

  readCount(): number {
    let count = 0;
    let factor = 1;
    for (let i = 0; i < 8; i++) {
      this.need(1);
      const byte = this.bytes[this.position++] ?? 0;
      count += (byte & 127) * factor;
      if (byte < 128) return count;
      factor *= 128;
    }
    throw new UrbaneError('bad-city-file', `the city file has a count of more than 8 bytes at byte ${this.position}.`);
  }

  readText(): string {
    const length = this.readCount();
    this.need(length);
    const text = this.decoder.decode(this.bytes.subarray(this.position, this.position + length));
    this.position += length;
    return text;
  }

  readTexts(): string[] {
    const count = this.readCount();
    this.need(count);
    return Array.from({ length: count }, () => this.readText());
  }

  readNumbers(stride = 1): number[] {
    const count = this.readCount();
    const form = this.readCount();
    if (form === 1) {
      this.need(count * 8);
      const values = Array.from({ length: count }, (_, i) => this.view.getFloat64(this.position + i * 8, true));
      this.position += count * 8;
      return values;
    }
    this.need(count);
    const milli = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const folded = this.readCount();
      const difference = folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2;
      milli[i] = difference + (i >= stride ? (milli[i - stride] ?? 0) : 0);
    }
    return Array.from(milli, (value) => value / MILLI);
  }

  readLists(stride = 1): number[][] {
    const count = this.readCount();
    this.need(count);
    const lengths = Array.from({ length: count }, () => this.readCount());
    const values = this.readNumbers(stride);
    let start = 0;
    return lengths.map((length) => {
      const list = values.slice(start, start + length);
      if (list.length !== length) {
        throw new UrbaneError(
          'bad-city-file',
          `the city file has a list of ${list.length} values, expected ${length}.`,
        );
      }
      start += length;
      return list;
    });
  }
}

/** Reads columns by name; the answer's `at(key, i)` refuses a column that is too short. */
export function readColumns<Key extends string>(
  input: ColumnReader,
  keys: readonly Key[],
): (key: Key, i: number) => number {
  const columns = new Map(keys.map((key) => [key, input.readNumbers()]));
  return (key, i) => {
    const value = columns.get(key)?.[i];
    if (value === undefined) throw new UrbaneError('bad-city-file', `the city file has no ${key} for item ${i}.`);
    return value;
  };
}
