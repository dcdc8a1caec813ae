import type { City } from '../city/city.ts';
import { getOwnProgram, isGreen, listGreens } from '../city/greens.ts';
import type { Observation } from '../street/observation.ts';
import { View } from '../street/view.ts';
import type { Milliseconds } from '../units/units.ts';
import type { Choice, Controller, ControllerOptions, SignalStatus } from './controller.ts';

export type Counted = 'all' | 'halted';

/** A movement that a stage lets go: its incoming lane, and the lanes of the next road its traffic goes to. */
export interface Inflow {
  readonly lane: number;
  readonly exits: readonly number[];
}

interface SignalTable {
  readonly signal: number;
  readonly stages: readonly { readonly phase: number; readonly inflows: readonly Inflow[] }[];
  /** Every incoming lane of the stages, once. */
  readonly incoming: readonly number[];
}

/**
 * One inflow for each movement with a green link, protected or permissive: from an incoming lane to the next road, whose
 * exits are the lanes it may take there. A lane that serves two movements counts for both (docs/decisions/002).
 */
function listInflows(city: City, signal: number, state: string): Inflow[] {
  const inflows = new Map<string, { lane: number; exits: Set<number> }>();
  city.signals[signal]!.links.forEach((movements, link) => {
    if (!isGreen(state.charAt(link))) return;
    for (const index of movements) {
      const { fromLane, toLane } = city.movements[index]!;
      const key = `${fromLane} ${city.lanes[toLane]!.road}`;
      const inflow = inflows.get(key) ?? { lane: fromLane, exits: new Set<number>() };
      inflow.exits.add(toLane);
      inflows.set(key, inflow);
    }
  });
  return [...inflows.values()].map(({ lane, exits }) => ({ lane, exits: [...exits] }));
}

/** Pressure of a stage in vehicles: over its inflows, vehicles on the incoming lane less the mean over its exit lanes. */
export function pressureOf(
  inflows: readonly Inflow[],
  incoming: (lane: number) => number,
  leaving: (lane: number) => number,
): number {
  let pressure = 0;
  for (const { lane, exits } of inflows) {
    let beyond = 0;
    for (const exit of exits) beyond += leaving(exit);
    pressure += incoming(lane) - beyond / exits.length;
  }
  return pressure;
}

/**
 * Max-pressure (P. Varaiya, "Max pressure control of a network of signalized intersections", Transportation Research
 * Part C 36, 2013) with exit queues by their mean: every decision step the green whose movements hold the most
 * vehicles over what their exits hold; ties go to the current green. Score in vehicles. It hands back a signal
 * where every approach is blind.
 */
export class MaxPressure implements Controller {
  readonly name: string;
  readonly #counted: Counted;
  readonly #view: View;
  readonly #tables: readonly SignalTable[];
  /** By lane, for the decision step `#stamp`: vehicles counted, so that a lane is counted once; NaN when unknown. */
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
      const incoming = [...new Set(stages.flatMap(({ inflows }) => inflows.map(({ lane }) => lane)))];
      return { signal, stages, incoming };
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
    for (const { signal, stages, incoming } of this.#tables) {
      const now = status[signal];
      if (now === undefined || stages.length === 0) continue;
      const neutral = this.#meanKnown(incoming);
      if (neutral === null) {
        choices.push({ signal, stage: now.stage, alternatives: [], why: 'every approach is blind', handsBack: true });
        continue;
      }
      const onIncoming = (lane: number): number => this.#vehiclesOn(lane) ?? neutral;
      const onExit = (lane: number): number => this.#vehiclesOn(lane) ?? 0;
      const alternatives = stages.map(({ phase, inflows }) => ({
        stage: phase,
        score: pressureOf(inflows, onIncoming, onExit),
      }));
      choices.push(choose(signal, now.stage, alternatives));
    }
    return choices;
  }

  /** What a blind incoming lane counts for: as much as the others on average; null when all are. A blind exit counts as free. */
  #meanKnown(lanes: readonly number[]): number | null {
    const known = lanes.map((lane) => this.#vehiclesOn(lane)).filter((vehicles) => vehicles !== null);
    return known.length === 0 ? null : known.reduce((sum, vehicles) => sum + vehicles, 0) / known.length;
  }

  #vehiclesOn(lane: number): number | null {
    if (this.#countedAt[lane] !== this.#stamp) {
      const seen = this.#counted === 'all' ? this.#view.vehiclesOn(lane) : this.#view.haltedOn(lane);
      this.#vehicles[lane] = seen ?? Number.NaN;
      this.#countedAt[lane] = this.#stamp;
    }
    const vehicles = this.#vehicles[lane]!;
    return Number.isNaN(vehicles) ? null : vehicles;
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
