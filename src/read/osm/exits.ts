import { turnBetween } from '../../city/build-line.ts';
import type { ReportBuilder } from '../report.ts';
import type { Restriction } from './extract.ts';
import type { Piece, Plane } from './pieces.ts';

/**
 * A piece in one direction: twice the piece's place, one more when it is driven from `b` to `a`. Legs exist only where the
 * street allows the direction.
 */
export class Legs {
  readonly pieces: readonly Piece[];
  private readonly plane: Plane;
  private readonly starting = new Map<number, number[]>();
  private readonly ending = new Map<number, number[]>();

  constructor(pieces: readonly Piece[], plane: Plane) {
    this.pieces = pieces;
    this.plane = plane;
    pieces.forEach(({ street }, p) => {
      if (street.forward !== null) this.add(2 * p);
      if (street.backward !== null) this.add(2 * p + 1);
    });
  }

  private add(leg: number): void {
    const put = (map: Map<number, number[]>, node: number) => {
      const list = map.get(node);
      if (list === undefined) map.set(node, [leg]);
      else list.push(leg);
    };
    put(this.starting, this.from(leg));
    put(this.ending, this.to(leg));
  }

  pieceOf(leg: number): Piece {
    return this.pieces[leg >> 1]!;
  }

  from(leg: number): number {
    return leg & 1 ? this.pieceOf(leg).b : this.pieceOf(leg).a;
  }

  to(leg: number): number {
    return leg & 1 ? this.pieceOf(leg).a : this.pieceOf(leg).b;
  }

  listFrom(node: number): readonly number[] {
    return this.starting.get(node) ?? [];
  }

  listTo(node: number): readonly number[] {
    return this.ending.get(node) ?? [];
  }

  wayAtStart(leg: number): number {
    return leg & 1 ? this.pieceOf(leg).wayB : this.pieceOf(leg).wayA;
  }

  wayAtEnd(leg: number): number {
    return leg & 1 ? this.pieceOf(leg).wayA : this.pieceOf(leg).wayB;
  }

  /** Radians from the direction of arrival to that of departure, left positive. */
  angle(into: number, out: number): number {
    const at = (leg: number, i: number) => {
      const { nodes } = this.pieceOf(leg);
      const node = nodes[leg & 1 ? nodes.length - 1 - i : i]!;
      return { x: this.plane.x[node]!, y: this.plane.y[node]! };
    };
    const last = this.pieceOf(into).nodes.length - 1;
    const [p, q, r, s] = [at(into, last - 1), at(into, last), at(out, 0), at(out, 1)];
    return turnBetween({ x: q.x - p.x, y: q.y - p.y }, { x: s.x - r.x, y: s.y - r.y });
  }
}

const ANGLES: Readonly<Record<string, number>> = {
  left_turn: Math.PI / 2,
  right_turn: -Math.PI / 2,
  straight_on: 0,
  u_turn: Math.PI,
};

/**
 * Forbidden turns from leg to leg at a node, as `turnKey`s. Of several turns that are the only ones of a leg each is allowed.
 * Restrictions over ways are left to `listExits`.
 */
export function forbidTurns(
  legs: Legs,
  restrictions: readonly Restriction[],
  isMirrored: boolean,
  report: ReportBuilder,
  file: string,
): Set<string> {
  const forbidden = new Set<string>();
  const onlyOnes = new Map<number, number[]>();
  for (const { isOnly, turn, from, to, viaNode } of restrictions) {
    if (viaNode < 0) continue;
    const ins = legs.listTo(viaNode).filter((leg) => legs.wayAtEnd(leg) === from);
    const outs = legs.listFrom(viaNode).filter((leg) => legs.wayAtStart(leg) === to);
    const wanted = (ANGLES[turn] ?? 0) * (isMirrored ? -1 : 1);
    const misfit = ([into, out]: readonly [number, number]) => {
      const off = Math.abs(legs.angle(into, out) - wanted) % (2 * Math.PI);
      return Math.min(off, 2 * Math.PI - off);
    };
    const pairs = ins.flatMap((into) => outs.map((out) => [into, out] as const));
    const [best] = pairs.sort((a, b) => misfit(a) - misfit(b));
    if (best === undefined) {
      report.tally('restriction', 'there is nothing to turn into where it holds', file);
      continue;
    }
    const [into, named] = best;
    if (!isOnly) forbidden.add(turnKey(into, named));
    else onlyOnes.set(into, [...(onlyOnes.get(into) ?? []), named]);
  }
  for (const [into, named] of onlyOnes) {
    for (const out of legs.listFrom(legs.to(into))) if (!named.includes(out)) forbidden.add(turnKey(into, out));
  }
  return forbidden;
}

export function turnKey(into: number, out: number): string {
  return `${into}>${out}`;
}

/**
 * The legs that each leg may go on to at the junction it ends at, over the pieces inside the junction; only for those legs
 * that may not go on to all.
 */
export function listExits(
  legs: Legs,
  siteOf: ReadonlyMap<number, number>,
  forbidden: ReadonlySet<string>,
  restrictions: readonly Restriction[],
  report: ReportBuilder,
  file: string,
): Map<number, readonly number[]> {
  const site = (node: number) => siteOf.get(node) ?? node;
  const isInside = (leg: number) => site(legs.from(leg)) === site(legs.to(leg));
  const clustered = new Set(siteOf.values());
  const exits = new Map<number, readonly number[]>();
  legs.pieces.forEach(({ street }, p) => {
    for (const leg of [...(street.forward ? [2 * p] : []), ...(street.backward ? [2 * p + 1] : [])]) {
      if (isInside(leg)) continue;
      const at = site(legs.to(leg));
      const limited = legs.listFrom(legs.to(leg)).some((out) => forbidden.has(turnKey(leg, out)));
      if (limited || clustered.has(at)) exits.set(leg, reach(leg));
    }
  });
  for (const { isOnly, from, to, viaWays } of restrictions) {
    if (viaWays.length === 0) continue;
    const pairs = [...exits].flatMap(([leg, list]) =>
      legs.wayAtEnd(leg) === from ? list.filter((out) => legs.wayAtStart(out) === to).map((out) => [leg, out]) : [],
    );
    if (pairs.length === 0 || isOnly)
      report.tally('restriction', 'it leads over ways between junctions, which is not followed', file);
    else
      for (const [leg, out] of pairs)
        exits.set(
          leg!,
          exits.get(leg!)!.filter((other) => other !== out),
        );
  }
  return exits;

  function reach(start: number): number[] {
    const found = new Set<number>();
    const seen = new Set<number>([start]);
    const open = [start];
    for (let leg = open.pop(); leg !== undefined; leg = open.pop()) {
      for (const out of legs.listFrom(legs.to(leg))) {
        if (seen.has(out) || (out ^ 1) === leg || forbidden.has(turnKey(leg, out))) continue;
        seen.add(out);
        if (isInside(out)) open.push(out);
        else if ((out ^ 1) !== start) found.add(out);
      }
    }
    return [...found].sort((a, b) => a - b);
  }
}
