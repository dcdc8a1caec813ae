import { safeFollowSpeed, safeStopSpeed } from './carfollowing.ts';
import { CONTROL, MERGE } from './network.ts';
import { FLAG, HALTING, type World } from './world.ts';

/** Vehicles that hold each other up inside a junction this long are let out in the order they came in, s. */
const STALEMATE_S = 3;
/** Half a lane's width: nearer than this to a crossing point, a vehicle is in the way. */
const IN_THE_WAY_M = 1.6;
const POSITION_EPS = 0.1;

const { red: RED, yellow: YELLOW, major: MAJOR } = CONTROL;
const MERGES = MERGE;
const HALTED = HALTING;
const HELD = FLAG.held;

/** True when `foe` waits inside for a gap of its own; at red it does not: everyone lets it out then. */
function holdsBack(w: World, foe: number, foeSegment: number): boolean {
  const control = w.segments.control[foeSegment << 4]!;
  return (
    control !== MAJOR &&
    control !== YELLOW &&
    control !== RED &&
    w.vehicles.pos[foe]! <= w.segments.waitAt[foeSegment << 3]! + 0.1
  );
}

function wentFirst(w: World, foe: number, v: number): boolean {
  const { entered, trip } = w.vehicles;
  const earlier = entered[foe << 1]! - entered[v << 1]!;
  return earlier < 0 || (earlier === 0 && trip[foe << 1]! < trip[v << 1]!);
}

/** True when both stand because of others inside: the one that came first then goes, whoever is in its way. */
function breaksStalemate(w: World, v: number, foe: number): boolean {
  const { flags, halted } = w.vehicles;
  return (
    (flags[foe << 1]! & HELD) !== 0 &&
    halted[v << 1]! >= STALEMATE_S &&
    halted[foe << 1]! >= STALEMATE_S &&
    wentFirst(w, v, foe)
  );
}

/**
 * Speed with which to come to the meeting point, `distance` metres ahead, just after the foe has cleared it (SUMO's
 * adaptToJunctionLeader); `gap` is the room behind the foe as if both drove on one lane.
 */
function letPass(w: World, v: number, foe: number, distance: number, gap: number, start: number): number {
  const { speed, type } = w.vehicles;
  const { decel, emergencyDecel, tau, minGap } = w.types;
  const t = type[v << 1]!;
  const now = speed[v]!;
  let bound: number;
  if (gap >= 0) {
    const foeDecel = decel[type[foe << 1]!]!;
    bound = safeFollowSpeed(gap, now, speed[foe]!, foeDecel, decel[t]!, emergencyDecel[t]!, tau[t]!);
  } else {
    bound = safeStopSpeed(start - POSITION_EPS, decel[t]!, 1);
  }
  if (distance < 0) return bound;
  const room = distance - minGap[t]!;
  const passedIn = (distance - gap) / Math.max(speed[foe]!, HALTED);
  const final = Math.max(now, (2 * room) / passedIn - now);
  return Math.max(bound, Math.min(now + (final - now) / passedIn, safeStopSpeed(room, decel[t]!, 1)));
}

/**
 * Speed that respects vehicles already inside the junction on paths that meet one's own, whatever the lamps say (SUMO's
 * link leaders). Of two vehicles inside, the one that entered first goes first; of two that merge, the one nearer the end.
 * The bounds from the meeting points before the movement's waiting place, and from all others, are left in out[0] and out[1];
 * Infinity when nobody is in the way.
 * @param start metres to the start of the movement, negative when on it
 */
export function junctionLeaders(w: World, v: number, movement: number, start: number, onIt: boolean): void {
  const { pos, speed, type, behind, cameBy } = w.vehicles;
  const { end, tail, waitAt: waits } = w.segments;
  const { head } = w.state;
  const { conflictStart, conflicts, conflictKind, conflictAt, conflictFoeAt, toLane } = w.net;
  const { length, decel, minGap } = w.types;
  const L = w.net.lanes;
  const t = type[v << 1]!;
  const from = conflictStart[movement]!;
  const to = conflictStart[movement + 1]!;
  // Inside, one goes round those that stand short of one's path, but not to wait there oneself.
  const waitAt = waits[(L + movement) << 3]!;
  const passesBy = onIt && -start >= waitAt;
  let toWait = Number.POSITIVE_INFINITY;
  let beyond = Number.POSITIVE_INFINITY;
  for (let k = from; k < to; k++) {
    const foeMovement = conflicts[k]!;
    const foeSegment = L + foeMovement;
    const merges = conflictKind[k] === MERGES;
    const last = merges ? -1 : tail[toLane[foeMovement]! << 4]!;
    const hasLeft = last >= 0 && cameBy[last << 1] === foeMovement;
    const first = head[foeSegment]!;
    if (first < 0 && !hasLeft) continue;
    let bound = Number.POSITIVE_INFINITY;
    const foeLength = end[foeSegment << 3]!;
    const foeAt = conflictFoeAt[k]!;
    const distance = start + conflictAt[k]! - (merges ? 0 : IN_THE_WAY_M);
    if (!merges) {
      if (distance < 0) continue;
      if (hasLeft && pos[last]! - length[type[last << 1]!]! + foeLength < foeAt + IN_THE_WAY_M) {
        bound = safeStopSpeed(distance - minGap[t]!, decel[t]!, 1);
      }
    }
    for (let foe = first; foe >= 0; foe = behind[foe << 1]!) {
      if (onIt && breaksStalemate(w, v, foe)) continue;
      const foeBack = pos[foe]! - length[type[foe << 1]!]!;
      let gap: number;
      if (merges) {
        const toEnd = start + end[(L + movement) << 3]!;
        const foeToEnd = foeLength - pos[foe]!;
        if (holdsBack(w, foe, foeSegment)) continue;
        if (onIt && (foeToEnd > toEnd || (foeToEnd === toEnd && !wentFirst(w, foe, v)))) continue;
        gap = toEnd - (foeLength - foeBack) - minGap[t]!;
      } else {
        if (foeBack > foeAt + IN_THE_WAY_M) continue;
        if (pos[foe]! <= foeAt - IN_THE_WAY_M) {
          if (onIt && !wentFirst(w, foe, v)) continue;
          if (holdsBack(w, foe, foeSegment) || (passesBy && speed[foe]! < HALTED)) continue;
        } else if (onIt && distance <= 0 && wentFirst(w, v, foe)) {
          continue;
        }
        gap = distance - minGap[t]! - (foeAt + IN_THE_WAY_M - foeBack);
      }
      bound = Math.min(bound, letPass(w, v, foe, distance, gap, start));
    }
    if (conflictAt[k]! <= waitAt) toWait = Math.min(toWait, bound);
    else beyond = Math.min(beyond, bound);
  }
  const { out } = w.scratch;
  out[0] = toWait;
  out[1] = beyond;
}
