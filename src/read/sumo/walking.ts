import type { BusStop, Corner, Crossing, Lane, Road } from '../../city/city.ts';
import type { ReportBuilder } from '../report.ts';
import type { CrossingLink, Names } from './movements.ts';
import type { RawBusStop, RawNet } from './net.ts';

/** SUMO's least length of a stop (POSITION_EPS). */
const SHORTEST_STOP_M = 0.1;

/** Corners (SUMO's walking areas) and crossings of a network. Left out: crossings that do not join two corners. */
export function buildWalking(
  net: RawNet,
  names: Names,
  links: readonly CrossingLink[],
  roads: readonly Road[],
  lanes: readonly Lane[],
  report: ReportBuilder,
): { corners: Corner[]; crossings: Crossing[] } {
  const junctionOf = new Map([...net.junctions.keys()].map((id, index) => [id, index]));
  const touches = (road: Road | undefined, junction: number) => road?.from === junction || road?.to === junction;
  const laneOf = new Map(lanes.map((lane, index) => [lane.id, index]));
  const cornerOf = new Map<string, number>();
  const corners: (Corner & { readonly sidewalks: number[] })[] = [];
  for (const { id, kind, lanes: own, element } of net.walkingPaths.values()) {
    if (kind !== 'walkingarea') continue;
    const junction = junctionOf.get(id.slice(1, id.lastIndexOf('_')));
    if (junction === undefined) {
      report.tally(kind, 'its id names no junction', element.file, element.line);
      continue;
    }
    cornerOf.set(id, corners.length);
    corners.push({ id, junction, shape: own[0]?.shape ?? [], sidewalks: [] });
  }
  const ends = new Map<string, number>();
  for (const { from, to, fromLane, toLane } of net.connections) {
    const corner = corners[cornerOf.get(from) ?? cornerOf.get(to) ?? -1];
    if (corner === undefined) continue;
    const lane = laneOf.get(cornerOf.has(to) ? `${from}_${fromLane}` : `${to}_${toLane}`);
    const isNew = lane !== undefined && !corner.sidewalks.includes(lane);
    if (isNew && touches(roads[lanes[lane]?.road ?? -1], corner.junction)) corner.sidewalks.push(lane);
    if (net.walkingPaths.get(from)?.kind === 'crossing') ends.set(from, cornerOf.get(to) ?? -1);
  }
  const crossings = new Map<string, Crossing>();
  for (const { connection, junction, conflicts, yieldsTo } of links) {
    const path = net.walkingPaths.get(connection.to);
    const lane = path?.lanes[0];
    const first = cornerOf.get(connection.from) ?? -1;
    const second = ends.get(connection.to) ?? -1;
    if (path === undefined || path.kind !== 'crossing' || crossings.has(path.id)) continue;
    const isJoined = corners[first]?.junction === junction && corners[second]?.junction === junction;
    if (lane === undefined || lane.lengthM === 0 || lane.shape.length < 4 || !isJoined) {
      const { file, line } = path.element;
      const why = isJoined ? 'its lane has no length or shape' : 'it does not join two walking areas of its junction';
      report.drop({ what: 'crossing', element: path.id, file, line, why });
      continue;
    }
    const signal = connection.signal === undefined ? -1 : (names.signalOf.get(connection.signal) ?? -1);
    crossings.set(path.id, {
      id: path.id,
      junction,
      roads: path.crosses
        .flatMap((edge) => names.roadOfEdge.get(edge) ?? [])
        .filter((road) => touches(roads[road], junction)),
      lengthM: lane.lengthM,
      widthM: lane.widthM,
      shape: lane.shape,
      corners: [first, second],
      signal,
      link: signal < 0 ? -1 : connection.link,
      conflicts,
      yieldsTo: yieldsTo.filter((movement) => conflicts.includes(movement)),
    });
  }
  return { corners, crossings: [...crossings.values()] };
}

/** The bus stops that lie on lanes of the city; the others are left out and listed. */
export function buildBusStops(stops: readonly RawBusStop[], lanes: readonly Lane[], report: ReportBuilder): BusStop[] {
  const laneOf = new Map(lanes.map((lane, index) => [lane.id, index]));
  const built = new Map<string, BusStop>();
  for (const { id, name, lane: laneId, element } of stops) {
    const drop = (why: string) =>
      report.drop({ what: 'busStop', element: id, file: element.file, line: element.line, why });
    const lane = laneOf.get(laneId);
    const lengthM = lanes[lane ?? -1]?.lengthM;
    if (lane === undefined || lengthM === undefined) {
      drop(`lane "${laneId.slice(0, 80)}" is not in the network`);
      continue;
    }
    if (built.has(id)) {
      drop('a bus stop of this id stands before it');
      continue;
    }
    const fromEnd = (at: number) => (at < 0 ? lengthM + at : at);
    const isFriendly = element.findText('friendlyPos') === 'true' || element.findText('friendlyPos') === '1';
    const clip = (at: number) => (isFriendly ? Math.min(lengthM, Math.max(0, at)) : at);
    const fromM = clip(fromEnd(element.findNumber('startPos') ?? 0));
    const toM = clip(fromEnd(element.findNumber('endPos') ?? lengthM));
    if (fromM < 0 || toM > lengthM || toM - fromM < SHORTEST_STOP_M) {
      drop(`it does not lie on its lane: ${fromM} to ${toM} m of ${lengthM} m`);
      continue;
    }
    built.set(id, { id, name, lane, fromM, toM });
  }
  return [...built.values()];
}
