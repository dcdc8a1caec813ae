import { SCALAR, SEGMENT, VEHICLE, VEHICLE_SHIFT } from './state.ts';
import { slotOf, type World } from './world.ts';

const { ahead: AHEAD, behind: BEHIND } = VEHICLE;
const { tail: TAIL, resting: RESTING } = SEGMENT;

/** Steps from one sorting of the records to the next; when so few are used that all lie in the processor's cache, twice as many. */
const EVERY = 8;
const FEW = 4096;
const WORDS = 1 << VEHICLE_SHIFT;

/**
 * Now and then sorts the vehicles' records by segment and place, so that those looked at one after the other lie one after the
 * other in memory and the used ones at the front. Between steps; nothing that a vehicle does depends on where its record is.
 */
export function renumber(w: World): void {
  const { state: s, vehiclesAt, net, capacity, i32: I } = w;
  if (s.scalars[SCALAR.step]! % (s.scalars[SCALAR.used]! < FEW ? 2 * EVERY : EVERY) !== 0) return;
  const { order: oldOf, changer: newOf } = w.scratch;
  let count = 0;
  for (let seg = 0; seg < net.segments; seg++) {
    for (let v = s.head[seg]!; v >= 0; v = I[(v << 1) + BEHIND]!) oldOf[count++] = slotOf(w, v);
  }
  const parked = s.scalars[SCALAR.parked]!;
  for (let k = 0; k < parked; k++) oldOf[count++] = slotOf(w, s.parked[k]!);
  for (let i = 0; i < count; i++) newOf[oldOf[i]!] = vehiclesAt + (i << VEHICLE_SHIFT);
  const renamed = (v: number) => (v < 0 ? v : newOf[slotOf(w, v)]!);
  for (let i = 0; i < count; i++) {
    const at = (vehiclesAt + (oldOf[i]! << VEHICLE_SHIFT)) << 1;
    I[at + AHEAD] = renamed(I[at + AHEAD]!);
    I[at + BEHIND] = renamed(I[at + BEHIND]!);
  }
  for (let seg = 0; seg < net.segments; seg++) {
    s.head[seg] = renamed(s.head[seg]!);
    I[(seg << 4) + TAIL] = renamed(I[(seg << 4) + TAIL]!);
    I[(seg << 4) + RESTING] = renamed(I[(seg << 4) + RESTING]!);
  }
  for (let k = 0; k < parked; k++) s.parked[k] = renamed(s.parked[k]!);
  const sirens = s.scalars[SCALAR.sirens]!;
  for (let k = 0; k < sirens; k++) s.sirens[k] = renamed(s.sirens[k]!);
  const used = s.scalars[SCALAR.used]!;
  const words = new BigInt64Array(w.bytes.buffer, w.bytes.byteOffset + vehiclesAt * 8, used * WORDS);
  for (let i = 0; i < count; i++) {
    // The record that belongs here may have been moved away when an earlier place was filled.
    let from = oldOf[i]!;
    while (from < i) from = oldOf[from]!;
    if (from !== i) exchange(words, i * WORDS, from * WORDS);
  }
  words.fill(0n, count * WORDS);
  for (let i = count; i < used; i++) s.free[capacity - 1 - i] = vehiclesAt + (i << VEHICLE_SHIFT);
  s.scalars[SCALAR.used] = count;
}

function exchange(words: BigInt64Array, a: number, b: number): void {
  for (let k = 0; k < WORDS; k++) {
    const word = words[a + k]!;
    words[a + k] = words[b + k]!;
    words[b + k] = word;
  }
}
