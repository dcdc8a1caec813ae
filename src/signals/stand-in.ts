import type { City } from '../city/city.ts';
import { getOwnProgram, isGreen } from '../city/greens.ts';
import type { Observation } from '../street/observation.ts';
import type { Junction } from './predictive-junction.ts';

/** Flow of a lane whose junction has told nothing yet, vehicles per second of share of green. */
const USUAL_FLOW_BY_GREEN = 0.25;
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
  /** Share of its signal's own program in which some lamp of the lane is green. */
  readonly #planned: Float64Array;

  constructor(city: City, junctions: readonly Junction[]) {
    this.#city = city;
    this.#junctions = junctions;
    this.#queue = new Float64Array(city.lanes.length);
    this.#flowPerS = new Float64Array(city.lanes.length);
    this.#count = new Float64Array(city.lanes.length);
    this.#watchedS = new Float64Array(city.lanes.length);
    this.#planned = new Float64Array(city.lanes.length);
    for (const { signal, lanes } of junctions) {
      const { phases } = getOwnProgram(city.signals[signal]!);
      for (const lane of lanes) {
        const links = city.lanes[lane]!.out.map((m) => city.movements[m]!).filter((one) => one.signal === signal);
        let green = 0;
        let cycle = 0;
        for (const { state, durationS } of phases) {
          cycle += durationS;
          if (links.some(({ link }) => isGreen(state.charAt(link)))) green += durationS;
        }
        this.#planned[lane] = green / cycle;
      }
    }
  }

  /**
   * Call it every second with what left each lane in it; `isBlind` tells the lanes it must answer for, and it writes there what
   * it takes to have left.
   */
  observe({ signals }: Observation, departed: Float64Array, isBlind: (lane: number) => boolean): void {
    for (const junction of this.#junctions) {
      let usual = Number.NaN;
      for (const lane of junction.lanes) {
        if (!isBlind(lane)) {
          this.#queue[lane] = 0;
          const fade = this.#watchedS[lane]! < FLOW_MEMORY_S ? 1 : 1 - 1 / FLOW_MEMORY_S;
          this.#count[lane] = this.#count[lane]! * fade + departed[lane]!;
          this.#watchedS[lane] = this.#watchedS[lane]! * fade + 1;
          continue;
        }
        if (this.#count[lane]! >= KNOWN_FROM) this.#flowPerS[lane] = this.#count[lane]! / this.#watchedS[lane]!;
        else {
          if (Number.isNaN(usual)) usual = this.#flowByGreen(junction);
          this.#flowPerS[lane] = usual * this.#planned[lane]!;
        }
        const queue = Math.min(LONGEST_QUEUE, this.#queue[lane]! + this.#flowPerS[lane]!);
        departed[lane] = Math.min(queue, this.#mayLeave(lane, signals));
        this.#queue[lane] = queue - departed[lane]!;
      }
    }
  }

  /** Flow of the junction's known lanes by share of green in its own program, which was made for a demand. */
  #flowByGreen({ lanes }: Junction): number {
    let flow = 0;
    let green = 0;
    for (const lane of lanes) {
      if (this.#count[lane]! < KNOWN_FROM) continue;
      flow += this.#count[lane]! / this.#watchedS[lane]!;
      green += this.#planned[lane]!;
    }
    return green === 0 ? USUAL_FLOW_BY_GREEN : flow / green;
  }

  #mayLeave(lane: number, lamps: readonly string[]): number {
    let isOpen = false;
    let isFull = true;
    for (const m of this.#city.lanes[lane]!.out) {
      const { signal, link } = this.#city.movements[m]!;
      if (signal < 0) continue;
      const lamp = lamps[signal]?.charAt(link) ?? '';
      if (lamp === 'G' || lamp === 'g') isOpen = true;
      if (lamp !== 'G') isFull = false;
    }
    if (!isOpen) return 0;
    return isFull ? LEAVE_PER_S : LEAVE_IN_GAPS_PER_S;
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
