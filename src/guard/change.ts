import { isGreen, isOpen } from '../city/greens.ts';

/** Lamp of a link open in two stages: the one that promises less. A dark lamp stays only where both are dark. */
function pickCautious(from: string, to: string): string {
  if (from === 'G') return to;
  if (to === 'G' || from === to) return from;
  return 's';
}

/** True when a link loses its right to go in the change: green to anything else, or stop-then-go to red. */
export function losesRight(from: string, to: string): boolean {
  return isGreen(from) ? !isGreen(to) : isOpen(from) && !isOpen(to);
}

/** The parts of a change: crossings close while vehicles still go, then yellow, then all-red. */
export type ChangePart = 'walk ends' | 'yellow' | 'all-red';

/**
 * What the lamps show while one stage gives way to another. Green in both stays, as cautious as the more cautious of the
 * two; green in the old one alone is yellow, then red, walk at once red; what is not open in the old one stays red until
 * the new one begins; stop-then-go stays only where the new stage opens the link too.
 * @param isWalk by link: 1 for crossings
 */
export function composeChange(from: string, to: string, isWalk: Uint8Array, part: ChangePart): string {
  let state = '';
  for (let i = 0; i < from.length; i++) {
    const a = from.charAt(i);
    const b = to.charAt(i);
    if (losesRight(a, b)) {
      if (isWalk[i] === 1 || part === 'all-red') state += 'r';
      else if (part === 'walk ends') state += a;
      else state += isGreen(a) ? 'y' : 'r';
    } else if (!isOpen(a)) state += 'r';
    else state += pickCautious(a, b);
  }
  return state;
}
