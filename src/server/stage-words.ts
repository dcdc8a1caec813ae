import type { City, Lane, Signal } from '../city/city.ts';
import { getOwnProgram, isGreen, listGreens } from '../city/greens.ts';
import { COMPASS, type Compass, type StageWords, type TurnName } from './wire.ts';

const TURNS: readonly TurnName[] = ['left', 'straight', 'right', 'u-turn'];

/** The point of the compass that traffic on a lane comes from as it reaches the lane's end. */
export function comesFrom({ shape }: Lane): Compass {
  const last = shape.length - 2;
  let first = last - 2;
  while (first > 0 && shape[first] === shape[last] && shape[first + 1] === shape[last + 1]) first -= 2;
  const dx = (shape[first] ?? 0) - (shape[last] ?? 0);
  const dy = (shape[first + 1] ?? 0) - (shape[last + 1] ?? 0);
  const eighths = Math.round((Math.atan2(dx, dy) / Math.PI) * 4);
  return COMPASS[(eighths + 8) % 8] ?? 'n';
}

/** Every stage of a signal's own program with the turns it lets go, approach by approach, clockwise from north. */
export function describeStages(city: City, signal: Signal): StageWords[] {
  const program = getOwnProgram(signal);
  return listGreens(program).map((stage) => {
    const state = program.phases[stage]?.state ?? '';
    const byApproach = new Map<Compass, Set<TurnName>>();
    signal.links.forEach((movements, link) => {
      if (!isGreen(state.charAt(link))) return;
      for (const index of movements) {
        const movement = city.movements[index];
        const lane = movement === undefined ? undefined : city.lanes[movement.fromLane];
        if (movement === undefined || lane === undefined) continue;
        const from = comesFrom(lane);
        byApproach.set(from, (byApproach.get(from) ?? new Set<TurnName>()).add(movement.turn));
      }
    });
    const greens = [...byApproach]
      .sort(([a], [b]) => COMPASS.indexOf(a) - COMPASS.indexOf(b))
      .map(([from, turns]) => ({ from, turns: TURNS.filter((turn) => turns.has(turn)) }));
    return { stage, greens };
  });
}

/** The stage whose greens the lamps show exactly, or -1 (yellow, all-red, another program). */
export function findShownStage(signal: Signal, lamps: string): number {
  const program = getOwnProgram(signal);
  return listGreens(program).find((stage) => program.phases[stage]?.state === lamps) ?? -1;
}
