import { type Engine, createEngine, loadEngine } from '../../sim/engine.ts';
import type { Scenario } from '../../demand/demand.ts';
import type { Allocate, Room } from '../../sim/layout.ts';
import type { Machine, Phases } from '../../sim/machine.ts';
import { PLAIN } from '../../sim/machine.ts';
import type { World } from '../../sim/world.ts';
import { UrbaneError } from '../../units/errors.ts';
import { findBinary } from './binary.ts';

/** The compiled phases: they are called with the place of a world's record in their memory. */
interface Exports {
  planSegments(record: number, from: number, to: number): void;
  decidePending(record: number): void;
  moveAll(record: number): void;
  noteChanges(record: number, from: number, to: number): void;
  applyChanges(record: number): void;
  passAdvice(record: number): void;
}

/** What another thread needs to do phases for a world of this one. */
export interface MachineShare {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly record: number;
}

const PAGE = 65536;
/** As much as can be addressed. */
const MOST_PAGES = 65536;
/** Rooms begin so many bytes after a line of the cache, as those do that the heap gives. */
const AFTER_LINE = 16;
const LINE = 64;
const ENTRY_BYTES = 8;

let compiled: { readonly module: WebAssembly.Module; readonly paths: readonly (readonly string[])[] } | null | undefined;

/** The module and, in order, the parts of a world that its records hold; null where it cannot be had. */
function findCompiled(): typeof compiled & (object | null) {
  if (compiled === undefined) {
    const binary = findBinary();
    if (binary === null) compiled = null;
    else {
      const module = new WebAssembly.Module(binary);
      const [names] = WebAssembly.Module.customSections(module, 'paths');
      const paths = new TextDecoder().decode(names).split('\n');
      compiled = { module, paths: paths.map((path) => path.split('.')) };
    }
  }
  return compiled;
}

/** One engine's machine, with a memory for its state, those of its forks, and the tables that they read. */
export class CompiledMachine implements Machine {
  readonly allocate: Allocate;
  readonly phases: Phases;
  readonly #module: WebAssembly.Module;
  readonly #paths: readonly (readonly string[])[];
  readonly #memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
  #buffer = this.#memory.buffer;
  #top = LINE;
  readonly #records = new WeakMap<World, Room>();
  readonly #copies = new WeakMap<ArrayBufferView, Room>();
  /** Rooms that are free again, by size. */
  readonly #free = new Map<number, number[]>();
  readonly #used = new FinalizationRegistry<{ readonly bytes: number; readonly at: number }>(({ bytes, at }) => {
    const free = this.#free.get(bytes) ?? [];
    this.#free.set(bytes, free);
    free.push(at);
  });

  constructor({ module, paths }: NonNullable<typeof compiled>) {
    this.#module = module;
    this.#paths = paths;
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    this.allocate = (bytes) => this.#allocate(bytes);
    this.phases = callWith(exports as unknown as Exports, (world) => this.#recordOf(world).at);
  }

  /** For another thread that is to work on the world. */
  share(world: World): MachineShare {
    return { module: this.#module, memory: this.#memory, record: this.#recordOf(world).at };
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
    const at = Math.ceil(this.#top / LINE) * LINE + AFTER_LINE;
    const missing = Math.ceil((at + bytes) / PAGE) - this.#buffer.byteLength / PAGE;
    if (missing > 0) {
      try {
        this.#memory.grow(missing);
      } catch {
        throw new UrbaneError(
          'too-large',
          `the engine needs ${Math.ceil((at + bytes) / 2 ** 20)} MB for the city and its forks, and can have 4096.`,
        );
      }
      this.#buffer = this.#memory.buffer;
    }
    this.#top = at + bytes;
    return at;
  }

  /** Where the world's tables lie in the memory; a world never changes its tables, another world is made with others. */
  #recordOf(world: World): Room {
    const known = this.#records.get(world);
    if (known !== undefined) return known;
    const room = this.#allocate(this.#paths.length * ENTRY_BYTES);
    const view = new DataView(this.#buffer, room.at);
    this.#paths.forEach((path, k) => {
      let part: unknown = world;
      for (const name of path) part = (part as Record<string, unknown>)[name];
      if (typeof part !== 'number') view.setInt32(k * ENTRY_BYTES, this.#placeOf(part as Uint8Array), true);
      else if (Number.isInteger(part) && !FLOATS.has(path.join('.'))) view.setInt32(k * ENTRY_BYTES, part, true);
      else view.setFloat64(k * ENTRY_BYTES, part, true);
    });
    this.#records.set(world, room);
    return room;
  }
}
