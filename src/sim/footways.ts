import type { City } from '../city/city.ts';
import type { Demand } from '../demand/demand.ts';
import { crossing as meetingOf } from './conflicts.ts';

/** SUMO's SAFETY_GAP: drivers and people on foot keep this from each other, m. */
export const SAFETY_M = 1;
/** Half of what a vehicle takes up across a crossing. */
export const HALF_STRIP_M = 0.9 + SAFETY_M / 2;

/**
 * Where people on foot meet vehicles, as flat tables that do not change while the engine runs. A meeting is a pair of a
 * crossing and a movement; lists of lists are flat arrays with starts (list i is at [start[i], start[i + 1])).
 */
export interface Footways {
  readonly crossings: number;
  readonly lengthM: Float64Array;
  readonly halfWidthM: Float64Array;
  /** 1 when a signal says when to walk. */
  readonly isSignalled: Uint8Array;
  /** By movement: its meetings. */
  readonly start: Int32Array;
  readonly crossing: Int32Array;
  readonly movement: Int32Array;
  /** Metres along the movement, and along the crossing from its first corner. */
  readonly atM: Float64Array;
  readonly acrossM: Float64Array;
  /** 1 where the vehicles give way, 0 where those on foot do. */
  readonly vehiclesYield: Uint8Array;
  /** By crossing: the same meetings, as places in the arrays above. */
  readonly ofCrossingStart: Int32Array;
  readonly ofCrossing: Int32Array;
}

/** Walks as columns; the parts of walk i are at [start[i], start[i + 1]): metres to walk, then a crossing (-1 after the last). */
export interface WalkTable {
  readonly count: number;
  readonly departMs: Float64Array;
  /** Metres per second on free ground. */
  readonly paceMps: Float64Array;
  readonly start: Int32Array;
  readonly beforeM: Float64Array;
  readonly crossing: Int32Array;
  readonly direction: Uint8Array;
}

/** SUMO's striping model draws a loss of up to this share of the pace each second. */
const DAWDLING = 0.2;

export function buildFootways(city: City): Footways {
  const meetings: { crossing: number; movement: number; atM: number; acrossM: number; vehiclesYield: boolean }[] = [];
  city.crossings.forEach((crossing, c) => {
    for (const m of crossing.conflicts) {
      const movement = city.movements[m];
      const place = movement === undefined ? null : meetingOf(movement, crossing);
      if (place === null) continue;
      const vehiclesYield = !crossing.yieldsTo.includes(m);
      meetings.push({ crossing: c, movement: m, atM: place.at, acrossM: place.foeAt, vehiclesYield });
    }
  });
  meetings.sort((a, b) => a.movement - b.movement || a.atM - b.atM || a.crossing - b.crossing);
  const start = countStarts(meetings, city.movements.length, ({ movement }) => movement);
  const ofCrossingStart = countStarts(meetings, city.crossings.length, ({ crossing }) => crossing);
  const next = ofCrossingStart.slice();
  const ofCrossing = new Int32Array(meetings.length);
  meetings.forEach(({ crossing }, k) => {
    ofCrossing[next[crossing]!] = k;
    next[crossing] = next[crossing]! + 1;
  });
  return {
    crossings: city.crossings.length,
    lengthM: Float64Array.from(city.crossings, ({ lengthM }) => lengthM),
    halfWidthM: Float64Array.from(city.crossings, ({ widthM }) => widthM / 2),
    isSignalled: Uint8Array.from(city.crossings, ({ signal }) => (signal < 0 ? 0 : 1)),
    start,
    crossing: Int32Array.from(meetings, ({ crossing }) => crossing),
    movement: Int32Array.from(meetings, ({ movement }) => movement),
    atM: Float64Array.from(meetings, ({ atM }) => atM),
    acrossM: Float64Array.from(meetings, ({ acrossM }) => acrossM),
    vehiclesYield: Uint8Array.from(meetings, ({ vehiclesYield }) => (vehiclesYield ? 1 : 0)),
    ofCrossingStart,
    ofCrossing,
  };
}

function countStarts<T>(items: readonly T[], lists: number, listOf: (item: T) => number): Int32Array {
  const start = new Int32Array(lists + 1);
  for (const item of items) start[listOf(item) + 1] = start[listOf(item) + 1]! + 1;
  for (let i = 0; i < lists; i++) start[i + 1] = start[i + 1]! + start[i]!;
  return start;
}

export function buildWalks({ walks }: Demand): WalkTable {
  const start = new Int32Array(walks.length + 1);
  walks.forEach((walk, i) => {
    start[i + 1] = start[i]! + walk.betweenM.length;
  });
  return {
    count: walks.length,
    departMs: Float64Array.from(walks, ({ departMs }) => departMs),
    paceMps: Float64Array.from(walks, ({ speedMps }) => speedMps * (1 - DAWDLING / 2)),
    start,
    beforeM: Float64Array.from(walks.flatMap(({ betweenM }) => betweenM)),
    crossing: Int32Array.from(walks.flatMap(({ crossings }) => [...crossings, -1])),
    direction: Uint8Array.from(walks.flatMap(({ directions }) => [...directions, 0])),
  };
}
