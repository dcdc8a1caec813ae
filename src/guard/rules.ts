import type { City, Phase } from '../city/city.ts';
import { getOwnProgram, isGreen, listGreens } from '../city/greens.ts';
import type { StageOrder } from '../city/stage-order.ts';
import { UrbaneError } from '../units/errors.ts';
import type { Milliseconds, Seconds, SignalId } from '../units/units.ts';

/** The rules by the names that answers, interventions and records use. docs/operator/guard.md says what each promises. */
export const RULES = [
  'conflicting greens',
  'yellow',
  'all-red',
  'pedestrian clearance',
  'minimum green',
  'walk',
  'maximum green',
  'longest red',
  'stage order',
  'command rate',
  'authority',
  'dead-man',
  'unknown signal',
  'unknown stage',
  'clock',
  'take-over',
  'hand-back',
  'lamps',
] as const;
export type Rule = (typeof RULES)[number];

/** The timing rules of one signal. */
export interface SignalRules {
  readonly yellowS: Seconds;
  readonly allRedS: Seconds;
  readonly minGreenS: Seconds;
  /** A stage that serves a crossing stays at least this long; the clearance of the crossing comes after it. */
  readonly walkS: Seconds;
  /** Infinity for none. */
  readonly maxGreenS: Seconds;
  /** No link that some stage serves, of vehicles or a crossing, stays without green longer than this while the guard holds. */
  readonly longestRedS: Seconds;
  /** At most one accepted change in this time. */
  readonly commandEveryS: Seconds;
  /** Silence of the commander after which the signal goes back to its own program. */
  readonly deadManS: Seconds;
  /** Which stage may come after which; null for any after any. */
  readonly order: StageOrder | null;
}

/** Who may command a signal, until when. */
export interface Grant {
  readonly by: string;
  readonly signal: SignalId;
  readonly untilMs: Milliseconds;
}

/** The same authority over every signal of the city. */
export function grantAll(city: City, by: string, untilMs: Milliseconds): Grant[] {
  return city.signals.map(({ id }) => ({ by, signal: id, untilMs }));
}

const LONGEST_RED_S = 300;
const COMMAND_EVERY_S = 1;
const DEAD_MAN_S = 30;
const MIN_GREEN_S = 5;
/** Shortest walk (RiLSA 2010, section 2.7.2: 5 s). */
const WALK_S = 5;

function showsYellow(state: string): boolean {
  return /[yYu]/.test(state);
}

/** Longest yellow and longest all-red among the phases that lead from one stage of a program to the next. */
function measureIntergreen(
  phases: readonly Phase[],
  stages: readonly number[],
): { yellowS: Seconds; allRedS: Seconds } {
  let yellowS = 0;
  let allRedS = 0;
  for (const stage of stages) {
    let yellow = 0;
    let allRed = 0;
    for (let k = 1; k < phases.length; k++) {
      const index = (stage + k) % phases.length;
      const phase = phases[index];
      if (phase === undefined || stages.includes(index)) break;
      if (showsYellow(phase.state)) yellow += phase.durationS;
      else allRed += phase.durationS;
    }
    yellowS = Math.max(yellowS, yellow);
    allRedS = Math.max(allRedS, allRed);
  }
  return { yellowS, allRedS };
}

/** Shortest green of a crossing in a program, 5 s at most. */
function measureWalk(city: City, signal: number, phases: readonly Phase[]): Seconds {
  let shortestS = WALK_S;
  for (const { signal: own, link } of city.crossings) {
    if (own !== signal) continue;
    for (const { state, durationS } of phases) {
      if (isGreen(state.charAt(link))) shortestS = Math.min(shortestS, durationS);
    }
  }
  return shortestS;
}

/**
 * The rules a signal's own program implies: its longest yellow and all-red, its shortest declared minimum green (5 s where
 * it declares none, less where a stage is shorter), the same for walk, no maximum, a longest red of 300 s, any order.
 */
export function rulesFromProgram(city: City, signal: number): SignalRules {
  const found = city.signals[signal];
  if (found === undefined) throw new Error(`no signal ${signal} in city ${city.name}`);
  const { phases } = getOwnProgram(found);
  const stages = listGreens(getOwnProgram(found));
  let minGreenS = Infinity;
  for (const stage of stages) {
    const phase = phases[stage];
    if (phase !== undefined) minGreenS = Math.min(minGreenS, phase.minS ?? MIN_GREEN_S, phase.durationS);
  }
  return {
    ...measureIntergreen(phases, stages),
    minGreenS: Number.isFinite(minGreenS) ? minGreenS : MIN_GREEN_S,
    walkS: measureWalk(city, signal, phases),
    maxGreenS: Infinity,
    longestRedS: LONGEST_RED_S,
    commandEveryS: COMMAND_EVERY_S,
    deadManS: DEAD_MAN_S,
    order: null,
  };
}

/** Throws an UrbaneError `bad-input` when a rule is no sensible time. */
export function checkRules(signal: SignalId, rules: SignalRules): void {
  const { order: _, ...times } = rules;
  for (const [name, value] of Object.entries(times)) {
    const mayBeEndless = name === 'maxGreenS' || name === 'deadManS' || name === 'longestRedS';
    if (!(value >= 0) || (value === Infinity && !mayBeEndless)) {
      throw new UrbaneError(
        'bad-input',
        `signal ${signal}: rule ${name} is ${value}, which is not a time of at least 0 s`,
      );
    }
  }
  const leastS = Math.max(rules.minGreenS, rules.walkS, 1);
  if (rules.maxGreenS < leastS) {
    throw new UrbaneError(
      'bad-input',
      `signal ${signal}: maximum green ${rules.maxGreenS} s is below the minimum green or walk of ${leastS} s`,
    );
  }
}
