import type { City, Movement, RightOfWay } from '../city/city.ts';
import { crossing, distance, type Meeting, separation } from './conflicts.ts';

/** What a movement's stop line says now, whether by lamp or by sign. */
export const CONTROL = {
  red: 0,
  yellow: 1,
  minor: 2,
  major: 3,
  stop: 4,
  allWayStop: 5,
  equal: 6,
  zipper: 7,
} as const;

/** How a lane is closed: alone, so that those on it leave it for the lanes beside it, or with its whole road. */
export const CLOSED = { no: 0, alone: 1, road: 2 } as const;

/** Bits of a lane's `beside`: there is a lane to its right, to its left, and that lane leads on. */
export const BESIDE = { right: 1, left: 2, rightLeadsOn: 4, leftLeadsOn: 8 } as const;

/** Conflict kinds: paths cross, or they end on the same lane. */
export const CROSS = 0;
export const MERGE = 1;

const SIGN: Record<RightOfWay, number> = {
  major: CONTROL.major,
  minor: CONTROL.minor,
  stop: CONTROL.stop,
  'all-way-stop': CONTROL.allWayStop,
  'right-before-left': CONTROL.equal,
  zipper: CONTROL.zipper,
};

const LAMP: Record<string, number> = {
  r: CONTROL.red,
  u: CONTROL.red,
  y: CONTROL.yellow,
  Y: CONTROL.yellow,
  g: CONTROL.minor,
  G: CONTROL.major,
  s: CONTROL.stop,
  o: CONTROL.minor,
  O: CONTROL.major,
};

/** The control a lamp stands for, by the code of SUMO's letter; an unknown letter counts as red. */
export const LAMP_CONTROL = Uint8Array.from(
  { length: 128 },
  (_, code) => LAMP[String.fromCharCode(code)] ?? CONTROL.red,
);

/** The control a movement has by its signs, when no lamp shows. */
function signControl(movement: Movement): number {
  return SIGN[movement.rightOfWay];
}

/**
 * The city as flat tables for the engine. A segment is a lane, or `lanes` + a movement; lists of lists are flat arrays
 * with starts (list i is at [start[i], start[i + 1])). Nothing here changes while the engine runs.
 */
export interface Network {
  readonly roads: number;
  readonly lanes: number;
  readonly movements: number;
  readonly segments: number;
  /** Most lanes of any road. */
  readonly width: number;
  readonly roadFirstLane: Int32Array;
  readonly roadLanes: Int32Array;
  /** Roads of more than one lane. */
  readonly multiRoads: Int32Array;
  readonly laneRoad: Int32Array;
  readonly laneIndex: Int32Array;
  /** By lane: bits of BESIDE. */
  readonly beside: Uint8Array;
  readonly allowed: Int32Array;
  /** By lane: one of CLOSED. */
  readonly closed: Uint8Array;
  /** By segment: metres and metres per second. */
  readonly length: Float64Array;
  readonly speed: Float64Array;
  readonly fromLane: Int32Array;
  readonly toLane: Int32Array;
  /** Place inside the junction where the movement may wait for a gap, or -1. */
  readonly waitAt: Float64Array;
  /** Metres between the lanes that a movement without a path joins, 0 for the others. */
  readonly gap: Float64Array;
  readonly sign: Uint8Array;
  /** 1 for a movement that a signal controls. */
  readonly signalled: Uint8Array;
  /** 1 for a movement straight on. */
  readonly straight: Uint8Array;
  /** Movements that leave a lane; `out` is one longer than that, as `conflicts` is. */
  readonly outStart: Int32Array;
  readonly out: Int32Array;
  readonly inStart: Int32Array;
  readonly in: Int32Array;
  /** Movements a movement gives way to: from its waiting place where it has one, otherwise from its stop line. */
  readonly yieldStart: Int32Array;
  readonly yields: Int32Array;
  /** 1 for a movement that some other one gives way to. */
  readonly isYieldedTo: Uint8Array;
  /** 1 for a movement that some other one to the same lane gives way to. */
  readonly isMergedInto: Uint8Array;
  /**
   * Movements whose path meets a movement's path, with the kind and where: metres along its own and the other's path. `conflicts`,
   * `conflictKind`, `siblings` and `siblingAt` are one longer than that, so that the first of an empty list may be read (touch.ts).
   */
  readonly conflictStart: Int32Array;
  readonly conflicts: Int32Array;
  readonly conflictKind: Uint8Array;
  readonly conflictAt: Float64Array;
  readonly conflictFoeAt: Float64Array;
  /** 1 where a movement gives way to the other at its stop line (on permissive green or without a signal). */
  readonly conflictYields: Uint8Array;
  /** 1 when the movement's path meets any other in its junction: such a junction is kept clear. */
  readonly hasFoes: Uint8Array;
  /** The other movements from a movement's lane, and after how many metres the two paths are clear of each other. */
  readonly siblingStart: Int32Array;
  readonly siblings: Int32Array;
  readonly siblingAt: Float64Array;
}

function flatten(lists: readonly (readonly number[])[]): { start: Int32Array; items: Int32Array } {
  const start = new Int32Array(lists.length + 1);
  const items: number[] = [];
  lists.forEach((list, i) => {
    for (const item of list) items.push(item);
    start[i + 1] = items.length;
  });
  return { start, items: Int32Array.from(items) };
}

/** Width in metres within which two vehicles side by side would touch. */
const TOUCH_M = 2.5;

/** Metres of a movement up to its waiting place, or all of it. */
function firstPart({ waitAtM, lengthM }: Movement): number {
  return waitAtM >= 0 ? waitAtM : lengthM;
}

/** Where two paths to one lane come together: beyond the waiting place of each, as in SUMO (MSLink's computeDistToDivergence). */
function mergingOf(a: Movement, b: Movement): Meeting {
  const { at, foeAt } = separation(a, b, TOUCH_M, true);
  const lastM = Math.min(a.lengthM - Math.max(0, a.waitAtM), b.lengthM - Math.max(0, b.waitAtM));
  return { at: Math.max(at, a.lengthM - lastM), foeAt: Math.max(foeAt, b.lengthM - lastM) };
}

/** By movement: 1 where paths meet in its junction, its own or others' (SUMO's MSJunctionLogic::hasFoes). */
function foesOf({ junctions, movements, crossings }: City): Uint8Array {
  const isMet = new Uint8Array(junctions.length);
  for (const { junction, conflicts } of [...movements, ...crossings]) if (conflicts.length > 0) isMet[junction] = 1;
  return Uint8Array.from(movements, ({ junction }) => isMet[junction]!);
}

function gapOf({ lanes }: City, { lengthM, fromLane, toLane }: Movement): number {
  const from = lanes[fromLane]?.shape ?? [];
  const to = lanes[toLane]?.shape ?? [];
  if (lengthM > 0 || from.length < 2 || to.length < 2) return 0;
  return distance(from[from.length - 2]! - to[0]!, from[from.length - 1]! - to[1]!);
}

function besideOf({ lanes, roads }: City): Uint8Array {
  return Uint8Array.from(lanes, ({ road, index }, lane) => {
    const hasRight = index > 0;
    const hasLeft = index + 1 < (roads[road]?.laneCount ?? 0);
    const leadsOn = (other: number) => (lanes[other]?.out.length ?? 0) > 0;
    return (
      (hasRight ? BESIDE.right : 0) |
      (hasLeft ? BESIDE.left : 0) |
      (hasRight && leadsOn(lane - 1) ? BESIDE.rightLeadsOn : 0) |
      (hasLeft && leadsOn(lane + 1) ? BESIDE.leftLeadsOn : 0)
    );
  });
}

export function buildNetwork(city: City): Network {
  const L = city.lanes.length;
  const M = city.movements.length;
  const segments = L + M;
  const length = new Float64Array(segments);
  const speed = new Float64Array(segments);
  city.lanes.forEach((lane, i) => {
    length[i] = lane.lengthM;
    speed[i] = lane.speedMps;
  });
  city.movements.forEach((movement, i) => {
    length[L + i] = movement.lengthM;
    speed[L + i] = movement.speedMps;
  });
  const out = flatten(city.lanes.map((lane) => lane.out));
  const incoming = flatten(city.lanes.map((lane) => lane.in));
  const yields = flatten(
    city.movements.map((movement) => (movement.waitAtM >= 0 ? movement.yieldsInside : movement.yieldsTo)),
  );
  const isYieldedTo = new Uint8Array(M);
  const isMergedInto = new Uint8Array(M);
  city.movements.forEach(({ toLane }, i) => {
    for (const foe of yields.items.subarray(yields.start[i], yields.start[i + 1])) {
      isYieldedTo[foe] = 1;
      if (city.movements[foe]?.toLane === toLane) isMergedInto[foe] = 1;
    }
  });

  const conflictStart = new Int32Array(M + 1);
  const conflicts: number[] = [];
  const kinds: number[] = [];
  const at: number[] = [];
  const foeAt: number[] = [];
  const gives: number[] = [];
  city.movements.forEach((movement, i) => {
    if (movement.lengthM > 0) {
      for (const f of movement.conflicts) {
        const foe = city.movements[f];
        if (foe === undefined || foe.lengthM <= 0 || foe.fromLane === movement.fromLane) continue;
        const merges = foe.toLane === movement.toLane;
        const point = merges ? mergingOf(movement, foe) : crossing(movement, foe);
        if (point === null) continue;
        conflicts.push(f);
        kinds.push(merges ? MERGE : CROSS);
        at.push(point.at);
        foeAt.push(point.foeAt);
        gives.push(movement.yieldsTo.includes(f) ? 1 : 0);
      }
    }
    conflictStart[i + 1] = conflicts.length;
  });
  const siblingStart = new Int32Array(M + 1);
  const siblings: number[] = [];
  const siblingAt: number[] = [];
  city.movements.forEach((movement, i) => {
    for (const n of city.lanes[movement.fromLane]?.out ?? []) {
      const other = city.movements[n];
      if (n === i || other === undefined || movement.lengthM <= 0 || other.lengthM <= 0) continue;
      siblings.push(n);
      siblingAt.push(Math.min(separation(movement, other, TOUCH_M, false).at, firstPart(movement), firstPart(other)));
    }
    siblingStart[i + 1] = siblings.length;
  });
  return {
    roads: city.roads.length,
    lanes: L,
    movements: M,
    segments,
    width: city.roads.reduce((most, road) => Math.max(most, road.laneCount), 1),
    roadFirstLane: Int32Array.from(city.roads, (road) => road.firstLane),
    roadLanes: Int32Array.from(city.roads, (road) => road.laneCount),
    multiRoads: Int32Array.from(city.roads.flatMap((road, i) => (road.laneCount > 1 ? [i] : []))),
    laneRoad: Int32Array.from(city.lanes, (lane) => lane.road),
    laneIndex: Int32Array.from(city.lanes, (lane) => lane.index),
    beside: besideOf(city),
    closed: new Uint8Array(L),
    allowed: Int32Array.from(city.lanes, (lane) => lane.allowed),
    length,
    speed,
    fromLane: Int32Array.from(city.movements, (movement) => movement.fromLane),
    toLane: Int32Array.from(city.movements, (movement) => movement.toLane),
    waitAt: Float64Array.from(city.movements, (movement) => movement.waitAtM),
    gap: Float64Array.from(city.movements, (movement) => gapOf(city, movement)),
    sign: Uint8Array.from(city.movements, signControl),
    signalled: Uint8Array.from(city.movements, (movement) => (movement.signal >= 0 ? 1 : 0)),
    straight: Uint8Array.from(city.movements, (movement) => (movement.turn === 'straight' ? 1 : 0)),
    outStart: out.start,
    out: Int32Array.from([...out.items, -1]),
    inStart: incoming.start,
    in: incoming.items,
    yieldStart: yields.start,
    yields: yields.items,
    isYieldedTo,
    isMergedInto,
    conflictStart,
    conflicts: Int32Array.from([...conflicts, -1]),
    conflictKind: Uint8Array.from([...kinds, 0]),
    conflictAt: Float64Array.from(at),
    conflictFoeAt: Float64Array.from(foeAt),
    conflictYields: Uint8Array.from(gives),
    hasFoes: foesOf(city),
    siblingStart,
    siblings: Int32Array.from([...siblings, -1]),
    siblingAt: Float64Array.from([...siblingAt, 0]),
  };
}
