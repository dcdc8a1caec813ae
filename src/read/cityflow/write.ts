import { besideOf } from '../../city/build-line.ts';
import type { City, Junction, Lane, Movement, Road } from '../../city/city.ts';
import { measureLength } from '../../city/geometry.ts';
import type { Scenario, VehicleType } from '../../demand/demand.ts';
import { countOf, type Written } from '../written.ts';
import type { FlowFile, Roadnet } from './format.ts';
import { writeLight } from './lights.ts';

const TURN_NAMES = { straight: 'go_straight', left: 'turn_left', right: 'turn_right', 'u-turn': 'turn_u' } as const;
/** What lies nearer than this to the line between its neighbours is no bend. */
const BEND_M = 0.05;
const SHORTENED_M = 1;

/** CityFlow's configuration beside which `roadnet.json` and `flow.json` lie; it wants a `dir` that ends with a slash. */
export const CONFIG = {
  interval: 1,
  seed: 1,
  dir: './',
  roadnetFile: 'roadnet.json',
  flowFile: 'flow.json',
  rlTrafficLight: false,
  laneChange: false,
  saveReplay: false,
  roadnetLogFile: '',
  replayLogFile: '',
};

/**
 * A scenario as CityFlow's roadnet.json, flow.json and config.json (docs: Roadnet, Flow, Config File Format).
 * The format has one stop-line distance per intersection, lights without yellow and offset, and drivers that only differ in
 * their vehicle.
 */
export function writeCityFlow(scenario: Scenario): Written {
  const { city, demand } = scenario;
  const roadnet = formatRoadnet(city);
  const signals = city.signals.flatMap(({ programs }) => programs);
  const stopping = demand.trips.filter(({ stops }) => stops !== undefined && stops.length > 0).length;
  const moved = roadnet.roads.filter((road, r) => {
    const cuts = [road.startIntersection, road.endIntersection].map((id) => widthOf(roadnet, id));
    const whole = measureLength(road.points.flatMap(({ x, y }) => [x, y]));
    return Math.abs(whole - (cuts[0] ?? 0) - (cuts[1] ?? 0) - (city.roads[r]?.lengthM ?? 0)) > SHORTENED_M;
  }).length;
  const lost = [
    countOf(moved, 'road changes its length by more than a metre', 'roads change their length by more than a metre'),
    countOf(signals.length - city.signals.length, 'program besides the own one', 'programs besides the own ones'),
    countOf(signals.filter(({ offsetS }) => offsetS !== 0).length, 'offset', 'offsets'),
    signals.length > 0 ? 'yellow (a light is open or not) and who gives way on green' : null,
    countOf(city.crossings.length, 'crossing', 'crossings'),
    countOf(city.busStops.length, 'bus stop', 'bus stops'),
    countOf(city.districts.length, 'district', 'districts'),
    countOf(city.detectors.length, 'detector', 'detectors'),
    countOf(
      city.signals.filter(({ schedule }) => schedule !== undefined).length,
      'schedule of programs',
      'schedules of programs',
    ),
    countOf(demand.walks.length, 'way on foot', 'ways on foot'),
    countOf(stopping, 'trip loses its stops', 'trips lose their stops'),
    'classes of lanes and vehicles, spread of speeds and imperfection of drivers',
  ].filter((sentence) => sentence !== null);
  return {
    files: [
      { name: 'roadnet.json', text: JSON.stringify(roadnet) },
      { name: 'flow.json', text: JSON.stringify(formatFlows(scenario)) },
      { name: 'config.json', text: JSON.stringify(CONFIG) },
    ],
    lost,
  };
}

function widthOf({ intersections }: Roadnet, id: string): number {
  return intersections.find((intersection) => intersection.id === id)?.width ?? 0;
}

function formatRoadnet(city: City): Roadnet {
  const arms: string[][] = city.junctions.map(() => []);
  for (const { id, from, to } of city.roads) {
    arms[to]?.push(id);
    arms[from]?.push(id);
  }
  const lines = city.roads.map((road) => middleEdge(city, road));
  const widths = city.junctions.map(() => 0);
  city.roads.forEach((road, r) => {
    const line = lines[r] ?? [];
    for (const [end, at] of [
      [road.from, line.slice(0, 2)],
      [road.to, line.slice(-2)],
    ] as const) {
      const { x = 0, y = 0, movements = [] } = city.junctions[end] ?? {};
      const reach = Math.hypot((at[0] ?? 0) - x, (at[1] ?? 0) - y);
      if (movements.length > 0) widths[end] = Math.max(widths[end] ?? 0, Math.round(reach * 100) / 100);
    }
  });
  return {
    intersections: city.junctions.map((junction, j) => ({
      id: junction.id,
      point: { x: junction.x, y: junction.y },
      width: widths[j] ?? 0,
      roads: arms[j] ?? [],
      ...linksOf(city, junction),
      virtual: junction.movements.length === 0,
    })),
    roads: city.roads.map((road, r) => ({
      id: road.id,
      points: pointsOf(city, road, lines[r] ?? []),
      lanes: lanesOf(city, road).map(({ widthM, speedMps }) => ({ width: widthM, maxSpeed: speedMps })),
      startIntersection: city.junctions[road.from]?.id ?? '',
      endIntersection: city.junctions[road.to]?.id ?? '',
    })),
  };
}

/** From the middle of the street to the kerb, as CityFlow counts. */
function lanesOf(city: City, { firstLane, laneCount }: Road): Lane[] {
  return city.lanes.slice(firstLane, firstLane + laneCount).reverse();
}

/** The left edge of the lane next to the middle: CityFlow's lanes lie to the right of a road's points. */
function middleEdge(city: City, road: Road): number[] {
  const inner = city.lanes[road.firstLane + road.laneCount - 1];
  const widthM = lanesOf(city, road).reduce((sum, lane) => sum + lane.widthM, 0) / road.laneCount;
  return inner === undefined ? [] : besideOf(inner.shape, -widthM / 2);
}

function pointsOf(city: City, { from, to }: Road, line: readonly number[]): { x: number; y: number }[] {
  const [a, b] = [city.junctions[from], city.junctions[to]];
  const points = [{ x: a?.x ?? 0, y: a?.y ?? 0 }];
  for (let i = 0; i + 1 < line.length; i += 2) points.push({ x: cm(line[i] ?? 0), y: cm(line[i + 1] ?? 0) });
  points.push({ x: b?.x ?? 0, y: b?.y ?? 0 });
  const kept = points.slice(0, 1);
  points.slice(1, -1).forEach((point, i) => {
    const before = kept.at(-1) ?? point;
    const after = points[i + 2] ?? point;
    if (offLine(point, before, after) > BEND_M) kept.push(point);
  });
  return [...kept, ...points.slice(-1)];
}

function offLine(p: { x: number; y: number }, a: { x: number; y: number }, b: { x: number; y: number }): number {
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  if (length === 0) return Math.hypot(p.x - a.x, p.y - a.y);
  return Math.abs((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x)) / length;
}

function cm(value: number): number {
  return Math.round(value * 100) / 100;
}

function linksOf(
  city: City,
  { movements, signal }: Junction,
): Pick<Roadnet['intersections'][number], 'roadLinks' | 'trafficLight'> {
  const groups = new Map<string, Movement[]>();
  for (const m of movements) {
    const movement = city.movements[m];
    if (movement === undefined) continue;
    const key = `${city.lanes[movement.fromLane]?.road} ${city.lanes[movement.toLane]?.road}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [movement]);
    else group.push(movement);
  }
  const links = [...groups.values()];
  const countOfLane = (lane: number) => city.roads[city.lanes[lane]?.road ?? -1]?.laneCount ?? 0;
  const fromMiddle = (lane: number) => countOfLane(lane) - 1 - (city.lanes[lane]?.index ?? 0);
  const roadOf = (lane: number | undefined) => city.roads[city.lanes[lane ?? -1]?.road ?? -1]?.id ?? '';
  const program = city.signals[signal]?.programs[0];
  const all = links.map((_, i) => i);
  return {
    roadLinks: links.map((group) => ({
      type: TURN_NAMES[group[0]?.turn ?? 'straight'],
      startRoad: roadOf(group[0]?.fromLane),
      endRoad: roadOf(group[0]?.toLane),
      laneLinks: group.map(({ fromLane, toLane, shape }) => ({
        startLaneIndex: fromMiddle(fromLane),
        endLaneIndex: fromMiddle(toLane),
        points: Array.from({ length: shape.length / 2 }, (_, i) => ({
          x: shape[2 * i] ?? 0,
          y: shape[2 * i + 1] ?? 0,
        })),
      })),
    })),
    trafficLight: {
      roadLinkIndices: all,
      lightphases:
        program === undefined
          ? all.length === 0
            ? []
            : [{ time: 60, availableRoadLinks: all }]
          : writeLight(
              program,
              links.map((group) => group.flatMap(({ link }) => (link >= 0 ? [link] : []))),
            ),
    },
  };
}

function formatFlows({ city, demand }: Scenario): FlowFile {
  const vehicles = demand.types.map(formatVehicle);
  return demand.trips.flatMap(({ type, departMs, route }) => {
    const vehicle = vehicles[type];
    if (vehicle === undefined) return [];
    const startTime = departMs / 1000;
    return [
      { vehicle, route: route.map((road) => city.roads[road]?.id ?? ''), interval: 1, startTime, endTime: startTime },
    ];
  });
}

/** A vehicle as CityFlow describes it. */
export function formatVehicle(
  type: Pick<VehicleType, 'lengthM' | 'widthM' | 'minGapM' | 'accelMps2' | 'decelMps2' | 'maxSpeedMps' | 'tauS'>,
): FlowFile[number]['vehicle'] {
  return {
    length: type.lengthM,
    width: type.widthM,
    maxPosAcc: type.accelMps2,
    maxNegAcc: type.decelMps2,
    usualPosAcc: type.accelMps2,
    usualNegAcc: type.decelMps2,
    minGap: type.minGapM,
    maxSpeed: type.maxSpeedMps,
    headwayTime: type.tauS,
  };
}
