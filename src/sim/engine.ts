import { createFrame, type Frame } from '../city/frame.ts';
import type { Scenario } from '../demand/demand.ts';
import type { MetresPerSecond, Milliseconds } from '../units/units.ts';
import { beginSegment, leaveSegment, lossOf, waitedOf } from './accounts.ts';
import { STRANDED_CHECK_S, withClosed, withOtherWays } from './closures.ts';
import { TYPE } from './demand.ts';
import { drain, type EngineEvents } from './events.ts';
import { hashWords } from './layout.ts';
import { type Machine, PLAIN, PLAIN_SHARED } from './machine.ts';
import { PartialCity, type PartialFork } from './partial.ts';
import type { CrossingRecords, MovementDelay, TripRecords, WalkRecords } from './records.ts';
import { openWorld, saveWorld } from './saved-world.ts';
import { createSignalHeads, type SignalHeads } from './signals.ts';
import { SCALAR, SEGMENT, VEHICLE } from './state.ts';
import { type Crew, stepAll, workInTurns } from './step.ts';
import type { Surroundings } from './surroundings.ts';
import { copyState, copyWorld, createWorld, type World } from './world.ts';

const { limit: LIMIT } = SEGMENT;
const { pos: POS, speed: SPEED, behind: BEHIND, type: KIND, trip: TRIP, stops: STOPS } = VEHICLE;
const { length: LENGTH, kind: CLASS } = TYPE;

export interface Engine {
  /** The time up to which the street has been driven. */
  readonly timeMs: Milliseconds;
  /** By signal index: what the lamps showed in the last step. */
  readonly lamps: readonly string[];
  /** Positions after the last step. */
  readonly frame: Frame;
  readonly trips: TripRecords;
  readonly movementDelay: MovementDelay;
  readonly walks: WalkRecords;
  readonly crossings: CrossingRecords;
  /** Seconds driven by all vehicles together. */
  readonly vehicleSeconds: number;
  /** Vehicles on the streets, trips that wait to enter, trips that arrived. */
  readonly present: number;
  readonly waitingToEnter: number;
  readonly arrived: number;
  /** Times a vehicle had to be held where its dynamics would not have stopped it; a measure of faults, normally 0. */
  readonly forcedHalts: number;
  /** Vehicles that stood for good where their lane did not lead on, and took another way; a measure of faults, normally 0. */
  readonly ledAway: number;
  /** Drives one second. */
  step(): void;
  /** Shows lamps from now on, in place of the signal's own program. */
  show(signal: number, state: string): void;
  /** Lets the signal's own program go on from the start of a phase. */
  handBack(signal: number, phase: number): void;
  /** What happened since the last call. */
  drainEvents(): EngineEvents;
  /**
   * A copy that goes on by itself, on the calling thread: the same orders lead both to the same future. `into` is a fork of
   * this engine that is no longer needed; its memory is used again, and nothing is allocated. `drainEvents` begins empty.
   */
  fork(into?: Engine): Engine;
  /**
   * A copy of a part of the city that goes on by itself (`findSurroundings`). `into` is a partial fork of this engine or of
   * a fork of it that is no longer needed, of whatever part; its memory is used again. The first one is as costly as a fork.
   */
  forkPart(part: Surroundings, into?: PartialFork): PartialFork;
  /** The running city as bytes for `loadEngine`. */
  save(): Uint8Array;
  /**
   * Closes lanes or opens them again. Vehicles leave a closed lane for the lanes beside it; a road all of whose lanes are
   * closed is entered by nobody but who can no longer stop before it: all others take another way, or wait where there is none.
   * @param lanes indices; all lanes of a road for the road
   */
  close(lanes: readonly number[], isClosed: boolean): void;
  /** Sets the speed limit of a road from now on. */
  setSpeed(road: number, speedMps: MetresPerSecond): void;
  /** Ends the engine's other threads; it must not be used any more. */
  dispose(): void;
  /** Of the whole state: same scenario, seed and orders, same hash. */
  hash(): string;
}

class MicroEngine implements Engine {
  readonly movementDelay: MovementDelay;
  readonly walks: WalkRecords;
  readonly crossings: CrossingRecords;
  readonly #trips: TripRecords;
  readonly #lamps: string[];
  readonly #crew: Crew;
  readonly #frame: Frame;
  #world: World;
  #signals: SignalHeads;
  #frameStep = -1;

  constructor(lamps: readonly string[], crew: Crew) {
    const world = crew.worlds[0]!;
    const { state } = world;
    this.#world = world;
    this.#lamps = [...lamps];
    this.#crew = crew;
    this.#signals = createSignalHeads(world, this.#lamps);
    this.#frame = createFrame(world.capacity);
    this.#trips = {
      insertedMs: state.insertedMs,
      arrivedMs: state.arrivedMs,
      timeLossS: state.timeLossS,
      waitingS: state.waitingS,
      stops: state.tripStops,
    };
    this.movementDelay = { vehicles: state.crossed, delayS: state.delay };
    this.walks = { arrivedMs: state.walkArrivedMs, waitingS: state.walkWaited };
    this.crossings = {
      waiting: state.crossingWaiting,
      walkers: state.walkersCrossed,
      waitedS: state.crossingWaitedS,
      longestS: state.crossingLongestS,
    };
  }

  static start(scenario: Scenario, { seed, crew, machine }: EngineOptions): MicroEngine {
    const world = createWorld(scenario, seed, machine ?? (crew === undefined ? PLAIN : PLAIN_SHARED));
    const dark = scenario.city.signals.map(() => '');
    const engine = new MicroEngine(dark, begin(world, crew));
    engine.#signals.start(scenario.beginMs);
    return engine;
  }

  static load(scenario: Scenario, bytes: Uint8Array, { crew, machine }: Omit<EngineOptions, 'seed'>): MicroEngine {
    const { world, lamps } = openWorld(scenario, bytes, machine ?? (crew === undefined ? PLAIN : PLAIN_SHARED));
    return new MicroEngine(lamps, begin(world, crew));
  }

  fork(into?: Engine): Engine {
    if (into === undefined) {
      const copy = copyWorld(this.#world);
      return new MicroEngine(this.#lamps, workInTurns(copy));
    }
    if (!(into instanceof MicroEngine) || into === this || into.#world.types !== this.#world.types) {
      throw new Error('an engine can be forked only into another fork of it');
    }
    into.#take(this);
    return into;
  }

  forkPart(part: Surroundings, into?: PartialFork): PartialFork {
    const fork = into ?? new PartialCity(this.#world);
    if (!(fork instanceof PartialCity) || !fork.fits(this.#world)) {
      throw new Error('a part can be forked only into another partial fork of the same engine');
    }
    fork.take(this.#world, this.#lamps, part);
    return fork;
  }

  #take(other: MicroEngine): void {
    copyState(other.#world, this.#world);
    for (let signal = 0; signal < this.#lamps.length; signal++) this.#lamps[signal] = other.#lamps[signal]!;
    drain(this.#world.events);
    this.#frameStep = -1;
    const { net, trips, choices, seed } = other.#world;
    if (choices !== this.#world.choices) this.#exchange({ ...this.#world, net, trips, choices, seed });
  }

  #exchange(world: World): void {
    this.#crew.exchange(world);
    this.#world = this.#crew.worlds[0]!;
    this.#signals = createSignalHeads(world, this.#lamps);
  }

  save(): Uint8Array {
    return saveWorld(this.#world, this.#lamps);
  }

  close(lanes: readonly number[], isClosed: boolean): void {
    this.#exchange(withClosed(this.#world, lanes, isClosed));
  }

  setSpeed(road: number, speedMps: MetresPerSecond): void {
    const w = this.#world;
    const first = w.net.roadFirstLane[road]!;
    for (let lane = first; lane < first + w.net.roadLanes[road]!; lane++) {
      for (let v = w.state.head[lane]!; v >= 0; v = w.i32[(v << 1) + BEHIND]!) leaveSegment(w, v);
      w.f64[(lane << 3) + LIMIT] = speedMps;
      for (let v = w.state.head[lane]!; v >= 0; v = w.i32[(v << 1) + BEHIND]!) beginSegment(w, v);
    }
  }

  dispose(): void {
    this.#crew.close();
  }

  get trips(): TripRecords {
    const { state, net, i32: I } = this.#world;
    for (let segment = 0; segment < net.segments; segment++) {
      for (let v = state.head[segment]!; v >= 0; v = I[(v << 1) + BEHIND]!) {
        const trip = I[(v << 1) + TRIP]!;
        state.timeLossS[trip] = lossOf(this.#world, v);
        state.waitingS[trip] = waitedOf(this.#world, v);
        state.tripStops[trip] = I[(v << 1) + STOPS]!;
      }
    }
    return this.#trips;
  }

  get timeMs(): Milliseconds {
    return this.#scalar(SCALAR.timeMs);
  }

  get lamps(): readonly string[] {
    return this.#lamps;
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

  get ledAway(): number {
    return this.#scalar(SCALAR.ledAway);
  }

  get forcedHalts(): number {
    return this.#scalar(SCALAR.forced);
  }

  get frame(): Frame {
    const { state, net, f64: F, i32: I } = this.#world;
    const step = this.#scalar(SCALAR.step);
    const frame = this.#frame;
    if (this.#frameStep === step) return frame;
    this.#frameStep = step;
    let count = 0;
    for (let segment = 0; segment < net.segments; segment++) {
      for (let v = state.head[segment]!; v >= 0; v = I[(v << 1) + BEHIND]!) {
        const type = I[(v << 1) + KIND]!;
        frame.slot[count] = I[(v << 1) + TRIP]!;
        frame.segment[count] = segment;
        frame.posM[count] = F[v + POS]!;
        frame.speedMps[count] = F[v + SPEED]!;
        frame.lengthM[count] = F[type + LENGTH]!;
        frame.kind[count] = F[type + CLASS]!;
        count++;
      }
    }
    frame.count = count;
    frame.timeMs = this.timeMs;
    return frame;
  }

  step(): void {
    for (let signal = 0; signal < this.#lamps.length; signal++) this.#signals.tick(signal);
    stepAll(this.#crew);
    if (this.#scalar(SCALAR.step) % STRANDED_CHECK_S !== 0) return;
    const world = withOtherWays(this.#world);
    if (world !== null) this.#exchange(world);
  }

  show(signal: number, state: string): void {
    this.#signals.show(signal, state);
  }

  handBack(signal: number, phase: number): void {
    this.#signals.handBack(signal, phase);
  }

  drainEvents(): EngineEvents {
    return drain(this.#world.events);
  }

  hash(): string {
    return hashWords(this.#world.i32);
  }

  #scalar(at: number): number {
    return this.#world.state.scalars[at]!;
  }
}

/** Makes the crew that does an engine's steps together. */
export type CrewMaker = (world: World) => Crew;

export interface EngineOptions {
  readonly seed: number;
  /** Several threads (field/sim); the calling thread alone when undefined. The results are the same. */
  readonly crew?: CrewMaker;
  /** What does the phases (field/sim); this folder's own functions when undefined. The results are the same. */
  readonly machine?: Machine;
}

/** The crew that will do the steps, ready for the first. */
function begin(world: World, make: CrewMaker = workInTurns): Crew {
  const crew = make(world);
  for (const each of crew.worlds) each.machine.prepare(each);
  return crew;
}

/**
 * The traffic engine: microscopic, one second a step, deterministic in (scenario, seed, orders). It starts empty at
 * `scenario.beginMs`; `step` may go on past `endMs`.
 */
export function createEngine(scenario: Scenario, options: EngineOptions): Engine {
  return MicroEngine.start(scenario, options);
}

/**
 * Goes on from where `save` was called, with the same future. Throws an UrbaneError when the bytes are damaged or belong
 * to another city or demand.
 */
export function loadEngine(scenario: Scenario, bytes: Uint8Array, options: Omit<EngineOptions, 'seed'> = {}): Engine {
  return MicroEngine.load(scenario, bytes, options);
}
