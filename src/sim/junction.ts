import { safeFollowSpeed, safeStopSpeed } from './carfollowing.ts';
import { CONTROL, MERGE } from './network.ts';
import { HALTING, type World } from './world.ts';

/** Vehicles that hold each other up inside a junction this long are let out in the order they came in, s. */
const STALEMATE_S = 3;
/** Half a vehicle's width and a little: nearer than this to a crossing point, a vehicle is in the way. */
const IN_THE_WAY_M = 1;

/**
 * Speed that respects vehicles already inside the junction on paths that meet one's own, whatever the lamps say (SUMO's
 * link leaders). Of two vehicles inside, the one that entered first goes first; of two that merge, the one nearer the end.
 */
export function createJunctionLeaders(world: World) {
  const { net, types, state: s } = world;
  const L = net.lanes;
  const { pos, speed, behind, entered } = s;

  /** True when `foe` waits for a gap of its own and is not going to move into the conflict now. */
  function holdsBack(foe: number, movement: number): boolean {
    const control = s.control[movement]!;
    return control !== CONTROL.major && control !== CONTROL.yellow && pos[foe]! <= net.waitAt[movement]! + 0.1;
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
   * @param start metres to the start of the movement, negative when on it
   * @param floor speed that brings the vehicle to the stop line: before the junction nothing inside asks for less
   */
  return function junctionLeaders(
    vehicle: number,
    movement: number,
    start: number,
    free: number,
    floor: number,
    onIt: boolean,
  ): number {
    const from = net.conflictStart[movement]!;
    const to = net.conflictStart[movement + 1]!;
    if (from === to) return free;
    const type = s.type[vehicle]!;
    const decel = types.decel[type]!;
    const minGap = types.minGap[type]!;
    let result = free;
    for (let k = from; k < to; k++) {
      const foeMovement = net.conflicts[k]!;
      const foeSegment = L + foeMovement;
      const foeLength = net.length[foeSegment]!;
      const foeAt = net.conflictFoeAt[k]!;
      const merges = net.conflictKind[k] === MERGE;
      const distance = start + net.conflictAt[k]!;
      if (!merges && distance < 0) continue;
      let foe = s.head[foeSegment]!;
      if (!merges) {
        const last = s.tail[net.toLane[foeMovement]!]!;
        if (
          last >= 0 &&
          s.cameBy[last] === foeMovement &&
          pos[last]! - types.length[s.type[last]!]! + foeLength < foeAt + IN_THE_WAY_M
        ) {
          result = Math.min(result, Math.max(floor, safeStopSpeed(distance - minGap, decel, 1)));
        }
      }
      for (; foe >= 0; foe = behind[foe]!) {
        if (onIt && breaksStalemate(vehicle, foe)) continue;
        const foeType = s.type[foe]!;
        const back = pos[foe]! - types.length[foeType]!;
        let bound: number;
        if (merges) {
          const toEnd = start + net.length[L + movement]!;
          const foeToEnd = foeLength - pos[foe]!;
          if (holdsBack(foe, foeMovement)) continue;
          if (onIt && (foeToEnd > toEnd || (foeToEnd === toEnd && !wentFirst(foe, vehicle)))) continue;
          const gap = toEnd - foeToEnd - types.length[foeType]! - minGap;
          if (gap >= 0) {
            bound = safeFollowSpeed(
              gap,
              speed[vehicle]!,
              speed[foe]!,
              types.decel[foeType]!,
              decel,
              types.emergencyDecel[type]!,
              types.tau[type]!,
            );
          } else {
            bound = safeStopSpeed(distance - IN_THE_WAY_M, decel, 1);
          }
        } else {
          if (back > foeAt + IN_THE_WAY_M) continue;
          const isInTheWay = pos[foe]! > foeAt - IN_THE_WAY_M;
          if (!isInTheWay) {
            if (onIt && !wentFirst(foe, vehicle)) continue;
            if (holdsBack(foe, foeMovement)) continue;
            if (speed[foe]! < HALTING) continue;
          } else if (onIt && distance <= IN_THE_WAY_M && wentFirst(vehicle, foe)) {
            continue;
          }
          bound = safeStopSpeed(distance - minGap, decel, 1);
        }
        result = Math.min(result, Math.max(floor, bound));
      }
    }
    if (onIt && result < free && result < HALTING) world.scratch.held[vehicle] = 1;
    return result;
  };
}
