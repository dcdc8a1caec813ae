import { drawUniform } from '../../units/random.ts';
import type { Outcome, Trial } from './evaluate.ts';
import { proposeMove, scaleGroup } from './moves.ts';
import type { Plan, SignalStages } from './timing.ts';

/** Everything a search moves in. */
export interface SearchSpace {
  readonly offers: readonly SignalStages[];
  /** Signals that share a cycle. */
  readonly groups: readonly (readonly number[])[];
  readonly neighbours: readonly (readonly number[])[];
  /** Vehicles loaded, the weight of one second of mean delay. */
  readonly vehicles: number;
}

export interface SearchOptions {
  /** New demands and seeds to compare plans under; every call gives others. */
  readonly draw: () => readonly Trial[];
  readonly run: (trial: Trial, plan: Plan, rival?: Outcome) => Promise<Outcome>;
  /** Runs, about at most. */
  readonly most: number;
  readonly seed: number;
}

/** Fresh demands and seeds after so many runs, so that a plan is not fitted to the ones it was found with. */
const REFRESH_RUNS = 150;
/** A gain must be so many standard errors to be believed, a loss so many for the trial to be broken off. */
const BELIEVE = 0.6;
const GIVE_UP = 0.3;
const GROUP_EVERY = 6;
/** A junction with nothing to move must not hold the search for ever. */
const TURNS_PER_RUN = 10;
const DRAW = { pick: 31, group: 32 } as const;

interface Incumbent {
  plan: Plan;
  trials: readonly Trial[];
  outcomes: Outcome[];
}

/**
 * Local search over splits, offsets, stage orders, stages and cycles with the engine as judge. Signals that do not touch
 * each other move at once, and each keeps its move by the delay around itself, compared run by run under the same demands
 * and seeds (common random numbers); a trial ends as soon as none looks better.
 */
export async function searchPlan(from: Plan, space: SearchSpace, options: SearchOptions): Promise<Plan> {
  const { most, draw, seed } = options;
  let runs = 0;
  const run = (trial: Trial, plan: Plan, rival?: Outcome): Promise<Outcome> => {
    runs++;
    return options.run(trial, plan, rival);
  };
  const start = async (plan: Plan): Promise<Incumbent> => {
    const trials = draw();
    const outcomes: Outcome[] = [];
    for (const trial of trials) outcomes.push(await run(trial, plan));
    return { plan, trials, outcomes };
  };
  let best = await start(from);
  let refreshed = 0;
  for (let turn = 0; runs < most && turn < TURNS_PER_RUN * most; turn++) {
    if (runs - refreshed > REFRESH_RUNS) {
      refreshed = runs;
      best = await start(best.plan);
    }
    const isGroup = turn % GROUP_EVERY === GROUP_EVERY - 1;
    const areas = isGroup ? pickGroup(space, seed, turn) : pickApart(space, best.plan, seed, turn);
    const moved = isGroup
      ? scaleGroup(best.plan, space.offers, areas[0]?.signals ?? [], seed, turn)
      : move(best.plan, space, areas, seed, turn);
    if (moved === null) continue;
    const tried = await compare(best, moved, areas, space, run);
    if (tried === null) continue;
    const { outcomes, kept } = tried;
    if (kept.length === areas.length) {
      best = { ...best, plan: moved, outcomes };
      continue;
    }
    const plan = best.plan.map((timing, s) => (kept.some(({ signals }) => signals.includes(s)) ? moved[s]! : timing));
    const again: Outcome[] = [];
    for (const trial of best.trials) again.push(await run(trial, plan));
    if (meanOf(again) <= meanOf(best.outcomes)) best = { ...best, plan, outcomes: again };
  }
  return best.plan;
}

/** Signals that move together and the signals around them by which the move is judged. */
interface Area {
  readonly signals: readonly number[];
  readonly around: readonly number[];
}

async function compare(
  best: Incumbent,
  plan: Plan,
  areas: readonly Area[],
  { vehicles, groups }: SearchSpace,
  run: (trial: Trial, plan: Plan, rival?: Outcome) => Promise<Outcome>,
): Promise<{ outcomes: Outcome[]; kept: Area[] } | null> {
  const outcomes: Outcome[] = [];
  const gains = areas.map((): number[] => []);
  const isAlone = groups.length === 1 && areas.length === 1;
  for (const [k, trial] of best.trials.entries()) {
    const before = best.outcomes[k]!;
    const outcome = await run(trial, plan, before);
    if (outcome.delayS === Number.POSITIVE_INFINITY) return null;
    outcomes.push(outcome);
    areas.forEach(({ around }, a) => {
      const total = before.delayS - outcome.delayS;
      const local = around.reduce((sum, s) => sum + before.atSignal[s]! - outcome.atSignal[s]!, 0) / vehicles;
      gains[a]!.push(isAlone ? total : local);
    });
    if (gains.every((list) => looksWorse(list))) return null;
  }
  const kept = areas.filter((_, a) => isBelieved(gains[a]!));
  const total = best.outcomes.reduce((sum, { delayS }, k) => sum + delayS - outcomes[k]!.delayS, 0);
  if (kept.length === 0 || (kept.length === areas.length && total <= 0)) return null;
  return { outcomes, kept };
}

function looksWorse(gains: readonly number[]): boolean {
  const { mean, error } = sumUp(gains);
  return gains.length === 1 ? mean < 0 : mean < -GIVE_UP * error || mean < 0;
}

function isBelieved(gains: readonly number[]): boolean {
  const { mean, error } = sumUp(gains);
  return mean > 0 && mean > BELIEVE * error;
}

function sumUp(values: readonly number[]): { mean: number; error: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, error: 0 };
  return { mean, error: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) / n) };
}

function meanOf(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((sum, { delayS }) => sum + delayS, 0) / outcomes.length;
}

function pickGroup({ groups, neighbours }: SearchSpace, seed: number, turn: number): Area[] {
  const signals = groups[Math.floor(drawUniform(seed, 0, turn, DRAW.group) * groups.length)] ?? [];
  return [{ signals, around: [...new Set(signals.flatMap((s) => [s, ...neighbours[s]!]))] }];
}

/** Signals in random order, each far enough from those before: what one does must not reach what another is judged by. */
function pickApart({ neighbours }: SearchSpace, plan: Plan, seed: number, turn: number): Area[] {
  const order = plan
    .flatMap((timing, s) => (timing === null ? [] : [{ s, key: drawUniform(seed, s, turn, DRAW.pick) }]))
    .sort((a, b) => a.key - b.key);
  const taken = new Set<number>();
  const areas: Area[] = [];
  for (const { s } of order) {
    const around = [s, ...neighbours[s]!];
    if (around.some((other) => taken.has(other))) continue;
    for (const other of around) taken.add(other);
    areas.push({ signals: [s], around });
  }
  return areas;
}

function move(plan: Plan, { offers, groups }: SearchSpace, areas: readonly Area[], seed: number, turn: number): Plan {
  const isShared = new Set(groups.filter((group) => group.length > 1).flat());
  const moved = [...plan];
  for (const { signals } of areas) {
    for (const s of signals) {
      const timing = plan[s];
      if (timing) moved[s] = proposeMove(offers[s]!, timing, isShared.has(s), seed, turn);
    }
  }
  return moved;
}
