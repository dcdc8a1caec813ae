import type { City } from '../city/city.ts';
import { getOwnProgram, isGreen } from '../city/greens.ts';
import type { Observation } from '../street/observation.ts';
import type { Junction } from './predictive-junction.ts';

/** Flow of a lane before any has told anything, vehicles per second of share of green. */
const USUAL_FLOW_BY_GREEN = 0.25;
/**
 * Heavier than others than lighter costs more, and a queue that nobody sees needs green to spare: a lane that never told is taken for so
 * many times as busy as those that did.
 */
const DOUBT = 1.6;
/**
 * But for not much busier than its share of green in the plan can carry: a quarter more than the saturation flow, vehicles per second of green
 * (HCM 2010: 1,900 an hour).
 */
const MOST_PER_S = 1.25 * 0.528;
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
  /** By lane: its share of green in its signal's own program. */
  readonly #green: Float64Array;
  /** By lane: the turns it leads to. */
  readonly #turnsOf: readonly string[];
  /** Mean flow of all lanes known, vehicles per second of share of green. */
  #usual = USUAL_FLOW_BY_GREEN;

  constructor(city: City, junctions: readonly Junction[]) {
    this.#city = city;
    this.#junctions = junctions;
    this.#queue = new Float64Array(city.lanes.length);
    this.#flowPerS = new Float64Array(city.lanes.length);
    this.#count = new Float64Array(city.lanes.length);
    this.#watchedS = new Float64Array(city.lanes.length);
    this.#greenS = new Float64Array(city.lanes.length);
    this.#roundS = new Float64Array(city.lanes.length);
    this.#turnsOf = city.lanes.map(({ out }) => [...new Set(out.map((m) => city.movements[m]!.turn))].sort().join(' '));
    this.#green = new Float64Array(city.lanes.length);
    for (const { signal, lanes } of junctions) {
      const { phases } = getOwnProgram(city.signals[signal]!);
      const cycleS = phases.reduce((sum, { durationS }) => sum + durationS, 0);
      for (const lane of lanes) {
        const links = city.lanes[lane]!.out.flatMap((m) =>
          city.movements[m]!.signal === signal ? [city.movements[m]!.link] : [],
        );
        for (const { state, durationS } of phases)
          if (links.some((link) => isGreen(state.charAt(link)))) this.#green[lane]! += durationS / cycleS;
      }
    }
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
    this.#usual = this.#meanFlow();
    for (const { lanes } of this.#junctions) {
      for (const lane of lanes) {
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
          const byGreen = Math.min(MOST_PER_S, DOUBT * this.#flowByGreen(lanes, lane));
          this.#flowPerS[lane] = byGreen * this.#green[lane]!;
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

  /** Mean flow of all lanes known, by share of green. */
  #meanFlow(): number {
    let flow = 0;
    let green = 0;
    for (const { lanes } of this.#junctions) {
      for (const lane of lanes) {
        if (this.#count[lane]! < KNOWN_FROM) continue;
        flow += this.#count[lane]! / this.#watchedS[lane]!;
        green += this.#green[lane]!;
      }
    }
    return green > 0 ? flow / green : USUAL_FLOW_BY_GREEN;
  }

  /**
   * Flow by share of green in the signal's own program, which was made for a demand: of the known ones among `lanes`, those of its
   * junction, that lead to the same turns as `lane`, or else of all known there, or else of all there are.
   */
  #flowByGreen(lanes: readonly number[], lane: number): number {
    let flow = 0;
    let green = 0;
    let flowAlike = 0;
    let greenAlike = 0;
    for (const other of lanes) {
      if (this.#count[other]! < KNOWN_FROM) continue;
      const perS = this.#count[other]! / this.#watchedS[other]!;
      flow += perS;
      green += this.#green[other]!;
      if (this.#turnsOf[other] !== this.#turnsOf[lane]) continue;
      flowAlike += perS;
      greenAlike += this.#green[other]!;
    }
    if (greenAlike > 0) return flowAlike / greenAlike;
    return green > 0 ? flow / green : this.#usual;
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
