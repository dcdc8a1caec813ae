import { brakeGap, safeStopSpeed } from './carfollowing.ts';
import { CONTROL } from './network.ts';
import { VISIBILITY_M } from './plan.ts';
import { HALTING, PLAN_LINKS, type World } from './world.ts';

const EPS = 0.001;
const POSITION_EPS = 0.1;
/** Time gap a driver who gives way keeps to the next foe (SUMO's look-ahead time), s. */
const GAP_S = 1;
/** Halted this long, a driver takes any gap that others can brake for (SUMO's time-to-impatience), s. */
const IMPATIENT_S = 180;
/** Where all give way to the right and all wait, the one who waited longest goes after this long, s. */
const STALEMATE_S = 4;

/** True when a vehicle cannot stay behind another that leaves with `ahead` m/s if it follows with `behind` m/s. */
function unsafeMerge(ahead: number, behind: number, aheadDecel: number, behindDecel: number): boolean {
  return brakeGap(ahead, aheadDecel, 0) < brakeGap(behind, behindDecel, 0);
}

/** Second half of a step, for each vehicle by itself from everyone's plans: which stop lines are open to it, so how fast. */
export interface Yielding {
  /** Speed the stop lines allow, m/s. */
  safeSpeed(vehicle: number): number;
  /** Speed below which the vehicle must not fall after `safeSpeed`: it has decided to clear a line. */
  readonly least: Float64Array;
}

export function createYielding(world: World): Yielding {
  const { net, types, state: s, scratch: p } = world;
  const { speed, halted } = s;
  const least = new Float64Array(world.capacity);

  function isBlockedBy(
    vehicle: number,
    link: number,
    foeLink: number,
    sameTarget: boolean,
    control: number,
    impatience: number,
  ): boolean {
    const foe = Math.floor(foeLink / PLAN_LINKS);
    if (foe === vehicle || p.linkRequest[foeLink] === 0) return false;
    const arrive = p.linkArrive[link]!;
    const foeArrives = p.linkArrive[foeLink]!;
    const decel = types.decel[s.type[vehicle]!]!;
    const foeDecel = types.decel[s.type[foe]!]!;
    if (
      control === CONTROL.allWayStop ||
      (control === CONTROL.equal && halted[vehicle]! >= STALEMATE_S && speed[foe]! < HALTING)
    ) {
      if (halted[vehicle]! > halted[foe]!) return false;
      if (
        halted[vehicle]! === halted[foe]! &&
        (arrive < foeArrives || (arrive === foeArrives && s.trip[vehicle]! < s.trip[foe]!))
      ) {
        return false;
      }
    }
    if (control === CONTROL.zipper && arrive < foeArrives) return false;
    let foeAt = foeArrives;
    let foeSpeed = p.linkBrakeSpeed[foeLink]!;
    if (impatience > 0 && arrive < foeArrives) {
      const dt = foeArrives - arrive;
      const m = foeDecel * impatience;
      const distance = p.linkDistance[foeLink]!;
      const now = s.scalars[0]! / 1000;
      const v = distance / Math.max(foeArrives - now + 1, EPS);
      const left = distance - v * (arrive - now);
      if (Math.floor(arrive) !== Math.floor(foeArrives)) {
        if ((0.5 * v * v) / m <= left) {
          foeAt = (1 - impatience) * foeArrives + impatience * (foeArrives + 30);
          foeSpeed = 0;
        } else {
          const d = dt * m;
          const root = 4 * (v - d) * (v - d) - 8 * m * ((dt * d) / 2);
          const x = root > 0 ? Math.max(0, (Math.sqrt(root) * -0.5 - d + v) / m) : 0;
          foeAt = foeArrives + impatience * x;
          foeSpeed = Math.max(0, v - (dt + x) * m);
        }
      }
    }
    if (p.linkLeave[foeLink]! < arrive) {
      return (
        sameTarget &&
        (arrive - p.linkLeave[foeLink]! < GAP_S ||
          unsafeMerge(p.linkLeaveSpeed[foeLink]!, p.linkArriveSpeed[link]!, foeDecel, decel))
      );
    }
    if (foeAt > p.linkLeave[link]! + GAP_S) {
      return sameTarget && unsafeMerge(p.linkLeaveSpeed[link]!, foeSpeed, decel, foeDecel);
    }
    return true;
  }

  function isOpen(vehicle: number, link: number, control: number, canBrake: boolean): boolean {
    const movement = p.linkMovement[link]!;
    const inner = p.linkInner[link] === 1;
    if (inner ? control === CONTROL.yellow : control === CONTROL.red) return inner;
    if (control === CONTROL.major) return true;
    if (!inner && net.waitAt[movement]! >= 0) return true;
    if ((control === CONTROL.stop || control === CONTROL.allWayStop) && halted[vehicle] === 0 && !inner) return false;
    const impatience = canBrake ? Math.min(1, halted[vehicle]! / IMPATIENT_S) : 1;
    const afterRed = inner && control === CONTROL.red;
    const target = net.toLane[movement]!;
    for (let k = net.yieldStart[movement]!; k < net.yieldStart[movement + 1]!; k++) {
      if (inner && net.yieldsInside[k] === 0) continue;
      const foeMovement = net.yields[k]!;
      const sameTarget = net.toLane[foeMovement] === target;
      for (let f = p.approach[foeMovement]!; f >= 0; f = p.linkNext[f]!) {
        if (afterRed && speed[Math.floor(f / PLAN_LINKS)]! < HALTING) continue;
        if (isBlockedBy(vehicle, link, f, sameTarget, control, impatience)) return false;
      }
    }
    return true;
  }

  function safeSpeed(v: number): number {
    const type = s.type[v]!;
    const decel = types.decel[type]!;
    const now = speed[v]!;
    const count = p.linkCount[v]!;
    let safe = p.free[v]!;
    let atLeast = 0;
    let clearM = 0;
    for (let i = 0; i < count; i++) {
      const link = v * PLAN_LINKS + i;
      const movement = p.linkMovement[link]!;
      const inner = p.linkInner[link] === 1;
      const control = s.control[movement]!;
      const distance = p.linkDistance[link]!;
      if (p.linkRequest[link] === 0) {
        safe = p.linkWait[link]!;
        break;
      }
      const canBrake = distance > brakeGap(now, decel, 0) || now < decel;
      const yellow = !inner && control === CONTROL.yellow;
      if ((yellow && canBrake) || !(yellow || isOpen(v, link, control, canBrake))) {
        safe = p.linkWait[link]!;
        break;
      }
      const yields = inner
        ? control !== CONTROL.major && control !== CONTROL.yellow
        : control !== CONTROL.major && !yellow && net.waitAt[movement]! < 0;
      if (yields) {
        if (distance > VISIBILITY_M && canBrake) {
          safe = p.linkWait[link]!;
          break;
        }
        clearM = distance;
        atLeast = Math.min(distance + POSITION_EPS, p.linkPass[link]!, now + types.accel[type]!);
      }
    }
    if (safe + EPS < atLeast) {
      // Too slow to clear the line (a leader): stop before it instead.
      safe = Math.min(safe, Math.max(now - decel, safeStopSpeed(clearM, decel, 1)));
      atLeast = 0;
    }
    least[v] = atLeast;
    return safe;
  }

  return { safeSpeed, least };
}
