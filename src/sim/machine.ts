import { insertDue } from './insertion.ts';
import { applyChanges, noteChanges, passAdvice } from './lanechange.ts';
import { type Allocate, ownRoom, sharedRoom } from './layout.ts';
import { moveAll } from './move.ts';
import { endPassing, passFromLanes, passFromMovements } from './pass.ts';
import { planSegments } from './plan.ts';
import { collectRecords, placeRecords } from './renumber.ts';
import { noteSpeeds } from './ways.ts';
import type { World } from './world.ts';
import { decidePending } from './yield.ts';

/** The parts of a step that take most of its time. */
export interface Phases {
  planSegments(w: World, from: number, to: number): void;
  decidePending(w: World): void;
  moveAll(w: World): void;
  passFromLanes(w: World): void;
  passFromMovements(w: World, from: number, to: number): void;
  endPassing(w: World): void;
  noteChanges(w: World, from: number, to: number): void;
  applyChanges(w: World): void;
  passAdvice(w: World): void;
  collectRecords(w: World, from: number, to: number): void;
  placeRecords(w: World): void;
  noteSpeeds(w: World): void;
  insertDue(w: World): void;
}

/** What does the phases, and the memory in which the numbers lie that they work on. `field/sim` has one that is compiled. */
export interface Machine {
  readonly allocate: Allocate;
  readonly phases: Phases;
  /** In a city of more segments one reads ahead (`touch.ts`): its tables are larger than what a processor keeps to itself, 1 MB or so. */
  readonly cachedSegments: number;
  /** Phases will be done for the world: readies now what the first one would take time for. */
  prepare(world: World): void;
  /** No phase will be done for the world again: another one took its place. */
  release(world: World): void;
}

const phases: Phases = {
  planSegments,
  decidePending,
  moveAll,
  passFromLanes,
  passFromMovements,
  endPassing,
  noteChanges,
  applyChanges,
  passAdvice,
  collectRecords,
  placeRecords,
  noteSpeeds,
  insertDue,
};

/** Reading ahead costs a tenth below, and gains a sixth from three times as many on. */
export const CACHED_SEGMENTS = 8192;
/** The phases as they stand in this folder. */
export const PLAIN: Machine = {
  allocate: ownRoom,
  phases,
  cachedSegments: CACHED_SEGMENTS,
  prepare: () => {},
  release: () => {},
};
/** The same for several threads. */
export const PLAIN_SHARED: Machine = { ...PLAIN, allocate: sharedRoom };
