import type { Metres } from '../../units/units.ts';
import type { ReportBuilder } from '../report.ts';
import type { Carriageway, Street } from './streets.ts';

/** A stretch of street between two places where one can turn or must stop. `street.forward` leads from `a` to `b`. */
export interface Piece {
  readonly a: number;
  readonly b: number;
  /** Node places from `a` to `b`, both included. */
  readonly nodes: readonly number[];
  readonly street: Street;
  /** The ways at its two ends, for restrictions. */
  readonly wayA: number;
  readonly wayB: number;
  readonly lengthM: Metres;
}

/** Node places on the plane, metres. */
export interface Plane {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

export function distanceM(plane: Plane, a: number, b: number): Metres {
  return Math.hypot(plane.x[a]! - plane.x[b]!, plane.y[a]! - plane.y[b]!);
}

export function lengthOf(plane: Plane, nodes: readonly number[]): Metres {
  let length = 0;
  for (let i = 1; i < nodes.length; i++) length += distanceM(plane, nodes[i - 1]!, nodes[i]!);
  return length;
}

/** A bound way with what its tags say. */
export interface StreetWay {
  readonly id: number;
  readonly nodes: readonly number[];
  readonly street: Street;
}

/** Streets cut wherever another one joins; those that return to their own beginning are cut in the middle, too. */
export function cutStreets(ways: readonly StreetWay[], plane: Plane): Piece[] {
  const uses = new Uint8Array(plane.x.length);
  for (const { nodes } of ways) {
    nodes.forEach((node, i) => {
      uses[node] = Math.min(9, uses[node]! + (i === 0 || i === nodes.length - 1 ? 2 : 1));
    });
  }
  const pieces: Piece[] = [];
  for (const { id, nodes, street } of ways) {
    let first = 0;
    for (let i = 1; i < nodes.length; i++) {
      if (uses[nodes[i]!]! < 2) continue;
      for (const part of cutLoop(nodes.slice(first, i + 1), plane)) pieces.push(makePiece(part, street, id, id, plane));
      first = i;
    }
  }
  return pieces.filter((piece) => piece.a !== piece.b && piece.lengthM > 0);
}

function cutLoop(nodes: readonly number[], plane: Plane): (readonly number[])[] {
  if (nodes[0] !== nodes[nodes.length - 1]) return [nodes];
  if (nodes.length < 4) return [];
  const half = lengthOf(plane, nodes) / 2;
  let at = 1;
  while (at < nodes.length - 2 && lengthOf(plane, nodes.slice(0, at + 1)) < half) at++;
  return [nodes.slice(0, at + 1), nodes.slice(at)];
}

function makePiece(nodes: readonly number[], street: Street, wayA: number, wayB: number, plane: Plane): Piece {
  return { a: nodes[0]!, b: nodes[nodes.length - 1]!, nodes, street, wayA, wayB, lengthM: lengthOf(plane, nodes) };
}

/** Pieces cut at further nodes. */
export function cutAt(pieces: readonly Piece[], plane: Plane, nodes: ReadonlySet<number>): Piece[] {
  return pieces.flatMap((piece) => {
    const inner = piece.nodes.flatMap((node, i) => (i > 0 && i < piece.nodes.length - 1 && nodes.has(node) ? [i] : []));
    const cuts = [0, ...inner, piece.nodes.length - 1];
    return cuts.slice(1).map((end, k) => {
      const [isFirst, isLast] = [k === 0, k === inner.length];
      const street = {
        ...piece.street,
        forward: withoutMarks(piece.street.forward, isLast),
        backward: withoutMarks(piece.street.backward, isFirst),
      };
      return makePiece(piece.nodes.slice(cuts[k]!, end + 1), street, piece.wayA, piece.wayB, plane);
    });
  });
}

/** Turns are marked where a piece ends, not where it is cut. */
function withoutMarks(own: Carriageway | null, keep: boolean): Carriageway | null {
  return own === null || keep ? own : { ...own, turnLanes: null };
}

/** Places in `pieces` by end node. */
export function listEnds(pieces: readonly Piece[]): Map<number, number[]> {
  const ends = new Map<number, number[]>();
  pieces.forEach((piece, p) => {
    for (const node of [piece.a, piece.b]) {
      const list = ends.get(node);
      if (list === undefined) ends.set(node, [p]);
      else list.push(p);
    }
  });
  return ends;
}

/** Shorter than this, a piece takes after the one it is joined to, whatever its own tags. */
const SLIVER_M = 12;

/**
 * Joins pieces end to end where nothing but a tag that does not matter changes, and slivers wherever only two meet.
 */
export function joinPieces(pieces: readonly Piece[], plane: Plane): Piece[] {
  const made: (Piece | null)[] = [...pieces];
  const ends = listEnds(pieces);
  for (const [node, list] of ends) {
    if (list.length !== 2 || list[0] === list[1]) continue;
    const [p, q] = [list[0]!, list[1]!];
    const first = turnedToEnd(made[p]!, node);
    const second = turnedToStart(made[q]!, node);
    if (first.a === second.b || !canJoin(first, second)) continue;
    const joined = join(first, second, plane);
    made[p] = joined;
    made[q] = null;
    ends.set(node, []);
    const far = ends.get(second.b)!;
    far[far.indexOf(q)] = p;
  }
  return made.filter((piece) => piece !== null);
}

function reversed(piece: Piece): Piece {
  const { street } = piece;
  return {
    ...piece,
    a: piece.b,
    b: piece.a,
    nodes: [...piece.nodes].reverse(),
    street: { ...street, forward: street.backward, backward: street.forward },
    wayA: piece.wayB,
    wayB: piece.wayA,
  };
}

function turnedToEnd(piece: Piece, node: number): Piece {
  return piece.b === node ? piece : reversed(piece);
}

function turnedToStart(piece: Piece, node: number): Piece {
  return piece.a === node ? piece : reversed(piece);
}

function canJoin(first: Piece, second: Piece): boolean {
  const [s, t] = [first.street, second.street];
  if ((s.forward === null) !== (t.forward === null) || (s.backward === null) !== (t.backward === null)) return false;
  if (s.isRoundabout !== t.isRoundabout || s.allowed !== t.allowed) return false;
  if (Math.min(first.lengthM, second.lengthM) < SLIVER_M) return true;
  return s.level === t.level && alike(s.forward, t.forward) && alike(s.backward, t.backward) && s.kind === t.kind;
}

function alike(a: Carriageway | null, b: Carriageway | null): boolean {
  if (a === null || b === null) return a === b;
  const speeds = (a.speedMps === null) === (b.speedMps === null) && Math.abs((a.speedMps ?? 0) - (b.speedMps ?? 0)) < 1;
  return a.laneCount === b.laneCount && speeds && a.busLanes.join() === b.busLanes.join();
}

function join(first: Piece, second: Piece, plane: Plane): Piece {
  const longer = first.lengthM >= second.lengthM ? first.street : second.street;
  const marked = (own: Carriageway | null, atEnd: Carriageway | null): Carriageway | null => {
    if (own === null) return null;
    const turnLanes = atEnd?.turnLanes ?? null;
    return { ...own, turnLanes: turnLanes?.length === own.laneCount ? turnLanes : null };
  };
  const street: Street = {
    ...longer,
    name: longer.name || first.street.name || second.street.name,
    forward: marked(longer.forward, second.street.forward),
    backward: marked(longer.backward, first.street.backward),
  };
  return makePiece([...first.nodes, ...second.nodes.slice(1)], street, first.wayA, second.wayB, plane);
}

/** Blind ends shorter than this are driveways and remains of a cut; nobody is missed there. */
const STUB_M = 20;

/** Without short blind ends, and of what then hangs together the largest part by length. */
export function keepLargest(pieces: readonly Piece[], report: ReportBuilder, file: string): Piece[] {
  let kept = [...pieces];
  for (;;) {
    const ends = listEnds(kept);
    const isStub = (piece: Piece) =>
      piece.lengthM < STUB_M && (ends.get(piece.a)!.length === 1 || ends.get(piece.b)!.length === 1);
    const rest = kept.filter((piece) => !isStub(piece));
    if (rest.length === kept.length || rest.length === 0) break;
    for (let i = rest.length; i < kept.length; i++)
      report.tally('street', `a blind end shorter than ${STUB_M} m`, file);
    kept = rest;
  }
  const parts = partsOf(kept);
  const lengths = new Map<number, number>();
  kept.forEach((piece, p) => {
    lengths.set(parts[p]!, (lengths.get(parts[p]!) ?? 0) + piece.lengthM);
  });
  const [largest] = [...lengths].sort((a, b) => b[1] - a[1])[0] ?? [-1];
  return kept.filter((_, p) => {
    if (parts[p] === largest) return true;
    report.tally('street', 'no way leads to it from the largest part of the network', file);
    return false;
  });
}

/** By piece: the number of the part it hangs together with. */
function partsOf(pieces: readonly Piece[]): number[] {
  const ends = listEnds(pieces);
  const part: number[] = pieces.map(() => -1);
  let count = 0;
  pieces.forEach((_, start) => {
    if (part[start] !== -1) return;
    const open = [start];
    part[start] = count;
    for (let p = open.pop(); p !== undefined; p = open.pop()) {
      for (const node of [pieces[p]!.a, pieces[p]!.b]) {
        for (const next of ends.get(node)!) {
          if (part[next] !== -1) continue;
          part[next] = count;
          open.push(next);
        }
      }
    }
    count++;
  });
  return part;
}
