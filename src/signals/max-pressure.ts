import type { City } from '../city/city.ts';
import { getOwnProgram, isGreen, listGreens } from '../city/greens.ts';
import type { Observation } from '../street/observation.ts';
import { View } from '../street/view.ts';
import type { Milliseconds } from '../units/units.ts';
import type { Choice, Controller, ControllerOptions, SignalStatus } from './controller.ts';

export type Counted = 'all' | 'halted';

/** A stage's demand: each lane it lets go, with the lanes that traffic goes to. */
interface Inflow {
  readonly lane: number;
  readonly exits: readonly number[];
}

interface Stage {
  readonly phase: number;
  readonly inflows: readonly Inflow[];
}

interface SignalTable {
  readonly signal: number;
  readonly stages: readonly Stage[];
}

/** One inflow for each incoming lane with a green link, whose exits are all lanes of the roads it leads to. */
function listInflows(city: City, signal: number, state: string): Inflow[] {
  const exitsByLane = new Map<number, Set<number>>();
  city.signals[signal]!.links.forEach((movements, link) => {
    if (!isGreen(state.charAt(link))) return;
    for (const index of movements) {
      const { fromLane, toLane } = city.movements[index]!;
      const exits = exitsByLane.get(fromLane) ?? new Set<number>();
      exits.add(toLane);
      exitsByLane.set(fromLane, exits);
    }
  });
  return [...exitsByLane].map(([lane, exits]) => ({ lane, exits: [...exits] }));
}

/** Pressure of a stage in vehicles: over its inflows, vehicles on the incoming lane less the mean over its exit lanes. */
export function pressureOf(inflows: readonly Inflow[], vehiclesOn: (lane: number) => number): number {
  let pressure = 0;
  for (const { lane, exits } of inflows) {
    let beyond = 0;
    for (const exit of exits) beyond += vehiclesOn(exit);
    pressure += vehiclesOn(lane) - (exits.length > 0 ? beyond / exits.length : 0);
  }
  return pressure;
}

/**
 * Max-pressure (P. Varaiya, "Max pressure control of a network of signalized intersections", Transportation Research
 * Part C 36, 2013) with exit queues by their mean: every decision step the green whose incoming lanes hold the most
 * vehicles over what their exits hold; ties go to the current green. Score in vehicles.
 */
export class MaxPressure implements Controller {
  readonly name: string;
  readonly #counted: Counted;
  readonly #view: View;
  readonly #tables: readonly SignalTable[];
  /** By lane, for the decision step `#stamp`: vehicles counted, so that a lane is counted once. */
  readonly #vehicles: Float64Array;
  readonly #countedAt: Uint32Array;
  #stamp = 0;

  constructor({ city, signals }: ControllerOptions, counted: Counted) {
    this.name = counted === 'all' ? 'max-pressure' : 'max-pressure-halted';
    this.#counted = counted;
    this.#view = new View(city);
    this.#tables = signals.map((signal) => {
      const program = getOwnProgram(city.signals[signal]!);
      const stages = listGreens(program).map((phase) => ({
        phase,
        inflows: listInflows(city, signal, program.phases[phase]!.state),
      }));
      return { signal, stages };
    });
    this.#vehicles = new Float64Array(city.lanes.length);
    this.#countedAt = new Uint32Array(city.lanes.length);
  }

  observe(observation: Observation): void {
    this.#view.observe(observation);
  }

  decide(_nowMs: Milliseconds, status: readonly SignalStatus[]): Choice[] {
    this.#stamp++;
    const choices: Choice[] = [];
    for (const { signal, stages } of this.#tables) {
      const now = status[signal];
      if (now === undefined || stages.length === 0) continue;
      const alternatives = stages.map(({ phase, inflows }) => ({
        stage: phase,
        score: pressureOf(inflows, (lane) => this.#vehiclesOn(lane)),
      }));
      choices.push(choose(signal, now.stage, alternatives));
    }
    return choices;
  }

  #vehiclesOn(lane: number): number {
    if (this.#countedAt[lane] !== this.#stamp) {
      const seen = this.#counted === 'all' ? this.#view.vehiclesOn(lane) : this.#view.haltedOn(lane);
      this.#vehicles[lane] = seen ?? 0;
      this.#countedAt[lane] = this.#stamp;
    }
    return this.#vehicles[lane]!;
  }
}

function choose(signal: number, current: number, alternatives: Choice['alternatives']): Choice {
  let best = alternatives[0]!;
  for (const candidate of alternatives) {
    if (candidate.score > best.score || (candidate.score === best.score && candidate.stage === current))
      best = candidate;
  }
  const others = alternatives.filter(({ stage }) => stage !== best.stage).map(({ score }) => score);
  const runnerUp = others.length > 0 ? Math.max(...others) : null;
  const why =
    runnerUp === null
      ? 'the only stage'
      : best.score === runnerUp && best.stage === current
        ? `keeps the green: pressure ${best.score.toFixed(1)} on both`
        : `pressure ${best.score.toFixed(1)} against ${runnerUp.toFixed(1)} of the next best`;
  return { signal, stage: best.stage, alternatives, why };
}
