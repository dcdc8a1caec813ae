import { FLAG, SEGMENT, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const { ahead: AHEAD, flags: FLAGS, adviceMps: ADVICE } = VEHICLE;
const { resting: RESTING } = SEGMENT;
const ASKED = FLAG.goOn | FLAG.moveLeft | FLAG.moveRight;

/**
 * Those who stand before a red light, the first of a lane and whoever stands behind it, rest: nothing is planned for them and
 * they need no driving. They wake when the lamp of one of the lane's movements changes, or somebody comes or goes among them.
 */
export function wake(w: World, lane: number): void {
  const { i32: I, f32: S } = w;
  for (let v = I[(lane << 4) + RESTING]!; v >= 0; v = I[(v << 1) + AHEAD]!) {
    S[(v << 1) + ADVICE] = Number.POSITIVE_INFINITY;
    I[(v << 1) + FLAGS] = I[(v << 1) + FLAGS]! & ~ASKED;
  }
  I[(lane << 4) + RESTING] = -1;
}
