import type { City } from '../city/city.ts';
import type { MetresPerSecond, Seconds } from '../units/units.ts';
import { CostHeap } from './cost-heap.ts';

/** What a route is asked for: any of the first roads to any of the last. */
export interface RouteQuery {
  /** Road indices. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** The class's bit of `Lane.allowed`. */
  readonly classBit: number;
  readonly maxSpeedMps: MetresPerSecond;
}

/**
 * Added for a movement that must give way without a signal, and for one with a waiting place inside the junction, signal or
 * not, since its path goes on there as an inner lane of its own (SUMO: --weights.minor-penalty, MSEdge::recalcCache).
 */
export const MINOR_PENALTY_S: Seconds = 1.5;

/** How other routes are found: searches after the first, and how much dearer each makes the roads of its route. */
const ROUNDS = 5;
const DEARER = 1.4;
/** Of other routes those count that take at most so many times as long on free roads. */
const LONGEST_SHARE = 2;
const NONE: readonly (readonly number[])[] = [];

/**
 * Fastest routes by free-flow time over roads and the movements between them, respecting lane permissions.
 * Compressed rows: the successors of road r are at [start[r], start[r + 1]). Answers are kept, so that equal queries
 * share one route.
 */
export class Router {
  private readonly city: City;
  private readonly start: Int32Array;
  private readonly next: Int32Array;
  private readonly mask: Int32Array;
  private readonly movementLengthM: Float64Array;
  private readonly movementSpeedMps: Float64Array;
  private readonly penaltyS: Float64Array;
  private readonly roadMask: Int32Array;
  private readonly costS: Float64Array;
  private readonly cameFrom: Int32Array;
  private readonly settled: Uint8Array;
  private readonly heap = new CostHeap();
  private readonly answers = new Map<string, readonly number[] | null>();
  private readonly others = new Map<readonly number[], readonly (readonly number[])[]>();
  /** By road: how many times its time counts, above 1 while other routes are looked for. */
  private readonly weight: Float64Array;

  constructor(city: City) {
    this.city = city;
    const links = listRoadLinks(city);
    const count = city.roads.length;
    this.start = new Int32Array(count + 1);
    for (const { from } of links) this.start[from + 1]!++;
    for (let r = 0; r < count; r++) this.start[r + 1]! += this.start[r]!;
    this.next = Int32Array.from(links, (link) => link.to);
    this.mask = Int32Array.from(links, (link) => link.mask);
    this.movementLengthM = Float64Array.from(links, (link) => link.lengthM);
    this.movementSpeedMps = Float64Array.from(links, (link) => link.speedMps);
    this.penaltyS = Float64Array.from(links, (link) => link.penaltyS);
    this.roadMask = Int32Array.from(city.roads, (road) => {
      let mask = 0;
      for (let l = 0; l < road.laneCount; l++) mask |= city.lanes[road.firstLane + l]?.allowed ?? 0;
      return mask;
    });
    this.costS = new Float64Array(count);
    this.weight = new Float64Array(count).fill(1);
    this.cameFrom = new Int32Array(count);
    this.settled = new Uint8Array(count);
  }

  /** True when some lane of the road may be used by the class. */
  allows(road: number, classBit: number): boolean {
    return ((this.roadMask[road] ?? 0) & classBit) !== 0;
  }

  /** True when a movement that the class may use leads from one road to the other. */
  joins(from: number, to: number, classBit: number): boolean {
    for (let e = this.start[from] ?? 0; e < (this.start[from + 1] ?? 0); e++) {
      if (this.next[e] === to && (this.mask[e]! & classBit) !== 0) return true;
    }
    return false;
  }

  /** Road indices from a first to a last road, both included; null when none of the last can be reached. */
  findRoute(query: RouteQuery): readonly number[] | null {
    const key = `${query.from.join(' ')}>${query.to.join(' ')}|${query.classBit}|${query.maxSpeedMps}`;
    const known = this.answers.get(key);
    if (known !== undefined) return known;
    const route = this.search(query);
    this.answers.set(key, route);
    return route;
  }

  /**
   * Routes other than the fastest one that may be quicker in traffic: the fastest when the roads between the ends of those
   * before are dearer. Equal queries share the arrays. Empty when there is no other way, or none at all.
   */
  findAlternatives(query: RouteQuery): readonly (readonly number[])[] {
    const best = this.findRoute(query);
    if (best === null || best.length < 3) return NONE;
    const known = this.others.get(best);
    if (known !== undefined) return known;
    const found = new Map([[best.join(' '), best]]);
    let last = best;
    for (let round = 0; round < ROUNDS; round++) {
      for (const road of last.slice(1, -1)) this.weight[road] = this.weight[road]! * DEARER;
      last = this.search(query) ?? best;
      const key = last.join(' ');
      if (!found.has(key)) found.set(key, last);
    }
    this.weight.fill(1);
    const longestS = LONGEST_SHARE * this.freeTimeS(best, query.maxSpeedMps);
    const others = [...found.values()].slice(1).filter((route) => this.freeTimeS(route, query.maxSpeedMps) <= longestS);
    this.others.set(best, others);
    return others;
  }

  private freeTimeS(route: readonly number[], maxSpeedMps: MetresPerSecond): Seconds {
    return route.reduce((sum, road) => sum + this.roadTimeS(road, maxSpeedMps), 0);
  }

  private roadTimeS(road: number, maxSpeedMps: MetresPerSecond): Seconds {
    const { lengthM = 0, speedMps = 0 } = this.city.roads[road] ?? {};
    return lengthM / Math.max(0.01, Math.min(speedMps, maxSpeedMps));
  }

  private search({ from, to, classBit, maxSpeedMps }: RouteQuery): number[] | null {
    const { costS, cameFrom, settled, heap } = this;
    costS.fill(Number.POSITIVE_INFINITY);
    cameFrom.fill(-1);
    settled.fill(0);
    heap.clear();
    const targets = new Set(to);
    const roadCostS = (road: number): number => this.weight[road]! * this.roadTimeS(road, maxSpeedMps);
    for (const road of from) {
      if (!this.allows(road, classBit)) continue;
      costS[road] = roadCostS(road);
      heap.push(road, costS[road]!);
    }
    for (let road = heap.pop(); road >= 0; road = heap.pop()) {
      if (settled[road] === 1) continue;
      settled[road] = 1;
      if (targets.has(road)) return this.traceBack(road);
      for (let e = this.start[road]!; e < this.start[road + 1]!; e++) {
        const following = this.next[e]!;
        if ((this.mask[e]! & classBit) === 0 || settled[following] === 1) continue;
        const movementS = this.movementLengthM[e]! / Math.max(0.01, Math.min(this.movementSpeedMps[e]!, maxSpeedMps));
        const cost = costS[road]! + movementS + this.penaltyS[e]! + roadCostS(following);
        if (cost < costS[following]!) {
          costS[following] = cost;
          cameFrom[following] = road;
          heap.push(following, cost);
        }
      }
    }
    return null;
  }

  private traceBack(last: number): number[] {
    const route: number[] = [];
    for (let road = last; road >= 0; road = this.cameFrom[road]!) route.push(road);
    return route.reverse();
  }
}

/** What joins two roads: the first movement's length, speed and penalty, and all movements between them. */
export interface RoadLink {
  readonly from: number;
  readonly to: number;
  readonly movements: number[];
  /** Classes that may use one of them. */
  mask: number;
  readonly lengthM: number;
  readonly speedMps: number;
  /** That of its waiting place included. */
  readonly penaltyS: number;
  /** The first movement's waiting place, or -1. */
  readonly waitAtM: number;
}

/** One link per pair of roads that movements join, sorted by first and second road; the first movement's length counts. */
export function listRoadLinks(city: City): RoadLink[] {
  const links = new Map<number, RoadLink>();
  for (const [m, movement] of city.movements.entries()) {
    const fromLane = city.lanes[movement.fromLane];
    const toLane = city.lanes[movement.toLane];
    if (fromLane === undefined || toLane === undefined) continue;
    const mask = fromLane.allowed & toLane.allowed;
    const key = fromLane.road * city.roads.length + toLane.road;
    const known = links.get(key);
    if (known !== undefined) {
      known.mask |= mask;
      known.movements.push(m);
      continue;
    }
    const givesWay = movement.signal < 0 && movement.rightOfWay !== 'major' && movement.rightOfWay !== 'zipper';
    const waitAtM = movement.waitAtM < movement.lengthM ? movement.waitAtM : -1;
    const penalties = (givesWay && movement.lengthM > 0 ? 1 : 0) + (waitAtM >= 0 ? 1 : 0);
    links.set(key, {
      from: fromLane.road,
      to: toLane.road,
      movements: [m],
      mask,
      lengthM: movement.lengthM,
      speedMps: movement.speedMps,
      penaltyS: penalties * MINOR_PENALTY_S,
      waitAtM,
    });
  }
  return [...links.values()].sort((a, b) => a.from - b.from || a.to - b.to);
}
