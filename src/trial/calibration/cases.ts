import type { City, Program } from '../../city/city.ts';
import type { Scenario, Trip } from '../../demand/demand.ts';
import { drawUniform } from '../../units/random.ts';

/** Purposes of keyed draws. */
const DRAW = { split: 1, cycle: 2, offset: 3, keep: 4, shift: 5 } as const;
const SPLIT_RANGE = [0.6, 1.6] as const;
const CYCLE_RANGE = [0.75, 1.35] as const;
const LEAST_GREEN_S = 5;
/** Copies of a trip, where more demand is asked for, depart within this of the original. */
const SHIFT_MS = 60_000;

/** A plan and a demand of the scenario, as a scenario of its own. */
export interface PlanCase {
  readonly scenario: Scenario;
  /** Trips as a multiple of the scenario's. */
  readonly demand: number;
  readonly isLeftOut: boolean;
}

export interface CaseOptions {
  /** Plan 0 is the shipped one, the others are drawn. */
  readonly plans: number;
  /** Multiples of the scenario's demand. */
  readonly demands: readonly number[];
  readonly seed: number;
}

/**
 * Every plan under every demand, of vehicles: nobody walks in them. The last third of the plans is left out of the fit,
 * whatever the demand.
 */
export function listPlanCases(scenario: Scenario, { plans, demands, seed }: CaseOptions): PlanCase[] {
  const fitted = plans - Math.max(1, Math.floor(plans / 3));
  return Array.from({ length: plans }, (_, plan) => {
    const city = plan === 0 ? scenario.city : drawPlan(scenario.city, seed + plan);
    return demands.map((demand) => ({
      scenario: {
        ...scenario,
        city,
        demand: { types: scenario.demand.types, trips: scaleTrips(scenario, demand, seed + plan), walks: [] },
      },
      demand,
      isLeftOut: plan >= fitted,
    }));
  }).flat();
}

/** The city with other splits, cycles and offsets; stages, their order and the intergreens stay. */
function drawPlan(city: City, seed: number): City {
  const signals = city.signals.map((signal, index) => {
    const [program, ...others] = signal.programs;
    return program === undefined ? signal : { ...signal, programs: [drawProgram(program, index, seed), ...others] };
  });
  return { ...city, signals };
}

function drawProgram(program: Program, signal: number, seed: number): Program {
  const scale = between(CYCLE_RANGE, drawUniform(seed, signal, 0, DRAW.cycle));
  const phases = program.phases.map((phase, at) => {
    if (!/^[^yu]*[Gg][^yu]*$/.test(phase.state)) return phase;
    const split = between(SPLIT_RANGE, drawUniform(seed, signal, at, DRAW.split));
    const least = Math.min(phase.durationS, LEAST_GREEN_S);
    return { ...phase, durationS: Math.max(least, Math.round(phase.durationS * split * scale)) };
  });
  const cycleS = phases.reduce((sum, { durationS }) => sum + durationS, 0);
  return { ...program, offsetS: Math.floor(drawUniform(seed, signal, 0, DRAW.offset) * cycleS), phases };
}

function between([low, high]: readonly [number, number], share: number): number {
  return low + share * (high - low);
}

/** Trips thinned at random, or with copies that depart within a minute; drawn anew at every plan. */
function scaleTrips({ demand, endMs }: Scenario, factor: number, seed: number): Trip[] {
  const trips = demand.trips.flatMap((trip, index) => {
    const copies = Math.floor(factor) + (drawUniform(seed, index, 0, DRAW.keep) < factor % 1 ? 1 : 0);
    return Array.from({ length: copies }, (_, copy) => {
      const shiftMs = copy === 0 ? 0 : Math.floor(drawUniform(seed, index, copy, DRAW.shift) * SHIFT_MS);
      return { ...trip, departMs: Math.min(trip.departMs + shiftMs, endMs - 1) };
    });
  });
  return trips.sort((a, b) => a.departMs - b.departMs);
}
