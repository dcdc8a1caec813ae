/** Places of the control words that the threads of one engine share. */
const ROUND = 0;
const RUNNING = 1;
const ORDER = 2;
const FAILED = 3;
/** From here on, by worker: the last round in which its share was claimed. */
const CLAIMED = 4;

/**
 * Looks at a word before going to sleep: at most some 600 microseconds, longer than most waits between two phases, while to be
 * woken takes 50 to 100; at least some 20, as when others want the processors.
 */
const MOST_LOOKS = 16_000;
const LEAST_LOOKS = 500;
/** Looks that this thread takes now: fewer each time that they were in vain. */
let looks = MOST_LOOKS;

/** A phase of this length means that a worker is gone. */
const LONGEST_PHASE_MS = 60_000;

/** What a worker is told: the number of a phase, to end, or to go on with the world that was posted to it. */
export const END = -1;
export const EXCHANGE = -2;

export function createControl(workers: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer((CLAIMED + workers) * Int32Array.BYTES_PER_ELEMENT));
}

/** The calling thread's side: gives all workers an order, for a new round. */
export function startRound(control: Int32Array<SharedArrayBuffer>, workers: number, order: number): void {
  Atomics.store(control, ORDER, order);
  Atomics.store(control, RUNNING, workers);
  Atomics.add(control, ROUND, 1);
  Atomics.notify(control, ROUND);
}

/**
 * True for the first of a worker and the calling thread who asks for the worker's share in the round that is on. So the calling thread,
 * done with its own, need not wait for a worker that has no processor: it does that one's share too.
 */
export function claimShare(control: Int32Array<SharedArrayBuffer>, worker: number): boolean {
  const round = Atomics.load(control, ROUND);
  return Atomics.compareExchange(control, CLAIMED + worker, round - 1, round) === round - 1;
}

/** Returns when a word is another than `value`: true, or false when it is not after `limitMs`. */
function awaitChange(
  control: Int32Array<SharedArrayBuffer>,
  word: number,
  value: number,
  limitMs = Number.POSITIVE_INFINITY,
): boolean {
  if (Atomics.load(control, word) !== value) return true;
  let left = looks;
  for (; left > 0 && Atomics.load(control, word) === value; left--) Atomics.pause();
  looks = left > 0 ? Math.min(MOST_LOOKS, 2 * looks) : Math.max(LEAST_LOOKS, looks >> 1);
  while (Atomics.load(control, word) === value) {
    if (Atomics.wait(control, word, value, limitMs) === 'timed-out') return false;
  }
  return true;
}

/** Returns when every worker has done what it was told: true, or false when one failed. Throws when one does not answer. */
export function finishRound(control: Int32Array<SharedArrayBuffer>): boolean {
  for (let running = Atomics.load(control, RUNNING); running > 0; running = Atomics.load(control, RUNNING)) {
    if (!awaitChange(control, RUNNING, running, LONGEST_PHASE_MS)) {
      throw new Error(`${running} threads of the engine did not end a phase in ${LONGEST_PHASE_MS / 1000} s`);
    }
  }
  return Atomics.load(control, FAILED) === 0;
}

/** A worker's side: waits for another round than `round`, the last one it saw, and returns its number; rounds may have been missed. */
export function awaitRound(control: Int32Array<SharedArrayBuffer>, round: number): number {
  awaitChange(control, ROUND, round);
  return Atomics.load(control, ROUND);
}

/** What the worker that claimed its share of the round that is on is to do. */
export function orderOf(control: Int32Array<SharedArrayBuffer>): number {
  return Atomics.load(control, ORDER);
}

/** Who claimed a share has done what was to be done, or failed at it. */
export function endShare(control: Int32Array<SharedArrayBuffer>, hasFailed: boolean): void {
  if (hasFailed) Atomics.store(control, FAILED, 1);
  if (Atomics.sub(control, RUNNING, 1) === 1) Atomics.notify(control, RUNNING);
}
