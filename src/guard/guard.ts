import type { City } from '../city/city.ts';
import type { StageOrder } from '../city/stage-order.ts';
import type { SignalStatus } from '../signals/controller.ts';
import type { Command, Order } from '../street/street.ts';
import type { Milliseconds, SignalId } from '../units/units.ts';
import { GuardClock } from './clock.ts';
import type { Answer, Intervention } from './commands.ts';
import { planLongestRed } from './longest-red.ts';
import { stepSignal } from './machine.ts';
import { planSignal, type SignalPlan } from './plan.ts';
import { checkRules, type Grant, type SignalRules } from './rules.ts';
import { createSignalState, minStageLeftMs, type SignalCase, type SignalState } from './state.ts';

export type { Answer, Intervention, Result } from './commands.ts';
export { type Grant, grantAll, type Rule, rulesFromProgram, type SignalRules } from './rules.ts';

/** What one step of the guard leads to. */
export interface GuardStep {
  readonly orders: Order[];
  /** One answer per command, in the order of the commands of each signal. */
  readonly answers: Answer[];
  /** What the guard did of its own accord. */
  readonly interventions: Intervention[];
}

const NO_COMMANDS: readonly Command[] = [];

/**
 * Stands between every controller and every street: takes wishes, lets through only lamps that keep the rules, and hands a
 * signal back to its own program when its commander falls silent, lets go or loses authority. Invariants:
 * docs/operator/guard.md.
 */
export class Guard {
  readonly #cases: readonly SignalCase[];
  readonly #states: SignalState[];
  readonly #indexOf: ReadonlyMap<SignalId, number>;
  readonly #clock = new GuardClock();

  /**
   * `rules` by signal index. Throws an UrbaneError `bad-input` when a rule is no sensible time or the longest red cannot be
   * kept. `plans` saves reading the city again when guards are made one after another.
   */
  constructor(
    city: City,
    rules: readonly SignalRules[],
    grants: readonly Grant[],
    plans: readonly SignalPlan[] = city.signals.map((_, signal) => planSignal(city, signal)),
  ) {
    const grantsOf = Map.groupBy(grants, ({ signal }) => signal);
    this.#cases = plans.map((plan, signal) => {
      const own = rules[signal];
      if (own === undefined) throw new Error(`${rules.length} rules for ${plans.length} signals`);
      checkRules(plan.id, own);
      return { plan, rules: own, grants: grantsOf.get(plan.id) ?? [], limits: planLongestRed(plan, own) };
    });
    this.#states = plans.map((plan, signal) => createSignalState(plan, city.signals[signal]?.links.length ?? 0));
    this.#indexOf = new Map(plans.map(({ id }, signal) => [id, signal]));
  }

  /**
   * Once per step of the street. `lamps` by signal index is what the street shows now. Orders come only for what changes.
   */
  step(nowMs: Milliseconds, lamps: readonly string[], commands: readonly Command[]): GuardStep {
    const tick = this.#clock.read(nowMs);
    const result: GuardStep = { orders: [], answers: [], interventions: [] };
    const bySignal = new Map<number, Command[]>();
    for (const command of commands) {
      const signal = this.#indexOf.get(command.signal);
      if (signal === undefined) {
        result.answers.push({
          command,
          result: 'refused',
          rule: 'unknown signal',
          sentence: `no signal ${command.signal} in this city`,
        });
        continue;
      }
      const own = bySignal.get(signal);
      if (own === undefined) bySignal.set(signal, [command]);
      else own.push(command);
    }
    this.#cases.forEach((one, signal) => {
      const state = this.#states[signal]!;
      const outcome = stepSignal(one, state, tick, lamps[signal] ?? '', bySignal.get(signal) ?? NO_COMMANDS);
      this.#states[signal] = outcome.state;
      if (outcome.show !== null) result.orders.push({ kind: 'show', signal, state: outcome.show });
      if (outcome.handBackTo !== null) result.orders.push({ kind: 'hand-back', signal, phase: outcome.handBackTo });
      result.answers.push(...outcome.answers);
      for (const reason of outcome.interventions) result.interventions.push({ signal, ...reason });
    });
    return result;
  }

  /**
   * How every signal stands for a controller that decides at `nowMs`, before the guard's own step at that time; without
   * it, as of the last step.
   */
  status(nowMs?: Milliseconds): readonly SignalStatus[] {
    const tick = nowMs === undefined ? null : this.#clock.peek(nowMs);
    return this.#cases.map((one, signal) => {
      const state = this.#states[signal]!;
      const ahead = tick === null ? state : { ...state, sureMs: state.sureMs + tick.sureMs };
      const changing = !state.isAtStage;
      const isGranted = one.grants.some(({ untilMs }) => tick === null || tick.latestMs < untilMs);
      return {
        stage: state.stage,
        changing,
        greenSinceMs: state.greenSinceMs,
        mayChange:
          state.mode !== 'lost' && state.handBack === null && !changing && isGranted && minStageLeftMs(ahead, one) <= 0,
      };
    });
  }

  /** Which stages of a signal may follow which; null for any after any. */
  orderOf(signal: number): StageOrder | null {
    return this.#cases[signal]?.rules.order ?? null;
  }

  /** Signal indices that show what the guard orders, not their own program. */
  listHeld(): number[] {
    return this.#states.flatMap(({ mode }, signal) => (mode === 'held' ? [signal] : []));
  }
}
