import type { City, Lane, Signal } from '../city/city.ts';
import { getOwnProgram, isGreen, listGreens } from '../city/greens.ts';
import { COMPASS, type Compass, type StageWords, type TurnName } from './wire.ts';

/** From the left to the right of a driver. */
export const TURNS: readonly TurnName[] = ['u-turn', 'left', 'straight', 'right'];

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

/**
 * Every stage of a signal's own program with the turns it lets go, approach by approach, clockwise from north. Turns that
 * go in every stage (free right turns) are left out, unless nothing else would be left to tell.
 */
export function describeStages(city: City, signal: Signal): StageWords[] {
  const program = getOwnProgram(signal);
  const stages = listGreens(program).map((stage) => ({
    stage,
    turns: listGreenTurns(city, signal, program.phases[stage]?.state ?? ''),
  }));
  const goesAlways = (turn: GreenTurn): boolean => stages.every(({ turns }) => turns.has(turn));
  return stages.map(({ stage, turns }) => {
    const telling = new Set([...turns].filter((turn) => !goesAlways(turn)));
    return { stage, greens: byApproach(telling.size > 0 ? telling : turns) };
  });
}

type GreenTurn = `${Compass} ${TurnName}`;

function listGreenTurns(city: City, signal: Signal, state: string): Set<GreenTurn> {
  const turns = new Set<GreenTurn>();
  signal.links.forEach((movements, link) => {
    if (!isGreen(state.charAt(link))) return;
    for (const index of movements) {
      const movement = city.movements[index];
      const lane = movement === undefined ? undefined : city.lanes[movement.fromLane];
      if (movement !== undefined && lane !== undefined) turns.add(`${comesFrom(lane)} ${movement.turn}`);
    }
  });
  return turns;
}

function byApproach(turns: ReadonlySet<GreenTurn>): StageWords['greens'] {
  return COMPASS.flatMap((from) => {
    const found = TURNS.filter((turn) => turns.has(`${from} ${turn}`));
    return found.length > 0 ? [{ from, turns: found }] : [];
  });
}

/** The stage whose greens the lamps show exactly, or -1 (yellow, all-red, another program). */
export function findShownStage(signal: Signal, lamps: string): number {
  const program = getOwnProgram(signal);
  return listGreens(program).find((stage) => program.phases[stage]?.state === lamps) ?? -1;
}
