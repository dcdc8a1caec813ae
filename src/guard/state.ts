import { isGreen } from '../city/greens.ts';
import type { Milliseconds } from '../units/units.ts';
import { losesRight } from './change.ts';
import type { Tick } from './clock.ts';
import type { RedLimits } from './longest-red.ts';
import type { SignalPlan } from './plan.ts';
import type { Grant, SignalRules } from './rules.ts';

/**
 * One signal as the guard sees it. Three clocks: `sureMs` has counted only time that surely passed with the lamps as they
 * should be, `mayMs` all that may have passed, both from 0 at the first step; `...Ms` of other names is the street's time.
 */
export interface SignalState {
  /** Own program; held by us; or lost for good because the street showed something else. */
  readonly mode: 'local' | 'held' | 'lost';
  readonly sureMs: Milliseconds;
  readonly mayMs: Milliseconds;
  /** What the lamps show by our orders, or were last seen to show. */
  readonly shown: string;
  /** Phase index of the stage that is green or coming; -1 before any was seen. */
  readonly stage: number;
  /** Phase index of the stage that is going, -1 while none is. In mode local: -1 as well. */
  readonly from: number;
  /** True while the lamps show exactly a stage. */
  readonly isAtStage: boolean;
  /** When the stage turned green or, while it is coming, when the change to it began. */
  readonly stageSureMs: Milliseconds;
  readonly stageMayMs: Milliseconds;
  /** While a change is under way: when the vehicles lost their green in it; Infinity before. */
  readonly yellowSureMs: Milliseconds;
  /** When the stage turned green or, while it is coming, when it is expected to. */
  readonly greenSinceMs: Milliseconds;
  /** By link: `sureMs` when it last lost its right to go. */
  readonly lostSureMs: Float64Array;
  /** By link: `mayMs` when it turned from green, Infinity while it is green. */
  readonly redSinceMs: Float64Array;
  /** Who holds the signal or waits to take it over. */
  readonly holder: string | null;
  /** The stage asked for and not yet begun. */
  readonly wish: number | null;
  /** Why the signal is going back to its own program, once it is. */
  readonly handBack: 'released' | 'authority' | 'dead-man' | null;
  /** `sureMs` of the last accepted change and `mayMs` of the last sign of life from the holder. */
  readonly changeSureMs: Milliseconds;
  readonly heardMayMs: Milliseconds;
  /** How long the lamps have not been what was ordered. */
  readonly strayMs: Milliseconds;
}

/** A state being moved on inside one step. */
export type Draft = { -readonly [K in keyof SignalState]: SignalState[K] };

/** One signal with its rules, as a step needs it. */
export interface SignalCase {
  readonly plan: SignalPlan;
  readonly rules: SignalRules;
  readonly grants: readonly Grant[];
  readonly limits: RedLimits;
}

export function mayCommand({ grants }: SignalCase, by: string, tick: Tick): boolean {
  return grants.some((grant) => grant.by === by && tick.latestMs < grant.untilMs);
}

export function stateOf(plan: SignalPlan, stage: number): string {
  return plan.states[stage] ?? '';
}

/** The next stage of the program in order that shows something else. */
export function findNextStage(plan: SignalPlan, stage: number): number | null {
  const place = plan.stages.indexOf(stage);
  for (let k = 1; k < plan.stages.length; k++) {
    const next = plan.stages[(place + k) % plan.stages.length];
    if (next !== undefined && stateOf(plan, next) !== stateOf(plan, stage)) return next;
  }
  return null;
}

/** Before the first step: nothing seen, every link taken to have turned red just now. */
export function createSignalState(plan: SignalPlan, linkCount: number): SignalState {
  return {
    mode: 'local',
    sureMs: 0,
    mayMs: 0,
    shown: '',
    stage: plan.stages[0] ?? -1,
    from: -1,
    isAtStage: false,
    stageSureMs: 0,
    stageMayMs: 0,
    yellowSureMs: Infinity,
    greenSinceMs: 0,
    lostSureMs: new Float64Array(linkCount),
    redSinceMs: new Float64Array(linkCount),
    holder: null,
    wish: null,
    handBack: null,
    changeSureMs: -Infinity,
    heardMayMs: 0,
    strayMs: 0,
  };
}

/** Notes new lamps: which links lost their right to go and since when each is red. */
export function mark(draft: Draft, lamps: string): void {
  const lost = draft.lostSureMs.slice();
  const red = draft.redSinceMs.slice();
  for (let i = 0; i < lost.length; i++) {
    const before = draft.shown.charAt(i);
    const now = lamps.charAt(i);
    if (losesRight(before, now)) lost[i] = draft.sureMs;
    if (isGreen(now)) red[i] = Infinity;
    else if (red[i] === Infinity) red[i] = draft.mayMs;
  }
  draft.lostSureMs = lost;
  draft.redSinceMs = red;
  draft.shown = lamps;
}

export function startStage(draft: Draft, stage: number, nowMs: Milliseconds): void {
  draft.stage = stage;
  draft.from = -1;
  draft.isAtStage = true;
  draft.stageSureMs = draft.sureMs;
  draft.stageMayMs = draft.mayMs;
  draft.greenSinceMs = nowMs;
}

/** Milliseconds a stage stays at least: the minimum green, and walk where it serves a crossing. */
function minStageMs({ plan, rules }: SignalCase, stage: number): Milliseconds {
  const state = stateOf(plan, stage);
  const isWalked = plan.walks.some(({ link }) => isGreen(state.charAt(link)));
  return (isWalked ? Math.max(rules.minGreenS, rules.walkS) : rules.minGreenS) * 1000;
}

/** What is left of the time that the stage stays at least, ms; 0 when it is over. */
export function minStageLeftMs(state: SignalState, signal: SignalCase): Milliseconds {
  return Math.max(0, minStageMs(signal, state.stage) - (state.sureMs - state.stageSureMs));
}

/** True when the order of the stages lets one follow another; a stage may stay. */
export function mayFollow({ rules: { order } }: SignalCase, from: number, to: number): boolean {
  return order === null || from === to || (order.mayFollow.get(from)?.includes(to) ?? false);
}

/** Notes what the street's own program shows. */
export function watch(draft: Draft, plan: SignalPlan, lamps: string, nowMs: Milliseconds): void {
  if (lamps === draft.shown) return;
  mark(draft, lamps);
  const stage = plan.stages.find((phase) => plan.states[phase] === lamps);
  if (stage !== undefined) {
    startStage(draft, stage, nowMs);
    return;
  }
  if (draft.isAtStage) draft.stage = findNextStage(plan, draft.stage) ?? draft.stage;
  draft.isAtStage = false;
}
