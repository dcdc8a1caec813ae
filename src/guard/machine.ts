import { gainsRight, isGreen, isOpen } from '../city/greens.ts';
import type { Command } from '../street/street.ts';
import type { Milliseconds } from '../units/units.ts';
import { composeChange, losesRight } from './change.ts';
import type { Tick } from './clock.ts';
import { type Answer, answerWish, hear, type Reasons } from './commands.ts';
import { findForced, mayStay, maySwitch } from './longest-red.ts';
import type { SignalPlan } from './plan.ts';
import type { Rule } from './rules.ts';
import {
  type Draft,
  findNextStage,
  mark,
  mayCommand,
  mayFollow,
  minStageLeftMs,
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

/** True when a link turns open as the coming stage begins: it gains its right to go, or had lost it on the way. */
function opensAnew(from: string, next: string): boolean {
  return gainsRight(from, next) || (losesRight(from, next) && isOpen(next));
}

/** Yellow and all-red together. */
function clearMsOf({ rules }: SignalCase): Milliseconds {
  return (rules.yellowS + rules.allRedS) * 1000;
}

/**
 * What is left until every vehicle link that is not green in the coming stage has been without its right to go for yellow
 * and all-red, and every crossing that the coming stage lets vehicles across has been closed for its clearance.
 */
function clearanceLeftMs(draft: Draft, signal: SignalCase): { vehiclesMs: Milliseconds; walksMs: Milliseconds } {
  const { plan } = signal;
  const next = stateOf(plan, draft.stage);
  const from = stateOf(plan, draft.from);
  const clearMs = clearMsOf(signal);
  let vehiclesMs = 0;
  for (let i = 0; i < next.length; i++) {
    if (plan.isWalk[i] === 1 || isGreen(next.charAt(i))) continue;
    vehiclesMs = Math.max(vehiclesMs, clearMs - (draft.sureMs - draft.lostSureMs[i]!));
  }
  let walksMs = 0;
  for (const { link, clearMs: walkMs, meets } of plan.walks) {
    if (isGreen(next.charAt(link))) continue;
    const isMet = meets.some((other) => opensAnew(from.charAt(other), next.charAt(other)));
    if (isMet) walksMs = Math.max(walksMs, walkMs - (draft.sureMs - draft.lostSureMs[link]!));
  }
  return { vehiclesMs, walksMs };
}

/**
 * Moves one step of the change on. Crossings close at once; vehicles keep their green until no more is left of the
 * crossings' clearance than yellow and all-red take; then those, then the new stage.
 */
function moveChange(draft: Draft, signal: SignalCase, nowMs: Milliseconds): void {
  const { plan, rules } = signal;
  const next = stateOf(plan, draft.stage);
  const { walksMs } = clearanceLeftMs(draft, signal);
  const isWalkEnding = draft.yellowSureMs === Infinity && walksMs > clearMsOf(signal);
  if (!isWalkEnding && draft.yellowSureMs === Infinity) {
    draft.yellowSureMs = draft.sureMs;
    show(draft, composeChange(stateOf(plan, draft.from), next, plan.isWalk, 'yellow'));
  }
  if (!isWalkEnding && clearanceLeftMs(draft, signal).vehiclesMs <= 0 && walksMs <= 0) {
    mark(draft, next);
    startStage(draft, draft.stage, nowMs);
    return;
  }
  const yellowOver = draft.sureMs - draft.yellowSureMs >= rules.yellowS * 1000;
  const part = isWalkEnding ? 'walk ends' : yellowOver ? 'all-red' : 'yellow';
  show(draft, composeChange(stateOf(plan, draft.from), next, plan.isWalk, part));
}

function show(draft: Draft, lamps: string): void {
  if (lamps !== draft.shown) mark(draft, lamps);
}

/** Begins the change to another stage: crossings that close do so now. One that looks alike goes on from the times of this. */
function beginChange(draft: Draft, signal: SignalCase, stage: number, nowMs: Milliseconds): void {
  const { plan } = signal;
  const isAlike = stateOf(plan, stage) === stateOf(plan, draft.stage);
  draft.from = isAlike ? -1 : draft.stage;
  draft.stage = stage;
  if (isAlike) return;
  draft.isAtStage = false;
  draft.stageSureMs = draft.sureMs;
  draft.yellowSureMs = Infinity;
  show(draft, composeChange(stateOf(plan, draft.from), stateOf(plan, stage), plan.isWalk, 'walk ends'));
  draft.greenSinceMs = nowMs + Math.max(clearMsOf(signal), clearanceLeftMs(draft, signal).walksMs);
  moveChange(draft, signal, nowMs);
}

/** At a green whose minimum is over: the wish, the maximum or the longest red may begin a change. */
function chooseChange(draft: Draft, signal: SignalCase, tick: Tick, reasons: Reasons): void {
  const { plan, rules, limits } = signal;
  const maxOver = draft.mayMs - draft.stageMayMs >= rules.maxGreenS * 1000;
  const following = limits.forced?.get(draft.stage)?.next ?? findNextStage(plan, draft.stage);
  const isNoChange = draft.wish !== null && stateOf(plan, draft.wish) === stateOf(plan, draft.stage);
  if (maxOver && isNoChange) draft.wish = null;
  const target = draft.wish ?? (maxOver ? following : null);
  if (target !== null && maySwitch(plan, limits, draft.redSinceMs, draft.mayMs, target)) {
    if (draft.wish === null) {
      reasons.push({ rule: 'maximum green', sentence: `stage ${draft.stage} was green for ${rules.maxGreenS} s` });
    }
    draft.wish = null;
    beginChange(draft, signal, target, tick.nowMs);
    return;
  }
  const mustMove = maxOver || !mayStay(plan, limits, draft.redSinceMs, draft.stage, draft.mayMs + 1000);
  if (draft.wish === null && !mustMove) return;
  draft.wish = null;
  const forced = findForced(plan, limits, draft.redSinceMs, draft.stage);
  if (forced === undefined) return;
  const sentence = `stage ${forced} must be green before ${rules.longestRedS} s of red`;
  reasons.push({ rule: 'longest red', sentence });
  if (mustMove) beginChange(draft, signal, forced, tick.nowMs);
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
  if (draft.wish === null || !draft.isAtStage || !mayFollow(signal, draft.stage, draft.wish)) return false;
  const { plan, limits } = signal;
  const startMs = draft.mayMs + minStageLeftMs(draft, signal) + 1000;
  const isThere = stateOf(plan, draft.wish) === draft.shown;
  const stage = isThere ? draft.wish : draft.stage;
  if (!mayStay(plan, limits, draft.redSinceMs, stage, startMs)) return false;
  draft.mode = 'held';
  draft.stage = stage;
  if (isThere) draft.wish = null;
  return true;
}

/** Moves a held signal one step. Returns the phase to hand back to, or null. */
function moveHeld(draft: Draft, signal: SignalCase, tick: Tick, reasons: Reasons): number | null {
  if (draft.from !== -1) {
    moveChange(draft, signal, tick.nowMs);
    return null;
  }
  if (minStageLeftMs(draft, signal) > 0) return null;
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
