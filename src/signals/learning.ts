import type { City } from '../city/city.ts';
import { isGreen } from '../city/greens.ts';
import { cameraReachByLane } from '../street/coverage.ts';
import { countGone } from '../street/departures.ts';
import type { LoopQueues } from '../street/loop-queue.ts';
import type { Observation, SeenVehicles } from '../street/observation.ts';
import type { Metres, MetresPerSecond, Milliseconds } from '../units/units.ts';
import type { Junction } from './predictive-junction.ts';

/** Departures of a lane that its shares remember, and what the assumed shares weigh against them. */
const MEMORY = 150;
const PRIOR = 6;
const QUEUED_MPS: MetresPerSecond = 2;
/**
 * A first vehicle that stands so near and so long before open lamps waits for something else than they grant; longer where another turn
 * of its lane must find gaps, since one that waits inside for its gap may hold it up.
 */
const AT_LINE_M: Metres = 4;
const BALKS_MS: Milliseconds = 2000;
const BALKS_AT_GAPS_MS: Milliseconds = 4000;
/** How likely it goes where those lamps lead all the same. */
const GOES_YET = 0.05;
/** How likely a departure is on red, faster than its turn, after balking; and how many times
 * likelier one seen on its way is than one not seen there. */
const ON_RED = 0.01;
const TOO_FAST = 0.1;
const TOO_FAST_BY_MPS: MetresPerSecond = 2;
const BALKED = 0.1;
const TOLD_APART = 9;
const PLACE_SLACK_M: Metres = 4;
const CAR_M: Metres = 5;

/**
 * Turning shares by stream, learned on line from departures. No vehicle is followed: each departure is
 * shared among the streams of its lane by how likely each makes it (lamps open, speed against the turn's, somebody just beyond the
 * stop line on the way to that exit, a first vehicle that stood before an open light), times its share so far: an on-line
 * expectation-maximisation of a mixture (O. Cappé, E. Moulines, Journal of the Royal Statistical Society B 71, 2009).
 */
export class Learning {
  readonly #city: City;
  readonly #junctions: readonly Junction[];
  readonly #queues: LoopQueues;
  /** By movement: how far beyond the stop line a camera on the lane it leads to sees its vehicles. */
  readonly #seenFromM: Float64Array;
  /** By junction: by stream. */
  readonly #counts: readonly Float64Array[];
  readonly #shares: readonly Float64Array[];
  readonly #firsts: readonly Float64Array[];
  readonly #topMps: readonly Float64Array[];
  #likely = new Float64Array(16);
  /** By lane: since when its first vehicle stands before a full green (NaN: not), and the places in its lane of streams that it has refused. */
  readonly #standsMs: Float64Array;
  readonly #balked: Uint32Array;

  constructor(city: City, junctions: readonly Junction[], queues: LoopQueues) {
    this.#city = city;
    this.#junctions = junctions;
    this.#queues = queues;
    const reach = cameraReachByLane(city);
    this.#seenFromM = Float64Array.from(city.movements, ({ toLane, lengthM }) =>
      Math.max(0, lengthM + city.lanes[toLane]!.lengthM - reach[toLane]!),
    );
    this.#counts = junctions.map(({ streams }) => new Float64Array(streams.length));
    this.#shares = junctions.map((junction) => {
      const shares = new Float64Array(junction.streams.length);
      for (const own of junction.streamsOf) {
        let total = 0;
        for (const k of own) total += junction.streams[k]!.priorShare;
        for (const k of own) shares[k] = junction.streams[k]!.priorShare / total;
      }
      return shares;
    });
    this.#firsts = this.#shares.map((shares) => shares.slice());
    this.#topMps = junctions.map(({ streams }) =>
      Float64Array.from(streams, ({ movements }) => Math.max(...movements.map((m) => city.movements[m]!.speedMps))),
    );
    const lanes = city.lanes.length;
    this.#standsMs = new Float64Array(lanes).fill(Number.NaN);
    this.#balked = new Uint32Array(lanes);
  }

  /** By stream of junction `j`: share of its lane's vehicles, 0 to 1. The same array for ever, its values move. */
  sharesOf(j: number): Float64Array {
    return this.#shares[j]!;
  }

  /** By stream of junction `j`: how likely the first vehicle of its lane goes there, after the greens that it has let pass. The same array for ever. */
  firstsOf(j: number): Float64Array {
    return this.#firsts[j]!;
  }

  /** Takes in two observations one second apart. The loops' queues must have seen the second already. */
  observe(before: Observation, now: Observation): void {
    for (let j = 0; j < this.#junctions.length; j++) {
      const junction = this.#junctions[j]!;
      for (let i = 0; i < junction.lanes.length; i++) this.#watch(j, junction, i, before, now);
    }
  }

  #watch(j: number, junction: Junction, i: number, before: Observation, now: Observation): void {
    const lane = junction.lanes[i]!;
    if (isBlind(lane, now) || isBlind(lane, before)) return;
    const gone =
      before.vehicles !== null && now.vehicles !== null
        ? countGone(lane, before.vehicles, now.vehicles)
        : this.#queues.leftOf(lane);
    if (junction.streamsOf[i]!.length < 2) return;
    this.#learnShares(j, i, lane, gone, before, now);
    this.#watchFirst(junction, i, lane, gone, before.signals[junction.signal] ?? '', now);
    this.#guessFirst(j, junction.streamsOf[i]!, this.#balked[lane]!);
  }

  #learnShares(j: number, i: number, lane: number, gone: number, before: Observation, now: Observation): void {
    const junction = this.#junctions[j]!;
    const lampsBefore = before.signals[junction.signal] ?? '';
    const lamps = now.signals[junction.signal] ?? '';
    const own = junction.streamsOf[i]!;
    const counts = this.#counts[j]!;
    const shares = this.#shares[j]!;
    for (let n = 0; n < gone; n++) {
      const index = before.vehicles === null ? -1 : before.vehicles.laneStart[lane]! + n;
      const speedMps = index < 0 ? this.#loopSpeed(lane, now, gone) : before.vehicles!.speedMps[index]!;
      let total = 0;
      if (own.length > this.#likely.length) this.#likely = new Float64Array(own.length);
      for (let s = 0; s < own.length; s++) {
        const stream = junction.streams[own[s]!]!;
        let likely = shares[own[s]!]!;
        const link = stream.links[0]!;
        if (lamps.charAt(link) === 'r' && lampsBefore.charAt(link) === 'r') likely *= ON_RED;
        if (speedMps > this.#topMps[j]![own[s]!]! + TOO_FAST_BY_MPS) likely *= TOO_FAST;
        if (n === 0 && ((this.#balked[lane]! >> s) & 1) === 1) likely *= BALKED;
        if (index >= 0) likely *= this.#likelyByExit(stream.movements, before.vehicles!, index, now.vehicles!);
        this.#likely[s] = likely;
        total += likely;
      }
      if (total <= 0) continue;
      for (let s = 0; s < own.length; s++) {
        counts[own[s]!] = counts[own[s]!]! * (1 - 1 / MEMORY) + this.#likely[s]! / total;
      }
      let seen = 0;
      let prior = 0;
      for (const k of own) {
        seen += counts[k]!;
        prior += junction.streams[k]!.priorShare;
      }
      for (const k of own) {
        shares[k] = (counts[k]! + (PRIOR * junction.streams[k]!.priorShare) / prior) / (seen + PRIOR);
      }
    }
  }

  /** Somebody is or is not where a vehicle that left this second would be on its way to a seen exit. */
  #likelyByExit(movements: readonly number[], before: SeenVehicles, index: number, now: SeenVehicles): number {
    const pastM = before.speedMps[index]! - before.toEndM[index]!;
    let likely = 1;
    for (const m of movements) {
      const { toLane, lengthM } = this.#city.movements[m]!;
      if (pastM + PLACE_SLACK_M < this.#seenFromM[m]! || now.blind[toLane] === 1) continue;
      if (Math.max(0, pastM - PLACE_SLACK_M) >= this.#seenFromM[m]!) likely = 1 / TOLD_APART;
      const wholeM = lengthM + this.#city.lanes[toLane]!.lengthM;
      for (let v = now.laneStart[toLane + 1]! - 1; v >= now.laneStart[toLane]!; v--) {
        const goneM = wholeM - now.toEndM[v]!;
        if (goneM > pastM + PLACE_SLACK_M) break;
        if (goneM > pastM - PLACE_SLACK_M) return TOLD_APART;
      }
    }
    return likely;
  }

  /** From how long a car held the stop-line loop; 0 where that cannot be told. */
  #loopSpeed(lane: number, { loops }: Observation, gone: number): MetresPerSecond {
    const pair = this.#queues.findLoops(lane);
    if (pair === undefined || loops === null || gone !== 1 || loops.occupied[pair.stopLine] === 1) return 0;
    const heldMs = loops.lastOffMs[pair.stopLine]! - loops.lastOnMs[pair.stopLine]!;
    return heldMs > 0 && Number.isFinite(heldMs) ? (1000 * (CAR_M + 2)) / heldMs : 0;
  }

  /** Notes the streams that had a full green while the first vehicle of the lane stood at the line: it is none of theirs. */
  #watchFirst(junction: Junction, i: number, lane: number, gone: number, lamps: string, now: Observation): void {
    let stands = false;
    if (now.vehicles !== null) {
      const first = now.vehicles.laneStart[lane]!;
      const isThere = first < now.vehicles.laneStart[lane + 1]!;
      stands = isThere && now.vehicles.toEndM[first]! < AT_LINE_M && now.vehicles.speedMps[first]! < QUEUED_MPS;
    } else {
      stands = now.loops?.occupied[this.#queues.findLoops(lane)?.stopLine ?? -1] === 1;
    }
    if (gone > 0 || !stands) this.#balked[lane] = 0;
    let green = 0;
    let balksMs = BALKS_MS;
    junction.streamsOf[i]!.forEach((k, s) => {
      const lamp = lamps.charAt(junction.streams[k]!.links[0]!);
      if (lamp === 'G') green |= 1 << s;
      else if (isGreen(lamp)) balksMs = BALKS_AT_GAPS_MS;
    });
    if (green === 0 || !stands || gone > 0) this.#standsMs[lane] = Number.NaN;
    else if (Number.isNaN(this.#standsMs[lane]!)) this.#standsMs[lane] = now.timeMs;
    else if (now.timeMs - this.#standsMs[lane]! >= balksMs) this.#balked[lane]! |= green;
  }

  #guessFirst(j: number, own: readonly number[], balked: number): void {
    const shares = this.#shares[j]!;
    const firsts = this.#firsts[j]!;
    let total = 0;
    for (let s = 0; s < own.length; s++) {
      firsts[own[s]!] = shares[own[s]!]! * (((balked >> s) & 1) === 1 ? GOES_YET : 1);
      total += firsts[own[s]!]!;
    }
    for (const k of own) firsts[k]! /= total;
  }
}

function isBlind(lane: number, { vehicles }: Observation): boolean {
  return vehicles !== null && vehicles.blind[lane] === 1;
}
