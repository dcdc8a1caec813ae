import type { Scenario } from '../demand/demand.ts';
import { buildStops, buildTrips, buildTypes, type TripTable, TYPE, TYPE_SIZE, type TypeTable } from './demand.ts';
import { buildFootways, buildWalks } from './footways.ts';
import { buildLaneChoices, type LaneChoices } from './lanes.ts';
import type { Views } from './layout.ts';
import { buildNetwork, type Network } from './network.ts';
import { buildPrograms } from './programs.ts';
import { wake } from './rest.ts';
import {
  allocateState,
  createLinks,
  createScratch,
  SCALAR,
  type Scratch,
  SEGMENT,
  type Stateful,
  startState,
  type Tables,
  VEHICLE,
  VEHICLE_SHIFT,
} from './state.ts';
import { buildWays } from './waytable.ts';

const { length: LENGTH, minGap: MIN_GAP } = TYPE;
const { segment: ON, ahead: AHEAD, behind: BEHIND, type: KIND } = VEHICLE;
const { tail: TAIL, resting: RESTING } = SEGMENT;

/** Everything the engine's parts share. */
export interface World extends Tables, Stateful {
  readonly seed: number;
  readonly types: TypeTable;
  readonly choices: LaneChoices;
  readonly scratch: Scratch;
  readonly links: Views;
  /** The first link that is this thread's to use. */
  readonly firstLink: number;
  /** Of every thread that works on the state: its `scratch.approach`. */
  readonly approaches: readonly Int32Array[];
  readonly share: Share;
}

/** What of the city a thread or a partial fork works on: pairs [from, to) of segments, and of places in `multiRoads`. */
export interface Share {
  readonly segments: Int32Array;
  readonly roads: Int32Array;
}

/** More vehicles than this cannot stand on the city's lanes. */
function capacityOf(net: Network, types: TypeTable, trips: TripTable): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (let t = 0; t < types.f64.length; t += TYPE_SIZE)
    shortest = Math.min(shortest, types.f64[t + LENGTH]! + types.f64[t + MIN_GAP]!);
  const spacing = Math.max(1, Number.isFinite(shortest) ? shortest : 1);
  let places = 0;
  for (let s = 0; s < net.segments; s++) places += Math.floor(net.length[s]! / spacing) + 2;
  return Math.max(1, Math.min(places, trips.count));
}

/** @param isShared whether several threads are to work on it */
export function createWorld(scenario: Scenario, seed: number, isShared = false): World {
  const net = buildNetwork(scenario.city);
  const types = buildTypes(scenario.demand.types);
  const trips = buildTrips(scenario, types);
  const capacity = capacityOf(net, types, trips);
  const tables = {
    scenario,
    net,
    trips,
    programs: buildPrograms(scenario.city),
    ways: buildWays(scenario.city, net, trips),
    stops: buildStops(scenario.demand.trips),
    feet: buildFootways(scenario.city),
    walks: buildWalks(scenario.demand),
    capacity,
  };
  const scratch = createScratch(net, capacity, isShared);
  return {
    ...tables,
    ...startState(tables, isShared),
    seed,
    types,
    choices: buildLaneChoices(net, trips),
    scratch,
    links: createLinks(capacity, 1, isShared),
    firstLink: 0,
    approaches: [scratch.approach],
    share: wholeCity(net),
  };
}

function wholeCity(net: Network): Share {
  return { segments: Int32Array.of(0, net.segments), roads: Int32Array.of(0, net.multiRoads.length) };
}

/** A world with the same tables and a copy of the state; scratch is shared, since engines of one thread take turns. */
export function copyWorld(world: World): World {
  const copy = {
    ...world,
    ...allocateState(world, false),
    approaches: [world.scratch.approach],
    share: wholeCity(world.net),
  };
  copyState(world, copy);
  return copy;
}

/** The state of a world as pieces of its buffer, without the vehicle records that were never used (all zero). */
export function listUsed({ buffer, vehicles, state, capacity }: World): [Uint8Array, Uint8Array] {
  const start = vehicles.f64.byteOffset;
  const recordBytes = 8 << VEHICLE_SHIFT;
  return [
    new Uint8Array(buffer, 0, start + state.scalars[SCALAR.used]! * recordBytes),
    new Uint8Array(buffer, start + capacity * recordBytes),
  ];
}

/** Copies the state of a world onto that of another one of the same scenario. */
export function copyState(from: World, to: World): void {
  const [before] = listUsed(to);
  const [first, rest] = listUsed(from);
  const target = new Uint8Array(to.buffer);
  target.set(first);
  target.fill(0, first.length, Math.max(first.length, before.length));
  target.set(rest, target.length - rest.length);
}

/** Puts a vehicle on a segment behind `leader` (or at the front when -1). */
export function link(w: World, v: number, seg: number, leader: number): void {
  const { i32: VI } = w.vehicles;
  const { i32: GI } = w.segments;
  const { head, occupied } = w.state;
  const follower = leader < 0 ? head[seg]! : VI[(leader << 1) + BEHIND]!;
  VI[(v << 1) + ON] = seg;
  VI[(v << 1) + AHEAD] = leader;
  VI[(v << 1) + BEHIND] = follower;
  if (leader < 0) head[seg] = v;
  else VI[(leader << 1) + BEHIND] = v;
  if (follower < 0) GI[(seg << 4) + TAIL] = v;
  else {
    VI[(follower << 1) + AHEAD] = v;
    if (GI[(seg << 4) + RESTING]! >= 0) wake(w, seg);
  }
  const t = VI[(v << 1) + KIND]!;
  occupied[seg] = occupied[seg]! + w.types.f64[t + LENGTH]! + w.types.f64[t + MIN_GAP]!;
}

export function unlink(w: World, v: number): void {
  const { i32: VI } = w.vehicles;
  const { i32: GI } = w.segments;
  const { head, occupied } = w.state;
  const seg = VI[(v << 1) + ON]!;
  const leader = VI[(v << 1) + AHEAD]!;
  const follower = VI[(v << 1) + BEHIND]!;
  if (GI[(seg << 4) + RESTING]! >= 0) wake(w, seg);
  if (leader < 0) head[seg] = follower;
  else VI[(leader << 1) + BEHIND] = follower;
  if (follower < 0) GI[(seg << 4) + TAIL] = leader;
  else VI[(follower << 1) + AHEAD] = leader;
  const t = VI[(v << 1) + KIND]!;
  const left = occupied[seg]! - w.types.f64[t + LENGTH]! - w.types.f64[t + MIN_GAP]!;
  occupied[seg] = head[seg]! < 0 ? 0 : left;
}
