import type { i32 } from '../units/numbers.ts';
import { FIRST } from './layout.ts';
import { COUNT } from './scratch.ts';
import { SCALAR, SEGMENT, VEHICLE, VEHICLE_SHIFT, VEHICLE_WORDS } from './state.ts';
import type { World } from './world.ts';

const { segment: ON, ahead: AHEAD, behind: BEHIND } = VEHICLE;
const { tail: TAIL, resting: RESTING } = SEGMENT;
/** Nobody decides between steps: in `pending` stand those that are the last to rest on their lanes. */
const {
  order: ORDER,
  pending: RESTERS,
  ofLanes: OF_LANES,
  placeLanes: PLACE_LANES,
  placeMovements: PLACE_MOVEMENTS,
} = COUNT;

/** Steps from one sorting of the records to the next; when so few are used that all lie in the processor's cache, twice as many. */
const EVERY = 8;
const FEW = 4096;
const RECORD_WORDS = VEHICLE_WORDS;
const FIRST_LINK = FIRST;
const SHIFT = VEHICLE_SHIFT;

/**
 * Now and then the vehicles' records are sorted by segment and place, so that those looked at one after the other lie one after the
 * other in memory and the used ones at the front. Between steps; nothing that a vehicle does depends on where its record is.
 */
export function isSortDue({ state: { scalars } }: World): boolean {
  return scalars[SCALAR.step]! % (scalars[SCALAR.used]! < FEW ? 2 * EVERY : EVERY) === 0;
}

/** First half, for the segments [from, to): copies the records in order to where plans for stop lines are kept within steps. */
export function collectRecords(w: World, from: i32, to: i32): void {
  const { head } = w.state;
  const { i32: I } = w;
  const { i32: copies } = w.links;
  const { order, pending, counts } = w.scratch;
  let count = counts[ORDER]!;
  let resters = counts[RESTERS]!;
  let at = copiesAt(w) + count * RECORD_WORDS;
  for (let seg = from; seg < to; seg++) {
    if (head[seg]! < 0) continue;
    const resting = I[(seg << 4) + RESTING]!;
    for (let v = head[seg]!; v >= 0; v = I[(v << 1) + BEHIND]!) {
      if (v === resting) pending[resters++] = count;
      for (let k = 0; k < RECORD_WORDS; k++) copies[at + k] = I[(v << 1) + k]!;
      at += RECORD_WORDS;
      order[count++] = v;
    }
  }
  counts[ORDER] = count;
  counts[RESTERS] = resters;
  if (from < w.net.lanes) counts[OF_LANES] = count;
}

/** Where the first record is copied to, in 32-bit words of the links. */
function copiesAt(w: World): i32 {
  return 2 * FIRST_LINK + w.firstLink * RECORD_WORDS;
}

/**
 * Between the two halves, by one thread: where each share's records go, the lanes' before the movements'. Those in bays come last.
 */
export function assignPlaces(worlds: readonly World[]): void {
  const w = worlds[0]!;
  const { state: s, vehiclesAt, capacity, i32: I } = w;
  let count = 0;
  for (const { scratch } of worlds) {
    scratch.counts[PLACE_LANES] = count;
    count += scratch.counts[OF_LANES]!;
  }
  for (const { scratch } of worlds) {
    scratch.counts[PLACE_MOVEMENTS] = count;
    count += scratch.counts[ORDER]! - scratch.counts[OF_LANES]!;
  }
  const sirens = s.scalars[SCALAR.sirens]!;
  for (let k = 0; k < sirens; k++) s.sirens[k] = newNameOf(worlds, s.sirens[k]!, count);
  const bays = s.parked.subarray(0, s.scalars[SCALAR.parked]!);
  const inBays = Array.from(bays, (v) => I.slice(v << 1, (v << 1) + RECORD_WORDS));
  const end = count + bays.length;
  const used = s.scalars[SCALAR.used]!;
  I.fill(0, (vehiclesAt << 1) + end * RECORD_WORDS, (vehiclesAt << 1) + used * RECORD_WORDS);
  inBays.forEach((record, k) => {
    const v = vehiclesAt + ((count + k) << SHIFT);
    I.set(record, v << 1);
    bays[k] = v;
  });
  for (let i = end; i < used; i++) s.free[capacity - 1 - i] = vehiclesAt + (i << SHIFT);
  s.scalars[SCALAR.used] = end;
}

function newNameOf(worlds: readonly World[], v: i32, inBaysFrom: number): i32 {
  for (const world of worlds) {
    const { order, counts } = world.scratch;
    const k = order.subarray(0, counts[ORDER]).indexOf(v);
    if (k >= 0) return placeOf(world, k);
  }
  const { state: s, vehiclesAt } = worlds[0]!;
  return vehiclesAt + ((inBaysFrom + s.parked.indexOf(v)) << SHIFT);
}

/** Where the record goes that was collected as number `k` of the share of `w`. */
function placeOf(w: World, k: i32): i32 {
  const { counts } = w.scratch;
  const ofLanes = counts[OF_LANES]!;
  const slot = k < ofLanes ? counts[PLACE_LANES]! + k : counts[PLACE_MOVEMENTS]! + k - ofLanes;
  return w.vehiclesAt + (slot << SHIFT);
}

/** Second half, for the share of `w`: puts the records where they belong. */
export function placeRecords(w: World): void {
  const { head } = w.state;
  const { i32: I } = w;
  const { i32: copies } = w.links;
  const { pending, counts } = w.scratch;
  const count = counts[ORDER]!;
  let at = copiesAt(w);
  let seg = -1;
  let last = -1;
  for (let k = 0; k < count; k++) {
    const v = placeOf(w, k);
    for (let word = 0; word < RECORD_WORDS; word++) I[(v << 1) + word] = copies[at + word]!;
    at += RECORD_WORDS;
    if (I[(v << 1) + ON] === seg) {
      I[(last << 1) + BEHIND] = v;
      I[(v << 1) + AHEAD] = last;
    } else {
      seg = I[(v << 1) + ON]!;
      head[seg] = v;
      I[(v << 1) + AHEAD] = -1;
    }
    I[(v << 1) + BEHIND] = -1;
    I[(seg << 4) + TAIL] = v;
    last = v;
  }
  for (let k = 0; k < counts[RESTERS]!; k++) {
    const v = placeOf(w, pending[k]!);
    I[(I[(v << 1) + ON]! << 4) + RESTING] = v;
  }
}
