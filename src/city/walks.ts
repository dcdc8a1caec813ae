import type { Milliseconds } from '../units/units.ts';
import type { City, Program } from './city.ts';
import { WALKING_MPS } from './clearance.ts';
import { gainsRight, getOwnProgram, isGreen } from './greens.ts';

/** The lamp of one or more crossings. */
export interface Walk {
  readonly link: number;
  /** From the end of walk until vehicles may set off across it. */
  readonly clearMs: Milliseconds;
  /** Links of the same signal whose vehicles drive across it. */
  readonly meets: readonly number[];
}

/**
 * The crossings a signal serves. Clearance is the crossing's length at 1.2 m/s, or less where the signal's own program
 * leaves less between walk and the next vehicles: its engineer has declared that.
 */
export function listWalks(city: City, signal: number): Walk[] {
  const found = city.signals[signal];
  if (found === undefined) throw new Error(`no signal ${signal} in city ${city.name}`);
  const program = getOwnProgram(found);
  const byLink = new Map<number, { lengthM: number; meets: Set<number> }>();
  for (const { signal: own, link, lengthM, conflicts } of city.crossings) {
    if (own !== signal) continue;
    const walk = byLink.get(link) ?? { lengthM: 0, meets: new Set<number>() };
    byLink.set(link, walk);
    walk.lengthM = Math.max(walk.lengthM, lengthM);
    for (const index of conflicts) {
      const movement = city.movements[index];
      if (movement?.signal === signal) walk.meets.add(movement.link);
    }
  }
  return [...byLink].map(([link, { lengthM, meets }]) => {
    const needsMs = Math.ceil(lengthM / WALKING_MPS) * 1000;
    return { link, clearMs: Math.min(needsMs, leastGapMs(program, link, [...meets])), meets: [...meets] };
  });
}

/** Shortest time in a program from the end of a link's green to the opening of one of `others`; Infinity without any. */
function leastGapMs({ phases }: Program, link: number, others: readonly number[]): Milliseconds {
  let least = Infinity;
  phases.forEach(({ state }, last) => {
    let before = state;
    let gapMs = 0;
    for (let k = 1; k <= phases.length; k++) {
      const phase = phases[(last + k) % phases.length];
      if (phase === undefined) return;
      const { state: now, durationS } = phase;
      if (k === 1 && (!isGreen(state.charAt(link)) || isGreen(now.charAt(link)))) return;
      if (others.some((other) => gainsRight(before.charAt(other), now.charAt(other)))) {
        least = Math.min(least, gapMs);
        return;
      }
      gapMs += durationS * 1000;
      before = now;
    }
  });
  return least;
}
