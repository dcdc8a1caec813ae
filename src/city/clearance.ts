import type { Metres, MetresPerSecond, Seconds } from '../units/units.ts';
import { crossingOf } from './build-line.ts';
import type { Movement, Program } from './city.ts';
import { isGreen } from './greens.ts';

/** Walking pace when clearing a crossing (RiLSA 2010, 2.5; HCM). */
export const WALKING_MPS: MetresPerSecond = 1.2;
/** A clearing vehicle's length, its speed straight on and turning, and the speed of one that enters (RiLSA 2010, 2.5). */
const CLEARING_LENGTH_M: Metres = 6;
const CLEARING_MPS: MetresPerSecond = 10;
const TURNING_MPS: MetresPerSecond = 7;
const ENTERING_MPS: MetresPerSecond = 40 / 3.6;
/** Crossing time behind the end of green: most drivers who cannot stop any more (RiLSA 2010, 2.5). */
const AFTER_GREEN_S = { straight: 3, turning: 2 } as const;

/**
 * Seconds the last vehicle of a movement needs to leave the place, `outM` metres along its path, at which another movement
 * meets it, less those the first vehicle of the other needs to reach it, `inM` metres along its own (RiLSA 2010, 2.5).
 */
export function clearingS({ turn }: Movement, outM: Metres, inM: Metres): Seconds {
  return (outM + CLEARING_LENGTH_M) / (turn === 'straight' ? CLEARING_MPS : TURNING_MPS) - enteringS(inM);
}

/** Seconds the first vehicle of a movement needs to come to a place `inM` metres along its path. */
export function enteringS(inM: Metres): Seconds {
  return inM / ENTERING_MPS;
}

/** The intergreen two movements whose paths cross need; 0 for others. */
export function neededIntergreenS(leaving: Movement, entering: Movement): Seconds {
  const outM = crossingOf(leaving.shape, entering.shape);
  const inM = crossingOf(entering.shape, leaving.shape);
  if (outM < 0 || inM < 0) return 0;
  return AFTER_GREEN_S[leaving.turn === 'straight' ? 'straight' : 'turning'] + clearingS(leaving, outM, inM);
}

/**
 * The shortest time of a program between the end of a link's green and the begin of another's; null where it never changes from one
 * to the other, or shows them green together.
 */
export function intergreenOf({ phases }: Pick<Program, 'phases'>, leaving: number, entering: number): Seconds | null {
  const count = phases.length;
  let least: Seconds | null = null;
  for (let k = 0; k < count; k++) {
    const state = phases[k]?.state ?? '';
    const ends = isGreen(state.charAt(leaving)) && !isGreen(phases[(k + 1) % count]?.state.charAt(leaving) ?? '');
    if (!ends || isGreen(state.charAt(entering))) continue;
    let betweenS = 0;
    let next = 1;
    for (; next < count && !isGreen(phases[(k + next) % count]?.state.charAt(entering) ?? ''); next++)
      betweenS += phases[(k + next) % count]?.durationS ?? 0;
    if (next < count && (least === null || betweenS < least)) least = betweenS;
  }
  return least;
}
