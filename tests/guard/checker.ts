import type { City } from '../../src/city/city.ts';
import { listGreens } from '../../src/city/greens.ts';
import type { Answer } from '../../src/guard/guard.ts';
import type { Grant, Rule, SignalRules } from '../../src/guard/rules.ts';
import type { Order } from '../../src/street/street.ts';

/** A broken rule. */
export interface Violation {
  readonly rule: Rule;
  readonly what: string;
}

const green = (lamp: string) => lamp === 'G' || lamp === 'g';
const open = (lamp: string) => green(lamp) || lamp === 's' || lamp === 'o' || lamp === 'O';

/** What every checker of one junction shares: worked out from the city alone. */
export class JunctionFacts {
  readonly linkCount: number;
  readonly stateOf: readonly string[];
  readonly stages: ReadonlySet<number>;
  readonly stageStates: ReadonlySet<string>;
  readonly isServed: readonly boolean[];
  readonly #conflict: Uint8Array;
  /** By pair and whether each lamp is permissive (bit 2 * first + second): 1 where both may be open. */
  readonly #compatible: Uint8Array;

  /** `trustsProgram`: a clash that the own program shows counts as declared. */
  constructor(city: City, signal: number, trustsProgram: boolean) {
    const own = city.signals[signal];
    const program = own?.programs[0];
    if (own === undefined || program === undefined) throw new Error('no such signal');
    const n = own.links.length;
    this.linkCount = n;
    this.stateOf = program.phases.map(({ state }) => state);
    this.#conflict = new Uint8Array(n * n);
    this.#compatible = new Uint8Array(n * n * 4).fill(1);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        if (i === j) continue;
        for (const m of own.links[i] ?? []) {
          for (const k of own.links[j] ?? []) {
            if (!city.movements[m]?.conflicts.includes(k)) continue;
            this.#conflict[i * n + j] = 1;
            const gives = city.movements[m]?.yieldsTo.includes(k);
            const takes = city.movements[k]?.yieldsTo.includes(m);
            for (let bits = 0; bits < 4; bits++) {
              if (!(gives && bits >= 2) && !(takes && bits % 2 === 1)) this.#compatible[(i * n + j) * 4 + bits] = 0;
            }
          }
        }
      }
    }
    if (trustsProgram) this.#declare();
    const stages = listGreens(program).filter((stage) => this.findClash(this.stateOf[stage] ?? '') === null);
    this.stages = new Set(stages);
    this.stageStates = new Set(stages.map((stage) => this.stateOf[stage] ?? ''));
    this.isServed = own.links.map((_, i) => stages.some((stage) => green(this.stateOf[stage]?.charAt(i) ?? '')));
  }

  /** Whatever the program shows open together may be, and so may anything that gives way more readily. */
  #declare(): void {
    const n = this.linkCount;
    for (const state of this.stateOf) {
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          if (i === j || !open(state.charAt(i)) || !open(state.charAt(j))) continue;
          for (let bits = 0; bits < 4; bits++) {
            const bolder = (state.charAt(i) !== 'G' && bits < 2) || (state.charAt(j) !== 'G' && bits % 2 === 0);
            if (!bolder) this.#compatible[(i * n + j) * 4 + bits] = 1;
          }
        }
      }
    }
  }

  conflicts(i: number, j: number): boolean {
    return this.#conflict[i * this.linkCount + j] === 1;
  }

  /** Two links of a state that may not be open together, or null. */
  findClash(state: string): string | null {
    const n = this.linkCount;
    for (let i = 0; i < n; i++) {
      if (!open(state.charAt(i))) continue;
      for (let j = i + 1; j < n; j++) {
        if (!open(state.charAt(j))) continue;
        const bits = (state.charAt(i) === 'G' ? 0 : 2) + (state.charAt(j) === 'G' ? 0 : 1);
        if (this.#compatible[(i * n + j) * 4 + bits] === 0) return `links ${i} and ${j} in ${state}`;
      }
    }
    return null;
  }
}

/** One step as seen from the street. */
export interface SeenStep {
  readonly nowMs: number;
  /** Lamps before and after the orders of this step. */
  readonly before: string;
  readonly after: string;
  readonly orders: readonly Order[];
  readonly answers: readonly Answer[];
}

/**
 * Judges one junction from outside: from the lamps, the orders and the answers, by the rules and the city, without a look
 * at the guard's own state or code. Time counts only beyond the latest reading and at most one second a step.
 */
export class Checker {
  isHeld = false;
  readonly #facts: JunctionFacts;
  readonly #rules: SignalRules;
  readonly #grants: readonly Grant[];
  readonly #found: Violation[];
  #lamps = '';
  #sureMs = 0;
  #latestMs = -Infinity;
  readonly #lostMs: Float64Array;
  readonly #greenMs: Float64Array;
  readonly #yellowMs: Float64Array;
  readonly #redMs: Float64Array;
  #stageMs = 0;
  #rateMs = -Infinity;
  #rateStage = -1;
  #heardMs = -Infinity;
  #holder: string | null = null;
  #mustGoMs = Infinity;
  #mustGoRule: Rule = 'hand-back';

  constructor(facts: JunctionFacts, rules: SignalRules, grants: readonly Grant[], found: Violation[]) {
    this.#facts = facts;
    this.#rules = rules;
    this.#grants = grants;
    this.#found = found;
    this.#lostMs = new Float64Array(facts.linkCount).fill(-Infinity);
    this.#greenMs = new Float64Array(facts.linkCount);
    this.#yellowMs = new Float64Array(facts.linkCount);
    this.#redMs = new Float64Array(facts.linkCount);
  }

  see(step: SeenStep): void {
    const isTrusted = step.nowMs >= this.#latestMs;
    if (isTrusted) {
      if (this.#latestMs !== -Infinity) this.#sureMs += Math.min(1000, step.nowMs - this.#latestMs);
      this.#latestMs = step.nowMs;
    }
    this.#note(step.before, false);
    this.#checkAnswers(step, isTrusted);
    const wasHeld = this.isHeld;
    for (const order of step.orders) this.#follow(order, step);
    this.#note(step.after, wasHeld || this.isHeld);
    if (this.isHeld) this.#checkHeld();
  }

  #fail(rule: Rule, what: string): void {
    this.#found.push({ rule, what: `${what} at ${this.#sureMs} ms of sure time, lamps ${this.#lamps}` });
  }

  #checkAnswers({ nowMs, answers }: SeenStep, isTrusted: boolean): void {
    for (const { command, result, rule } of answers) {
      if (rule === 'command rate' || rule === 'longest red') this.#heardMs = this.#sureMs;
      if (result === 'refused') continue;
      const isCurrent = isTrusted && command.issuedMs <= nowMs + 1000 && command.issuedMs >= nowMs - 5000;
      if (!isCurrent) this.#fail('clock', `a command issued at ${command.issuedMs} passed at ${nowMs}`);
      if (!this.#grants.some(({ by, untilMs }) => by === command.by && this.#latestMs < untilMs)) {
        this.#fail('authority', `a command of ${command.by} passed without a grant`);
      }
      this.#heardMs = this.#sureMs;
      if (this.isHeld) {
        this.#holder ??= command.by;
        if (this.#holder !== command.by) this.#fail('authority', `${command.by} passed beside ${this.#holder}`);
      }
      if (command.kind === 'release') {
        if (this.isHeld) this.#mustGo('hand-back');
        this.#rateStage = -1;
        continue;
      }
      if (!this.#facts.stages.has(command.stage)) {
        const isBarred = this.#facts.findClash(this.#facts.stateOf[command.stage] ?? '') !== null;
        this.#fail(isBarred ? 'conflicting greens' : 'unknown stage', `stage ${command.stage} passed`);
      }
      this.#checkRate(command.stage, result);
    }
  }

  #checkRate(stage: number, result: Answer['result']): void {
    if (result === 'already-there') {
      this.#rateStage = -1;
      return;
    }
    if (stage === this.#rateStage) return;
    if (this.#sureMs - this.#rateMs < this.#rules.commandEveryS * 1000)
      this.#fail('command rate', `change to ${stage}`);
    this.#rateMs = this.#sureMs;
    this.#rateStage = stage;
  }

  #mustGo(rule: Rule): void {
    if (this.#mustGoMs < Infinity) return;
    const { yellowS, allRedS, minGreenS } = this.#rules;
    this.#mustGoMs = this.#sureMs + (yellowS + allRedS + minGreenS + 3) * 1000;
    this.#mustGoRule = rule;
  }

  #follow(order: Order, { before }: SeenStep): void {
    if (order.kind === 'show') {
      if (this.isHeld) return;
      this.isHeld = true;
      this.#stageMs = this.#sureMs;
      if (!this.#facts.stageStates.has(before)) this.#fail('take-over', `taken over in ${before}`);
      return;
    }
    if (!this.isHeld) this.#fail('hand-back', 'handed back what was not held');
    this.isHeld = false;
    this.#holder = null;
    this.#mustGoMs = Infinity;
    this.#rateStage = -1;
    const state = this.#facts.stateOf[order.phase];
    if (state !== before || !this.#facts.stages.has(order.phase)) {
      this.#fail('hand-back', `handed back to phase ${order.phase} (${state}) in ${before}`);
    }
    for (let i = 0; i < before.length; i++) if (green(before.charAt(i))) this.#checkMinGreen(i, 'hand-back');
  }

  #checkMinGreen(link: number, rule: Rule): void {
    if (this.#sureMs - this.#greenMs[link]! < this.#rules.minGreenS * 1000)
      this.#fail(rule, `green of link ${link} too short`);
  }

  #note(lamps: string, isOurs: boolean): void {
    const previous = this.#lamps;
    if (previous === lamps) return;
    this.#lamps = lamps;
    this.#stageMs = this.#sureMs;
    for (let i = 0; i < lamps.length; i++) {
      const a = previous.charAt(i);
      const b = lamps.charAt(i);
      if (a === b) continue;
      if (isOurs) this.#checkLamp(i, a, b);
      if ((green(a) && !green(b)) || (open(a) && !open(b))) this.#lostMs[i] = this.#sureMs;
      if (green(b) && !green(a)) this.#greenMs[i] = this.#sureMs;
      if (b === 'y') this.#yellowMs[i] = this.#sureMs;
      if (green(a) && !green(b)) this.#redMs[i] = this.#sureMs;
    }
    if (isOurs) this.#checkOpenings(previous, lamps);
  }

  #checkLamp(link: number, a: string, b: string): void {
    const { yellowS } = this.#rules;
    if (green(a) && !green(b)) {
      this.#checkMinGreen(link, 'minimum green');
      if (yellowS > 0 && b !== 'y') this.#fail('yellow', `link ${link} went from ${a} to ${b}`);
    }
    if (b === 'y' && !green(a)) this.#fail('yellow', `link ${link} went from ${a} to yellow`);
    if (a === 'y' && green(b)) this.#fail('yellow', `link ${link} went from yellow to green`);
    if (a === 'y' && this.#sureMs - this.#yellowMs[link]! < yellowS * 1000)
      this.#fail('yellow', `yellow of link ${link} too short`);
  }

  /** A link that gains its right to go: every conflicting one that is not green must have been closed long enough. */
  #checkOpenings(previous: string, lamps: string): void {
    const clearMs = (this.#rules.yellowS + this.#rules.allRedS) * 1000;
    for (let i = 0; i < lamps.length; i++) {
      const a = previous.charAt(i);
      const b = lamps.charAt(i);
      if (!(open(b) && !open(a)) && !(green(b) && !green(a))) continue;
      for (let j = 0; j < lamps.length; j++) {
        if (j === i || green(lamps.charAt(j)) || !this.#facts.conflicts(i, j)) continue;
        if (this.#sureMs - this.#lostMs[j]! < clearMs)
          this.#fail('all-red', `link ${i} opened too soon after link ${j}`);
      }
    }
  }

  #checkHeld(): void {
    const { yellowS, allRedS, maxGreenS, longestRedS, deadManS } = this.#rules;
    const clash = this.#facts.findClash(this.#lamps);
    if (clash !== null) this.#fail('conflicting greens', clash);
    const isStage = this.#facts.stageStates.has(this.#lamps);
    // The lamps of a change may look like the stage that follows, and each of the two may run over by a step.
    const longestMs = (maxGreenS + yellowS + allRedS + 2) * 1000;
    if (isStage && this.#facts.stageStates.size > 1 && this.#sureMs - this.#stageMs >= longestMs) {
      this.#fail('maximum green', 'stage too long');
    }
    for (let i = 0; i < this.#lamps.length; i++) {
      if (!this.#facts.isServed[i] || green(this.#lamps.charAt(i))) continue;
      if (this.#sureMs - this.#redMs[i]! > longestRedS * 1000) this.#fail('longest red', `link ${i} too long`);
    }
    for (let i = 0; i < this.#lamps.length; i++) {
      if (this.#lamps.charAt(i) === 'y' && this.#sureMs - this.#yellowMs[i]! >= yellowS * 1000) {
        this.#fail('yellow', `yellow of link ${i} too long`);
      }
    }
    if (!this.#grants.some(({ untilMs }) => this.#latestMs < untilMs)) this.#mustGo('authority');
    if (this.#sureMs - this.#heardMs > deadManS * 1000) this.#mustGo('dead-man');
    if (this.#sureMs > this.#mustGoMs) this.#fail(this.#mustGoRule, 'still held');
  }
}
