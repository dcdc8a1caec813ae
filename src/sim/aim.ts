import type { i32 } from '../units/numbers.ts';
import { TYPE } from './demand.ts';
import { BESIDE, CLOSED } from './network.ts';
import { wake } from './rest.ts';
import { FLAG, SEGMENT, VEHICLE } from './state.ts';
import type { World } from './world.ts';

const {
  segment: ON,
  type: KIND,
  routeAt: ROUTE_AT,
  flags: FLAGS,
  via: VIA,
  nextVia: NEXT_VIA,
  choice: CHOICE,
  reach: REACH,
  reachLeft: REACH_LEFT,
  reachRight: REACH_RIGHT,
} = VEHICLE;
const { classBit: CLASS_BIT } = TYPE;
const { resting: RESTING, road: ROAD } = SEGMENT;
const { right: RIGHT, left: LEFT } = BESIDE;
const { presses: PRESSES } = FLAG;

/** `reachLeft` and `reachRight` where there is no lane, or none that the vehicle may use. */
export const NO_LANE = -1;

/** Notes in a vehicle's record what its route says of the lane it is on; to be called when lane, route or closures changed. */
export function aim(w: World, v: i32): void {
  const { i32: I, f32: S } = w;
  const { choices, net } = w;
  const i = v << 1;
  const lane = I[i + ON]!;
  if (w.i32[(lane << 4) + RESTING]! >= 0) wake(w, lane);
  const entry = choices.at[I[i + ROUTE_AT]!]! + lane;
  const hasRight = (net.beside[lane]! & RIGHT) !== 0;
  const hasLeft = (net.beside[lane]! & LEFT) !== 0;
  const leftIsBest = hasLeft && choices.offset[(entry + 1) << 2] === 0;
  const rightIsBest = hasRight && choices.offset[(entry - 1) << 2] === 0;
  I[i + VIA] = choices.via[entry]!;
  aimBeyond(w, v);
  I[i + CHOICE] = choices.offset[entry << 2]! * 4 + (leftIsBest ? 2 : 0) + (rightIsBest ? 1 : 0);
  const isOff = choices.offset[entry << 2] !== 0;
  I[i + FLAGS] = isOff ? I[i + FLAGS]! | PRESSES : I[i + FLAGS]! & ~PRESSES;
  if (isOff) w.state.mustChange[w.i32[(lane << 4) + ROAD]!] = 1;
  S[i + REACH] = choices.reach[entry << 1]!;
  S[i + REACH_RIGHT] = hasRight && mayUse(w, v, lane - 1) ? choices.reach[(entry - 1) << 1]! : NO_LANE;
  S[i + REACH_LEFT] = hasLeft && mayUse(w, v, lane + 1) ? choices.reach[(entry + 1) << 1]! : NO_LANE;
}

/** Notes what its route says of the lane its movement leads to. */
export function aimBeyond(w: World, v: i32): void {
  const { i32: I, choices, net } = w;
  const movement = I[(v << 1) + VIA]!;
  I[(v << 1) + NEXT_VIA] =
    movement < 0 ? movement : choices.via[choices.at[I[(v << 1) + ROUTE_AT]! + 1]! + net.toLane[movement]!]!;
}

/** The movement its route takes from `lane`, `depth` roads beyond the own one, coming from its lane by the best movements. */
export function viaBeyond(w: World, v: i32, depth: i32, lane: i32): i32 {
  const { i32: I, choices } = w;
  if (depth === 0) return I[(v << 1) + VIA]!;
  if (depth === 1) return I[(v << 1) + NEXT_VIA]!;
  return choices.via[choices.at[I[(v << 1) + ROUTE_AT]! + depth]! + lane]!;
}

function mayUse(w: World, v: i32, lane: i32): boolean {
  const bit = w.f64[w.i32[(v << 1) + KIND]! + CLASS_BIT]! | 0;
  return (w.net.allowed[lane]! & bit) !== 0 && w.net.closed[lane] !== CLOSED.alone;
}
