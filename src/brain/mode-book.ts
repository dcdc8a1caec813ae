import type { City } from '../city/city.ts';
import type { Answer, Intervention } from '../guard/guard.ts';
import { listApproachLanes } from '../street/coverage.ts';
import type { LoopPlace, Observation } from '../street/observation.ts';
import { UrbaneError } from '../units/errors.ts';
import type { Milliseconds } from '../units/units.ts';
import {
  type Approval,
  approve,
  conclude,
  expire,
  fallTo,
  type Mode,
  modeOf,
  propose,
  type Standing,
  setMode,
  standAt,
} from './modes.ts';

/** A junction whose sensors all deliver nothing for longer than this falls to `advise`. */
const BLIND_MS: Milliseconds = 60_000;
/** So does one whose commands are refused, one after another, for longer than this. */
const REFUSED_MS: Milliseconds = 30_000;
/** Refusals that say "not this now", not "not you" or "not here". */
const ORDINARY = new Set(['longest red', 'maximum green', 'command rate', 'stage order', 'hand-back']);

/** A change of mode, for the record. */
export interface ModeChange {
  readonly signal: number;
  readonly from: Mode;
  readonly to: Mode;
  /** Who asked for it; null where the junction fell by itself. */
  readonly by: string | null;
  readonly why: string;
}

/** The modes of all junctions: climbs when somebody approves, falls back by itself. */
export class ModeBook {
  readonly #standings: Standing[];
  /** By signal: lanes (camera) or loops that serve it. */
  readonly #lanes: readonly (readonly number[])[];
  readonly #loops: readonly (readonly number[])[];
  /** By signal: since when nothing is seen, and since when every command is refused; NaN while it is not so. */
  readonly #blindSinceMs: Float64Array;
  readonly #refusedSinceMs: Float64Array;
  #changes: ModeChange[] = [];

  /** `modes` by signal index, approved by `approval`; automatic where it is missing. */
  constructor(city: City, loops: readonly LoopPlace[], modes: readonly Mode[], approval: Approval) {
    this.#standings = city.signals.map((_, signal) => standAt(modes[signal] ?? 'automatic', approval));
    this.#blindSinceMs = new Float64Array(city.signals.length).fill(Number.NaN);
    this.#refusedSinceMs = new Float64Array(city.signals.length).fill(Number.NaN);
    const lanes = city.signals.map((): number[] => []);
    for (const lane of listApproachLanes(city)) {
      const own = new Set(city.lanes[lane]?.out.map((movement) => city.movements[movement]?.signal ?? -1));
      for (const signal of own) lanes[signal]?.push(lane);
    }
    this.#lanes = lanes;
    this.#loops = lanes.map((own) => loops.flatMap(({ lane }, loop) => (own.includes(lane) ? [loop] : [])));
  }

  get(signal: number): Standing {
    const standing = this.#standings[signal];
    if (standing === undefined) throw new UrbaneError('bad-input', `There is no signal ${signal}.`);
    return standing;
  }

  modeOf(signal: number): Mode {
    return modeOf(this.get(signal));
  }

  /** See `setMode` of modes.ts; throws as it does. */
  set(signal: number, to: Mode, approval: Approval, nowMs: Milliseconds): void {
    this.#put(signal, setMode(this.get(signal), to, approval, nowMs), approval.by, `${approval.by} asked for it`);
    this.#refusedSinceMs[signal] = Number.NaN;
  }

  /** See `approve` of modes.ts; throws as it does. */
  approve(signal: number, proposal: number, by: string, nowMs: Milliseconds): void {
    this.#standings[signal] = approve(this.get(signal), proposal, by, nowMs);
  }

  /** Notes what the controller would show. Returns the stage to ask for with somebody's approval, or null. */
  propose(signal: number, choice: Parameters<typeof propose>[1], nowMs: Milliseconds): number | null {
    const standing = propose(this.get(signal), choice, nowMs);
    this.#standings[signal] = standing;
    return standing.proposal?.approvedBy == null ? null : standing.proposal.stage;
  }

  conclude(signal: number): void {
    this.#standings[signal] = conclude(this.get(signal));
  }

  /** Once a second, with what the sensors tell. */
  watch(observation: Observation, nowMs: Milliseconds): void {
    for (let signal = 0; signal < this.#standings.length; signal++) {
      this.#fall(signal, expire(this.get(signal), nowMs));
      if (this.#time(this.#blindSinceMs, signal, this.#isBlind(signal, observation), nowMs) > BLIND_MS) {
        this.#fall(
          signal,
          fallTo(this.get(signal), 'advise', `no sensor delivers for over ${BLIND_MS / 1000} s`, nowMs),
        );
      }
    }
  }

  /** With what the guard answered to the command of a signal. */
  hear(signal: number, { result, rule, sentence }: Answer, nowMs: Milliseconds): void {
    const isRefused = result === 'refused' && !ORDINARY.has(rule ?? '');
    if (this.#time(this.#refusedSinceMs, signal, isRefused, nowMs) <= REFUSED_MS) return;
    const why = `every command was refused for over ${REFUSED_MS / 1000} s: ${sentence}`;
    this.#fall(signal, fallTo(this.get(signal), 'advise', why, nowMs));
  }

  /** With what the guard did of its own accord: who lost a signal does not take it again unasked. */
  heed({ signal, rule, sentence }: Intervention, nowMs: Milliseconds): void {
    if (rule === 'lamps') this.#fall(signal, fallTo(this.get(signal), 'observe', sentence, nowMs));
    if (rule === 'dead-man' || rule === 'authority')
      this.#fall(signal, fallTo(this.get(signal), 'advise', sentence, nowMs));
  }

  /** Changes since the last call, in order. */
  drain(): ModeChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  #fall(signal: number, next: Standing): void {
    if (next !== this.#standings[signal]) this.#put(signal, next, null, next.fell?.why ?? '');
  }

  #put(signal: number, next: Standing, by: string | null, why: string): void {
    const [from, to] = [modeOf(this.get(signal)), modeOf(next)];
    this.#standings[signal] = next;
    if (from !== to) this.#changes.push({ signal, from, to, by, why });
  }

  /** How long something has been so, ms; 0 while it is not. */
  #time(since: Float64Array, signal: number, isSo: boolean, nowMs: Milliseconds): Milliseconds {
    if (!isSo) since[signal] = Number.NaN;
    else if (Number.isNaN(since[signal]!)) since[signal] = nowMs;
    return isSo ? nowMs - since[signal]! : 0;
  }

  #isBlind(signal: number, { vehicles, loops }: Observation): boolean {
    const sensors = (vehicles === null ? this.#loops : this.#lanes)[signal] ?? [];
    const blind = vehicles?.blind ?? loops?.blind;
    return sensors.length > 0 && blind !== undefined && sensors.every((sensor) => blind[sensor] === 1);
  }
}
