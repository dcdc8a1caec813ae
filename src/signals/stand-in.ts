import type { City } from '../city/city.ts';
import type { Observation } from '../street/observation.ts';
import type { Junction } from './predictive-junction.ts';

/** Flow of a lane whose junction has told nothing yet, vehicles/s. */
const USUAL_FLOW = 0.08;
const FLOW_MEMORY_S = 900;
/** A lane that has told so many vehicles is known by itself. */
const KNOWN_FROM = 5;
/** What nobody sees is taken for a little more than the others, so that it is not starved. */
const CAUTION = 1.3;
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

  constructor(city: City, junctions: readonly Junction[]) {
    this.#city = city;
    this.#junctions = junctions;
    this.#queue = new Float64Array(city.lanes.length);
    this.#flowPerS = new Float64Array(city.lanes.length).fill(USUAL_FLOW);
    this.#count = new Float64Array(city.lanes.length);
    this.#watchedS = new Float64Array(city.lanes.length);
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
          if (Number.isNaN(usual)) usual = this.#meanFlow(junction);
          this.#flowPerS[lane] = CAUTION * usual;
        }
        const queue = Math.min(LONGEST_QUEUE, this.#queue[lane]! + this.#flowPerS[lane]!);
        departed[lane] = Math.min(queue, this.#mayLeave(lane, signals));
        this.#queue[lane] = queue - departed[lane]!;
      }
    }
  }

  #meanFlow({ lanes }: Junction): number {
    let vehicles = 0;
    let seconds = 0;
    for (const lane of lanes) {
      if (this.#count[lane]! < KNOWN_FROM) continue;
      vehicles += this.#count[lane]!;
      seconds += this.#watchedS[lane]!;
    }
    return seconds === 0 ? USUAL_FLOW : vehicles / seconds;
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
