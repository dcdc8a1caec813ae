import type { City } from '../city/city.ts';
import { getOwnProgram, isGreen } from '../city/greens.ts';
import type { Observation } from '../street/observation.ts';
import type { Junction } from './predictive-junction.ts';

/** Flow of a lane whose junction has told nothing yet, vehicles per second of share of green. */
const USUAL_FLOW_BY_GREEN = 0.25;
/** Heavier than others than lighter costs more: a lane that never told is taken for so many times as busy as those that did. */
const DOUBT = 1.5;
/** But for no busier than its share of green in the plan can carry: saturation flow, vehicles per second of green (HCM 2010: 1,900 an hour). */
const SATURATION_PER_S = 0.528;
const FLOW_MEMORY_S = 900;
/** A lane that has told so many vehicles is known by itself. */
const KNOWN_FROM = 5;
/** Vehicles that leave a queue per second of full green, and of a green that gives way. */
const LEAVE_PER_S = 0.45;
const LEAVE_IN_GAPS_PER_S = 0.2;
const LONGEST_QUEUE = 30;

/** What is assumed on lanes that no sensor tells of: a queue that grows at the lane's usual flow and goes on its greens. */
export class StandIn {
  readonly #city: City;
  readonly #junctions: readonly Junction[];
  /** By lane. */
  readonly #queue: Float64Array;
  readonly #flowPerS: Float64Array;
  readonly #count: Float64Array;
  readonly #watchedS: Float64Array;
  /** By lane: seconds of its present green (0 on red), and since the green before that, or on red the last one, began. */
  readonly #greenS: Float64Array;
  readonly #roundS: Float64Array;
  /** By junction and two of its lanes (first * lanes + second): share of its signal's own program in which both have a green. */
  readonly #shared: readonly Float64Array[];

  constructor(city: City, junctions: readonly Junction[]) {
    this.#city = city;
    this.#junctions = junctions;
    this.#queue = new Float64Array(city.lanes.length);
    this.#flowPerS = new Float64Array(city.lanes.length);
    this.#count = new Float64Array(city.lanes.length);
    this.#watchedS = new Float64Array(city.lanes.length);
    this.#greenS = new Float64Array(city.lanes.length);
    this.#roundS = new Float64Array(city.lanes.length);
    this.#shared = junctions.map(({ signal, lanes }) => {
      const { phases } = getOwnProgram(city.signals[signal]!);
      const cycleS = phases.reduce((sum, { durationS }) => sum + durationS, 0);
      const links = lanes.map((lane) =>
        city.lanes[lane]!.out.map((m) => city.movements[m]!).filter((one) => one.signal === signal),
      );
      const shared = new Float64Array(lanes.length ** 2);
      for (const { state, durationS } of phases) {
        const open = lanes.flatMap((_, i) => (links[i]!.some(({ link }) => isGreen(state.charAt(link))) ? [i] : []));
        for (const i of open) for (const k of open) shared[i * lanes.length + k]! += durationS / cycleS;
      }
      return shared;
    });
  }

  /**
   * Call it every second with what left each lane in it; `isBlind` tells the lanes it must answer for, and it writes there what
   * it takes to have left. `restOf`: flow of such a lane by what other sensors tell, vehicles per second; NaN where they do not.
   */
  observe(
    { signals }: Observation,
    departed: Float64Array,
    isBlind: (lane: number) => boolean,
    restOf: (lane: number) => number,
  ): void {
    for (let j = 0; j < this.#junctions.length; j++) {
      const { lanes } = this.#junctions[j]!;
      for (let i = 0; i < lanes.length; i++) {
        const lane = lanes[i]!;
        if (!isBlind(lane)) {
          this.#queue[lane] = 0;
          const fade = this.#watchedS[lane]! < FLOW_MEMORY_S ? 1 : 1 - 1 / FLOW_MEMORY_S;
          this.#count[lane] = this.#count[lane]! * fade + departed[lane]!;
          this.#watchedS[lane] = this.#watchedS[lane]! * fade + 1;
          continue;
        }
        const rest = restOf(lane);
        if (!Number.isNaN(rest)) this.#flowPerS[lane] = rest;
        else if (this.#count[lane]! >= KNOWN_FROM) this.#flowPerS[lane] = this.#count[lane]! / this.#watchedS[lane]!;
        else {
          const byGreen = Math.min(SATURATION_PER_S, DOUBT * this.#flowByGreen(j, i));
          this.#flowPerS[lane] = byGreen * this.#shared[j]![i * lanes.length + i]!;
        }
        const may = this.#mayLeave(lane, signals);
        this.#roundS[lane]!++;
        if (may > 0) this.#greenS[lane]!++;
        else if (this.#greenS[lane]! > 0) {
          this.#roundS[lane] = this.#greenS[lane]! + 1;
          this.#greenS[lane] = 0;
        }
        // Whatever is assumed, nobody is taken to wait since before the last green but one: a guess that is too high would take all.
        const most = Math.min(LONGEST_QUEUE, this.#flowPerS[lane]! * this.#roundS[lane]!);
        const queue = Math.min(most, this.#queue[lane]! + this.#flowPerS[lane]!);
        departed[lane] = Math.min(queue, may);
        this.#queue[lane] = queue - departed[lane]!;
      }
    }
  }

  /**
   * Flow by share of green in the signal's own program, which was made for a demand: of the known lanes that have their green
   * together with lane `i` of junction `j`, such as those it faces, or else of all known lanes.
   */
  #flowByGreen(j: number, i: number): number {
    const { lanes } = this.#junctions[j]!;
    const shared = this.#shared[j]!;
    let flow = 0;
    let green = 0;
    let flowBeside = 0;
    let greenBeside = 0;
    for (let k = 0; k < lanes.length; k++) {
      const lane = lanes[k]!;
      if (this.#count[lane]! < KNOWN_FROM) continue;
      const perS = this.#count[lane]! / this.#watchedS[lane]!;
      const planned = shared[k * lanes.length + k]!;
      const beside = shared[i * lanes.length + k]!;
      flow += perS;
      green += planned;
      flowBeside += beside * perS;
      greenBeside += beside * planned;
    }
    if (greenBeside > 0) return flowBeside / greenBeside;
    return green > 0 ? flow / green : USUAL_FLOW_BY_GREEN;
  }

  /** Where no traffic of the lane is known, as if all its links had the same; else as the one with the least right. */
  #mayLeave(lane: number, lamps: readonly string[]): number {
    let sum = 0;
    let links = 0;
    let isFull = true;
    for (const m of this.#city.lanes[lane]!.out) {
      const { signal, link } = this.#city.movements[m]!;
      if (signal < 0) continue;
      const lamp = lamps[signal]?.charAt(link);
      sum += lamp === 'G' ? LEAVE_PER_S : lamp === 'g' ? LEAVE_IN_GAPS_PER_S : 0;
      if (lamp !== 'G') isFull = false;
      links++;
    }
    if (sum === 0 || isFull) return sum / links;
    return this.#count[lane]! < KNOWN_FROM ? sum / links : LEAVE_IN_GAPS_PER_S;
  }

  /** Vehicles assumed to wait on a blind lane. */
  queueOf(lane: number): number {
    return this.#queue[lane]!;
  }

  /** Vehicles per second assumed to come to it. */
  flowOf(lane: number): number {
    return this.#flowPerS[lane]!;
  }
}
