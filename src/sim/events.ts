import type { f64, i32 } from '../units/numbers.ts';
import { type Allocate, type Arrays, type Field, layOut } from './layout.ts';
import type { World } from './world.ts';

/** What happened to a trip: it entered the city, a road, or arrived. */
export const EVENT = { inserted: 0, road: 1, arrived: 2 } as const;

/** Events since the last drain, oldest first; the arrays are used again, so copy what is to be kept. */
export interface EngineEvents {
  readonly count: number;
  /** Events that found no room because nobody drained in time. */
  readonly lost: number;
  readonly kind: Uint8Array;
  readonly timeMs: Float64Array;
  readonly trip: Uint32Array;
  /** Road index. */
  readonly road: Uint32Array;
}

function eventSpec(room: number) {
  return {
    kind: { type: 'u8', length: room },
    timeMs: { type: 'f64', length: room },
    trip: { type: 'u32', length: room },
    road: { type: 'u32', length: room },
    /** How many there are, how many found no room, and for how many there is room. */
    counts: { type: 'i32', length: 3 },
  } satisfies Record<string, Field>;
}

/** A fixed room for events: nothing is allocated while the engine runs, and an engine nobody listens to keeps the first. */
export type EventLog = Arrays<ReturnType<typeof eventSpec>>;

const NOTED = 0;
const LOST = 1;
const ROOM = 2;

export function createEventLog(room: number, allocate: Allocate): EventLog {
  const { arrays } = layOut({}, eventSpec(room), allocate);
  arrays.counts[ROOM] = room;
  return arrays;
}

/** @param kind one of EVENT */
export function note(w: World, kind: i32, timeMs: f64, trip: i32, road: i32): void {
  const { kind: kinds, timeMs: times, trip: trips, road: roads, counts } = w.events;
  const i = counts[NOTED]!;
  if (i >= counts[ROOM]!) {
    counts[LOST] = counts[LOST]! + 1;
    return;
  }
  kinds[i] = kind;
  times[i] = timeMs;
  trips[i] = trip;
  roads[i] = road;
  counts[NOTED] = i + 1;
}

/** What was noted since the last call. */
export function drain({ counts, kind, timeMs, trip, road }: EventLog): EngineEvents {
  const events = { count: counts[NOTED]!, lost: counts[LOST]!, kind, timeMs, trip, road };
  counts[NOTED] = 0;
  counts[LOST] = 0;
  return events;
}
