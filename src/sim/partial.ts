import type { Milliseconds } from '../units/units.ts';
import { lossOf } from './accounts.ts';
import { addSiren, removeSiren } from './emergency.ts';
import { createEventLog } from './events.ts';
import { FIRST } from './layout.ts';
import { CONTROL } from './network.ts';
import type { MovementDelay } from './records.ts';
import { LEAVER, LEAVER_WORDS, LEAVERS } from './scratch.ts';
import { createSignalHeads, type SignalHeads } from './signals.ts';
import { HALTING, SCALAR, SEGMENT, startState, VEHICLE, VEHICLE_WORDS } from './state.ts';
import { PHASE, planShare, runPhase, STEP_MS } from './step.ts';
import type { Surroundings } from './surroundings.ts';
import { type Share, unlink, type World } from './world.ts';

const { tail: TAIL, resting: RESTING } = SEGMENT;
const { speed: SPEED, segment: ON, behind: BEHIND, trip: TRIP } = VEHICLE;

/** Words of 32 bits in the record of a segment. */
const SEGMENT_WORDS = 16;

/**
 * A junction's surroundings run ahead by themselves: the vehicles on its roads, the signals of its movements, and nobody
 * else. Who leaves is gone; nobody comes in; there are no people on foot.
 */
export interface PartialFork {
  readonly timeMs: Milliseconds;
  /** By signal index of the city; those of the part are kept. */
  readonly lamps: readonly string[];
  /** Vehicles that are still there; that halt (below 0.1 m/s); that left the part or arrived since the fork. */
  readonly present: number;
  readonly halted: number;
  readonly left: number;
  /** Seconds lost since the fork, by those who left as well. */
  readonly timeLossS: number;
  /** By movement of the city: crossings of the part's stop lines since the fork. */
  readonly movementDelay: MovementDelay;
  step(): void;
  show(signal: number, state: string): void;
  handBack(signal: number, phase: number): void;
}

/** The place where partial forks live: as large as the city, but only what belongs to the part is ever looked at. */
export class PartialCity implements PartialFork {
  readonly #lamps: string[];
  readonly movementDelay: MovementDelay;
  /** What the world works on: its parts change with each fork, and the world stays the same one. */
  readonly #share: { -readonly [K in keyof Share]: Share[K] };
  #world: World;
  #signals: SignalHeads;
  #part: Surroundings | null = null;
  #lossBeforeS = 0;
  #goneLossS = 0;
  #left = 0;

  constructor(like: World) {
    this.#share = { ...like.share };
    const started = startState(like, like.machine.allocate);
    this.#world = {
      ...like,
      ...started,
      parts: 1,
      approaches: like.scratch.approach,
      share: this.#share,
      events: createEventLog(0, like.machine.allocate),
    };
    const { state } = this.#world;
    state.shows.fill(CONTROL.major);
    this.movementDelay = { vehicles: state.crossed, delayS: state.delay };
    this.#lamps = like.scenario.city.signals.map(() => '');
    this.#signals = createSignalHeads(this.#world, this.#lamps);
  }

  /** True when a fork of `world` can be taken here. */
  fits(world: World): boolean {
    return world.types === this.#world.types;
  }

  /** Forgets the last fork and takes the part of the city as it is in `from`. */
  take(from: World, lamps: readonly string[], part: Surroundings): void {
    this.#forget();
    this.#part = part;
    const { net, trips, choices, seed } = from;
    if (choices !== this.#world.choices) {
      this.#world.machine.release(this.#world);
      this.#world = { ...this.#world, net, trips, choices, seed };
      this.#signals = createSignalHeads(this.#world, this.#lamps);
    }
    this.#share.segments = part.share.segments;
    this.#share.roads = part.share.roads;
    const { state } = this.#world;
    state.scalars.set(from.state.scalars);
    state.scalars[SCALAR.freeTop] = 0;
    state.scalars[SCALAR.parked] = 0;
    state.scalars[SCALAR.sirens] = 0;
    for (const signal of part.signals) this.#takeSignal(from, lamps, signal);
    for (const movement of part.movements) {
      state.crossed[movement] = 0;
      state.delay[movement] = 0;
    }
    this.#left = 0;
    this.#goneLossS = 0;
    this.#lossBeforeS = this.#takeVehicles(from, part);
  }

  #takeSignal({ state: from, programs }: World, lamps: readonly string[], signal: number): void {
    const { state } = this.#world;
    state.phase[signal] = from.phase[signal]!;
    state.phaseSinceMs[signal] = from.phaseSinceMs[signal]!;
    state.phaseEndMs[signal] = from.phaseEndMs[signal]!;
    state.commanded[signal] = from.commanded[signal]!;
    const { detectorStart } = programs.actuated;
    for (let detector = detectorStart[signal]!; detector < detectorStart[signal + 1]!; detector++) {
      state.detectorLeftMs[detector] = from.detectorLeftMs[detector]!;
    }
    this.#lamps[signal] = lamps[signal]!;
  }

  /** Copies the part's segments and the vehicles on them, which keep their places; returns the seconds they had lost. */
  #takeVehicles(from: World, { share }: Surroundings): number {
    const { state, stops, net } = this.#world;
    const { head, occupied, entering, relit, mustChange, shows } = from.state;
    const { i32: I } = from;
    const { i32: own } = this.#world;
    let lossS = 0;
    for (let run = 0; run < share.segments.length; run += 2) {
      const end = share.segments[run + 1]!;
      for (let seg = share.segments[run]!; seg < end; seg++) {
        state.head[seg] = head[seg]!;
        state.occupied[seg] = occupied[seg]!;
        if (seg >= net.lanes) state.shows[seg - net.lanes] = shows[seg - net.lanes]!;
        else {
          state.entering[seg] = entering[seg]!;
          state.relit[seg] = relit[seg]!;
          state.mustChange[net.laneRoad[seg]!] = mustChange[net.laneRoad[seg]!]!;
        }
        copyWords(I, own, seg * SEGMENT_WORDS + 2 * FIRST, SEGMENT_WORDS);
        for (let v = head[seg]!; v >= 0; v = I[(v << 1) + BEHIND]!) {
          copyWords(I, own, v << 1, VEHICLE_WORDS);
          addSiren(this.#world, v);
          lossS += lossOf(from, v);
          const trip = I[(v << 1) + TRIP]!;
          state.way[trip] = from.state.way[trip]!;
          const bus = stops.bus[trip]!;
          if (bus < 0) continue;
          state.stopAt[bus] = from.state.stopAt[bus]!;
          state.standsUntilMs[bus] = from.state.standsUntilMs[bus]!;
        }
      }
    }
    return lossS;
  }

  /** Leaves the last part's segments empty and open. */
  #forget(): void {
    if (this.#part === null) return;
    const { state, i32: I, net } = this.#world;
    const runs = this.#part.share.segments;
    for (let run = 0; run < runs.length; run += 2) {
      for (let seg = runs[run]!; seg < runs[run + 1]!; seg++) {
        state.head[seg] = -1;
        I[(seg << 4) + TAIL] = -1;
        I[(seg << 4) + RESTING] = -1;
        state.occupied[seg] = 0;
        if (seg >= net.lanes) state.shows[seg - net.lanes] = CONTROL.major;
      }
    }
  }

  get timeMs(): Milliseconds {
    return this.#world.state.scalars[SCALAR.timeMs]!;
  }

  get lamps(): readonly string[] {
    return this.#lamps;
  }

  get present(): number {
    return this.#sum(() => 1);
  }

  get halted(): number {
    const { f64: F } = this.#world;
    return this.#sum((v) => (F[v + SPEED]! < HALTING ? 1 : 0));
  }

  get left(): number {
    return this.#left;
  }

  get timeLossS(): number {
    return this.#sum((v) => lossOf(this.#world, v)) + this.#goneLossS - this.#lossBeforeS;
  }

  /** Of all vehicles that are still there. */
  #sum(of: (v: number) => number): number {
    const { state, i32: I, share } = this.#world;
    let sum = 0;
    for (let run = 0; run < share.segments.length; run += 2) {
      for (let seg = share.segments[run]!; seg < share.segments[run + 1]!; seg++) {
        for (let v = state.head[seg]!; v >= 0; v = I[(v << 1) + BEHIND]!) sum += of(v);
      }
    }
    return sum;
  }

  step(): void {
    const w = this.#world;
    const part = this.#part!;
    const { scalars } = w.state;
    for (const signal of part.signals) this.#signals.tick(signal);
    for (const movement of part.movements) w.scratch.approach[movement] = -1;
    for (const movement of part.beyond) w.scratch.approach[movement] = -1;
    planShare(w);
    runPhase(w, PHASE.decide);
    scalars[SCALAR.drove] = scalars[SCALAR.drove]! + 1;
    runPhase(w, PHASE.move);
    runPhase(w, PHASE.passFromLanes);
    runPhase(w, PHASE.passFromMovements);
    w.machine.phases.endPassing(w);
    this.#letGo(part);
    runPhase(w, PHASE.noteChanges);
    runPhase(w, PHASE.applyChanges);
    w.machine.phases.passAdvice(w);
    scalars[SCALAR.timeMs] = scalars[SCALAR.timeMs]! + STEP_MS;
    scalars[SCALAR.step] = scalars[SCALAR.step]! + 1;
  }

  /** Of those who left their segment, takes out who is no longer in the part; who arrived or went into a bay is out already. */
  #letGo({ isInside }: Surroundings): void {
    const { leavers, i32: I, state } = this.#world;
    const { scalars, parked } = state;
    const count = leavers[LEAVERS.all]!;
    for (let k = 1; k <= count; k++) {
      const v = leavers[k * LEAVER_WORDS + LEAVER.vehicle]!;
      const hasArrived = I[(v << 1) + TRIP]! < 0;
      if (!hasArrived && isInside[I[(v << 1) + ON]!] === 1) continue;
      if (!hasArrived) {
        unlink(this.#world, v);
        removeSiren(this.#world, v);
      }
      this.#count(v);
    }
    for (let k = 0; k < scalars[SCALAR.parked]!; k++) this.#count(parked[k]!);
    scalars[SCALAR.freeTop] = 0;
    scalars[SCALAR.parked] = 0;
  }

  /** Counts a vehicle that is gone. */
  #count(v: number): void {
    this.#goneLossS += lossOf(this.#world, v);
    this.#left++;
  }

  show(signal: number, state: string): void {
    this.#signals.show(signal, state);
  }

  handBack(signal: number, phase: number): void {
    this.#signals.handBack(signal, phase);
  }
}

/** Copies records as words of 32 bits: numbers would not keep every pattern of bits. */
function copyWords(from: Int32Array, to: Int32Array, at: number, count: number): void {
  for (let k = at; k < at + count; k++) to[k] = from[k]!;
}
