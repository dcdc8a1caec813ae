import { type Point, turnBetween } from './build-line.ts';
import type { Turn } from './city.ts';

/** A road where it meets a node: `direction` is the direction of travel there, `far` the node at its other end. */
export interface RoadEnd {
  readonly road: number;
  readonly laneCount: number;
  readonly direction: Point;
  readonly far: number;
  /** Turns by lane from the kerb, where the plan says so. */
  readonly turnLanes: readonly (readonly Turn[])[] | null;
  /** The only roads it may lead to; null where all are open. */
  readonly exits: ReadonlySet<number> | null;
  /** Part of a roundabout. */
  readonly isRing: boolean;
  /** Lane places for buses alone. */
  readonly busLanes: readonly number[];
  readonly isForCars: boolean;
}

/** One way through a junction from lane `fromLane` of road `from` to lane `toLane` of road `to` (lane places from the kerb). */
export interface LaneTurn {
  readonly from: number;
  readonly to: number;
  readonly fromLane: number;
  readonly toLane: number;
  readonly turn: Turn;
}

interface Exit {
  readonly end: RoadEnd;
  readonly angle: number;
  readonly turn: Turn;
}

const STRAIGHT_WITHIN = 0.87;
const BACK_BEYOND = 2.6;

/**
 * Which lane may go where: right turns from the kerb, left turns from the middle, straight ahead between them.
 * With a signal, a road of two or more lanes keeps its middle lane for the left turn. U-turns only where asked for, and
 * where there is no other way.
 */
export function planTurns(
  ins: readonly RoadEnd[],
  outs: readonly RoadEnd[],
  options: { readonly uTurns: boolean; readonly signal: boolean },
): LaneTurn[] {
  const only = outs[0];
  const isPlain = [...ins, ...outs].every((end) => end.exits === null && end.isForCars && end.busLanes.length === 0);
  const merging = ins.filter((end) => only !== undefined && !isBack(end, only));
  if (only !== undefined && outs.length === 1 && merging.length > 1 && isPlain) return mergeInto(ins, merging, only);
  return ins.flatMap((end) => {
    const open = outs.filter((out) => end.exits === null || end.exits.has(out.road));
    const exits = listExits(end, open, options.uTurns);
    return exits.length === 0 ? [] : shareLanes(end, exits, options.signal);
  });
}

function isBack(end: RoadEnd, out: RoadEnd): boolean {
  const angle = Math.abs(turnBetween(end.direction, out.direction));
  return angle > BACK_BEYOND && (end.far === out.far || angle > 3);
}

/** From right to left. */
function listExits(end: RoadEnd, outs: readonly RoadEnd[], uTurns: boolean): Exit[] {
  const onward = outs.filter((out) => !isBack(end, out));
  const angles = onward.map((out) => turnBetween(end.direction, out.direction));
  let straight = -1;
  angles.forEach((angle, i) => {
    if (Math.abs(angle) < STRAIGHT_WITHIN && (straight < 0 || Math.abs(angle) < Math.abs(angles[straight]!)))
      straight = i;
  });
  const middle = straight < 0 ? 0 : angles[straight]!;
  const exits: Exit[] = onward.map((out, i) => {
    const angle = angles[i]!;
    return { end: out, angle, turn: i === straight ? 'straight' : angle > middle ? 'left' : 'right' };
  });
  const back = outs.find((out) => isBack(end, out) && out.far === end.far);
  if (back !== undefined && (uTurns || exits.length === 0)) exits.push({ end: back, angle: Math.PI, turn: 'u-turn' });
  return exits.sort((a, b) => a.angle - b.angle);
}

/** Roads that flow together take the lanes of the one exit side by side, as far as it has lanes. */
function mergeInto(ins: readonly RoadEnd[], merging: readonly RoadEnd[], out: RoadEnd): LaneTurn[] {
  const fromRight = [...merging].sort(
    (a, b) => turnBetween(out.direction, b.direction) - turnBetween(out.direction, a.direction),
  );
  const total = fromRight.reduce((sum, end) => sum + end.laneCount, 0);
  const turns: LaneTurn[] = [];
  let taken = 0;
  for (const end of fromRight) {
    const angle = turnBetween(end.direction, out.direction);
    const turn: Turn = Math.abs(angle) < STRAIGHT_WITHIN ? 'straight' : angle > 0 ? 'left' : 'right';
    const after = total - taken - end.laneCount;
    const lowest = Math.max(0, Math.min(taken, out.laneCount - after - end.laneCount));
    for (let lane = 0; lane < end.laneCount; lane++) {
      const toLane = Math.min(out.laneCount - 1, lowest + lane);
      turns.push({ from: end.road, to: out.road, fromLane: lane, toLane, turn });
    }
    taken += end.laneCount;
  }
  for (const end of ins) {
    if (merging.includes(end)) continue;
    for (let lane = 0; lane < end.laneCount; lane++) {
      turns.push({
        from: end.road,
        to: out.road,
        fromLane: lane,
        toLane: Math.min(lane, out.laneCount - 1),
        turn: 'u-turn',
      });
    }
  }
  return turns;
}

function shareLanes(end: RoadEnd, exits: readonly Exit[], signal: boolean): LaneTurn[] {
  const around = end.isRing ? exits.find((exit) => exit.end.isRing) : undefined;
  if (around !== undefined) return leaveRing(end, exits, around);
  const open = exits.filter((exit) => exit.end.isForCars);
  if (!end.isForCars || open.length === 0)
    return shareAmong(end, generalLanes({ ...end, busLanes: [] }), exits, signal);
  const narrow = exits.filter((exit) => !exit.end.isForCars);
  return [
    ...shareAmong(end, generalLanes(end), open, signal),
    ...narrow.flatMap((exit) => pairLanes(end, [exit], outerLane(generalLanes(end), exit), sideOf(exit))),
    ...end.busLanes.flatMap((lane) => {
      const ahead = exits.filter((exit) => exit.turn === 'right' || exit.turn === 'straight');
      return (ahead.length > 0 ? ahead : exits).map((exit) => ({
        from: end.road,
        to: exit.end.road,
        fromLane: lane,
        toLane: exit.end.busLanes[0] ?? 0,
        turn: exit.turn,
      }));
    }),
  ];
}

/** Every lane of a roundabout goes on around it, and as many at the kerb as the way out has lanes may leave. */
function leaveRing(end: RoadEnd, exits: readonly Exit[], around: Exit): LaneTurn[] {
  const lanes = generalLanes({ ...end, busLanes: [] });
  return exits.flatMap((exit) => {
    const own = exit === around ? lanes : lanes.slice(0, exit.end.laneCount);
    return pairLanes(end, [{ ...exit, turn: exit === around ? 'straight' : 'right' }], own, 'kerb');
  });
}

function sideOf(exit: Exit): 'kerb' | 'middle' {
  return exit.turn === 'left' || exit.turn === 'u-turn' ? 'middle' : 'kerb';
}

function outerLane(lanes: readonly number[], exit: Exit): readonly number[] {
  return sideOf(exit) === 'middle' ? lanes.slice(-1) : lanes.slice(0, 1);
}

/** Lane places for everyone. */
function generalLanes(end: RoadEnd): number[] {
  return Array.from({ length: end.laneCount }, (_, lane) => lane).filter((lane) => !end.busLanes.includes(lane));
}

function shareAmong(end: RoadEnd, own: readonly number[], exits: readonly Exit[], signal: boolean): LaneTurn[] {
  const rights = exits.filter((exit) => exit.turn === 'right');
  const straights = exits.filter((exit) => exit.turn === 'straight');
  const lefts = exits.filter((exit) => exit.turn === 'left' || exit.turn === 'u-turn');
  const lanes = allotLanes(end, own, rights, straights, lefts, signal);
  return [
    ...pairLanes(end, rights, lanes.right, 'kerb'),
    ...pairLanes(end, straights, lanes.straight, lanes.straight.length > widest(straights) ? 'middle' : 'kerb'),
    ...pairLanes(end, lefts, lanes.left, 'middle'),
  ];
}

function widest(exits: readonly Exit[]): number {
  return exits.reduce((most, exit) => Math.max(most, generalLanes(exit.end).length), 0);
}

/** Lane places from the kerb for each kind of turn; every lane serves at least one. */
function allotLanes(
  end: RoadEnd,
  all: readonly number[],
  rights: readonly Exit[],
  straights: readonly Exit[],
  lefts: readonly Exit[],
  signal: boolean,
): { right: readonly number[]; straight: readonly number[]; left: readonly number[] } {
  const n = all.length;
  const marked = end.turnLanes;
  if (marked !== null) {
    const forTurn = (exists: boolean, ...turns: Turn[]) =>
      exists ? all.filter((lane) => marked[lane]?.some((turn) => turns.includes(turn)) ?? false) : [];
    const found = {
      right: forTurn(rights.length > 0, 'right'),
      straight: forTurn(straights.length > 0, 'straight'),
      left: forTurn(lefts.length > 0, 'left', 'u-turn'),
    };
    const every = new Set([...found.right, ...found.straight, ...found.left]);
    const served = (exits: readonly Exit[], lanes: readonly number[]) => exits.length === 0 || lanes.length > 0;
    const whole = served(rights, found.right) && served(straights, found.straight) && served(lefts, found.left);
    if (whole && every.size === n) return found;
  }
  const none: number[] = [];
  if (straights.length === 0) {
    if (rights.length === 0) return { right: none, straight: none, left: all };
    if (lefts.length === 0) return { right: all, straight: none, left: none };
    if (n === 1) return { right: all, straight: none, left: all };
    const forLeft = Math.max(1, Math.min(n - 1, widest(lefts)));
    return { right: all.slice(0, n - forLeft), straight: none, left: all.slice(n - forLeft) };
  }
  const ahead = widest(straights);
  const ownLeft = lefts.length > 0 && n > 1 && (signal || n > ahead);
  const left = lefts.length > 0 ? all.slice(n - 1) : none;
  const room = ownLeft ? n - 1 : n;
  const ownRight = rights.length > 0 && room > ahead && room > 1;
  return {
    right: rights.length > 0 ? all.slice(0, 1) : none,
    straight: all.slice(ownRight ? 1 : 0, room),
    left,
  };
}

/** Lanes of one kind of turn side by side to the lanes of their exits, aligned at the kerb or at the middle of the exit. */
function pairLanes(
  end: RoadEnd,
  exits: readonly Exit[],
  lanes: readonly number[],
  align: 'kerb' | 'middle',
): LaneTurn[] {
  return exits.flatMap((exit, e) => {
    const first = Math.floor((e * lanes.length) / exits.length);
    const last = Math.max(first, Math.ceil(((e + 1) * lanes.length) / exits.length) - 1);
    const own = lanes.slice(first, last + 1);
    const places = generalLanes(exit.end);
    const width = places.length;
    return own.map((lane, j) => {
      const toLane = places[align === 'kerb' ? Math.min(j, width - 1) : Math.max(0, width - own.length + j)]!;
      return { from: end.road, to: exit.end.road, fromLane: lane, toLane, turn: exit.turn };
    });
  });
}
