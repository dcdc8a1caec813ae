import { account, remember } from './accounts.ts';
import { isThere } from './pass.ts';
import { COUNT, FATE, LEAVER, LEAVER_WORDS, LEAVERS, MAY_LEAVE, TOUCHED_AT_ONCE } from './scratch.ts';
import { FLAG, packAccel, SCALAR, SEGMENT, VEHICLE } from './state.ts';
import { isInBay, serveStop } from './stops.ts';
import { readsAhead, touchDrivers } from './touch.ts';
import type { World } from './world.ts';

const { pos: POS, speed: SPEED, segment: ON, flags: FLAGS, entered: ENTERED } = VEHICLE;
const { end: END_M, waitAt: WAIT_AT, toLane: TO_LANE } = SEGMENT;
const { vehicle: WHO, lane: LANE, fate: FATE_AT } = LEAVER;
const { ofLanes: OF_LANES, all: ALL, forced: FORCED } = LEAVERS;
const { ontoLane: ONTO_LANE } = FATE;
const WORDS = LEAVER_WORDS;

const { lastRoad: LAST_ROAD, halts: HALTS, held: HELD } = FLAG;
const NEAR = MAY_LEAVE;
const WANTS = FLAG.wantsLeft | FLAG.wantsRight;
/** What a step does not change of the flags. */
const KEPT = FLAG.lastRoad | FLAG.halts | FLAG.stands | WANTS | FLAG.presses | FLAG.starts;
const AT_ONCE = TOUCHED_AT_ONCE;
const { order: ORDER } = COUNT;

/** Third part of a step: everyone drives along the own segment; those beyond its end, or at their goal, are listed. */
export function moveAll(w: World): void {
  const { f64: F, i32: I } = w;
  const { order, newSpeed, held, counts } = w.scratch;
  const { leavers, firstLeaver } = w;
  const L = w.net.lanes;
  const step = w.state.scalars[SCALAR.step]!;
  const count = counts[ORDER]!;
  let last = firstLeaver;
  let ofLanes = 0;
  let ready = readsAhead(w) ? 0 : -1;
  for (let i = 0; i < count; i++) {
    if (i === ready) {
      ready = i + AT_ONCE < count ? i + AT_ONCE : count;
      touchDrivers(w, i, ready);
    }
    const v = order[i]!;
    const seg = I[(v << 1) + ON]!;
    const next = newSpeed[i]!;
    const kept = I[(v << 1) + FLAGS]! & KEPT;
    I[(v << 1) + FLAGS] = kept | (held[i]! & HELD) | packAccel(next - F[v + SPEED]!);
    F[v + SPEED] = next;
    if (seg < L) remember(w, v, next);
    const at = F[v + POS]! + next;
    F[v + POS] = at;
    const near = (held[i]! & NEAR) !== 0;
    // Whoever still stands before the waiting place has not gone first of anyone.
    if (near && seg >= L && at <= F[(seg << 3) + WAIT_AT]!) I[(v << 1) + ENTERED] = step + 1;
    const leaves = (near && at > F[(seg << 3) + END_M]!) || ((kept & LAST_ROAD) !== 0 && isThere(w, v));
    if (!leaves) {
      const stands = (kept & HALTS) !== 0 && serveStop(w, v);
      if (!stands) account(w, v);
      if (!stands || !isInBay(w, v)) continue;
    }
    last += WORDS;
    leavers[last + WHO] = v;
    if (seg < L) ofLanes++;
    else {
      leavers[last + LANE] = I[(seg << 4) + TO_LANE]!;
      leavers[last + FATE_AT] = ONTO_LANE;
    }
  }
  leavers[firstLeaver + OF_LANES] = ofLanes;
  leavers[firstLeaver + ALL] = (last - firstLeaver) / WORDS;
  leavers[firstLeaver + FORCED] = 0;
}
