import type { Seconds } from '../units/units.ts';
import type { Junction } from './predictive-junction.ts';
import { HEADWAY_S, type Situation } from './predictive-situation.ts';
import { StageTables, WORTH_SERVING } from './predictive-stages.ts';

/** Labels kept per stage at one instant, labels followed in all, and those of them that may change: the search's width. */
const KEPT_PER_STAGE = 3;
const FOLLOWED = 10;
const CHANGING = 6;
/** What a change is worth against none, vehicle-seconds: vehicles nobody sees yet lose its intergreen too. */
const CHANGE_COST = 1;
/** What a vehicle behind a closed light is taken to wait beyond the end of the plan, s. */
const CLOSED_WAIT_S: Seconds = 8;
/** A permissive stream finds no gap above a flow of 1 / this (vehicles/s) in the streams it yields to. */
const GAP_S: Seconds = 4;
const SLOWEST_HEADWAY_S: Seconds = 20;
const NEVER = -1e9;

export interface Switch {
  /** Seconds from now at which the change begins. */
  readonly atS: Seconds;
  /** Place of the stage it leads to. */
  readonly stage: number;
}

export interface Verdict {
  /** Stage to show: the present one, or another to change to now. */
  readonly stage: number;
  /** By stage: predicted cost (vehicle-seconds, weighted) when it is chosen now; Infinity where it was not looked at. */
  readonly cost: Float64Array;
  readonly plan: readonly Switch[];
}

/**
 * Searches the order and length of the next greens for the least total delay: labels (what was shown so far, what left,
 * what it cost) move on a grid of decision times, and at each time the best few of every stage go on (a beam search).
 * One instance serves every signal; it keeps nothing from one search to the next but its memory.
 */
export class Search {
  #junction!: Junction;
  #it!: Situation;
  #lanes = 0;
  #stages = 0;
  #width = 0;
  readonly #tables = new StageTables();
  /** Labels: slot = (time * stages + stage) * KEPT_PER_STAGE + place. */
  #state = new Float64Array(0);
  #cost = new Float64Array(0);
  #value = new Float64Array(0);
  #since = new Float64Array(0);
  #parent = new Int32Array(0);
  #root = new Int32Array(0);
  #filled = new Uint8Array(0);
  #scratch = new Float64Array(0);
  #newCost = 0;
  /** By second: the next decision time from then on. */
  #grid = new Int32Array(0);

  /** The cheapest plan from here and what each stage would cost now. */
  run(junction: Junction, it: Situation): Verdict {
    this.#prepare(junction, it);
    const { horizonS, minGreenS, intergreenS } = it;
    const S = this.#stages;
    const cost = new Float64Array(S).fill(Number.POSITIVE_INFINITY);
    const rootTime = new Int32Array(S).fill(-1);
    this.#begin(it);
    const list: number[] = [];
    for (let k = 0; k < horizonS; k++) {
      list.length = 0;
      for (let s = 0; s < S; s++) {
        const base = (k * S + s) * KEPT_PER_STAGE;
        for (let c = 0; c < this.#filled[k * S + s]!; c++) list.push(base + c);
      }
      if (list.length === 0) continue;
      list.sort((a, b) => this.#value[a]! - this.#value[b]! || a - b);
      const count = Math.min(list.length, FOLLOWED);
      for (let j = 0; j < count; j++) {
        const label = list[j]!;
        const stage = Math.floor(label / KEPT_PER_STAGE) % S;
        const since = this.#since[label]!;
        const root = this.#root[label]!;
        this.#noteRoot(root, k, this.#value[label]!, cost, rootTime);
        const next = this.#grid[k + 1]!;
        this.#load(label);
        for (let t = k; t < next; t++) this.#second(t, stage, stage);
        this.#offer(next, stage, since, label, k === 0 ? stage : root);
        if (k - since < minGreenS || (j >= CHANGING && k > 0)) continue;
        for (let to = 0; to < S; to++) {
          if (to === stage || junction.mayFollow[stage * S + to] === 0) continue;
          if (this.#tables.useful[to] === 0 && !junction.isOrdered) continue;
          const gap = junction.losesAny[stage * S + to] === 1 ? intergreenS : 0;
          const lead = Math.max(0, junction.walkClearS[stage * S + to]! - gap);
          const land = this.#grid[Math.min(horizonS, k + lead + gap + minGreenS)]!;
          this.#load(label);
          if (!junction.isOrdered && !this.#serves(stage, to, land)) continue;
          this.#change(k, lead, gap, stage, to, land);
          this.#newCost += CHANGE_COST;
          this.#offer(land, to, k + lead + gap, label, k === 0 ? to : root);
        }
      }
    }
    return this.#conclude(cost, rootTime);
  }

  /** Vehicles that leave each lane in each second under a plan: `left[lane * horizonS + k]`. */
  replay(junction: Junction, it: Situation, plan: readonly Switch[], left: Float64Array): void {
    this.#prepare(junction, it);
    this.#begin(it);
    const { horizonS, intergreenS } = it;
    const n = this.#lanes;
    this.#load(it.stage * KEPT_PER_STAGE);
    const before = new Float64Array(n);
    let stage = it.stage;
    let to = stage;
    let yellowAt = -1;
    let greenAt = -1;
    let next = 0;
    for (let k = 0; k < horizonS; k++) {
      const coming = plan[next];
      if (coming !== undefined && coming.atS === k && to === stage) {
        to = coming.stage;
        next++;
        const change = stage * this.#stages + to;
        const gap = junction.losesAny[change] === 1 ? intergreenS : 0;
        yellowAt = k + Math.max(0, junction.walkClearS[change]! - gap);
        greenAt = yellowAt + gap;
      }
      if (to !== stage && k >= greenAt) {
        this.#turnGreen(stage, to, k);
        stage = to;
      }
      for (let i = 0; i < n; i++) before[i] = this.#scratch[i]!;
      this.#second(k, stage, k < yellowAt ? stage : to, to);
      for (let i = 0; i < n; i++) left[i * horizonS + k] = this.#scratch[i]! - before[i]!;
    }
  }

  /** True when a change would let somebody go by `until` whom the present stage holds. */
  #serves(stage: number, to: number, until: number): boolean {
    const n = this.#lanes;
    const { walks } = this.#junction;
    for (let w = 0; w < walks.length; w++) {
      const { isOpen } = walks[w]!;
      if (isOpen[to] === 1 && isOpen[stage] === 0 && this.#scratch[5 * n + w]! > WORTH_SERVING) return true;
    }
    const { arrived, horizonS } = this.#it;
    for (let a = 0; a < this.#tables.activeCount; a++) {
      const i = this.#tables.active[a]!;
      if (
        this.#tables.open[to * n + i] === 0 ||
        (this.#tables.open[stage * n + i] === 1 &&
          this.#tables.limit[stage * n + i] === Number.POSITIVE_INFINITY &&
          this.#tables.gapStart[stage * n + i] === this.#tables.gapStart[stage * n + i + 1])
      )
        continue;
      if (arrived[i * (horizonS + 1) + until]! - this.#scratch[i]! > WORTH_SERVING) return true;
    }
    return false;
  }

  #noteRoot(root: number, k: number, value: number, cost: Float64Array, rootTime: Int32Array): void {
    if (root < 0) return;
    if (k > rootTime[root]! || value < cost[root]!) {
      rootTime[root] = k;
      cost[root] = value;
    }
  }

  #conclude(cost: Float64Array, rootTime: Int32Array): Verdict {
    const S = this.#stages;
    const { horizonS, stage } = this.#it;
    let best = -1;
    for (let s = 0; s < S; s++) {
      const base = (horizonS * S + s) * KEPT_PER_STAGE;
      for (let c = 0; c < this.#filled[horizonS * S + s]!; c++) {
        const label = base + c;
        this.#noteRoot(this.#root[label]!, horizonS, this.#value[label]!, cost, rootTime);
        const isBetter =
          best < 0 ||
          this.#value[label]! < this.#value[best]! - 1e-9 ||
          (this.#value[label]! <= this.#value[best]! + 1e-9 &&
            this.#root[label] === stage &&
            this.#root[best] !== stage);
        if (isBetter) best = label;
      }
    }
    const plan: Switch[] = [];
    for (let label = best; label >= 0; label = this.#parent[label]!) {
      const parent = this.#parent[label]!;
      if (parent < 0) break;
      const own = Math.floor(label / KEPT_PER_STAGE) % S;
      if (own !== Math.floor(parent / KEPT_PER_STAGE) % S) {
        plan.unshift({ atS: Math.floor(parent / KEPT_PER_STAGE / S), stage: own });
      }
    }
    return { stage: best < 0 ? stage : this.#root[best]!, cost, plan };
  }

  #begin(it: Situation): void {
    const n = this.#lanes;
    const S = this.#stages;
    const label = it.stage * KEPT_PER_STAGE;
    const at = label * this.#width;
    for (let i = 0; i < n; i++) {
      const isOpen = this.#tables.open[it.stage * n + i] === 1;
      const queued = it.arrived[i * (it.horizonS + 1)]! > 0.4;
      this.#state[at + i] = 0;
      this.#state[at + n + i] = isOpen && !queued ? 1 : 0;
      this.#state[at + 2 * n + i] = isOpen && queued ? 1 / HEADWAY_S : 0;
      this.#state[at + 3 * n + i] = this.#tables.limit[it.stage * n + i]!;
      this.#state[at + 4 * n + i] = it.greenS < 3 || !queued ? this.#tables.inside[it.stage * n + i]! : 0;
    }
    this.#junction.walks.forEach(({ isOpen }, w) => {
      this.#state[at + 5 * n + w] = isOpen[it.stage] === 1 ? 0 : it.people[w]!;
    });
    this.#cost[label] = 0;
    this.#value[label] = 0;
    this.#since[label] = it.greenS > 1e6 ? NEVER : -it.greenS;
    this.#parent[label] = -1;
    this.#root[label] = -1;
    this.#filled.fill(0, 0, (it.horizonS + 1) * S);
    this.#filled[it.stage] = 1;
  }

  #load(label: number): void {
    const at = label * this.#width;
    for (let j = 0; j < this.#width; j++) this.#scratch[j] = this.#state[at + j]!;
    this.#newCost = this.#cost[label]!;
  }

  /** Crossings close at once, vehicles `lead` seconds later. */
  #change(k: number, lead: number, gap: number, from: number, to: number, until: number): void {
    const green = k + lead + gap;
    for (let t = k; t < until; t++) {
      if (t >= green) {
        if (t === green) this.#turnGreen(from, to, t);
        this.#second(t, to, to);
      } else this.#second(t, from, t < k + lead ? from : to, to);
    }
  }

  /** Lanes that the new stage opens start up; where some of their streams stay closed, only so many get away. */
  #turnGreen(from: number, to: number, k: number): void {
    const n = this.#lanes;
    const it = this.#it;
    const length = it.horizonS + 1;
    for (let i = 0; i < n; i++) {
      if (this.#tables.open[to * n + i] === 0) continue;
      const queue = it.arrived[i * length + k]! - this.#scratch[i]!;
      if (this.#tables.open[from * n + i] === 0) {
        this.#scratch[4 * n + i] = this.#tables.inside[to * n + i]!;
        this.#scratch[n + i] = queue > 0.4 ? 0 : 1;
      }
      this.#scratch[3 * n + i] = this.#scratch[i]! + this.#tables.limit[to * n + i]!;
    }
  }

  /** Moves every lane by the second from k on, while stage `a` gives way to `b`: only what both open goes (`a` is `b`: all). */
  #second(k: number, a: number, b: number, walkTo = b): void {
    const n = this.#lanes;
    const it = this.#it;
    this.#wait(a, walkTo);
    const state = this.#scratch;
    const length = it.horizonS + 1;
    const arrived = it.arrived;
    for (let j = 0; j < this.#tables.activeCount; j++) {
      const i = this.#tables.order[b * n + j]!;
      const at = i * length + k;
      const left = state[i]!;
      const open = this.#tables.open[a * n + i] === 1 && this.#tables.open[b * n + i] === 1;
      const queue = arrived[at]! - left;
      let now = arrived[at + 1]! - left;
      let out = 0;
      if (open) {
        let headway = this.#tables.baseHeadway[b * n + i]!;
        const start = this.#tables.gapStart[b * n + i]!;
        const end = this.#tables.gapStart[b * n + i + 1]!;
        let refill = 0;
        let gapShare = 0;
        for (let e = start; e < end; e++) {
          const inGaps = this.#headwayInGaps(e);
          const ownShare = this.#tables.gapShare[e]!;
          headway += ownShare * (state[4 * n + i]! > 0 ? this.#tables.gapHeadway[e]! : inGaps);
          gapShare += ownShare;
          if (inGaps < SLOWEST_HEADWAY_S) refill += ownShare / inGaps;
        }
        const rate = headway > 0 ? 1 / headway : 1;
        let credit = Math.min(1, state[n + i]! + rate);
        if (queue < 0.05 && start === end && credit > 0) credit = 1;
        const may = Math.min(now, it.room[at + 1]! - left, state[3 * n + i]! - left, credit);
        if (may > 0) out = may;
        state[n + i] = credit - out;
        if (gapShare > 0) {
          const most = this.#tables.inside[b * n + i]!;
          state[4 * n + i] = Math.min(most, state[4 * n + i]! + refill / gapShare - out * gapShare);
        }
      } else state[n + i] = 0;
      if (out > 0) {
        state[i] = left + out;
        now -= out;
      }
      state[2 * n + i] = 0.6 * state[2 * n + i]! + 0.4 * out;
      this.#newCost += it.weight[i]! * now;
      if (it.perStop > 0) {
        this.#newCost += it.perStop * Math.min(Math.max(0, now), arrived[at + 1]! - arrived[at]!);
      }
    }
    const { count, lane, atS, place, extra } = it.heavy;
    for (let h = 0; h < count; h++) {
      if (atS[h]! <= k && state[lane[h]!]! < place[h]! - 0.5) this.#newCost += extra[h]! * it.weight[lane[h]!]!;
    }
  }

  /** People gather for a second at crossings that do not show walk, and cross where they do. */
  #wait(a: number, b: number): void {
    const { walks } = this.#junction;
    const it = this.#it;
    for (let w = 0; w < walks.length; w++) {
      const at = 5 * this.#lanes + w;
      const { isOpen } = walks[w]!;
      const people = isOpen[a] === 1 && isOpen[b] === 1 ? 0 : this.#scratch[at]! + it.peoplePerS[w]!;
      this.#scratch[at] = people;
      this.#newCost += it.peopleCost[w]! * people;
    }
  }

  /** Headway of a permissive stream among what it yields to. */
  #headwayInGaps(entry: number): Seconds {
    const flows = this.#tables.gapYields[entry]!;
    let flow = 0;
    for (let y = 0; y < flows.length; y += 2) flow += this.#scratch[2 * this.#lanes + flows[y]!]! * flows[y + 1]!;
    const left = 1 - GAP_S * flow;
    const own = this.#tables.gapHeadway[entry]!;
    return left * SLOWEST_HEADWAY_S <= own ? SLOWEST_HEADWAY_S : own / left;
  }

  /** Cost to go: what stands now waits at least until its lane may open, and then for those before it. */
  #costToGo(k: number, stage: number): number {
    const n = this.#lanes;
    const it = this.#it;
    let sum = 0;
    const { walks } = this.#junction;
    for (let w = 0; w < walks.length; w++) {
      if (walks[w]!.isOpen[stage] === 0) sum += it.peopleCost[w]! * this.#scratch[5 * n + w]! * CLOSED_WAIT_S;
    }
    const { count, lane, atS, place, extra } = it.heavy;
    for (let h = 0; h < count; h++) {
      const i = lane[h]!;
      const before = place[h]! - this.#scratch[i]!;
      if (atS[h]! > k || before < 0.5) continue;
      const wait = this.#tables.open[stage * n + i] === 1 ? 0 : CLOSED_WAIT_S;
      sum += extra[h]! * it.weight[i]! * (wait + before * HEADWAY_S);
    }
    for (let a = 0; a < this.#tables.activeCount; a++) {
      const i = this.#tables.active[a]!;
      const queue = it.arrived[i * (it.horizonS + 1) + k]! - this.#scratch[i]!;
      if (queue <= 0) continue;
      const isOpen = this.#tables.open[stage * n + i] === 1;
      const wait = isOpen ? 0 : CLOSED_WAIT_S;
      sum += it.weight[i]! * queue * (wait + 0.5 * queue * HEADWAY_S);
    }
    return sum;
  }

  #offer(k: number, stage: number, since: number, parent: number, root: number): void {
    const S = this.#stages;
    const value = this.#newCost + this.#costToGo(k, stage);
    const bucket = k * S + stage;
    const base = bucket * KEPT_PER_STAGE;
    const filled = this.#filled[bucket]!;
    let slot = base + filled;
    if (filled < KEPT_PER_STAGE) this.#filled[bucket] = filled + 1;
    else {
      slot = base;
      for (let c = 1; c < KEPT_PER_STAGE; c++) if (this.#value[base + c]! > this.#value[slot]!) slot = base + c;
      if (this.#value[slot]! <= value) return;
    }
    const at = slot * this.#width;
    for (let j = 0; j < this.#width; j++) this.#state[at + j] = this.#scratch[j]!;
    this.#cost[slot] = this.#newCost;
    this.#value[slot] = value;
    this.#since[slot] = since;
    this.#parent[slot] = parent;
    this.#root[slot] = root;
  }

  #prepare(junction: Junction, it: Situation): void {
    const n = junction.lanes.length;
    const S = junction.stages.length;
    this.#junction = junction;
    this.#it = it;
    this.#lanes = n;
    this.#stages = S;
    this.#width = 5 * n + junction.walks.length;
    const slots = (it.horizonS + 1) * S * KEPT_PER_STAGE;
    if (this.#cost.length < slots) {
      this.#cost = new Float64Array(slots);
      this.#value = new Float64Array(slots);
      this.#since = new Float64Array(slots);
      this.#parent = new Int32Array(slots);
      this.#root = new Int32Array(slots);
      this.#filled = new Uint8Array(slots);
    }
    if (this.#state.length < slots * this.#width) this.#state = new Float64Array(slots * this.#width);
    if (this.#scratch.length < this.#width) this.#scratch = new Float64Array(this.#width);
    this.#tables.prepare(junction, it);
    this.#layGrid(it.horizonS, it.stepS);
  }

  #layGrid(horizonS: Seconds, stepS: Seconds): void {
    if (this.#grid.length < horizonS + 1) this.#grid = new Int32Array(horizonS + 1);
    let from = 0;
    this.#grid[0] = 0;
    while (from < horizonS) {
      const to = Math.min(horizonS, from + pace(from, stepS));
      for (let k = from + 1; k <= to; k++) this.#grid[k] = to;
      from = to;
    }
  }
}

/** Decision times grow coarser with distance, because only the next decision is carried out. */
function pace(k: number, stepS: Seconds): Seconds {
  if (stepS > 1) return stepS;
  return k < 14 ? 1 : k < 30 ? 2 : 3;
}
