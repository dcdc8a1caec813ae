import type { City } from '../city/city.ts';
import { classBit } from '../city/city.ts';
import type { Metres } from '../units/units.ts';
import { CostHeap } from './cost-heap.ts';
import type { Walk } from './demand.ts';

/** Where a walk begins or ends: metres along a road, in the direction of its traffic. */
export interface WalkEnd {
  readonly road: number;
  readonly atM: Metres;
}

/** What a walk is without its hour and pace. */
export type WalkWay = Pick<Walk, 'crossings' | 'directions' | 'betweenM'>;

/** A sidewalk or a crossing: a way with two ends, each at a corner or nowhere (-1). */
interface Footway {
  readonly lengthM: Metres;
  readonly corners: readonly [number, number];
  /** x, y of the first and of the second end. */
  readonly ends: readonly [readonly [number, number], readonly [number, number]];
}

/** People rather walk this much farther than cross once more, m. */
const CROSSING_EXTRA_M = 10;

/**
 * Shortest ways on foot over sidewalks (walked both ways), corners and crossings, with few crossings. Ends are numbered
 * 2 x footway for its first end and one more for its second; sidewalks come first, then the crossings.
 */
export class WalkRouter {
  private readonly footways: Footway[] = [];
  private readonly sidewalkOf = new Map<number, number>();
  private readonly firstCrossing: number;
  private readonly endsOf: number[][];

  constructor(city: City) {
    const cornerAt = new Map<string, number>();
    city.corners.forEach((corner, c) => {
      for (const lane of corner.sidewalks) cornerAt.set(`${lane} ${corner.junction}`, c);
    });
    const only = classBit('pedestrian');
    const isSidewalk = new Set(city.corners.flatMap((corner) => corner.sidewalks));
    for (const l of [...isSidewalk].sort((a, b) => a - b)) {
      const lane = city.lanes[l];
      const road = city.roads[lane?.road ?? -1];
      if (lane === undefined || road === undefined) continue;
      const known = this.sidewalkOf.get(lane.road);
      if (known === undefined || lane.allowed === only) this.sidewalkOf.set(lane.road, this.footways.length);
      const corners = [cornerAt.get(`${l} ${road.from}`) ?? -1, cornerAt.get(`${l} ${road.to}`) ?? -1] as const;
      this.footways.push({ lengthM: lane.lengthM, corners, ends: endsOfShape(lane.shape) });
    }
    this.firstCrossing = this.footways.length;
    for (const { lengthM, corners, shape } of city.crossings) {
      this.footways.push({ lengthM, corners, ends: endsOfShape(shape) });
    }
    this.endsOf = city.corners.map(() => []);
    this.footways.forEach(({ corners }, f) => {
      corners.forEach((corner, side) => {
        this.endsOf[corner]?.push(2 * f + side);
      });
    });
  }

  /** True when the road has a sidewalk. */
  hasSidewalk(road: number): boolean {
    return this.sidewalkOf.has(road);
  }

  /** The way on foot, or null when there is none. */
  findWay(from: WalkEnd, to: WalkEnd): WalkWay | null {
    const start = this.sidewalkOf.get(from.road);
    const goal = this.sidewalkOf.get(to.road);
    const first = this.footways[start ?? -1];
    const last = this.footways[goal ?? -1];
    if (start === undefined || goal === undefined || first === undefined || last === undefined) return null;
    const startM = Math.min(from.atM, first.lengthM);
    const goalM = Math.min(to.atM, last.lengthM);
    const costM = new Map<number, number>([
      [2 * start, startM],
      [2 * start + 1, first.lengthM - startM],
    ]);
    const cameFrom = new Map<number, number>();
    const heap = new CostHeap();
    const settled = new Set<number>();
    for (const [end, metres] of costM) heap.push(end, metres);
    for (let end = heap.pop(); end >= 0; end = heap.pop()) {
      if (settled.has(end)) continue;
      settled.add(end);
      if (cost(end) >= Math.min(cost(2 * goal) + goalM, cost(2 * goal + 1) + last.lengthM - goalM)) break;
      const relax = (next: number, byM: number) => {
        if (cost(end) + byM >= cost(next)) return;
        costM.set(next, cost(end) + byM);
        cameFrom.set(next, end);
        heap.push(next, cost(next));
      };
      const extraM = end >> 1 < this.firstCrossing ? 0 : CROSSING_EXTRA_M;
      relax(end ^ 1, (this.footways[end >> 1]?.lengthM ?? 0) + extraM);
      for (const next of this.neighbours(end)) relax(next, this.acrossM(end, next));
    }
    const viaFirst = cost(2 * goal) + goalM;
    const viaSecond = cost(2 * goal + 1) + last.lengthM - goalM;
    const direct = start === goal ? Math.abs(startM - goalM) : Number.POSITIVE_INFINITY;
    const bestM = Math.min(viaFirst, viaSecond, direct);
    if (!Number.isFinite(bestM)) return null;
    if (direct === bestM) return { crossings: [], directions: [], betweenM: [direct] };
    return this.describe(viaFirst <= viaSecond ? 2 * goal : 2 * goal + 1, bestM, costM, cameFrom);

    function cost(end: number): number {
      return costM.get(end) ?? Number.POSITIVE_INFINITY;
    }
  }

  private neighbours(end: number): readonly number[] {
    return this.endsOf[this.footways[end >> 1]?.corners[end & 1] ?? -1] ?? [];
  }

  /** Metres across a corner from one end to another. */
  private acrossM(a: number, b: number): number {
    const [ax, ay] = this.footways[a >> 1]?.ends[a & 1] ?? [0, 0];
    const [bx, by] = this.footways[b >> 1]?.ends[b & 1] ?? [0, 0];
    return Math.sqrt((ax - bx) ** 2 + (ay - by) ** 2);
  }

  private describe(
    lastEnd: number,
    totalM: number,
    costM: ReadonlyMap<number, number>,
    cameFrom: ReadonlyMap<number, number>,
  ): WalkWay {
    const steps: { crossing: number; direction: number; fromM: number; toM: number }[] = [];
    for (let end: number | undefined = lastEnd; end !== undefined; end = cameFrom.get(end)) {
      const before = cameFrom.get(end);
      if (before === undefined || before >> 1 !== end >> 1 || before >> 1 < this.firstCrossing) continue;
      steps.unshift({
        crossing: (end >> 1) - this.firstCrossing,
        direction: before & 1,
        fromM: costM.get(before) ?? 0,
        toM: costM.get(end) ?? 0,
      });
    }
    const betweenM = steps.map(({ fromM }, i) => fromM - (steps[i - 1]?.toM ?? 0));
    betweenM.push(totalM - (steps.at(-1)?.toM ?? 0));
    return {
      crossings: steps.map(({ crossing }) => crossing),
      directions: steps.map(({ direction }) => direction),
      betweenM,
    };
  }
}

function endsOfShape(shape: readonly number[]): Footway['ends'] {
  return [
    [shape[0] ?? 0, shape[1] ?? 0],
    [shape.at(-2) ?? 0, shape.at(-1) ?? 0],
  ];
}
