import { setImmediate as nextTurn } from 'node:timers/promises';
import type { City } from '../../city/city.ts';
import type { Scenario } from '../../demand/demand.ts';
import { startEngineRun } from '../engine-run.ts';
import { MOVEMENT_MIN_VEHICLES, type MovementDelay } from '../result.ts';
import { round, sumUp } from '../vehicles.ts';
import { sampleDemand } from './flows.ts';

/** Mean delay over all loaded vehicles under the shipped plans and under the tuned ones, with 95 % intervals. */
export interface Effect {
  readonly shippedS: number;
  readonly tunedS: number;
  readonly tunedLowS: number;
  readonly tunedHighS: number;
  /** Delay saved, per cent of the shipped plans' delay. */
  readonly gain: number;
  readonly gainLow: number;
  readonly gainHigh: number;
}

/** One movement (road to next road) at a signal, vehicle by vehicle mean delay before and after. */
export interface MovementEffect {
  readonly from: string;
  readonly to: string;
  readonly vehicles: number;
  readonly shippedS: number;
  readonly tunedS: number;
}

export interface Assessment {
  readonly seeds: readonly [first: number, last: number];
  /** With the demand as it is, other seeds for the drivers. */
  readonly asGiven: Effect;
  /** With other days drawn from the demand, 0.9 to 1.1 times as much. */
  readonly otherDays: Effect;
  /** With the demand as it is; movements of at least ten vehicles, the greatest loser first. */
  readonly movements: readonly MovementEffect[];
}

export interface AssessOptions {
  /** Seeds and days that the search has not seen: this many of each. */
  readonly seeds: number;
  readonly firstSeed: number;
  readonly stop: AbortSignal;
  readonly onProgress: (share: number) => void;
}

const SPREAD = [0.9, 1, 1.1] as const;

/** Drives the shipped and the tuned city side by side on seeds and days that the search has not seen. */
export async function assess(
  scenario: Scenario,
  tuned: City,
  { seeds, firstSeed, stop, onProgress }: AssessOptions,
): Promise<Assessment> {
  const given: [number, number][] = [];
  const days: [number, number][] = [];
  const before = new MovementMeans();
  const after = new MovementMeans();
  for (let k = 0; k < seeds; k++) {
    const seed = firstSeed + k;
    const drive = async (city: City, sampled: boolean, means?: MovementMeans): Promise<number> => {
      await nextTurn();
      stop.throwIfAborted();
      const factor = SPREAD[k % SPREAD.length]!;
      const day = sampled ? sampleDemand(scenario, factor, seed) : scenario;
      const { street, finish } = startEngineRun({ ...day, city }, seed);
      while (street.timeMs < scenario.endMs) street.engine.step();
      const { vehicles, movements } = finish();
      means?.add(movements);
      return sumUp(vehicles).delayS;
    };
    given.push([await drive(scenario.city, false, before), await drive(tuned, false, after)]);
    days.push([await drive(scenario.city, true), await drive(tuned, true)]);
    onProgress((k + 1) / seeds);
  }
  return {
    seeds: [firstSeed, firstSeed + seeds - 1],
    asGiven: measure(given),
    otherDays: measure(days),
    movements: compareMovements(before, after, seeds),
  };
}

class MovementMeans {
  readonly sums = new Map<string, { from: string; to: string; vehicles: number; totalS: number }>();

  add(movements: readonly MovementDelay[]): void {
    for (const { from, to, vehicles, delayS } of movements) {
      const key = `${from} ${to}`;
      const sum = this.sums.get(key) ?? { from, to, vehicles: 0, totalS: 0 };
      sum.vehicles += vehicles;
      sum.totalS += vehicles * delayS;
      this.sums.set(key, sum);
    }
  }
}

function compareMovements(before: MovementMeans, after: MovementMeans, runs: number): MovementEffect[] {
  return [...before.sums]
    .flatMap(([key, { from, to, vehicles, totalS }]) => {
      const tuned = after.sums.get(key);
      if (tuned === undefined || vehicles / runs < MOVEMENT_MIN_VEHICLES) return [];
      return [
        {
          from,
          to,
          vehicles: Math.round(vehicles / runs),
          shippedS: round(totalS / vehicles),
          tunedS: round(tuned.totalS / tuned.vehicles),
        },
      ];
    })
    .sort((a, b) => b.tunedS - b.shippedS - (a.tunedS - a.shippedS));
}

function measure(pairs: readonly (readonly [shipped: number, tuned: number])[]): Effect {
  const shipped = interval(pairs.map(([a]) => a));
  const tuned = interval(pairs.map(([, b]) => b));
  const gain = interval(pairs.map(([a, b]) => (a > 0 ? (100 * (a - b)) / a : 0)));
  return {
    shippedS: round(shipped.mean),
    tunedS: round(tuned.mean),
    tunedLowS: round(tuned.low),
    tunedHighS: round(tuned.high),
    gain: round(gain.mean),
    gainLow: round(gain.low),
    gainHigh: round(gain.high),
  };
}

/** Two-sided 95 % quantiles of Student's t for 1, 2, ... degrees of freedom. */
const STUDENT = [
  12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.1, 2.09,
];
const NORMAL = 1.96;

/** Mean with its 95 % confidence interval (Student's t); the interval is the mean itself for a single value. */
export function interval(values: readonly number[]): { mean: number; low: number; high: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, low: mean, high: mean };
  const error = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) / n);
  const half = (STUDENT[n - 2] ?? NORMAL) * error;
  return { mean, low: mean - half, high: mean + half };
}
