import type { i32 } from '../units/numbers.ts';
import { TYPE } from './demand.ts';
import { CONTROL } from './network.ts';
import { FLAG, SEGMENT, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const { ahead: AHEAD, segment: ON, type: KIND, flags: FLAGS, via: VIA, adviceMps: ADVICE } = VEHICLE;
const { lapped: LAPPED, resting: RESTING } = SEGMENT;
const { idm: IDM, blueLight: BLUE_LIGHT, startDelay: START_DELAY } = TYPE;
const { halts: HALTS, starts: STARTS } = FLAG;
const RED = CONTROL.red;
const ASKED = FLAG.goOn | FLAG.moveLeft | FLAG.moveRight;

/**
 * Those who stand before a red light, the first of a lane and whoever stands behind it, rest: nothing is planned for them and
 * they need no driving. They wake when somebody comes or goes among them, and in the next step when the lamp of one of the lane's
 * movements changes: whoever has the lane does it then, for waking looks at each of them.
 */
export function wake(w: World, lane: i32): void {
  const { i32: I, f32: S } = w;
  for (let v = I[(lane << 4) + RESTING]!; v >= 0; v = I[(v << 1) + AHEAD]!) {
    S[(v << 1) + ADVICE] = Number.POSITIVE_INFINITY;
    I[(v << 1) + FLAGS] = I[(v << 1) + FLAGS]! & ~ASKED;
  }
  I[(lane << 4) + RESTING] = -1;
}

/** One on a lane that stands and cannot go on now rests if it is the first before a red light, or behind one that rests. */
export function rest(w: World, v: i32): void {
  const { f64: F, i32: I } = w;
  const t = I[(v << 1) + KIND]!;
  const flags = I[(v << 1) + FLAGS]!;
  if ((flags & HALTS) !== 0 || F[t + IDM]! > 0) return;
  if (F[t + START_DELAY]! > 0 && (flags & STARTS) === 0) return;
  const lane = I[(v << 1) + ON]!;
  if (I[(v << 1) + AHEAD]! < 0) {
    const movement = I[(v << 1) + VIA]!;
    const isRed = movement >= 0 && w.state.shows[movement] === RED && F[t + BLUE_LIGHT] === 0;
    if (!isRed || I[(lane << 4) + LAPPED] !== 0) return;
  }
  I[(lane << 4) + RESTING] = v;
  w.state.relit[lane] = 0;
}
