import { checkCity } from '../../city/check.ts';
import type { City, District, Junction, JunctionKind, Lane, Movement, Road } from '../../city/city.ts';
import { classBit } from '../../city/city.ts';
import { isInside } from '../../city/geometry.ts';
import { isKnownProjection } from '../../city/projection.ts';
import { withVersion } from '../../city/version.ts';
import type { ReportBuilder } from '../report.ts';
import { addSchedules, buildDetectors } from './control.ts';
import { buildMovements } from './movements.ts';
import type { RawEdge, RawJunction, RawNet } from './net.ts';
import { buildSignals, planSignals } from './signals.ts';
import { buildBusStops, buildWalking } from './walking.ts';

const KINDS: Readonly<Record<string, JunctionKind>> = {
  traffic_light: 'signal',
  traffic_light_unregulated: 'signal',
  traffic_light_right_on_red: 'signal',
  priority: 'priority',
  priority_stop: 'priority',
  rail_signal: 'priority',
  rail_crossing: 'priority',
  right_before_left: 'right-before-left',
  left_before_right: 'right-before-left',
  allway_stop: 'all-way-stop',
  zipper: 'zipper',
  dead_end: 'dead-end',
  unregulated: 'unregulated',
  district: 'unregulated',
};

/** A lane whose movements are not known yet. */
type PlainLane = Omit<Lane, 'in' | 'out'> & { in: readonly number[]; out: readonly number[] };
const NONE: readonly number[] = [];

function addRoad(edge: RawEdge, junctionOf: ReadonlyMap<string, number>, roads: Road[], lanes: PlainLane[]): void {
  const findEnd = (end: 'from' | 'to'): number => {
    const index = junctionOf.get(edge[end]);
    if (index === undefined) {
      throw edge.element.fault(
        `${end === 'from' ? 'begins' : 'ends'} at junction "${edge[end]}", which is not in the network`,
        'Add the junction or correct the edge.',
      );
    }
    return index;
  };
  const road = roads.length;
  const firstLane = lanes.length;
  edge.lanes.forEach((lane, i) => {
    if (lane.index !== i) {
      throw edge.element.fault(`has lane index ${lane.index} where ${i} is due`, 'Number its lanes 0, 1, 2, ...');
    }
    lanes.push({
      id: lane.id,
      road,
      index: i,
      lengthM: lane.lengthM,
      speedMps: lane.speedMps,
      widthM: lane.widthM,
      allowed: lane.allowed,
      shape: lane.shape,
      in: NONE,
      out: NONE,
    });
  });
  roads.push({
    id: edge.id,
    name: edge.name,
    from: findEnd('from'),
    to: findEnd('to'),
    firstLane,
    laneCount: edge.lanes.length,
    lengthM: Math.max(...edge.lanes.map((lane) => lane.lengthM)),
    speedMps: Math.max(...edge.lanes.map((lane) => lane.speedMps)),
    priority: edge.priority,
    level: 0,
    district: -1,
  });
}

/** Movements by a lane of theirs, ascending, each list of exact size. */
function groupMovements(
  movements: readonly Movement[],
  lanes: number,
  laneOf: (movement: Movement) => number,
): (lane: number) => readonly number[] {
  const start = new Int32Array(lanes + 2);
  for (const movement of movements) start[laneOf(movement) + 2]!++;
  for (let l = 2; l < start.length; l++) start[l]! += start[l - 1]!;
  const sorted = new Int32Array(movements.length);
  movements.forEach((movement, m) => {
    sorted[start[laneOf(movement) + 1]!++] = m;
  });
  const own: number[] = [];
  return (lane) => {
    own.length = 0;
    for (let i = start[lane]!; i < start[lane + 1]!; i++) own.push(sorted[i]!);
    return own.length === 0 ? NONE : own.slice();
  };
}

function buildDistricts(net: RawNet): District[] {
  return net.zones.filter((zone) => zone.shape.length >= 6).map(({ id, name, shape }) => ({ id, name, shape }));
}

/** A road is of the zone that names it, otherwise of the first one its middle lies in. */
function assignDistricts(
  net: RawNet,
  roads: Road[],
  lanes: readonly PlainLane[],
  districts: readonly District[],
): void {
  if (districts.length === 0) return;
  const named = new Map<string, number>();
  districts.forEach((district, index) => {
    for (const edge of net.zones.find((zone) => zone.id === district.id)?.edges ?? []) named.set(edge, index);
  });
  roads.forEach((road, i) => {
    const shape = lanes[road.firstLane]?.shape ?? [];
    const middle = Math.floor(shape.length / 4) * 2;
    const x = shape[middle] ?? 0;
    const y = shape[middle + 1] ?? 0;
    const district = named.get(road.id) ?? districts.findIndex((candidate) => isInside(candidate.shape, x, y));
    roads[i] = { ...road, district };
  });
}

function buildJunctions(
  raw: readonly RawJunction[],
  movements: readonly Movement[],
  ofJunction: readonly (readonly number[])[],
): Junction[] {
  return raw.map((junction, i) => {
    const own = ofJunction[i] ?? [];
    const signal = movements[own.find((movement) => (movements[movement]?.signal ?? -1) >= 0) ?? -1]?.signal ?? -1;
    const kind = KINDS[junction.type] ?? 'unregulated';
    return {
      id: junction.id,
      kind: signal >= 0 ? 'signal' : kind === 'signal' ? 'priority' : kind,
      x: junction.x,
      y: junction.y,
      shape: junction.shape,
      movements: own,
      signal,
    };
  });
}

function warnOfBlindLanes(city: City, report: ReportBuilder): void {
  const car = classBit('car');
  const blind = city.lanes.filter((lane) => {
    const road = city.roads[lane.road];
    const leavesSomewhere = city.junctions[road?.to ?? -1]?.kind !== 'dead-end';
    return (lane.allowed & car) !== 0 && lane.out.length === 0 && leavesSomewhere;
  });
  if (blind.length > 0) {
    const some = blind.slice(0, 3).map((lane) => lane.id);
    report.warn(
      `${blind.length} lanes lead nowhere, though other roads leave their junction: ${some.join(', ')}${blind.length > 3 ? ', ...' : ''}`,
    );
  }
}

/** A city of a raw network, which is empty afterwards. Throws UrbaneError `bad-input` on damage that cannot be left out. */
export function buildCity(net: RawNet, name: string, report: ReportBuilder): City {
  const junctionOf = new Map([...net.junctions.keys()].map((id, index) => [id, index]));
  const roads: Road[] = [];
  const lanes: PlainLane[] = [];
  const roadOfEdge = new Map<string, number>();
  for (const edge of net.edges.values()) {
    const { file, line } = edge.element;
    if (edge.lanes.length === 0) {
      throw edge.element.fault('has no lanes', 'Give the edge at least one lane.');
    }
    if (edge.lanes.every((lane) => lane.allowed === 0)) {
      report.drop({ what: 'edge', element: edge.id, file, line, why: 'no vehicle class of the street may use it' });
      continue;
    }
    roadOfEdge.set(edge.id, roads.length);
    addRoad(edge, junctionOf, roads, lanes);
  }
  const districts = buildDistricts(net);
  assignDistricts(net, roads, lanes, districts);

  const plans = planSignals(net, report);
  const signalOf = new Map(plans.map((plan, index) => [plan.id, index]));
  const names = { roadOfEdge, signalOf };
  const { movements, ofJunction, crossingLinks } = buildMovements(net, names, roads, lanes, report);
  for (const part of [net.innerLanes, net.nextInner, net.waitingPlaces]) part.clear();
  const outs = groupMovements(movements, lanes.length, ({ fromLane }) => fromLane);
  const ins = groupMovements(movements, lanes.length, ({ toLane }) => toLane);
  lanes.forEach((lane, l) => {
    lane.in = ins(l);
    lane.out = outs(l);
  });
  const content = {
    name,
    projection: readProjection(net, report),
    roads,
    lanes,
    movements,
    junctions: buildJunctions([...net.junctions.values()], movements, ofJunction),
    signals: addSchedules(buildSignals(plans, movements), net.control, report),
    ...buildWalking(net, names, crossingLinks, roads, lanes, report),
    busStops: buildBusStops(net.busStops, lanes, report),
    districts,
    ground: [],
    detectors: buildDetectors(net.control.detectors, lanes, movements, signalOf, report),
  };
  // the raw network is as large as the city: it goes as soon as it can
  for (const part of [net.edges, net.walkingPaths, net.junctions]) part.clear();
  net.connections.length = 0;
  const city = withVersion(content);
  const faults = checkCity(city);
  if (faults.length > 0) throw new Error(`the reader built a city that is not sound: ${faults[0]}`);
  warnOfBlindLanes(city, report);
  if (net.lefthand) report.warn('the network drives on the left; lanes are still numbered from the kerb');
  return city;
}

function readProjection(net: RawNet, report: ReportBuilder): City['projection'] {
  const { definition, offsetX, offsetY } = net.location ?? { definition: '!', offsetX: 0, offsetY: 0 };
  if (isKnownProjection(definition)) return { definition, offsetX, offsetY };
  if (definition !== '!') {
    report.warn(
      `the projection "${definition.slice(0, 60)}" is not one that proj4 knows; the plane is laid flat around 0, 0`,
    );
  }
  return { definition: null, offsetX, offsetY };
}
