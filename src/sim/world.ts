import type { Scenario } from '../demand/demand.ts';
import type { f64, i32 } from '../units/numbers.ts';
import { buildStops, buildTrips, buildTypes, type TripTable, TYPE, TYPE_SIZE, type TypeTable } from './demand.ts';
import { createEventLog, type EventLog } from './events.ts';
import { buildFootways, buildWalks } from './footways.ts';
import { buildLaneChoices, type LaneChoices } from './lanes.ts';
import type { Views } from './layout.ts';
import type { Machine } from './machine.ts';
import { buildNetwork, type Network } from './network.ts';
import { buildPrograms } from './programs.ts';
import { wake } from './rest.ts';
import { createLinks, createScratches, type Scratch } from './scratch.ts';
import {
  allocateState,
  SCALAR,
  SEGMENT,
  type Stateful,
  startState,
  type Tables,
  typesPlace,
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
  readonly machine: Machine;
  readonly choices: LaneChoices;
  readonly scratch: Scratch;
  readonly links: Views;
  /** The first link that is this thread's to use. */
  readonly firstLink: number;
  /** How many threads work on the state, and their `scratch.approach`, one after the other. */
  readonly parts: number;
  readonly approaches: Int32Array;
  /** Their records of who left a segment (LEAVER), and the place of this thread's. */
  readonly leavers: Int32Array;
  readonly firstLeaver: number;
  /** This thread's own bit. */
  readonly mark: number;
  readonly share: Share;
  readonly events: EventLog;
}

/** What of the city a thread or a partial fork works on: pairs [from, to) of segments, and of places in `multiRoads`. */
export interface Share {
  readonly segments: Int32Array;
  readonly roads: Int32Array;
  /** Time spent on them since they were cut, by those of several threads (SPENT), ms. */
  readonly spentMs: Float64Array;
}

/** Events between two readings that are kept. */
const EVENT_ROOM = 65536;

/** More vehicles than this cannot stand on the city's lanes. */
function capacityOf(net: Network, types: TypeTable, trips: TripTable): f64 {
  let shortest = Number.POSITIVE_INFINITY;
  for (let t = 0; t < types.numbers.length; t += TYPE_SIZE)
    shortest = Math.min(shortest, types.numbers[t + LENGTH]! + types.numbers[t + MIN_GAP]!);
  const spacing = Math.max(1, Number.isFinite(shortest) ? shortest : 1);
  let places = 0;
  for (let s = 0; s < net.segments; s++) places += Math.floor(net.length[s]! / spacing) + 2;
  return Math.max(1, Math.min(places, trips.count));
}

export function createWorld(scenario: Scenario, seed: number, machine: Machine): World {
  const { allocate } = machine;
  const net = buildNetwork(scenario.city);
  const types = buildTypes(scenario.demand.types, typesPlace(net));
  const trips = buildTrips(scenario, types);
  const capacity = capacityOf(net, types, trips);
  const tables = {
    scenario,
    net,
    types,
    trips,
    programs: buildPrograms(scenario.city),
    ways: buildWays(scenario.city, net, trips),
    stops: buildStops(scenario.demand.trips),
    feet: buildFootways(scenario.city),
    walks: buildWalks(scenario.demand),
    capacity,
  };
  const { scratches, approaches, leavers } = createScratches(net, capacity, 1, allocate);
  return {
    ...tables,
    ...startState(tables, allocate),
    machine,
    seed,
    choices: buildLaneChoices(net, trips),
    scratch: scratches[0]!,
    links: createLinks(capacity, 1, allocate),
    firstLink: 0,
    parts: 1,
    approaches,
    leavers,
    firstLeaver: 0,
    mark: 1,
    share: wholeCity(net),
    events: createEventLog(EVENT_ROOM, allocate),
  };
}

function wholeCity(net: Network): Share {
  return {
    segments: Int32Array.of(0, net.segments),
    roads: Int32Array.of(0, net.multiRoads.length),
    spentMs: new Float64Array(2),
  };
}

/** A world with the same tables and a copy of the state; scratch is shared, since engines of one thread take turns. */
export function copyWorld(world: World): World {
  const copy = {
    ...world,
    ...allocateState(world, world.machine.allocate),
    parts: 1,
    approaches: world.scratch.approach,
    share: wholeCity(world.net),
    events: createEventLog(EVENT_ROOM, world.machine.allocate),
  };
  copyState(world, copy);
  return copy;
}

/** The state of a world as pieces of its buffer, without the vehicle records that were never used (all zero). */
export function listUsed({ bytes, vehiclesAt, state, capacity }: World): [Uint8Array, Uint8Array] {
  const start = vehiclesAt * 8;
  const recordBytes = 8 << VEHICLE_SHIFT;
  return [
    bytes.subarray(0, start + state.scalars[SCALAR.used]! * recordBytes),
    bytes.subarray(start + capacity * recordBytes),
  ];
}

/** Number of a vehicle's record. */
export function slotOf(w: World, v: i32): i32 {
  return (v - w.vehiclesAt) >> VEHICLE_SHIFT;
}

/** Copies the state of a world onto that of another one of the same scenario. */
export function copyState(from: World, to: World): void {
  const [before] = listUsed(to);
  const [first, rest] = listUsed(from);
  const target = to.bytes;
  target.set(first);
  target.fill(0, first.length, Math.max(first.length, before.length));
  target.set(rest, target.length - rest.length);
}

/** Puts a vehicle on a segment behind `leader` (or at the front when -1). */
export function link(w: World, v: i32, seg: i32, leader: i32): void {
  const { f64: F, i32: I } = w;
  const { head, occupied } = w.state;
  const follower = leader < 0 ? head[seg]! : I[(leader << 1) + BEHIND]!;
  I[(v << 1) + ON] = seg;
  I[(v << 1) + AHEAD] = leader;
  I[(v << 1) + BEHIND] = follower;
  if (leader < 0) head[seg] = v;
  else I[(leader << 1) + BEHIND] = v;
  if (follower < 0) I[(seg << 4) + TAIL] = v;
  else {
    I[(follower << 1) + AHEAD] = v;
    if (I[(seg << 4) + RESTING]! >= 0) wake(w, seg);
  }
  const t = I[(v << 1) + KIND]!;
  occupied[seg] = occupied[seg]! + F[t + LENGTH]! + F[t + MIN_GAP]!;
}

export function unlink(w: World, v: i32): void {
  const { f64: F, i32: I } = w;
  const { head, occupied } = w.state;
  const seg = I[(v << 1) + ON]!;
  const leader = I[(v << 1) + AHEAD]!;
  const follower = I[(v << 1) + BEHIND]!;
  if (I[(seg << 4) + RESTING]! >= 0) wake(w, seg);
  if (leader < 0) head[seg] = follower;
  else I[(leader << 1) + BEHIND] = follower;
  if (follower < 0) I[(seg << 4) + TAIL] = leader;
  else I[(follower << 1) + AHEAD] = leader;
  const t = I[(v << 1) + KIND]!;
  const left = occupied[seg]! - F[t + LENGTH]! - F[t + MIN_GAP]!;
  occupied[seg] = head[seg]! < 0 ? 0 : left;
}
