import { buildCity, type NodePlan, type RoadPlan } from '../city/build.ts';
import { besideOf, type Point, rounded } from '../city/build-line.ts';
import { type City, classBit, type Ground, type Polyline } from '../city/city.ts';
import { drawDistricts } from './districts.ts';
import { planExpressway, planInterchanges } from './expressway.ts';
import { EXPRESSWAY, GREENS, LAKE, MARKINGS, RIVER, RIVER_HALF_WIDTH_M, STREETS } from './streets.ts';
import { smooth, type Weave, weave } from './weave.ts';

const SIGNAL_COUNT = 128;
/** Half the map's width and height: streets that run past it end in gates. */
export const LIMIT: Point = { x: 3400, y: 2400 };

const KINDS = {
  boulevard: { laneCount: 4, laneWidthM: 3.4, speedMps: 16.67, priority: 13, medianM: 2 },
  arterial: { laneCount: 3, laneWidthM: 3.4, speedMps: 16.67, priority: 12, medianM: 1.2 },
  collector: { laneCount: 2, laneWidthM: 3.4, speedMps: 13.89, priority: 8, medianM: 0.3 },
  local: { laneCount: 1, laneWidthM: 3.6, speedMps: 11.11, priority: 4, medianM: 0 },
} as const;

const ALLOWED = (['car', 'taxi', 'bus', 'truck', 'delivery', 'motorcycle', 'emergency'] as const).reduce(
  (bits, kind) => bits | classBit(kind),
  0,
);

/** The demo city with programs as `buildCity` makes them: streets, viaduct, river, lake, parks and districts. */
export function layOutCity(): City {
  const river = riverShape();
  const lake = smooth(LAKE, true);
  const lines = STREETS.map((street) => smooth(street.points, street.closed));
  const median = smooth(EXPRESSWAY.points);
  const { interchanges, stops } = planInterchanges(median, EXPRESSWAY.interchanges, STREETS, lines);
  const woven = weave(STREETS, lines, [river, lake], LIMIT, stops);
  const id = (node: number) => `j${node + 1}`;
  const nodeNear = (place: Point) => {
    let best = 0;
    woven.nodes.forEach((node, n) => {
      const old = woven.nodes[best]!;
      if (Math.hypot(node.x - place.x, node.y - place.y) < Math.hypot(old.x - place.x, old.y - place.y)) best = n;
    });
    const { x, y } = woven.nodes[best]!;
    return { id: id(best), x, y };
  };
  const sky = planExpressway(EXPRESSWAY.name, median, interchanges, lines, nodeNear, ALLOWED);
  const ramped = new Set(sky.roads.flatMap((road) => [road.from, road.to]));
  const signalised = chooseSignals(woven, (node) => ramped.has(id(node)));
  const nodes: NodePlan[] = woven.nodes.map(({ x, y }, n) => ({
    id: id(n),
    x,
    y,
    kind: signalised.has(n) ? 'signal' : 'priority',
  }));
  const roads = woven.links.flatMap((link, l): RoadPlan[] => {
    const street = STREETS[link.street]!;
    const base = { ...KINDS[street.kind], name: street.name, level: 0, allowed: ALLOWED, lanesLie: 'right' } as const;
    return [
      {
        ...base,
        ...markingOf(woven, link.street, link.a, link.b),
        id: `r${l + 1}`,
        from: id(link.a),
        to: id(link.b),
        line: link.line,
      },
      {
        ...base,
        ...markingOf(woven, link.street, link.b, link.a),
        id: `r${l + 1}b`,
        from: id(link.b),
        to: id(link.a),
        line: backwards(link.line),
      },
    ];
  });
  const ground: Ground[] = [
    ...GREENS.map((shape): Ground => ({ kind: 'green', shape: rounded(smooth(shape, true)) })),
    { kind: 'water', shape: rounded(river) },
    { kind: 'water', shape: rounded(lake) },
    ...listDecks(woven),
  ];
  return buildCity({
    name: 'Urbane demo city',
    projection: { definition: null, offsetX: 0, offsetY: 0 },
    nodes: [...nodes, ...sky.nodes],
    roads: [...roads, ...sky.roads],
    districts: drawDistricts(RIVER, LIMIT),
    ground,
  });
}

/** The marking of the street's piece between two nodes, where it has one of its own. */
function markingOf(woven: Weave, street: number, from: number, to: number): Pick<RoadPlan, 'turnLanes'> {
  const side = woven.nodes[from]!.x < woven.nodes[to]!.x ? 'west' : 'east';
  const crossed = new Set(
    woven.links.filter(({ a, b }) => a === to || b === to).map((link) => STREETS[link.street]!.name),
  );
  const marking = MARKINGS.find(
    (m) => m.street === STREETS[street]!.name && m.from === side && crossed.has(m.crossing),
  );
  return marking === undefined ? {} : { turnLanes: marking.lanes };
}

function riverShape(): number[] {
  const middle = smooth(RIVER);
  return [...besideOf(middle, RIVER_HALF_WIDTH_M), ...backwards(besideOf(middle, -RIVER_HALF_WIDTH_M))];
}

function backwards(line: Polyline): number[] {
  const turned: number[] = [];
  for (let i = line.length - 2; i >= 0; i -= 2) turned.push(line[i]!, line[i + 1]!);
  return turned;
}

/** The junctions with most lanes (squared, so that two wide streets outweigh three narrow ones), those at ramps first. */
function chooseSignals(woven: Weave, isRamp: (node: number) => boolean): Set<number> {
  const lanes = woven.nodes.map(() => 0);
  const arms = woven.nodes.map(() => 0);
  for (const link of woven.links) {
    for (const node of [link.a, link.b]) {
      lanes[node]! += KINDS[STREETS[link.street]!.kind].laneCount ** 2;
      arms[node]! += 1;
    }
  }
  const weight = (n: number) => (isRamp(n) ? 100 : 0) + lanes[n]!;
  const candidates = woven.nodes.map((_, n) => n).filter((n) => arms[n]! >= 3 || isRamp(n));
  candidates.sort((a, b) => weight(b) - weight(a) || a - b);
  if (candidates.length < SIGNAL_COUNT)
    throw new RangeError(`only ${candidates.length} junctions for ${SIGNAL_COUNT} signals`);
  return new Set(candidates.slice(0, SIGNAL_COUNT));
}

/** The decks of the street bridges: a little wider than the roadway. */
function listDecks(woven: Weave): Ground[] {
  return woven.links.flatMap((link): Ground[] => {
    const street = STREETS[link.street]!;
    const kind = KINDS[street.kind];
    if (!street.bridge || !crossesRiver(link.line)) return [];
    const half = kind.laneCount * kind.laneWidthM + kind.medianM + 2.5;
    return [
      { kind: 'bridge', shape: rounded([...besideOf(link.line, half), ...backwards(besideOf(link.line, -half))]) },
    ];
  });
}

function crossesRiver(line: Polyline): boolean {
  const bank = (x: number, y: number) => {
    const middle = smooth(RIVER);
    for (let i = 2; i < middle.length; i += 2) {
      if (x <= middle[i]!) {
        const t = (x - middle[i - 2]!) / (middle[i]! - middle[i - 2]!);
        return y > middle[i - 1]! + t * (middle[i + 1]! - middle[i - 1]!);
      }
    }
    return true;
  };
  return bank(line[0]!, line[1]!) !== bank(line[line.length - 2]!, line[line.length - 1]!);
}
