import type { Seconds } from '../units/units.ts';
import type { Call, Junction } from './predictive-junction.ts';
import { HEADWAY_S, type Situation } from './predictive-situation.ts';
import { StageTables, WORTH_SERVING } from './predictive-stages.ts';

/** What a vehicle behind a closed light is taken to wait beyond the end of the plan, s. */
const CLOSED_WAIT_S: Seconds = 8;
const SLOWEST_HEADWAY_S: Seconds = 20;
/** Those who come to a closed line so soon are held there. */
const COMING_S: Seconds = 3;
/** More than this counts as somebody who waits. */
const QUEUED = 0.4;
/** Below this nobody is left to come; costs less apart are the same. */
const NOBODY = 1e-9;
const SLACK = 1e-9;

/**
 * The vehicles and people of one junction as its lamps let them go, over seconds of a plan. A state is a stretch of a Float64Array,
 * `width` long, by active lane (`StageTables`): how many have left, how much of a vehicle's headway has passed, how many may have
 * left before one stops for a closed stream; where some lane looks for gaps, how many may yet wait inside the junction;
 * then people who wait, by call. One instance serves every junction.
 */
export class Flow {
  readonly tables = new StageTables();
  width = 0;
  /** The state that moves end in, what they cost in vehicle-seconds, and what is to come at least: who stands then waits until
   * their lane may open, and then for those before them. */
  state = new Float64Array(0);
  cost = 0;
  toGo = 0;
  /** Of the junction, where any asks for something. */
  #calls: readonly Call[] = [];
  #it!: Situation;
  #lanes = 0;
  #length = 0;
  #atInside = 0;
  #atCalls = 0;
  /** `#sum[place * length + k]`: of the arrivals by second 1 to k, so that a closed lane's delay is a difference. */
  #sum = new Float64Array(0);
  /** By second of a move and lane: how many had left before it. */
  #leftBefore = new Float64Array(0);
  /** Somebody looks for gaps between them. */
  #isWatched = false;

  prepare(junction: Junction, it: Situation): void {
    const isAsked = it.people.some((people) => people > 0) || it.peoplePerS.some((rate) => rate > 0);
    this.#calls = isAsked ? junction.calls : [];
    this.#it = it;
    this.tables.prepare(junction, it);
    const { activeCount: m, start, gapCount } = this.tables;
    const length = it.horizonS + 1;
    this.#lanes = m;
    this.#length = length;
    this.#atInside = 3 * m;
    this.#atCalls = gapCount > 0 ? 4 * m : 3 * m;
    this.width = this.#atCalls + this.#calls.length;
    if (this.state.length < this.width) this.state = new Float64Array(this.width);
    if (this.#sum.length < m * length) this.#sum = new Float64Array(m * length);
    if (this.#leftBefore.length < m * length) this.#leftBefore = new Float64Array(m * length);
    for (let i = 0; i < m; i++) {
      let sum = 0;
      this.#sum[i * length] = 0;
      for (let k = 1; k < length; k++) {
        sum += it.arrived[start[i]! + k]!;
        this.#sum[i * length + k] = sum;
      }
    }
  }

  /** Writes the state of now. */
  begin(state: Float64Array, at: number): void {
    const it = this.#it;
    const { tables } = this;
    const { start, open, inside, gapCount } = tables;
    const m = this.#lanes;
    const row = it.stage * m;
    for (let i = 0; i < m; i++) {
      const isOpen = open[row + i] === 1;
      const isQueued = it.arrived[start[i]!]! > QUEUED;
      state[at + i] = 0;
      state[at + m + i] = isOpen && !isQueued ? 1 : 0;
      state[at + 2 * m + i] = tables.mostOf(row + i, 0);
      if (gapCount === 0) continue;
      state[at + this.#atInside + i] = it.greenS < 3 || it.arrived[start[i]! + 1]! <= QUEUED ? inside[row + i]! : 0;
    }
    const calls = this.#calls;
    for (let w = 0; w < calls.length; w++) {
      state[at + this.#atCalls + w] = calls[w]!.isOpen[it.stage] === 1 ? 0 : it.people[w]!;
    }
  }

  /** Vehicles whom a stage holds, or soon will. */
  countHeld(stage: number): number {
    const { start, closedCount, order } = this.tables;
    let held = 0;
    for (let j = 0; j < closedCount[stage]!; j++) {
      held += this.#it.arrived[start[order[stage * this.#lanes + j]!]! + COMING_S]!;
    }
    return held;
  }

  /** True when a change to stage `to` would let somebody go by `until` whom `stage` holds. */
  serves(state: Float64Array, at: number, stage: number, to: number, until: number): boolean {
    const calls = this.#calls;
    for (let w = 0; w < calls.length; w++) {
      const { isOpen } = calls[w]!;
      if (isOpen[to] === 1 && isOpen[stage] === 0 && state[at + this.#atCalls + w]! > WORTH_SERVING) return true;
    }
    const { arrived } = this.#it;
    const { start, open, isFree } = this.tables;
    const m = this.#lanes;
    for (let i = 0; i < m; i++) {
      if (open[to * m + i] === 0 || isFree[stage * m + i] === 1) continue;
      if (arrived[start[i]! + until]! - state[at + i]! > WORTH_SERVING) return true;
    }
    return false;
  }

  /**
   * Moves everybody from second `k` to `until` on from the state at `from[at]` into `this.state` (which may be the same), and
   * adds to `this.cost`, while stage `a` gives way to `b`: only what both open goes until second `green`, then what `b` opens. Nothing
   * changes where `a` is `b`. Calls that `a` opens and `walkTo` does not are closed at once. Sets `this.toGo`. False, with the state
   * half made, as soon as cost and what is to come are sure to be above `bound`.
   */
  move(
    from: Float64Array,
    at: number,
    k: number,
    until: number,
    a: number,
    b: number,
    green: number,
    bound: number,
    walkTo = b,
  ): boolean {
    const { plainCount, closedCount } = this.tables;
    const turnAt = a === b ? -1 : green;
    this.toGo = 0;
    this.#isWatched = plainCount[b]! < this.#lanes;
    if (closedCount[b]! > 0) this.#moveClosed(from, at, k, until, b);
    if (this.cost + this.toGo > bound + SLACK && this.#it.heavy.count === 0) return false;
    this.#moveOpen(from, at, k, until, a, b, turnAt);
    if (this.#isWatched) this.#moveThroughGaps(from, at, k, until, a, b, turnAt);
    if (this.#calls.length > 0) this.#gather(from, at, k, until, a, walkTo, turnAt);
    if (this.#it.heavy.count > 0) this.#addHeavyToGo(until, b);
    return true;
  }

  /** Lanes that stage `b` does not open. */
  #moveClosed(from: Float64Array, at: number, k: number, until: number, b: number): void {
    const { arrived, perStop } = this.#it;
    const { start, weight, order, closedCount, hasHeavy, gapCount } = this.tables;
    const state = this.state;
    const m = this.#lanes;
    const length = this.#length;
    const sums = this.#sum;
    let cost = 0;
    let toGo = 0;
    for (let j = b * m; j < b * m + closedCount[b]!; j++) {
      const i = order[j]!;
      const first = start[i]!;
      const left = from[at + i]!;
      const came = arrived[first + until]!;
      const waited = sums[i * length + until]! - sums[i * length + k]! - (until - k) * left;
      cost += weight[i]! * waited;
      if (perStop > 0) cost += perStop * (came - arrived[first + k]!);
      if (hasHeavy[i] === 1) cost += this.#heavyWait(i, left, k, until);
      const queue = came - left;
      if (queue > 0) toGo += weight[i]! * queue * (CLOSED_WAIT_S + 0.5 * queue * HEADWAY_S);
      state[i] = left;
      state[m + i] = 0;
      state[2 * m + i] = from[at + 2 * m + i]!;
      if (gapCount === 0) continue;
      state[this.#atInside + i] = from[at + this.#atInside + i]!;
    }
    this.cost += cost;
    this.toGo += toGo;
  }

  /** Nobody leaves lane `i` from second `from` to `to` of a move. */
  #stay(left: number, i: number, from: number, to: number): void {
    if (this.#isWatched) for (let t = from; t < to; t++) this.#leftBefore[t * this.#lanes + i] = left;
  }

  /** Lanes that stage `b` opens and that look for no gaps. */
  #moveOpen(from: Float64Array, at: number, k: number, until: number, a: number, b: number, turnAt: number): void {
    const { arrived, room, perStop } = this.#it;
    const { tables } = this;
    const { start, open, rate, weight, order, closedCount, plainCount, hasHeavy, gapCount } = tables;
    const state = this.state;
    const m = this.#lanes;
    const length = this.#length;
    const sums = this.#sum;
    const turns = turnAt >= k && turnAt < until;
    let cost = 0;
    for (let j = b * m + closedCount[b]!; j < b * m + plainCount[b]!; j++) {
      const i = order[j]!;
      const first = start[i]!;
      const own = rate[b * m + i]!;
      const wasOpen = turnAt < 0 || open[a * m + i] === 1;
      let left = from[at + i]!;
      let credit = from[at + m + i]!;
      let most = from[at + 2 * m + i]!;
      let t = k;
      if (!wasOpen) {
        t = turns ? turnAt : until;
        const waited = sums[i * length + t]! - sums[i * length + k]! - (t - k) * left;
        cost += weight[i]! * waited;
        if (perStop > 0) cost += perStop * (arrived[first + t]! - arrived[first + k]!);
        if (hasHeavy[i] === 1) cost += this.#heavyWait(i, left, k, t);
        this.#stay(left, i, 0, t - k);
        credit = turns && arrived[first + t]! - left <= QUEUED ? 1 : 0;
      }
      const all = arrived[first + length - 1]! - NOBODY;
      for (; t < until; t++) {
        if (t === turnAt) most = tables.mostOf(b * m + i, left);
        if (left >= all) {
          if (turns && t < turnAt) most = tables.mostOf(b * m + i, left);
          credit = 1;
          break;
        }
        if (this.#isWatched) this.#leftBefore[(t - k) * m + i] = left;
        const before = arrived[first + t]!;
        const after = arrived[first + t + 1]!;
        let now = after - left;
        credit = Math.min(1, credit + own);
        if (before - left < 0.05 && credit > 0) credit = 1;
        const may = Math.min(now, room[first + t + 1]! - left, most - left, credit);
        let out = 0;
        if (may > 0) {
          out = may;
          credit -= out;
          left += out;
          now -= out;
        }
        cost += weight[i]! * now;
        if (perStop > 0) cost += perStop * Math.min(Math.max(0, now), after - before);
        if (hasHeavy[i] === 1) cost += this.#heavyWait(i, left, t, t + 1);
      }
      this.#stay(left, i, t - k, until - k);
      const queue = arrived[first + until]! - left;
      if (queue > 0) this.toGo += 0.5 * weight[i]! * queue * queue * HEADWAY_S;
      state[i] = left;
      state[m + i] = credit;
      state[2 * m + i] = most;
      if (gapCount === 0) continue;
      state[this.#atInside + i] = turns && !wasOpen ? 0 : from[at + this.#atInside + i]!;
    }
    this.cost += cost;
  }

  /** Those lanes that look for gaps in the flows of others, second by second. */
  #moveThroughGaps(
    from: Float64Array,
    at: number,
    k: number,
    until: number,
    a: number,
    b: number,
    turnAt: number,
  ): void {
    const { arrived, room, perStop } = this.#it;
    const { tables } = this;
    const { start, open, baseHeadway, inside, weight, order, plainCount, hasHeavy, gapStart, gapShare, gapHeadway } =
      tables;
    const state = this.state;
    const m = this.#lanes;
    const atInside = this.#atInside;
    for (let j = plainCount[b]!; j < m; j++) {
      const i = order[b * m + j]!;
      for (let field = i; field < this.#atCalls; field += m) state[field] = from[at + field]!;
    }
    for (let t = k; t < until; t++) {
      const row = (t - k) * m;
      for (let j = plainCount[b]!; j < m; j++) {
        const i = order[b * m + j]!;
        this.#leftBefore[row + i] = state[i]!;
      }
      for (let j = plainCount[b]!; j < m; j++) {
        const i = order[b * m + j]!;
        const second = start[i]! + t;
        const left = state[i]!;
        const wasOpen = turnAt < 0 || open[a * m + i] === 1;
        if (t === turnAt) {
          if (!wasOpen) {
            state[atInside + i] = inside[b * m + i]!;
            state[m + i] = arrived[second]! - left > QUEUED ? 0 : 1;
          }
          state[2 * m + i] = tables.mostOf(b * m + i, left);
        }
        let now = arrived[second + 1]! - left;
        let out = 0;
        if (wasOpen || t >= turnAt) {
          let headway = baseHeadway[b * m + i]!;
          let refill = 0;
          let share = 0;
          for (let e = gapStart[b * m + i]!; e < gapStart[b * m + i + 1]!; e++) {
            const inGaps = this.#headwayInGaps(e, row, t);
            const own = gapShare[e]!;
            headway += own * (state[atInside + i]! > 0 ? gapHeadway[e]! : inGaps);
            share += own;
            if (inGaps < SLOWEST_HEADWAY_S) refill += own / inGaps;
          }
          const credit = Math.min(1, state[m + i]! + (headway > 0 ? 1 / headway : 1));
          const may = Math.min(now, room[second + 1]! - left, state[2 * m + i]! - left, credit);
          if (may > 0) out = may;
          state[m + i] = credit - out;
          if (share > 0) {
            const places = inside[b * m + i]!;
            state[atInside + i] = Math.min(places, state[atInside + i]! + refill / share - out * share);
          }
        } else state[m + i] = 0;
        if (out > 0) {
          state[i] = left + out;
          now -= out;
        }
        this.cost += weight[i]! * now;
        if (perStop > 0) this.cost += perStop * Math.min(Math.max(0, now), arrived[second + 1]! - arrived[second]!);
        if (hasHeavy[i] === 1) this.cost += this.#heavyWait(i, left + out, t, t + 1);
      }
    }
    for (let j = plainCount[b]!; j < m; j++) {
      const i = order[b * m + j]!;
      const queue = arrived[start[i]! + until]! - state[i]!;
      if (queue > 0) this.toGo += 0.5 * weight[i]! * queue * queue * HEADWAY_S;
    }
  }

  /** What the heavy vehicles of an active lane cost from second `k` to `until` while `left` vehicles have gone. */
  #heavyWait(i: number, left: number, k: number, until: number): number {
    const { count, atS, place, extra } = this.#it.heavy;
    const { heavyPlace, weight } = this.tables;
    let sum = 0;
    for (let h = 0; h < count; h++) {
      if (heavyPlace[h] !== i || left >= place[h]!) continue;
      sum += Math.max(0, until - Math.max(k, atS[h]!)) * extra[h]!;
    }
    return sum * weight[i]!;
  }

  /** People gather where their lamp is closed, and go where it is open; recalls do not gather. */
  #gather(from: Float64Array, at: number, k: number, until: number, a: number, b: number, turnAt: number): void {
    const calls = this.#calls;
    const { peoplePerS, peopleCost } = this.#it;
    for (let w = 0; w < calls.length; w++) {
      const { isOpen } = calls[w]!;
      const place = this.#atCalls + w;
      if (from[at + place] === 0 && peoplePerS[w] === 0) {
        this.state[place] = 0;
        continue;
      }
      let opensAt = until;
      if (isOpen[b] === 1) opensAt = isOpen[a] === 1 ? k : turnAt < 0 ? until : Math.min(until, turnAt);
      let people = from[at + place]!;
      for (let t = k; t < opensAt; t++) {
        people += peoplePerS[w]!;
        this.cost += peopleCost[w]! * people;
      }
      this.state[place] = opensAt < until ? 0 : people;
      if (isOpen[b] === 0) this.toGo += peopleCost[w]! * people * CLOSED_WAIT_S;
    }
  }

  /** Headway of a permissive stream in second `t`, of which `row` tells who had left, by how many could come whom it yields to. */
  #headwayInGaps(entry: number, row: number, t: number): Seconds {
    const { start, yieldStart, yieldPlace, yieldShare, gapHeadway } = this.tables;
    const { arrived, horizonS, gapS } = this.#it;
    const soon = Math.min(horizonS, t + gapS);
    let met = 0;
    for (let y = yieldStart[entry]!; y < yieldStart[entry + 1]!; y++) {
      const i = yieldPlace[y]!;
      met += Math.max(0, arrived[start[i]! + soon]! - this.#leftBefore[row + i]!) * yieldShare[y]!;
    }
    const own = gapHeadway[entry]!;
    return (1 - met) * SLOWEST_HEADWAY_S <= own ? SLOWEST_HEADWAY_S : own / (1 - met);
  }

  /** What heavy vehicles that are there by second `k` are yet to wait. */
  #addHeavyToGo(k: number, stage: number): void {
    const { count, atS, place, extra } = this.#it.heavy;
    const { open, weight, heavyPlace } = this.tables;
    for (let h = 0; h < count; h++) {
      const i = heavyPlace[h]!;
      if (i < 0 || atS[h]! > k) continue;
      const before = place[h]! - this.state[i]!;
      if (before <= 0) continue;
      const wait = open[stage * this.#lanes + i] === 1 ? 0 : CLOSED_WAIT_S;
      this.toGo += extra[h]! * weight[i]! * (wait + before * HEADWAY_S);
    }
  }
}
