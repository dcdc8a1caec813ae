import { SCALAR, SEGMENT, VEHICLE, VEHICLE_SHIFT, VEHICLE_WORDS } from './state.ts';
import type { World } from './world.ts';

const { ahead: AHEAD, behind: BEHIND } = VEHICLE;
const { tail: TAIL, resting: RESTING } = SEGMENT;

/** Steps from one sorting of the records to the next. */
const EVERY = 8;
const WORDS = VEHICLE_WORDS;

/**
 * Now and then sorts the vehicles' records by segment and place, so that those looked at one after the other lie one after the
 * other in memory and the used ones at the front. Between steps; nothing that a vehicle does depends on where its record is.
 */
export function renumber(w: World): void {
  const { state: s, vehicles, net, capacity } = w;
  if (s.scalars[SCALAR.step]! % EVERY !== 0) return;
  const { order: oldOf, changer: newOf } = w.scratch;
  const { i32: VI } = vehicles;
  let count = 0;
  for (let seg = 0; seg < net.segments; seg++) {
    for (let v = s.head[seg]!; v >= 0; v = VI[(v << 1) + BEHIND]!) oldOf[count++] = v >> VEHICLE_SHIFT;
  }
  const parked = s.scalars[SCALAR.parked]!;
  for (let k = 0; k < parked; k++) oldOf[count++] = s.parked[k]! >> VEHICLE_SHIFT;
  for (let i = 0; i < count; i++) newOf[oldOf[i]!] = i << VEHICLE_SHIFT;
  const renamed = (v: number) => (v < 0 ? v : newOf[v >> VEHICLE_SHIFT]!);
  for (let i = 0; i < count; i++) {
    const at = oldOf[i]! << (VEHICLE_SHIFT + 1);
    VI[at + AHEAD] = renamed(VI[at + AHEAD]!);
    VI[at + BEHIND] = renamed(VI[at + BEHIND]!);
  }
  for (let seg = 0; seg < net.segments; seg++) {
    s.head[seg] = renamed(s.head[seg]!);
    w.segments.i32[(seg << 4) + TAIL] = renamed(w.segments.i32[(seg << 4) + TAIL]!);
    w.segments.i32[(seg << 4) + RESTING] = renamed(w.segments.i32[(seg << 4) + RESTING]!);
  }
  for (let k = 0; k < parked; k++) s.parked[k] = renamed(s.parked[k]!);
  const sirens = s.scalars[SCALAR.sirens]!;
  for (let k = 0; k < sirens; k++) s.sirens[k] = renamed(s.sirens[k]!);
  const used = s.scalars[SCALAR.used]!;
  const words = new Int32Array(w.buffer, vehicles.f64.byteOffset, used * WORDS);
  for (let i = 0; i < count; i++) {
    // The record that belongs here may have been moved away when an earlier place was filled.
    let from = oldOf[i]!;
    while (from < i) from = oldOf[from]!;
    if (from !== i) exchange(words, i * WORDS, from * WORDS);
  }
  words.fill(0, count * WORDS);
  for (let i = count; i < used; i++) s.free[capacity - 1 - i] = i << VEHICLE_SHIFT;
  s.scalars[SCALAR.used] = count;
}

function exchange(words: Int32Array, a: number, b: number): void {
  for (let k = 0; k < WORDS; k++) {
    const word = words[a + k]!;
    words[a + k] = words[b + k]!;
    words[b + k] = word;
  }
}
