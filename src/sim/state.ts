import type { Scenario } from '../demand/demand.ts';
import type { f64, i32 } from '../units/numbers.ts';
import { type StopTable, type TripTable, TYPE_SIZE, type TypeTable } from './demand.ts';
import type { Footways, WalkTable } from './footways.ts';
import {
  type Allocate,
  type Arrays,
  FIRST,
  type Field,
  layOut,
  placesOf,
  type Records,
  strideOf,
  type Views,
} from './layout.ts';
import type { Network } from './network.ts';
import type { ProgramTable } from './programs.ts';
import { MEAN_S, type WayTable } from './waytable.ts';

/**
 * How the state is laid out: segments (lanes, then movements), vehicle types and vehicles are records in one buffer, arrays lie behind
 * them. A vehicle is named by its record's place `v` in the buffer, in units of 8 bytes: f64[v + POS] for numbers, i32[(v << 1) + TRIP]
 * for integers and f32 alike; -1 is nobody. So is its type. A segment is named by its index: f64[(seg << 3) + END_M],
 * i32[(seg << 4) + TAIL]. The vehicles of a segment are a list, front to back: `head[seg]`, then `behind`; `tail`, then `ahead`.
 *
 * A step is four phases. Within a phase nobody reads what another vehicle writes, so that the order of segments does not
 * matter and ranges of them may be worked on side by side:
 * 1. plan: positions and speeds at the start of the step -> new speeds, and the plans of those that must wait for others' plans;
 * 2. decide: everyone's plans -> new speeds of those;
 * 3. move: each along its segment; who left it is listed in the order of segments and moved on serially (`passOn`);
 * 4. changeLanes: by road; who changes is listed and re-linked afterwards; advice to vehicles of other roads is a minimum.
 * Entries come last and serially. Functions are at module level and take the world: V8 optimises them once for all engines.
 */

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
  /** Seconds that everyone has driven: one more than `step` from the third part of a step on. */
  drove: 16,
} as const;
/** Purposes of keyed draws (units/random). */
export const PURPOSE = {
  dawdle: 1,
  speedFactor: 2,
  departLane: 3,
  departPos: 4,
  departSpeed: 5,
  standBack: 6,
} as const;
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
  /** On a lane that its route does not want for long: it looks for another every second. */
  presses: 512,
  /** Six bits: steps since a driver with a start-up delay could have started, and one more; 0 for none. */
  starts: 0xfc00,
} as const;
/** The change of speed in the last step stands in the upper half of `flags`, in units of 1/512 m/s2. */
const ACCEL_BITS = 16;
const ACCEL_UNIT = 512;

export function packAccel(accel: f64): i32 {
  return ((accel * ACCEL_UNIT) | 0) << ACCEL_BITS;
}

export function accelOf(flags: i32): f64 {
  return (flags >> ACCEL_BITS) / ACCEL_UNIT;
}

/** Bits of a segment's `traits`. */
export const TRAIT = {
  /** Paths meet in the movement's junction: such a junction is kept clear. */
  hasFoes: 1,
  /** Some other movement gives way to the movement. */
  isYieldedTo: 2,
  /** A signal controls the movement. */
  signalled: 8,
  /** The lane leads to where others wait for everyone on it, however far (`isAwaited`): they are told of them. */
  seenFromAfar: 16,
  /** The lane leads to such a lane. */
  seenBeyond: 32,
} as const;

/** The first line of the cache holds what is needed to drive, the second what is needed to choose lanes, and the accounts. */
const VEHICLE_FIELDS = {
  pos: 'f64',
  speed: 'f64',
  /** Individual speed factor. */
  factor: 'f32',
  /** Speed remembered for how far ahead lanes are chosen (LC2013's lookAheadSpeed), as it was when last moved. */
  lookMps: 'f32',
  /** Next vehicle downstream and upstream on the segment, or -1. */
  ahead: 'i32',
  behind: 'i32',
  segment: 'i32',
  type: 'i32',
  trip: 'i32',
  flags: 'i32',
  /** SCALAR.drove when it was last faster than HALTING. */
  movedAt: 'i32',
  /** What its route says of its lane (see LaneChoices), kept by `aim`: the best movement onwards, the best from the lane it leads to, ... */
  via: 'i32',
  nextVia: 'i32',
  /** Upper bound of the next speed, asked for by lane changers; Infinity for none. */
  adviceMps: 'f32',
  /** What SCALAR.drove would be had no time been lost, without what was driven on the current segment. */
  undelayed: 'f64',
  /** ... four times the lanes to the nearest best lane, + 2 if the lane to the left is best, + 1 if the one to the right is, ... */
  choice: 'i32',
  /** ... and metres without a change on it and on the lanes beside it (NO_LANE where there is none for the vehicle). */
  reach: 'f32',
  reachLeft: 'f32',
  reachRight: 'f32',
  /** LC2013's speed-gain and keep-right accumulators. */
  gainSum: 'f32',
  rightSum: 'f32',
  /** Where the current road was entered, and when, in ms from the scenario's begin; on its first road when it wanted to depart. */
  roadFromM: 'f32',
  roadSince: 'i32',
  /** Step in which the junction was entered. */
  entered: 'i32',
  /** Movement by which the current lane was reached, or -1. */
  cameBy: 'i32',
  /** Seconds halted in all before it last moved, and how often. */
  waited: 'i32',
  stops: 'i32',
  /** Place of the current road in the route table. */
  routeAt: 'i32',
} as const;

const SEGMENT_FIELDS = {
  /** Metres to its end, and the speed limit. */
  end: 'f64',
  limit: 'f64',
  /** Movements: place inside the junction where one may wait for a gap, or -1. */
  waitAt: 'f64',
  tail: 'i32',
  /** Movements: the lane they lead to. */
  toLane: 'i32',
  traits: 'i32',
  /** Lanes: their road, and their place on it from the right. */
  road: 'i32',
  laneIndex: 'i32',
  /** Lanes: 0 when nobody who has left it is still half on it, 1 when somebody may be. */
  lapped: 'i32',
  /** Lanes: 0 when nobody who came to it and changed to a lane beside it still has its back in the junction, 1 when somebody may have. */
  aside: 'i32',
  /** Lanes: the last of those, from the front, who stand and cannot go on before the lamp changes (`rest.ts`), or -1. */
  resting: 'i32',
} as const;

/** Places of the fields in a record; a file in which they are hot takes a copy, for V8 does not fold what is imported. */
export const VEHICLE = placesOf(VEHICLE_FIELDS);
export const SEGMENT = placesOf(SEGMENT_FIELDS, FIRST);

/** Eight numbers: what the records of vehicle types are made of. */
const TYPE_ROOM = { a: 'f64', b: 'f64', c: 'f64', d: 'f64', e: 'f64', f: 'f64', g: 'f64', h: 'f64' } as const;

/** Place of the vehicle types' records, behind the segments'. */
export function typesPlace(net: Network): f64 {
  return FIRST + net.segments * 8;
}

/** A vehicle's record in units of 8 bytes, as a power of two. */
export const VEHICLE_SHIFT = 4;

/** 32-bit words of a vehicle's record. */
export const VEHICLE_WORDS = 2 << VEHICLE_SHIFT;

/** The tables of a scenario that say how much state there is; nothing in them changes from step to step. */
export interface Tables {
  readonly scenario: Scenario;
  readonly net: Network;
  readonly types: TypeTable;
  readonly trips: TripTable;
  readonly programs: ProgramTable;
  readonly ways: WayTable;
  readonly stops: StopTable;
  readonly feet: Footways;
  readonly walks: WalkTable;
  /** Most vehicles at a time. */
  readonly capacity: number;
}

const floats = (length: number): Field & { type: 'f64' } => ({ type: 'f64', length });
const integers = (length: number): Field & { type: 'i32' } => ({ type: 'i32', length });

function stateSpec({ scenario, net, trips, programs, ways, stops, feet, walks, capacity }: Tables) {
  const signals = scenario.city.signals.length;
  return {
    scalars: floats(17),
    /** By segment: its first vehicle. */
    head: integers(net.segments),
    /** By lane: 0 when the last one on it, and who is aside of it, has left the junction it came through with all its length, 1 when it may not have. */
    entering: { type: 'u8', length: net.lanes } as const,
    /** By lane: 1 when a lamp of it has changed since those on it rest (rest.ts). */
    relit: { type: 'u8', length: net.lanes } as const,
    /** By segment: vehicle lengths and minimum gaps on it, metres. */
    occupied: floats(net.segments),
    /** Vehicle records that are not in use. */
    free: integers(capacity),
    // By movement.
    /** What its stop line says now (CONTROL): apart from its record, since many look at nothing else of it. */
    shows: { type: 'u8', length: net.movements } as const,
    crossed: { type: 'u32', length: net.movements } as const,
    delay: floats(net.movements),
    // By signal.
    phase: integers(signals),
    phaseSinceMs: floats(signals),
    phaseEndMs: floats(signals),
    /** By detector of actuated signals: when a vehicle last left it. */
    detectorLeftMs: floats(programs.actuated.detectorAt.length),
    commanded: { type: 'u8', length: signals } as const,
    /** By road: 1 when somebody on it may soon have to change lanes for its route (0: nobody has to). */
    mustChange: { type: 'u8', length: net.roads } as const,
    // By road: trips that wait to enter, first and last, linked by `queueNext`.
    queueHead: integers(net.roads),
    queueTail: integers(net.roads),
    queueNext: integers(trips.count),
    // By part of the ways between which trips choose: mean speed of the last minutes, and each second's.
    meanSpeed: floats(ways.count),
    pastSpeed: floats(ways.count * MEAN_S),
    // By trip.
    /** Which of its ways it takes; 0 is the own route. */
    way: integers(trips.count),
    insertedMs: floats(trips.count),
    arrivedMs: floats(trips.count),
    timeLossS: floats(trips.count),
    waitingS: floats(trips.count),
    tripStops: integers(trips.count),
    // By trip with stops: its next stop, and when it leaves the one it stands at; those in bays.
    stopAt: integers(stops.buses),
    standsUntilMs: floats(stops.buses),
    parked: integers(stops.buses),
    /** Vehicles with a siren on the streets. */
    sirens: integers(trips.sirens),
    // By walk: place in the table of parts, metres left of it, 1 while on its crossing, seconds at its kerb, and in all.
    walkPart: integers(walks.count),
    walkLeft: floats(walks.count),
    walkOn: { type: 'u8', length: walks.count } as const,
    walkHalted: integers(walks.count),
    walkWaited: integers(walks.count),
    walkArrivedMs: floats(walks.count),
    /** Those under way. */
    walking: integers(walks.count),
    // By crossing: 1 while walk shows, people at its kerb, people who stepped onto it, their waits.
    walkLamp: { type: 'u8', length: feet.crossings } as const,
    crossingWaiting: integers(feet.crossings),
    walkersCrossed: { type: 'u32', length: feet.crossings } as const,
    crossingWaitedS: floats(feet.crossings),
    crossingLongestS: floats(feet.crossings),
    /** By crossing: the first of those on it or coming to it; by walk: the next of them. */
    footHead: integers(feet.crossings),
    footNext: integers(walks.count),
  };
}

export type State = Arrays<ReturnType<typeof stateSpec>>;

function waysFrom(net: Network, lane: number): Int32Array {
  return net.out.subarray(net.outStart[lane]!, net.outStart[lane + 1]!);
}

/** True when others give way to those that come from the lane: without a signal, or because they come to the same lane. */
function isAwaited(net: Network, lane: number): boolean {
  return waysFrom(net, lane).some(
    (way) => net.isYieldedTo[way] === 1 && (net.signalled[way] === 0 || net.isMergedInto[way] === 1),
  );
}

/** The parts of the segments' records that come from the network. */
function fillSegments(net: Network, { f64, i32 }: Views, shows: Uint8Array): void {
  const L = net.lanes;
  for (let seg = 0; seg < net.segments; seg++) {
    f64[(seg << 3) + SEGMENT.end] = net.length[seg]!;
    f64[(seg << 3) + SEGMENT.limit] = net.speed[seg]!;
    f64[(seg << 3) + SEGMENT.waitAt] = -1;
    i32[(seg << 4) + SEGMENT.tail] = -1;
    i32[(seg << 4) + SEGMENT.resting] = -1;
    if (seg < L) {
      i32[(seg << 4) + SEGMENT.road] = net.laneRoad[seg]!;
      i32[(seg << 4) + SEGMENT.laneIndex] = net.laneIndex[seg]!;
      const ways = waysFrom(net, seg);
      i32[(seg << 4) + SEGMENT.traits] =
        (isAwaited(net, seg) ? TRAIT.seenFromAfar : 0) |
        (ways.some((movement) => isAwaited(net, net.toLane[movement]!)) ? TRAIT.seenBeyond : 0);
    } else {
      const movement = seg - L;
      f64[(seg << 3) + SEGMENT.waitAt] = net.waitAt[movement]!;
      i32[(seg << 4) + SEGMENT.toLane] = net.toLane[movement]!;
      shows[movement] = net.sign[movement]!;
      i32[(seg << 4) + SEGMENT.traits] =
        (net.hasFoes[movement] === 1 ? TRAIT.hasFoes : 0) |
        (net.isYieldedTo[movement] === 1 ? TRAIT.isYieldedTo : 0) |
        (net.signalled[movement] === 1 ? TRAIT.signalled : 0);
    }
  }
}

/** The arrays and views are of the one buffer: a copy of it is a copy of the running city. */
export interface Stateful extends Views {
  readonly bytes: Uint8Array;
  readonly state: State;
  /** Place of the first vehicle record. */
  readonly vehiclesAt: number;
}

/** Room for a state, all zero but for the vehicle types. */
export function allocateState(tables: Tables, allocate: Allocate): Stateful {
  const { net, types, capacity } = tables;
  const vehicles = { count: capacity, fields: VEHICLE_FIELDS } satisfies Records;
  const segments = { count: net.segments, fields: SEGMENT_FIELDS } satisfies Records;
  if (strideOf(vehicles) !== 1 << VEHICLE_SHIFT || strideOf(segments) !== 8)
    throw new Error('a record has another size than its places are computed with');
  const room = { count: types.rows.length * (TYPE_SIZE / 8), fields: TYPE_ROOM } satisfies Records;
  const laid = layOut({ segments, types: room, vehicles }, stateSpec(tables), allocate);
  const { bytes, arrays, recordsAt, f64, f32, i32 } = laid;
  if (recordsAt.types !== types.at) throw new Error('the vehicle types lie elsewhere than their places say');
  f64.set(types.numbers, types.at);
  return { bytes, state: arrays, vehiclesAt: recordsAt.vehicles, f64, f32, i32 };
}

/** The state of an empty city at the beginning of its scenario, with no signal lit. */
export function startState(tables: Tables, allocate: Allocate): Stateful {
  const started = allocateState(tables, allocate);
  const { state, vehiclesAt } = started;
  const { net, ways, stops, capacity, scenario } = tables;
  fillSegments(net, started, state.shows);
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
  for (let i = 0; i < capacity; i++) state.free[i] = vehiclesAt + ((capacity - 1 - i) << VEHICLE_SHIFT);
  return started;
}
