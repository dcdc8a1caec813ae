import type { f64, i32 } from '../units/numbers.ts';
import { MOST_ROADS as ROADS } from './beside.ts';
import { BESIDE } from './network.ts';
import { TOUCHED_AT_ONCE as AT_ONCE, COUNT, FATE, LEAVER, LEAVER_WORDS, MAY_LEAVE } from './scratch.ts';
import { FLAG, SEGMENT, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const {
  pos: POS,
  segment: ON,
  via: VIA,
  nextVia: NEXT_VIA,
  behind: BEHIND,
  type: KIND,
  trip: TRIP,
  routeAt: ROUTE_AT,
  flags: FLAGS,
  choice: CHOICE,
  speed: SPEED,
  reach: REACH,
} = VEHICLE;
const { end: END_M, resting: RESTING, tail: TAIL, toLane: TO_LANE } = SEGMENT;
const { lastRoad: LAST_ROAD } = FLAG;
const { right: RIGHT, left: LEFT } = BESIDE;
const { vehicle: WHO, lane: LANE, fate: FATE_AT } = LEAVER;
const { ontoLane: ONTO_LANE } = FATE;
const WORDS = LEAVER_WORDS;
const NEAR = MAY_LEAVE;
const MOST_ROADS = ROADS;
/** Nobody is astray who has less than this to drive on its lane: it wants another at once, whatever the queues (LC2013), s. */
const LOOK_S = 10;
const TOUCHED = COUNT.touched;
const TOUCHED_AT_ONCE = AT_ONCE;

/** Vehicles of a lane whose records are read ahead: all that may change, and of those that drive, from the first that does not rest. */
const MOST_IN_ROW = 3;
const PLANNED_IN_ROW = 2;
/** Within this of its end a vehicle may look at all that is there, m. */
const NEAR_M = 60;

/*
 * In a large city next to nothing of the state stays in the processor's cache from step to step, and a phase would wait for memory
 * once for each record it comes to, for it cannot know the next before it has the last. So before it works on some hundred segments it
 * reads what it will look at, in rounds: a round reads where the one before has found it must, and its reads do not wait for each other.
 * Nothing is done with what is read but to sum it up, so that it is. Rounds of fewer gain nothing: each waits once for the memory.
 * Lists are made without branches, for a wrong guess would end a round's reads.
 */

/** Items of `touched` from `at` on that are 0 or more are left, in order, at their start; how many there are. */
function keepPresent(w: World, at: i32, count: i32): i32 {
  const { touched } = w.scratch;
  let kept = 0;
  for (let k = at; k < at + count; k++) {
    const item = touched[k]!;
    touched[at + kept] = item;
    kept += (item >> 31) + 1;
  }
  return kept;
}

/** Of the vehicles listed from `at` on those behind them are left there; how many there are. */
function goBehind(w: World, at: i32, count: i32): i32 {
  const { i32: I } = w;
  const { touched } = w.scratch;
  for (let k = at; k < at + count; k++) touched[k] = I[(touched[k]! << 1) + BEHIND]!;
  return keepPresent(w, at, count);
}

/** True where the tables are larger than what a processor keeps to itself. */
export function readsAhead(w: World): boolean {
  return w.net.segments > w.machine.cachedSegments;
}

/** For planning the segments from `from` on, so many as are worth a round, up to `end`; the one after them. */
export function touchPlans(w: World, from: i32, end: i32): i32 {
  const { head, shows, relit, entering, occupied } = w.state;
  const { f64: F, i32: I } = w;
  const { touched, counts, approach } = w.scratch;
  const { conflictStart, conflicts, conflictKind, siblingStart, siblings, siblingAt, toLane, isYieldedTo } = w.net;
  const L = w.net.lanes;
  let sum = 0;
  let n = 0;
  let to = from;
  for (; to < end && n < TOUCHED_AT_ONCE; to++) {
    touched[n] = to;
    n += (head[to]! >> 31) + 1;
  }
  for (let k = 0; k < n; k++) sum += I[(touched[k]! << 4) + RESTING]!;
  for (let k = 0; k < n && touched[k]! < L; k++) sum += relit[touched[k]!]!;
  for (let k = 0; k < n; k++) {
    const seg = touched[k]!;
    const resting = I[(seg << 4) + RESTING]!;
    const v = resting >= 0 ? resting : head[seg]!;
    sum += I[(v << 1) + VIA]!;
    touched[k] = v;
  }
  for (let k = 0; k < n; k++) {
    const v = touched[k]!;
    if (I[(I[(v << 1) + ON]! << 4) + RESTING]! >= 0) touched[k] = I[(v << 1) + BEHIND]!;
  }
  n = keepPresent(w, 0, n);
  const ways = TOUCHED_AT_ONCE;
  const next = ways + PLANNED_IN_ROW * TOUCHED_AT_ONCE;
  const near = next + PLANNED_IN_ROW * TOUCHED_AT_ONCE;
  let nWays = 0;
  let nNear = 0;
  for (let row = 0; row < PLANNED_IN_ROW; row++) {
    for (let k = 0; k < n; k++) sum += I[(touched[k]! << 1) + VIA]!;
    for (let k = 0; k < n; k++) {
      const v = touched[k]!;
      const seg = I[(v << 1) + ON]!;
      let movement = seg - L;
      if (seg < L) {
        movement = I[(v << 1) + VIA]!;
        // Nobody looks beyond a red light (0).
        movement |= (shows[movement & ~(movement >> 31)]! - 1) >> 31;
      }
      touched[ways + nWays] = movement;
      touched[next + nWays] = I[(v << 1) + NEXT_VIA]!;
      nWays += (movement >> 31) + 1;
      touched[near + nNear] = movement;
      nNear += F[(seg << 3) + END_M]! - F[v + POS]! < NEAR_M ? (movement >> 31) + 1 : 0;
    }
    n = goBehind(w, 0, n);
  }
  for (let k = ways; k < ways + nWays; k++) {
    const movement = touched[k]!;
    sum += I[((L + movement) << 4) + TO_LANE]! + isYieldedTo[movement]! + approach[movement]! + head[L + movement]!;
  }
  for (let k = next; k < next + nWays; k++) {
    const movement = touched[k]! & ~(touched[k]! >> 31);
    sum += shows[movement]! + isYieldedTo[movement]! + approach[movement]!;
  }
  for (let k = near; k < near + nNear; k++) {
    const movement = touched[k]!;
    sum += conflictStart[movement]! + siblingStart[movement]! + (occupied[L + movement]! > 0 ? 1 : 0);
  }
  for (let k = ways; k < ways + nWays; k++) sum += I[(I[((L + touched[k]!) << 4) + TO_LANE]! << 4) + TAIL]!;
  for (let k = near; k < near + nNear; k++) {
    const movement = touched[k]!;
    const conflict = conflictStart[movement]!;
    const sibling = siblingStart[movement]!;
    sum += conflicts[conflict]! + conflictKind[conflict]! + siblings[sibling]! + (siblingAt[sibling]! > 0 ? 1 : 0);
  }
  for (let k = near; k < near + nNear; k++) {
    const foe = conflicts[conflictStart[touched[k]!]!]!;
    const sibling = siblings[siblingStart[touched[k]!]!]!;
    sum += toLane[foe & ~(foe >> 31)]! + toLane[sibling & ~(sibling >> 31)]!;
  }
  for (let k = near; k < near + nNear; k++) {
    const movement = touched[k]!;
    const foe = conflicts[conflictStart[movement]!]!;
    const sibling = siblings[siblingStart[movement]!]!;
    sum += entering[toLane[foe & ~(foe >> 31)]!]! + entering[toLane[sibling & ~(sibling >> 31)]!]!;
    touched[k] = I[(I[((L + movement) << 4) + TO_LANE]! << 4) + TAIL]!;
  }
  nNear = keepPresent(w, near, nNear);
  for (let k = near; k < near + nNear; k++) sum += I[(touched[k]! << 1) + KIND]!;
  counts[TOUCHED] = sum;
  return to;
}

/** For driving those at [from, to) of `order`. */
export function touchDrivers(w: World, from: i32, to: i32): void {
  const { i32: I } = w;
  const { order, held, touched, counts } = w.scratch;
  const { arrivalPos } = w.trips;
  let sum = 0;
  for (let k = from; k < to; k++) sum += I[(order[k]! << 1) + FLAGS]!;
  let leaving = 0;
  let ending = 0;
  for (let k = from; k < to; k++) {
    const v = order[k]!;
    touched[leaving] = v;
    leaving += (held[k]! & NEAR) !== 0 ? 1 : 0;
    touched[TOUCHED_AT_ONCE + ending] = v;
    ending += (I[(v << 1) + FLAGS]! & LAST_ROAD) !== 0 ? 1 : 0;
  }
  for (let k = 0; k < leaving; k++) sum += I[(I[(touched[k]! << 1) + ON]! << 4) + TAIL]!;
  for (let k = TOUCHED_AT_ONCE; k < TOUCHED_AT_ONCE + ending; k++) {
    const v = touched[k]!;
    sum += I[(I[(v << 1) + ON]! << 4) + TAIL]! + (arrivalPos[I[(v << 1) + TRIP]!]! > 0 ? 1 : 0);
  }
  counts[TOUCHED] = sum;
}

/** For looks for another lane, every `everyS` seconds, on the roads at [from, to) of `multiRoads`. */
export function touchChanges(w: World, from: i32, to: i32, step: i32, everyS: i32): void {
  const { head, mustChange } = w.state;
  const { f64: F, i32: I, f32: S } = w;
  const { touched, counts } = w.scratch;
  const { multiRoads, roadFirstLane, roadLanes, beside, outStart, out } = w.net;
  let sum = 0;
  let n = 0;
  for (let r = from; r < to; r++) {
    const road = multiRoads[r]!;
    if (mustChange[road] !== 1 && (r + step) % everyS !== 0) continue;
    const first = roadFirstLane[road]!;
    const end = first + roadLanes[road]!;
    for (let lane = first; lane < end; lane++) {
      sum += outStart[lane]!;
      touched[n] = lane;
      n += (head[lane]! >> 31) + 1;
    }
  }
  for (let k = 0; k < n; k++) {
    const lane = touched[k]!;
    sum += I[(lane << 4) + RESTING]! + I[((lane + ((beside[lane]! & LEFT) >> 1)) << 4) + RESTING]!;
    sum += out[outStart[lane]!]!;
    touched[k] = head[lane]!;
  }
  const astray = TOUCHED_AT_ONCE * w.net.width;
  let nAstray = 0;
  let nLeaving = 0;
  for (let row = 0; row < MOST_IN_ROW; row++) {
    for (let k = 0; k < n; k++) sum += I[(touched[k]! << 1) + FLAGS]! + I[(touched[k]! << 1) + CHOICE]!;
    for (let k = 0; k < n; k++) {
      const v = touched[k]!;
      touched[astray + nAstray] = v;
      const mayLook = S[(v << 1) + REACH]! - F[v + POS]! > LOOK_S * F[v + SPEED]!;
      nAstray += mayLook && I[(v << 1) + CHOICE]! >> 2 !== 0 && nAstray < TOUCHED_AT_ONCE - 1 ? 1 : 0;
    }
    if (row === 0) nLeaving = keepLeaving(w, n, astray + TOUCHED_AT_ONCE);
    n = goBehind(w, 0, n);
  }
  counts[TOUCHED] = sum;
  touchBeyond(w, astray + TOUCHED_AT_ONCE, nLeaving);
  touchJams(w, astray, nAstray);
}

/** Of the first `count` vehicles listed those that drive near their lane's end and may go on there, listed from `at` on; how many there are. */
function keepLeaving(w: World, count: i32, at: i32): i32 {
  const { f64: F, i32: I } = w;
  const { touched } = w.scratch;
  let n = 0;
  for (let k = 0; k < count; k++) {
    const v = touched[k]!;
    touched[at + n] = v;
    const lane = I[(v << 1) + ON]!;
    const isNear = F[(lane << 3) + END_M]! - F[v + POS]! < NEAR_M && I[(lane << 4) + RESTING]! < 0;
    n += isNear && n < TOUCHED_AT_ONCE - 1 ? (I[(v << 1) + VIA]! >> 31) + 1 : 0;
  }
  return n;
}

/** For leaders beyond the lanes of the vehicles that stand in `touched` from `list` on, and the lanes beside them. */
function touchBeyond(w: World, list: i32, count: i32): void {
  const { i32: I } = w;
  const { head } = w.state;
  const { touched, counts } = w.scratch;
  const { at: choiceAt, via } = w.choices;
  const { lanes: L, beside } = w.net;
  let sum = 0;
  for (let k = list; k < list + count; k++) {
    const v = touched[k]!;
    const way = L + I[(v << 1) + VIA]!;
    sum += head[way]! + I[(way << 4) + TO_LANE]! + choiceAt[I[(v << 1) + ROUTE_AT]!]!;
  }
  for (let k = list; k < list + count; k++) {
    const v = touched[k]!;
    const lane = I[(v << 1) + ON]!;
    const entry = choiceAt[I[(v << 1) + ROUTE_AT]!]! + lane;
    sum += via[entry - (beside[lane]! & RIGHT)]! + via[entry + ((beside[lane]! & LEFT) >> 1)]!;
    touched[k] = I[(I[((L + I[(v << 1) + VIA]!) << 4) + TO_LANE]! << 4) + TAIL]!;
  }
  const last = keepPresent(w, list, count);
  for (let k = list; k < list + last; k++) sum += I[(touched[k]! << 1) + KIND]!;
  counts[TOUCHED] = counts[TOUCHED]! + sum;
}

/** For `jamOn` by the vehicles that stand in `touched` from `list` on. */
function touchJams(w: World, list: i32, count: i32): void {
  const { i32: I } = w;
  const { occupied } = w.state;
  const { touched, counts } = w.scratch;
  const { at: choiceAt, via } = w.choices;
  const { toLane } = w.net;
  const lanes = list + TOUCHED_AT_ONCE;
  const ways = lanes + TOUCHED_AT_ONCE;
  let metres: f64 = 0;
  let n = count;
  for (let k = 0; k < n; k++) {
    const v = touched[list + k]!;
    touched[lanes + k] = I[(v << 1) + ON]! + (I[(v << 1) + CHOICE]! >> 2);
    touched[list + k] = I[(v << 1) + ROUTE_AT]!;
  }
  for (let depth = 0; depth < MOST_ROADS && n > 0; depth++) {
    for (let k = 0; k < n; k++) touched[ways + k] = choiceAt[touched[list + k]!]! + touched[lanes + k]!;
    for (let k = 0; k < n; k++) touched[ways + k] = via[touched[ways + k]!]!;
    let kept = 0;
    for (let k = 0; k < n; k++) {
      const movement = touched[ways + k]!;
      touched[list + kept] = touched[list + k]! + 1;
      touched[lanes + kept] = toLane[movement & ~(movement >> 31)]!;
      kept += (movement >> 31) + 1;
    }
    n = kept;
    for (let k = 0; k < n; k++) metres += occupied[touched[lanes + k]!]!;
  }
  counts[TOUCHED] = counts[TOUCHED]! + (metres > 0 ? 1 : 0);
}

/** For those who change lanes, at [from, to) of `changer`. */
export function touchChanged(w: World, from: i32, to: i32): void {
  const { i32: I } = w;
  const { head, occupied } = w.state;
  const { changer, changeTo, touched, counts } = w.scratch;
  const { at: choiceAt, via, reach } = w.choices;
  const { allowed, closed, toLane } = w.net;
  let sum = 0;
  for (let k = from; k < to; k++) sum += I[(changer[k]! << 1) + ROUTE_AT]!;
  for (let k = from; k < to; k++) {
    const lane = changeTo[k]!;
    sum += choiceAt[I[(changer[k]! << 1) + ROUTE_AT]!]! + head[lane]! + I[(lane << 4) + TAIL]!;
    sum += allowed[lane]! + closed[lane]! + (occupied[lane]! > 0 ? 1 : 0);
  }
  for (let k = from; k < to; k++) {
    const entry = choiceAt[I[(changer[k]! << 1) + ROUTE_AT]!]! + changeTo[k]!;
    sum += reach[entry << 1]! > 0 ? 1 : 0;
    touched[k - from] = via[entry]!;
  }
  for (let k = from; k < to; k++) {
    const movement = touched[k - from]!;
    const leadsOn = ~(movement >> 31);
    const place = I[(changer[k]! << 1) + ROUTE_AT]! + 1;
    sum += via[(choiceAt[place & leadsOn]! + toLane[movement & leadsOn]!) & leadsOn]!;
  }
  counts[TOUCHED] = sum;
}

/** For those who leave lanes, whose records are at [first, end) of `leavers`. */
export function touchLeavingLanes(w: World, first: i32, end: i32): void {
  const { i32: I, leavers } = w;
  const { head, occupied, delay, crossed, shows } = w.state;
  const { touched, counts } = w.scratch;
  const { lanes: L, fromLane } = w.net;
  let sum = 0;
  for (let at = first; at < end; at += WORDS) {
    const v = leavers[at + WHO]!;
    sum += I[(v << 1) + VIA]! + I[(v << 1) + ROUTE_AT]!;
  }
  let n = 0;
  for (let at = first; at < end; at += WORDS) {
    const v = leavers[at + WHO]!;
    const seg = I[(v << 1) + ON]!;
    const movement = I[(v << 1) + VIA]!;
    const way = movement >= 0 ? L + movement : seg;
    sum += head[seg]! + I[(seg << 4) + TAIL]! + head[way]! + I[(way << 4) + TAIL]!;
    const entered = movement >= 0 ? movement : 0;
    sum += crossed[entered]! + fromLane[entered]! + shows[entered]!;
    sum += occupied[seg]! + occupied[way]! + delay[entered]! > 0 ? 1 : 0;
    touched[n++] = way;
  }
  for (let k = 0; k < n; k++) touched[k] = I[(touched[k]! << 4) + TAIL]!;
  n = keepPresent(w, 0, n);
  for (let k = 0; k < n; k++) sum += I[(touched[k]! << 1) + KIND]!;
  counts[TOUCHED] = sum;
}

/** For those of the records at [first, end) of `leavers` who come onto the lanes [from, to). */
export function touchEnteredLanes(w: World, from: i32, to: i32, first: i32, end: i32): void {
  const { f64: F, i32: I, leavers } = w;
  const { head, occupied, entering } = w.state;
  const { touched, counts } = w.scratch;
  const { at: entries, via, reach } = w.choices;
  const { allowed, closed, beside, toLane } = w.net;
  const { stopLane } = w.trips;
  let n = 0;
  for (let at = first; at < end; at += WORDS) {
    const lane = leavers[at + LANE]!;
    touched[n] = at;
    n += leavers[at + FATE_AT] === ONTO_LANE && lane >= from && lane < to ? 1 : 0;
  }
  let sum = 0;
  for (let k = 0; k < n; k++) sum += I[(leavers[touched[k]! + WHO]! << 1) + ROUTE_AT]!;
  for (let k = 0; k < n; k++) {
    const v = leavers[touched[k]! + WHO]!;
    const lane = leavers[touched[k]! + LANE]!;
    const seg = I[(v << 1) + ON]!;
    const place = I[(v << 1) + ROUTE_AT]! + 1;
    sum +=
      head[lane]! + I[(lane << 4) + TAIL]! + head[seg]! + I[(seg << 4) + TAIL]! + entries[place]! + stopLane[place]!;
    sum += allowed[lane]! + closed[lane]! + beside[lane]! + entering[lane]!;
    sum += F[v + POS]! + occupied[lane]! + occupied[seg]! > 0 ? 1 : 0;
  }
  for (let k = 0; k < n; k++) {
    const v = leavers[touched[k]! + WHO]!;
    const lane = leavers[touched[k]! + LANE]!;
    const entry = entries[I[(v << 1) + ROUTE_AT]! + 1]! + lane;
    const movement = via[entry]!;
    sum += toLane[movement & ~(movement >> 31)]! + (reach[entry << 1]! > 0 ? 1 : 0);
    touched[k] = I[(lane << 4) + TAIL]!;
  }
  n = keepPresent(w, 0, n);
  for (let k = 0; k < n; k++) sum += I[(touched[k]! << 1) + KIND]!;
  counts[TOUCHED] = sum;
}
