import type { City, Program } from '../../src/city/city.ts';
import { listGreens } from '../../src/city/greens.ts';
import type { Answer } from '../../src/guard/guard.ts';
import type { Grant, Rule, SignalRules } from '../../src/guard/rules.ts';
import type { Order } from '../../src/street/street.ts';

/** A broken rule. */
export interface Violation {
  readonly rule: Rule;
  readonly what: string;
}

/** Refusals by these rules are of a command that counts as a sign of life. */
const HEARD: readonly Rule[] = ['command rate', 'longest red', 'maximum green', 'stage order'];

const green = (lamp: string) => lamp === 'G' || lamp === 'g';
const gains = (before: string, after: string) => (open(after) && !open(before)) || (green(after) && !green(before));
const open = (lamp: string) => green(lamp) || lamp === 's' || lamp === 'o' || lamp === 'O';

/** What every checker of one junction shares: worked out from the city alone. */
export class JunctionFacts {
  readonly linkCount: number;
  readonly stateOf: readonly string[];
  readonly stages: ReadonlySet<number>;
  readonly stageStates: ReadonlySet<string>;
  readonly isServed: readonly boolean[];
  /** By link: from the end of walk until vehicles may set off across it, ms; -1 for a link of vehicles. */
  readonly walkClearMs: readonly number[];
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
    const crossings = city.crossings.filter((crossing) => crossing.signal === signal);
    for (const { link, conflicts, yieldsTo } of crossings) {
      for (let j = 0; j < n; j++) {
        for (const m of own.links[j] ?? []) {
          if (!conflicts.includes(m)) continue;
          this.#conflict[link * n + j] = 1;
          this.#conflict[j * n + link] = 1;
          for (let bits = 0; bits < 4; bits++) {
            const [walkGivesWay, vehicleGivesWay] = [bits >= 2, bits % 2 === 1];
            if (yieldsTo.includes(m) ? walkGivesWay : vehicleGivesWay) continue;
            this.#compatible[(link * n + j) * 4 + bits] = 0;
            this.#compatible[(j * n + link) * 4 + (bits % 2) * 2 + (bits >> 1)] = 0;
          }
        }
      }
    }
    this.walkClearMs = own.links.map((_, link) => {
      const lengths = crossings.filter((crossing) => crossing.link === link).map(({ lengthM }) => lengthM);
      return lengths.length === 0 ? -1 : Math.min(this.#declaredGapMs(link, program), leastClearMs(lengths));
    });
    if (trustsProgram) this.#declare();
    const stages = listGreens(program).filter((stage) => this.findClash(this.stateOf[stage] ?? '') === null);
    this.stages = new Set(stages);
    this.stageStates = new Set(stages.map((stage) => this.stateOf[stage] ?? ''));
    this.isServed = own.links.map((_, i) => stages.some((stage) => green(this.stateOf[stage]?.charAt(i) ?? '')));
  }

  /** What the program leaves, at least, from the end of a crossing's green to the opening of vehicles across it. */
  #declaredGapMs(link: number, { phases }: Program): number {
    const seconds = phases.flatMap(({ state, durationS }) => Array.from({ length: durationS }, () => state));
    const lampAt = (second: number, of: number) => seconds[second % seconds.length]?.charAt(of) ?? '';
    let least = Infinity;
    for (let end = 1; end <= seconds.length; end++) {
      if (!green(lampAt(end - 1, link)) || green(lampAt(end, link))) continue;
      for (let k = 0; k < seconds.length; k++) {
        const opens = (other: number) => gains(lampAt(end + k - 1, other), lampAt(end + k, other));
        const isMet =
          this.stateOf[0] !== undefined && [...this.stateOf[0]].some((_, j) => this.conflicts(link, j) && opens(j));
        if (isMet) {
          least = Math.min(least, k * 1000);
          break;
        }
      }
    }
    return least;
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

function leastClearMs(lengths: readonly number[]): number {
  return 1000 * Math.ceil(Math.max(...lengths) / 1.2);
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
  /** Stages that the lamps may mean, and since when they are as they are. */
  #maybe = new Set<number>();
  /** The longest change, and the longest minimum of a stage. */
  readonly #changeMs: number;
  readonly #leastMs: number;

  constructor(facts: JunctionFacts, rules: SignalRules, grants: readonly Grant[], found: Violation[]) {
    this.#facts = facts;
    this.#rules = rules;
    this.#grants = grants;
    this.#found = found;
    const { yellowS, allRedS, minGreenS, walkS } = rules;
    this.#changeMs = Math.max((yellowS + allRedS) * 1000, ...facts.walkClearMs);
    this.#leastMs = Math.max(minGreenS, facts.walkClearMs.some((ms) => ms >= 0) ? walkS : 0) * 1000;
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
      if (rule !== null && HEARD.includes(rule)) this.#heardMs = this.#sureMs;
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
    this.#mustGoMs = this.#sureMs + this.#changeMs + this.#leastMs + 3000;
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
    const greenMs = this.#sureMs - this.#greenMs[link]!;
    if (greenMs < this.#rules.minGreenS * 1000) this.#fail(rule, `green of link ${link} too short`);
    if (this.#facts.walkClearMs[link]! >= 0 && greenMs < this.#rules.walkS * 1000)
      this.#fail(rule === 'hand-back' ? rule : 'walk', `walk of link ${link} too short`);
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
    const shown = [...this.#facts.stages].filter((stage) => this.#facts.stateOf[stage] === lamps);
    if (!isOurs) this.#maybe = new Set(shown);
    else for (const stage of shown) this.#add(stage);
  }

  /** A stage that may follow one of those that were shown, and those that look like it and may follow it. */
  #add(stage: number): void {
    if (this.#maybe.has(stage) || !this.#isReached(stage)) return;
    this.#maybe.add(stage);
    for (const next of this.#rules.order?.mayFollow.get(stage) ?? [])
      if (this.#facts.stateOf[next] === this.#facts.stateOf[stage]) this.#add(next);
  }

  /** True when a stage may follow one of those that were shown, if an order is given. */
  #isReached(stage: number): boolean {
    const { order } = this.#rules;
    return (
      order === null || [...this.#maybe].some((from) => from === stage || order.mayFollow.get(from)?.includes(stage))
    );
  }

  /** Lamps that last longer than any change are a stage, and one that may follow what was before. */
  #checkOrder(): void {
    if (this.#rules.order === null || this.#sureMs - this.#stageMs <= this.#changeMs + 1000) return;
    const reached = [...this.#maybe].filter((stage) => this.#facts.stateOf[stage] === this.#lamps);
    if (reached.length > 0) this.#maybe = new Set(reached);
    else if (this.#facts.stageStates.has(this.#lamps)) {
      this.#fail('stage order', `after one of ${[...this.#maybe].join(', ')}`);
      this.#maybe = new Set([...this.#facts.stages].filter((stage) => this.#facts.stateOf[stage] === this.#lamps));
    }
  }

  #checkLamp(link: number, a: string, b: string): void {
    const { yellowS } = this.#rules;
    if (green(a) && !green(b)) {
      this.#checkMinGreen(link, 'minimum green');
      if (this.#facts.walkClearMs[link]! >= 0) {
        if (b !== 'r') this.#fail('walk', `link ${link} of a crossing went from ${a} to ${b}`);
      } else if (yellowS > 0 && b !== 'y') this.#fail('yellow', `link ${link} went from ${a} to ${b}`);
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
      if (!gains(a, b)) continue;
      for (let j = 0; j < lamps.length; j++) {
        if (j === i || green(lamps.charAt(j)) || !this.#facts.conflicts(i, j)) continue;
        const walkMs = this.#facts.walkClearMs[j]!;
        if (this.#sureMs - this.#lostMs[j]! < (walkMs < 0 ? clearMs : walkMs)) {
          this.#fail(walkMs < 0 ? 'all-red' : 'pedestrian clearance', `link ${i} opened too soon after link ${j}`);
        }
      }
    }
  }

  #checkHeld(): void {
    const { yellowS, maxGreenS, longestRedS, deadManS } = this.#rules;
    this.#checkOrder();
    const clash = this.#facts.findClash(this.#lamps);
    if (clash !== null) this.#fail('conflicting greens', clash);
    const isStage = this.#facts.stageStates.has(this.#lamps);
    // The lamps of a change may look like the stage that follows, and each stage that looks so may run over by a step.
    const alike = [...this.#facts.stages].filter((stage) => this.#facts.stateOf[stage] === this.#lamps).length;
    const longestMs = maxGreenS * 1000 + this.#changeMs + (1 + alike) * 1000;
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
