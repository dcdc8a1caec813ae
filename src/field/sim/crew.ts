import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Scenario } from '../../demand/demand.ts';
import { createEngine, type Engine, loadEngine } from '../../sim/engine.ts';
import { SPENT, shareOut } from '../../sim/shares.ts';
import { type Crew, PHASE, runPhase } from '../../sim/step.ts';
import type { World } from '../../sim/world.ts';
import { createControl, END, EXCHANGE, finishRound, startRound } from './barrier.ts';

/** The file beside this one, as source or as built. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './crew-worker.ts' : './crew-worker.js', import.meta.url);

/** What a worker is given: its world, less what no phase reads, and how it hears and is heard. */
export interface WorkOrder {
  readonly world: SharedWorld;
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly port: MessagePort;
}

type Tables = Pick<World, 'net' | 'types' | 'trips' | 'choices'>;
export type SharedWorld = Omit<World, 'scenario' | 'programs'>;

/**
 * The engine on several threads, the calling one among them: the same results as on one. `step` returns when all have done
 * their part. The other threads live until `dispose`, or until the process ends.
 */
export function createThreadedEngine(
  scenario: Scenario,
  { seed, threads }: { readonly seed: number; readonly threads: number },
): Engine {
  return createEngine(scenario, { seed, ...(threads > 1 ? { crew: (world) => new ThreadCrew(world, threads) } : {}) });
}

/** Goes on from where `save` was called, on however many threads that engine ran. Throws as `loadEngine` does. */
export function loadThreadedEngine(scenario: Scenario, bytes: Uint8Array, threads: number): Engine {
  return loadEngine(scenario, bytes, { crew: (world) => new ThreadCrew(world, threads) });
}

/** A thread's part of a phase; the time it takes decides how the city is cut next, and nothing else. */
export function runTimed(world: World, phase: number): void {
  const begun = performance.now();
  runPhase(world, phase);
  const of = phase <= PHASE.move ? SPENT.driving : SPENT.changing;
  world.share.spentMs[of] = world.share.spentMs[of]! + performance.now() - begun;
}

class ThreadCrew implements Crew {
  #worlds: readonly World[];
  readonly #control = createControl();
  readonly #ports: readonly MessagePort[];

  constructor(world: World, threads: number) {
    this.#worlds = shareOut({ ...world, ...shareTables(world) }, threads);
    this.#ports = this.#worlds.slice(1).map((own) => {
      const { port1, port2 } = new MessageChannel();
      const order: WorkOrder = { world: portable(own), control: this.#control, port: port2 };
      const worker = new Worker(WORKER, { workerData: order, transferList: [port2] });
      worker.unref();
      port1.unref();
      return port1;
    });
  }

  get worlds(): readonly World[] {
    return this.#worlds;
  }

  run(phase: number): void {
    startRound(this.#control, this.#ports.length, phase);
    try {
      runTimed(this.#worlds[0]!, phase);
    } finally {
      this.#finish();
    }
  }

  exchange({ net, types, trips, choices, seed }: World): void {
    const tables = { ...shareTables({ net, types, trips, choices }), seed };
    this.#worlds = this.#worlds.map((world) => ({ ...world, ...tables }));
    this.#ports.forEach((port, k) => {
      port.postMessage(portable(this.#worlds[k + 1]!));
    });
    startRound(this.#control, this.#ports.length, EXCHANGE);
    this.#finish();
  }

  close(): void {
    startRound(this.#control, this.#ports.length, END);
    finishRound(this.#control);
  }

  /** Throws the error of a worker that failed. */
  #finish(): void {
    if (finishRound(this.#control)) return;
    const reasons = this.#ports.map((port) => receiveMessageOnPort(port)?.message).filter(Boolean);
    throw new Error(`a thread of the engine failed: ${reasons.join('; ')}`);
  }
}

/** The tables with all their columns where several threads can read them; those that already are stay. */
function shareTables({ net, types, trips, choices }: Tables): Tables {
  return {
    net: shareColumns(net),
    types: shareColumns(types),
    trips: shareColumns(trips),
    choices: shareColumns(choices),
  };
}

/** A copy by spreading, and not from entries, has the hidden class of the original: the phases stay optimised for one shape. */
function shareColumns<T extends object>(table: T): T {
  const shared = { ...table } as Record<string, unknown>;
  for (const [name, column] of Object.entries(table)) shared[name] = shareColumn(column);
  return shared as T;
}

function shareColumn(column: unknown): unknown {
  if (column instanceof Float64Array) return shareArray(column, Float64Array);
  if (column instanceof Int32Array) return shareArray(column, Int32Array);
  if (column instanceof Uint8Array) return shareArray(column, Uint8Array);
  return column;
}

function shareArray<A extends Float64Array | Int32Array | Uint8Array>(
  column: A,
  Kind: new (buffer: SharedArrayBuffer) => A,
): A {
  if (column.buffer instanceof SharedArrayBuffer) return column;
  const shared = new Kind(new SharedArrayBuffer(column.byteLength));
  shared.set(column);
  return shared;
}

/** A world for another thread: numbers and shared arrays alone. What is left out is read between the phases, not in them. */
function portable({ scenario: _, programs: __, ...world }: World): SharedWorld {
  return { ...world, types: numbersOf(world.types), trips: numbersOf(world.trips) };
}

function numbersOf<T extends object>(table: T): T {
  const columns = Object.entries(table).filter(
    ([, column]) => typeof column === 'number' || ArrayBuffer.isView(column),
  );
  return Object.fromEntries(columns) as T;
}
