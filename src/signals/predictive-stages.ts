import type { Seconds } from '../units/units.ts';
import { CLOSED, type Junction, PERMISSIVE, PROTECTED } from './predictive-junction.ts';
import { HEADWAY_S, type Situation } from './predictive-situation.ts';

/** A change is looked at when it lets more than this many vehicles go. */
export const WORTH_SERVING = 0.1;
const STOP_THEN_GO_HEADWAY_S: Seconds = 3.5;
/** A partly closed lane stops behind its first vehicle for the closed stream; a share below this is not waited for. */
const NEGLIGIBLE_SHARE = 0.02;
/** Fewer vehicles within the horizon are nobody. */
const SOMEBODY = 0.05;
const SOON_S: Seconds = 20;
/** A lane that more than this have left has lost its first vehicle. */
const FIRST_GONE = 0.5;

/**
 * What each stage means for each lane of a junction in a situation. Only active lanes, those with vehicles within the horizon, have
 * rows; tables by stage and active lane are `[stage * activeCount + lane]`.
 */
export class StageTables {
  activeCount = 0;
  /** By active lane: where it begins in `Situation.arrived`, cost of a second of its vehicles, 1 where some of them are heavy. */
  start = new Int32Array(0);
  weight = new Float64Array(0);
  hasHeavy = new Uint8Array(0);
  /** By heavy vehicle: its active lane, or -1. */
  heavyPlace = new Int32Array(0);
  /** 1 where the lane may go. */
  open = new Uint8Array(0);
  /** 1 where all of it goes without looking for gaps. */
  isFree = new Uint8Array(0);
  /** Seconds of a vehicle that goes without looking for gaps, and vehicles per second. */
  baseHeadway = new Float64Array(0);
  rate = new Float64Array(0);
  /** Vehicles that get away before one stops for a stream that stays closed; the same while who stands first now is still there. */
  #limit = new Float64Array(0);
  #firstLimit = new Float64Array(0);
  /** Vehicles that may wait inside the junction for a gap. */
  inside = new Uint8Array(0);
  /** Active lanes in the order they are moved: by stage those that are closed, others up to `plainCount`, those that look for gaps. */
  order = new Int32Array(0);
  /** Permissive streams: entries [start, end) of the gap lists. */
  gapStart = new Int32Array(0);
  gapCount = 0;
  gapShare = new Float64Array(0);
  gapHeadway = new Float64Array(0);
  /** Active lanes that an entry yields to, [start, end), and what share of them is in its way. */
  yieldStart = new Int32Array(0);
  yieldPlace = new Int32Array(0);
  yieldShare = new Float64Array(0);
  /** By stage: 1 where somebody is served soon, and lanes by the order above. */
  useful = new Uint8Array(0);
  closedCount = new Int32Array(0);
  plainCount = new Int32Array(0);
  #yieldCount = 0;
  /** By lane of the junction: its active lane, or -1. */
  #placeOf = new Int32Array(0);

  /** Fills the tables; what they held before is gone. */
  prepare(junction: Junction, it: Situation): void {
    const n = junction.lanes.length;
    const S = junction.stages.length;
    this.#reserve(junction, n, S);
    this.#listActive(n, it);
    this.gapCount = 0;
    this.#yieldCount = 0;
    for (let s = 0; s < S; s++) {
      this.useful[s] = 0;
      for (let i = 0; i < n; i++) if (this.#placeOf[i]! >= 0) this.#tabulate(junction, it, s, i);
      this.#sortLanes(s);
    }
    const { calls } = junction;
    for (let w = 0; w < calls.length; w++) {
      if (it.people[w]! <= WORTH_SERVING) continue;
      for (let s = 0; s < S; s++) if (calls[w]!.isOpen[s] === 1) this.useful[s] = 1;
    }
    this.useful[it.stage] = 1;
  }

  /** How many of an active lane may have left, after `left` have, before one stops for a stream that the row's stage keeps closed. */
  mostOf(row: number, left: number): number {
    return left + (left < FIRST_GONE ? this.#firstLimit : this.#limit)[row]!;
  }

  #reserve({ streams }: Junction, n: number, S: number): void {
    if (this.open.length < S * n) {
      this.open = new Uint8Array(S * n);
      this.isFree = new Uint8Array(S * n);
      this.baseHeadway = new Float64Array(S * n);
      this.rate = new Float64Array(S * n);
      this.#limit = new Float64Array(S * n);
      this.#firstLimit = new Float64Array(S * n);
      this.inside = new Uint8Array(S * n);
      this.order = new Int32Array(S * n);
      this.gapStart = new Int32Array(S * n + 1);
    }
    if (this.useful.length < S) {
      this.useful = new Uint8Array(S);
      this.closedCount = new Int32Array(S);
      this.plainCount = new Int32Array(S);
    }
    if (this.start.length < n) {
      this.start = new Int32Array(n);
      this.weight = new Float64Array(n);
      this.hasHeavy = new Uint8Array(n);
      this.#placeOf = new Int32Array(n);
    }
    const entries = S * streams.length;
    if (this.gapShare.length < entries) {
      this.gapShare = new Float64Array(entries);
      this.gapHeadway = new Float64Array(entries);
      this.yieldStart = new Int32Array(entries + 1);
    }
    const yields = entries * streams.length;
    if (this.yieldPlace.length < yields) {
      this.yieldPlace = new Int32Array(yields);
      this.yieldShare = new Float64Array(yields);
    }
  }

  #listActive(n: number, { arrived, horizonS, weight, heavy }: Situation): void {
    const length = horizonS + 1;
    let m = 0;
    for (let i = 0; i < n; i++) {
      this.#placeOf[i] = -1;
      if (arrived[i * length + horizonS]! <= SOMEBODY) continue;
      this.#placeOf[i] = m;
      this.start[m] = i * length;
      this.weight[m] = weight[i]!;
      this.hasHeavy[m] = 0;
      m++;
    }
    this.activeCount = m;
    if (this.heavyPlace.length < heavy.count) this.heavyPlace = new Int32Array(heavy.lane.length);
    for (let h = 0; h < heavy.count; h++) {
      const i = this.#placeOf[heavy.lane[h]!]!;
      this.heavyPlace[h] = i;
      if (i >= 0) this.hasHeavy[i] = 1;
    }
  }

  /** Rows of lane `lane` of the junction, which is active, for stage `s`. */
  #tabulate({ streams, streamsOf }: Junction, it: Situation, s: number, lane: number): void {
    const own = streamsOf[lane]!;
    let closed = 0;
    let firstClosed = 0;
    for (const k of own) {
      if (streams[k]!.grants[s] !== CLOSED) continue;
      closed += it.share[k]!;
      firstClosed += it.first[k]!;
    }
    const i = this.#placeOf[lane]!;
    const at = s * this.activeCount + i;
    this.gapStart[at] = this.gapCount;
    this.gapStart[at + 1] = this.gapCount;
    const isOpen = Math.min(closed, firstClosed) < 1 - NEGLIGIBLE_SHARE;
    this.open[at] = isOpen ? 1 : 0;
    this.isFree[at] = 0;
    this.inside[at] = 0;
    this.#limit[at] = Number.POSITIVE_INFINITY;
    this.#firstLimit[at] = Number.POSITIVE_INFINITY;
    if (!isOpen) return;
    if (closed > NEGLIGIBLE_SHARE) this.#limit[at] = (1 - closed) / closed;
    if (Math.max(closed, firstClosed) > NEGLIGIBLE_SHARE)
      this.#firstLimit[at] = (1 - firstClosed) / Math.max(closed, NEGLIGIBLE_SHARE);
    let base = 0;
    for (const k of own) {
      const grant = streams[k]!.grants[s]!;
      if (grant === CLOSED) continue;
      const share = it.share[k]! / (1 - closed);
      if (grant === PROTECTED) {
        base += share * HEADWAY_S;
        continue;
      }
      if (grant === PERMISSIVE && streams[k]!.waitsInside) this.inside[at] = 1;
      this.yieldStart[this.gapCount] = this.#yieldCount;
      for (const other of streams[k]!.yieldsTo) {
        const theirs = streams[other]!;
        const place = this.#placeOf[theirs.lane]!;
        if (place < 0 || (theirs.grants[s] !== PROTECTED && theirs.grants[s] !== PERMISSIVE)) continue;
        this.yieldPlace[this.#yieldCount] = place;
        this.yieldShare[this.#yieldCount++] = it.share[other]!;
      }
      this.gapShare[this.gapCount] = share;
      this.gapHeadway[this.gapCount++] = grant === PERMISSIVE ? HEADWAY_S : STOP_THEN_GO_HEADWAY_S;
      this.yieldStart[this.gapCount] = this.#yieldCount;
    }
    this.baseHeadway[at] = base;
    this.rate[at] = base > 0 ? 1 / base : 1;
    this.gapStart[at + 1] = this.gapCount;
    const looks = this.gapStart[at]! < this.gapCount;
    if (!looks && this.#firstLimit[at] === Number.POSITIVE_INFINITY) this.isFree[at] = 1;
    const soon = this.start[i]! + Math.min(it.horizonS, SOON_S);
    if (it.arrived[soon]! > WORTH_SERVING && it.room[soon]! > 0.3) this.useful[s] = 1;
  }

  #sortLanes(s: number): void {
    const m = this.activeCount;
    let at = s * m;
    for (let i = 0; i < m; i++) if (this.open[s * m + i] === 0) this.order[at++] = i;
    this.closedCount[s] = at - s * m;
    for (let i = 0; i < m; i++) if (this.open[s * m + i] === 1 && !this.#looks(s * m + i)) this.order[at++] = i;
    this.plainCount[s] = at - s * m;
    for (let i = 0; i < m; i++) if (this.#looks(s * m + i)) this.order[at++] = i;
  }

  #looks(row: number): boolean {
    return this.gapStart[row + 1]! > this.gapStart[row]!;
  }
}
