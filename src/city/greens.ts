import type { City, Program, Signal } from './city.ts';

/** True for a lamp that lets traffic go with or without giving way: G or g. */
export function isGreen(lamp: string): boolean {
  return lamp === 'G' || lamp === 'g';
}

/** True for a lamp by which traffic may go, at once or after stopping or giving way: G, g, s, and dark (o, O). */
export function isOpen(lamp: string): boolean {
  return isGreen(lamp) || lamp === 's' || lamp === 'o' || lamp === 'O';
}

/** True when a link may go in `to` as it could not in `from`: at all, or with green instead of stop-then-go. */
export function gainsRight(from: string, to: string): boolean {
  return (isOpen(to) && !isOpen(from)) || (isGreen(to) && !isGreen(from));
}

function showsYellow(state: string): boolean {
  return /[yYu]/.test(state);
}

function greensWithin(inner: string, outer: string): boolean {
  for (let i = 0; i < inner.length; i++) {
    if (isGreen(inner.charAt(i)) && !isGreen(outer.charAt(i))) return false;
  }
  return true;
}

/**
 * Phase indices of a program that are stages a controller may choose: no yellow, some green, and not a clearance, that
 * is, not a phase between two stages whose greens both of them show as well (an all-red beside right turns that stay green).
 */
export function listGreens(program: Program): number[] {
  const candidates = program.phases
    .map((phase, index) => ({ state: phase.state, index }))
    .filter(({ state }) => !showsYellow(state) && /[Gg]/.test(state));
  const stages: number[] = [];
  candidates.forEach(({ state, index }, k) => {
    const before = candidates[(k + candidates.length - 1) % candidates.length];
    const after = candidates[(k + 1) % candidates.length];
    if (before === undefined || after === undefined) return;
    const isClearance =
      greensWithin(state, before.state) &&
      greensWithin(state, after.state) &&
      !greensWithin(before.state, state) &&
      !greensWithin(after.state, state);
    if (!isClearance) stages.push(index);
  });
  return stages;
}

/** The program a signal runs by itself. Throws when it has none (the readers refuse such a signal). */
export function getOwnProgram(signal: Signal): Program {
  const program = signal.programs[0];
  if (program === undefined) throw new Error(`signal ${signal.id} has no program`);
  return program;
}

/** What a dark signal amounts to, in SUMO's letters: O where the movement has the right of way by the signs, o where not. */
export function darkLamps(city: City, signal: number): string {
  const links = city.signals[signal]?.links ?? [];
  const givesWay = (movements: readonly number[]) => movements.some((m) => city.movements[m]?.yieldsTo.length !== 0);
  return links.map((movements) => (givesWay(movements) ? 'o' : 'O')).join('');
}
