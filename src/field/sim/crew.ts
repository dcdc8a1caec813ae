import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { SPENT, shareOut } from '../../sim/shares.ts';
import { type Crew, PHASE, runPhase } from '../../sim/step.ts';
import type { World } from '../../sim/world.ts';
import { claimShare, createControl, END, EXCHANGE, endShare, finishRound, startRound } from './barrier.ts';
import type { Attachment, EngineMachine } from './compiled.ts';

/** The file beside this one, as source or as built. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './crew-worker.ts' : './crew-worker.js', import.meta.url);

/** A worker's world, less what no phase reads, and what does the phases. */
export interface WorkerWorld {
  readonly world: object;
  readonly attachment: Attachment;
}

/** How a worker hears and is heard; its world is posted to it. */
export interface WorkerLine {
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly port: MessagePort;
  /** Its place among the workers. */
  readonly index: number;
}

type Tables = Pick<World, 'net' | 'types' | 'trips' | 'choices'>;

/** A thread's part of a phase; the time it takes decides how the city is cut next, and nothing else. */
export function runTimed(world: World, phase: number): void {
  const begun = performance.now();
  runPhase(world, phase);
  if (phase > PHASE.applyChanges) return;
  const of = phase <= PHASE.passFromMovements ? SPENT.driving : SPENT.changing;
  world.share.spentMs[of] = world.share.spentMs[of]! + performance.now() - begun;
}

/** Threads beside the calling one. They start before there is a world for them: that takes as long as making a large one. */
export class Workers {
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #ports: readonly MessagePort[];

  constructor(count: number) {
    this.#control = createControl(count);
    this.#ports = Array.from({ length: count }, (_, index) => {
      const { port1, port2 } = new MessageChannel();
      const line: WorkerLine = { control: this.#control, port: port2, index };
      const worker = new Worker(WORKER, { workerData: line, transferList: [port2] });
      worker.unref();
      port1.unref();
      return port1;
    });
  }

  /** How many there are. */
  get count(): number {
    return this.#ports.length;
  }

  /** Does a phase together with them. The first world is the calling thread's, which also does those that no worker has begun by then. */
  run(worlds: readonly World[], phase: number): void {
    startRound(this.#control, this.count, phase);
    try {
      runTimed(worlds[0]!, phase);
      for (let k = 0; k < this.count; k++) {
        if (!claimShare(this.#control, k)) continue;
        try {
          runTimed(worlds[k + 1]!, phase);
        } finally {
          endShare(this.#control, false);
        }
      }
    } finally {
      this.#finish();
    }
  }

  /** All go on with these worlds, one each. */
  give(worlds: readonly WorkerWorld[]): void {
    this.#ports.forEach((port, k) => {
      port.postMessage(worlds[k]);
    });
    startRound(this.#control, this.count, EXCHANGE);
    this.#finish();
  }

  end(): void {
    startRound(this.#control, this.count, END);
    finishRound(this.#control);
  }

  /** Returns when all shares are done. Throws the error of a worker that failed. */
  #finish(): void {
    if (finishRound(this.#control)) return;
    const reasons = this.#ports.map((port) => receiveMessageOnPort(port)?.message).filter(Boolean);
    throw new Error(`a thread of the engine failed: ${reasons.join('; ')}`);
  }
}

/** Threads that work together, the calling one among them; the others live until `close`, or until the process ends. */
export class ThreadCrew implements Crew {
  #worlds: readonly World[];
  readonly #workers: Workers;
  readonly #machine: EngineMachine;

  constructor(world: World, workers: Workers, machine: EngineMachine) {
    this.#workers = workers;
    this.#machine = machine;
    this.#worlds = shareOut({ ...world, ...shareTables(world) }, 1 + workers.count);
    this.#giveWorlds();
  }

  get worlds(): readonly World[] {
    return this.#worlds;
  }

  run(phase: number): void {
    this.#workers.run(this.#worlds, phase);
  }

  exchange({ net, types, trips, choices, seed }: World): void {
    const tables = { ...shareTables({ net, types, trips, choices }), seed };
    const before = this.#worlds;
    this.#worlds = before.map((world) => ({ ...world, ...tables }));
    this.#giveWorlds();
    for (const world of before) this.#machine.release(world);
  }

  close(): void {
    this.#workers.end();
  }

  #giveWorlds(): void {
    this.#workers.give(this.#worlds.slice(1).map((own) => this.#portable(own)));
  }

  /** A world for another thread: numbers and shared arrays alone. What is left out is read between the phases, not in them. */
  #portable(own: World): WorkerWorld {
    const { scenario, programs: _, machine: __, ...rest } = own;
    const { beginMs } = scenario;
    const world = { ...rest, scenario: { beginMs }, types: numbersOf(own.types), trips: numbersOf(own.trips) };
    return { world, attachment: this.#machine.attachment(own) };
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

function numbersOf<T extends object>(table: T): T {
  const columns = Object.entries(table).filter(
    ([, column]) => typeof column === 'number' || ArrayBuffer.isView(column),
  );
  return Object.fromEntries(columns) as T;
}
