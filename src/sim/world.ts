import type { Scenario } from '../demand/demand.ts';
import { buildTrips, buildTypes, type TripTable, type TypeTable } from './demand.ts';
import { type Arrays, type Field, layOut } from './layout.ts';
import { buildNetwork, type Network } from './network.ts';

/** Roads of a vehicle's route that are looked at ahead, its own included. */
export const ROADS_AHEAD = 5;
/** Stop lines a vehicle plans for in one step. */
export const PLAN_LINKS = 5;
/** Places of `scalars`. */
export const SCALAR = {
  timeMs: 0,
  step: 1,
  nextTrip: 2,
  freeTop: 3,
  present: 4,
  vehicleSeconds: 5,
  arrived: 6,
  waiting: 7,
  forced: 8,
  freeUsable: 9,
} as const;
/** Purposes of keyed draws (units/random). */
export const PURPOSE = { dawdle: 1, speedFactor: 2, departLane: 3, departPos: 4, departSpeed: 5 } as const;
/** Below this a vehicle counts as halted, m/s (SUMO's haltingSpeed). */
export const HALTING = 0.1;

function stateSpec(net: Network, trips: TripTable, capacity: number, signals: number) {
  const f64 = (length: number): Field & { type: 'f64' } => ({ type: 'f64', length });
  const i32 = (length: number): Field & { type: 'i32' } => ({ type: 'i32', length });
  const u8 = (length: number): Field & { type: 'u8' } => ({ type: 'u8', length });
  return {
    scalars: f64(16),
    // By vehicle slot.
    pos: f64(capacity),
    speed: f64(capacity),
    /** Individual speed factor. */
    factor: f64(capacity),
    /** Speed remembered for how far ahead lanes are chosen (LC2013's lookAheadSpeed). */
    lookSpeed: f64(capacity),
    /** LC2013's speed-gain and keep-right accumulators. */
    gain: f64(capacity),
    keepRight: f64(capacity),
    /** Upper bound of the next speed, asked for by lane changers; Infinity for none. */
    advice: f64(capacity),
    /** When the current road was entered, or the trip wanted to depart on its first one. */
    roadSince: f64(capacity),
    roadFrom: f64(capacity),
    timeLoss: f64(capacity),
    segment: i32(capacity),
    /** Next vehicle downstream and upstream on the segment, or -1. */
    ahead: i32(capacity),
    behind: i32(capacity),
    trip: i32(capacity),
    type: i32(capacity),
    /** Place of the current road in the route table, and one past the route's last. */
    routeAt: i32(capacity),
    routeEnd: i32(capacity),
    /** Seconds halted without a break, in all, and how often. */
    halted: i32(capacity),
    waited: i32(capacity),
    stops: i32(capacity),
    /** Step in which the junction was entered. */
    entered: i32(capacity),
    /** Movement by which the current lane was reached, or -1. */
    cameBy: i32(capacity),
    /** 1 while someone inside the junction, and nothing beyond it, keeps the vehicle from going on. */
    held: u8(capacity),
    /** 1 when the last step made it faster. */
    accelerates: u8(capacity),
    /** By slot, road ahead, lane: best movement onwards or -1. */
    via: i32(capacity * ROADS_AHEAD * net.width),
    /** By slot and lane of the current road: lanes to the left (+) or right (-) of the nearest best lane. */
    offset: { type: 'i8', length: capacity * net.width } as const,
    /** By slot and lane: metres that can be driven from the start of the lane without a change. */
    reach: f64(capacity * net.width),
    free: i32(capacity),
    // By segment.
    head: i32(net.segments),
    tail: i32(net.segments),
    /** Vehicle lengths and minimum gaps on the segment, metres. */
    occupied: f64(net.segments),
    // By movement.
    control: u8(net.movements),
    crossed: { type: 'u32', length: net.movements } as const,
    delay: f64(net.movements),
    // By signal.
    phase: i32(signals),
    phaseEndMs: f64(signals),
    commanded: u8(signals),
    // By road: trips that wait to enter, first and last, linked by `queueNext`.
    queueHead: i32(net.roads),
    queueTail: i32(net.roads),
    queueNext: i32(trips.count),
    // By trip.
    insertedMs: f64(trips.count),
    arrivedMs: f64(trips.count),
    timeLossS: f64(trips.count),
    waitingS: f64(trips.count),
    tripStops: i32(trips.count),
  };
}

export type State = Arrays<ReturnType<typeof stateSpec>>;

/** What one step computes and the next forgets: not part of a saved state. */
function scratchSpec(net: Network, capacity: number) {
  const f64 = (length: number): Field & { type: 'f64' } => ({ type: 'f64', length });
  const i32 = (length: number): Field & { type: 'i32' } => ({ type: 'i32', length });
  const links = capacity * PLAN_LINKS;
  return {
    linkCount: i32(capacity),
    /** Speed when every stop line is open. */
    free: f64(capacity),
    linkMovement: i32(links),
    /** 1: the waiting place inside the junction, 0: the stop line. */
    linkInner: { type: 'u8', length: links } as const,
    linkRequest: { type: 'u8', length: links } as const,
    linkDistance: f64(links),
    linkPass: f64(links),
    linkWait: f64(links),
    linkArrive: f64(links),
    linkLeave: f64(links),
    /** Metres from the line until the vehicle's back is clear. */
    linkCross: f64(links),
    linkArriveSpeed: f64(links),
    linkLeaveSpeed: f64(links),
    linkBrakeSpeed: f64(links),
    /** Next plan that approaches the same movement, or -1. */
    linkNext: i32(links),
    approach: i32(net.movements),
    newSpeed: f64(capacity),
    held: { type: 'u8', length: capacity } as const,
  };
}

export type Scratch = Arrays<ReturnType<typeof scratchSpec>>;

/** Everything the engine's parts share. `state` is one buffer: a copy of it is a copy of the running city. */
export interface World {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly net: Network;
  readonly types: TypeTable;
  readonly trips: TripTable;
  readonly capacity: number;
  readonly buffer: ArrayBuffer;
  readonly state: State;
  readonly scratch: Scratch;
}

/** More vehicles than this cannot stand on the city's lanes. */
function capacityOf(net: Network, types: TypeTable, trips: TripTable): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (let t = 0; t < types.length.length; t++) shortest = Math.min(shortest, types.length[t]! + types.minGap[t]!);
  const spacing = Math.max(1, Number.isFinite(shortest) ? shortest : 1);
  let places = 0;
  for (let s = 0; s < net.segments; s++) places += Math.floor(net.length[s]! / spacing) + 2;
  return Math.max(1, Math.min(places, trips.count));
}

export function createWorld(scenario: Scenario, seed: number): World {
  const net = buildNetwork(scenario.city);
  const types = buildTypes(scenario.demand.types);
  const trips = buildTrips(scenario);
  const capacity = capacityOf(net, types, trips);
  const { buffer, arrays: state } = layOut(stateSpec(net, trips, capacity, scenario.city.signals.length));
  const { arrays: scratch } = layOut(scratchSpec(net, capacity));
  state.head.fill(-1);
  state.tail.fill(-1);
  state.queueHead.fill(-1);
  state.queueTail.fill(-1);
  state.queueNext.fill(-1);
  state.insertedMs.fill(-1);
  state.arrivedMs.fill(-1);
  state.scalars[SCALAR.timeMs] = scenario.beginMs;
  state.scalars[SCALAR.freeTop] = capacity;
  for (let i = 0; i < capacity; i++) state.free[i] = capacity - 1 - i;
  state.segment.fill(-1);
  return { scenario, seed, net, types, trips, capacity, buffer, state, scratch };
}

/** Puts a vehicle on a segment behind `leader` (or at the front when -1). */
export function link(world: World, vehicle: number, segment: number, leader: number): void {
  const { state: s, types } = world;
  const follower = leader < 0 ? s.head[segment]! : s.behind[leader]!;
  s.segment[vehicle] = segment;
  s.ahead[vehicle] = leader;
  s.behind[vehicle] = follower;
  if (leader < 0) s.head[segment] = vehicle;
  else s.behind[leader] = vehicle;
  if (follower < 0) s.tail[segment] = vehicle;
  else s.ahead[follower] = vehicle;
  const type = s.type[vehicle]!;
  s.occupied[segment] = s.occupied[segment]! + types.length[type]! + types.minGap[type]!;
}

export function unlink(world: World, vehicle: number): void {
  const { state: s, types } = world;
  const segment = s.segment[vehicle]!;
  const leader = s.ahead[vehicle]!;
  const follower = s.behind[vehicle]!;
  if (leader < 0) s.head[segment] = follower;
  else s.behind[leader] = follower;
  if (follower < 0) s.tail[segment] = leader;
  else s.ahead[follower] = leader;
  const type = s.type[vehicle]!;
  const left = s.occupied[segment]! - types.length[type]! - types.minGap[type]!;
  s.occupied[segment] = s.head[segment]! < 0 ? 0 : left;
}
