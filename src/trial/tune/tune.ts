import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Program } from '../../city/city.ts';
import type { Scenario } from '../../demand/demand.ts';
import type { Seconds } from '../../units/units.ts';
import { type Protocol, rulesAt } from '../protocol.ts';
import { type Outcome, Trial } from './evaluate.ts';
import { countTurns, type LaneLoad, loadLanes, sampleDemand, saturationOf } from './flows.ts';
import { groupSignals, listNeighbours, listStreams, type Stream } from './groups.ts';
import { alignOffsets } from './offsets.ts';
import { type SearchSpace, searchPlan } from './search.ts';
import { findSplits, loadSolver } from './splits.ts';
import { findUnsafe, listStages, type Plan, writeProgram } from './timing.ts';

/** Cycles to begin with. */
const CYCLES_S: readonly Seconds[] = [24, 28, 32, 36, 42, 48, 56, 64, 72, 84, 96, 110, 124];
/**
 * Demands as a multiple of the scenario's under which plans are compared; the first one is the scenario's own. More than
 * expected weighs more than less: a plan at the edge of what it can carry is worth little on a worse day.
 */
const FACTORS = [1, 1.05, 1.1, 0.95, 1.15, 1.05] as const;
/** Of more trips than this fewer demands are kept in memory. */
const MANY_TRIPS = 20_000;
const FEW_FACTORS = 2;
const STARTS = 3;
/** Share of the runs that the search from each start gets before the best one goes on. */
const START_SHARE = 0.12;
/** A usual search: vehicle-seconds to simulate, and runs at least and at most. */
const USUAL_VEHICLE_S = 4e8;
const LEAST_RUNS = 100;
const MOST_RUNS = 1500;
/** Speed at the stop line of a discharging queue. */
const QUEUE_MPS = 13.9;

export interface TuneOptions {
  readonly rules: Protocol;
  /** Runs of the engine, about this many; null for as many as the size of the scenario suggests. */
  readonly runs: number | null;
  readonly seed: number;
  readonly stop: AbortSignal;
  readonly onProgress: (share: number, delayS: number) => void;
}

export interface Tuned {
  /** The plan found; no timing at all where none does better than the shipped programs. */
  readonly plan: Plan;
  /** By signal; null where the shipped one stays. */
  readonly programs: readonly (Program | null)[];
  readonly space: SearchSpace;
  readonly streams: readonly Stream[];
  readonly runs: number;
}

/**
 * Finds a fixed-time plan for every signal of a scenario with traffic and at least two stages: cycle, splits, stage order and offsets.
 * Starts come from the Highway Capacity Manual's delay (splits.ts) and platoons between signals (offsets.ts); the search
 * over them has our engine as judge, on demands drawn anew all the time. Deterministic in scenario and options.
 */
export async function tunePlan(scenario: Scenario, options: TuneOptions): Promise<Tuned> {
  const { city, demand, beginMs, endMs } = scenario;
  const offers = city.signals.map((_, signal) => listStages(city, signal, rulesAt(options.rules, signal)));
  const flow = countTurns(city, demand, beginMs, endMs);
  const saturationPerH = saturationOf(demand.types, demand.trips, QUEUE_MPS);
  const loads = offers.map((offer) => loadLanes(city, offer, flow, saturationPerH));
  const hasTraffic = (signal: number) => loads[signal]!.some(({ ratio }) => ratio > 0);
  const chosen = offers.flatMap(({ signal, stages }) => (stages.length > 1 && hasTraffic(signal) ? [signal] : []));
  const streams = listStreams(city, demand);
  const neighbours = listNeighbours(city.signals.length, streams);
  const groups = groupSignals(chosen, neighbours);
  const space: SearchSpace = { offers, groups, neighbours, vehicles: demand.trips.length };
  const factors = demand.trips.length > MANY_TRIPS ? FACTORS.slice(0, FEW_FACTORS) : FACTORS;
  let drawn = options.seed * 100_000;
  const draw = () =>
    factors.map((factor, k) => new Trial(k === 0 ? scenario : sampleDemand(scenario, factor, ++drawn), ++drawn));
  const judges = [...draw(), ...draw()];
  const shipped = judges.map((judge) => judge.run(null, offers));
  const usual = USUAL_VEHICLE_S / Math.max(1, shipped[0]!.vehicleSeconds);
  const most = options.runs ?? Math.round(Math.min(MOST_RUNS, Math.max(LEAST_RUNS, usual)));
  let runs = 0;
  let lastS = shipped[0]!.delayS;
  const run = async (trial: Trial, plan: Plan, rival?: Outcome) => {
    await nextTurn();
    options.stop.throwIfAborted();
    const outcome = trial.run(plan, offers, rival);
    lastS = Number.isFinite(outcome.delayS) ? outcome.delayS : lastS;
    options.onProgress(Math.min(1, ++runs / most), lastS);
    return outcome;
  };
  const judge = async (plan: Plan): Promise<number> => {
    let sum = 0;
    for (const trial of judges) sum += (await run(trial, plan)).delayS;
    return sum / judges.length;
  };
  const search = (from: Plan, seed: number, mostRuns: number) =>
    searchPlan(from, space, { draw, run, most: mostRuns, seed: options.seed * 100 + seed });

  const candidates = await findStarts(scenario, space, loads, streams, (plan, rival) => run(judges[0]!, plan, rival));
  let best: { plan: Plan; delayS: number } | null = null;
  for (const [rank, candidate] of candidates.entries()) {
    const plan = await search(candidate, rank, Math.round(most * START_SHARE));
    const delayS = await judge(plan);
    if (best === null || delayS < best.delayS) best = { plan, delayS };
  }
  const nothing = { plan: offers.map(() => null), programs: offers.map(() => null), space, streams, runs };
  if (best === null) return nothing;
  const last = await search(best.plan, STARTS, Math.max(1, most - runs));
  const finalS = await judge(last);
  const { plan, delayS } = finalS < best.delayS ? { plan: last, delayS: finalS } : best;
  if (delayS >= shipped.reduce((sum, outcome) => sum + outcome.delayS, 0) / shipped.length) return { ...nothing, runs };
  const programs = plan.map((timing, signal) => {
    if (timing === null) return null;
    const program = writeProgram(offers[signal]!, timing);
    const why = findUnsafe(city, signal, program);
    if (why !== null) throw new Error(`plan of signal ${city.signals[signal]?.id}: ${why}`);
    return program;
  });
  return { plan, programs, space, streams, runs };
}

/** Plans to start from, the best first: each group of signals with the cycle that suits it, by one run of each. */
async function findStarts(
  { city, beginMs, endMs }: Scenario,
  { offers, groups }: SearchSpace,
  loads: readonly (readonly LaneLoad[])[],
  streams: readonly Stream[],
  run: (plan: Plan, rival?: Outcome) => Promise<Outcome>,
): Promise<Plan[]> {
  const solver = await loadSolver();
  const chosen = new Set(groups.flat());
  const starts = groups.map((): { plan: Plan; cycleS: Seconds; delayS: number }[] => []);
  let best: Outcome | undefined;
  for (const cycleS of CYCLES_S) {
    for (const all of [false, true]) {
      const split = offers.map((offer, s) =>
        chosen.has(s) ? findSplits(solver, offer, loads[s]!, cycleS, all) : null,
      );
      if (split.every((timing) => timing === null)) continue;
      const aligned = alignOffsets(city, offers, split, streams, (endMs - beginMs) / 1000);
      for (const plan of streams.length > 0 ? [split, aligned] : [split]) {
        const outcome = await run(plan, groups.length === 1 ? best : undefined);
        if (outcome.delayS === Number.POSITIVE_INFINITY) continue;
        if (best === undefined || outcome.delayS < best.delayS) best = outcome;
        groups.forEach((group, g) => {
          if (group.some((s) => plan[s] === null)) return;
          const around = group.reduce((sum, s) => sum + outcome.atSignal[s]!, 0);
          starts[g]!.push({ plan, cycleS, delayS: groups.length === 1 ? outcome.delayS : around });
        });
      }
    }
  }
  const ranked = starts.map((list) => keepBestOfEachCycle(list.sort((a, b) => a.delayS - b.delayS)));
  const most = Math.min(STARTS, Math.max(...ranked.map((list) => list.length), 0));
  return Array.from({ length: most }, (_, rank): Plan => {
    const plan: Plan[number][] = offers.map(() => null);
    groups.forEach((group, g) => {
      const start = ranked[g]![Math.min(rank, ranked[g]!.length - 1)];
      for (const s of group) plan[s] = start?.plan[s] ?? null;
    });
    return plan;
  });
}

/** Starts that differ: the search changes splits sooner than the cycle. */
function keepBestOfEachCycle<T extends { readonly cycleS: Seconds }>(sorted: readonly T[]): T[] {
  return sorted.filter(({ cycleS }, k) => sorted.findIndex((other) => other.cycleS === cycleS) === k);
}
