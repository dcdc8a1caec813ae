import type { City } from '../../city/city.ts';
import type { Scenario } from '../../demand/demand.ts';
import { createCompiledEngine } from '../../field/sim/engine.ts';
import type { Engine } from '../../sim/engine.ts';
import type { Milliseconds } from '../../units/units.ts';
import { type Plan, type SignalStages, writeProgram } from './timing.ts';

/** One run of a plan. */
export interface Outcome {
  /** Mean delay over all loaded vehicles, seconds. */
  readonly delayS: number;
  /** By signal: seconds lost before it by all vehicles, waits to enter included. */
  readonly atSignal: Float64Array;
  /** Seconds driven by all vehicles together. */
  readonly vehicleSeconds: number;
  /** By CHECK_S of the window: seconds that all vehicles together have spent in the city or waiting to enter it so far. */
  readonly spentS: readonly number[];
}

const CHECK_S = 300;
/** A run is broken off when, this far into it, its vehicles have spent so many times as long as its rival's. */
const CHECKS_BEFORE = 2;
const HOPELESS = 1.1;

/** A demand and a seed under which plans are compared: a city that has not started, copied for every run. */
export class Trial {
  readonly #scenario: Scenario;
  readonly #start: Engine;
  readonly #firstSignal: Int32Array;
  #spare: Engine | undefined;

  constructor(scenario: Scenario, seed: number) {
    this.#scenario = scenario;
    this.#start = createCompiledEngine(scenario, { seed });
    const signalAfter = listSignalAfter(scenario.city);
    this.#firstSignal = Int32Array.from(scenario.demand.trips, ({ route }) => {
      for (const road of route) if (signalAfter[road]! >= 0) return signalAfter[road]!;
      return -1;
    });
  }

  /**
   * Drives the window under the plan; null for signals' own programs. Broken off with an infinite delay as soon as it is
   * hopeless beside the `rival`'s run of this trial.
   */
  run(plan: Plan | null, offers: readonly SignalStages[], rival?: Outcome): Outcome {
    const { endMs } = this.#scenario;
    const engine = this.#start.fork(this.#spare);
    this.#spare = engine;
    const clocks = plan === null ? [] : startClocks(plan, offers, engine);
    const spentS: number[] = [];
    let spent = 0;
    for (let second = 1; engine.timeMs < endMs; second++) {
      for (const clock of clocks) clock(engine.timeMs);
      engine.step();
      spent += engine.present + engine.waitingToEnter;
      if (second % CHECK_S !== 0) continue;
      spentS.push(spent);
      const bestS = rival?.spentS[spentS.length - 1] ?? Number.POSITIVE_INFINITY;
      if (spentS.length > CHECKS_BEFORE && spent > HOPELESS * bestS) {
        return { ...this.#sumUp(engine, spentS), delayS: Number.POSITIVE_INFINITY };
      }
    }
    return this.#sumUp(engine, spentS);
  }

  #sumUp(engine: Engine, spentS: readonly number[]): Outcome {
    const { city, demand, endMs } = this.#scenario;
    const { trips, movementDelay } = engine;
    const atSignal = new Float64Array(city.signals.length);
    let total = 0;
    demand.trips.forEach(({ departMs }, trip) => {
      const insertedMs = trips.insertedMs[trip]!;
      const waitedS = Math.max(0, (insertedMs >= 0 ? insertedMs : endMs) - departMs) / 1000;
      total += waitedS + trips.timeLossS[trip]!;
      const signal = this.#firstSignal[trip]!;
      if (signal >= 0) atSignal[signal]! += waitedS;
    });
    city.movements.forEach(({ signal }, m) => {
      if (signal >= 0) atSignal[signal]! += movementDelay.delayS[m]!;
    });
    const { vehicleSeconds } = engine;
    return { delayS: total / Math.max(1, demand.trips.length), atSignal, vehicleSeconds, spentS };
  }
}

/** By road: the signal at its end, or -1. */
export function listSignalAfter(city: City): Int32Array {
  const after = new Int32Array(city.roads.length).fill(-1);
  for (const { signal, fromLane } of city.movements) {
    if (signal >= 0) after[city.lanes[fromLane]!.road] = signal;
  }
  return after;
}

/** Per signal with a timing: shows its lamps when they change, as a fixed program by the clock would. */
function startClocks(plan: Plan, offers: readonly SignalStages[], engine: Engine): ((nowMs: Milliseconds) => void)[] {
  return plan.flatMap((timing, signal) => {
    if (timing === null) return [];
    const { offsetS, phases } = writeProgram(offers[signal]!, timing);
    const ends: number[] = [];
    let cycleMs = 0;
    for (const { durationS } of phases) {
      cycleMs += durationS * 1000;
      ends.push(cycleMs);
    }
    let untilMs = Number.NEGATIVE_INFINITY;
    return [
      (nowMs: Milliseconds) => {
        if (nowMs < untilMs) return;
        const at = (((nowMs - offsetS * 1000) % cycleMs) + cycleMs) % cycleMs;
        const phase = ends.findIndex((end) => at < end);
        engine.show(signal, phases[phase]!.state);
        untilMs = nowMs + ends[phase]! - at;
      },
    ];
  });
}
