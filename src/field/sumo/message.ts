/**
 * TraCI messages (SUMO's documentation, "TraCI/Protocol" and "TraCI/Messages"): big-endian; a message is its length and
 * then commands; a command is its length in one byte, or 0 and the length in four, then its number and its content.
 */

export const COMMAND = {
  getVersion: 0x00,
  simStep: 0x02,
  close: 0x7f,
  getSignal: 0xa2,
  setSignal: 0xc2,
  subscribeSignal: 0xd2,
  getVehicle: 0xa4,
  getJunction: 0xa9,
  getSimulation: 0xab,
  getPerson: 0xae,
  subscribeEdge: 0xda,
  subscribeJunctionContext: 0x89,
  subscribeSimulation: 0xdb,
} as const;

/** Numbers of the answers that a step brings for subscriptions. */
export const ANSWER = { signal: 0xe2, edge: 0xea, simulation: 0xeb, junctionContext: 0x99 } as const;

export const VARIABLE = {
  idList: 0x00,
  personIds: 0x1a,
  lampState: 0x20,
  phase: 0x22,
  program: 0x23,
  currentProgram: 0x29,
  speed: 0x40,
  length: 0x44,
  vehicleClass: 0x49,
  laneId: 0x51,
  lanePosition: 0x56,
  teleportStarts: 0x75,
  arrivedIds: 0x7a,
  stepLength: 0x7b,
  minExpected: 0x7d,
  nextEdge: 0xc1,
} as const;

export const TYPE = { integer: 0x09, double: 0x0b, string: 0x0c, stringList: 0x0e } as const;

/** Builds one message of several commands; use again after `clear`. */
export class MessageWriter {
  #bytes = Buffer.alloc(4096);
  #at = 4;
  #commandAt = 0;
  #count = 0;

  /** Commands begun since `clear`. */
  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#at = 4;
    this.#count = 0;
  }

  /** Starts a command; the writes that follow are its content, `end` closes it. */
  begin(command: number): this {
    this.#commandAt = this.#at;
    this.#count++;
    this.#reserve(6);
    this.#bytes[this.#at] = 0;
    this.#bytes[this.#at + 5] = command;
    this.#at += 6;
    return this;
  }

  end(): this {
    this.#bytes.writeInt32BE(this.#at - this.#commandAt, this.#commandAt + 1);
    return this;
  }

  byte(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
    return this;
  }

  int(value: number): this {
    this.#reserve(4);
    this.#at = this.#bytes.writeInt32BE(value, this.#at);
    return this;
  }

  double(value: number): this {
    this.#reserve(8);
    this.#at = this.#bytes.writeDoubleBE(value, this.#at);
    return this;
  }

  text(value: string): this {
    const length = Buffer.byteLength(value);
    this.int(length);
    this.#reserve(length);
    this.#at += this.#bytes.write(value, this.#at);
    return this;
  }

  raw(value: Uint8Array): this {
    this.int(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  /** The finished message; valid until the next write. */
  finish(): Uint8Array {
    this.#bytes.writeInt32BE(this.#at, 0);
    return this.#bytes.subarray(0, this.#at);
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#bytes.length) return;
    const grown = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#at + size));
    this.#bytes.copy(grown);
    this.#bytes = grown;
  }
}

/** Reads a message from front to back. A read past the end throws a RangeError, as a damaged message should. */
export class MessageReader {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    return this.bytes.readUInt8(this.at++);
  }

  int(): number {
    this.at += 4;
    return this.bytes.readInt32BE(this.at - 4);
  }

  double(): number {
    this.at += 8;
    return this.bytes.readDoubleBE(this.at - 8);
  }

  text(): string {
    const length = this.int();
    this.at += length;
    return this.bytes.toString('utf8', this.at - length, this.at);
  }

  /** Skips a string and gives where its bytes end; they start `length` before. */
  skipText(): number {
    const length = this.int();
    this.at += length;
    return length;
  }

  textList(): string[] {
    const count = this.int();
    const list: string[] = [];
    for (let i = 0; i < count; i++) list.push(this.text());
    return list;
  }

  /** Reads a command's length field and number; gives the number. */
  command(): number {
    if (this.byte() === 0) this.at += 4;
    return this.byte();
  }

  /** Reads the status that answers each command: what went wrong, or null. */
  status(): { command: number; problem: string | null } {
    const command = this.command();
    const result = this.byte();
    const words = this.text();
    return { command, problem: result === 0 ? null : words };
  }
}
