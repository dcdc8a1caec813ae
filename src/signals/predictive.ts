import { stepTowards } from '../city/stage-order.ts';
import type { Observation } from '../street/observation.ts';
import type { Milliseconds, Seconds } from '../units/units.ts';
import type { Choice, Controller, ControllerOptions, SignalStatus, SignalTiming } from './controller.ts';
import { DEFAULT_OBJECTIVE, type Objective } from './objective.ts';
import { discharges, Oversaturation } from './oversaturated.ts';
import { Approaches } from './predictive-approaches.ts';
import { Closings } from './predictive-closing.ts';
import { forecastMovements } from './predictive-forecast.ts';
import { type Junction, planJunction } from './predictive-junction.ts';
import { Recalls } from './predictive-recall.ts';
import { Search, type Switch, type Verdict } from './predictive-search.ts';
import type { Situation } from './predictive-situation.ts';
import { WalkerDemand } from './predictive-walkers.ts';

const HORIZON_S: Seconds = 60;
/** Red that doubles the weight of those who wait behind it, in shortest rounds through stages that serve everybody. */
const AGEING_ROUNDS = 2;
/**
 * A permissive turn goes when nobody could come against it for so long (critical headway of permitted left turns: 4.5 s, HCM 2010).
 * Where more wait than a cycle can serve, greens for turns alone cost throughput: there turns are taken to find gaps all the same.
 */
const GAP_S: Seconds = 5;
const OVERSATURATED_GAP_S: Seconds = 2;
/** Nobody on foot waits longer until their walk begins, where minimum greens allow; beyond it people step out on red (HCM 2010, chapter 18). */
const LONGEST_WALK_WAIT_S: Seconds = 40;
/** Vehicles of weight that one junction looks at. */
const MOST_HEAVY = 64;
const DEFAULT_TIMING: SignalTiming = { yellowS: 3, allRedS: 0, minGreenS: 5 };

/**
 * Rolling-horizon control: predicts when each vehicle could cross, searches the order and length of the next greens for the
 * least total delay, and decides again every step. Score of a stage: predicted delay, vehicle-seconds over the horizon,
 * when it is chosen now.
 */
export class Predictive implements Controller {
  readonly name = 'predictive';
  readonly #junctions: readonly Junction[];
  readonly #timing: readonly SignalTiming[];
  readonly #approaches: Approaches;
  readonly #objective: Objective;
  readonly #walkers: WalkerDemand;
  readonly #recalls: Recalls;
  readonly #closings: Closings;
  readonly #search = new Search();
  readonly #situations: readonly Mutable<Situation>[];
  /** Of the situation at hand: one memory for all junctions stays in the processor's cache. */
  readonly #arrived: Float64Array;
  readonly #room: Float64Array;
  readonly #oversaturation: Oversaturation;
  #lastMs: Milliseconds | null = null;
  /** By junction: the green at hand, and when a plan for it first ended it. */
  readonly #greenSinceMs: Float64Array;
  readonly #dueMs: Float64Array;
  /** Who leaves under the plan chosen, by lane and second, and who comes onto the exit roads. */
  #left = new Float64Array(0);
  #onto = new Float64Array(0);

  constructor(options: ControllerOptions) {
    const { city, signals, timing, objective = DEFAULT_OBJECTIVE } = options;
    this.#objective = objective;
    this.#oversaturation = new Oversaturation(signals.length);
    this.#junctions = signals.map((signal) => planJunction(city, signal, timing?.[signal]?.order ?? null));
    this.#timing = signals.map((signal) => timing?.[signal] ?? DEFAULT_TIMING);
    this.#approaches = new Approaches(city, this.#junctions, objective.perSecond);
    this.#walkers = new WalkerDemand(this.#junctions, objective.walkerPerSecond);
    const most = this.#junctions.reduce((so, { lanes }) => Math.max(so, lanes.length), 0) * (HORIZON_S + 1);
    this.#arrived = new Float64Array(most);
    this.#room = new Float64Array(most);
    this.#greenSinceMs = new Float64Array(signals.length).fill(Number.NaN);
    this.#dueMs = new Float64Array(signals.length).fill(Number.POSITIVE_INFINITY);
    this.#recalls = new Recalls(this.#junctions, this.#timing);
    this.#closings = new Closings(this.#junctions);
    this.#situations = this.#junctions.map((junction, j) => this.#situation(junction, j));
  }

  observe(observation: Observation): void {
    this.#approaches.observe(observation);
    this.#walkers.observe(observation);
    this.#recalls.observe(observation);
  }

  decide(nowMs: Milliseconds, status: readonly SignalStatus[]): Choice[] {
    const stepS = this.#lastMs === null ? 1 : Math.min(30, Math.max(1, Math.round((nowMs - this.#lastMs) / 1000)));
    this.#lastMs = nowMs;
    const choices: Choice[] = [];
    this.#junctions.forEach((junction, j) => {
      const now = status[junction.signal];
      if (now === undefined || junction.stages.length === 0) return;
      const stage = junction.stages.indexOf(now.stage);
      if (stage < 0 || junction.lanes.every((lane) => this.#approaches.isBlind(lane))) return;
      if (!now.mayChange) {
        choices.push(hold(junction, now));
        return;
      }
      const it = this.#situations[j]!;
      it.stage = stage;
      it.greenS = (nowMs - now.greenSinceMs) / 1000;
      it.stepS = stepS;
      this.#fill(junction, j, it);
      const target = this.#closings.goOn(j, it);
      if (target >= 0) {
        choices.push({ ...hold(junction, now, junction.stages[target]), why: 'changes: its crossings are clear' });
        return;
      }
      const isOversaturated = this.#oversaturation.update(j, junction, it);
      if (isOversaturated && discharges(junction, it)) {
        choices.push({ ...hold(junction, now), why: 'more waits than a cycle can serve: this queue goes on' });
        return;
      }
      if (this.#greenSinceMs[j] !== now.greenSinceMs) {
        this.#greenSinceMs[j] = now.greenSinceMs;
        this.#dueMs[j] = Number.POSITIVE_INFINITY;
      }
      it.dueS = isOversaturated ? Number.POSITIVE_INFINITY : (this.#dueMs[j]! - nowMs) / 1000;
      const found = this.#search.run(junction, it);
      const first = found.plan[0];
      if (first !== undefined) this.#dueMs[j] = Math.min(this.#dueMs[j]!, nowMs + 1000 * first.atS);
      const overdue = this.#nextTowards(junction, j, stage, this.#findOverdue(junction, j, it));
      const verdict = overdue < 0 ? found : { ...found, stage: overdue, plan: [{ atS: 0, stage: overdue }] };
      this.#announce(junction, it, verdict.plan);
      const movements = forecastMovements(junction, it, this.#left);
      const shown = junction.stages[this.#closings.begin(j, it, verdict.stage)]!;
      choices.push({ ...explain(junction, now, verdict, overdue >= 0), stage: shown, movements });
    });
    return choices;
  }

  #situation(junction: Junction, j: number): Mutable<Situation> {
    const n = junction.lanes.length;
    const { yellowS, allRedS, minGreenS } = this.#timing[j]!;
    return {
      horizonS: HORIZON_S,
      arrived: this.#arrived,
      room: this.#room,
      share: this.#approaches.learning.sharesOf(j),
      first: new Float64Array(junction.streams.length),
      weight: new Float64Array(n),
      stage: 0,
      greenS: 0,
      intergreenS: yellowS + allRedS,
      gapS: GAP_S,
      minGreenS,
      dueS: Number.POSITIVE_INFINITY,
      stepS: 1,
      perStop: this.#objective.perStop,
      heavy: {
        count: 0,
        lane: new Int32Array(MOST_HEAVY),
        atS: new Int32Array(MOST_HEAVY),
        place: new Float64Array(MOST_HEAVY),
        extra: new Float64Array(MOST_HEAVY),
      },
      people: new Float64Array(junction.calls.length),
      peoplePerS: new Float64Array(junction.calls.length),
      peopleCost: new Float64Array(junction.calls.length).fill(1),
    };
  }

  #fill(junction: Junction, j: number, it: Mutable<Situation>): void {
    const length = HORIZON_S + 1;
    const { heavy } = it;
    heavy.count = 0;
    const ageingS = AGEING_ROUNDS * junction.roundStages * (it.minGreenS + it.intergreenS);
    this.#walkers.read(j, it.people, it.peoplePerS, it.peopleCost);
    this.#recalls.read(j, it.people, junction.walks.length);
    const firsts = this.#approaches.learning.firstsOf(j);
    const { lanes, streams, streamsOf } = junction;
    const isOversaturated = this.#oversaturation.isOn(j);
    it.gapS = isOversaturated ? OVERSATURATED_GAP_S : GAP_S;
    for (let i = 0; i < lanes.length; i++) {
      const lane = lanes[i]!;
      this.#approaches.predict(lane, it.arrived, i * length, HORIZON_S);
      this.#approaches.listHeavy(lane, (atS, vehicles, extra) => {
        const h = heavy.count;
        if (atS > HORIZON_S || h === MOST_HEAVY) return;
        heavy.lane[h] = i;
        heavy.atS[h] = atS;
        heavy.place[h] = it.arrived[i * length + atS]! - 0.5 * vehicles;
        heavy.extra[h] = extra * vehicles;
        heavy.count++;
      });
      const age = isOversaturated ? 0 : this.#approaches.redOf(lane) / ageingS;
      it.weight[i] = 1 + age * age;
      let room = this.#approaches.isStuck(lane) ? 0 : Number.POSITIVE_INFINITY;
      for (const k of streamsOf[i]!) {
        const share = it.share[k]!;
        if (share > 0.05) room = Math.min(room, this.#approaches.roomOn(streams[k]!.exits) / share);
      }
      // Whose exit is full stands for that.
      for (const k of streamsOf[i]!) it.first[k] = room < 1 ? it.share[k]! : firsts[k]!;
      if (room === Number.POSITIVE_INFINITY) it.room.fill(room, i * length, i * length + length);
      else for (let k = 0; k < length; k++) it.room[i * length + k] = room + 0.2 * Math.max(0, k - 8);
    }
  }

  /** The stage that leads to `target` in the signal's order; -1 for none. */
  #nextTowards({ stages }: Junction, j: number, stage: number, target: number): number {
    if (target < 0) return -1;
    return stages.indexOf(stepTowards(this.#timing[j]!.order ?? null, stages[stage]!, stages[target]!));
  }

  /** The stage for those on foot who have waited longest beyond what a controller allows itself; -1 for none. */
  #findOverdue(junction: Junction, j: number, it: Situation): number {
    let longestS = LONGEST_WALK_WAIT_S;
    let stage = -1;
    junction.walks.forEach(({ isOpen }, w) => {
      const serving = isOpen.indexOf(1);
      if (isOpen[it.stage] === 1 || serving < 0) return;
      const change = it.stage * junction.stages.length + serving;
      const waitS = this.#walkers.waitOf(j, w) + Math.max(junction.walkClearS[change]!, it.intergreenS);
      if (waitS <= longestS) return;
      longestS = waitS;
      stage = serving;
    });
    return stage;
  }

  #announce(junction: Junction, it: Situation, plan: readonly Switch[]): void {
    const size = junction.lanes.length * HORIZON_S;
    if (this.#left.length < size) this.#left = new Float64Array(size);
    this.#search.replay(junction, it, plan, this.#left);
    const { streams, exitRoads, exitOf } = junction;
    if (this.#onto.length < exitRoads.length * HORIZON_S) this.#onto = new Float64Array(exitRoads.length * HORIZON_S);
    this.#onto.fill(0, 0, exitRoads.length * HORIZON_S);
    for (let s = 0; s < streams.length; s++) {
      const share = it.share[s]!;
      const from = streams[s]!.lane * HORIZON_S;
      const to = exitOf[s]! * HORIZON_S;
      for (let k = 0; k < HORIZON_S; k++) this.#onto[to + k]! += this.#left[from + k]! * share;
    }
    for (let e = 0; e < exitRoads.length; e++)
      this.#approaches.announce(exitRoads[e]!, this.#onto, e * HORIZON_S, HORIZON_S);
  }
}

/** The choice with what it weighed; an overdue stage was not weighed. */
function explain(junction: Junction, now: SignalStatus, { stage: at, cost }: Verdict, isOverdue: boolean): Choice {
  const stage = junction.stages[at]!;
  const alternatives = junction.stages.flatMap((phase, s) =>
    Number.isFinite(cost[s]!) || s === at ? [{ stage: phase, score: Number.isFinite(cost[s]!) ? cost[s]! : 0 }] : [],
  );
  const others = alternatives.filter((one) => one.stage !== stage).map(({ score }) => score);
  const verb = stage === now.stage ? 'keeps the green' : 'changes';
  const own = (Number.isFinite(cost[at]!) ? cost[at]! : 0).toFixed(0);
  const why = isOverdue
    ? 'changes: somebody there has waited too long'
    : others.length === 0
      ? `${verb}: nobody waits elsewhere`
      : `${verb}: ${own} veh-s of delay ahead against ${Math.min(...others).toFixed(0)}`;
  return { signal: junction.signal, stage, alternatives, why };
}

function hold(junction: Junction, { stage: shown, changing }: SignalStatus, stage = shown): Choice {
  const why = changing ? 'coming to green' : 'minimum green';
  return { signal: junction.signal, stage, alternatives: [{ stage, score: 0 }], why };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
