import type { Scenario } from '../demand/demand.ts';
import { buildStops, buildTrips, buildTypes, type StopTable, type TripTable, type TypeTable } from './demand.ts';
import { buildFootways, buildWalks, type Footways, type WalkTable } from './footways.ts';
import { buildLaneChoices, type LaneChoices } from './lanes.ts';
import { type Arrays, type Field, layOut, type Records, strideOf, type Views } from './layout.ts';
import { buildNetwork, type Network } from './network.ts';
import { buildPrograms, type ProgramTable } from './signals.ts';
import { buildWays, MEAN_S, type WayTable } from './waytable.ts';

/**
 * How the state is laid out. Vehicles and segments (lanes, then movements) are records in one buffer; each field has its own
 * view onto it. A vehicle is named by its record's place `v` in units of 8 bytes: field[v] for numbers, field[v << 1] for
 * integers and short numbers; -1 is nobody. A segment is named by its index: field[seg << 3] for numbers, field[seg << 4] for integers.
 * The vehicles of a segment are a list, front to back: `head[seg]`, then `behind`; `tail`, then `ahead`.
 *
 * A step is four phases. Within a phase nobody reads what another vehicle writes, so that the order of segments does not
 * matter and ranges of them may be worked on side by side:
 * 1. plan: positions and speeds at the start of the step -> new speeds, and the plans of those that must wait for others' plans;
 * 2. decide: everyone's plans -> new speeds of those;
 * 3. move: each along its segment; who left it is listed in the order of segments and moved on serially (`passOn`);
 * 4. changeLanes: by road; who changes is listed and re-linked afterwards; advice to vehicles of other roads is a minimum.
 * Entries come last and serially. Functions are at module level and take the world: V8 optimises them once for all engines.
 */

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
  /** Vehicle records from this one on were never used. */
  used: 10,
  nextWalk: 11,
  walkers: 12,
  parked: 13,
  /** Vehicles with a siren on the streets. */
  sirens: 14,
  ledAway: 15,
} as const;
/** Purposes of keyed draws (units/random). */
export const PURPOSE = { dawdle: 1, speedFactor: 2, departLane: 3, departPos: 4, departSpeed: 5 } as const;
/** Below this a vehicle counts as halted, m/s (SUMO's haltingSpeed). */
export const HALTING = 0.1;

/** Bits of a vehicle's `flags`. */
export const FLAG = {
  /** Someone inside the junction, and nothing beyond it, keeps the vehicle from going on. */
  held: 1,
  /** The route ends on this road. */
  lastRoad: 2,
  /** A stop lies ahead on this road; the vehicle stands at it. */
  halts: 4,
  stands: 8,
  /** The route urgently needs the lane to the left or right, where there was no room. */
  wantsLeft: 16,
  wantsRight: 32,
  /** Asked by lane changers of its road, until its next step: to drive on, to make way to the left or right. */
  goOn: 64,
  moveLeft: 128,
  moveRight: 256,
  /** Seven bits: steps since a driver with a start-up delay could have started, and one more; 0 for none. */
  starts: 0xfe00,
} as const;
/** The change of speed in the last step stands in the upper half of `flags`, in units of 1/1024 m/s2. */
const ACCEL_BITS = 16;
const ACCEL_UNIT = 1024;

export function packAccel(accel: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(accel * ACCEL_UNIT))) << ACCEL_BITS;
}

export function accelOf(flags: number): number {
  return (flags >> ACCEL_BITS) / ACCEL_UNIT;
}

/** Bits of a segment's `traits`. */
export const TRAIT = {
  /** The movement's path meets another one's in its junction: such a junction is kept clear. */
  hasFoes: 1,
  /** Some other movement gives way to the movement. */
  isYieldedTo: 2,
  /** More than one movement leaves the lane. */
  forks: 4,
  /** A signal controls the movement. */
  signalled: 8,
  /** The lane leads to where others give way without a signal: they are told of everyone on it, however far. */
  seenFromAfar: 16,
} as const;

/** The first line of the cache holds what is needed to drive, the second what is needed to choose lanes, and the accounts. */
const VEHICLE_FIELDS = {
  pos: 'f64',
  speed: 'f64',
  /** Individual speed factor. */
  factor: 'f64',
  segment: 'i32',
  /** Next vehicle downstream and upstream on the segment, or -1. */
  ahead: 'i32',
  behind: 'i32',
  type: 'i32',
  /** Place of the current road in the route table. */
  routeAt: 'i32',
  trip: 'i32',
  flags: 'i32',
  /** Seconds halted without a break. */
  halted: 'i32',
  /** What its route says of its lane (see LaneChoices), kept by `aim`: the best movement onwards, ... */
  via: 'i32',
  /** Upper bound of the next speed, asked for by lane changers; Infinity for none. */
  adviceMps: 'f32',
  /** ... four times the lanes to the nearest best lane, + 2 if the lane to the left is best, + 1 if the one to the right is, ... */
  choice: 'i32',
  /** ... and metres without a change on it and on the lanes beside it (NO_LANE where there is none for the vehicle). */
  reach: 'f32',
  reachLeft: 'f32',
  reachRight: 'f32',
  /** Speed remembered for how far ahead lanes are chosen (LC2013's lookAheadSpeed). */
  lookMps: 'f32',
  /** LC2013's speed-gain and keep-right accumulators. */
  gainSum: 'f32',
  rightSum: 'f32',
  /** When the current road was entered, or the trip wanted to depart on its first one, and where. */
  roadFromM: 'f32',
  roadSince: 'f64',
  timeLoss: 'f64',
  /** Step in which the junction was entered. */
  entered: 'i32',
  /** Movement by which the current lane was reached, or -1. */
  cameBy: 'i32',
  /** Seconds halted in all, and how often. */
  waited: 'i32',
  stops: 'i32',
} as const;

const SEGMENT_FIELDS = {
  /** Metres to its end, and the speed limit. */
  end: 'f64',
  limit: 'f64',
  /** Movements: place inside the junction where one may wait for a gap, or -1. */
  waitAt: 'f64',
  tail: 'i32',
  /** Movements: what the stop line says now (CONTROL), and the lane they lead to. */
  control: 'i32',
  toLane: 'i32',
  traits: 'i32',
  /** Lanes: their road, and their place on it from the right. */
  road: 'i32',
  laneIndex: 'i32',
} as const;

/** By vehicle and stop line ahead, when others must know of it or it may have to wait for them. */
const LINK_FIELDS = {
  distance: 'f64',
  /** Speed when the line is open, and when it is not. */
  pass: 'f64',
  wait: 'f64',
  arrive: 'f64',
  leave: 'f64',
  /** Metres from the line until the vehicle's back is clear. */
  cross: 'f64',
  arriveSpeed: 'f64',
  leaveSpeed: 'f64',
  brakeSpeed: 'f64',
  movement: 'i32',
  /** 1: the waiting place inside the junction, 0: the stop line. */
  inner: 'i32',
  request: 'i32',
  vehicle: 'i32',
  /** Next plan that approaches the same movement, or -1. */
  next: 'i32',
} as const;

/** A vehicle's record in units of 8 bytes, as a power of two: v >> VEHICLE_SHIFT is its slot. */
export const VEHICLE_SHIFT = 4;

type Sized = Pick<World, 'net' | 'trips' | 'programs' | 'ways' | 'stops' | 'feet' | 'walks' | 'capacity'>;

function stateSpec({ net, trips, programs, ways, stops, feet, walks, capacity }: Sized, signals: number) {
  const f64 = (length: number): Field & { type: 'f64' } => ({ type: 'f64', length });
  const i32 = (length: number): Field & { type: 'i32' } => ({ type: 'i32', length });
  return {
    scalars: f64(16),
    /** By segment: its first vehicle. */
    head: i32(net.segments),
    /** By segment: vehicle lengths and minimum gaps on it, metres. */
    occupied: f64(net.segments),
    /** Vehicle records that are not in use. */
    free: i32(capacity),
    // By movement.
    crossed: { type: 'u32', length: net.movements } as const,
    delay: f64(net.movements),
    // By signal.
    phase: i32(signals),
    phaseSinceMs: f64(signals),
    phaseEndMs: f64(signals),
    /** By detector of actuated signals: when a vehicle last left it. */
    detectorLeftMs: f64(programs.actuated.detectorAt.length),
    commanded: { type: 'u8', length: signals } as const,
    // By road: trips that wait to enter, first and last, linked by `queueNext`.
    queueHead: i32(net.roads),
    queueTail: i32(net.roads),
    queueNext: i32(trips.count),
    // By part of the ways between which trips choose: mean speed of the last minutes, and each second's.
    meanSpeed: f64(ways.count),
    pastSpeed: f64(ways.count * MEAN_S),
    // By trip.
    /** Which of its ways it takes; 0 is the own route. */
    way: i32(trips.count),
    insertedMs: f64(trips.count),
    arrivedMs: f64(trips.count),
    timeLossS: f64(trips.count),
    waitingS: f64(trips.count),
    tripStops: i32(trips.count),
    // By trip with stops: its next stop, and when it leaves the one it stands at; those in bays.
    stopAt: i32(stops.buses),
    standsUntilMs: f64(stops.buses),
    parked: i32(stops.buses),
    /** Vehicles with a siren on the streets. */
    sirens: i32(trips.sirens),
    // By walk: place in the table of parts, metres left of it, 1 while on its crossing, seconds at its kerb, and in all.
    walkPart: i32(walks.count),
    walkLeft: f64(walks.count),
    walkOn: { type: 'u8', length: walks.count } as const,
    walkHalted: i32(walks.count),
    walkWaited: i32(walks.count),
    walkArrivedMs: f64(walks.count),
    /** Those under way. */
    walking: i32(walks.count),
    // By crossing: 1 while walk shows, people at its kerb, people who stepped onto it, their waits.
    walkLamp: { type: 'u8', length: feet.crossings } as const,
    crossingWaiting: i32(feet.crossings),
    walkersCrossed: { type: 'u32', length: feet.crossings } as const,
    crossingWaitedS: f64(feet.crossings),
    crossingLongestS: f64(feet.crossings),
    /** By crossing: the first of those on it or coming to it; by walk: the next of them. */
    footHead: i32(feet.crossings),
    footNext: i32(walks.count),
  };
}

export type State = Arrays<ReturnType<typeof stateSpec>>;
export type Vehicles = Views<{ count: number; fields: typeof VEHICLE_FIELDS }>;
export type Segments = Views<{ count: number; fields: typeof SEGMENT_FIELDS }>;
export type Links = Views<{ count: number; fields: typeof LINK_FIELDS }>;

/** What one step computes and the next forgets: not part of a saved state. */
function scratchSpec(net: Network, capacity: number) {
  const f64 = (length: number): Field & { type: 'f64' } => ({ type: 'f64', length });
  const i32 = (length: number): Field & { type: 'i32' } => ({ type: 'i32', length });
  return {
    /** Everyone present, in the order of segments and front to back, as planned; then by that order: */
    order: i32(capacity),
    newSpeed: f64(capacity),
    held: { type: 'u8', length: capacity } as const,
    /** Places in `order` of those that decide when all plans are known, and their stop lines. */
    pending: i32(capacity),
    linkCount: i32(capacity),
    /** Vehicles that left their segment in this step. */
    leaving: i32(capacity),
    /** First link that approaches a movement, or -1. */
    approach: i32(net.movements),
    /** Lane changes of this step: who, to which lane, behind whom. */
    changer: i32(capacity),
    changeTo: i32(capacity),
    changeBehind: i32(capacity),
    /** Pairs that stand in each other's way and change places. */
    swapper: i32(capacity),
    swapWith: i32(capacity),
    /** Advice to vehicles of other roads. */
    advised: i32(capacity),
    advisedSpeed: f64(capacity),
    /** By lane of the road at hand: the vehicle to look at next and where it is, the last one passed, and the lengths of all passed. */
    cursor: i32(net.width),
    front: f64(net.width),
    passed: i32(net.width),
    density: f64(net.width),
    /** By lane of the road at hand: the first and the last one passed that had to come onto it and could not, or -1. */
    firstBlocked: i32(net.width),
    lastBlocked: i32(net.width),
    /** By lane of a road with a queue of trips: 1 when it refused one in this step. */
    refused: { type: 'u8', length: net.width } as const,
    /** Roads with a queue of trips. */
    active: i32(net.roads),
    /** Numbers a function hands back (a returned number would be allocated when the call is not inlined). */
    out: f64(4),
    counts: i32(8),
  };
}

/** Places of `scratch.counts`. */
export const COUNT = { order: 0, pending: 1, leaving: 2, changes: 3, swaps: 4, advised: 5 } as const;

export type Scratch = Arrays<ReturnType<typeof scratchSpec>>;

/** @param isShared whether other threads read it */
export function createScratch(net: Network, capacity: number, isShared: boolean): Scratch {
  return layOut(scratchSpec(net, capacity), {}, isShared).arrays;
}

/** Everything the engine's parts share. `state`, `vehicles` and `segments` are views of one buffer: a copy of it is a copy of the running city. */
export interface World {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly net: Network;
  readonly types: TypeTable;
  readonly trips: TripTable;
  readonly choices: LaneChoices;
  readonly ways: WayTable;
  readonly programs: ProgramTable;
  readonly stops: StopTable;
  readonly feet: Footways;
  readonly walks: WalkTable;
  readonly capacity: number;
  readonly buffer: ArrayBufferLike;
  readonly state: State;
  readonly vehicles: Vehicles;
  readonly segments: Segments;
  readonly scratch: Scratch;
  readonly links: Links;
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
  for (let t = 0; t < types.length.length; t++) shortest = Math.min(shortest, types.length[t]! + types.minGap[t]!);
  const spacing = Math.max(1, Number.isFinite(shortest) ? shortest : 1);
  let places = 0;
  for (let s = 0; s < net.segments; s++) places += Math.floor(net.length[s]! / spacing) + 2;
  return Math.max(1, Math.min(places, trips.count));
}

/** The parts of the segments' records that come from the network. */
function fillSegments(net: Network, segments: Segments): void {
  const L = net.lanes;
  for (let seg = 0; seg < net.segments; seg++) {
    segments.end[seg << 3] = net.length[seg]!;
    segments.limit[seg << 3] = net.speed[seg]!;
    segments.waitAt[seg << 3] = -1;
    segments.tail[seg << 4] = -1;
    if (seg < L) {
      segments.road[seg << 4] = net.laneRoad[seg]!;
      segments.laneIndex[seg << 4] = net.laneIndex[seg]!;
      const ways = net.out.subarray(net.outStart[seg]!, net.outStart[seg + 1]!);
      const isAwaited = ways.some((movement) => net.isYieldedTo[movement] === 1 && net.signalled[movement] === 0);
      segments.traits[seg << 4] = (ways.length > 1 ? TRAIT.forks : 0) | (isAwaited ? TRAIT.seenFromAfar : 0);
    } else {
      const movement = seg - L;
      segments.waitAt[seg << 3] = net.waitAt[movement]!;
      segments.toLane[seg << 4] = net.toLane[movement]!;
      segments.control[seg << 4] = net.sign[movement]!;
      segments.traits[seg << 4] =
        (net.hasFoes[movement] === 1 ? TRAIT.hasFoes : 0) |
        (net.isYieldedTo[movement] === 1 ? TRAIT.isYieldedTo : 0) |
        (net.signalled[movement] === 1 ? TRAIT.signalled : 0);
    }
  }
}

type Stateful = Pick<World, 'buffer' | 'state' | 'vehicles' | 'segments'>;

function allocateState(tables: Sized & Pick<World, 'scenario'>, isShared: boolean): Stateful {
  const { net, capacity, scenario } = tables;
  const { buffer, arrays, records } = layOut(
    stateSpec(tables, scenario.city.signals.length),
    {
      vehicles: { count: capacity, fields: VEHICLE_FIELDS },
      segments: { count: net.segments, fields: SEGMENT_FIELDS },
    },
    isShared,
  );
  return { buffer, state: arrays, vehicles: records.vehicles, segments: records.segments };
}

/** The state of an empty city at the beginning of its scenario, with no signal lit. */
export function startState(tables: Sized & Pick<World, 'scenario'>, isShared: boolean): Stateful {
  const started = allocateState(tables, isShared);
  const { state, segments } = started;
  const { net, ways, stops, capacity, scenario } = tables;
  fillSegments(net, segments);
  state.head.fill(-1);
  state.queueHead.fill(-1);
  state.queueTail.fill(-1);
  state.queueNext.fill(-1);
  state.insertedMs.fill(-1);
  state.arrivedMs.fill(-1);
  state.walkArrivedMs.fill(-1);
  for (let part = 0; part < ways.count; part++) {
    state.meanSpeed[part] = ways.limit[part]!;
    state.pastSpeed.fill(ways.limit[part]!, part * MEAN_S, (part + 1) * MEAN_S);
  }
  state.stopAt.set(stops.start.subarray(0, stops.buses));
  state.footHead.fill(-1);
  state.scalars[SCALAR.timeMs] = scenario.beginMs;
  state.scalars[SCALAR.freeTop] = capacity;
  for (let i = 0; i < capacity; i++) state.free[i] = (capacity - 1 - i) << VEHICLE_SHIFT;
  return started;
}

/** @param isShared whether several threads are to work on it */
export function createWorld(scenario: Scenario, seed: number, isShared = false): World {
  const net = buildNetwork(scenario.city);
  const types = buildTypes(scenario.demand.types);
  const trips = buildTrips(scenario, types);
  const choices = buildLaneChoices(net, trips);
  const ways = buildWays(scenario.city, net, trips);
  const stops = buildStops(scenario.demand.trips);
  const feet = buildFootways(scenario.city);
  const walks = buildWalks(scenario.demand);
  const programs = buildPrograms(scenario.city);
  const capacity = capacityOf(net, types, trips);
  const vehicleRecords = { count: capacity, fields: VEHICLE_FIELDS } satisfies Records;
  const segmentRecords = { count: net.segments, fields: SEGMENT_FIELDS } satisfies Records;
  const linkRecords = { count: capacity * PLAN_LINKS, fields: LINK_FIELDS } satisfies Records;
  if (strideOf(vehicleRecords) !== 1 << VEHICLE_SHIFT || strideOf(segmentRecords) !== 8 || strideOf(linkRecords) !== 16)
    throw new Error('a record has another size than its places are computed with');
  const tables = { scenario, net, trips, programs, ways, stops, feet, walks, capacity };
  const { buffer, state, vehicles, segments } = startState(tables, isShared);
  const {
    arrays: scratch,
    records: { links },
  } = layOut(scratchSpec(net, capacity), { links: linkRecords }, isShared);
  return {
    scenario,
    seed,
    net,
    types,
    trips,
    choices,
    programs,
    ways,
    stops,
    feet,
    walks,
    capacity,
    buffer,
    state,
    vehicles,
    segments,
    scratch,
    links,
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
  const start = vehicles.pos.byteOffset;
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
  const { segment, ahead, behind, type } = w.vehicles;
  const { tail } = w.segments;
  const { head, occupied } = w.state;
  const follower = leader < 0 ? head[seg]! : behind[leader << 1]!;
  segment[v << 1] = seg;
  ahead[v << 1] = leader;
  behind[v << 1] = follower;
  if (leader < 0) head[seg] = v;
  else behind[leader << 1] = v;
  if (follower < 0) tail[seg << 4] = v;
  else ahead[follower << 1] = v;
  const t = type[v << 1]!;
  occupied[seg] = occupied[seg]! + w.types.length[t]! + w.types.minGap[t]!;
}

export function unlink(w: World, v: number): void {
  const { segment, ahead, behind, type } = w.vehicles;
  const { tail } = w.segments;
  const { head, occupied } = w.state;
  const seg = segment[v << 1]!;
  const leader = ahead[v << 1]!;
  const follower = behind[v << 1]!;
  if (leader < 0) head[seg] = follower;
  else behind[leader << 1] = follower;
  if (follower < 0) tail[seg << 4] = leader;
  else ahead[follower << 1] = leader;
  const t = type[v << 1]!;
  const left = occupied[seg]! - w.types.length[t]! - w.types.minGap[t]!;
  occupied[seg] = head[seg]! < 0 ? 0 : left;
}
