const EMPTY = -1;

/**
 * Finds the number of an id straight from message bytes, so that a step with thousands of vehicles makes no strings.
 * Open addressing with linear probing; the id's bytes are kept and compared, a hash alone is never trusted.
 */
export class IdTable {
  #mask: number;
  #slots: Int32Array;
  #hashes: Uint32Array;
  #keys: (Uint8Array | null)[];
  #count = 0;

  constructor(capacity = 64) {
    let size = 64;
    while (size < capacity * 2) size *= 2;
    this.#mask = size - 1;
    this.#slots = new Int32Array(size).fill(EMPTY);
    this.#hashes = new Uint32Array(size);
    this.#keys = new Array<Uint8Array | null>(size).fill(null);
  }

  get size(): number {
    return this.#count;
  }

  /** The number of the id in `bytes[start, end)`, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#probe(bytes, start, end, hashBytes(bytes, start, end));
    return this.#slots[at]!;
  }

  /** Gives the id a number (0 or more), or a new one when it has one. */
  set(bytes: Uint8Array, start: number, end: number, value: number): void {
    if ((this.#count + 1) * 2 > this.#mask + 1) this.#grow();
    const hash = hashBytes(bytes, start, end);
    const at = this.#probe(bytes, start, end, hash);
    if (this.#slots[at] === EMPTY) {
      this.#count++;
      this.#hashes[at] = hash;
      this.#keys[at] = new Uint8Array(bytes.subarray(start, end));
    }
    this.#slots[at] = value;
  }

  /** Forgets the id; gives the number it had, or -1. Later entries of its run move up, so no tombstones gather. */
  remove(bytes: Uint8Array, start: number, end: number): number {
    let hole = this.#probe(bytes, start, end, hashBytes(bytes, start, end));
    const value = this.#slots[hole]!;
    if (value === EMPTY) return EMPTY;
    this.#count--;
    let next = (hole + 1) & this.#mask;
    while (this.#slots[next] !== EMPTY) {
      const home = this.#hashes[next]! & this.#mask;
      if (((next - home) & this.#mask) >= ((next - hole) & this.#mask)) {
        this.#slots[hole] = this.#slots[next]!;
        this.#hashes[hole] = this.#hashes[next]!;
        this.#keys[hole] = this.#keys[next] ?? null;
        hole = next;
      }
      next = (next + 1) & this.#mask;
    }
    this.#slots[hole] = EMPTY;
    this.#keys[hole] = null;
    return value;
  }

  #probe(bytes: Uint8Array, start: number, end: number, hash: number): number {
    let at = hash & this.#mask;
    while (this.#slots[at] !== EMPTY && !(this.#hashes[at] === hash && isSame(this.#keys[at]!, bytes, start, end))) {
      at = (at + 1) & this.#mask;
    }
    return at;
  }

  #grow(): void {
    const bigger = new IdTable(this.#mask + 1);
    this.#slots.forEach((value, at) => {
      const key = this.#keys[at];
      if (value !== EMPTY && key) bigger.set(key, 0, key.length, value);
    });
    this.#mask = bigger.#mask;
    this.#slots = bigger.#slots;
    this.#hashes = bigger.#hashes;
    this.#keys = bigger.#keys;
  }
}

/** FNV-1a, 32 bits. */
function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

function isSame(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[start + i]) return false;
  return true;
}
