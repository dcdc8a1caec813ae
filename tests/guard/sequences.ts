import type { City } from '../../src/city/city.ts';
import { dualRing, fixedOrder, type StageOrder } from '../../src/city/stage-order.ts';
import type { Answer, Guard } from '../../src/guard/guard.ts';
import type { planSignal, SignalPlan } from '../../src/guard/plan.ts';
import type { Grant, Rule, SignalRules } from '../../src/guard/rules.ts';
import type { Command, Order } from '../../src/street/street.ts';
import { Checker, JunctionFacts, type Violation } from './checker.ts';
import { Dice } from './dice.ts';
import { rollCity } from './junctions.ts';

/** The guard to test: the real one or a mutant of it. */
export interface GuardUnderTest {
  readonly Guard: typeof Guard;
  readonly planSignal: typeof planSignal;
}

export interface Tally {
  sequences: number;
  steps: number;
  takeOvers: number;
  handBacks: number;
  changes: number;
  givenUpSteps: number;
  violations: Violation[];
}

const SIGNALS = 4;
/** Guards made for one set of junctions. */
const LIVES = 25;
const STRAY_MS = 2000;

/** A junction that runs its own program until ordered otherwise; `strayFrom` is the step from which it obeys nobody. */
class StreetSignal {
  lamps: string;
  #phase: number;
  #left: number;
  #isOwn = true;
  readonly #phases: readonly { state: string; durationS: number }[];

  constructor(phases: readonly { state: string; durationS: number }[], dice: Dice) {
    this.#phases = phases;
    this.#phase = dice.roll(0, phases.length - 1);
    this.#left = dice.roll(1, phases[this.#phase]?.durationS ?? 1);
    this.lamps = phases[this.#phase]?.state ?? '';
  }

  /** A second passes. */
  advance(strays: boolean): void {
    if (!this.#isOwn && !strays) return;
    this.#isOwn = true;
    if (--this.#left > 0) return;
    this.#go((this.#phase + 1) % this.#phases.length);
  }

  obey(order: Order): void {
    if (order.kind === 'show') {
      this.#isOwn = false;
      this.lamps = order.state;
    } else {
      this.#isOwn = true;
      this.#go(order.phase);
    }
  }

  #go(phase: number): void {
    this.#phase = phase;
    this.#left = this.#phases[phase]?.durationS ?? 1;
    this.lamps = this.#phases[phase]?.state ?? '';
  }
}

function rollRules(dice: Dice, plan: SignalPlan): SignalRules {
  const yellowS = dice.pick([0, 1, 2, 3, 2.5]);
  const allRedS = dice.pick([0, 0, 1, 2, 1.5]);
  const minGreenS = dice.pick([0, 1, 3, 5, 2.5]);
  const walkS = dice.pick([0, 2, 5, 5, 7]);
  const order = rollOrder(dice, plan);
  const clearS = Math.max(yellowS + allRedS, ...plan.walks.map(({ clearMs }) => clearMs / 1000));
  const stageS = plan.walks.length > 0 ? Math.max(minGreenS, walkS) : minGreenS;
  const needS = ((order?.round ?? plan.round).length + 1) * (clearS + stageS + 2);
  return {
    yellowS,
    allRedS,
    minGreenS,
    walkS,
    order,
    maxGreenS: dice.chance(0.5) ? Infinity : Math.max(1, minGreenS, walkS) + dice.roll(0, 12),
    longestRedS: dice.chance(0.3) ? Math.max(300, needS) : needS + dice.roll(0, 10),
    commandEveryS: dice.pick([0, 1, 1, 4, 8]),
    deadManS: dice.pick([5, 10, 30, Infinity]),
  };
}

/** Any order, the program's with or without stages to skip, or two rings over a random division into two sides. */
function rollOrder(dice: Dice, { stages, states }: SignalPlan): StageOrder | null {
  if (stages.length < 2 || dice.chance(0.5)) return null;
  if (dice.chance(0.6)) {
    const skippable = stages.filter(() => dice.chance(0.4));
    return fixedOrder(stages, skippable);
  }
  const border = dice.roll(1, stages.length - 1);
  const rings = stages.map((stage, k) => {
    const place = k < border ? k : k - border;
    const places: [number, number] = dice.chance(0.5) ? [place, place] : [place, Math.floor(place / 2)];
    return { stage, side: k < border ? 0 : 1, places };
  });
  const order = dualRing(rings);
  const greens = (links: readonly number[]) => new Set(links.flatMap((stage) => listGreenLinks(states[stage] ?? '')));
  const looks = new Set(order.round.map((stage) => states[stage]));
  return looks.size > 1 && greens(order.round).size === greens(stages).size ? order : fixedOrder(stages);
}

function listGreenLinks(state: string): number[] {
  return Array.from(state, (lamp, link) => (/[Gg]/.test(lamp) ? link : -1)).filter((link) => link >= 0);
}

/** How the commander of one sequence behaves. */
interface Manner {
  readonly talks: number;
  readonly changesMind: number;
  readonly mischief: number;
  readonly favourites: readonly number[];
}

function rollManner(dice: Dice, plan: SignalPlan): Manner {
  const all = [...plan.stages, ...plan.barred];
  const few = all.length === 0 ? [0] : [dice.pick(all), dice.pick(all)];
  return {
    talks: dice.pick([1, 1, 0.5, 0.1]),
    changesMind: dice.pick([1, 0.5, 0.1, 0.02]),
    mischief: dice.pick([0, 0, 0.1, 0.5]),
    favourites: dice.chance(0.5) || all.length === 0 ? few : all,
  };
}

function rollCommand(dice: Dice, signal: string, nowMs: number, stage: number, manner: Manner): Command {
  const command: Command = { kind: 'stage', signal, stage, by: 'brain', issuedMs: nowMs };
  if (!dice.chance(manner.mischief)) return command;
  switch (dice.roll(0, 7)) {
    case 0:
      return { ...command, signal: 'nowhere' };
    case 1:
      return { ...command, stage: dice.roll(-2, 30) };
    case 2:
      return { ...command, by: 'rogue' };
    case 3:
      return { ...command, by: 'deputy' };
    case 4:
      return { kind: 'release', signal, by: dice.pick(['brain', 'rogue']), issuedMs: nowMs };
    case 5:
      return { ...command, issuedMs: nowMs + dice.roll(1001, 100_000) };
    case 6:
      return { ...command, issuedMs: nowMs - dice.roll(5001, 100_000) };
    default:
      return { ...command, issuedMs: Number.NaN };
  }
}

/** A clock that mostly ticks by one second; when unruly it also repeats, crawls, leaps and goes back. */
class Clock {
  nowMs: number;
  /** How far the last tick went beyond the latest time before it, one second at most. */
  sureMs = 0;
  #latestMs: number;
  #stepsBehind = 0;
  readonly #unruly: number;

  constructor(dice: Dice) {
    this.nowMs = dice.roll(0, 1) * 25_200_000;
    this.#latestMs = this.nowMs;
    this.#unruly = dice.pick([0, 0, 0.05, 0.4]);
  }

  tick(dice: Dice): void {
    if (!dice.chance(this.#unruly)) this.nowMs += 1000;
    else this.nowMs += dice.pick([0, 0, 300, 700, 1500, 4000, 90_000, -1000, -3000, -20_000]);
    this.#stepsBehind = this.nowMs < this.#latestMs ? this.#stepsBehind + 1 : 0;
    if (this.#stepsBehind > 40) this.nowMs = this.#latestMs + 1000;
    this.sureMs = Math.min(1000, Math.max(0, this.nowMs - this.#latestMs));
    this.#latestMs = Math.max(this.#latestMs, this.nowMs);
  }
}

function rollGrants(dice: Dice, city: City, beginMs: number, steps: number): Grant[] {
  return city.signals.flatMap(({ id }) => {
    const untilMs = dice.chance(0.6) ? Infinity : beginMs + dice.roll(0, steps) * 1000;
    const grants = dice.chance(0.95) ? [{ by: 'brain', signal: id, untilMs }] : [];
    return dice.chance(0.3)
      ? [...grants, { by: 'deputy', signal: id, untilMs: beginMs + 1000 * dice.roll(0, steps) }]
      : grants;
  });
}

/** One life of a guard over a few junctions; every junction's commands are one sequence. */
function runLife(
  { Guard }: GuardUnderTest,
  dice: Dice,
  city: City,
  plans: readonly SignalPlan[],
  facts: readonly JunctionFacts[],
  tally: Tally,
): void {
  const steps = dice.roll(20, 110);
  const clock = new Clock(dice);
  const rules = plans.map((plan) => rollRules(dice, plan));
  const grants = rollGrants(dice, city, clock.nowMs, steps);
  const guard = new Guard(city, rules, grants, plans);
  const streets = city.signals.map(({ programs }) => new StreetSignal(programs[0]?.phases ?? [], dice));
  const strayFrom = city.signals.map(() => (dice.chance(0.05) ? dice.roll(5, steps) : Infinity));
  const isGivenUp = city.signals.map(() => false);
  const strayMs = city.signals.map(() => 0);
  const ordered: (string | null)[] = city.signals.map(() => null);
  const manners = plans.map((plan) => rollManner(dice, plan));
  const stages = manners.map(({ favourites }) => dice.pick(favourites));
  const silentFrom = city.signals.map(() => (dice.chance(0.2) ? dice.roll(0, steps) : Infinity));
  const checkers = facts.map(
    (fact, i) =>
      new Checker(
        fact,
        rules[i]!,
        grants.filter(({ signal }) => signal === city.signals[i]?.id),
        tally.violations,
      ),
  );
  for (let step = 0; step < steps; step++) {
    clock.tick(dice);
    const commands: Command[] = [];
    streets.forEach((street, i) => {
      street.advance(step >= strayFrom[i]!);
      const manner = manners[i]!;
      if (step >= silentFrom[i]! || !dice.chance(manner.talks)) return;
      if (dice.chance(manner.changesMind)) stages[i] = dice.pick(manner.favourites);
      commands.push(rollCommand(dice, city.signals[i]!.id, clock.nowMs, stages[i]!, manner));
      if (dice.chance(manner.mischief * 0.2))
        commands.push(rollCommand(dice, city.signals[i]!.id, clock.nowMs, dice.pick(manner.favourites), manner));
    });
    const before = streets.map(({ lamps }) => lamps);
    const { orders, answers } = guard.step(clock.nowMs, before, commands);
    if (answers.length !== commands.length)
      tally.violations.push({ rule: 'unknown signal', what: 'a command got no answer' });
    for (const { command, result } of answers) {
      if (command.signal === 'nowhere' && result !== 'refused')
        tally.violations.push({ rule: 'unknown signal', what: 'passed' });
    }
    streets.forEach((street, i) => {
      const own = orders.filter(({ signal }) => signal === i);
      if (step >= strayFrom[i]!) {
        strayMs[i] = ordered[i] === null || before[i] === ordered[i] ? 0 : strayMs[i]! + clock.sureMs;
        if (strayMs[i]! > STRAY_MS) isGivenUp[i] = true;
        const passed = answers.filter(
          ({ command, result }) => command.signal === city.signals[i]!.id && result !== 'refused',
        );
        if (isGivenUp[i]) checkGivenUp(own, passed, tally);
        for (const order of own) ordered[i] = order.kind === 'show' ? order.state : null;
        return;
      }
      for (const order of own) {
        street.obey(order);
        ordered[i] = order.kind === 'show' ? order.state : null;
        if (order.kind === 'hand-back') tally.handBacks++;
        else if (!checkers[i]!.isHeld) tally.takeOvers++;
        else tally.changes++;
      }
      checkers[i]!.see({
        nowMs: clock.nowMs,
        before: before[i]!,
        after: street.lamps,
        orders: own,
        answers: answers.filter(({ command }) => command.signal === city.signals[i]!.id),
      });
    });
    tally.steps += streets.length;
  }
  tally.sequences += streets.length;
}

/** A junction that showed something else than ordered for more than a moment must be left alone for good. */
function checkGivenUp(orders: readonly Order[], passed: readonly Answer[], tally: Tally): void {
  if (orders.length > 0) tally.violations.push({ rule: 'lamps', what: 'an order after the street strayed' });
  if (passed.length > 0) tally.violations.push({ rule: 'lamps', what: 'a command passed after the street strayed' });
  tally.givenUpSteps++;
}

/** Runs at least `count` sequences, or until `stopsAt` is broken. */
export function runSequences(guard: GuardUnderTest, seed: number, count: number, stopsAt: Rule | null = null): Tally {
  const tally: Tally = {
    sequences: 0,
    steps: 0,
    takeOvers: 0,
    handBacks: 0,
    changes: 0,
    givenUpSteps: 0,
    violations: [],
  };
  for (let k = 0; tally.sequences < count; k++) {
    const dice = new Dice(seed * 1_000_003 + k);
    const city = rollCity(dice, SIGNALS);
    const trusts = city.signals.map(() => dice.chance(0.7));
    const plans = trusts.map((trust, i) => (trust ? guard.planSignal(city, i) : guard.planSignal(city, i, [])));
    const facts = trusts.map((trust, i) => new JunctionFacts(city, i, trust));
    for (let life = 0; life < LIVES; life++) runLife(guard, dice, city, plans, facts, tally);
    if (tally.violations.some(({ rule }) => rule === stopsAt)) return tally;
  }
  return tally;
}
