import type { City } from '../city/city.ts';
import { Router } from '../demand/routing.ts';
import { haltedOf } from './accounts.ts';
import { aim, aimBeyond } from './aim.ts';
import { brakeGap } from './carfollowing.ts';
import type { TripTable } from './demand.ts';
import { TYPE } from './demand.ts';
import { buildLaneChoices, NO_WAY } from './lanes.ts';
import { CLOSED } from './network.ts';
import { FLAG, SCALAR, VEHICLE } from './state.ts';
import { endOf } from './ways.ts';
import type { World } from './world.ts';

const {
  pos: POS,
  speed: SPEED,
  segment: ON,
  behind: BEHIND,
  type: KIND,
  routeAt: ROUTE_AT,
  trip: TRIP,
  flags: FLAGS,
} = VEHICLE;
const { decel: DECEL, maxSpeed: MAX_SPEED, classBit: CLASS_BIT } = TYPE;

/** From here on a vehicle takes a way that its own lane leads to, if there is one, m. */
const NEAR_END_M = 50;
/** Halted this long where the lane does not lead on, one takes another way; tried again after RETRY_S. */
const STRANDED_S = 300;
const RETRY_S = 900;
/** Those who stand for good are looked for this often. */
export const STRANDED_CHECK_S = 60;

/**
 * The world after lanes were closed or opened. Who has not departed takes the trip's own route where it is open and else
 * the fastest way round; who is under way and meets a closed road goes another way from where he is; who can no longer stop
 * before it drives in. A trip that ends on a closed road ends at the end of a road that leads to it. Where there is no way
 * the route stays, and the vehicle waits before the closed road; so does one with stops. Changes the routes of vehicles in the world's state.
 */
export function withClosed(world: World, lanes: readonly number[], isClosed: boolean): World {
  const { city } = world.scenario;
  const closed = markClosed(city, world.net.closed, lanes, isClosed);
  const net = { ...world.net, closed };
  const isChanged = new Uint8Array(net.roads);
  closed.forEach((mark, lane) => {
    if (mark !== world.net.closed[lane]) isChanged[net.laneRoad[lane]!] = 1;
  });
  const trips = new Detours(world, closed).plan();
  const choices = buildLaneChoices(net, trips, { choices: world.choices, isChanged });
  const changed = { ...world, net, trips, choices };
  const { state, i32: I } = changed;
  for (let lane = 0; lane < net.lanes; lane++) {
    for (let v = state.head[lane]!; v >= 0; v = I[(v << 1) + BEHIND]!) aim(changed, v);
  }
  for (let way = net.lanes; way < net.segments; way++) {
    for (let v = state.head[way]!; v >= 0; v = I[(v << 1) + BEHIND]!) aimBeyond(changed, v);
  }
  return changed;
}

/**
 * The world after those who stand for good have taken another way, or null when there are none: first at the end of a lane
 * that does not lead to their next road, halted for `STRANDED_S`. Their own lane decides where they go on.
 */
export function withOtherWays(world: World): World | null {
  const stranded: number[] = [];
  const { i32: I } = world;
  for (let lane = 0; lane < world.net.lanes; lane++) {
    const v = world.state.head[lane]!;
    if (v < 0 || haltedOf(world, v) < STRANDED_S || world.stops.bus[I[(v << 1) + TRIP]!]! >= 0) continue;
    const entry = world.choices.at[I[(v << 1) + ROUTE_AT]!]! + lane;
    const isDue = haltedOf(world, v) % RETRY_S < STRANDED_S + STRANDED_CHECK_S;
    if (isDue && world.choices.via[entry] === NO_WAY) stranded.push(v);
  }
  if (stranded.length === 0) return null;
  const trips = new Detours(world, world.net.closed).leadAway(stranded);
  if (trips === null) return null;
  const choices = buildLaneChoices(world.net, trips, { choices: world.choices, isChanged: null });
  const led = { ...world, trips, choices };
  for (const v of stranded) aim(led, v);
  return led;
}

/** Marks of all lanes after some were closed or opened. */
function markClosed(city: City, closed: Uint8Array, lanes: readonly number[], isClosed: boolean): Uint8Array {
  const marks = closed.slice();
  for (const lane of lanes) marks[lane] = isClosed ? CLOSED.alone : CLOSED.no;
  for (const { firstLane, laneCount } of city.roads) {
    const own = marks.subarray(firstLane, firstLane + laneCount);
    const mark = own.every((value) => value !== CLOSED.no) ? CLOSED.road : CLOSED.alone;
    own.forEach((value, i) => {
      if (value !== CLOSED.no) own[i] = mark;
    });
  }
  return marks;
}

/** The router of a city is costly to make and always the same for the same lanes closed. */
const routers = new WeakMap<Uint8Array, Router>();

function routerFor(city: City, closed: Uint8Array): Router {
  const known = routers.get(closed);
  if (known !== undefined) return known;
  const lanes = city.lanes.map((lane, i) => (closed[i] === CLOSED.no ? lane : { ...lane, allowed: 0 }));
  const router = new Router({ ...city, lanes });
  routers.set(closed, router);
  return router;
}

function lengthen<A extends Int32Array | Uint8Array>(column: A, more: readonly number[]): A {
  const longer = new (column.constructor as new (length: number) => A)(column.length + more.length);
  longer.set(column);
  longer.set(more, column.length);
  return longer;
}

class Detours {
  readonly #world: World;
  readonly #city: City;
  readonly #closedRoad: Uint8Array;
  readonly #router: Router;
  /** What comes behind the route table: roads, what must be entered, and the routes they make up. */
  readonly #roads: number[] = [];
  readonly #mustEnter: number[] = [];
  readonly #added: number[] = [];
  readonly #routeStart: Int32Array;
  readonly #routeEnd: Int32Array;
  readonly #known = new Map<readonly number[], number>();

  constructor(world: World, closed: Uint8Array) {
    const { city } = world.scenario;
    this.#world = world;
    this.#city = city;
    this.#closedRoad = Uint8Array.from(city.roads, ({ firstLane }) => (closed[firstLane] === CLOSED.road ? 1 : 0));
    this.#router = routerFor(city, closed);
    this.#routeStart = world.trips.routeStart.slice();
    this.#routeEnd = world.trips.routeEnd.slice();
  }

  plan(): TripTable {
    const { trips, state: s, net, i32: I } = this.#world;
    for (let segment = 0; segment < net.segments; segment++) {
      for (let v = s.head[segment]!; v >= 0; v = I[(v << 1) + BEHIND]!) this.#redirect(v);
    }
    for (let trip = 0; trip < trips.count; trip++) {
      if (s.insertedMs[trip]! >= 0 || this.#world.stops.bus[trip]! >= 0) continue;
      s.way[trip] = 0;
      const [start, end] = [trips.ownStart[trip]!, trips.ownEnd[trip]!];
      const own = Array.from(trips.route.subarray(start, end));
      const way = this.#wayRound(own, 1, trips.type[trip]!, null);
      if (way !== null) {
        this.#assign(trip, way, 0);
      } else {
        this.#routeStart[trip] = start;
        this.#routeEnd[trip] = end;
      }
    }
    return this.#table();
  }

  /** Gives each of the vehicles a way that its lane leads to; null when none of them has one. */
  leadAway(stranded: readonly number[]): TripTable | null {
    const { i32: I, trips, state } = this.#world;
    let led = 0;
    for (const v of stranded) {
      const trip = I[(v << 1) + TRIP]!;
      const at = I[(v << 1) + ROUTE_AT]!;
      const last = trips.route[endOf(this.#world, trip) - 1]!;
      const rest = this.#find(this.#roadsFromLane(I[(v << 1) + ON]!), [last], I[(v << 1) + KIND]!);
      if (rest === null) continue;
      I[(v << 1) + ROUTE_AT] = this.#assign(trip, [trips.route[at]!, ...rest], 0);
      led++;
    }
    state.scalars[SCALAR.ledAway] = state.scalars[SCALAR.ledAway]! + led;
    return led > 0 ? this.#table() : null;
  }

  #table(): TripTable {
    const { trips } = this.#world;
    const { detours, route, mustEnter, stopLane } = trips;
    return {
      ...trips,
      routeStart: this.#routeStart,
      routeEnd: this.#routeEnd,
      detours: lengthen(detours, this.#added),
      route: lengthen(route, this.#roads),
      mustEnter: lengthen(mustEnter, this.#mustEnter),
      // Detours have no stops.
      stopLane: lengthen(stopLane, Array(this.#roads.length).fill(-1)),
    };
  }

  /** Gives a vehicle under way another route when its own meets a closed road. */
  #redirect(v: number): void {
    const { f64: F, i32: I, trips, net } = this.#world;
    const i = v << 1;
    const segment = I[i + ON]!;
    const trip = I[i + TRIP]!;
    if (this.#world.stops.bus[trip]! >= 0) return;
    const roads = Array.from(trips.route.subarray(I[i + ROUTE_AT]!, endOf(this.#world, trip)));
    const type = I[i + KIND]!;
    const left = net.length[segment]! - F[v + POS]!;
    const goesOn = segment >= net.lanes || left < brakeGap(F[v + SPEED]!, F[type + DECEL]!, 1);
    const certain = goesOn ? 2 : 1;
    const lane = goesOn || left > NEAR_END_M ? null : segment;
    const way = this.#wayRound(roads, certain, type, lane);
    const entersClosed = goesOn && roads.length > 1 && this.#closedRoad[roads[1] ?? -1] === 1;
    if (way === null && !entersClosed) return;
    const route = way ?? roads;
    I[i + ROUTE_AT] = this.#assign(trip, route, entersClosed ? 1 : 0);
    const flags = I[i + FLAGS]!;
    I[i + FLAGS] = route.length === 1 ? flags | FLAG.lastRoad : flags & ~FLAG.lastRoad;
  }

  /** Gives a trip a route and returns its place; with `forced` 1 it goes on from the first road even into a closed one. */
  #assign(trip: number, route: readonly number[], forced: number): number {
    let start = forced === 0 ? this.#known.get(route) : undefined;
    if (start === undefined) {
      start = this.#world.trips.route.length + this.#roads.length;
      route.forEach((road, i) => {
        this.#roads.push(road);
        this.#mustEnter.push(i < forced ? 1 : 0);
      });
      this.#added.push(start, start + route.length, this.#world.trips.classBit[trip]!);
      if (forced === 0) this.#known.set(route, start);
    }
    this.#routeStart[trip] = start;
    this.#routeEnd[trip] = start + route.length;
    this.#world.state.way[trip] = 0;
    return start;
  }

  /**
   * The roads to take in place of `roads`, of which the first `certain` stay; null when they are open anyway or when there
   * is no other way. From `lane`, if given, roads it leads to come first.
   */
  #wayRound(roads: readonly number[], certain: number, type: number, lane: number | null): readonly number[] | null {
    const isClosed = (road: number | undefined) => road !== undefined && this.#closedRoad[road] === 1;
    if (!roads.slice(certain).some(isClosed)) return null;
    const last = roads.at(-1) ?? -1;
    const to = isClosed(last) ? this.#roadsInto(last) : [last];
    const from = roads[certain - 1] ?? -1;
    if (certain === 1 && lane === null && !isClosed(from)) return this.#find([from], to, type);
    const nexts = lane === null ? this.#roadsFrom(from) : this.#roadsFromLane(lane);
    const begun = roads.slice(0, certain);
    if (isClosed(last) && to.includes(from)) return begun;
    const rest = this.#find(nexts, to, type);
    if (rest !== null) return [...begun, ...rest];
    return lane === null ? null : this.#wayRound(roads, certain, type, null);
  }

  #find(from: readonly number[], to: readonly number[], type: number): readonly number[] | null {
    const { f64: F } = this.#world;
    return this.#router.findRoute({ from, to, classBit: F[type + CLASS_BIT]!, maxSpeedMps: F[type + MAX_SPEED]! });
  }

  #roadsFromLane(lane: number): number[] {
    const { net } = this.#world;
    const roads = new Set<number>();
    for (let k = net.outStart[lane]!; k < net.outStart[lane + 1]!; k++)
      roads.add(net.laneRoad[net.toLane[net.out[k]!]!]!);
    return [...roads].sort((a, b) => a - b);
  }

  #roadsFrom(road: number): number[] {
    const { firstLane = 0, laneCount = 0 } = this.#city.roads[road] ?? {};
    const roads = new Set<number>();
    for (let lane = firstLane; lane < firstLane + laneCount; lane++) {
      for (const next of this.#roadsFromLane(lane)) roads.add(next);
    }
    return [...roads].sort((a, b) => a - b);
  }

  /** Open roads that lead to a road. */
  #roadsInto(road: number): number[] {
    const { firstLane = 0, laneCount = 0 } = this.#city.roads[road] ?? {};
    const roads = new Set<number>();
    for (let lane = firstLane; lane < firstLane + laneCount; lane++) {
      for (const m of this.#city.lanes[lane]?.in ?? []) {
        const from = this.#city.lanes[this.#city.movements[m]?.fromLane ?? -1]?.road ?? -1;
        if (from >= 0 && this.#closedRoad[from] === 0) roads.add(from);
      }
    }
    return [...roads].sort((a, b) => a - b);
  }
}
