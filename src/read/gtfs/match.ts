import { type City, classBit } from '../../city/city.ts';
import { measureLength } from '../../city/geometry.ts';
import { LaneIndex } from '../../city/nearby.ts';
import { CostHeap } from '../../demand/cost-heap.ts';
import { listRoadLinks, type RoadLink } from '../../demand/routing.ts';
import type { Metres } from '../../units/units.ts';

/** A point that a bus passes on its way; a stop of its pattern, or -1 for a point of the drawn way. */
export interface Sighting {
  readonly x: Metres;
  readonly y: Metres;
  readonly stop: number;
}

/** A stretch of a pattern on the city's roads: the roads in order, and where on them its stops lie. */
export interface Stretch {
  readonly roads: readonly number[];
  /** In order: the stop of the pattern, the place in `roads`, and metres from the start of that road's lanes. */
  readonly stops: readonly { readonly stop: number; readonly place: number; readonly posM: Metres }[];
}

interface Candidate {
  readonly road: number;
  readonly posM: Metres;
  /** Minus the logarithm of its likelihood by its distance and side. */
  readonly cost: number;
}

/** The nearest roads are looked for so far from a stop, and so many of them weighed. */
const STOP_RADIUS_M: Metres = 40;
const MOST_CANDIDATES = 4;
/** Spread of places about the lane, and of the way driven about the straight line (Newson and Krumm 2009, by another scale). */
const SPREAD_M: Metres = 15;
const DETOUR_M: Metres = 60;
/** A stop lies beside the kerb: the other side of the street counts as two spreads more. */
const WRONG_SIDE_COST = 2;
/** A way between two sightings may be so much longer than the straight line. */
const LONGEST_SHARE = 2.5;
const LONGEST_MORE_M: Metres = 500;
const U_TURN_M: Metres = 300;
const BACKWARDS_M: Metres = 5;
const BUS = classBit('bus');

interface Reach {
  readonly boundM: Metres;
  /** Metres from the end of the first road to the start of each reached one. */
  readonly metres: ReadonlyMap<number, Metres>;
  readonly cameFrom: ReadonlyMap<number, number>;
}

/** Finds the roads that buses take past their stops, by a hidden Markov model over the roads near each (Newson and Krumm 2009). */
export class BusMatcher {
  private readonly city: City;
  private readonly lanes: LaneIndex;
  private readonly onward: readonly RoadLink[][];
  private readonly isUTurn: ReadonlySet<RoadLink>;
  private readonly reached = new Map<number, Reach>();
  private readonly drivesOnLeft: boolean;

  constructor(city: City) {
    this.city = city;
    this.lanes = new LaneIndex(city);
    const onward: RoadLink[][] = city.roads.map(() => []);
    const uTurns = new Set<RoadLink>();
    for (const link of listRoadLinks(city)) {
      if ((link.mask & BUS) === 0) continue;
      onward[link.from]?.push(link);
      if (link.movements.every((m) => city.movements[m]?.turn === 'u-turn')) uTurns.add(link);
    }
    this.onward = onward;
    this.isUTurn = uTurns;
    this.drivesOnLeft = drivesOnLeft(city);
  }

  /** The stretches of a pattern that lie on the city's roads, with at least one stop each. */
  match(sightings: readonly Sighting[]): Stretch[] {
    const stretches: Stretch[] = [];
    let chain: Step[] = [];
    const finish = () => {
      const stretch = traceBack(chain);
      if (stretch !== null && stretch.stops.length > 0) stretches.push(stretch);
      chain = [];
    };
    for (const sighting of sightings) {
      const candidates = this.listCandidates(sighting);
      if (candidates.length === 0) {
        // a drawn way may cut a corner; a stop that lies on no road ends the stretch
        if (sighting.stop >= 0) finish();
        continue;
      }
      let step = this.step(chain.at(-1), sighting, candidates);
      if (step === null) {
        finish();
        step = this.step(undefined, sighting, candidates);
      }
      if (step !== null) chain.push(step);
    }
    finish();
    return stretches;
  }

  private listCandidates({ x, y, stop }: Sighting): Candidate[] {
    const best = new Map<number, Candidate>();
    for (const { lane, distanceM, posM } of this.lanes.listNear(x, y, STOP_RADIUS_M)) {
      const { road, allowed } = this.city.lanes[lane]!;
      if ((allowed & BUS) === 0 || best.has(road)) continue;
      const isWrong = stop >= 0 && distanceM > 3 && this.isLeftOf(lane, posM, x, y) !== this.drivesOnLeft;
      const cost = (distanceM * distanceM) / (2 * SPREAD_M * SPREAD_M) + (isWrong ? WRONG_SIDE_COST : 0);
      best.set(road, { road, posM, cost });
    }
    return [...best.values()].sort((a, b) => a.cost - b.cost || a.road - b.road).slice(0, MOST_CANDIDATES);
  }

  /** The likeliest way to each candidate from those of the step before; null when none can be reached. */
  private step(before: Step | undefined, sighting: Sighting, candidates: readonly Candidate[]): Step | null {
    if (before === undefined) {
      const nodes = candidates.map((at) => ({ ...at, total: at.cost, from: -1, path: [] }));
      return { sighting, nodes, before: undefined };
    }
    const straightM = Math.hypot(sighting.x - before.sighting.x, sighting.y - before.sighting.y);
    const nodes: Node[] = [];
    for (const at of candidates) {
      let node: Node | null = null;
      before.nodes.forEach((earlier, from) => {
        const way = this.findWay(earlier, at, straightM);
        if (way === null) return;
        const total = earlier.total + at.cost + Math.abs(way.metres - straightM) / DETOUR_M;
        if (node === null || total < node.total) node = { ...at, total, from, path: way.roads };
      });
      if (node !== null) nodes.push(node);
    }
    return nodes.length === 0 ? null : { sighting, nodes, before };
  }

  /** The way from a place on one road to a place on another: its length and the roads after the first. */
  private findWay(a: Candidate, b: Candidate, straightM: Metres): { metres: Metres; roads: readonly number[] } | null {
    if (a.road === b.road && b.posM >= a.posM - BACKWARDS_M) return { metres: Math.max(0, b.posM - a.posM), roads: [] };
    const boundM = LONGEST_SHARE * straightM + LONGEST_MORE_M;
    const { metres, cameFrom } = this.reach(a.road, boundM);
    const between = metres.get(b.road);
    if (between === undefined) return null;
    const total = (this.city.roads[a.road]?.lengthM ?? 0) - a.posM + between + b.posM;
    if (total > boundM) return null;
    const roads: number[] = [b.road];
    for (let road = cameFrom.get(b.road); road !== undefined && road !== a.road; road = cameFrom.get(road)) {
      roads.push(road);
      if (roads.length > metres.size) return null;
    }
    return { metres: total, roads: roads.reverse() };
  }

  private reach(from: number, boundM: Metres): Reach {
    const known = this.reached.get(from);
    if (known !== undefined && known.boundM >= boundM) return known;
    const metres = new Map<number, Metres>();
    const cameFrom = new Map<number, number>();
    const settled = new Set<number>();
    const heap = new CostHeap();
    const expand = (road: number, atM: Metres) => {
      for (const link of this.onward[road] ?? []) {
        const cost = atM + link.lengthM + (this.isUTurn.has(link) ? U_TURN_M : 0);
        if (cost > boundM || cost >= (metres.get(link.to) ?? Infinity)) continue;
        metres.set(link.to, cost);
        cameFrom.set(link.to, road);
        heap.push(link.to, cost);
      }
    };
    expand(from, 0);
    for (let road = heap.pop(); road >= 0; road = heap.pop()) {
      if (settled.has(road)) continue;
      settled.add(road);
      expand(road, metres.get(road)! + (this.city.roads[road]?.lengthM ?? 0));
    }
    const reach = { boundM, metres, cameFrom };
    this.reached.set(from, reach);
    return reach;
  }

  private isLeftOf(lane: number, posM: Metres, x: number, y: number): boolean {
    const { shape, lengthM } = this.city.lanes[lane]!;
    let left = (posM / lengthM) * measureLength(shape);
    for (let i = 0; i + 3 < shape.length; i += 2) {
      const [x0, y0, x1, y1] = [shape[i]!, shape[i + 1]!, shape[i + 2]!, shape[i + 3]!];
      const length = Math.hypot(x1 - x0, y1 - y0);
      left -= length;
      if (left <= 1e-6 || i + 5 >= shape.length) return (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) > 0;
    }
    return false;
  }
}

interface Node extends Candidate {
  readonly total: number;
  /** Node of the step before, and the roads driven from it, the node's own last; none when it is on the same road. */
  readonly from: number;
  readonly path: readonly number[];
}

interface Step {
  readonly sighting: Sighting;
  readonly nodes: readonly Node[];
  readonly before: Step | undefined;
}

function traceBack(chain: readonly Step[]): Stretch | null {
  const last = chain.at(-1);
  if (last === undefined) return null;
  let best = last.nodes.reduce((a, node, i) => (node.total < last.nodes[a]!.total ? i : a), 0);
  const nodes: { node: Node; stop: number }[] = [];
  for (let step: Step | undefined = last; step !== undefined; step = step.before) {
    const node: Node = step.nodes[best]!;
    nodes.push({ node, stop: step.sighting.stop });
    best = node.from;
  }
  nodes.reverse();
  const roads = [nodes[0]!.node.road];
  const stops: { stop: number; place: number; posM: number }[] = [];
  nodes.forEach(({ node, stop }, i) => {
    if (i > 0) roads.push(...node.path);
    if (stop >= 0) stops.push({ stop, place: roads.length - 1, posM: node.posM });
  });
  return { roads, stops };
}

/** True when the lanes of roads are numbered from a kerb on the left. */
function drivesOnLeft({ roads, lanes }: City): boolean {
  let left = 0;
  for (const { firstLane, laneCount } of roads) {
    if (laneCount < 2) continue;
    const [kerb, next] = [lanes[firstLane]!.shape, lanes[firstLane + 1]!.shape];
    const [dx, dy] = [kerb[2]! - kerb[0]!, kerb[3]! - kerb[1]!];
    left += Math.sign(dy * (next[0]! - kerb[0]!) - dx * (next[1]! - kerb[1]!));
  }
  return left > 0;
}
