import type { Metres, MetresPerSecond } from '../units/units.ts';
import { gatherSites, type Laid, layRoads, outlineNodes, outlineSite, type Site } from './build-lay.ts';
import { curveBetween, directionOf, type Point, pointOf, rounded, turnBetween } from './build-line.ts';
import { type Path, settleRightOfWay } from './build-right-of-way.ts';
import { buildSignal } from './build-signals.ts';
import { type LaneTurn, planTurns, type RoadEnd } from './build-turns.ts';
import {
  type City,
  classBit,
  type District,
  type Ground,
  type Junction,
  type JunctionKind,
  type Lane,
  type Movement,
  type Polyline,
  type Projection,
  type Road,
  type Signal,
  type Turn,
} from './city.ts';
import { measureLength } from './geometry.ts';
import { withVersion } from './version.ts';

/** A place where roads meet or end. A node with one neighbour is a dead end and lets vehicles turn back. */
export interface NodePlan {
  readonly id: string;
  readonly x: Metres;
  readonly y: Metres;
  readonly kind: Exclude<JunctionKind, 'dead-end'>;
  /** Let vehicles turn back here though they could go on. */
  readonly uTurns?: boolean;
  /** How far from the node its roads end, where that is known; otherwise behind where their kerbs meet. */
  readonly cutM?: Metres;
  /** Every way through, where they are known; otherwise the usual ones. */
  readonly ways?: readonly WayPlan[];
  /** Nodes that share it are one junction of that id, and roads between them only its inside; otherwise the node's own id. */
  readonly junction?: string;
}

/** One way through a node, by road ids and lane places from the kerb. */
export interface WayPlan {
  readonly from: string;
  readonly to: string;
  readonly fromLane: number;
  readonly toLane: number;
  readonly turn: Turn;
}

/** One direction of a street. */
export interface RoadPlan {
  readonly id: string;
  readonly name: string;
  /** Node ids. */
  readonly from: string;
  readonly to: string;
  readonly laneCount: number;
  readonly laneWidthM: Metres;
  readonly speedMps: MetresPerSecond;
  readonly priority: number;
  readonly level: number;
  /** Union of `classBit`. */
  readonly allowed: number;
  /** From node to node, the nodes' own places included. */
  readonly line: Polyline;
  /** Where the lanes lie: to the right of the line (two-way streets), or centred on it (one-way streets). */
  readonly lanesLie: 'right' | 'centre';
  /** Between the line and the middle lane: half a median. */
  readonly medianM: Metres;
  /** Turns by lane from the kerb, where they are marked; otherwise the usual ones. */
  readonly turnLanes?: readonly (readonly Turn[])[];
  /** Ids of the only roads it may lead to. */
  readonly exits?: readonly string[];
  /** Part of a roundabout: all its lanes go on around it, those at the kerb lead out. */
  readonly isRing?: boolean;
  /** Lane places from the kerb that are for buses alone. */
  readonly busLanes?: readonly number[];
}

export interface CityPlan {
  readonly name: string;
  readonly projection: Projection;
  readonly nodes: readonly NodePlan[];
  readonly roads: readonly RoadPlan[];
  readonly districts: readonly District[];
  readonly ground: readonly Ground[];
}

/** Lateral acceleration that bounds speed in a turn, m/s2 (SUMO's junctions.limit-turn-speed). */
const LATERAL_MPS2 = 5.5;
const SLOWEST_TURN_MPS = 3;
const CURVE_PIECES = 10;

/** Who may use a bus lane. */
const BUS_LANE = classBit('bus') | classBit('taxi') | classBit('emergency') | classBit('bicycle');

/**
 * A whole city from nodes and roads: lanes, movements with their geometry, conflicts, right of way, and signal programs
 * that are sensible for a city whose traffic is not known (`retimeSignals` sets them to measured flows).
 * Throws RangeError when a road names a missing node or has no length (a fault of the caller).
 */
export function buildCity(plan: CityPlan): City {
  const places = new Map(plan.nodes.map((node, index) => [node.id, index]));
  const ends = plan.roads.map((road) => ({
    from: placeOf(places, road, road.from),
    to: placeOf(places, road, road.to),
  }));
  const outlines = outlineNodes(plan, ends);
  const sites = gatherSites(plan.nodes);
  const siteOf = new Map(sites.flatMap((site, j) => site.members.map((member) => [member, j] as const)));
  const laid = layRoads(plan, ends, outlines, siteOf);
  const arriving: number[][] = sites.map(() => []);
  const leaving: number[][] = sites.map(() => []);
  laid.forEach(({ from, to }, r) => {
    leaving[from]!.push(r);
    arriving[to]!.push(r);
  });
  const lanes: Lane[] = laid.flatMap((road, r) =>
    road.laneShapes.map((shape, index) => ({
      id: `${road.plan.id}_${index}`,
      road: r,
      index,
      lengthM: road.lengthM,
      speedMps: road.plan.speedMps,
      widthM: road.plan.laneWidthM,
      allowed: road.plan.busLanes?.includes(index) ? road.plan.allowed & BUS_LANE : road.plan.allowed,
      shape,
      out: [],
      in: [],
    })),
  );
  const movements: Movement[] = [];
  const junctions: Junction[] = [];
  const signals: Signal[] = [];
  sites.forEach((site, index) => {
    const ins = arriving[index]!;
    const outs = leaving[index]!;
    const neighbours = new Set([...ins.map((r) => laid[r]!.from), ...outs.map((r) => laid[r]!.to)]);
    const kind: JunctionKind = neighbours.size < 2 ? 'dead-end' : site.node.kind;
    const own = buildMovements(site, index, kind, laid, ins, outs, movements.length, signals.length);
    const signal = kind === 'signal' && own.length > 0 ? signals.length : -1;
    if (signal >= 0) signals.push(buildSignal(site.id, index, own, movements.length, lanes));
    junctions.push({
      id: site.id,
      kind: own.length === 0 ? 'dead-end' : kind,
      x: site.x,
      y: site.y,
      shape: rounded(
        outlineSite(
          site,
          index,
          outlines,
          [...ins, ...outs].map((r) => laid[r]!),
        ),
      ),
      movements: own.map((_, k) => movements.length + k),
      signal,
    });
    movements.push(...own);
  });
  return withVersion({
    name: plan.name,
    projection: plan.projection,
    roads: laid.map((road) => roadOf(road)),
    lanes: joinLanes(lanes, movements),
    movements,
    junctions,
    signals,
    corners: [],
    crossings: [],
    busStops: [],
    districts: plan.districts,
    ground: plan.ground,
    detectors: [],
  });
}

function placeOf(places: ReadonlyMap<string, number>, road: RoadPlan, node: string): number {
  const place = places.get(node);
  if (place === undefined) throw new RangeError(`road ${road.id} names node ${node}, which does not exist`);
  if (!(measureLength(road.line) > 0) || road.laneCount < 1)
    throw new RangeError(`road ${road.id} has no length or no lane`);
  return place;
}

function buildMovements(
  site: Site,
  junction: number,
  kind: JunctionKind,
  laid: readonly Laid[],
  ins: readonly number[],
  outs: readonly number[],
  firstMovement: number,
  signal: number,
): Movement[] {
  const heading = (r: number) => directionOf(laid[r]!.laneShapes[0]!, true);
  const endOf = (r: number, arriving: boolean): RoadEnd => {
    const road = laid[r]!;
    return {
      road: r,
      laneCount: road.plan.laneCount,
      direction: arriving ? heading(r) : directionOf(road.laneShapes[0]!, false),
      far: arriving ? road.from : road.to,
      turnLanes: arriving ? (road.plan.turnLanes ?? null) : null,
      exits: arriving ? exitsOf(road.plan, outs, laid) : null,
      isRing: road.plan.isRing ?? false,
      busLanes: road.plan.busLanes ?? [],
      isForCars: (road.plan.allowed & classBit('car')) !== 0,
    };
  };
  const turns =
    site.node.ways === undefined
      ? planTurns(
          ins.map((r) => endOf(r, true)),
          outs.map((r) => endOf(r, false)),
          { uTurns: site.node.uTurns ?? false, signal: kind === 'signal' },
        )
      : site.node.ways.map((way) => bindWay(way, laid, ins, outs));
  const ordered = orderClockwise(turns, heading);
  const shapes = ordered.map((turn) => rounded(curveOf(turn, laid)));
  const paths: Path[] = ordered.map((turn, k) => ({
    fromRoad: turn.from,
    fromLane: laid[turn.from]!.firstLane + turn.fromLane,
    fromPlace: turn.fromLane,
    toLane: laid[turn.to]!.firstLane + turn.toLane,
    turn: turn.turn,
    shape: shapes[k]!,
    heading: heading(turn.from),
    priority: laid[turn.from]!.plan.priority,
  }));
  const standings = settleRightOfWay(paths, kind);
  return ordered.map((turn, k) => {
    const path = paths[k]!;
    const standing = standings[k]!;
    const lengthM = Math.round(Math.max(0.1, measureLength(path.shape)) * 100) / 100;
    return {
      id: `${site.id}:${k}`,
      junction,
      fromLane: path.fromLane,
      toLane: path.toLane,
      turn: turn.turn,
      lengthM,
      speedMps: turnSpeed(path, laid[turn.from]!.plan.speedMps, laid[turn.to]!.plan.speedMps),
      shape: path.shape,
      waitAtM: standing.waitAtM,
      rightOfWay: standing.rightOfWay,
      signal: kind === 'signal' ? signal : -1,
      link: kind === 'signal' ? k : -1,
      yieldsTo: standing.yieldsTo.map((other) => firstMovement + other),
      yieldsInside: standing.yieldsInside.map((other) => firstMovement + other),
      conflicts: standing.conflicts.map((other) => firstMovement + other),
    };
  });
}

function bindWay(way: WayPlan, laid: readonly Laid[], ins: readonly number[], outs: readonly number[]): LaneTurn {
  const from = ins.find((r) => laid[r]!.plan.id === way.from);
  const to = outs.find((r) => laid[r]!.plan.id === way.to);
  const isOn = (r: number | undefined, lane: number) => r !== undefined && lane >= 0 && lane < laid[r]!.plan.laneCount;
  if (from === undefined || to === undefined || !isOn(from, way.fromLane) || !isOn(to, way.toLane))
    throw new RangeError(`a way from ${way.from}_${way.fromLane} to ${way.to}_${way.toLane} has no such lanes`);
  return { ...way, from, to };
}

/** Of the roads that leave a junction those a road may lead to, where its plan says so. */
function exitsOf(road: RoadPlan, outs: readonly number[], laid: readonly Laid[]): ReadonlySet<number> | null {
  const { exits } = road;
  return exits === undefined ? null : new Set(outs.filter((r) => exits.includes(laid[r]!.plan.id)));
}

/** As SUMO orders the links of a junction: approaches clockwise from north, lanes from the kerb, turns from the right. */
function orderClockwise(turns: readonly LaneTurn[], heading: (road: number) => Point): LaneTurn[] {
  const bearing = (road: number) => {
    const h = heading(road);
    return (Math.atan2(-h.x, -h.y) + 2 * Math.PI) % (2 * Math.PI);
  };
  const rank: Record<Turn, number> = { right: 0, straight: 1, left: 2, 'u-turn': 3 };
  return [...turns].sort(
    (a, b) =>
      bearing(a.from) - bearing(b.from) ||
      a.from - b.from ||
      a.fromLane - b.fromLane ||
      rank[a.turn] - rank[b.turn] ||
      a.to - b.to ||
      a.toLane - b.toLane,
  );
}

function curveOf(turn: LaneTurn, laid: readonly Laid[]): number[] {
  const from = laid[turn.from]!.laneShapes[turn.fromLane]!;
  const to = laid[turn.to]!.laneShapes[turn.toLane]!;
  return curveBetween(
    pointOf(from, from.length / 2 - 1),
    directionOf(from, true, 5),
    pointOf(to, 0),
    directionOf(to, false, 5),
    CURVE_PIECES,
  );
}

function turnSpeed(path: Path, fromMps: MetresPerSecond, toMps: MetresPerSecond): MetresPerSecond {
  const limit = (fromMps + toMps) / 2;
  const angle = Math.abs(turnBetween(directionOf(path.shape, false, 1), directionOf(path.shape, true, 1)));
  if (angle < 0.17) return limit;
  const radius = measureLength(path.shape) / angle;
  const bounded = Math.min(limit, Math.max(SLOWEST_TURN_MPS, Math.sqrt(LATERAL_MPS2 * radius)));
  return Math.round(bounded * 100) / 100;
}

function roadOf(road: Laid): Road {
  const { plan } = road;
  return {
    id: plan.id,
    name: plan.name,
    from: road.from,
    to: road.to,
    firstLane: road.firstLane,
    laneCount: plan.laneCount,
    lengthM: road.lengthM,
    speedMps: plan.speedMps,
    priority: plan.priority,
    level: plan.level,
    district: road.district,
  };
}

function joinLanes(lanes: readonly Lane[], movements: readonly Movement[]): Lane[] {
  const out: number[][] = lanes.map(() => []);
  const into: number[][] = lanes.map(() => []);
  movements.forEach((movement, index) => {
    out[movement.fromLane]!.push(index);
    into[movement.toLane]!.push(index);
  });
  return lanes.map((lane, l) => ({ ...lane, out: out[l]!, in: into[l]! }));
}
