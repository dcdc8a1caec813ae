import type { City, Phase, Program } from '../../city/city.ts';
import { getOwnProgram, isGreen, listGreens } from '../../city/greens.ts';
import { listWalks } from '../../city/walks.ts';
import { PROGRAM_ID } from '../../field/plans.ts';
import { composeChange, losesRight } from '../../guard/change.ts';
import { listDeclaredConflicts, planSignal } from '../../guard/plan.ts';
import { QUEUE_SPACE_M } from '../../street/loop-tracks.ts';
import type { Seconds } from '../../units/units.ts';

/** A fixed-time plan of one signal: which stages in which order, how long, and when the first begins in the cycle. */
export interface Timing {
  /** Places in `SignalStages.stages`. */
  readonly stages: readonly number[];
  /** Whole seconds, by place in `stages`. */
  readonly greensS: readonly Seconds[];
  /** The first stage begins when the clock modulo the cycle is this. */
  readonly offsetS: Seconds;
}

/** By signal index; null leaves the signal to its own program. */
export type Plan = readonly (Timing | null)[];

/** The times between and within greens that a plan keeps to. */
export interface TimingRules {
  readonly yellowS: Seconds;
  readonly allRedS: Seconds;
  readonly minGreenS: Seconds;
}

/** A stage of a signal's own program that a plan may use. */
export interface Stage {
  /** Phase index in the own program. */
  readonly phase: number;
  readonly state: string;
  /** Shortest green: the rules', the program's own, and for those on foot time to start and to cross. */
  readonly leastS: Seconds;
}

/** What one signal offers to a plan. */
export interface SignalStages {
  readonly signal: number;
  readonly stages: readonly Stage[];
  /** By stage: links it lets go. */
  readonly serves: readonly (readonly number[])[];
  /** By two stages (first * stages + second): seconds from the end of one green to the beginning of the next. */
  readonly changeS: Float64Array;
  /** By link: seconds somebody on foot needs to clear it; 0 where it is no crossing. */
  readonly clearS: Float64Array;
  /** By link: 1 for crossings. */
  readonly isWalk: Uint8Array;
  readonly rules: TimingRules;
}

/**
 * More all-red per car that is left inside the junction: past the stop line behind a turner who waited there for gaps, and leaves on
 * yellow. Where another stage lets turners wait inside as well, one left there, one of those and one who goes straight
 * on would wait for each other in a circle.
 */
const LET_OUT_S: Seconds = 2;
/** The least time in which people start to cross. */
const WALK_START_S: Seconds = 5;

/** The stages of a signal's own program with their times; those that differ from another only in a shorter walk are left out. */
export function listStages(city: City, signal: number, rules: TimingRules): SignalStages {
  const found = city.signals[signal];
  if (found === undefined) throw new Error(`no signal ${signal} in city ${city.name}`);
  const program = getOwnProgram(found);
  const clearS = new Float64Array(found.links.length);
  for (const { link, clearMs } of listWalks(city, signal)) clearS[link] = Math.ceil(clearMs / 1000);
  const { stages: safe, isWalk } = planSignal(city, signal);
  const stages = dropShortWalks(
    listGreens(program).filter((phase) => safe.includes(phase)),
    program,
    isWalk,
  ).map((phase) => describeStage(program.phases[phase]!, phase, rules, clearS));
  const changeS = new Float64Array(stages.length ** 2);
  const waiting = stages.map(({ state }) => listWaiting(city, signal, state));
  stages.forEach((a, i) => {
    stages.forEach((b, j) => {
      if (!loses(a.state, b.state)) return;
      const isOther = waiting.some((links, other) => other !== i && links.length > 0);
      const left = isOther ? waiting[i]!.filter(({ link }) => !isGreen(b.state.charAt(link))) : [];
      const outS = LET_OUT_S * Math.max(0, ...left.map(({ room }) => room));
      changeS[i * stages.length + j] = rules.yellowS + rules.allRedS + outS;
    });
  });
  const serves = stages.map(({ state }) => [...state].flatMap((lamp, link) => (isGreen(lamp) ? [link] : [])));
  return { signal, stages, serves, changeS, clearS, isWalk, rules };
}

function dropShortWalks(phases: readonly number[], program: Program, isWalk: Uint8Array): number[] {
  const stateOf = (phase: number) => program.phases[phase]!.state;
  const isWithin = (inner: string, outer: string) =>
    [...inner].every((lamp, link) => lamp === outer.charAt(link) || (isWalk[link] === 1 && !isGreen(lamp)));
  return phases.filter(
    (phase, k) =>
      !phases.some((other, j) => {
        if (other === phase || !isWithin(stateOf(phase), stateOf(other))) return false;
        return j < k || !isWithin(stateOf(other), stateOf(phase));
      }),
  );
}

function describeStage(own: Phase, phase: number, rules: TimingRules, clearS: Float64Array): Stage {
  const { state, durationS, minS = 0 } = own;
  let leastS = Math.max(rules.minGreenS, Math.min(minS, durationS));
  for (let link = 0; link < state.length; link++) {
    const walkS = clearS[link] ?? 0;
    if (walkS > 0 && isGreen(state.charAt(link))) leastS = Math.max(leastS, WALK_START_S + earlyS(walkS, rules));
  }
  return { phase, state, leastS: Math.ceil(leastS) };
}

/** Seconds before the end of a stage at which a walk ends, so that yellow and all-red complete its clearance. */
function earlyS(walkS: Seconds, { yellowS, allRedS }: TimingRules): Seconds {
  return Math.max(0, walkS - yellowS - allRedS);
}

function loses(from: string, to: string): boolean {
  for (let link = 0; link < from.length; link++) if (losesRight(from.charAt(link), to.charAt(link))) return true;
  return false;
}

/** Links of a signal on which turners wait inside the junction for gaps under a state, and how many find room there behind the first. */
function listWaiting({ signals, movements }: City, signal: number, state: string): { link: number; room: number }[] {
  const goes = (m: number) => movements[m]!.signal === signal && isGreen(state.charAt(movements[m]!.link));
  return signals[signal]!.links.flat().flatMap((m) => {
    const { link, waitAtM, yieldsInside } = movements[m]!;
    if (state.charAt(link) !== 'g' || waitAtM < 0 || !yieldsInside.some(goes)) return [];
    return [{ link, room: Math.floor(waitAtM / QUEUE_SPACE_M) }];
  });
}

/** Seconds between the greens of the stage at a place of the timing and the next one. */
export function changeAfter({ stages: { length }, changeS }: SignalStages, { stages }: Timing, place: number): Seconds {
  if (stages.length === 1) return 0;
  return changeS[stages[place]! * length + stages[(place + 1) % stages.length]!]!;
}

/** Seconds lost to all changes of a cycle. */
export function lostS(offer: SignalStages, timing: Timing): Seconds {
  return timing.stages.reduce((sum, _, place) => sum + changeAfter(offer, timing, place), 0);
}

/** Length of the cycle. */
export function cycleOf(offer: SignalStages, timing: Timing): Seconds {
  return timing.greensS.reduce((sum, green) => sum + green, 0) + lostS(offer, timing);
}

/** True when every link that some stage lets go is let go, no stage stands twice and no green is too short. */
export function isComplete({ stages, serves }: SignalStages, timing: Timing): boolean {
  const used = new Set(timing.stages);
  if (used.size !== timing.stages.length) return false;
  if (timing.stages.some((stage, place) => (timing.greensS[place] ?? 0) < (stages[stage]?.leastS ?? 0))) return false;
  const served = new Set(timing.stages.flatMap((stage) => serves[stage] ?? []));
  return serves.every((links) => links.every((link) => served.has(link)));
}

/** The plan as a program with yellow, all-red and walk clearances, as the guard would lead from stage to stage. */
export function writeProgram(offer: SignalStages, timing: Timing): Program {
  const { stages, rules, isWalk } = offer;
  const phases: Phase[] = [];
  const add = (state: string, durationS: Seconds) => {
    if (durationS > 0) phases.push({ state, durationS });
  };
  timing.stages.forEach((stage, place) => {
    const { state } = stages[stage]!;
    const greenS = timing.greensS[place] ?? 0;
    const next = stages[timing.stages[(place + 1) % timing.stages.length]!]!.state;
    const walkEndS = lastWalkS(offer, state, next);
    add(state, greenS - walkEndS);
    add(composeChange(state, next, isWalk, 'walk ends'), walkEndS);
    const changeS = changeAfter(offer, timing, place);
    if (changeS === 0) return;
    add(composeChange(state, next, isWalk, 'yellow'), rules.yellowS);
    add(composeChange(state, next, isWalk, 'all-red'), changeS - rules.yellowS);
  });
  return { id: PROGRAM_ID, offsetS: timing.offsetS, phases };
}

function lastWalkS({ clearS, rules }: SignalStages, state: string, next: string): Seconds {
  let longest = 0;
  for (let link = 0; link < state.length; link++) {
    if ((clearS[link] ?? 0) > 0 && losesRight(state.charAt(link), next.charAt(link))) {
      longest = Math.max(longest, earlyS(clearS[link]!, rules));
    }
  }
  return longest;
}

/**
 * Why a program must not be shown, or null: conflicting links that the signal's own program never shows open together, or
 * only with more caution.
 */
export function findUnsafe(city: City, signal: number, program: Program): string | null {
  const declared = listDeclaredConflicts(city, signal);
  const signals = city.signals.map((own, index) => (index === signal ? { ...own, programs: [program] } : own));
  const isCovered = (lamp: string, known: string) => lamp === known || known === 'G';
  const strange = listDeclaredConflicts({ ...city, signals }, signal).find(
    ({ link, otherLink, lamp, otherLamp }) =>
      !declared.some(
        (known) =>
          known.link === link &&
          known.otherLink === otherLink &&
          isCovered(lamp, known.lamp) &&
          isCovered(otherLamp, known.otherLamp),
      ),
  );
  if (strange === undefined) return null;
  return `phase ${strange.phase} shows conflicting greens: ${program.phases[strange.phase]?.state}`;
}
