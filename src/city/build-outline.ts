import type { Metres } from '../units/units.ts';
import { type Point, turnBetween } from './build-line.ts';

/** One road end at a node, looking outward from it. `leftM` and `rightM` are signed offsets of its edges, left positive. */
export interface Arm {
  /** Unit vector away from the node. */
  readonly outward: Point;
  readonly leftM: Metres;
  readonly rightM: Metres;
  /** The longest piece that may be cut off. */
  readonly reachM: Metres;
  /** The node at the other end: two roads of one street share it. */
  readonly far: number;
}

/** Arms whose directions differ by less belong to one street (radians). */
const SAME_STREET = 0.1;
const FARTHEST_CUT_M = 45;

interface Street {
  readonly outward: Point;
  leftM: Metres;
  rightM: Metres;
  reachM: Metres;
  cutM: Metres;
  readonly arms: number[];
}

/**
 * Cuts every arm back to where the kerbs of neighbouring streets meet, plus `cornerM` for the kerb's radius; or by `cutM`,
 * where that is given.
 * Returns the cut per arm and the outline of the junction between the cut ends (closed, counter-clockwise).
 */
export function outlineJunction(
  centre: Point,
  arms: readonly Arm[],
  cornerM: Metres,
  cutM?: Metres,
): { cutsM: number[]; outline: number[] } {
  const streets = gatherStreets(arms);
  for (const street of streets) street.cutM = streets.length > 2 ? Math.min(cornerM, street.reachM) : 0.5;
  for (let i = 0; i < streets.length && streets.length > 1; i++) {
    const a = streets[i]!;
    const b = streets[(i + 1) % streets.length]!;
    const [aM, bM] = kerbsMeet(a, b);
    const corner = streets.length > 2 ? cornerM : 1;
    if (aM > 0) a.cutM = Math.max(a.cutM, aM + corner);
    if (bM > 0) b.cutM = Math.max(b.cutM, bM + corner);
  }
  const cutsM = arms.map(() => 0);
  for (const street of streets) {
    street.cutM = cutM ?? Math.min(street.cutM, street.reachM, FARTHEST_CUT_M);
    for (const arm of street.arms) cutsM[arm] = street.cutM;
  }
  return { cutsM, outline: traceOutline(centre, streets) };
}

function gatherStreets(arms: readonly Arm[]): Street[] {
  const streets: Street[] = [];
  arms.forEach((arm, index) => {
    const same = streets.find((street) =>
      street.arms.some((other) => {
        const angle = Math.abs(turnBetween(arms[other]!.outward, arm.outward));
        return angle < SAME_STREET || (arms[other]!.far === arm.far && angle < 6 * SAME_STREET);
      }),
    );
    if (same === undefined) {
      streets.push({
        outward: arm.outward,
        leftM: arm.leftM,
        rightM: arm.rightM,
        reachM: arm.reachM,
        cutM: 0,
        arms: [index],
      });
      return;
    }
    same.arms.push(index);
    same.leftM = Math.max(same.leftM, arm.leftM);
    same.rightM = Math.min(same.rightM, arm.rightM);
    same.reachM = Math.min(same.reachM, arm.reachM);
  });
  return streets.sort((a, b) => Math.atan2(a.outward.y, a.outward.x) - Math.atan2(b.outward.y, b.outward.x));
}

/** Distances along `a` and `b` (next counter-clockwise) at which a's left kerb meets b's right kerb; 0, 0 when they do not. */
function kerbsMeet(a: Street, b: Street): readonly [Metres, Metres] {
  const angle = turnBetween(a.outward, b.outward);
  if (angle <= 0 || angle > 2.9) return [0, 0];
  const px = -a.outward.y * a.leftM;
  const py = a.outward.x * a.leftM;
  const qx = -b.outward.y * b.rightM;
  const qy = b.outward.x * b.rightM;
  const cross = a.outward.x * b.outward.y - a.outward.y * b.outward.x;
  const t = ((qx - px) * b.outward.y - (qy - py) * b.outward.x) / cross;
  const s = ((qx - px) * a.outward.y - (qy - py) * a.outward.x) / cross;
  return [Math.max(0, t), Math.max(0, s)];
}

function traceOutline(centre: Point, streets: readonly Street[]): number[] {
  const outline: number[] = [];
  const corner = (street: Street, sideM: Metres): Point => ({
    x: centre.x + street.outward.x * street.cutM - street.outward.y * sideM,
    y: centre.y + street.outward.y * street.cutM + street.outward.x * sideM,
  });
  streets.forEach((street, i) => {
    const right = corner(street, street.rightM);
    const left = corner(street, street.leftM);
    outline.push(right.x, right.y, left.x, left.y);
    const next = streets[(i + 1) % streets.length]!;
    const [aM, bM] = kerbsMeet(street, next);
    if (streets.length < 2 || aM <= 0 || bM <= 0 || aM > street.cutM) return;
    const to = corner(next, next.rightM);
    const meetX = centre.x + street.outward.x * aM - street.outward.y * street.leftM;
    const meetY = centre.y + street.outward.y * aM + street.outward.x * street.leftM;
    for (const t of [0.25, 0.5, 0.75]) {
      const s = 1 - t;
      outline.push(
        s * s * left.x + 2 * s * t * meetX + t * t * to.x,
        s * s * left.y + 2 * s * t * meetY + t * t * to.y,
      );
    }
  });
  return outline;
}
