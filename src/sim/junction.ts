import { safeFollowSpeed, safeStopSpeed } from './carfollowing.ts';
import { CONTROL, MERGE } from './network.ts';
import { HALTING, type World } from './world.ts';

/** Vehicles that hold each other up inside a junction this long are let out in the order they came in, s. */
const STALEMATE_S = 3;
/** Half a lane's width: nearer than this to a crossing point, a vehicle is in the way. */
const IN_THE_WAY_M = 1.6;
const POSITION_EPS = 0.1;

/** Speed bounds from the meeting points before the movement's waiting place, and from all others. */
export interface InnerBounds {
  readonly toWait: number;
  readonly beyond: number;
}

/**
 * Speed that respects vehicles already inside the junction on paths that meet one's own, whatever the lamps say (SUMO's
 * link leaders). Of two vehicles inside, the one that entered first goes first; of two that merge, the one nearer the end.
 */
export function createJunctionLeaders(world: World) {
  const { net, types, state: s } = world;
  const L = net.lanes;
  const { pos, speed, behind, entered } = s;
  const found = { toWait: 0, beyond: 0 };

  /** True when `foe` waits inside for a gap of its own; at red it does not: everyone lets it out then. */
  function holdsBack(foe: number, movement: number): boolean {
    const control = s.control[movement]!;
    return (
      control !== CONTROL.major &&
      control !== CONTROL.yellow &&
      control !== CONTROL.red &&
      pos[foe]! <= net.waitAt[movement]! + 0.1
    );
  }

  function wentFirst(foe: number, vehicle: number): boolean {
    const earlier = entered[foe]! - entered[vehicle]!;
    return earlier < 0 || (earlier === 0 && s.trip[foe]! < s.trip[vehicle]!);
  }

  /** True when both stand because of others inside: the one that came first then goes, whoever is in its way. */
  function breaksStalemate(vehicle: number, foe: number): boolean {
    return (
      s.held[foe] === 1 && s.halted[vehicle]! >= STALEMATE_S && s.halted[foe]! >= STALEMATE_S && wentFirst(vehicle, foe)
    );
  }

  /**
   * Speed with which to come to the meeting point, `distance` metres ahead, just after the foe has cleared it (SUMO's
   * adaptToJunctionLeader); `gap` is the room behind the foe as if both drove on one lane.
   */
  function letPass(vehicle: number, foe: number, distance: number, gap: number, start: number): number {
    const type = s.type[vehicle]!;
    const decel = types.decel[type]!;
    const now = speed[vehicle]!;
    let bound: number;
    if (gap >= 0) {
      const foeDecel = types.decel[s.type[foe]!]!;
      bound = safeFollowSpeed(gap, now, speed[foe]!, foeDecel, decel, types.emergencyDecel[type]!, types.tau[type]!);
    } else {
      bound = safeStopSpeed(start - POSITION_EPS, decel, 1);
    }
    if (distance < 0) return bound;
    const room = distance - types.minGap[type]!;
    const passedIn = (distance - gap) / Math.max(speed[foe]!, HALTING);
    const final = Math.max(now, (2 * room) / passedIn - now);
    return Math.max(bound, Math.min(now + (final - now) / passedIn, safeStopSpeed(room, decel, 1)));
  }

  /**
   * Greatest speeds that those inside allow, Infinity when nobody is in the way. The object is the same at every call.
   * @param start metres to the start of the movement, negative when on it
   */
  return function junctionLeaders(vehicle: number, movement: number, start: number, onIt: boolean): InnerBounds {
    const from = net.conflictStart[movement]!;
    const to = net.conflictStart[movement + 1]!;
    const type = s.type[vehicle]!;
    const decel = types.decel[type]!;
    const minGap = types.minGap[type]!;
    // Inside, one goes round those that stand short of one's path, but not to wait there oneself.
    const waitAt = net.waitAt[movement]!;
    const passesBy = onIt && -start >= waitAt;
    let toWait = Number.POSITIVE_INFINITY;
    let beyond = Number.POSITIVE_INFINITY;
    for (let k = from; k < to; k++) {
      let bound = Number.POSITIVE_INFINITY;
      const foeMovement = net.conflicts[k]!;
      const foeSegment = L + foeMovement;
      const foeLength = net.length[foeSegment]!;
      const foeAt = net.conflictFoeAt[k]!;
      const merges = net.conflictKind[k] === MERGE;
      const distance = start + net.conflictAt[k]! - (merges ? 0 : IN_THE_WAY_M);
      if (!merges) {
        if (distance < 0) continue;
        const last = s.tail[net.toLane[foeMovement]!]!;
        if (last >= 0 && s.cameBy[last] === foeMovement) {
          const back = pos[last]! - types.length[s.type[last]!]! + foeLength;
          if (back < foeAt + IN_THE_WAY_M) {
            bound = safeStopSpeed(distance - minGap, decel, 1);
          }
        }
      }
      for (let foe = s.head[foeSegment]!; foe >= 0; foe = behind[foe]!) {
        if (onIt && breaksStalemate(vehicle, foe)) continue;
        const foeBack = pos[foe]! - types.length[s.type[foe]!]!;
        let gap: number;
        if (merges) {
          const toEnd = start + net.length[L + movement]!;
          const foeToEnd = foeLength - pos[foe]!;
          if (holdsBack(foe, foeMovement)) continue;
          if (onIt && (foeToEnd > toEnd || (foeToEnd === toEnd && !wentFirst(foe, vehicle)))) continue;
          gap = toEnd - (foeLength - foeBack) - minGap;
        } else {
          if (foeBack > foeAt + IN_THE_WAY_M) continue;
          if (pos[foe]! <= foeAt - IN_THE_WAY_M) {
            if (onIt && !wentFirst(foe, vehicle)) continue;
            if (holdsBack(foe, foeMovement) || (passesBy && speed[foe]! < HALTING)) continue;
          } else if (onIt && distance <= 0 && wentFirst(vehicle, foe)) {
            continue;
          }
          gap = distance - minGap - (foeAt + IN_THE_WAY_M - foeBack);
        }
        bound = Math.min(bound, letPass(vehicle, foe, distance, gap, start));
      }
      if (net.conflictAt[k]! <= waitAt) toWait = Math.min(toWait, bound);
      else beyond = Math.min(beyond, bound);
    }
    found.toWait = toWait;
    found.beyond = beyond;
    return found;
  };
}
