import type { Allocate, Room } from '../../sim/layout.ts';
import { type Machine, type Phases, PLAIN_SHARED } from '../../sim/machine.ts';
import type { World } from '../../sim/world.ts';
import { UrbaneError } from '../../units/errors.ts';
import { findBinary } from './binary.ts';

/** The compiled phases; they are told the place of a world's record in their memory. */
interface Compiled {
  planSegments(record: number, from: number, to: number): void;
  decidePending(record: number): void;
  moveAll(record: number): void;
  noteChanges(record: number, from: number, to: number): void;
  applyChanges(record: number): void;
  passAdvice(record: number): void;
  collectRecords(record: number, from: number, to: number): void;
  placeRecords(record: number): void;
  passFromLanes(record: number): void;
  passFromMovements(record: number): void;
  noteSpeeds(record: number): void;
}

/** What another thread needs to do the phases for a world of this one; null where nothing is compiled. */
export type Attachment = {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly record: number;
} | null;

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
/** A record has 8 bytes for each part of a world: where a table lies, or a number. */
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

function phasesOf(module: WebAssembly.Module, memory: WebAssembly.Memory, recordOf: (w: World) => number): Phases {
  const compiled = new WebAssembly.Instance(module, { env: { memory } }).exports as Compiled;
  return {
    planSegments: (w, from, to) => compiled.planSegments(recordOf(w), from, to),
    decidePending: (w) => compiled.decidePending(recordOf(w)),
    moveAll: (w) => compiled.moveAll(recordOf(w)),
    noteChanges: (w, from, to) => compiled.noteChanges(recordOf(w), from, to),
    applyChanges: (w) => compiled.applyChanges(recordOf(w)),
    passAdvice: (w) => compiled.passAdvice(recordOf(w)),
    collectRecords: (w, from, to) => compiled.collectRecords(recordOf(w), from, to),
    placeRecords: (w) => compiled.placeRecords(recordOf(w)),
    passFromLanes: (w) => compiled.passFromLanes(recordOf(w)),
    passFromMovements: (w) => compiled.passFromMovements(recordOf(w)),
    noteSpeeds: (w) => compiled.noteSpeeds(recordOf(w)),
  };
}

export class CompiledMachine implements EngineMachine {
  readonly allocate: Allocate = (bytes) => this.#allocate(bytes);
  readonly phases: Phases;
  readonly #module: WebAssembly.Module;
  readonly #parts: readonly Part[];
  readonly #memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
  /** The memory as it is now; it stays where it is when it grows, but arrays reach no farther than the buffer they were made of. */
  #buffer: ArrayBufferLike = this.#memory.buffer;
  readonly #buffers = new WeakSet([this.#buffer]);
  #top = LINE;
  readonly #records = new WeakMap<World, Room>();
  /** Tables that lie elsewhere, which nothing changes, and where they are copied to. */
  readonly #copies = new WeakMap<ArrayBufferView, Room>();
  /** Rooms that nothing is left of, by size. */
  readonly #free = new Map<number, number[]>();
  readonly #used = new FinalizationRegistry<{ readonly bytes: number; readonly at: number }>(({ bytes, at }) => {
    this.#free.set(bytes, [...(this.#free.get(bytes) ?? []), at]);
  });

  constructor({ module, parts }: PhaseModule) {
    this.#module = module;
    this.#parts = parts;
    this.phases = phasesOf(module, this.#memory, (world) => this.#recordOf(world));
  }

  attachment(world: World): Attachment {
    return { module: this.#module, memory: this.#memory, record: this.#recordOf(world) };
  }

  #allocate(bytes: number): Room {
    const again = this.#free.get(bytes)?.pop();
    if (again !== undefined) new Uint8Array(this.#buffer, again, bytes).fill(0);
    const at = again ?? this.#extend(bytes);
    const room = { buffer: this.#buffer, at };
    this.#used.register(room, { bytes, at });
    return room;
  }

  #extend(bytes: number): number {
    const at = Math.ceil(this.#top / LINE) * LINE + BEHIND_LINE;
    const missing = Math.ceil((at + bytes) / PAGE) - this.#buffer.byteLength / PAGE;
    if (missing > 0) {
      try {
        this.#memory.grow(missing);
      } catch {
        const needed = Math.ceil((at + bytes) / 2 ** 20);
        throw new UrbaneError(
          'too-large',
          `the city with its forks needs ${needed} MB in the engine, which can have 4096.`,
        );
      }
      this.#buffer = this.#memory.buffer;
      this.#buffers.add(this.#buffer);
    }
    this.#top = at + bytes;
    return at;
  }

  /** Place of the list of where a world's parts lie. A world never gets other tables: another one is made that has them. */
  #recordOf(world: World): number {
    const known = this.#records.get(world);
    if (known !== undefined) return known.at;
    const places = this.#parts.map(({ path }) => {
      let part: unknown = world;
      for (const name of path) part = (part as Record<string, unknown>)[name];
      return typeof part === 'number' ? part : this.#placeOf(part as Uint8Array, FIXED.has(path[0] ?? ''));
    });
    const room = this.#allocate(places.length * ENTRY);
    const record = new DataView(room.buffer, room.at);
    places.forEach((place, k) => {
      if (this.#parts[k]?.isFloat === true) record.setFloat64(k * ENTRY, place, true);
      else record.setUint32(k * ENTRY, place, true);
    });
    this.#records.set(world, room);
    return room.at;
  }

  #placeOf(table: Uint8Array, isFixed: boolean): number {
    if (this.#buffers.has(table.buffer)) return table.byteOffset;
    const known = this.#copies.get(table);
    if (known !== undefined) return known.at;
    if (!isFixed) throw new Error('a table that changes lies outside the memory of the compiled phases');
    const copy = this.#allocate(table.byteLength);
    new Uint8Array(copy.buffer, copy.at, table.byteLength).set(
      new Uint8Array(table.buffer, table.byteOffset, table.byteLength),
    );
    this.#copies.set(table, copy);
    return copy.at;
  }
}
