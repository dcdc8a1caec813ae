import { isGreen } from '../city/greens.ts';
import type { Command } from '../street/street.ts';
import type { Milliseconds } from '../units/units.ts';
import { composeChange } from './change.ts';
import type { Tick } from './clock.ts';
import { type Answer, answerWish, hear, type Reasons } from './commands.ts';
import { listUrgent, mayStay, maySwitch } from './longest-red.ts';
import type { SignalPlan } from './plan.ts';
import type { Rule, SignalRules } from './rules.ts';
import {
  type Draft,
  findNextStage,
  isMinGreenOver,
  mark,
  mayCommand,
  type SignalCase,
  type SignalState,
  startStage,
  stateOf,
  watch,
} from './state.ts';

/** What one step of one signal leads to. */
export interface Outcome {
  readonly state: SignalState;
  /** Lamps to show from now on, or null to leave them. */
  readonly show: string | null;
  /** Phase from the start of which the own program goes on, or null. */
  readonly handBackTo: number | null;
  readonly answers: readonly Answer[];
  readonly interventions: readonly { readonly rule: Rule; readonly sentence: string }[];
}

/** The guard gives a signal up when its lamps are not what was ordered for longer than this. */
const STRAY_MS = 2000;

/** True when every link that is not green in the coming stage has been without its right to go for yellow and all-red. */
function isIntergreenOver(draft: Draft, rules: SignalRules, next: string): boolean {
  const clearMs = (rules.yellowS + rules.allRedS) * 1000;
  for (let i = 0; i < next.length; i++) {
    if (!isGreen(next.charAt(i)) && draft.sureMs - draft.lostSureMs[i]! < clearMs) return false;
  }
  return true;
}

/** Moves one step of the change on: the lamps between the stages, or the new stage when its time has come. */
function moveChange(draft: Draft, { plan, rules }: SignalCase, nowMs: Milliseconds): void {
  const next = stateOf(plan, draft.stage);
  if (isIntergreenOver(draft, rules, next)) {
    mark(draft, next);
    startStage(draft, draft.stage, nowMs);
    return;
  }
  const yellowOver = draft.sureMs - draft.stageSureMs >= rules.yellowS * 1000;
  const between = composeChange(stateOf(plan, draft.from), next, yellowOver);
  if (between !== draft.shown) mark(draft, between);
}

/** Begins the change to another stage. Links that lose their right to go lose it now. */
function beginChange(draft: Draft, signal: SignalCase, stage: number, nowMs: Milliseconds): void {
  const { plan, rules } = signal;
  draft.from = draft.stage;
  draft.stage = stage;
  draft.isAtStage = false;
  draft.stageSureMs = draft.sureMs;
  draft.greenSinceMs = nowMs + (rules.yellowS + rules.allRedS) * 1000;
  mark(draft, composeChange(stateOf(plan, draft.from), stateOf(plan, stage), false));
  moveChange(draft, signal, nowMs);
}

/** At a green whose minimum is over: the wish, the maximum or the longest red may begin a change. */
function chooseChange(draft: Draft, signal: SignalCase, tick: Tick, reasons: Reasons): void {
  const { plan, rules } = signal;
  const maxOver = draft.mayMs - draft.stageMayMs >= rules.maxGreenS * 1000;
  const target = draft.wish ?? (maxOver ? findNextStage(plan, draft.stage) : null);
  if (target !== null && maySwitch(plan, rules, draft.redSinceMs, draft.mayMs, target)) {
    if (draft.wish === null) {
      reasons.push({ rule: 'maximum green', sentence: `stage ${draft.stage} was green for ${rules.maxGreenS} s` });
    }
    draft.wish = null;
    beginChange(draft, signal, target, tick.nowMs);
    return;
  }
  const mustMove = maxOver || !mayStay(plan, rules, draft.redSinceMs, draft.mayMs + 1000);
  if (draft.wish === null && !mustMove) return;
  draft.wish = null;
  const urgent = listUrgent(plan, draft.redSinceMs)[0];
  if (urgent === undefined) return;
  const sentence = `stage ${urgent.stage} must be green before ${rules.longestRedS} s of red`;
  reasons.push({ rule: 'longest red', sentence });
  if (mustMove) beginChange(draft, signal, urgent.stage, tick.nowMs);
}

/** Lets go of the signal: its own program goes on from the start of the stage that is green. */
function letGo(draft: Draft, reasons: Reasons): number {
  if (draft.handBack !== null && draft.handBack !== 'released') {
    reasons.push({ rule: draft.handBack, sentence: `handed back to its own program at stage ${draft.stage}` });
  }
  draft.mode = 'local';
  draft.holder = null;
  draft.wish = null;
  draft.handBack = null;
  return draft.stage;
}

/** Takes a signal over when its own program shows a stage from which every rule can be kept. True when it did. */
function takeOver(draft: Draft, signal: SignalCase): boolean {
  if (draft.wish === null || !draft.isAtStage) return false;
  const { plan, rules } = signal;
  const minGreenLeftMs = Math.max(0, rules.minGreenS * 1000 - (draft.sureMs - draft.stageSureMs));
  if (!mayStay(plan, rules, draft.redSinceMs, draft.mayMs + minGreenLeftMs + 1000)) return false;
  draft.mode = 'held';
  if (stateOf(plan, draft.wish) === draft.shown) {
    draft.stage = draft.wish;
    draft.wish = null;
  }
  return true;
}

/** Moves a held signal one step. Returns the phase to hand back to, or null. */
function moveHeld(draft: Draft, signal: SignalCase, tick: Tick, reasons: Reasons): number | null {
  if (draft.from !== -1) {
    moveChange(draft, signal, tick.nowMs);
    return null;
  }
  if (!isMinGreenOver(draft, signal.rules)) return null;
  if (draft.handBack !== null) return letGo(draft, reasons);
  chooseChange(draft, signal, tick, reasons);
  return null;
}

/** Ends the holder's authority when its grant has run out or it has fallen silent. */
function checkAuthority(draft: Draft, signal: SignalCase, tick: Tick): void {
  if (draft.holder === null || draft.handBack !== null) return;
  const isSilent = draft.mayMs - draft.heardMayMs > signal.rules.deadManS * 1000;
  const isOver = !mayCommand(signal, draft.holder, tick);
  if (!isSilent && !isOver) return;
  draft.wish = null;
  if (draft.mode === 'local') draft.holder = null;
  else draft.handBack = isOver ? 'authority' : 'dead-man';
}

/** Counts the time and looks at the lamps. False when a held signal does not show what was ordered: nothing moves then. */
function look(draft: Draft, plan: SignalPlan, lamps: string, tick: Tick, reasons: Reasons): boolean {
  draft.mayMs += tick.mayMs;
  if (draft.mode !== 'held') {
    draft.sureMs += tick.sureMs;
    if (draft.mode === 'local') watch(draft, plan, lamps, tick.nowMs);
    return true;
  }
  if (lamps === draft.shown) {
    draft.sureMs += tick.sureMs;
    draft.strayMs = 0;
    return true;
  }
  draft.strayMs += tick.sureMs;
  if (draft.strayMs > STRAY_MS) {
    draft.mode = 'lost';
    draft.holder = null;
    draft.wish = null;
    reasons.push({
      rule: 'lamps',
      sentence: `the lamps show ${lamps} where ${draft.shown} was ordered: authority given up`,
    });
  }
  return false;
}

/**
 * One step of one signal: a pure function of what it was, the clock, the lamps and the commands. The invariants it keeps
 * are in docs/operator/guard.md; `Guard` feeds it.
 */
export function stepSignal(
  signal: SignalCase,
  state: SignalState,
  tick: Tick,
  lamps: string,
  commands: readonly Command[],
): Outcome {
  const draft: Draft = { ...state };
  const reasons: Reasons = [];
  const showsOrders = look(draft, signal.plan, lamps, tick, reasons);
  const heard = commands.map((command) => ({ command, verdict: hear(draft, signal, tick, command) }));
  const before = draft.shown;
  let handBackTo: number | null = null;
  let isTaken = false;
  if (showsOrders) {
    checkAuthority(draft, signal, tick);
    if (draft.mode === 'local') isTaken = takeOver(draft, signal);
    if (draft.mode === 'held') handBackTo = moveHeld(draft, signal, tick, reasons);
  }
  const answers = heard.map(({ command, verdict }): Answer => {
    if (verdict !== 'wish') return { command, ...verdict };
    const stage = command.kind === 'stage' ? command.stage : -1;
    return { command, ...answerWish(draft, stage, showsOrders, reasons, signal.rules) };
  });
  const show = isTaken || draft.shown !== before ? draft.shown : null;
  return { state: draft, show, handBackTo, answers, interventions: reasons };
}
