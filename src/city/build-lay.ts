import type { Metres } from '../units/units.ts';
import type { CityPlan, NodePlan, RoadPlan } from './build.ts';
import { besideOf, directionOf, hullOf, type Point, partOf, pointOf, rounded } from './build-line.ts';
import { type Arm, outlineJunction } from './build-outline.ts';
import { isInside, measureLength } from './geometry.ts';

const CORNER_M = { signal: 7, other: 4 } as const;
const SHORTEST_ROAD_M = 4;
const ROOM_M = 12;

/** A road plan bound to junction and lane indices, cut back at both ends. */
export interface Laid {
  readonly plan: RoadPlan;
  /** Junction indices. */
  readonly from: number;
  readonly to: number;
  readonly firstLane: number;
  readonly lengthM: Metres;
  readonly laneShapes: readonly number[][];
  readonly district: number;
}

/** One junction to be: a node, or several that share it. */
export interface Site {
  readonly id: string;
  readonly node: NodePlan;
  /** Places in `CityPlan.nodes`. */
  readonly members: number[];
  x: Metres;
  y: Metres;
}

/** The junctions of a plan in the order of their first nodes. */
export function gatherSites(nodes: readonly NodePlan[]): Site[] {
  const sites = new Map<string, Site>();
  nodes.forEach((node, place) => {
    const id = node.junction ?? node.id;
    const site = sites.get(id);
    if (site === undefined) {
      sites.set(id, { id, node, members: [place], x: node.x, y: node.y });
      return;
    }
    site.members.push(place);
    site.x += (node.x - site.x) / site.members.length;
    site.y += (node.y - site.y) / site.members.length;
  });
  return [...sites.values()];
}

/** Ground of a junction: what its node's roads leave free, or what lies between the ends of all roads of several nodes. */
export function outlineSite(
  site: Site,
  junction: number,
  outlines: readonly Outline[],
  roads: readonly Laid[],
): readonly number[] {
  const [only] = site.members;
  if (site.members.length === 1 && only !== undefined) return outlines[only]!.outline;
  return hullOf(
    roads.flatMap(({ from, to, laneShapes, plan }) => {
      const ownEnds = [...(from === junction ? [false] : []), ...(to === junction ? [true] : [])];
      return laneShapes.flatMap((shape) => ownEnds.flatMap((atEnd) => edgesOf(shape, plan.laneWidthM, atEnd)));
    }),
  );
}

export interface Outline {
  readonly cutAtStart: ReadonlyMap<number, Metres>;
  readonly cutAtEnd: ReadonlyMap<number, Metres>;
  readonly outline: readonly number[];
}

/** Every node's outline by the roads that meet there. */
export function outlineNodes(plan: CityPlan, ends: readonly { from: number; to: number }[]): Outline[] {
  const arriving: number[][] = plan.nodes.map(() => []);
  const leaving: number[][] = plan.nodes.map(() => []);
  ends.forEach(({ from, to }, r) => {
    leaving[from]!.push(r);
    arriving[to]!.push(r);
  });
  return plan.nodes.map((node, index) => outlineNode(node, plan.roads, ends, arriving[index]!, leaving[index]!));
}

function outlineNode(
  node: NodePlan,
  roads: readonly RoadPlan[],
  ends: readonly { from: number; to: number }[],
  arriving: readonly number[],
  leaving: readonly number[],
): Outline {
  const arms: Arm[] = [];
  const of: { road: number; atEnd: boolean }[] = [];
  for (const [list, atEnd] of [
    [leaving, false],
    [arriving, true],
  ] as const) {
    for (const r of list) {
      const road = roads[r]!;
      const along = directionOf(road.line, atEnd);
      const width = road.laneCount * road.laneWidthM;
      const near = road.lanesLie === 'right' ? road.medianM : -width / 2;
      const far = road.lanesLie === 'right' ? road.medianM + width : width / 2;
      arms.push({
        outward: atEnd ? { x: -along.x, y: -along.y } : along,
        leftM: atEnd ? far : -near,
        rightM: atEnd ? near : -far,
        reachM: reachOf(measureLength(road.line)),
        far: atEnd ? ends[r]!.from : ends[r]!.to,
      });
      of.push({ road: r, atEnd });
    }
  }
  const corner = node.kind === 'signal' ? CORNER_M.signal : CORNER_M.other;
  const { cutsM, outline } = outlineJunction(node, arms, corner, node.cutM);
  const cuts = (atEnd: boolean) =>
    new Map(of.flatMap((arm, k) => (arm.atEnd === atEnd ? [[arm.road, cutsM[k]!] as const] : [])));
  return { cutAtStart: cuts(false), cutAtEnd: cuts(true), outline };
}

/** How much of a road a junction may take: two fifths, less of short ones, so that a vehicle has room between two junctions. */
function reachOf(lengthM: Metres): Metres {
  return Math.max(0.5, Math.min(0.4 * lengthM, Math.max(0.15 * lengthM, (lengthM - ROOM_M) / 2)));
}

/** The roads between junctions, cut back to their ends' outlines, with their lanes; those inside a junction are left out. */
export function layRoads(
  plan: CityPlan,
  ends: readonly { from: number; to: number }[],
  outlines: readonly Outline[],
  siteOf: ReadonlyMap<number, number>,
): Laid[] {
  let firstLane = 0;
  return plan.roads.flatMap((road, r): Laid[] => {
    const { from, to } = ends[r]!;
    const sites = { from: siteOf.get(from)!, to: siteOf.get(to)! };
    if (sites.from === sites.to) return [];
    const whole = measureLength(road.line);
    const start = outlines[from]!.cutAtStart.get(r)!;
    const end = whole - outlines[to]!.cutAtEnd.get(r)!;
    const middle = (start + end) / 2;
    const line = partOf(
      road.line,
      Math.min(start, Math.max(0, middle - SHORTEST_ROAD_M / 2)),
      Math.max(end, Math.min(whole, middle + SHORTEST_ROAD_M / 2)),
    );
    const width = road.laneCount * road.laneWidthM;
    const rightmost = (road.lanesLie === 'right' ? road.medianM + width : width / 2) - road.laneWidthM / 2;
    const laneShapes = Array.from({ length: road.laneCount }, (_, lane) =>
      rounded(besideOf(line, rightmost - lane * road.laneWidthM)),
    );
    const lengthM = Math.round(Math.max(measureLength(line), 1) * 100) / 100;
    const half = partOf(line, 0, lengthM / 2);
    const centre = pointOf(half, half.length / 2 - 1);
    const district = plan.districts.findIndex((d) => isInside(d.shape, centre.x, centre.y));
    const laid: Laid = { plan: road, ...sites, firstLane, lengthM, laneShapes, district };
    firstLane += road.laneCount;
    return [laid];
  });
}

/** Both edges of a lane at one of its ends. */
function edgesOf(shape: readonly number[], widthM: Metres, atEnd: boolean): Point[] {
  const { x, y } = pointOf(shape, atEnd ? shape.length / 2 - 1 : 0);
  const along = directionOf(shape, atEnd);
  const half = widthM / 2;
  return [-half, half].map((aside) => ({ x: x + along.y * aside, y: y - along.x * aside }));
}
