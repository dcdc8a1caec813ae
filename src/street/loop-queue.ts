import type { City } from '../city/city.ts';
import { isGreen } from '../city/greens.ts';
import type { Metres, Milliseconds, Seconds } from '../units/units.ts';
import type { LoopPlace, LoopReadings, Observation } from './observation.ts';

/** Space a queued vehicle takes, m (SUMO's default car of 5 m and its gap of 2.5 m). */
export const QUEUE_SPACE_M: Metres = 7.5;
/** A stop-line loop that has been on for so long carries a standing vehicle; off for so long, nobody waits there. */
const STANDING_MS: Milliseconds = 2000;
const EMPTY_MS: Milliseconds = 3000;
/** The same while all that is open must give way: who waits for a gap stands before the loop, unseen. */
const EMPTY_YIELDING_MS: Milliseconds = 7000;
/** An advance loop on for so long: the queue has reached it; off for so long: it has drawn back. */
const REACHED_MS: Milliseconds = 3000;
/** Seconds of arrivals remembered, to tell vehicles on their way from those in the queue. */
const MEMORY_S: Seconds = 32;
/** Memory of the mean flow, and of how the counts of the two loops compare, with this many vehicles taken as equal before. */
const FLOW_MEMORY_S: Seconds = 200;
const COUNT_MEMORY_S: Seconds = 900;
const EQUAL_BEFORE = 10;
/** A road's loops tell of its flow from so many vehicles on. */
const TELLING_FROM = 5;
/** A slow driver takes this many times the free-flow time. */
const SLOW = 1.3;
const WHOLE_LOOP_M: Metres = 1.9;
/** Nobody is still on the stop-line loop, on the way out, so long after the lamps turned red. */
const CLEARED_S: Seconds = 2;
/** Where the stop-line loop is blind: vehicles that leave a queue per second of full green, and of one that gives way. */
const LEAVE_PER_S = 0.45;
const LEAVE_IN_GAPS_PER_S = 0.2;
/** Share of a second that a car of 5 m holds a loop of 2 m at 45 m/s. */
const SHORTEST_PASSAGE = 0.15;

interface Approach {
  readonly lane: number;
  readonly stopLine: number;
  readonly advance: number;
  /** From the advance loop to the stop line. */
  readonly storageM: Metres;
  /** Free-flow time for that, whole seconds. */
  readonly travelS: Seconds;
  /** From the start of the lane to its advance loop; Infinity where that lies on a lane behind. */
  readonly behindM: Metres;
  /** Other approach lanes of the road. */
  readonly mates: readonly number[];
  /** Signalised links of the lane. */
  readonly links: readonly { readonly signal: number; readonly link: number }[];
  /** False where the lane is too short for a whole stop-line loop: drivers may stop before it. */
  readonly seesWaiting: boolean;
}

/**
 * Queue and arrivals of every approach lane from its two loops (input-output counting with a vertical queue; A. Sharma,
 * D. M. Bullock, J. A. Bonneson, Transportation Research Record 2035, 2007): who crosses the advance loop is due at the stop line
 * one free-flow time later and queues there until one leaves. Counting drifts, so that occupancy corrects it: an empty stop
 * line ends the queue, a standing vehicle is at least one, an advance loop held down means a full lane and, behind it,
 * vehicles at the lane's usual rate; nobody leaves on red. A blind loop is assumed: arrivals at the mean flow, departures on green as long as
 * the advance loop is not held. Counts at the advance loop are scaled to those at the stop line, since vehicles change
 * lanes between them.
 */
export class LoopQueues {
  readonly #approaches: readonly Approach[];
  readonly #byLane = new Map<number, Approach>();
  /** By lane: vehicles between the loops, those of them on their way by free flow, and those who wait behind the advance loop. */
  readonly #within: Float64Array;
  readonly #underWay: Float64Array;
  readonly #behind: Float64Array;
  readonly #flowPerS: Float64Array;
  readonly #left: Float64Array;
  /** Seconds that all its lamps have been red. */
  readonly #redS: Uint8Array;
  /** By lane: vehicles counted at both loops, fading. */
  readonly #countedIn: Float64Array;
  readonly #countedOut: Float64Array;
  /** By lane: vehicles per second over its advance and its stop-line loop, 0 while that is blind; of how many seconds. */
  readonly #intoPerS: Float64Array;
  readonly #outPerS: Float64Array;
  readonly #intoS: Float64Array;
  readonly #outS: Float64Array;
  /** Arrivals at the advance loop by lane and second, as a ring. */
  readonly #arrivals: Float32Array;
  readonly #wasOccupied: Uint8Array;
  #second = Number.NaN;
  #nowMs: Milliseconds = 0;
  #readings: LoopReadings | null = null;

  constructor(city: City, loops: readonly LoopPlace[]) {
    const lanes = city.lanes.length;
    this.#within = new Float64Array(lanes);
    this.#underWay = new Float64Array(lanes);
    this.#behind = new Float64Array(lanes);
    this.#flowPerS = new Float64Array(lanes).fill(0.05);
    this.#left = new Float64Array(lanes);
    this.#redS = new Uint8Array(lanes);
    this.#countedIn = new Float64Array(lanes);
    this.#countedOut = new Float64Array(lanes);
    this.#intoPerS = new Float64Array(lanes);
    this.#outPerS = new Float64Array(lanes);
    this.#intoS = new Float64Array(lanes);
    this.#outS = new Float64Array(lanes);
    this.#arrivals = new Float32Array(lanes * MEMORY_S);
    this.#wasOccupied = new Uint8Array(loops.length);
    const ofRoad = new Map<number, number[]>();
    for (const { lane, kind } of loops) {
      if (kind !== 'stop-line') continue;
      const { road } = city.lanes[lane]!;
      const mates = ofRoad.get(road);
      if (mates === undefined) ofRoad.set(road, [lane]);
      else mates.push(lane);
    }
    for (let k = 0; k + 1 < loops.length; k += 2) {
      const { lane } = loops[k]!;
      const advance = loops[k + 1]!;
      const { road, speedMps, out } = city.lanes[lane]!;
      const storageM = distanceToEnd(city, lane, advance);
      this.#byLane.set(lane, {
        lane,
        stopLine: k,
        advance: k + 1,
        storageM,
        travelS: Math.min(MEMORY_S - 1, Math.round(storageM / Math.max(1, speedMps))),
        behindM: advance.lane === lane ? advance.fromM : Number.POSITIVE_INFINITY,
        mates: ofRoad.get(road)!.filter((mate) => mate !== lane),
        links: out.map((index) => city.movements[index]!).filter(({ signal }) => signal >= 0),
        seesWaiting: loops[k]!.toM - loops[k]!.fromM >= WHOLE_LOOP_M,
      });
    }
    this.#approaches = [...this.#byLane.values()];
  }

  /** Takes in an observation with loops; call it for every one. */
  observe({ timeMs: nowMs, signals, loops: readings }: Observation): void {
    if (readings === null) return;
    const second = Math.floor(nowMs / 1000);
    const elapsed = second - this.#second;
    this.#nowMs = nowMs;
    this.#readings = readings;
    this.#second = second;
    if (elapsed !== 1) this.#forget(elapsed);
    for (const approach of this.#approaches) this.#count(approach, readings, signals);
    for (const approach of this.#approaches) this.#correct(approach, readings, signals);
    this.#wasOccupied.set(readings.occupied);
  }

  /** After a gap or a step back in time nobody is on the way any more; what waits is left to the corrections. */
  #forget(elapsed: number): void {
    if (elapsed === 0) return;
    this.#arrivals.fill(0);
    this.#underWay.fill(0);
  }

  #count(approach: Approach, readings: LoopReadings, lamps: readonly string[]): void {
    const { lane, stopLine, advance, travelS, links } = approach;
    const { blind, occupied } = readings;
    this.#redS[lane] = isAll(links, lamps, 'r') ? Math.min(100, this.#redS[lane]! + 1) : 0;
    let left = 0;
    if (blind[stopLine] === 1) {
      const may = isAll(links, lamps, 'G') ? LEAVE_PER_S : isOpen(links, lamps) ? LEAVE_IN_GAPS_PER_S : 0;
      left = Math.min(may, Math.max(0, this.#within[lane]! - this.#underWay[lane]!));
    } else if (this.#redS[lane]! <= CLEARED_S) {
      left = Math.max(0, countRises(readings, stopLine) + this.#wasOccupied[stopLine]! - occupied[stopLine]!);
    }
    const fade = 1 - 1 / COUNT_MEMORY_S;
    const scale = (this.#countedOut[lane]! + EQUAL_BEFORE) / (this.#countedIn[lane]! + EQUAL_BEFORE);
    const arrived = blind[advance] === 1 ? this.#flowPerS[lane]! : countRises(readings, advance) * scale;
    const at = lane * MEMORY_S;
    this.#arrivals[at + slotOf(this.#second)] = arrived;
    const due = this.#arrivals[at + slotOf(this.#second - travelS)]!;
    if (blind[advance] === 0 && blind[stopLine] === 0) {
      this.#countedOut[lane] = this.#countedOut[lane]! * fade + left;
      this.#countedIn[lane] = this.#countedIn[lane]! * fade + due / scale;
    }
    noteFlow(this.#intoPerS, this.#intoS, lane, blind[advance] === 1 ? Number.NaN : countRises(readings, advance));
    noteFlow(this.#outPerS, this.#outS, lane, blind[stopLine] === 1 ? Number.NaN : left);
    this.#underWay[lane] = Math.max(0, this.#underWay[lane]! + arrived - due);
    this.#behind[lane] = Math.max(0, this.#behind[lane]! - arrived);
    this.#within[lane]! += arrived - left;
    this.#left[lane] = left;
    this.#flowPerS[lane]! += (left - this.#flowPerS[lane]!) / FLOW_MEMORY_S;
  }

  #correct(approach: Approach, readings: LoopReadings, lamps: readonly string[]): void {
    const { lane, stopLine, advance, storageM, travelS, mates, links, seesWaiting } = approach;
    if (this.#within[lane]! < 0) this.#takeFrom(lane, mates);
    const nowMs = this.#nowMs;
    const isHeld =
      readings.blind[advance] === 0 &&
      readings.occupied[advance] === 1 &&
      nowMs - readings.lastOnMs[advance]! >= REACHED_MS;
    const isClear =
      readings.blind[advance] === 1 ||
      (readings.occupied[advance] === 0 && nowMs - readings.lastOffMs[advance]! >= REACHED_MS);
    if (isHeld) this.#behind[lane]! += this.#flowPerS[lane]!;
    else if (isClear) this.#behind[lane] = 0;
    const full = storageM / QUEUE_SPACE_M;
    let within = this.#within[lane]!;
    if (readings.blind[stopLine] === 1) within = Math.max(isHeld ? full : 0, within);
    else if (readings.occupied[stopLine] === 1) {
      const isStanding = nowMs - readings.lastOnMs[stopLine]! >= STANDING_MS;
      if (isStanding) within = Math.max(within, isHeld ? full : 1 + this.#underWay[lane]!);
    } else if (
      nowMs - readings.lastOffMs[stopLine]! >= emptyAfter(links, lamps) &&
      (seesWaiting || isOpen(links, lamps))
    ) {
      let recent = this.#underWay[lane]!;
      for (let ago = travelS; ago < SLOW * travelS + 1; ago++)
        recent += this.#arrivals[lane * MEMORY_S + slotOf(this.#second - ago)]!;
      within = Math.min(within, recent);
    }
    this.#within[lane] = Math.min(within, full + 2);
  }

  /** Who left without having come must have come on a lane beside. */
  #takeFrom(lane: number, mates: readonly number[]): void {
    let most = -1;
    for (const mate of mates) if (most < 0 || this.#within[mate]! > this.#within[most]!) most = mate;
    if (most >= 0 && this.#within[most]! > 1) {
      this.#within[most] = Math.max(1, this.#within[most]! + this.#within[lane]!);
    }
    this.#within[lane] = 0;
  }

  /** Estimated vehicles on the last `distanceM` of the lane (evenly spread over its storage); 0 where no loops lie. */
  countWithin(lane: number, distanceM: Metres): number {
    const approach = this.#byLane.get(lane);
    if (approach === undefined) return 0;
    const { storageM } = approach;
    const within = this.#within[lane]! * Math.min(1, distanceM / Math.max(1, storageM));
    return within + Math.min(this.#behind[lane]!, Math.max(0, distanceM - storageM) / QUEUE_SPACE_M);
  }

  /** Those of them that stand: none unless the stop line is held, and not those still on their way from the advance loop. */
  haltedWithin(lane: number, distanceM: Metres): number {
    const approach = this.#byLane.get(lane);
    const readings = this.#readings;
    if (approach === undefined || readings === null) return 0;
    if (readings.blind[approach.stopLine] === 1)
      return Math.max(0, this.countWithin(lane, distanceM) - this.#underWay[lane]!);
    if (readings.occupied[approach.stopLine] !== 1) return 0;
    if (this.#nowMs - readings.lastOnMs[approach.stopLine]! < STANDING_MS) return 0;
    return Math.max(1, this.countWithin(lane, distanceM) - this.#underWay[lane]!);
  }

  /** Vehicles due at the stop line that have not left, and those that wait behind the advance loop. */
  queueOf(lane: number): number {
    return Math.max(0, this.#within[lane]! - this.#underWay[lane]!) + this.#behind[lane]!;
  }

  /** Adds those on their way from the advance loop to `arrived[at + k]`, k seconds from now. Returns how far up that tells. */
  placeArrivals(lane: number, arrived: Float64Array, at: number, earlierS: Seconds): Metres {
    const approach = this.#byLane.get(lane);
    if (approach === undefined) return 0;
    const { travelS, storageM } = approach;
    for (let ago = 0; ago < travelS; ago++) {
      const vehicles = this.#arrivals[lane * MEMORY_S + slotOf(this.#second - ago)]!;
      if (vehicles > 0) arrived[at + Math.max(0, Math.ceil(travelS - ago - earlierS))]! += vehicles;
    }
    return storageM;
  }

  /** Vehicles that left over the stop line since the observation before. */
  leftOf(lane: number): number {
    return this.#left[lane]!;
  }

  /** Mean flow of the last minutes, vehicles per second. */
  flowOf(lane: number): number {
    return this.#flowPerS[lane]!;
  }

  /**
   * Vehicles per second that must leave a lane whose stop-line loop is blind: those who come onto its road over its advance loops and do not
   * leave it over the other stop-line loops, shared with other such lanes as they come onto these. NaN where an advance loop of the road is
   * blind or too few have come.
   */
  restOf(lane: number): number {
    const approach = this.#byLane.get(lane);
    const blind = this.#readings?.blind;
    if (approach === undefined || blind === undefined) return Number.NaN;
    let rest = 0;
    let vehicles = 0;
    let lacking = 0;
    for (const own of [lane, ...approach.mates]) {
      const { stopLine, advance } = this.#byLane.get(own)!;
      if (blind[advance] === 1) return Number.NaN;
      rest += this.#intoPerS[own]!;
      vehicles += this.#intoPerS[own]! * this.#intoS[own]!;
      if (blind[stopLine] === 1) lacking += this.#intoPerS[own]!;
      else rest -= this.#outPerS[own]!;
    }
    if (vehicles < TELLING_FROM) return Number.NaN;
    return Math.max(0, rest) * (lacking > 0 ? this.#intoPerS[lane]! / lacking : 1);
  }

  /** Vehicles that still fit onto the start of an approach lane: Infinity unless its advance loop is held down. */
  roomOn(lane: number): number {
    const approach = this.#byLane.get(lane);
    const readings = this.#readings;
    if (approach === undefined || readings === null || readings.blind[approach.advance] === 1)
      return Number.POSITIVE_INFINITY;
    if (readings.occupied[approach.advance] !== 1) return Number.POSITIVE_INFINITY;
    if (this.#nowMs - readings.lastOnMs[approach.advance]! < REACHED_MS) return Number.POSITIVE_INFINITY;
    return Math.max(0, approach.behindM / QUEUE_SPACE_M - this.#behind[lane]!);
  }

  /** Loop indices of an approach lane, or undefined. */
  findLoops(lane: number): { readonly stopLine: number; readonly advance: number } | undefined {
    return this.#byLane.get(lane);
  }
}

/** Takes one more second into the mean flow of a lane; NaN where nothing tells. */
function noteFlow(perS: Float64Array, ofS: Float64Array, lane: number, vehicles: number): void {
  if (Number.isNaN(vehicles)) {
    perS[lane] = 0;
    ofS[lane] = 0;
    return;
  }
  ofS[lane] = Math.min(COUNT_MEMORY_S, ofS[lane]! + 1);
  perS[lane]! += (vehicles - perS[lane]!) / ofS[lane]!;
}

function isAll(links: Approach['links'], lamps: readonly string[], lamp: string): boolean {
  for (const { signal, link } of links) if (lamps[signal]?.charAt(link) !== lamp) return false;
  return true;
}

function emptyAfter(links: Approach['links'], lamps: readonly string[]): Milliseconds {
  let yields = false;
  for (const { signal, link } of links) {
    const lamp = lamps[signal]?.charAt(link);
    if (lamp === 'G') return EMPTY_MS;
    if (lamp === 'g') yields = true;
  }
  return yields ? EMPTY_YIELDING_MS : EMPTY_MS;
}

/** Vehicles that came onto a loop; a pulse too short for a car at any speed is none. */
function countRises({ rises, occupied, occupancy }: LoopReadings, loop: number): number {
  return rises[loop] === 1 && occupied[loop] === 0 && occupancy[loop]! < SHORTEST_PASSAGE ? 0 : rises[loop]!;
}

function isOpen(links: Approach['links'], lamps: readonly string[]): boolean {
  for (const { signal, link } of links) if (isGreen(lamps[signal]?.charAt(link) ?? '')) return true;
  return false;
}

function slotOf(second: number): number {
  return ((second % MEMORY_S) + MEMORY_S) % MEMORY_S;
}

/** From the downstream edge of a loop to the end of `approach`, across the joints between (see `listLoops`). */
function distanceToEnd(city: City, approach: number, loop: LoopPlace): Metres {
  let distance = city.lanes[approach]!.lengthM - loop.toM;
  for (let lane = approach; lane !== loop.lane; ) {
    const movement = city.movements[city.lanes[lane]!.in[0]!]!;
    lane = movement.fromLane;
    distance += movement.lengthM + city.lanes[lane]!.lengthM;
  }
  return distance;
}
