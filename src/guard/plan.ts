import type { City, Crossing, Movement } from '../city/city.ts';
import { getOwnProgram, isGreen, isOpen, listGreens } from '../city/greens.ts';
import { listWalks, type Walk } from '../city/walks.ts';
import type { SignalId } from '../units/units.ts';

/** What the guard needs to know of one signal; made once per city. */
export interface SignalPlan {
  readonly id: SignalId;
  /** Phase indices a controller may choose, in program order. */
  readonly stages: readonly number[];
  /** Stages of the program that show conflicting greens nobody declared; they are never shown. */
  readonly barred: readonly number[];
  /** State string by phase index. */
  readonly states: readonly string[];
  /**
   * Stages that together serve every link, the fewest a greedy search finds: the ones forced when a red grows too long.
   * A fixed set, so that the time a whole round needs is known beforehand.
   */
  readonly round: readonly number[];
  /** By link: place in `round` of the stage that ends its red, or -1 for a link no stage serves. */
  readonly servedBy: Int16Array;
  /** Lamps of crossings. */
  readonly walks: readonly Walk[];
  /** By link: 1 for the lamp of a crossing. */
  readonly isWalk: Uint8Array;
}

/** Two links, of vehicles or people on foot, whose paths conflict and which the signal's own program shows open together without one giving way. */
export interface DeclaredConflict {
  readonly link: number;
  readonly otherLink: number;
  readonly lamp: string;
  readonly otherLamp: string;
  /** First phase of the program that shows it. */
  readonly phase: number;
}

/** Conflicting movements of two links both of which are open, when neither gives way. */
function clash(a: Movement, aIndex: number, aLamp: string, b: Movement, bIndex: number, bLamp: string): boolean {
  if (!a.conflicts.includes(bIndex)) return false;
  const aGivesWay = aLamp !== 'G' && a.yieldsTo.includes(bIndex);
  const bGivesWay = bLamp !== 'G' && b.yieldsTo.includes(aIndex);
  return !aGivesWay && !bGivesWay;
}

/** A crossing and a movement across it, both open, when neither people nor vehicles give way. */
function walkClash({ conflicts, yieldsTo }: Crossing, walkLamp: string, movement: number, lamp: string): boolean {
  if (!conflicts.includes(movement)) return false;
  return yieldsTo.includes(movement) ? walkLamp === 'G' : lamp === 'G';
}

/** What one link of a signal lets go. */
interface LinkUsers {
  readonly movements: readonly number[];
  readonly crossings: readonly Crossing[];
}

function listUsers(city: City, signal: number): LinkUsers[] {
  const crossings = city.crossings.filter((crossing) => crossing.signal === signal);
  return (city.signals[signal]?.links ?? []).map((movements, link) => ({
    movements,
    crossings: crossings.filter((crossing) => crossing.link === link),
  }));
}

function linksClash(city: City, a: LinkUsers, aLamp: string, b: LinkUsers, bLamp: string): boolean {
  for (const m of a.movements) {
    for (const k of b.movements) {
      const one = city.movements[m];
      const other = city.movements[k];
      if (one !== undefined && other !== undefined && clash(one, m, aLamp, other, k, bLamp)) return true;
    }
  }
  return (
    a.crossings.some((crossing) => b.movements.some((m) => walkClash(crossing, aLamp, m, bLamp))) ||
    b.crossings.some((crossing) => a.movements.some((m) => walkClash(crossing, bLamp, m, aLamp)))
  );
}

/** Every pair of links that a state shows open although they conflict and neither gives way. */
function listClashes(city: City, users: readonly LinkUsers[], state: string, phase: number): DeclaredConflict[] {
  const found: DeclaredConflict[] = [];
  for (let i = 0; i < state.length; i++) {
    const lamp = state.charAt(i);
    if (!isOpen(lamp)) continue;
    for (let j = i + 1; j < state.length; j++) {
      const otherLamp = state.charAt(j);
      const [one, other] = [users[i], users[j]];
      if (one === undefined || other === undefined || !isOpen(otherLamp)) continue;
      if (linksClash(city, one, lamp, other, otherLamp)) {
        found.push({ link: i, otherLink: j, lamp, otherLamp, phase });
      }
    }
  }
  return found;
}

/**
 * Conflicting pairs that the signal's own program shows open together: the engineer who installed it has declared them
 * compatible, so the guard lets them pass, and `doctor` shows them to be looked at.
 */
export function listDeclaredConflicts(city: City, signal: number): DeclaredConflict[] {
  const found = city.signals[signal];
  if (found === undefined) throw new Error(`no signal ${signal} in city ${city.name}`);
  const declared: DeclaredConflict[] = [];
  const users = listUsers(city, signal);
  getOwnProgram(found).phases.forEach(({ state }, phase) => {
    for (const pair of listClashes(city, users, state, phase)) {
      if (!declared.some((known) => isSamePair(known, pair))) declared.push(pair);
    }
  });
  return declared;
}

function isSamePair(a: DeclaredConflict, b: DeclaredConflict): boolean {
  return a.link === b.link && a.otherLink === b.otherLink && a.lamp === b.lamp && a.otherLamp === b.otherLamp;
}

/** Greedy cover: again and again the stage that serves most links not yet served, the earliest on a tie. */
function planRound(
  stages: readonly number[],
  states: readonly string[],
  linkCount: number,
): Pick<SignalPlan, 'round' | 'servedBy'> {
  const servedBy = new Int16Array(linkCount).fill(-1);
  const round: number[] = [];
  for (;;) {
    let best = -1;
    let bestCount = 0;
    for (const stage of stages) {
      const state = states[stage] ?? '';
      let count = 0;
      for (let i = 0; i < linkCount; i++) if (servedBy[i] === -1 && isGreen(state.charAt(i))) count++;
      if (count > bestCount) {
        best = stage;
        bestCount = count;
      }
    }
    if (best === -1) return { round, servedBy };
    const state = states[best] ?? '';
    for (let i = 0; i < linkCount; i++) if (servedBy[i] === -1 && isGreen(state.charAt(i))) servedBy[i] = round.length;
    round.push(best);
  }
}

/**
 * Reads one signal for the guard. A stage with conflicting greens is barred unless every such pair is declared; by default
 * what the own program shows is declared.
 */
export function planSignal(
  city: City,
  signal: number,
  declared: readonly DeclaredConflict[] = listDeclaredConflicts(city, signal),
): SignalPlan {
  const found = city.signals[signal];
  if (found === undefined) throw new Error(`no signal ${signal} in city ${city.name}`);
  const program = getOwnProgram(found);
  const states = program.phases.map(({ state }) => state);
  const stages: number[] = [];
  const barred: number[] = [];
  const users = listUsers(city, signal);
  for (const stage of listGreens(program)) {
    const clashes = listClashes(city, users, states[stage] ?? '', stage);
    const allowed = clashes.every((pair) => declared.some((known) => isSamePair(known, pair)));
    (allowed ? stages : barred).push(stage);
  }
  const walks = listWalks(city, signal);
  const isWalk = new Uint8Array(found.links.length);
  for (const { link } of walks) isWalk[link] = 1;
  return { id: found.id, stages, barred, states, ...planRound(stages, states, found.links.length), walks, isWalk };
}
