import { drawKey } from '../units/random.ts';
import { leaveBays } from './insertion.ts';
import { stepWalkers } from './pedestrians.ts';
import { assignPlaces, isSortDue } from './renumber.ts';
import { COUNT } from './scratch.ts';
import { balanceShares, shareOut } from './shares.ts';
import { PURPOSE, SCALAR } from './state.ts';
import type { World } from './world.ts';
import { isAnyonePending } from './yield.ts';

/** One step, ms. */
export const STEP_MS = 1000;
/** Shares of the city are cut anew after so many steps. */
const BALANCE_STEPS = 20;

/** The phases of a step in which ranges of segments and roads may be worked on side by side. */
export const PHASE = {
  plan: 0,
  decide: 1,
  move: 2,
  passFromLanes: 3,
  passFromMovements: 4,
  noteChanges: 5,
  applyChanges: 6,
  collectRecords: 7,
  placeRecords: 8,
} as const;

/** First phase for the share of `w`, once the approaches of the last step are forgotten. */
export function planShare(w: World): void {
  const { segments } = w.share;
  const { counts } = w.scratch;
  counts.fill(0);
  counts[COUNT.links] = w.firstLink;
  counts[COUNT.draw] = drawKey(w.seed, w.state.scalars[SCALAR.step]!, PURPOSE.dawdle);
  for (let k = 0; k < segments.length; k += 2) w.machine.phases.planSegments(w, segments[k]!, segments[k + 1]!);
}

/** Does a phase for the share of the city that `w` has. */
export function runPhase(w: World, phase: number): void {
  const { segments, roads } = w.share;
  const { phases } = w.machine;
  if (phase === PHASE.plan) {
    w.scratch.approach.fill(-1);
    planShare(w);
  } else if (phase === PHASE.decide) phases.decidePending(w);
  else if (phase === PHASE.move) phases.moveAll(w);
  else if (phase === PHASE.passFromLanes) phases.passFromLanes(w);
  else if (phase === PHASE.passFromMovements) {
    const isAlone = w.parts === 1;
    phases.passFromMovements(w, isAlone ? 0 : segments[0]!, isAlone ? w.net.lanes : segments[1]!);
  } else if (phase === PHASE.noteChanges) {
    for (let k = 0; k < roads.length; k += 2) phases.noteChanges(w, roads[k]!, roads[k + 1]!);
  } else if (phase === PHASE.applyChanges) phases.applyChanges(w);
  else if (phase === PHASE.collectRecords) {
    w.scratch.counts.fill(0);
    for (let k = 0; k < segments.length; k += 2) phases.collectRecords(w, segments[k]!, segments[k + 1]!);
  } else phases.placeRecords(w);
}

/** Those who do a step together: one world per thread, with the same state, a scratch and a share of the city of its own. */
export interface Crew {
  /** The first is the calling thread's. */
  readonly worlds: readonly World[];
  /** Lets all do a phase; returns when all have done it. */
  run(phase: number): void;
  /** The tables of the world were exchanged (a closure): all go on with these. */
  exchange(world: World): void;
  close(): void;
}

/** The calling thread alone; it does the shares of `parts` workers one after the other, which changes no result. */
export function workInTurns(world: World, parts = 1): Crew {
  let worlds = parts === 1 ? [world] : shareOut(world, parts);
  return {
    get worlds() {
      return worlds;
    },
    run: (phase) => {
      for (let k = 0; k < worlds.length; k++) runPhase(worlds[k]!, phase);
    },
    exchange: ({ net, trips, choices, seed }) => {
      for (const old of worlds) old.machine.release(old);
      worlds = worlds.map((old) => ({ ...old, net, trips, choices, seed }));
    },
    close: () => {},
  };
}

/** One second for the whole city, after the signals have been set. */
export function stepAll(crew: Crew): void {
  const { worlds } = crew;
  const { scalars } = worlds[0]!.state;
  if (isSortDue(worlds[0]!)) {
    crew.run(PHASE.collectRecords);
    assignPlaces(worlds);
    crew.run(PHASE.placeRecords);
  }
  if (worlds.length > 1 && scalars[SCALAR.step]! % BALANCE_STEPS === 0) balanceShares(worlds);
  // A slot freed in this step is not given away before the next: whoever reads frames sees it empty once.
  scalars[SCALAR.freeUsable] = scalars[SCALAR.freeTop]!;
  scalars[SCALAR.vehicleSeconds] = scalars[SCALAR.vehicleSeconds]! + scalars[SCALAR.present]!;
  stepWalkers(worlds[0]!);
  crew.run(PHASE.plan);
  if (worlds.some(isAnyonePending)) crew.run(PHASE.decide);
  scalars[SCALAR.drove] = scalars[SCALAR.drove]! + 1;
  crew.run(PHASE.move);
  crew.run(PHASE.passFromLanes);
  crew.run(PHASE.passFromMovements);
  worlds[0]!.machine.phases.endPassing(worlds[0]!);
  crew.run(PHASE.noteChanges);
  crew.run(PHASE.applyChanges);
  for (const world of worlds) world.machine.phases.passAdvice(world);
  leaveBays(worlds[0]!);
  worlds[0]!.machine.phases.noteSpeeds(worlds[0]!);
  worlds[0]!.machine.phases.insertDue(worlds[0]!);
  scalars[SCALAR.timeMs] = scalars[SCALAR.timeMs]! + STEP_MS;
  scalars[SCALAR.step] = scalars[SCALAR.step]! + 1;
}
