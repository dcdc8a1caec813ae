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

/** Stop lines a vehicle plans for in one step. */
export const PLAN_LINKS = 5;

/** Segments, vehicles or roads for which one reads ahead before one works on them. */
export const TOUCHED_AT_ONCE = 512;

/** A vehicle's plan for a stop line ahead, when others must know of it or it may have to wait for them; made anew every step. */
const LINK_FIELDS = {
  distance: 'f64',
  /** Speed when the line is open, and when it is not. */
  pass: 'f64',
  wait: 'f64',
  arrive: 'f64',
  leave: 'f64',
  /** No faster than this from the junction, for the sake of a leader beyond it; Infinity for none. */
  leaveBound: 'f64',
  arriveSpeed: 'f64',
  leaveSpeed: 'f64',
  brakeSpeed: 'f64',
  movement: 'i32',
  /** 1: the waiting place inside the junction, 0: the stop line. */
  inner: 'i32',
  /** 1 for a driver who slows down until he sees the foes; the marks of the threads that worked out the times and speeds (`timeLink`). */
  slows: 'i32',
  timedBy: 'i32',
  request: 'i32',
  vehicle: 'i32',
  /** Next plan that approaches the same movement, or -1. */
  next: 'i32',
} as const;

/** Places of the fields in a link's record. */
export const LINK = placesOf(LINK_FIELDS, FIRST);

const f64 = (length: number): Field & { type: 'f64' } => ({ type: 'f64', length });
const i32 = (length: number): Field & { type: 'i32' } => ({ type: 'i32', length });

/** What one step computes and the next forgets: not part of a saved state. */
function scratchSpec(net: Network, capacity: number) {
  return {
    /** Everyone present, in the order of segments and front to back, as planned; then by that order: */
    order: i32(capacity),
    newSpeed: f64(capacity),
    held: { type: 'u8', length: capacity } as const,
    /** Places in `order` of those that decide when all plans are known; by `order`, the first and the number of their links. */
    pending: i32(capacity),
    linkFrom: i32(capacity),
    linkCount: i32(capacity),
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
    resting: i32(net.width),
    firstBlocked: i32(net.width),
    lastBlocked: i32(net.width),
    /** By lane of a road with a queue of trips: 1 when it refused one in this step. */
    refused: { type: 'u8', length: net.width } as const,
    /** By place in `multiRoads`: metres of vehicles on the road, when shares are cut. */
    roadM: f64(net.multiRoads.length),
    /** Numbers a function hands back (a returned number would be allocated when the call is not inlined). */
    out: f64(8),
    counts: i32(11),
    /** Where one reads ahead (`touch.ts`). */
    touched: i32(Math.max(TOUCHED_AT_ONCE * 9, TOUCHED_AT_ONCE * (net.width + 3))),
    /** By halted seconds: what is left of the speed from which one judges how far ahead to choose lanes. */
    fading: f64(FADING_S),
  };
}

/** Bit of `held` (beside FLAG.held): it may leave its segment in this step, or get beyond its waiting place. */
export const MAY_LEAVE = 2;

/** Places of `scratch.counts`. */
export const COUNT = {
  order: 0,
  pending: 1,
  /** Vehicles collected on lanes. */
  ofLanes: 2,
  changes: 3,
  swaps: 4,
  advised: 5,
  links: 6,
  /** Where the records of those on its lanes and on its movements go when they are sorted. */
  placeLanes: 8,
  placeMovements: 9,
  /** Not a number of things, but the key of this step's draws of imperfection. */
  draw: 7,
  /** The sum of what was read ahead: nothing is done with it. */
  touched: 10,
} as const;

/** Somebody who left a segment in this step: the lane that comes next, what becomes of them (FATE), the trip. */
export const LEAVER = { vehicle: 0, lane: 1, fate: 2, trip: 3 } as const;
export const LEAVER_WORDS = 4;
/** What stands in place of the first of a thread's records: how many left a lane, listed first, how many left any, halts that were forced. */
export const LEAVERS = { ofLanes: 0, all: 1, forced: 2 } as const;
/** `tell`: it came onto the lane, which is to be noted. */
export const FATE = { nothing: 0, ontoLane: 1, goOn: 2, tell: 3, tellAndGoOn: 4, park: 5, arrive: 6 } as const;

/** `approach`: by movement, the first link that approaches it, or -1. */
export type Scratch = Arrays<ReturnType<typeof scratchSpec>> & { readonly approach: Int32Array };

/** How slowly the speed fades from which one judges how far ahead to choose lanes (LC2013's lookAheadSpeed), per halted second. */
export const LOOK_MEMORY = 0.9;
/** So many seconds of it are tabled. */
export const FADING_S = 128;

/** Scratch for each of several threads, and what each reads of all: their `approach` and their records of leavers, one after the other. */
export function createScratches(
  net: Network,
  capacity: number,
  parts: number,
  allocate: Allocate,
): { scratches: Scratch[]; approaches: Int32Array; leavers: Int32Array } {
  const all = { approaches: i32(net.movements * parts), leavers: i32((capacity + 1) * LEAVER_WORDS * parts) };
  const { approaches, leavers } = layOut({}, all, allocate).arrays;
  const scratches = Array.from({ length: parts }, (_, part) => {
    const { arrays } = layOut({}, scratchSpec(net, capacity), allocate);
    arrays.fading[0] = 1;
    for (let s = 1; s < FADING_S; s++) arrays.fading[s] = arrays.fading[s - 1]! * LOOK_MEMORY;
    return { ...arrays, approach: approaches.subarray(part * net.movements, (part + 1) * net.movements) };
  });
  return { scratches, approaches, leavers };
}

/** Room for every vehicle's links, for each of several threads; what is not needed is never touched. */
export function createLinks(capacity: number, parts: number, allocate: Allocate): Views {
  const links = { count: capacity * PLAN_LINKS * parts, fields: LINK_FIELDS } satisfies Records;
  if (strideOf(links) !== 16) throw new Error('a link has another size than its places are computed with');
  return layOut({ links }, {}, allocate);
}
