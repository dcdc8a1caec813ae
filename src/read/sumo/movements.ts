import type { Lane, Movement, RightOfWay, Road, Turn } from '../../city/city.ts';
import type { ReportBuilder } from '../report.ts';
import type { RawConnection, RawEdge, RawInnerLane, RawJunction, RawNet, RawRequest } from './net.ts';
import { faultOf } from './net.ts';

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

const NONE: readonly number[] = [];

interface Path {
  readonly lengthM: number;
  readonly speedMps: number;
  readonly shape: readonly number[];
  readonly waitAtM: number;
}

interface Ends {
  readonly fromLane: number;
  readonly toLane: number;
  readonly from: Lane;
  readonly to: Lane;
  readonly signal: number;
}

function appendShape(shape: number[], more: readonly number[]): void {
  for (let i = 0; i + 1 < more.length; i += 2) {
    const x = more[i] ?? 0;
    const y = more[i + 1] ?? 0;
    if (shape.at(-2) !== x || shape.at(-1) !== y) shape.push(x, y);
  }
}

/** True when a point stands twice in a row. */
function repeats(shape: readonly number[]): boolean {
  for (let i = 2; i + 1 < shape.length; i += 2)
    if (shape[i] === shape[i - 2] && shape[i + 1] === shape[i - 1]) return true;
  return false;
}

/**
 * The path of a connection: its inner lanes one after the other. Where SUMO splits the path by an internal junction, the
 * place to wait for a gap is the end of the last piece but one. Without inner lanes the length is 0.
 */
function followPath(connection: RawConnection, net: RawNet, from: Lane, to: Lane): Path {
  const first = net.innerLanes.get(connection.via ?? '');
  if (
    first !== undefined &&
    !net.nextInner.has(connection.via ?? '') &&
    first.shape.length >= 4 &&
    !repeats(first.shape)
  )
    return { lengthM: first.lengthM, speedMps: first.speedMps, shape: first.shape, waitAtM: -1 };
  const pieces: RawInnerLane[] = [];
  let via = connection.via;
  while (via !== undefined) {
    const piece = net.innerLanes.get(via);
    if (piece === undefined) {
      throw faultOf(
        connection,
        `goes via lane "${via}", which is not in the network`,
        'Build the network again with netconvert.',
      );
    }
    if (pieces.includes(piece)) {
      throw faultOf(connection, `goes round in circles via lane "${via}"`, 'Build the network again with netconvert.');
    }
    pieces.push(piece);
    via = net.nextInner.get(via);
  }
  if (pieces.length === 0) {
    const shape = [...from.shape.slice(-2)];
    appendShape(shape, to.shape.slice(0, 2));
    if (shape.length === 2) shape.push(...to.shape.slice(0, 2));
    return { lengthM: 0, speedMps: Math.min(from.speedMps, to.speedMps), shape: shape.slice(), waitAtM: -1 };
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
  return { lengthM, speedMps, shape: shape.slice(), waitAtM };
}

/** Lists the connections that leave a lane, in the order of the file. */
function indexByFromLane(net: RawNet): (lane: string) => RawConnection[] {
  const firstOf = new Map<string, number>();
  const nextOf = new Int32Array(net.connections.length).fill(-1);
  for (let c = net.connections.length - 1; c >= 0; c--) {
    const connection = net.connections[c]!;
    const edge = net.edges.get(connection.from);
    if (edge !== undefined && edge.lanes[connection.fromLane] === undefined) {
      throw faultOf(
        connection,
        `leaves lane ${connection.fromLane} of edge "${connection.from}", which has ${edge.lanes.length} lanes`,
        'Correct fromLane or give the edge that lane.',
      );
    }
    const key = `${connection.from}_${connection.fromLane}`;
    nextOf[c] = firstOf.get(key) ?? -1;
    firstOf.set(key, c);
  }
  return (lane) => {
    const found: RawConnection[] = [];
    for (let c = firstOf.get(lane) ?? -1; c >= 0; c = nextOf[c]!) found.push(net.connections[c]!);
    return found;
  };
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
  incoming: Iterable<string>,
  connectionsFrom: (lane: string) => RawConnection[],
  paths: RawNet['walkingPaths'],
): Link[] {
  const requests = new Map(junction.requests.map((request) => [request.index, request]));
  const links: Link[] = [];
  for (const lane of incoming) {
    for (const connection of connectionsFrom(lane)) {
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
  const connectionsFrom = indexByFromLane(net);
  const edgesTo = listEdgesTo(net);
  const movements: Movement[] = [];
  const ofJunction: number[][] = [];
  const crossingLinks: CrossingLink[] = [];
  const scratch = { meets: new Bits(), yields: new Bits(), list: [] };
  let junctionIndex = -1;
  for (const junction of net.junctions.values()) {
    junctionIndex++;
    const incoming = listIncomingLanes(junction, edgesTo.get(junction.id) ?? []);
    const links = listLinks(junction, incoming, connectionsFrom, net.walkingPaths);
    const ends = links.map(({ connection }) => findEnds(connection, junction));
    let next = movements.length;
    const movementOf = ends.map((end) => (end === null ? -1 : next++));
    ofJunction.push(movementOf.filter((movement) => movement >= 0).slice());
    const { conflicts, yieldsTo } = relate(links, movementOf, scratch);
    const usedIds = new Set<string>();
    links.forEach((link, i) => {
      const end = ends[i];
      const related = { yieldsTo: yieldsTo(i), conflicts: conflicts(i) };
      if (end == null) {
        if (net.walkingPaths.has(link.connection.to))
          crossingLinks.push({ connection: link.connection, junction: junctionIndex, ...related });
        return;
      }
      const path = followPath(link.connection, net, end.from, end.to);
      const foes = path.waitAtM < 0 ? NONE : listFoesInside(net.waitingPlaces, link, links, movementOf);
      movements.push({
        id: nameMovement(end.from, end.to, usedIds),
        junction: junctionIndex,
        fromLane: end.fromLane,
        toLane: end.toLane,
        turn: TURNS[link.connection.dir] ?? 'straight',
        lengthM: path.lengthM,
        speedMps: path.speedMps,
        shape: path.shape,
        waitAtM: path.waitAtM,
        rightOfWay: readRightOfWay(link.connection.state, junction.type),
        signal: end.signal,
        link: end.signal < 0 ? -1 : link.connection.link,
        yieldsTo: related.yieldsTo,
        yieldsInside: foes ?? related.yieldsTo,
        conflicts: related.conflicts,
      });
    });
  }
  return { movements, ofJunction, crossingLinks };

  /** The lanes that a connection joins and its signal; null for what is no movement of vehicles. */
  function findEnds(connection: RawConnection, junction: RawJunction): Ends | null {
    const fromRoad = names.roadOfEdge.get(connection.from);
    if (fromRoad === undefined) return null;
    const toRoad = names.roadOfEdge.get(connection.to);
    if (toRoad === undefined) {
      if (!net.edges.has(connection.to)) {
        if (net.walkingPaths.has(connection.to)) return null;
        throw faultOf(
          connection,
          `leads to edge "${connection.to}", which is not in the network`,
          'Remove the connection or add the edge.',
        );
      }
      report.tally('connection', 'it leads to an edge that was dropped', connection.file, connection.line);
      return null;
    }
    const target = roads[toRoad];
    const toLane = target === undefined ? -1 : target.firstLane + connection.toLane;
    if (target === undefined || connection.toLane >= target.laneCount) {
      throw faultOf(
        connection,
        `leads to lane ${connection.toLane} of edge "${connection.to}", which has ${target?.laneCount ?? 0} lanes`,
        'Correct toLane or give the edge that lane.',
      );
    }
    if (roads[fromRoad]?.to !== target.from) {
      throw faultOf(
        connection,
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
        throw faultOf(
          connection,
          `is link ${connection.link} of signal "${connection.signal}", which has no program`,
          'Add a tlLogic of that id.',
        );
      }
    }
    return { fromLane, toLane, from, to, signal };
  }
}

/** Parallel connections of the same two lanes are numbered from the second on. */
function nameMovement(from: Lane, to: Lane, usedIds: Set<string>): string {
  const plainId = `${from.id}>${to.id}`;
  let id = plainId;
  for (let n = 2; usedIds.has(id); n++) id = `${plainId}#${n}`;
  usedIds.add(id);
  return id;
}

/** Room that is used again for each junction. */
interface Scratch {
  readonly meets: Bits;
  readonly yields: Bits;
  readonly list: number[];
}

class Bits {
  private bytes = new Uint8Array(4096);

  /** So many zeros, until it is asked again. */
  take(count: number): Uint8Array {
    if (this.bytes.length < count) this.bytes = new Uint8Array(2 * count);
    return this.bytes.fill(0, 0, count);
  }
}

/** Which movements each link of a junction meets, made symmetric, and to which it gives way; ascending, of exact size. */
function relate(
  links: readonly Link[],
  movementOf: readonly number[],
  scratch: Scratch,
): { conflicts(link: number): readonly number[]; yieldsTo(link: number): readonly number[] } {
  const count = links.length;
  const meets = scratch.meets.take(count * count);
  const yields = scratch.yields.take(count * count);
  links.forEach(({ request }, i) => {
    if (request === undefined) return;
    setBits(request.foes, (other) => {
      if (other >= count || other === i) return;
      meets[i * count + other] = 1;
      meets[other * count + i] = 1;
    });
    setBits(request.response, (other) => {
      if (other < count && other !== i) yields[i * count + other] = 1;
    });
  });
  const list = (bits: Uint8Array) => (i: number) => {
    const others = scratch.list;
    others.length = 0;
    for (let other = 0; other < count; other++)
      if (bits[i * count + other] === 1 && movementOf[other]! >= 0) others.push(movementOf[other]!);
    return others.length === 0 ? NONE : others.slice();
  };
  return { conflicts: list(meets), yieldsTo: list(yields) };
}

/** To whom those of a link give way from its waiting place, if it has one (SUMO: MSInternalJunction::postloadInit). */
function listFoesInside(
  places: RawNet['waitingPlaces'],
  { connection }: Link,
  links: readonly Link[],
  movementOf: readonly number[],
): readonly number[] | null {
  const place = connection.via === undefined ? undefined : places.get(connection.via);
  if (place === undefined) return null;
  // the first of incLanes is the lane of the place itself
  const incoming = place.incLanes.slice(place.incLanes.search(/\s|$/));
  const foes: number[] = [];
  links.forEach((other, i) => {
    const { from, fromLane, via } = other.connection;
    const movement = movementOf[i] ?? -1;
    if (movement < 0 || via === undefined || !holdsWord(place.intLanes, via)) return;
    if (holdsWord(incoming, `${from}_${fromLane}`)) foes.push(movement);
  });
  return foes.slice();
}

/** True when the word stands in a text of words with blanks between. */
function holdsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const isBlank = (code: number) => !(code > 32);
    if (isBlank(text.charCodeAt(at - 1)) && isBlank(text.charCodeAt(at + word.length))) return true;
  }
  return false;
}

function listEdgesTo(net: RawNet): Map<string, RawEdge[]> {
  const edges = new Map<string, RawEdge[]>();
  for (const edge of net.edges.values()) {
    const known = edges.get(edge.to);
    if (known === undefined) edges.set(edge.to, [edge]);
    else known.push(edge);
  }
  return edges;
}

/** Incoming lanes as the junction lists them, then any others of edges that end there. */
function listIncomingLanes({ incomingLanes }: RawJunction, edges: readonly RawEdge[]): Set<string> {
  const incoming = new Set(incomingLanes);
  for (const { id, lanes } of edges) for (const { index } of lanes) incoming.add(`${id}_${index}`);
  return incoming;
}
