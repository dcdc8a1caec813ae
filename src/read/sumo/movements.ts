import type { Lane, Movement, RightOfWay, Road, Turn } from '../../city/city.ts';
import type { ReportBuilder } from '../report.ts';
import type { RawConnection, RawJunction, RawLane, RawNet, RawRequest } from './net.ts';

/** Where a raw network's names lead in the city being built. */
export interface Names {
  readonly roadOfEdge: ReadonlyMap<string, number>;
  readonly signalOf: ReadonlyMap<string, number>;
}

const TURNS: Readonly<Record<string, Turn>> = {
  s: 'straight',
  r: 'right',
  R: 'right',
  l: 'left',
  L: 'left',
  t: 'u-turn',
};

/** Signals whose lamps SUMO sets by trains and not by a program. */
const RAIL_JUNCTIONS = new Set(['rail_signal', 'rail_crossing']);

function readRightOfWay(state: string, junctionType: string): RightOfWay {
  if (state === 'w' || junctionType === 'allway_stop') return 'all-way-stop';
  if (state === 's') return 'stop';
  if (state === 'Z') return 'zipper';
  if (state === '=') return 'right-before-left';
  if (state === 'm' || state === 'o') {
    return junctionType === 'right_before_left' || junctionType === 'left_before_right' ? 'right-before-left' : 'minor';
  }
  return 'major';
}

interface Path {
  readonly lengthM: number;
  readonly speedMps: number;
  readonly shape: number[];
  readonly waitAtM: number;
}

function appendShape(shape: number[], more: readonly number[]): void {
  for (let i = 0; i + 1 < more.length; i += 2) {
    const x = more[i] ?? 0;
    const y = more[i + 1] ?? 0;
    if (shape.at(-2) !== x || shape.at(-1) !== y) shape.push(x, y);
  }
}

/** Inner lanes of a network by id, and for each the inner lane that follows it. */
interface InnerLanes {
  readonly lanes: ReadonlyMap<string, RawLane>;
  readonly next: ReadonlyMap<string, string>;
}

function listInnerLanes(net: RawNet): InnerLanes {
  const lanes = new Map<string, RawLane>();
  for (const edge of net.edges.values()) {
    if (edge.internal) for (const lane of edge.lanes) lanes.set(lane.id, lane);
  }
  const next = new Map<string, string>();
  for (const connection of net.connections) {
    if (connection.from.startsWith(':') && connection.via !== undefined) {
      next.set(`${connection.from}_${connection.fromLane}`, connection.via);
    }
  }
  return { lanes, next };
}

/**
 * The path of a connection: its inner lanes one after the other. Where SUMO splits the path by an internal junction, the
 * place to wait for a gap is the end of the last piece but one. Without inner lanes the length is 0.
 */
function followPath(connection: RawConnection, inner: InnerLanes, from: Lane, to: Lane): Path {
  const pieces: RawLane[] = [];
  let via = connection.via;
  while (via !== undefined) {
    const piece = inner.lanes.get(via);
    if (piece === undefined) {
      throw connection.element.fault(
        `goes via lane "${via}", which is not in the network`,
        'Build the network again with netconvert.',
      );
    }
    if (pieces.includes(piece)) {
      throw connection.element.fault(
        `goes round in circles via lane "${via}"`,
        'Build the network again with netconvert.',
      );
    }
    pieces.push(piece);
    via = inner.next.get(via);
  }
  if (pieces.length === 0) {
    const shape = [...from.shape.slice(-2)];
    appendShape(shape, to.shape.slice(0, 2));
    if (shape.length === 2) shape.push(...to.shape.slice(0, 2));
    return { lengthM: 0, speedMps: Math.min(from.speedMps, to.speedMps), shape, waitAtM: -1 };
  }
  const shape: number[] = [];
  let lengthM = 0;
  let waitAtM = -1;
  let speedMps = Number.POSITIVE_INFINITY;
  pieces.forEach((piece, i) => {
    if (i === pieces.length - 1 && i > 0) waitAtM = lengthM;
    lengthM += piece.lengthM;
    speedMps = Math.min(speedMps, piece.speedMps);
    appendShape(shape, piece.shape);
  });
  if (shape.length === 2) shape.push(shape[0] ?? 0, shape[1] ?? 0);
  return { lengthM, speedMps, shape, waitAtM };
}

/** Connections by the lane they leave, in the order of the file. */
function groupByFromLane(net: RawNet): Map<string, RawConnection[]> {
  const groups = new Map<string, RawConnection[]>();
  for (const connection of net.connections) {
    const edge = net.edges.get(connection.from);
    const lane = edge?.lanes[connection.fromLane];
    if (edge !== undefined && !edge.internal && lane === undefined) {
      throw connection.element.fault(
        `leaves lane ${connection.fromLane} of edge "${connection.from}", which has ${edge.lanes.length} lanes`,
        'Correct fromLane or give the edge that lane.',
      );
    }
    const key = `${connection.from}_${connection.fromLane}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [connection]);
    else group.push(connection);
  }
  return groups;
}

function setBits(bits: string, each: (link: number) => void): void {
  for (let i = bits.length - 1; i >= 0; i--) if (bits.charCodeAt(i) === 49) each(bits.length - 1 - i);
}

/** A connection with its request index in the junction, before movements have their numbers. */
interface Link {
  readonly connection: RawConnection;
  readonly request: RawRequest | undefined;
}

/** A link by which people on foot step onto a crossing, with the movements it meets and gives way to. */
export interface CrossingLink {
  readonly connection: RawConnection;
  /** Junction index. */
  readonly junction: number;
  readonly conflicts: readonly number[];
  readonly yieldsTo: readonly number[];
}

/**
 * The links of a junction in request order: lanes in the order of `incLanes`, and the connections of each lane in the
 * order of the file, those to walking areas left out (SUMO: MSRightOfWayJunction::postloadInit). Crossings come last.
 */
function listLinks(
  junction: RawJunction,
  incoming: readonly string[],
  connections: ReadonlyMap<string, RawConnection[]>,
  paths: RawNet['walkingPaths'],
): Link[] {
  const requests = new Map(junction.requests.map((request) => [request.index, request]));
  const links: Link[] = [];
  for (const lane of incoming) {
    for (const connection of connections.get(lane) ?? []) {
      const target = paths.get(connection.to)?.kind;
      if (target === 'walkingarea' || (paths.has(connection.from) && target !== 'crossing')) continue;
      links.push({ connection, request: requests.get(links.length) });
    }
  }
  if (requests.size > 0 && links.length > requests.size) {
    throw junction.element.fault(
      `has ${links.length} links and only ${requests.size} requests`,
      'Build the network again with netconvert.',
    );
  }
  return links;
}

/**
 * All movements of a network, for each junction (in the order of `net.junctions`) which are its own, and the crossings'
 * links.
 */
export function buildMovements(
  net: RawNet,
  names: Names,
  roads: readonly Road[],
  lanes: readonly Lane[],
  report: ReportBuilder,
): { movements: Movement[]; ofJunction: number[][]; crossingLinks: CrossingLink[] } {
  const inner = listInnerLanes(net);
  const connections = groupByFromLane(net);
  const incomingOf = listIncomingLanes(net);
  const movements: Movement[] = [];
  const ofJunction: number[][] = [];
  const crossingLinks: CrossingLink[] = [];
  const usedIds = new Set<string>();
  let junctionIndex = -1;
  for (const junction of net.junctions.values()) {
    junctionIndex++;
    const links = listLinks(junction, incomingOf.get(junction.id) ?? [], connections, net.walkingPaths);
    const movementOf = links.map(({ connection }) => {
      const made = makeMovement(connection, junction, junctionIndex);
      if (made === null) return -1;
      movements.push(made);
      return movements.length - 1;
    });
    ofJunction.push(movementOf.filter((movement) => movement >= 0));
    relate(links, movementOf, junctionIndex);
  }
  return { movements, ofJunction, crossingLinks };

  function makeMovement(connection: RawConnection, junction: RawJunction, index: number): Movement | null {
    const { element } = connection;
    const fromRoad = names.roadOfEdge.get(connection.from);
    if (fromRoad === undefined) return null;
    const toRoad = names.roadOfEdge.get(connection.to);
    if (toRoad === undefined) {
      if (!net.edges.has(connection.to)) {
        if (net.walkingPaths.has(connection.to)) return null;
        throw element.fault(
          `leads to edge "${connection.to}", which is not in the network`,
          'Remove the connection or add the edge.',
        );
      }
      report.tally('connection', 'it leads to an edge that was dropped', element.file, element.line);
      return null;
    }
    const target = roads[toRoad];
    const toLane = target === undefined ? -1 : target.firstLane + connection.toLane;
    if (target === undefined || connection.toLane >= target.laneCount) {
      throw element.fault(
        `leads to lane ${connection.toLane} of edge "${connection.to}", which has ${target?.laneCount ?? 0} lanes`,
        'Correct toLane or give the edge that lane.',
      );
    }
    if (roads[fromRoad]?.to !== target.from) {
      throw element.fault(
        `joins an edge that ends at another junction than the one where edge "${connection.to}" begins`,
        'Remove the connection or correct the edges.',
      );
    }
    const fromLane = (roads[fromRoad]?.firstLane ?? 0) + connection.fromLane;
    const from = lanes[fromLane];
    const to = lanes[toLane];
    if (from === undefined || to === undefined) return null;
    let signal = -1;
    if (connection.signal !== undefined && !RAIL_JUNCTIONS.has(junction.type)) {
      signal = names.signalOf.get(connection.signal) ?? -1;
      if (signal < 0) {
        throw element.fault(
          `is link ${connection.link} of signal "${connection.signal}", which has no program`,
          'Add a tlLogic of that id.',
        );
      }
    }
    const plainId = `${from.id}>${to.id}`;
    let id = plainId;
    for (let n = 2; usedIds.has(id); n++) id = `${plainId}#${n}`;
    usedIds.add(id);
    return {
      id,
      junction: index,
      fromLane,
      toLane,
      turn: TURNS[connection.dir] ?? 'straight',
      ...followPath(connection, inner, from, to),
      rightOfWay: readRightOfWay(connection.state, junction.type),
      signal,
      link: signal < 0 ? -1 : connection.link,
      yieldsTo: [],
      yieldsInside: [],
      conflicts: [],
    };
  }

  function relate(links: readonly Link[], movementOf: readonly number[], index: number): void {
    const conflicts = links.map(() => new Set<number>());
    const yieldsTo = links.map(() => new Set<number>());
    links.forEach(({ request }, i) => {
      const mine = movementOf[i] ?? -1;
      if (request === undefined) return;
      setBits(request.foes, (link) => {
        const other = movementOf[link] ?? -1;
        if (other === mine) return;
        if (other >= 0) conflicts[i]?.add(other);
        if (mine >= 0) conflicts[link]?.add(mine);
      });
      setBits(request.response, (link) => {
        const other = movementOf[link] ?? -1;
        if (other >= 0 && other !== mine) yieldsTo[i]?.add(other);
      });
    });
    links.forEach((link, i) => {
      const { connection } = link;
      const m = movementOf[i] ?? -1;
      const movement = movements[m];
      const related = {
        yieldsTo: [...(yieldsTo[i] ?? [])].sort((a, b) => a - b),
        conflicts: [...(conflicts[i] ?? [])].sort((a, b) => a - b),
      };
      if (movement !== undefined) {
        const foes = movement.waitAtM < 0 ? [] : listFoesInside(net.waitingPlaces, link, links, movementOf);
        movements[m] = { ...movement, ...related, yieldsInside: foes ?? related.yieldsTo };
      } else if (net.walkingPaths.has(connection.to)) crossingLinks.push({ connection, junction: index, ...related });
    });
  }
}

/** To whom those of a link give way from its waiting place, if it has one (SUMO: MSInternalJunction::postloadInit). */
function listFoesInside(
  places: RawNet['waitingPlaces'],
  { connection }: Link,
  links: readonly Link[],
  movementOf: readonly number[],
): number[] | null {
  const place = connection.via === undefined ? undefined : places.get(connection.via);
  if (place === undefined) return null;
  return links.flatMap((other, i) => {
    const { from, fromLane, via } = other.connection;
    const movement = movementOf[i] ?? -1;
    const isFoe =
      via !== undefined && place.innerLanes.includes(via) && place.incomingLanes.includes(`${from}_${fromLane}`);
    return isFoe && movement >= 0 ? [movement] : [];
  });
}

/** Incoming lanes by junction: as the junction lists them, then any others of edges that end there. */
function listIncomingLanes(net: RawNet): Map<string, string[]> {
  const incoming = new Map<string, Set<string>>();
  for (const junction of net.junctions.values()) incoming.set(junction.id, new Set(junction.incomingLanes));
  for (const edge of net.edges.values()) {
    const lanes = incoming.get(edge.to);
    if (lanes === undefined) continue;
    for (const lane of edge.lanes) lanes.add(`${edge.id}_${lane.index}`);
  }
  return new Map([...incoming].map(([junction, lanes]) => [junction, [...lanes]]));
}
