import type { Metres } from '../units/units.ts';
import { crossingOf, type Point, pointOf, turnBetween } from './build-line.ts';
import type { JunctionKind, Polyline, RightOfWay, Turn } from './city.ts';
import { measureLength } from './geometry.ts';

/** What right of way needs to know of a movement. Lanes and roads are indices of the city. */
export interface Path {
  readonly fromRoad: number;
  readonly fromLane: number;
  /** Place of `fromLane` from the kerb. */
  readonly fromPlace: number;
  readonly toLane: number;
  readonly turn: Turn;
  readonly shape: Polyline;
  /** Direction of travel on arrival at the junction. */
  readonly heading: Point;
  readonly priority: number;
}

/** Per path, by its place in the list: who it conflicts with, who it gives way to, where it may wait for a gap. */
export interface Standing {
  readonly conflicts: readonly number[];
  readonly yieldsTo: readonly number[];
  /** To whom from the waiting place: at a signal those green with it, who come the other way. */
  readonly yieldsInside: readonly number[];
  readonly rightOfWay: RightOfWay;
  readonly waitAtM: Metres;
}

/** Paths nearer than this at their closest count as crossing: a car's width less what drivers make up for. */
const BESIDE_M = 1.4;
/** Half a vehicle and a margin: how far before the crossing a turner waits. */
const STAND_BACK_M = 3;
const SHORTEST_WAIT_M = 4;
const OPPOSITE = 2.1;

/**
 * Conflicts by geometry (paths that cross, touch or end on one lane) and, for each conflict, who gives way:
 * u-turns to all, minor roads to major ones, turners to oncoming traffic, otherwise whoever has the other on the right.
 * As in SUMO, nobody waits inside where nobody has priority.
 */
export function settleRightOfWay(paths: readonly Path[], kind: JunctionKind): Standing[] {
  const conflicts: number[][] = paths.map(() => []);
  const yieldsTo: number[][] = paths.map(() => []);
  const major = kind === 'right-before-left' || kind === 'all-way-stop' ? null : findMajorRoads(paths);
  for (let a = 0; a < paths.length; a++) {
    for (let b = a + 1; b < paths.length; b++) {
      if (!inConflict(paths[a]!, paths[b]!)) continue;
      conflicts[a]!.push(b);
      conflicts[b]!.push(a);
      if (kind === 'all-way-stop') {
        yieldsTo[a]!.push(b);
        yieldsTo[b]!.push(a);
      } else if (givesWay(paths[a]!, paths[b]!, major)) yieldsTo[a]!.push(b);
      else yieldsTo[b]!.push(a);
    }
  }
  return paths.map((path, i) => {
    const foes = yieldsTo[i]!;
    const waitAtM =
      path.turn === 'left' && major !== null
        ? waitingPlace(
            path,
            foes.map((other) => paths[other]!),
          )
        : -1;
    return {
      conflicts: conflicts[i]!,
      yieldsTo: foes,
      yieldsInside:
        waitAtM < 0 ? [] : kind === 'signal' ? foes.filter((other) => isOncoming(path, paths[other]!)) : foes,
      rightOfWay: nameRightOfWay(kind, foes.length > 0),
      waitAtM,
    };
  });
}

function isOncoming(path: Path, other: Path): boolean {
  return Math.abs(turnBetween(path.heading, other.heading)) > OPPOSITE;
}

function nameRightOfWay(kind: JunctionKind, yields: boolean): RightOfWay {
  if (kind === 'right-before-left' || kind === 'all-way-stop' || kind === 'zipper') return kind;
  return yields ? 'minor' : 'major';
}

function inConflict(a: Path, b: Path): boolean {
  if (a.fromLane === b.fromLane) return false;
  if (a.toLane === b.toLane) return true;
  return crossingOf(a.shape, b.shape) >= 0 || comeNear(a.shape, b.shape);
}

function comeNear(a: Polyline, b: Polyline): boolean {
  for (let i = 0; i < a.length; i += 2) {
    for (let j = 0; j < b.length; j += 2) {
      const dx = a[i]! - b[j]!;
      const dy = a[i + 1]! - b[j + 1]!;
      if (dx * dx + dy * dy < BESIDE_M * BESIDE_M) return true;
    }
  }
  return false;
}

/** The roads of highest priority; where more than two share it, the straightest pair among them. */
function findMajorRoads(paths: readonly Path[]): ReadonlySet<number> {
  const heading = new Map<number, Point>();
  let highest = Number.NEGATIVE_INFINITY;
  for (const path of paths) highest = Math.max(highest, path.priority);
  for (const path of paths) if (path.priority === highest) heading.set(path.fromRoad, path.heading);
  const roads = [...heading];
  if (roads.length <= 2) return new Set(heading.keys());
  let best: readonly number[] = [];
  let straightest = -1;
  roads.forEach(([a, aDir], i) => {
    for (const [b, bDir] of roads.slice(i + 1)) {
      const angle = Math.abs(turnBetween(aDir, bDir));
      if (angle > straightest + 1e-6) {
        straightest = angle;
        best = [a, b];
      }
    }
  });
  return new Set(best);
}

const TURN_RANK: Record<Turn, number> = { straight: 0, right: 0, left: 1, 'u-turn': 2 };

function givesWay(a: Path, b: Path, major: ReadonlySet<number> | null): boolean {
  if ((a.turn === 'u-turn') !== (b.turn === 'u-turn')) return a.turn === 'u-turn';
  if (a.fromRoad === b.fromRoad) return a.fromPlace < b.fromPlace;
  if (major !== null && major.has(a.fromRoad) !== major.has(b.fromRoad)) return major.has(b.fromRoad);
  const between = turnBetween(a.heading, b.heading);
  if (Math.abs(between) > OPPOSITE && TURN_RANK[a.turn] !== TURN_RANK[b.turn])
    return TURN_RANK[a.turn] > TURN_RANK[b.turn];
  return between > 0;
}

function waitingPlace(path: Path, others: readonly Path[]): Metres {
  const oncoming = others.filter((other) => isOncoming(path, other));
  if (oncoming.length === 0) return -1;
  let first = measureLength(path.shape);
  for (const other of others) {
    if (other.fromRoad === path.fromRoad) continue;
    const at = crossingOf(path.shape, other.shape);
    first = Math.min(first, at >= 0 ? at : nearestPlace(path.shape, other.shape));
  }
  const wait = first - STAND_BACK_M;
  return wait >= SHORTEST_WAIT_M ? Math.round(wait * 100) / 100 : -1;
}

/** Distance along `a` of the first of its points that comes near `b`; its length when none does. */
export function nearestPlace(a: Polyline, b: Polyline): Metres {
  let at = 0;
  for (let i = 0; i < a.length / 2; i++) {
    const p = pointOf(a, i);
    if (i > 0) at += Math.hypot(p.x - pointOf(a, i - 1).x, p.y - pointOf(a, i - 1).y);
    if (comeNear([p.x, p.y], b)) return at;
  }
  return at;
}
