import { isGreen } from '../city/greens.ts';
import type { Command } from '../street/street.ts';
import type { Milliseconds } from '../units/units.ts';
import { composeChange, losesRight } from './change.ts';
import type { Tick } from './clock.ts';
import { listUrgent, mayStay, maySwitch } from './longest-red.ts';
import type { SignalPlan } from './plan.ts';
import type { Grant, Rule, SignalRules } from './rules.ts';

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

export type Result = 'accepted' | 'already-there' | 'delayed' | 'refused';

/** What became of a command. `rule` says which rule delays or refuses it. */
export interface Answer {
  readonly command: Command;
  readonly result: Result;
  readonly rule: Rule | null;
  readonly sentence: string;
}

/** Something the guard did that nobody commanded. */
export interface Intervention {
  readonly signal: number;
  readonly rule: Rule;
  readonly sentence: string;
}

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

type Reasons = { rule: Rule; sentence: string }[];
type Draft = { -readonly [K in keyof SignalState]: SignalState[K] };

/** The guard gives a signal up when its lamps are not what was ordered for longer than this. */
const STRAY_MS = 2000;
const OLDEST_COMMAND_MS = 5000;
const EARLIEST_COMMAND_MS = 1000;

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
function mark(draft: Draft, lamps: string): void {
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

function startStage(draft: Draft, stage: number, nowMs: Milliseconds): void {
  draft.stage = stage;
  draft.from = -1;
  draft.isAtStage = true;
  draft.stageSureMs = draft.sureMs;
  draft.stageMayMs = draft.mayMs;
  draft.greenSinceMs = nowMs;
}

/** True once the stage has been green for the minimum. */
export function isMinGreenOver(state: SignalState, rules: SignalRules): boolean {
  return state.sureMs - state.stageSureMs >= rules.minGreenS * 1000;
}

/** True when every link that is not green in the coming stage has been without its right to go for yellow and all-red. */
function isIntergreenOver(draft: Draft, rules: SignalRules, next: string): boolean {
  const clearMs = (rules.yellowS + rules.allRedS) * 1000;
  for (let i = 0; i < next.length; i++) {
    if (!isGreen(next.charAt(i)) && draft.sureMs - draft.lostSureMs[i]! < clearMs) return false;
  }
  return true;
}

/** One signal with its rules, as a step needs it. */
export interface SignalCase {
  readonly plan: SignalPlan;
  readonly rules: SignalRules;
  readonly grants: readonly Grant[];
}

function mayCommand({ grants }: SignalCase, by: string, tick: Tick): boolean {
  return grants.some((grant) => grant.by === by && tick.latestMs < grant.untilMs);
}

function stateOf(plan: SignalPlan, stage: number): string {
  return plan.states[stage] ?? '';
}

/** The next stage of the program in order that shows something else. */
function findNextStage(plan: SignalPlan, stage: number): number | null {
  const place = plan.stages.indexOf(stage);
  for (let k = 1; k < plan.stages.length; k++) {
    const next = plan.stages[(place + k) % plan.stages.length];
    if (next !== undefined && stateOf(plan, next) !== stateOf(plan, stage)) return next;
  }
  return null;
}

/** Notes what the street's own program shows. */
function watch(draft: Draft, plan: SignalPlan, lamps: string, nowMs: Milliseconds): void {
  if (lamps === draft.shown) return;
  mark(draft, lamps);
  const stage = plan.stages.find((phase) => plan.states[phase] === lamps);
  if (stage !== undefined) return startStage(draft, stage, nowMs);
  if (draft.isAtStage) draft.stage = findNextStage(plan, draft.stage) ?? draft.stage;
  draft.isAtStage = false;
}

/** Rule that refuses a command, or null; the rate is judged later, where it is known whether the command asks for a change. */
function refuse(
  draft: Draft,
  signal: SignalCase,
  tick: Tick,
  command: Command,
): { rule: Rule; sentence: string } | null {
  if (!tick.isTrusted)
    return { rule: 'clock', sentence: `the clock went back from ${tick.latestMs} to ${tick.nowMs} ms` };
  if (!(command.issuedMs <= tick.nowMs + EARLIEST_COMMAND_MS)) {
    return { rule: 'clock', sentence: `issued at ${command.issuedMs} ms, which is yet to come at ${tick.nowMs} ms` };
  }
  if (!(command.issuedMs >= tick.nowMs - OLDEST_COMMAND_MS)) {
    return { rule: 'clock', sentence: `issued at ${command.issuedMs} ms, too long ago at ${tick.nowMs} ms` };
  }
  if (draft.mode === 'lost') {
    return { rule: 'lamps', sentence: 'authority was given up because the lamps were not what was ordered' };
  }
  if (!mayCommand(signal, command.by, tick)) {
    return { rule: 'authority', sentence: `${command.by} has no authority over this signal now` };
  }
  if (draft.holder !== null && draft.holder !== command.by) {
    return { rule: 'authority', sentence: `${draft.holder} holds this signal` };
  }
  if (draft.handBack !== null)
    return { rule: 'hand-back', sentence: 'the signal is on its way back to its own program' };
  if (command.kind === 'release') return null;
  if (signal.plan.barred.includes(command.stage)) {
    return { rule: 'conflicting greens', sentence: `stage ${command.stage} shows conflicting greens` };
  }
  if (!signal.plan.stages.includes(command.stage)) {
    return { rule: 'unknown stage', sentence: `phase ${command.stage} is no stage of this signal` };
  }
  return null;
}

function release(draft: Draft): Omit<Answer, 'command'> {
  draft.wish = null;
  if (draft.mode === 'local') {
    draft.holder = null;
    return { result: 'already-there', rule: null, sentence: 'its own program runs' };
  }
  draft.handBack = 'released';
  return { result: 'accepted', rule: null, sentence: 'goes back to its own program' };
}

/** Takes the stage commands of one step into the wish; the answer to a wish is known after the signal has moved. */
function hear(draft: Draft, signal: SignalCase, tick: Tick, command: Command): Omit<Answer, 'command'> | 'wish' {
  const fault = refuse(draft, signal, tick, command);
  if (fault !== null) return { result: 'refused', ...fault };
  draft.heardMayMs = draft.mayMs;
  if (command.kind === 'release') return release(draft);
  if (draft.mode === 'held' && command.stage === draft.stage) {
    draft.wish = null;
    return { result: 'already-there', rule: null, sentence: 'green or coming to green' };
  }
  if (command.stage === draft.wish) return 'wish';
  if (draft.sureMs - draft.changeSureMs < signal.rules.commandEveryS * 1000) {
    return {
      result: 'refused',
      rule: 'command rate',
      sentence: `at most one change in ${signal.rules.commandEveryS} s`,
    };
  }
  draft.changeSureMs = draft.sureMs;
  draft.wish = command.stage;
  draft.holder = command.by;
  return 'wish';
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

/** Begins the change to another stage; one that shows the same lamps is there at once and its green goes on. */
function beginChange(draft: Draft, signal: SignalCase, stage: number, nowMs: Milliseconds): void {
  const { plan, rules } = signal;
  const from = stateOf(plan, draft.stage);
  const next = stateOf(plan, stage);
  if (from !== next) {
    draft.from = draft.stage;
    draft.isAtStage = false;
    draft.stageSureMs = draft.sureMs;
    draft.greenSinceMs = nowMs + (rules.yellowS + rules.allRedS) * 1000;
    mark(draft, composeChange(from, next, rules.yellowS === 0));
  }
  draft.stage = stage;
  if (draft.from !== -1) moveChange(draft, signal, nowMs);
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
  const urgent = listUrgent(plan, draft.redSinceMs)[0];
  if (draft.wish !== null || (mustMove && urgent !== undefined)) {
    reasons.push({
      rule: 'longest red',
      sentence: `stage ${urgent?.stage} must be green before ${rules.longestRedS} s of red`,
    });
  }
  draft.wish = null;
  if (mustMove && urgent !== undefined) beginChange(draft, signal, urgent.stage, tick.nowMs);
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

function answerWish(
  draft: Draft,
  stage: number,
  showsOrders: boolean,
  reasons: Reasons,
  rules: SignalRules,
): Omit<Answer, 'command'> {
  if (draft.mode === 'held' && draft.stage === stage) {
    return { result: 'accepted', rule: null, sentence: draft.from === -1 ? 'shown now' : 'the change begins now' };
  }
  if (draft.wish !== stage) {
    const reason = reasons.find(({ rule }) => rule === 'longest red');
    return {
      result: 'refused',
      rule: reason?.rule ?? 'command rate',
      sentence: reason?.sentence ?? 'replaced by another command',
    };
  }
  if (!showsOrders) return { result: 'delayed', rule: 'lamps', sentence: 'the street does not show what was ordered' };
  if (draft.mode === 'local')
    return { result: 'delayed', rule: 'take-over', sentence: 'waits for a green stage of the own program' };
  if (draft.from === -1)
    return { result: 'delayed', rule: 'minimum green', sentence: 'waits for the end of the minimum green' };
  const inYellow = draft.sureMs - draft.stageSureMs < rules.yellowS * 1000;
  return {
    result: 'delayed',
    rule: inYellow ? 'yellow' : 'all-red',
    sentence: 'waits for the end of the change under way',
  };
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
