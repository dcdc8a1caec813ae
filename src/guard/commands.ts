import type { Command } from '../street/street.ts';
import type { Tick } from './clock.ts';
import type { Rule, SignalRules } from './rules.ts';
import { type Draft, mayCommand, mayFollow, type SignalCase, stateOf } from './state.ts';

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

/** What the guard does of its own accord in one step. */
export type Reasons = { rule: Rule; sentence: string }[];
const OLDEST_COMMAND_MS = 5000;
const EARLIEST_COMMAND_MS = 1000;

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

/** Stages that look alike are one, but where an order tells them apart. */
function isSame({ plan, rules }: SignalCase, a: number, b: number): boolean {
  return a === b || (rules.order === null && stateOf(plan, a) === stateOf(plan, b));
}

/** Takes the stage commands of one step into the wish; the answer to a wish is known after the signal has moved. */
export function hear(draft: Draft, signal: SignalCase, tick: Tick, command: Command): Omit<Answer, 'command'> | 'wish' {
  const fault = refuse(draft, signal, tick, command);
  if (fault !== null) return { result: 'refused', ...fault };
  draft.heardMayMs = draft.mayMs;
  if (command.kind === 'release') return release(draft);
  if (draft.mode === 'held' && isSame(signal, command.stage, draft.stage)) {
    draft.stage = command.stage;
    draft.wish = null;
    return { result: 'already-there', rule: null, sentence: 'green or coming to green' };
  }
  if (draft.mode === 'held' && !mayFollow(signal, draft.stage, command.stage)) {
    const next = signal.rules.order?.mayFollow.get(draft.stage)?.join(' or ') ?? 'nothing';
    return {
      result: 'refused',
      rule: 'stage order',
      sentence: `stage ${command.stage} may not follow stage ${draft.stage}; next is ${next}`,
    };
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

/** The answer to a wish once the signal has moved. */
export function answerWish(
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
    const reason = reasons.find(({ rule }) => rule === 'longest red' || rule === 'maximum green');
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
  return {
    result: 'delayed',
    rule: findPart(draft, rules),
    sentence: 'waits for the end of the change under way',
  };
}

/** The rule that the change under way waits for. */
function findPart({ sureMs, yellowSureMs }: Draft, { yellowS, allRedS }: SignalRules): Rule {
  if (yellowSureMs === Infinity) return 'pedestrian clearance';
  const gone = (sureMs - yellowSureMs) / 1000;
  if (gone < yellowS) return 'yellow';
  return gone < yellowS + allRedS ? 'all-red' : 'pedestrian clearance';
}
