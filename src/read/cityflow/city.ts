import { buildCity, type NodePlan, type RoadPlan, type WayPlan } from '../../city/build.ts';
import { groupLinks } from '../../city/build-programs.ts';
import type { City, Lane, Signal, Turn } from '../../city/city.ts';
import { withVersion } from '../../city/version.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { ReportBuilder } from '../report.ts';
import { ALL_CLASSES } from '../sumo/classes.ts';
import type { Roadnet } from './format.ts';
import { readLight } from './lights.ts';

type Intersection = Roadnet['intersections'][number];
type RoadOfFile = Roadnet['roads'][number];

const TURNS: Readonly<Record<string, Turn>> = {
  go_straight: 'straight',
  turn_left: 'left',
  turn_right: 'right',
  turn_u: 'u-turn',
};

/**
 * A city of a CityFlow roadnet. Stop lines lie an intersection's `width` from its point, as CityFlow has them; lanes lie to
 * the right of the road's points, numbered there from the middle and here from the kerb.
 * Throws UrbaneError `bad-input` on names that lead nowhere.
 */
export function buildFlowCity(roadnet: Roadnet, name: string, file: string, report: ReportBuilder): City {
  const roadOf = uniqueBy(roadnet.roads, 'road', file);
  const junctionOf = uniqueBy(roadnet.intersections, 'intersection', file);
  for (const road of roadnet.roads) {
    for (const end of [road.startIntersection, road.endIntersection]) {
      if (!junctionOf.has(end))
        throw bad(`${file}: road "${road.id}" ends at intersection "${end}", which is not in it.`);
    }
    if (road.startIntersection === road.endIntersection)
      throw bad(`${file}: road "${road.id}" starts and ends at intersection "${road.endIntersection}".`);
    const [first] = road.points;
    if (road.points.every(({ x, y }) => x === first?.x && y === first.y))
      throw bad(`${file}: the points of road "${road.id}" are all one place.`);
  }
  const built = buildCity({
    name,
    projection: { definition: null, offsetX: 0, offsetY: 0 },
    nodes: roadnet.intersections.map((intersection) => planNode(intersection, roadOf, file)),
    roads: roadnet.roads.map(planRoad),
    districts: [],
    ground: [],
  });
  const lanes = built.lanes.map((lane): Lane => {
    const road = roadnet.roads[lane.road];
    const own = road?.lanes[road.lanes.length - 1 - lane.index];
    return own === undefined ? lane : { ...lane, widthM: own.width, speedMps: own.maxSpeed };
  });
  const signals = built.signals.map((signal) => {
    const intersection = junctionOf.get(signal.id);
    return intersection === undefined ? signal : lightOf(intersection, signal, built, file, report);
  });
  return withVersion({ ...built, lanes, signals });
}

function bad(sentence: string): UrbaneError {
  return new UrbaneError('bad-input', sentence, 'Correct the named element and read the file again.');
}

function uniqueBy<Item extends { readonly id: string }>(
  items: readonly Item[],
  what: string,
  file: string,
): Map<string, Item> {
  const found = new Map<string, Item>();
  for (const item of items) {
    if (found.has(item.id)) throw bad(`${file}: ${what} "${item.id}" stands in it twice.`);
    found.set(item.id, item);
  }
  return found;
}

function planRoad(road: RoadOfFile): RoadPlan {
  return {
    id: road.id,
    name: '',
    from: road.startIntersection,
    to: road.endIntersection,
    laneCount: road.lanes.length,
    laneWidthM: road.lanes.reduce((sum, { width }) => sum + width, 0) / road.lanes.length,
    speedMps: Math.max(...road.lanes.map(({ maxSpeed }) => maxSpeed)),
    priority: 1,
    level: 0,
    allowed: ALL_CLASSES,
    line: road.points.flatMap(({ x, y }) => [x, y]),
    lanesLie: 'right',
    medianM: 0,
  };
}

function planNode(intersection: Intersection, roadOf: ReadonlyMap<string, RoadOfFile>, file: string): NodePlan {
  const { id, point, width, roadLinks } = intersection;
  const ways = roadLinks.flatMap((link): WayPlan[] => {
    const [from, to] = [link.startRoad, link.endRoad].map((name) => {
      const road = roadOf.get(name);
      if (road === undefined) throw bad(`${file}: intersection "${id}" joins road "${name}", which is not in it.`);
      return road;
    });
    if (from?.endIntersection !== id || to?.startIntersection !== id)
      throw bad(
        `${file}: intersection "${id}" joins "${link.startRoad}" to "${link.endRoad}", which do not meet there.`,
      );
    return link.laneLinks.map(({ startLaneIndex, endLaneIndex }) => {
      if (startLaneIndex >= from.lanes.length || endLaneIndex >= to.lanes.length)
        throw bad(
          `${file}: intersection "${id}" joins lane ${startLaneIndex} of "${from.id}" (${from.lanes.length} lanes) to lane ${endLaneIndex} of "${to.id}" (${to.lanes.length} lanes).`,
        );
      return {
        from: from.id,
        to: to.id,
        fromLane: from.lanes.length - 1 - startLaneIndex,
        toLane: to.lanes.length - 1 - endLaneIndex,
        turn: TURNS[link.type] ?? 'straight',
      };
    });
  });
  const unique = [...new Map(ways.map((way) => [`${way.from} ${way.fromLane} ${way.to} ${way.toLane}`, way])).values()];
  return {
    id,
    x: point.x,
    y: point.y,
    kind: hasLight(intersection) ? 'signal' : 'priority',
    cutM: width,
    ways: unique,
  };
}

/** A light whose phases are all alike regulates nothing. */
function hasLight({ virtual, trafficLight }: Intersection): boolean {
  const phases = (trafficLight?.lightphases ?? []).filter(({ time }) => time > 0);
  const shown = new Set(phases.map(({ availableRoadLinks }) => [...new Set(availableRoadLinks)].sort().join()));
  return !virtual && shown.size > 1;
}

function lightOf(
  { id, roadLinks, trafficLight }: Intersection,
  signal: Signal,
  { movements, lanes, roads }: City,
  file: string,
  report: ReportBuilder,
): Signal {
  const first = signal.links[0]?.[0] ?? 0;
  const own = signal.links.map(([m]) => movements[m ?? -1]).filter((movement) => movement !== undefined);
  const roadIdOf = (lane: number) => roads[lanes[lane]?.road ?? -1]?.id;
  const linksOf = (index: number): number[] => {
    const link = roadLinks[index];
    if (link === undefined)
      throw bad(`${file}: a phase of intersection "${id}" frees road link ${index} of ${roadLinks.length}.`);
    return own.flatMap(({ fromLane, toLane }, k) =>
      roadIdOf(fromLane) === link.startRoad && roadIdOf(toLane) === link.endRoad ? [k] : [],
    );
  };
  const crosses = own.map(({ yieldsTo, toLane }) =>
    yieldsTo.filter((m) => lanes[movements[m]?.toLane ?? -1]?.road !== lanes[toLane]?.road).map((m) => m - first),
  );
  const program = readLight(trafficLight?.lightphases ?? [], linksOf, crosses);
  if (program === null) return signal;
  const states = program.phases.map(({ state }) => state);
  const dark = own.filter((_, link) => states.every((state) => state.charAt(link) === 'r')).length;
  if (dark > 0) report.warn(`intersection ${id}: no phase ever frees ${dark} of its ${own.length} lane links`);
  return { ...signal, programs: [program], groups: groupLinks(states, own.length) };
}
