import { drawUniform } from '../../units/random.ts';
import type { Seconds } from '../../units/units.ts';
import { roundGreens } from './splits.ts';
import { cycleOf, isComplete, type Plan, type SignalStages, type Timing } from './timing.ts';

const DRAW = { kind: 41, size: 42, place: 43, other: 44, scale: 45 } as const;
const SHIFTS_S: readonly Seconds[] = [1, 2, 3, 5, 8];
const TURNS_S: readonly Seconds[] = [1, 2, 4, 8, 16];
const SCALES_S: readonly Seconds[] = [-12, -6, -4, -2, 2, 4, 6, 12];
export const SHORTEST_CYCLE_S: Seconds = 20;
export const LONGEST_CYCLE_S: Seconds = 160;
const TRIES = 8;

/**
 * A plan of the signal a little different from this one: green from one stage to another, a later begin, two stages
 * exchanged, one left out or brought in; with a cycle of its own (not `isShared`) also a longer or shorter stage.
 */
export function proposeMove(
  offer: SignalStages,
  timing: Timing,
  isShared: boolean,
  seed: number,
  turn: number,
): Timing {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const draw = (purpose: number) => drawUniform(seed, offer.signal, turn * TRIES + attempt, purpose);
    const moved = drawMove(offer, timing, isShared, draw);
    if (moved !== null && isComplete(offer, moved) && isWithin(cycleOf(offer, moved))) return moved;
  }
  return timing;
}

function isWithin(cycleS: Seconds): boolean {
  return cycleS >= SHORTEST_CYCLE_S && cycleS <= LONGEST_CYCLE_S;
}

function drawMove(
  offer: SignalStages,
  timing: Timing,
  isShared: boolean,
  draw: (purpose: number) => number,
): Timing | null {
  const n = timing.stages.length;
  const kind = draw(DRAW.kind);
  const place = Math.floor(draw(DRAW.place) * n);
  const other = (place + 1 + Math.floor(draw(DRAW.other) * (n - 1))) % n;
  const size = draw(DRAW.size);
  if (isShared && kind < 0.35) return turnOffset(offer, timing, size);
  if (!isShared && kind < 0.35) return stretch(timing, place, size);
  if (kind < 0.75) return n < 2 ? null : shift(timing, place, other, pick(SHIFTS_S, size));
  if (kind < 0.87) return n < 3 ? null : exchange(offer, timing, place, other);
  if (kind < 0.93) return n < 2 ? null : leaveOut(offer, timing, place);
  return bringIn(offer, timing, place, size);
}

function pick(list: readonly number[], at: number): number {
  return list[Math.floor(at * list.length)] ?? 0;
}

function turnOffset(offer: SignalStages, timing: Timing, size: number): Timing {
  const cycleS = cycleOf(offer, timing);
  const by = size < 0.5 ? pick(TURNS_S, size * 2) : -pick(TURNS_S, size * 2 - 1);
  return { ...timing, offsetS: (((timing.offsetS + by) % cycleS) + cycleS) % cycleS };
}

function stretch(timing: Timing, place: number, size: number): Timing {
  const by = size < 0.5 ? pick(SHIFTS_S, size * 2) : -pick(SHIFTS_S, size * 2 - 1);
  return { ...timing, greensS: timing.greensS.map((green, k) => (k === place ? green + by : green)) };
}

function shift(timing: Timing, from: number, to: number, byS: Seconds): Timing {
  return {
    ...timing,
    greensS: timing.greensS.map((green, k) => (k === from ? green - byS : k === to ? green + byS : green)),
  };
}

/** Other stages in the same cycle, the greens as near to these as whole seconds and least greens allow. */
function arrange(offer: SignalStages, timing: Timing, stages: readonly number[], wishesS: readonly Seconds[]): Timing {
  return { ...timing, stages, greensS: roundGreens(offer, stages, wishesS, cycleOf(offer, timing)) };
}

function exchange(offer: SignalStages, timing: Timing, a: number, b: number): Timing {
  const swapped = <T>(list: readonly T[]) => list.map((item, k) => (k === a ? list[b]! : k === b ? list[a]! : item));
  return arrange(offer, timing, swapped(timing.stages), swapped(timing.greensS));
}

function leaveOut(offer: SignalStages, timing: Timing, place: number): Timing {
  const without = <T>(list: readonly T[]) => list.filter((_, k) => k !== place);
  const share = timing.greensS[place]! / (timing.stages.length - 1);
  return arrange(offer, timing, without(timing.stages), without(timing.greensS.map((green) => green + share)));
}

function bringIn(offer: SignalStages, timing: Timing, place: number, size: number): Timing | null {
  const unused = offer.stages.map((_, stage) => stage).filter((stage) => !timing.stages.includes(stage));
  const stage = unused[Math.floor(size * unused.length)];
  if (stage === undefined) return null;
  const stages = [...timing.stages.slice(0, place + 1), stage, ...timing.stages.slice(place + 1)];
  const leastS = offer.stages[stage]!.leastS;
  const wishes = [...timing.greensS.slice(0, place + 1), leastS, ...timing.greensS.slice(place + 1)];
  return arrange(offer, timing, stages, wishes);
}

/** The group with a longer or shorter cycle, greens and offsets in proportion; null when some green would be too short. */
export function scaleGroup(
  plan: Plan,
  offers: readonly SignalStages[],
  group: readonly number[],
  seed: number,
  turn: number,
): Plan | null {
  const longestS = group.reduce(
    (longest, s) => (plan[s] ? Math.max(longest, cycleOf(offers[s]!, plan[s])) : longest),
    0,
  );
  const toS = longestS + pick(SCALES_S, drawUniform(seed, group[0] ?? 0, turn, DRAW.scale));
  if (!isWithin(toS)) return null;
  const scaled = [...plan];
  for (const s of group) {
    const timing = plan[s];
    if (!timing) continue;
    const one = scaleTiming(offers[s]!, timing, toS / longestS);
    if (one === null) return null;
    scaled[s] = one;
  }
  return scaled;
}

/** The timing in a cycle `factor` times as long; null when that is no whole number of seconds or some green would be too short. */
export function scaleTiming(offer: SignalStages, timing: Timing, factor: number): Timing | null {
  const cycleS = cycleOf(offer, timing) * factor;
  const wholeS = Math.round(cycleS);
  if (Math.abs(wholeS - cycleS) > 1e-6) return null;
  const wishes = timing.greensS.map((green) => green * factor);
  const moved = {
    ...timing,
    greensS: roundGreens(offer, timing.stages, wishes, wholeS),
    offsetS: Math.round(timing.offsetS * factor) % wholeS,
  };
  return isComplete(offer, moved) && cycleOf(offer, moved) === wholeS ? moved : null;
}
