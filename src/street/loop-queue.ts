import type { City } from '../city/city.ts';
import { LOOP_LENGTH_M } from '../city/upstream.ts';
import type { Metres, MetresPerSecond, Milliseconds, Seconds } from '../units/units.ts';
import { LoopBalance } from './loop-balance.ts';
import { LoopClearings } from './loop-clearings.ts';
import { LoopFlows, type LoopPair } from './loop-flows.ts';
import { type AtLine, LONG_AGO, LoopTracks, MOST_TRACKED, QUEUE_SPACE_M, STOPS_M } from './loop-tracks.ts';
import type { LoopPlace, LoopReadings, Observation } from './observation.ts';

/** A stop-line loop that has been on for so long carries a standing vehicle; off for so long, nobody waits there. */
const STANDING_MS: Milliseconds = 2000;
const EMPTY_MS: Milliseconds = 3000;
/** The same while all that is open must give way: who waits for a gap stands before the loop, unseen. */
const EMPTY_YIELDING_MS: Milliseconds = 7000;
/** An advance loop on for so long: the queue has reached it; off for so long: it has drawn back. */
const REACHED_MS: Milliseconds = 3000;
/** A vehicle held the loop for its own length and the loop's. */
const ON_LOOP_M: Metres = 7;
/** Who should have passed the stop line for so long, while nobody was on it, is not there. */
const OVERDUE_S: Seconds = 2;
/** Who leaves while the first vehicle assumed is further up came on a lane beside. */
const LEAVES_FROM_M: Metres = 30;
/** Where no advance loop tells who comes, whoever leaves is taken to be followed by another, so far behind and at this speed. */
const FOLLOWS_M: Metres = 12;
const LEAVES_MPS: MetresPerSecond = 6;
const HALTED_MPS: MetresPerSecond = 0.1;
const FLOW_MEMORY_S: Seconds = 200;
/** Where more leave a lane than came onto it, the difference comes in so long. */
const GAIN_S: Seconds = 200;
/** A slow driver takes this many times the free-flow time. */
const SLOW = 1.3;
const WHOLE_LOOP_M: Metres = 1.9;
/** Nobody is still on the stop-line loop, on the way out, so long after the lamps turned red. */
const CLEARED_S: Seconds = 2;
/**
 * On a protected green whoever drives over the stop line holds its loop until the rear has left it: the front is beyond so long after it came
 * onto it, or after green began; who holds it for longer yet is held up.
 */
const BEYOND_MS: Milliseconds = 500;
const SETS_OFF_S: Seconds = 2;
const PASSES_MS: Milliseconds = 3000;
/** Where the stop-line loop is blind: one leaves in gaps every so often. */
const LEAVES_IN_GAPS_S: Seconds = 5;
/** Share of a second that a car of 5 m holds a loop of 2 m at 45 m/s. */
const SHORTEST_PASSAGE = 0.15;

interface Approach extends LoopPair {
  /** Its place among the approaches. */
  readonly a: number;
  /** From the advance loop to the stop line. */
  readonly storageM: Metres;
  readonly topMps: MetresPerSecond;
  /** Whoever takes longer from loop to loop stood in a queue. */
  readonly slowS: Seconds;
  /** From the start of the lane to its advance loop; Infinity where that lies on a lane behind. */
  readonly behindM: Metres;
  /** Signalised links of the lane. */
  readonly links: readonly { readonly signal: number; readonly link: number }[];
  /** False where the lane is too short for a whole stop-line loop: drivers may stop before it. */
  readonly seesWaiting: boolean;
}

/**
 * Vehicles of every approach lane between its two loops, assumed one by one: who comes over the advance loop drives on by a safe speed to
 * the stop line or the queue there, and is gone when the stop-line loop has counted one. Counting drifts, so that occupancy corrects it:
 * who should have passed an empty stop line is not there, nor is a queue; somebody stands on a loop held at the stop line; an advance loop
 * held as well means a full lane and, behind it, vehicles at the lane's usual rate; nobody leaves on red. Lanes that lose vehicles between
 * their loops give them to the lane beside that gains. A blind loop is assumed: arrivals at the mean flow, departures as they drive, or a
 * few where green gives way.
 */
export class LoopQueues {
  readonly #approaches: readonly Approach[];
  readonly #byLane = new Map<number, Approach>();
  readonly #tracks: LoopTracks;
  /** By lane: vehicles who wait behind the advance loop; parts of one that changes to the lane beside, and of one that no loop saw come. */
  readonly #behind: Float64Array;
  readonly #astray: Float64Array;
  readonly #unseen: Float64Array;
  readonly #flowPerS: Float64Array;
  /** Vehicles that changed to the lane, this second and per second. */
  readonly #moved: Float64Array;
  readonly #besidePerS: Float64Array;
  readonly #left: Float64Array;
  /** By lane: came over its advance loop this second, and a queue stands on it. */
  readonly #came: Float64Array;
  readonly #isHeld: Uint8Array;
  /** Seconds that all its lamps have been red, and green with the right of way. */
  readonly #redS: Uint8Array;
  readonly #greenS: Uint8Array;
  readonly #balance: LoopBalance;
  readonly #flows: LoopFlows;
  readonly #clearings: LoopClearings;
  /** By lane: seconds that the first should have been on the empty stop-line loop. */
  readonly #dueS: Uint8Array;
  readonly #wasOccupied: Uint8Array;
  #second = Number.NaN;
  #nowMs: Milliseconds = 0;
  #readings: LoopReadings | null = null;

  constructor(city: City, loops: readonly LoopPlace[]) {
    const lanes = city.lanes.length;
    this.#behind = new Float64Array(lanes);
    this.#astray = new Float64Array(lanes);
    this.#unseen = new Float64Array(lanes);
    this.#moved = new Float64Array(lanes);
    this.#besidePerS = new Float64Array(lanes);
    this.#flowPerS = new Float64Array(lanes).fill(0.05);
    this.#left = new Float64Array(lanes);
    this.#came = new Float64Array(lanes);
    this.#isHeld = new Uint8Array(lanes);
    this.#redS = new Uint8Array(lanes);
    this.#greenS = new Uint8Array(lanes);
    this.#dueS = new Uint8Array(lanes);
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
      const topMps = Math.max(1, speedMps);
      this.#byLane.set(lane, {
        a: k / 2,
        lane,
        stopLine: k,
        advance: k + 1,
        storageM,
        topMps,
        slowS: (SLOW * storageM) / topMps + 1,
        behindM: advance.lane === lane ? advance.fromM : Number.POSITIVE_INFINITY,
        mates: ofRoad.get(road)!.filter((mate) => mate !== lane),
        links: out.map((index) => city.movements[index]!).filter(({ signal }) => signal >= 0),
        seesWaiting: loops[k]!.toM - loops[k]!.fromM >= WHOLE_LOOP_M,
      });
    }
    this.#approaches = [...this.#byLane.values()];
    this.#balance = new LoopBalance(lanes);
    this.#flows = new LoopFlows(lanes, this.#byLane);
    this.#clearings = new LoopClearings(lanes);
    this.#tracks = new LoopTracks(this.#approaches.length);
  }

  /** Takes in an observation with loops; call it for every one. */
  observe({ timeMs: nowMs, signals, loops: readings }: Observation): void {
    if (readings === null) return;
    const second = Math.floor(nowMs / 1000);
    const elapsed = second - this.#second;
    this.#nowMs = nowMs;
    this.#readings = readings;
    this.#second = second;
    // After a gap or a step back in time nobody is known any more: who waits is left to the corrections.
    if (elapsed !== 1 && elapsed !== 0) this.#tracks.clear();
    for (const approach of this.#approaches) {
      const { a, lane, links, topMps } = approach;
      this.#redS[lane] = isAll(links, signals, 'r') ? Math.min(100, this.#redS[lane]! + 1) : 0;
      this.#greenS[lane] = isAll(links, signals, 'G') ? Math.min(100, this.#greenS[lane]! + 1) : 0;
      if (elapsed === 1) this.#tracks.drive(a, topMps, this.#atLine(approach, signals));
    }
    for (const approach of this.#approaches) this.#countOut(approach, readings, signals);
    for (const approach of this.#approaches) {
      this.#countIn(approach, readings);
      this.#correct(approach, readings, signals);
    }
    this.#wasOccupied.set(readings.occupied);
  }

  #atLine({ links }: Approach, lamps: readonly string[]): AtLine {
    let atLine: AtLine = 'stops';
    for (const { signal, link } of links) {
      const lamp = lamps[signal]?.charAt(link);
      if (lamp === 'G') return 'goes';
      if (lamp === 'g') atLine = 'yields';
    }
    return atLine;
  }

  #countOut(approach: Approach, readings: LoopReadings, lamps: readonly string[]): void {
    const { a, lane, stopLine } = approach;
    const { blind, occupied } = readings;
    const tracks = this.#tracks;
    let left = 0;
    if (blind[stopLine] === 1) {
      const atLine = this.#atLine(approach, lamps);
      for (let v = tracks.firstOf(a); v < tracks.endOf(a) && tracks.toLineM[v]! <= 0; ) {
        if (atLine === 'stops' || (atLine === 'yields' && this.#second % LEAVES_IN_GAPS_S !== 0)) break;
        left++;
        tracks.remove(a, v);
        if (atLine === 'yields') break;
      }
    } else if (this.#redS[lane]! <= CLEARED_S) {
      left = Math.max(0, countRises(readings, stopLine) + this.#wasOccupied[stopLine]! - occupied[stopLine]!);
      for (let n = 0; n < left; n++) this.#take(approach);
      if (left > 0 && blind[approach.advance] === 1) this.#follow(approach);
    }
    this.#left[lane] = left;
    this.#flowPerS[lane]! += (left - this.#flowPerS[lane]!) / FLOW_MEMORY_S;
  }

  /** While a queue leaves, whoever has just gone has another behind: an empty stop-line loop will tell where not. */
  #follow({ a }: Approach): void {
    const tracks = this.#tracks;
    const first = tracks.firstOf(a);
    if (first === tracks.endOf(a) || tracks.toLineM[first]! > FOLLOWS_M) tracks.add(a, FOLLOWS_M, LEAVES_MPS, LONG_AGO);
  }

  /** One has left over the stop line: the first there, or else somebody who was taken to be beside. */
  #take({ a, mates }: Approach): void {
    const tracks = this.#tracks;
    const first = tracks.firstOf(a);
    if (first < tracks.endOf(a) && tracks.toLineM[first]! < LEAVES_FROM_M) tracks.remove(a, first);
    else this.#takeBeside(mates);
  }

  /** Takes away whoever is nearest to the line on the lanes beside, but for those who stand on the loop there. */
  #takeBeside(mates: readonly number[]): void {
    const tracks = this.#tracks;
    let nearestM = LEAVES_FROM_M;
    let of = -1;
    let at = -1;
    for (const mate of mates) {
      const { a, stopLine } = this.#byLane.get(mate)!;
      const v = tracks.firstOf(a) + this.#readings!.occupied[stopLine]!;
      if (v >= tracks.endOf(a) || tracks.toLineM[v]! >= nearestM) continue;
      nearestM = tracks.toLineM[v]!;
      of = a;
      at = v;
    }
    if (of >= 0) tracks.remove(of, at);
  }

  /** Who came and is not where it should be has gone to the lane beside that loses more than come there, if there is one. */
  #forget({ a, lane, mates }: Approach, at: number): void {
    const tracks = this.#tracks;
    const beside = tracks.cameS[at] === LONG_AGO ? -1 : this.#balance.findGaining(mates);
    const toLineM = tracks.toLineM[at]!;
    const speedMps = tracks.speedMps[at]!;
    tracks.remove(a, at);
    if (beside >= 0) this.#moveTo(beside, lane, toLineM, speedMps, LONG_AGO);
  }

  #moveTo(lane: number, from: number, toLineM: Metres, speedMps: MetresPerSecond, cameS: Seconds): void {
    this.#tracks.add(this.#byLane.get(lane)!.a, toLineM, speedMps, cameS);
    this.#moved[lane]! += 1;
    this.#balance.noteOther(lane, 1);
    this.#balance.noteOther(from, -1);
  }

  #countIn(approach: Approach, readings: LoopReadings): void {
    const { a, lane, advance, storageM, topMps, mates } = approach;
    const tracks = this.#tracks;
    const isBlind = readings.blind[advance] === 1;
    const rises = countRises(readings, advance);
    const left = this.#left[lane]!;
    this.#came[lane] = isBlind ? 0 : rises;
    this.#flows.note(approach, readings.blind, rises, left);
    this.#balance.note(lane, rises, left);
    this.#besidePerS[lane]! += (this.#moved[lane]! - this.#besidePerS[lane]!) / FLOW_MEMORY_S;
    this.#moved[lane] = 0;
    // Some set out beyond the loop, or were taken for one with the car ahead.
    let more = this.#balance.gainOf(lane) / GAIN_S;
    if (isBlind) more = this.#clearings.flowOf(lane) - this.#besidePerS[lane]!;
    else if (readings.blind[approach.stopLine] === 1) more = this.restOf(lane) - this.#flows.intoOf(lane);
    if (more > 0) this.#unseen[lane]! += more;
    if (this.#unseen[lane]! >= 1) {
      this.#unseen[lane]! -= 1;
      this.#balance.noteOther(lane, 1);
      tracks.add(a, storageM, topMps, this.#second);
    }
    if (isBlind) return;
    const isOn = readings.occupied[advance] === 1;
    const heldS = ((isOn ? this.#nowMs : readings.lastOffMs[advance]!) - readings.lastOnMs[advance]!) / 1000;
    const speedMps = heldS > 0 ? Math.min(topMps, ON_LOOP_M / heldS) : topMps;
    const last = tracks.endOf(a) - 1;
    // Whoever was still on the loop a second ago drives as fast as it has left it.
    if (this.#wasOccupied[advance] === 1 && rises === 0 && last >= tracks.firstOf(a)) {
      if (!isOn && tracks.cameS[last]! >= this.#second - 2) tracks.speedMps[last] = speedMps;
    }
    const loss = this.#balance.lossOf(lane);
    const agoS = Math.min(1, Math.max(0, (this.#nowMs - readings.lastOnMs[advance]!) / 1000));
    for (let n = rises - 1; n >= 0; n--) {
      const toLineM = storageM + LOOP_LENGTH_M - speedMps * Math.min(1, agoS + n / rises);
      this.#behind[lane] = Math.max(0, this.#behind[lane]! - 1);
      this.#astray[lane]! += loss;
      const beside = this.#astray[lane]! >= 1 ? this.#balance.findGaining(mates) : -1;
      if (this.#astray[lane]! >= 1) this.#astray[lane]! -= 1;
      if (beside < 0) tracks.add(a, toLineM, speedMps, this.#second);
      else this.#moveTo(beside, lane, toLineM, speedMps, this.#second);
    }
  }

  #correct(approach: Approach, readings: LoopReadings, lamps: readonly string[]): void {
    const { a, lane, stopLine, advance, storageM, slowS, mates, seesWaiting } = approach;
    const atLine = this.#atLine(approach, lamps);
    const tracks = this.#tracks;
    const nowMs = this.#nowMs;
    const isHeld =
      readings.blind[advance] === 0 &&
      readings.occupied[advance] === 1 &&
      nowMs - readings.lastOnMs[advance]! >= REACHED_MS;
    const isClear =
      readings.blind[advance] === 1 ||
      (readings.occupied[advance] === 0 && nowMs - readings.lastOffMs[advance]! >= REACHED_MS);
    if (readings.occupied[stopLine] === 1 || this.#left[lane]! > 0) this.#dueS[lane] = 0;
    const isEmpty =
      readings.blind[stopLine] === 0 &&
      readings.occupied[stopLine] === 0 &&
      nowMs - readings.lastOffMs[stopLine]! >= (atLine === 'yields' ? EMPTY_YIELDING_MS : EMPTY_MS) &&
      (seesWaiting || atLine !== 'stops');
    this.#clearings.note(lane, this.#left[lane]!, this.#redS[lane] === 1, isEmpty);
    if (isHeld) this.#behind[lane]! += this.#flowPerS[lane]!;
    else if (isClear) this.#behind[lane] = 0;
    if (isHeld || isClear) this.#isHeld[lane] = isHeld ? 1 : 0;
    if (readings.blind[stopLine] === 1) {
      if (isHeld) this.#fill(a, storageM);
    } else if (readings.occupied[stopLine] === 1) {
      if (nowMs - readings.lastOnMs[stopLine]! < STANDING_MS) return;
      const first = tracks.firstOf(a);
      if (first === tracks.endOf(a) || tracks.toLineM[first]! > QUEUE_SPACE_M) {
        this.#takeBeside(mates);
        tracks.add(a, STOPS_M, 0, LONG_AGO);
      }
      tracks.toLineM[first] = STOPS_M;
      tracks.speedMps[first] = 0;
      if (isHeld) this.#fill(a, storageM);
    } else if (isEmpty) {
      for (let v = tracks.endOf(a) - 1; v >= tracks.firstOf(a); v--)
        if (this.#second - tracks.cameS[v]! > slowS) this.#forget(approach, v);
      const first = tracks.firstOf(a);
      const isDue = first < tracks.endOf(a) && tracks.toLineM[first]! <= STOPS_M;
      this.#dueS[lane] = isDue ? this.#dueS[lane]! + 1 : 0;
      if (this.#dueS[lane]! > OVERDUE_S) this.#forget(approach, first);
    }
  }

  /** Nobody moves from loop to loop. */
  #fill(a: number, storageM: Metres): void {
    const tracks = this.#tracks;
    const first = tracks.firstOf(a);
    const full = Math.min(MOST_TRACKED, Math.floor(storageM / QUEUE_SPACE_M));
    while (tracks.endOf(a) - first > full) tracks.remove(a, tracks.endOf(a) - 1);
    for (let n = 0; n < full; n++) {
      const toLineM = STOPS_M + n * QUEUE_SPACE_M;
      if (first + n === tracks.endOf(a)) tracks.add(a, toLineM, 0, LONG_AGO);
      tracks.toLineM[first + n] = toLineM;
      tracks.speedMps[first + n] = 0;
    }
  }

  /** Estimated vehicles on the last `distanceM` of the lane; 0 where no loops lie. */
  countWithin(lane: number, distanceM: Metres): number {
    return this.#sumWithin(lane, distanceM, Number.POSITIVE_INFINITY);
  }

  /** Those of them that stand. */
  haltedWithin(lane: number, distanceM: Metres): number {
    return this.#sumWithin(lane, distanceM, HALTED_MPS);
  }

  #sumWithin(lane: number, distanceM: Metres, slowMps: MetresPerSecond): number {
    const approach = this.#byLane.get(lane);
    if (approach === undefined) return 0;
    const { a, storageM } = approach;
    const beyond = Math.max(0, distanceM - storageM) / QUEUE_SPACE_M;
    return this.#tracks.sum(a, distanceM, slowMps) + Math.min(this.#behind[lane]!, beyond);
  }

  /**
   * Calls back for every vehicle of a lane (or part of one) with its place and speed, those in a queue behind the advance loop last.
   * Returns how far up that tells.
   */
  list(lane: number, add: (toLineM: Metres, speedMps: MetresPerSecond, vehicles: number) => void): Metres {
    const approach = this.#byLane.get(lane);
    if (approach === undefined) return 0;
    const { a, storageM } = approach;
    const tracks = this.#tracks;
    const first = tracks.firstOf(a) + (this.#isCrossing(approach) ? 1 : 0);
    for (let v = first; v < tracks.endOf(a); v++) add(tracks.toLineM[v]!, tracks.speedMps[v]!, 1);
    for (let n = 0; n < this.#behind[lane]!; n++)
      add(storageM + (n + 1) * QUEUE_SPACE_M, 0, Math.min(1, this.#behind[lane]! - n));
    return storageM;
  }

  /** The first vehicle, though still on the stop-line loop, is beyond the line; not where it stands for all who follow, unseen by a blind advance loop. */
  #isCrossing({ a, lane, stopLine, advance }: Approach): boolean {
    const { occupied, blind, lastOnMs } = this.#readings!;
    const tracks = this.#tracks;
    const first = tracks.firstOf(a);
    if (blind[stopLine] === 1 || blind[advance] === 1 || occupied[stopLine] === 0 || first === tracks.endOf(a))
      return false;
    const onMs = this.#nowMs - lastOnMs[stopLine]!;
    const greenS = this.#greenS[lane]!;
    if (greenS === 0 || tracks.toLineM[first]! > ON_LOOP_M) return false;
    if (onMs < 1000 * greenS) return onMs >= BEYOND_MS && onMs <= PASSES_MS;
    return greenS >= SETS_OFF_S && 1000 * greenS <= 1000 * SETS_OFF_S + PASSES_MS;
  }

  /** Vehicles that left over the stop line since the observation before. */
  leftOf(lane: number): number {
    return this.#left[lane]!;
  }

  /** Vehicles that came over the advance loop since the observation before. */
  cameOf(lane: number): number {
    return this.#came[lane]!;
  }

  /** From the start of the lane to its advance loop; Infinity where that lies on a lane behind, or none does. */
  behindOf(lane: number): Metres {
    return this.#byLane.get(lane)?.behindM ?? Number.POSITIVE_INFINITY;
  }

  /** True from when a queue has reached the advance loop until it has drawn back. */
  isHeldBehind(lane: number): boolean {
    return this.#isHeld[lane] === 1;
  }

  /** What is known better of those who wait behind the advance loop. */
  setBehind(lane: number, vehicles: number): void {
    this.#behind[lane] = vehicles;
  }

  /** Mean flow of the last minutes, vehicles per second. */
  flowOf(lane: number): number {
    const pair = this.#byLane.get(lane);
    if (pair !== undefined && this.#readings?.blind[pair.advance] === 1 && this.#readings.blind[pair.stopLine] === 0)
      return this.#clearings.flowOf(lane);
    return this.#flowPerS[lane]!;
  }

  /** As `LoopFlows.restOf`; NaN as well where the advance loop lies on a lane behind: nobody tells who changes lanes there. */
  restOf(lane: number): number {
    if (this.#readings === null || this.#byLane.get(lane)?.behindM === Number.POSITIVE_INFINITY) return Number.NaN;
    return this.#flows.restOf(lane, this.#readings.blind);
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

function isAll(links: Approach['links'], lamps: readonly string[], lamp: string): boolean {
  for (const { signal, link } of links) if (lamps[signal]?.charAt(link) !== lamp) return false;
  return true;
}

/** Vehicles that came onto a loop; a pulse too short for a car at any speed is none. */
function countRises({ rises, occupied, occupancy }: LoopReadings, loop: number): number {
  return rises[loop] === 1 && occupied[loop] === 0 && occupancy[loop]! < SHORTEST_PASSAGE ? 0 : rises[loop]!;
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
