import type { City } from '../../city/city.ts';
import { classBit } from '../../city/city.ts';
import type { VehicleType } from '../../demand/demand.ts';
import { Router } from '../../demand/routing.ts';
import { drawUniform } from '../../units/random.ts';
import type { Element } from './xml.ts';

/** Alternatives with weights: of routes (edge texts or ids) or of types. */
export interface Choice<T> {
  readonly options: readonly { readonly value: T; readonly weight: number }[];
}

/** Draws one option by weight; `subject` and `purpose` key the draw. */
export function drawOption<T>(choice: Choice<T>, seed: number, subject: number, purpose: number): T | undefined {
  let total = 0;
  for (const { weight } of choice.options) total += weight;
  let rest = drawUniform(seed, subject, 0, purpose) * total;
  for (const { value, weight } of choice.options) {
    rest -= weight;
    if (rest < 0) return value;
  }
  return choice.options.at(-1)?.value;
}

/** Pairs of ends by roads of the network up to which other routes are looked for. */
const MOST_LOOKED_AT = 2e7;

/** Finds roads and checks routes on one city; equal routes share one array. */
export class RouteFinder {
  private readonly router: Router;
  private readonly city: City;
  private readonly roadOf: ReadonlyMap<string, number>;
  private readonly junctionOf: ReadonlyMap<string, number>;
  private readonly parsed = new Map<string, readonly number[]>();
  private readonly ends = new Set<string>();
  private readonly sound = new Map<readonly number[], number>();

  constructor(city: City) {
    this.city = city;
    this.router = new Router(city);
    this.roadOf = new Map(city.roads.map((road, index) => [road.id, index]));
    this.junctionOf = new Map(city.junctions.map((junction, index) => [junction.id, index]));
  }

  /** The roads of an `edges` text. Throws when it is empty or names an edge that is not in the city. */
  parseEdges(edges: string, element: Element): readonly number[] {
    const known = this.parsed.get(edges);
    if (known !== undefined) return known;
    const ids = edges.trim().split(/\s+/);
    if (ids[0] === '' || ids[0] === undefined)
      throw element.fault('has a route without edges', 'Name the edges of the route.');
    const route = ids.map((id) => this.getRoad(id, element));
    this.parsed.set(edges, route);
    return route;
  }

  private getRoad(id: string, element: Element): number {
    const road = this.roadOf.get(id);
    if (road === undefined) {
      throw element.fault(
        `goes over edge "${id.slice(0, 80)}", which is not in the network`,
        'Correct the route or use the network it was made for.',
      );
    }
    return road;
  }

  /** Throws when the type may not use a road of the route or two roads are not joined. */
  checkRoute(route: readonly number[], type: VehicleType, element: Element): void {
    const bit = classBit(type.kind);
    const checked = this.sound.get(route) ?? 0;
    if ((checked & bit) !== 0) return;
    const nameOf = (road: number | undefined) => this.city.roads[road ?? -1]?.id ?? '';
    const closed = route.find((road) => !this.router.allows(road, bit));
    if (closed !== undefined) {
      throw element.fault(
        `goes over edge "${nameOf(closed)}", which is closed to class ${type.kind}`,
        'Correct the route or the lanes.',
      );
    }
    const gap = route.findIndex((road, i) => i > 0 && !this.router.joins(route[i - 1] ?? -1, road, bit));
    if (gap >= 0) {
      throw element.fault(
        `goes from edge "${nameOf(route[gap - 1])}" to edge "${nameOf(route[gap])}", which are not connected for class ${type.kind}`,
        'Correct the route or add the connection.',
      );
    }
    this.sound.set(route, checked | bit);
  }

  /**
   * The fastest route of a trip by its `from`, `via`, `to` (edges or junctions); without `via` over the roads of its stops.
   * Throws when there is none.
   */
  findTripRoute(element: Element, type: VehicleType, stopRoads: readonly number[]): readonly number[] {
    const from = this.listEnds(element, 'from');
    const to = this.listEnds(element, 'to');
    const named = element.listWords('via').map((id) => this.getRoad(id, element));
    const via = named.length > 0 ? named : stopRoads.filter((road, i) => road !== stopRoads[i - 1]);
    const stops = [from, ...via.map((road) => [road]), to];
    let route: readonly number[] = [];
    for (let i = 0; i + 1 < stops.length; i++) {
      const last = route.at(-1);
      const part = this.router.findRoute({
        from: last === undefined ? (stops[i] ?? []) : [last],
        to: stops[i + 1] ?? [],
        classBit: classBit(type.kind),
        maxSpeedMps: type.maxSpeedMps,
      });
      if (part === null) {
        throw element.fault(`has no way to its end for class ${type.kind}`, 'Correct from and to or the network.');
      }
      route = route.length === 0 ? part : [...route, ...part.slice(1)];
    }
    return route;
  }

  /**
   * Other routes of a trip that SUMO would route by the traffic when it departs: one between two edges, not over others.
   * None once there are more pairs of ends, by the roads of the network, than is worth the time.
   */
  findTripAlternatives(element: Element, type: VehicleType, route: readonly number[]): readonly (readonly number[])[] {
    const isFree = element.findText('from') !== undefined && element.findText('to') !== undefined;
    if (!isFree || element.findText('via') !== undefined) return [];
    const [from = -1, to = -1] = [route[0], route.at(-1)];
    this.ends.add(`${from} ${to} ${type.kind}`);
    if (this.ends.size * this.city.roads.length > MOST_LOOKED_AT) return [];
    return this.router.findAlternatives({
      from: [from],
      to: [to],
      classBit: classBit(type.kind),
      maxSpeedMps: type.maxSpeedMps,
    });
  }

  private listEnds(element: Element, end: 'from' | 'to'): number[] {
    const edge = element.findText(end);
    if (edge !== undefined) return [this.getRoad(edge, element)];
    const junctionId = element.findText(`${end}Junction`);
    if (junctionId === undefined) {
      throw element.fault(`has no ${end} edge`, `Give it ${end}="..." (zones as ends are not routed yet).`);
    }
    const junction = this.junctionOf.get(junctionId);
    if (junction === undefined) {
      throw element.fault(
        `has ${end}Junction="${junctionId.slice(0, 80)}", which is not in the network`,
        'Correct it.',
      );
    }
    return this.city.roads.flatMap((road, index) => (road[end === 'from' ? 'from' : 'to'] === junction ? [index] : []));
  }
}
