import { type Allocate, type Room, sharedRoom } from '../../sim/layout.ts';
import { CACHED_SEGMENTS, type Machine, type Phases, PLAIN_SHARED } from '../../sim/machine.ts';
import type { World } from '../../sim/world.ts';
import { findBinary } from './binary.ts';

/** The compiled phases; they are told the place of a world's record in their memory. */
type Compiled = Record<keyof Phases, (record: number, from: number, to: number) => void>;

type Plain = Record<keyof Phases, (w: World, from: number, to: number) => void>;

/** What another thread needs to do the phases for a world of this one; null where nothing is compiled. */
export type Attachment = {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly record: number;
} | null;

/** Rooms come in a quarter of their power of two, so that one that is free again soon fits another need. */
function roundedUp(bytes: number): number {
  const step = 2 ** Math.max(6, Math.floor(Math.log2(bytes)) - 2);
  return Math.ceil(bytes / step) * step;
}

/** A machine that can be attached to in another thread. */
export interface EngineMachine extends Machine {
  attachment(world: World): Attachment;
}

const PAGE = 65536;
/** As much as can be addressed: 4 GB. */
const MOST_PAGES = 65536;
/** Rooms begin so far behind the start of a line of the cache, as those do that the heap gives (see layout.ts), bytes. */
const BEHIND_LINE = 16;
const LINE = 64;
/** A record has 8 bytes for each part of a world: where a table lies and its length, or a number. */
const ENTRY = 8;

/** Parts of a world whose tables never change. */
const FIXED = new Set(['net', 'choices', 'trips', 'types', 'stops', 'feet', 'walks', 'ways']);

/** An entry of the list that the compiler leaves in the binary: the part's names, and whether it is a number that need not be whole. */
interface Part {
  readonly path: readonly string[];
  readonly isFloat: boolean;
}

/** The compiled module, and the parts of a world that its records hold, in order. */
interface PhaseModule {
  readonly module: WebAssembly.Module;
  readonly parts: readonly Part[];
}

export function moduleOf(binary: Uint8Array<ArrayBuffer>): PhaseModule {
  const module = new WebAssembly.Module(binary);
  const [names] = WebAssembly.Module.customSections(module, 'parts');
  const lines = new TextDecoder().decode(names).split('\n');
  const parts = lines.map((line) => ({
    path: line.replace(/:float$/, '').split('.'),
    isFloat: line.endsWith(':float'),
  }));
  return { module, parts };
}

/** Once for all engines; null where it cannot be had. */
let compiled: PhaseModule | null | undefined;

function findModule(): PhaseModule | null {
  if (compiled !== undefined) return compiled;
  const binary = findBinary();
  compiled = binary === null ? null : moduleOf(binary);
  return compiled;
}

/**
 * A machine for one engine and its forks: the phases compiled to WebAssembly, and their memory. The functions of `src/sim` as
 * they stand where they could not be compiled.
 */
export function createMachine(): EngineMachine {
  const module = findModule();
  return module === null ? { ...PLAIN_SHARED, attachment: () => null } : new CompiledMachine(module);
}

/** The machine of an attachment, in another thread: it knows the one world of its order, and finds no room. */
export function attach(attachment: Attachment): Machine {
  if (attachment === null) return PLAIN_SHARED;
  const { module, memory, record } = attachment;
  return { ...PLAIN_SHARED, phases: phasesOf(module, memory, () => record) };
}

/** @param recordOf place of a world's record; 0 for one that lies elsewhere, whose phases are done by the functions as they stand */
function phasesOf(module: WebAssembly.Module, memory: WebAssembly.Memory, recordOf: (w: World) => number): Phases {
  const compiled = new WebAssembly.Instance(module, { env: { memory } }).exports as Compiled;
  const phases = Object.entries(PLAIN_SHARED.phases as Plain).map(([name, plain]) => {
    const phase = compiled[name as keyof Phases];
    const run = (w: World, from: number, to: number) => {
      const record = recordOf(w);
      if (record === 0) plain(w, from, to);
      else phase(record, from, to);
    };
    return [name, run];
  });
  return Object.fromEntries(phases);
}

/** A piece of the memory. */
interface Block {
  readonly at: number;
  readonly size: number;
}

/** A copy of tables, and the records that name it. */
interface Copy {
  readonly block: Block;
  users: number;
}

/** Where a world's parts lie; `block` is null for one that does not lie in the memory. */
interface WorldRecord {
  readonly block: Block | null;
  readonly tables: readonly ArrayBufferLike[];
}

export class CompiledMachine implements EngineMachine {
  readonly allocate: Allocate = (bytes) => this.#allocate(bytes);
  readonly phases: Phases;
  readonly cachedSegments: number;
  readonly #module: WebAssembly.Module;
  readonly #parts: readonly Part[];
  readonly #memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
  /** The memory as it is now; it stays where it is when it grows, but arrays reach no farther than the buffer they were made of. */
  #buffer: ArrayBufferLike = this.#memory.buffer;
  readonly #buffers = new WeakSet([this.#buffer]);
  #top = LINE;
  readonly #records = new WeakMap<World, WorldRecord>();
  #lastWorld: World | null = null;
  #lastAt = 0;
  /** By buffer: copies of tables that nothing changes. */
  readonly #copies = new WeakMap<ArrayBufferLike, Copy>();
  /** Places of blocks that are free again, by size. */
  readonly #free = new Map<number, number[]>();
  readonly #rooms = new FinalizationRegistry<Block>((block) => this.#setFree(block));
  readonly #worlds = new FinalizationRegistry<WorldRecord>((record) => this.#forget(record));

  constructor({ module, parts }: PhaseModule, cachedSegments: number = CACHED_SEGMENTS) {
    this.cachedSegments = cachedSegments;
    this.#module = module;
    this.#parts = parts;
    this.phases = phasesOf(module, this.#memory, (world) => this.#recordOf(world));
  }

  attachment(world: World): Attachment {
    return { module: this.#module, memory: this.#memory, record: this.#recordOf(world) };
  }

  prepare(world: World): void {
    this.#recordOf(world);
  }

  release(world: World): void {
    const record = this.#records.get(world);
    if (record === undefined) return;
    this.#worlds.unregister(world);
    this.#records.delete(world);
    this.#lastWorld = null;
    this.#forget(record);
  }

  #forget({ block, tables }: WorldRecord): void {
    if (block !== null) this.#setFree(block);
    for (const table of tables) {
      const copy = this.#copies.get(table);
      if (copy === undefined || --copy.users > 0) continue;
      this.#setFree(copy.block);
      this.#copies.delete(table);
    }
  }

  #setFree({ at, size }: Block): void {
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [at]);
    else free.push(at);
  }

  /** Room in the memory; elsewhere once it is full. */
  #allocate(bytes: number): Room {
    const block = this.#take(bytes);
    if (block === null) return sharedRoom(bytes);
    const room = { buffer: this.#buffer, at: block.at };
    this.#rooms.register(room, block);
    return room;
  }

  #take(bytes: number): Block | null {
    const size = roundedUp(bytes);
    const again = this.#free.get(size)?.pop();
    if (again !== undefined) {
      new Uint8Array(this.#buffer, again, bytes).fill(0);
      return { at: again, size };
    }
    const at = Math.ceil(this.#top / LINE) * LINE + BEHIND_LINE;
    const missing = Math.ceil((at + size) / PAGE) - this.#buffer.byteLength / PAGE;
    if (missing > 0) {
      try {
        this.#memory.grow(missing);
      } catch {
        return null;
      }
      this.#buffer = this.#memory.buffer;
      this.#buffers.add(this.#buffer);
    }
    this.#top = at + size;
    return { at, size };
  }

  #recordOf(world: World): number {
    if (world === this.#lastWorld) return this.#lastAt;
    let record = this.#records.get(world);
    if (record === undefined) {
      record = this.#createRecord(world);
      this.#records.set(world, record);
      this.#worlds.register(world, record, world);
    }
    this.#lastWorld = world;
    this.#lastAt = record.block?.at ?? 0;
    return this.#lastAt;
  }

  /** Lists where a world's parts lie. A world never gets other tables: another one is made that has them. */
  #createRecord(world: World): WorldRecord {
    const tables = new Set<ArrayBufferLike>();
    const entries = this.#parts.map(({ path, isFloat }) => {
      let part: unknown = world;
      for (const name of path) part = (part as Record<string, unknown>)[name];
      if (typeof part === 'number') return { at: part, bytes: 0, isFloat };
      const { buffer, byteOffset, byteLength } = part as Uint8Array;
      if (this.#buffers.has(buffer)) return { at: byteOffset, bytes: byteLength, isFloat };
      const copy = FIXED.has(path[0] ?? '') ? this.#copyOf(buffer, tables) : null;
      return copy === null ? null : { at: copy.block.at + byteOffset, bytes: byteLength, isFloat };
    });
    const isElsewhere = entries.includes(null);
    const block = isElsewhere ? null : this.#take(entries.length * ENTRY);
    if (block !== null) {
      const view = new DataView(this.#buffer, block.at);
      entries.forEach((entry, k) => {
        if (entry === null) return;
        if (entry.isFloat) view.setFloat64(k * ENTRY, entry.at, true);
        else {
          view.setUint32(k * ENTRY, entry.at, true);
          view.setUint32(k * ENTRY + 4, entry.bytes, true);
        }
      });
    }
    return { block, tables: [...tables] };
  }

  #copyOf(table: ArrayBufferLike, used: Set<ArrayBufferLike>): Copy | null {
    let copy = this.#copies.get(table);
    if (copy === undefined) {
      const block = this.#take(table.byteLength);
      if (block === null) return null;
      new Uint8Array(this.#buffer, block.at).set(new Uint8Array(table));
      copy = { block, users: 0 };
      this.#copies.set(table, copy);
    }
    if (!used.has(table)) copy.users++;
    used.add(table);
    return copy;
  }
}
