import type { Rule } from '../../src/guard/rules.ts';

/** One rule broken in the source: `find` stands in `file` exactly once and becomes `put`. */
export interface Mutation {
  readonly rule: Rule;
  readonly breaks: string;
  readonly file: string;
  readonly find: string;
  readonly put: string;
  /** The rule the checker sees broken, where it is another one. */
  readonly seenAs?: Rule;
}

/** At least one way of breaking every rule. A text no longer found fails the test, so that the list follows the code. */
export const MUTATIONS: readonly Mutation[] = [
  {
    rule: 'conflicting greens',
    breaks: 'a stage with conflicting greens is admitted',
    file: 'plan.ts',
    find: '(allowed ? stages : barred).push(stage)',
    put: 'stages.push(allowed ? stage : stage)',
  },
  {
    rule: 'conflicting greens',
    breaks: 'the bolder of two greens is shown during a change',
    file: 'change.ts',
    find: "  if (from === 'G') return to;\n",
    put: "  if (from === 'G' || to === 'G') return 'G';\n",
  },
  {
    rule: 'yellow',
    breaks: 'yellow ends a second early',
    file: 'machine.ts',
    find: 'const yellowOver = draft.sureMs - draft.stageSureMs >= rules.yellowS * 1000;',
    put: 'const yellowOver = draft.sureMs - draft.stageSureMs >= rules.yellowS * 1000 - 1000;',
  },
  {
    rule: 'yellow',
    breaks: 'green turns red without yellow',
    file: 'change.ts',
    find: "isGreen(a) && !yellowOver ? 'y' : 'r'",
    put: "isGreen(a) && yellowOver ? 'y' : 'r'",
  },
  {
    rule: 'yellow',
    breaks: 'yellow stays until the next stage',
    file: 'change.ts',
    find: "isGreen(a) && !yellowOver ? 'y' : 'r'",
    put: "isGreen(a) ? 'y' : 'r'",
  },
  {
    rule: 'all-red',
    breaks: 'the next stage begins right after the yellow',
    file: 'machine.ts',
    find: 'const clearMs = (rules.yellowS + rules.allRedS) * 1000;',
    put: 'const clearMs = rules.yellowS * 1000;',
  },
  {
    rule: 'all-red',
    breaks: 'what the new stage opens is open during the change already',
    file: 'change.ts',
    find: "    else if (!isOpen(a)) state += 'r';\n",
    put: '    else if (!isOpen(a)) state += b;\n',
  },
  {
    rule: 'minimum green',
    breaks: 'a change may begin a second before the minimum green is over',
    file: 'state.ts',
    find: 'return state.sureMs - state.stageSureMs >= rules.minGreenS * 1000;',
    put: 'return state.sureMs - state.stageSureMs >= rules.minGreenS * 1000 - 1000;',
  },
  {
    rule: 'maximum green',
    breaks: 'the maximum is never reached',
    file: 'machine.ts',
    find: 'draft.mayMs - draft.stageMayMs >= rules.maxGreenS * 1000',
    put: 'draft.mayMs - draft.stageMayMs >= Infinity',
  },
  {
    rule: 'longest red',
    breaks: 'nothing is forced',
    file: 'machine.ts',
    find: 'if (mustMove) beginChange(',
    put: 'if (maxOver) beginChange(',
  },
  {
    rule: 'longest red',
    breaks: 'a wish is followed whatever waits',
    file: 'machine.ts',
    find: 'target !== null && maySwitch(plan, rules, draft.redSinceMs, draft.mayMs, target)',
    put: 'target !== null',
  },
  {
    rule: 'longest red',
    breaks: 'the time that a change takes is forgotten',
    file: 'longest-red.ts',
    find: 'const greenMs = startMs + (k + 1) * changeMs(rules) + k * minGreenMs(rules);',
    put: 'const greenMs = startMs;',
  },
  {
    rule: 'longest red',
    breaks: 'the longest waiting is served last',
    file: 'longest-red.ts',
    find: '.sort((a, b) => a.redSinceMs - b.redSinceMs)',
    put: '.sort((a, b) => b.redSinceMs - a.redSinceMs)',
  },
  {
    rule: 'command rate',
    breaks: 'changes are accepted at any rate',
    file: 'commands.ts',
    find: 'draft.sureMs - draft.changeSureMs < signal.rules.commandEveryS * 1000',
    put: 'draft.sureMs - draft.changeSureMs < 0',
  },
  {
    rule: 'authority',
    breaks: 'anybody may command',
    file: 'state.ts',
    find: 'grant.by === by && tick.latestMs < grant.untilMs',
    put: 'tick.latestMs < grant.untilMs',
  },
  {
    rule: 'authority',
    breaks: 'a grant never expires',
    file: 'state.ts',
    find: 'grant.by === by && tick.latestMs < grant.untilMs',
    put: 'grant.by === by',
  },
  {
    rule: 'authority',
    breaks: 'a signal stays held after the grant has expired',
    file: 'machine.ts',
    find: 'const isOver = !mayCommand(signal, draft.holder, tick);',
    put: 'const isOver = false;',
  },
  {
    rule: 'authority',
    breaks: 'two commanders hold one signal',
    file: 'commands.ts',
    find: 'draft.holder !== null && draft.holder !== command.by',
    put: "draft.holder === ''",
  },
  {
    rule: 'dead-man',
    breaks: 'silence is not noticed',
    file: 'machine.ts',
    find: 'draft.mayMs - draft.heardMayMs > signal.rules.deadManS * 1000',
    put: 'draft.mayMs - draft.heardMayMs > Infinity',
  },
  {
    rule: 'unknown signal',
    breaks: 'a command for an unknown signal goes to the first one',
    file: 'guard.ts',
    find: 'const signal = this.#indexOf.get(command.signal);',
    put: 'const signal = this.#indexOf.get(command.signal) ?? 0;',
  },
  {
    rule: 'unknown stage',
    breaks: 'any phase may be shown',
    file: 'commands.ts',
    find: '!signal.plan.stages.includes(command.stage)',
    put: 'signal.plan.states[command.stage] === undefined',
  },
  {
    rule: 'clock',
    breaks: 'a command from the future passes',
    file: 'commands.ts',
    find: '!(command.issuedMs <= tick.nowMs + EARLIEST_COMMAND_MS)',
    put: 'command.issuedMs === Infinity',
  },
  {
    rule: 'clock',
    breaks: 'an old command passes',
    file: 'commands.ts',
    find: '!(command.issuedMs >= tick.nowMs - OLDEST_COMMAND_MS)',
    put: 'command.issuedMs === -Infinity',
  },
  {
    rule: 'clock',
    breaks: 'a command passes while the clock is behind',
    file: 'commands.ts',
    find: 'if (!tick.isTrusted)',
    put: 'if (!Number.isFinite(tick.nowMs))',
  },
  {
    rule: 'clock',
    breaks: 'a leap of the clock counts in full',
    file: 'clock.ts',
    find: 'const sureMs = Math.min(nowMs - latestMs, SURE_STEP_MS);',
    put: 'const sureMs = nowMs - latestMs;',
    seenAs: 'yellow',
  },
  {
    rule: 'clock',
    breaks: 'time gone over again counts again',
    file: 'clock.ts',
    find: 'return { nowMs, latestMs, sureMs: 0, mayMs, isTrusted: false };',
    put: 'return { nowMs, latestMs, sureMs: Math.min(mayMs, SURE_STEP_MS), mayMs, isTrusted: false };',
    seenAs: 'yellow',
  },
  {
    rule: 'take-over',
    breaks: 'a signal is taken over in the midst of its own change',
    file: 'machine.ts',
    find: 'if (draft.wish === null || !draft.isAtStage) return false;',
    put: 'if (draft.wish === null) return false;',
  },
  {
    rule: 'hand-back',
    breaks: 'a signal is handed back before its minimum green is over',
    file: 'machine.ts',
    find: '  if (!isMinGreenOver(draft, signal.rules)) return null;\n  if (draft.handBack !== null) return letGo(draft, reasons);\n',
    put: '  if (draft.handBack !== null) return letGo(draft, reasons);\n  if (!isMinGreenOver(draft, signal.rules)) return null;\n',
  },
  {
    rule: 'hand-back',
    breaks: 'a release is accepted and forgotten',
    file: 'commands.ts',
    find: "  draft.handBack = 'released';\n",
    put: '',
  },
  {
    rule: 'lamps',
    breaks: 'a street that does not obey is ordered about for ever',
    file: 'machine.ts',
    find: '  if (draft.strayMs > STRAY_MS) {\n',
    put: '  if (draft.strayMs > Infinity) {\n',
  },
  {
    rule: 'lamps',
    breaks: 'the guard goes on although the lamps are not what it ordered',
    file: 'machine.ts',
    find: '  if (lamps === draft.shown) {\n',
    put: '  if (lamps !== undefined) {\n',
  },
];
