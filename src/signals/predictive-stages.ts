import type { Seconds } from '../units/units.ts';
import { CLOSED, type Junction, PERMISSIVE, PROTECTED } from './predictive-junction.ts';
import { HEADWAY_S, type Situation } from './predictive-situation.ts';

/** A change is looked at when it lets more than this many vehicles go. */
export const WORTH_SERVING = 0.1;
const STOP_THEN_GO_HEADWAY_S: Seconds = 3.5;
/** A partly closed lane stops behind its first vehicle for the closed stream; a share below this is not waited for. */
const NEGLIGIBLE_SHARE = 0.02;

/** What each stage means for each lane of a junction in a situation; `[stage * lanes + lane]` unless said otherwise. */
export class StageTables {
  /** 1 where the lane may go. */
  open = new Uint8Array(0);
  /** Seconds of a vehicle that goes without looking for gaps. */
  baseHeadway = new Float64Array(0);
  /** Vehicles that get away before one stops for a stream that stays closed. */
  limit = new Float64Array(0);
  /** Active lanes in the order they are moved. */
  order = new Int32Array(0);
  /** Permissive streams: entries [start, end) of the gap lists. */
  gapStart = new Int32Array(0);
  readonly gapShare: number[] = [];
  readonly gapHeadway: number[] = [];
  /** Pairs of lane and share that an entry yields to. */
  readonly gapYields: number[][] = [];
  /** Vehicles that may wait inside the junction for a gap. */
  inside = new Uint8Array(0);
  /** By stage: 1 where somebody is served soon. */
  useful = new Uint8Array(0);
  /** Lanes with vehicles within the horizon: the first `activeCount`. */
  active = new Int32Array(64);
  activeCount = 0;

  /** Fills the tables; what they held before is gone. */
  prepare(junction: Junction, it: Situation): void {
    const n = junction.lanes.length;
    const S = junction.stages.length;
    if (this.open.length < S * n) {
      this.open = new Uint8Array(S * n);
      this.baseHeadway = new Float64Array(S * n);
      this.inside = new Uint8Array(S * n);
      this.limit = new Float64Array(S * n);
      this.order = new Int32Array(S * n);
      this.useful = new Uint8Array(S);
    }
    if (this.useful.length < S) this.useful = new Uint8Array(S);
    if (this.gapStart.length < S * n + 1) this.gapStart = new Int32Array(S * n + 1);
    this.gapShare.length = 0;
    this.gapHeadway.length = 0;
    this.gapYields.length = 0;
    if (this.active.length < n) this.active = new Int32Array(n);
    this.activeCount = 0;
    const length = it.horizonS + 1;
    for (let i = 0; i < n; i++) if (it.arrived[i * length + it.horizonS]! > 0.05) this.active[this.activeCount++] = i;
    for (let s = 0; s < S; s++) {
      this.useful[s] = 0;
      for (let i = 0; i < n; i++) this.#tabulate(junction, it, s, i);
      this.#sortLanes(n, s);
    }
    junction.walks.forEach(({ isOpen }, w) => {
      for (let s = 0; s < S; s++) if (isOpen[s] === 1 && it.people[w]! > WORTH_SERVING) this.useful[s] = 1;
    });
    this.useful[it.stage] = 1;
  }

  #tabulate(junction: Junction, it: Situation, s: number, i: number): void {
    const { streams, streamsOf } = junction;
    const n = junction.lanes.length;
    const own = streamsOf[i]!;
    let closed = 0;
    for (const k of own) if (streams[k]!.grants[s] === CLOSED) closed += it.share[k]!;
    const at = s * n + i;
    this.gapStart[at] = this.gapShare.length;
    this.gapStart[at + 1] = this.gapShare.length;
    const isOpen = closed < 1 - NEGLIGIBLE_SHARE;
    this.open[at] = isOpen ? 1 : 0;
    this.limit[at] = Number.POSITIVE_INFINITY;
    if (!isOpen) return;
    if (closed > NEGLIGIBLE_SHARE) this.limit[at] = (1 - closed) / closed;
    let base = 0;
    this.inside[at] = 0;
    for (const k of own) {
      const grant = streams[k]!.grants[s]!;
      if (grant === CLOSED) continue;
      const share = it.share[k]! / (1 - closed);
      if (grant === PROTECTED) {
        base += share * HEADWAY_S;
        continue;
      }
      if (grant === PERMISSIVE && streams[k]!.waitsInside) this.inside[at] = 1;
      const yields: number[] = [];
      for (const other of streams[k]!.yieldsTo) {
        const theirs = streams[other]!;
        if (theirs.grants[s] !== PROTECTED && theirs.grants[s] !== PERMISSIVE) continue;
        yields.push(theirs.lane, it.share[other]!);
      }
      this.gapShare.push(share);
      this.gapHeadway.push(grant === PERMISSIVE ? HEADWAY_S : STOP_THEN_GO_HEADWAY_S);
      this.gapYields.push(yields);
    }
    this.baseHeadway[at] = base;
    this.gapStart[at + 1] = this.gapShare.length;
    const length = it.horizonS + 1;
    const soon = Math.min(it.horizonS, 20);
    if (it.arrived[i * length + soon]! > WORTH_SERVING && it.room[i * length + soon]! > 0.3) this.useful[s] = 1;
  }

  /** Lanes with protected green before those that look for gaps in their flow. */
  #sortLanes(n: number, s: number): void {
    let at = s * n;
    for (let round = 0; round < 2; round++) {
      for (let a = 0; a < this.activeCount; a++) {
        const i = this.active[a]!;
        const looks = this.gapStart[s * n + i + 1]! > this.gapStart[s * n + i]!;
        if (looks === (round === 1)) this.order[at++] = i;
      }
    }
  }
}
