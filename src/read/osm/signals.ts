import type { Metres } from '../../units/units.ts';
import type { Tags } from './elements.ts';
import { distanceM, listEnds, type Piece, type Plane } from './pieces.ts';

/** Where signals stand: junction nodes that have them, and nodes between junctions where people cross at a signal. */
export interface SignalNodes {
  readonly junctions: ReadonlySet<number>;
  readonly crossings: ReadonlySet<number>;
}

/** A lamp on an approach belongs to the junction ahead when it is no farther. */
const STOP_LINE_M: Metres = 45;
/** A crossing with signals at a junction's arm is no farther from it. */
const ARM_CROSSING_M: Metres = 30;

/** A crossing so near to a junction without signals is taken for part of it: no vehicle fits between. */
const BESIDE_M: Metres = 15;

/**
 * Which junctions have signals. OpenStreetMap tags a signal on the junction's node, or on each approach where the stop line
 * is, or on the crossing for people on foot; the last makes a junction's signal when two of its arms have one.
 */
export function placeSignals(pieces: readonly Piece[], plane: Plane, nodeTags: ReadonlyMap<number, Tags>): SignalNodes {
  const ends = listEnds(pieces);
  const isJunction = (node: number) => (ends.get(node)?.length ?? 0) > 2;
  const junctions = new Set<number>();
  const crossings = new Map<number, readonly Reach[]>();
  const stopLines = new Map<number, Tags>();
  const met = new Set<number>();
  for (const piece of pieces) {
    piece.nodes.forEach((node, i) => {
      const tags = nodeTags.get(node);
      const kind = tags === undefined || met.has(node) ? null : signalKind(tags);
      if (tags === undefined || kind === null) return;
      met.add(node);
      if (isJunction(node)) {
        junctions.add(node);
        return;
      }
      const isInner = i > 0 && i < piece.nodes.length - 1;
      const starts = isInner ? [{ piece, at: i }] : startsAt(pieces, ends.get(node) ?? [], node);
      const around = starts
        .flatMap((start) => reachFrom(start.piece, start.at, plane))
        .filter((found) => isJunction(found.node))
        .sort((p, q) => p.distanceM - q.distanceM);
      const ahead = around.find((found) => found.isAhead && found.distanceM <= STOP_LINE_M && suits(found, tags));
      if (kind === 'vehicles' && ahead !== undefined) junctions.add(ahead.node);
      else {
        crossings.set(node, around);
        if (kind === 'vehicles') stopLines.set(node, tags);
      }
    });
  }
  const arms = new Map<number, number>();
  for (const around of crossings.values()) {
    for (const { node, distanceM } of around)
      if (distanceM <= ARM_CROSSING_M) arms.set(node, (arms.get(node) ?? 0) + 1);
  }
  for (const [junction, count] of arms) if (count > 1) junctions.add(junction);
  const isAtJunction = ({ node, distanceM }: Reach) => distanceM <= (junctions.has(node) ? ARM_CROSSING_M : BESIDE_M);
  const own = [...crossings].filter(([, around]) => !around.some(isAtJunction)).map(([node]) => node);
  return { junctions, crossings: new Set(oneOfEach(pieces, plane, own, stopLines)) };
}

/**
 * Of signals on one piece of street those that are another's: a stop line before a crossing ahead, and one of two that no
 * vehicle fits between. `stopLines` are those tagged for vehicles.
 */
function oneOfEach(
  pieces: readonly Piece[],
  plane: Plane,
  own: readonly number[],
  stopLines: ReadonlyMap<number, Tags>,
): number[] {
  const kept = new Set(own);
  for (const piece of pieces) {
    const met = piece.nodes.flatMap((node, at) => (kept.has(node) ? [{ node, at }] : []));
    if (met.length < 2) continue;
    const alongM = [0];
    for (let i = 1; i < piece.nodes.length; i++)
      alongM.push(alongM[i - 1]! + distanceM(plane, piece.nodes[i - 1]!, piece.nodes[i]!));
    const { forward, backward } = piece.street;
    const isTwoWay = forward !== null && backward !== null;
    for (const a of met) {
      const tags = stopLines.get(a.node);
      const isAnothers = met.some((b) => {
        if (b.node === a.node || !kept.has(b.node)) return false;
        const apartM = Math.abs(alongM[a.at]! - alongM[b.at]!);
        if (tags === undefined) return apartM <= BESIDE_M && !stopLines.has(b.node) && b.at > a.at;
        const step = b.at > a.at ? 1 : -1;
        const isAhead = (step === 1 ? forward : backward) !== null;
        const leads = isAhead && apartM <= STOP_LINE_M && suits({ step, isTwoWay }, tags);
        return leads || (apartM <= BESIDE_M && !stopLines.has(b.node));
      });
      if (isAnothers) kept.delete(a.node);
    }
  }
  return own.filter((node) => kept.has(node));
}

function signalKind(tags: Tags): 'vehicles' | 'people' | null {
  const atCrossing =
    tags.get('crossing') === 'traffic_signals' || tags.get('traffic_signals') === 'pedestrian_crossing';
  if (tags.get('highway') === 'traffic_signals' && !atCrossing) return 'vehicles';
  return atCrossing || tags.get('highway') === 'traffic_signals' ? 'people' : null;
}

function startsAt(pieces: readonly Piece[], own: readonly number[], node: number): { piece: Piece; at: number }[] {
  return own.map((p) => ({ piece: pieces[p]!, at: pieces[p]!.a === node ? 0 : pieces[p]!.nodes.length - 1 }));
}

/** An end of a piece as seen from a place on it. */
interface Reach {
  readonly node: number;
  readonly distanceM: Metres;
  /** 1 when it is the piece's end, -1 when its beginning. */
  readonly step: 1 | -1;
  /** Vehicles drive towards it. */
  readonly isAhead: boolean;
  readonly isTwoWay: boolean;
}

function reachFrom(piece: Piece, at: number, plane: Plane): Reach[] {
  const { forward, backward } = piece.street;
  return ([1, -1] as const).flatMap((step) => {
    let distance = 0;
    let i = at;
    for (; i + step >= 0 && i + step < piece.nodes.length; i += step)
      distance += distanceM(plane, piece.nodes[i]!, piece.nodes[i + step]!);
    if (distance === 0) return [];
    const isAhead = (step === 1 ? forward : backward) !== null;
    const isTwoWay = forward !== null && backward !== null;
    return [{ node: piece.nodes[i]!, distanceM: distance, step, isAhead, isTwoWay }];
  });
}

/** False where the signal is tagged for the other direction of a two-way street. */
function suits({ step, isTwoWay }: Pick<Reach, 'step' | 'isTwoWay'>, tags: Tags): boolean {
  const tagged = tags.get('traffic_signals:direction');
  return !isTwoWay || (tagged !== 'forward' && tagged !== 'backward') || (tagged === 'forward') === (step === 1);
}

/** Junction nodes on one-way carriageways may be so far apart and still be one junction; others no farther than `NEAR_M`. */
const MEDIAN_M: Metres = 42;
const NEAR_M: Metres = 30;
/** Without signals: nodes nearer than a vehicle and its gaps are one junction. */
const TOUCHING_M: Metres = 12;
const WIDEST_M: Metres = 90;

/**
 * Which nodes form one junction: by node, the least node of its cluster. Nodes with signals join across the median between
 * carriageways, take in what lies between them, and nodes without signals join when no vehicle fits between them. A
 * roundabout's ring stays apart.
 */
export function clusterNodes(pieces: readonly Piece[], plane: Plane, signals: SignalNodes): Map<number, number> {
  const ends = listEnds(pieces);
  const isJunction = (node: number) => (ends.get(node)?.length ?? 0) > 2;
  const onOneWay = (node: number) =>
    (ends.get(node) ?? []).filter((p) => pieces[p]!.street.forward === null || pieces[p]!.street.backward === null)
      .length >= 2;
  const clusters = new Clusters(plane);
  const links = pieces
    .filter((piece) => piece.lengthM <= MEDIAN_M && isJunction(piece.a) && isJunction(piece.b))
    .filter((piece) => !piece.street.isRoundabout && !isRing(piece.a) && !isRing(piece.b))
    .sort((p, q) => p.lengthM - q.lengthM);
  function isRing(node: number): boolean {
    return (ends.get(node) ?? []).some((p) => pieces[p]!.street.isRoundabout);
  }
  const lit = (node: number) => clusters.members(node).some((member) => signals.junctions.has(member));
  for (const { a, b, lengthM, street } of links) {
    if (street.kind.startsWith('motorway')) continue;
    const dual = onOneWay(a) && onOneWay(b);
    if (lengthM <= TOUCHING_M || (lit(a) && lit(b) && lengthM <= (dual ? MEDIAN_M : NEAR_M))) clusters.join(a, b);
  }
  // a node of the other carriageway that was left without a tag of its own
  for (const { a, b, lengthM } of links) {
    if (lit(a) !== lit(b) && lengthM <= MEDIAN_M * 0.7 && onOneWay(a) && onOneWay(b)) clusters.join(a, b);
  }
  return clusters.list();
}

/** Joined nodes, never farther apart than `WIDEST_M`. */
class Clusters {
  private readonly plane: Plane;
  private readonly of = new Map<number, number[]>();

  constructor(plane: Plane) {
    this.plane = plane;
  }

  members(node: number): readonly number[] {
    return this.of.get(node) ?? [node];
  }

  join(a: number, b: number): void {
    const [left, right] = [this.members(a), this.members(b)];
    if (left.includes(b)) return;
    if (left.some((p) => right.some((q) => distanceM(this.plane, p, q) > WIDEST_M))) return;
    const joined = [...left, ...right].sort((p, q) => p - q);
    for (const node of joined) this.of.set(node, joined);
  }

  list(): Map<number, number> {
    return new Map([...this.of].map(([node, members]) => [node, members[0]!]));
  }
}
