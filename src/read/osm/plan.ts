import type { CityPlan, NodePlan, RoadPlan } from '../../city/build.ts';
import type { Metres } from '../../units/units.ts';
import type { Country } from './countries.ts';
import type { Legs } from './exits.ts';
import type { Piece, Plane } from './pieces.ts';
import type { SignalNodes } from './signals.ts';
import { type Carriageway, usualSpeed } from './streets.ts';

export interface Layout {
  readonly legs: Legs;
  readonly plane: Plane;
  readonly ids: Float64Array;
  /** By node: the least node of its junction, where several are one. */
  readonly siteOf: ReadonlyMap<number, number>;
  readonly exits: ReadonlyMap<number, readonly number[]>;
  readonly signals: SignalNodes;
  readonly country: Country;
  /** True where a built-up area is mapped nearby. */
  readonly isBuiltUp: (x: Metres, y: Metres) => boolean;
}

/** A street without a sign is out of town when no built-up area is near and neither junction nor signal comes for so long. */
const LONE_M: Metres = 500;

/** Nodes and roads for the network builder: two for each two-way piece, with ids of OpenStreetMap's ways and nodes. */
export function planRoads(layout: Layout): Pick<CityPlan, 'nodes' | 'roads'> {
  const { legs, plane, ids, siteOf, signals } = layout;
  const used = new Set(legs.pieces.flatMap(({ a, b }) => [a, b]));
  const litSites = new Set([...signals.junctions].map((node) => siteOf.get(node) ?? node));
  const nodes = [...used].map((node): NodePlan => {
    const site = siteOf.get(node);
    return {
      id: `n${ids[node]}`,
      x: plane.x[node]!,
      y: plane.y[node]!,
      kind: litSites.has(site ?? node) || signals.crossings.has(node) ? 'signal' : 'priority',
      ...(site === undefined ? {} : { junction: `n${ids[site]}` }),
    };
  });
  const roadIds = nameLegs(legs.pieces);
  const roads = legs.pieces.flatMap((piece, p): RoadPlan[] => {
    const { street } = piece;
    return [
      ...(street.forward ? [roadOf(layout, 2 * p, street.forward, roadIds)] : []),
      ...(street.backward ? [roadOf(layout, 2 * p + 1, street.backward, roadIds)] : []),
    ];
  });
  return { nodes, roads };
}

/** Way, piece of it, and a minus for the direction against the drawing. */
function nameLegs(pieces: readonly Piece[]): string[] {
  const counts = new Map<number, number>();
  return pieces.flatMap(({ wayA }) => {
    const count = counts.get(wayA) ?? 0;
    counts.set(wayA, count + 1);
    return [`${wayA}#${count}`, `-${wayA}#${count}`];
  });
}

function roadOf(layout: Layout, leg: number, own: Carriageway, roadIds: readonly string[]): RoadPlan {
  const { legs, plane, ids, country } = layout;
  const piece = legs.pieceOf(leg);
  const { street } = piece;
  const places = leg & 1 ? [...piece.nodes].reverse() : piece.nodes;
  const line = places.flatMap((node) => [plane.x[node]!, plane.y[node]!]);
  const middle = places[places.length >> 1]!;
  const isLit = [piece.a, piece.b].some(
    (node) => layout.signals.junctions.has(node) || layout.signals.crossings.has(node),
  );
  const isRural = piece.lengthM > LONE_M && !isLit && !layout.isBuiltUp(plane.x[middle]!, plane.y[middle]!);
  const exits = layout.exits.get(leg);
  const isTwoWay = street.forward !== null && street.backward !== null;
  return {
    id: roadIds[leg]!,
    name: street.name,
    from: `n${ids[legs.from(leg)]}`,
    to: `n${ids[legs.to(leg)]}`,
    laneCount: own.laneCount,
    laneWidthM: street.laneWidthM,
    speedMps: Math.round((own.speedMps ?? usualSpeed(street, isRural, country)) * 100) / 100,
    priority: street.priority,
    level: street.level,
    allowed: street.allowed,
    line,
    lanesLie: isTwoWay ? 'right' : 'centre',
    medianM: 0,
    ...(own.turnLanes === null ? {} : { turnLanes: own.turnLanes }),
    ...(exits === undefined ? {} : { exits: exits.map((out) => roadIds[out]!) }),
    ...(street.isRoundabout ? { isRing: true } : {}),
    ...(own.busLanes.length === 0 ? {} : { busLanes: own.busLanes }),
  };
}
