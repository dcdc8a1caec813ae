import { UrbaneError } from '../units/errors.ts';

/**
 * Which stage may come after which, by phase index: a real controller may bind us to its sequence or to its rings and
 * barriers. A signal without one may show its stages in any order.
 */
export interface StageOrder {
  /** In words, for messages and the page: "fixed order", "dual ring". */
  readonly name: string;
  readonly mayFollow: ReadonlyMap<number, readonly number[]>;
  /** A round that serves everybody, each allowed after the one before: the way taken when something is forced. */
  readonly round: readonly number[];
}

/**
 * The stages one after another; those in `skippable` may be left out when nobody needs them. A stage that may not be
 * skipped is reached before any behind it.
 */
export function fixedOrder(stages: readonly number[], skippable: readonly number[] = []): StageOrder {
  const mayFollow = new Map<number, number[]>();
  stages.forEach((stage, place) => {
    const next: number[] = [];
    for (let k = 1; k < stages.length; k++) {
      const other = stages[(place + k) % stages.length];
      if (other === undefined) break;
      next.push(other);
      if (!skippable.includes(other)) break;
    }
    mayFollow.set(stage, next);
  });
  return { name: skippable.length > 0 ? 'fixed order with skips' : 'fixed order', mayFollow, round: stages };
}

/** One stage of a dual-ring controller: what each ring shows, and on which side of the barriers. */
export interface RingStage {
  /** Phase index of the program that shows both. */
  readonly stage: number;
  /** Places in the sequence of ring 1 and of ring 2, counted within the side. */
  readonly places: readonly [number, number];
  /** Barrier group, 0, 1, ...: both rings are always in the same one. */
  readonly side: number;
}

/**
 * Rings and barriers (NEMA TS 2): within a side each ring goes forward by itself, leaving out what nobody needs; over a
 * barrier, to the next side, both go together. `round` is the longest way forward through every side. Throws UrbaneError
 * `bad-input` without two sides or when two stages stand at the same places.
 */
export function dualRing(stages: readonly RingStage[]): StageOrder {
  const sides = [...new Set(stages.map(({ side }) => side))].sort((a, b) => a - b);
  if (sides.length < 2)
    throw new UrbaneError('bad-input', `Rings need barriers: all ${stages.length} stages are on one side.`);
  const ordered = [...stages].sort((a, b) => a.side - b.side || sum(a) - sum(b) || a.places[0] - b.places[0]);
  ordered.forEach((one, k) => {
    const other = ordered[k + 1];
    if (
      other !== undefined &&
      one.side === other.side &&
      one.places.every((place, ring) => place === other.places[ring])
    )
      throw new UrbaneError('bad-input', `Stages ${one.stage} and ${other.stage} show the same of both rings.`);
  });
  const mayFollow = new Map<number, number[]>();
  for (const from of ordered) {
    const nextSide = sides[(sides.indexOf(from.side) + 1) % sides.length];
    const next = ordered.filter((to) => {
      if (to === from) return false;
      if (to.side === from.side) return to.places[0] >= from.places[0] && to.places[1] >= from.places[1];
      return to.side === nextSide;
    });
    mayFollow.set(
      from.stage,
      next.map(({ stage }) => stage),
    );
  }
  return { name: 'dual ring', mayFollow, round: longWay(ordered, sides) };
}

const sum = ({ places }: RingStage): number => places[0] + places[1];

/** In every side the stages in which neither ring goes back, taken greedily from the first. */
function longWay(ordered: readonly RingStage[], sides: readonly number[]): number[] {
  return sides.flatMap((side) => {
    const way: RingStage[] = [];
    for (const stage of ordered.filter((each) => each.side === side)) {
      const last = way[way.length - 1];
      if (last === undefined || (stage.places[0] >= last.places[0] && stage.places[1] >= last.places[1]))
        way.push(stage);
    }
    return way.map(({ stage }) => stage);
  });
}

/** The stage to ask for next on the shortest allowed way from one stage to another; `to` itself where no order is given. */
export function stepTowards(order: StageOrder | null, from: number, to: number): number {
  if (order === null || from === to) return to;
  const first = new Map<number, number>();
  let reached = (order.mayFollow.get(from) ?? []).map((stage) => ({ stage, by: stage }));
  while (reached.length > 0) {
    const next: { stage: number; by: number }[] = [];
    for (const { stage, by } of reached) {
      if (stage === to) return by;
      if (first.has(stage)) continue;
      first.set(stage, by);
      for (const beyond of order.mayFollow.get(stage) ?? []) next.push({ stage: beyond, by });
    }
    reached = next;
  }
  return from;
}
