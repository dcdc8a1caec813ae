import type { Seconds } from '../units/units.ts';
import { Flow } from './predictive-flow.ts';
import type { Junction } from './predictive-junction.ts';
import type { Situation } from './predictive-situation.ts';

/** Labels kept per stage at one instant, labels followed in all, and those of them that may change: the search's width. */
const KEPT_PER_STAGE = 1;
const FOLLOWED = 5;
const CHANGING = 3;
/** What a change is worth against none, vehicle-seconds: vehicles nobody sees yet lose its intergreen too. */
const CHANGE_COST = 1;
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
  /**
   * By stage: predicted cost (vehicle-seconds, weighted) when it is chosen now, of one that was given up on the way no less than the
   * best's; Infinity where it was not looked at.
   */
  readonly cost: Float64Array;
  readonly plan: readonly Switch[];
}

/**
 * Searches the order and length of the next greens for the least total delay: labels (what was shown so far, what left,
 * what it cost) move on a grid of decision times, and at each time the best few of every stage go on (a beam search).
 * One instance serves every signal; it keeps nothing from one search to the next but its memory.
 */
export class Search {
  readonly #flow = new Flow();
  #stages = 0;
  /** Labels: slot = (time * stages + stage) * KEPT_PER_STAGE + place. */
  #state = new Float64Array(0);
  #cost = new Float64Array(0);
  #value = new Float64Array(0);
  #since = new Float64Array(0);
  #parent = new Int32Array(0);
  #root = new Int32Array(0);
  #filled = new Uint8Array(0);
  /** The labels followed at one instant, best first. */
  readonly #best = new Int32Array(FOLLOWED);
  /** By root stage: the last time it was followed to. */
  #rootTime = new Int32Array(0);
  /** By second: the next decision time from then on. */
  #grid = new Int32Array(0);
  #gridStepS: Seconds = 0;

  /** The cheapest plan from here and what each stage would cost now. */
  run(junction: Junction, it: Situation): Verdict {
    this.#prepare(junction, it);
    const { horizonS, minGreenS, intergreenS } = it;
    const { isOrdered, losesAny, mayFollow, walkClearS } = junction;
    const S = this.#stages;
    const flow = this.#flow;
    const { useful } = flow.tables;
    const cost = new Float64Array(S).fill(Number.POSITIVE_INFINITY);
    this.#rootTime.fill(-1);
    this.#begin(it);
    const firstSince = this.#since[it.stage * KEPT_PER_STAGE]!;
    const held = flow.countHeld(it.stage);
    for (let k = 0; k < horizonS; k++) {
      const count = this.#listBest(k);
      for (let j = 0; j < count; j++) {
        const label = this.#best[j]!;
        const at = label * flow.width;
        const stage = Math.floor(label / KEPT_PER_STAGE) % S;
        const since = this.#since[label]!;
        const root = this.#root[label]!;
        this.#noteRoot(root, k, this.#value[label]!, cost);
        const next = this.#grid[k + 1]!;
        // A plan that puts its change off second after second pays for those to whom it was promised.
        const isFirstGreen = stage === it.stage && since === firstSince;
        const overdueS = isFirstGreen ? Math.max(0, next - Math.max(k, it.dueS)) : 0;
        flow.cost = this.#cost[label]! + overdueS * held;
        if (flow.move(this.#state, at, k, next, stage, stage, k, this.#worstOf(next, stage)))
          this.#offer(next, stage, since, label, k === 0 ? stage : root);
        if (k - since < minGreenS || (j >= CHANGING && k > 0)) continue;
        for (let to = 0; to < S; to++) {
          const change = stage * S + to;
          if (to === stage || mayFollow[change] === 0) continue;
          if (useful[to] === 0 && !isOrdered) continue;
          const gap = losesAny[change] === 1 ? intergreenS : 0;
          const yellow = k + Math.max(0, walkClearS[change]! - gap);
          const land = this.#grid[Math.min(horizonS, yellow + gap + minGreenS)]!;
          if (!isOrdered && !flow.serves(this.#state, at, stage, to, land)) continue;
          flow.cost = this.#cost[label]! + CHANGE_COST;
          if (this.#change(at, k, yellow, gap, stage, to, land))
            this.#offer(land, to, yellow + gap, label, k === 0 ? to : root);
        }
      }
    }
    return this.#conclude(it, cost);
  }

  /** Vehicles that leave each lane in each second under a plan: `left[lane * horizonS + k]`. */
  replay(junction: Junction, it: Situation, plan: readonly Switch[], left: Float64Array): void {
    this.#prepare(junction, it);
    this.#begin(it);
    const { horizonS, intergreenS } = it;
    const flow = this.#flow;
    const { state } = flow;
    const { start, activeCount } = flow.tables;
    left.fill(0, 0, junction.lanes.length * horizonS);
    for (let j = 0; j < flow.width; j++) state[j] = this.#state[it.stage * KEPT_PER_STAGE * flow.width + j]!;
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
      for (let i = 0; i < activeCount; i++) left[placeIn(start[i]!, horizonS) + k] = -state[i]!;
      flow.move(state, 0, k, k + 1, stage, k < yellowAt ? stage : to, greenAt, Number.POSITIVE_INFINITY, to);
      for (let i = 0; i < activeCount; i++) left[placeIn(start[i]!, horizonS) + k]! += state[i]!;
      if (k >= greenAt) stage = to;
    }
  }

  /** Crossings close at once, vehicles from second `yellow` on. False when it is sure to be too dear to be kept. */
  #change(at: number, k: number, yellow: number, gap: Seconds, stage: number, to: number, land: number): boolean {
    const flow = this.#flow;
    const worst = this.#worstOf(land, to);
    if (yellow === k) return flow.move(this.#state, at, k, land, stage, to, k + gap, worst);
    const leads = Math.min(yellow, land);
    flow.move(this.#state, at, k, leads, stage, stage, k, Number.POSITIVE_INFINITY, to);
    return flow.move(flow.state, 0, leads, land, stage, to, yellow + gap, worst);
  }

  /** What a label must be below to be kept at time `k` in a stage. */
  #worstOf(k: number, stage: number): number {
    const bucket = k * this.#stages + stage;
    if (this.#filled[bucket]! < KEPT_PER_STAGE) return Number.POSITIVE_INFINITY;
    let worst = this.#value[bucket * KEPT_PER_STAGE]!;
    for (let c = 1; c < KEPT_PER_STAGE; c++) worst = Math.max(worst, this.#value[bucket * KEPT_PER_STAGE + c]!);
    return worst;
  }

  /** The best labels at time `k` in #best; gives their number. */
  #listBest(k: number): number {
    const best = this.#best;
    const value = this.#value;
    let count = 0;
    for (let s = 0; s < this.#stages; s++) {
      const bucket = k * this.#stages + s;
      for (let label = bucket * KEPT_PER_STAGE; label < bucket * KEPT_PER_STAGE + this.#filled[bucket]!; label++) {
        if (count === FOLLOWED && value[best[count - 1]!]! <= value[label]!) continue;
        let place = count < FOLLOWED ? count++ : FOLLOWED - 1;
        for (; place > 0 && value[best[place - 1]!]! > value[label]!; place--) best[place] = best[place - 1]!;
        best[place] = label;
      }
    }
    return count;
  }

  #noteRoot(root: number, k: number, value: number, cost: Float64Array): void {
    if (root < 0) return;
    if (k > this.#rootTime[root]! || value < cost[root]!) {
      this.#rootTime[root] = k;
      cost[root] = value;
    }
  }

  #conclude({ horizonS, stage }: Situation, cost: Float64Array): Verdict {
    const S = this.#stages;
    let best = -1;
    for (let s = 0; s < S; s++) {
      const base = (horizonS * S + s) * KEPT_PER_STAGE;
      for (let c = 0; c < this.#filled[horizonS * S + s]!; c++) {
        const label = base + c;
        this.#noteRoot(this.#root[label]!, horizonS, this.#value[label]!, cost);
        const isBetter =
          best < 0 ||
          this.#value[label]! < this.#value[best]! - 1e-9 ||
          (this.#value[label]! <= this.#value[best]! + 1e-9 &&
            this.#root[label] === stage &&
            this.#root[best] !== stage);
        if (isBetter) best = label;
      }
    }
    // A stage that the search gave up on the way is known to be no better, not by how much.
    const least = best < 0 ? 0 : this.#value[best]!;
    for (let s = 0; s < S; s++) if (this.#rootTime[s]! < horizonS) cost[s] = Math.max(cost[s]!, least);
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
    const label = it.stage * KEPT_PER_STAGE;
    this.#flow.begin(this.#state, label * this.#flow.width);
    this.#cost[label] = 0;
    this.#value[label] = 0;
    this.#since[label] = it.greenS > 1e6 ? NEVER : -it.greenS;
    this.#parent[label] = -1;
    this.#root[label] = -1;
    this.#filled.fill(0, 0, (it.horizonS + 1) * this.#stages);
    this.#filled[it.stage] = 1;
  }

  #offer(k: number, stage: number, since: number, parent: number, root: number): void {
    const S = this.#stages;
    const { cost, toGo, state, width } = this.#flow;
    const value = cost + toGo;
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
    const at = slot * width;
    for (let j = 0; j < width; j++) this.#state[at + j] = state[j]!;
    this.#cost[slot] = cost;
    this.#value[slot] = value;
    this.#since[slot] = since;
    this.#parent[slot] = parent;
    this.#root[slot] = root;
  }

  #prepare(junction: Junction, it: Situation): void {
    const S = junction.stages.length;
    this.#stages = S;
    this.#flow.prepare(junction, it);
    const slots = (it.horizonS + 1) * S * KEPT_PER_STAGE;
    if (this.#cost.length < slots) {
      this.#cost = new Float64Array(slots);
      this.#value = new Float64Array(slots);
      this.#since = new Float64Array(slots);
      this.#parent = new Int32Array(slots);
      this.#root = new Int32Array(slots);
      this.#filled = new Uint8Array(slots);
    }
    if (this.#state.length < slots * this.#flow.width) this.#state = new Float64Array(slots * this.#flow.width);
    if (this.#rootTime.length < S) this.#rootTime = new Int32Array(S);
    if (this.#grid.length !== it.horizonS + 1 || this.#gridStepS !== it.stepS) this.#layGrid(it.horizonS, it.stepS);
  }

  #layGrid(horizonS: Seconds, stepS: Seconds): void {
    this.#grid = new Int32Array(horizonS + 1);
    this.#gridStepS = stepS;
    let from = 0;
    while (from < horizonS) {
      const to = Math.min(horizonS, from + pace(from, stepS));
      for (let k = from + 1; k <= to; k++) this.#grid[k] = to;
      from = to;
    }
  }
}

/** Where a lane that begins at `start` of `Situation.arrived` begins in an array of `horizonS` seconds a lane. */
function placeIn(start: number, horizonS: Seconds): number {
  return (start / (horizonS + 1)) * horizonS;
}

/** Decision times grow coarser with distance, because only the next decision is carried out. */
function pace(k: number, stepS: Seconds): Seconds {
  if (stepS > 1) return stepS;
  return k < 14 ? 1 : k < 30 ? 2 : 3;
}
