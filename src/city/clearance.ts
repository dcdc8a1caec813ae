import type { Metres, MetresPerSecond, Seconds } from '../units/units.ts';
import type { Movement } from './city.ts';

/** Walking pace when clearing a crossing (RiLSA 2010, 2.5; HCM). */
export const WALKING_MPS: MetresPerSecond = 1.2;
/** A clearing vehicle's length, its speed straight on and turning, and the speed of one that enters (RiLSA 2010, 2.5). */
const CLEARING_LENGTH_M: Metres = 6;
const CLEARING_MPS: MetresPerSecond = 10;
const TURNING_MPS: MetresPerSecond = 7;
const ENTERING_MPS: MetresPerSecond = 40 / 3.6;

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
