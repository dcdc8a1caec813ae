import { createFrame, type Frame } from '../city/frame.ts';
import type { Scenario } from '../demand/demand.ts';
import type { Milliseconds } from '../units/units.ts';
import { type EngineEvents, EventBox } from './events.ts';
import { insertDue } from './insertion.ts';
import { changeLanes } from './lanechange.ts';
import { hashBuffer } from './layout.ts';
import { move } from './move.ts';
import { createSignalHeads } from './signals.ts';
import { createWorld, SCALAR, VEHICLE_SHIFT, type World } from './world.ts';

/** By trip index; a trip that is on its way or waiting has what it gathered so far. */
export interface TripRecords {
  /** -1 when it did not enter. */
  readonly insertedMs: Float64Array;
  /** -1 when it did not arrive. */
  readonly arrivedMs: Float64Array;
  /** Seconds lost against the driver's own free speed, after entering. */
  readonly timeLossS: Float64Array;
  /** Seconds halted (below 0.1 m/s), and how many times. */
  readonly waitingS: Float64Array;
  readonly stops: Int32Array;
}

/** By movement: vehicles that crossed its stop line, and their seconds on the road before it above driving freely. */
export interface MovementDelay {
  readonly vehicles: Uint32Array;
  readonly delayS: Float64Array;
}

export interface Engine {
  /** The time up to which the street has been driven. */
  readonly timeMs: Milliseconds;
  /** By signal index: what the lamps showed in the last step. */
  readonly lamps: readonly string[];
  /** Positions after the last step. */
  readonly frame: Frame;
  readonly trips: TripRecords;
  readonly movementDelay: MovementDelay;
  /** Seconds driven by all vehicles together. */
  readonly vehicleSeconds: number;
  /** Vehicles on the streets, trips that wait to enter, trips that arrived. */
  readonly present: number;
  readonly waitingToEnter: number;
  readonly arrived: number;
  /** Times a vehicle had to be held where its dynamics would not have stopped it; a measure of faults, normally 0. */
  readonly forcedHalts: number;
  /** Drives one second. */
  step(): void;
  /** Shows lamps from now on, in place of the signal's own program. */
  show(signal: number, state: string): void;
  /** Lets the signal's own program go on from the start of a phase. */
  handBack(signal: number, phase: number): void;
  /** What happened since the last call. */
  drainEvents(): EngineEvents;
  /** Of the whole state: same scenario, seed and orders, same hash. */
  hash(): string;
}

const EVENT_ROOM = 65536;
const STEP_MS = 1000;

class MicroEngine implements Engine {
  readonly movementDelay: MovementDelay;
  readonly #trips: TripRecords;
  readonly #world: World;
  readonly #events = new EventBox(EVENT_ROOM);
  readonly #signals: ReturnType<typeof createSignalHeads>;
  readonly #frame: Frame;
  #frameStep = -1;

  constructor(scenario: Scenario, seed: number) {
    const world = createWorld(scenario, seed);
    this.#world = world;
    this.#signals = createSignalHeads(world);
    this.#frame = createFrame(world.capacity);
    const { state } = world;
    this.#trips = {
      insertedMs: state.insertedMs,
      arrivedMs: state.arrivedMs,
      timeLossS: state.timeLossS,
      waitingS: state.waitingS,
      stops: state.tripStops,
    };
    this.movementDelay = { vehicles: state.crossed, delayS: state.delay };
  }

  get trips(): TripRecords {
    const { state, net, vehicles } = this.#world;
    for (let segment = 0; segment < net.segments; segment++) {
      for (let v = state.head[segment]!; v >= 0; v = vehicles.behind[v << 1]!) {
        const trip = vehicles.trip[v << 1]!;
        state.timeLossS[trip] = vehicles.timeLoss[v]!;
        state.waitingS[trip] = vehicles.waited[v << 1]!;
        state.tripStops[trip] = vehicles.stops[v << 1]!;
      }
    }
    return this.#trips;
  }

  get timeMs(): Milliseconds {
    return this.#scalar(SCALAR.timeMs);
  }

  get lamps(): readonly string[] {
    return this.#signals.lamps;
  }

  get vehicleSeconds(): number {
    return this.#scalar(SCALAR.vehicleSeconds);
  }

  get present(): number {
    return this.#scalar(SCALAR.present);
  }

  get waitingToEnter(): number {
    return this.#scalar(SCALAR.waiting);
  }

  get arrived(): number {
    return this.#scalar(SCALAR.arrived);
  }

  get forcedHalts(): number {
    return this.#scalar(SCALAR.forced);
  }

  get frame(): Frame {
    const { state, types, net, vehicles } = this.#world;
    const step = this.#scalar(SCALAR.step);
    const frame = this.#frame;
    if (this.#frameStep === step) return frame;
    this.#frameStep = step;
    let count = 0;
    for (let segment = 0; segment < net.segments; segment++) {
      for (let v = state.head[segment]!; v >= 0; v = vehicles.behind[v << 1]!) {
        const type = vehicles.type[v << 1]!;
        frame.slot[count] = v >> VEHICLE_SHIFT;
        frame.segment[count] = segment;
        frame.posM[count] = vehicles.pos[v]!;
        frame.speedMps[count] = vehicles.speed[v]!;
        frame.lengthM[count] = types.length[type]!;
        frame.kind[count] = types.kind[type]!;
        count++;
      }
    }
    frame.count = count;
    frame.timeMs = this.timeMs;
    return frame;
  }

  step(): void {
    const { scalars } = this.#world.state;
    this.#signals.tick();
    move(this.#world, this.#events);
    changeLanes(this.#world);
    insertDue(this.#world, this.#events);
    scalars[SCALAR.timeMs] = this.#scalar(SCALAR.timeMs) + STEP_MS;
    scalars[SCALAR.step] = this.#scalar(SCALAR.step) + 1;
  }

  show(signal: number, state: string): void {
    this.#signals.show(signal, state);
  }

  handBack(signal: number, phase: number): void {
    this.#signals.handBack(signal, phase);
  }

  drainEvents(): EngineEvents {
    return this.#events.drain();
  }

  hash(): string {
    return hashBuffer(this.#world.buffer);
  }

  #scalar(at: number): number {
    return this.#world.state.scalars[at]!;
  }
}

/**
 * The traffic engine: microscopic, one second a step, deterministic in (scenario, seed, orders). It starts empty at
 * `scenario.beginMs`; `step` may go on past `endMs`.
 */
export function createEngine(scenario: Scenario, options: { readonly seed: number }): Engine {
  return new MicroEngine(scenario, options.seed);
}
