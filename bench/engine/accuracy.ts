import { median } from '../../src/trial/statistics.ts';
import type { EngineRun } from './run.ts';
import { mean, quantile, standardError } from './statistics.ts';

/** Links with fewer vehicles an hour in the reference are not compared. */
const LEAST_PER_HOUR = 50;
/** Undersaturated rows: door-to-door within this share, or twice the reference's standard error if that is more. */
const DOOR_BOUND = 0.03;
/** Oversaturated rows: arrived vehicles within this share, delays not judged. */
const ARRIVED_BOUND = 0.05;
/** Speeds are compared only when as many vehicles are on the network, within this share. */
export const PRESENT_BOUND = 0.03;

export interface Accuracy {
  readonly doorS: number;
  readonly referenceDoorS: number;
  readonly referenceErrorS: number;
  /** Shares: (ours - reference) / reference. */
  readonly doorOff: number;
  readonly arrivedOff: number;
  readonly presentOff: number;
  /** Share within which the judged figure must lie. */
  readonly bound: number;
  readonly isWithin: boolean;
  /** Of the mean travel times of the links compared, as shares; NaN when there are none. */
  readonly linkMedian: number;
  readonly linkP90: number;
  readonly links: number;
}

/** Ours against SUMO's, each a list of runs over seeds (BENCHMARKS.md section 2). */
export function judgeAccuracy(
  ours: readonly EngineRun[],
  reference: readonly EngineRun[],
  { isSaturated, windowS }: { readonly isSaturated: boolean; readonly windowS: number },
): Accuracy {
  const off = (of: (run: EngineRun) => number) => {
    const middle = mean(reference.map(of));
    return middle === 0 ? 0 : mean(ours.map(of)) / middle - 1;
  };
  const referenceDoors = reference.map((run) => run.doorToDoorS);
  const referenceDoorS = mean(referenceDoors);
  const referenceErrorS = standardError(referenceDoors);
  const noise = Number.isNaN(referenceErrorS) ? 0 : (2 * referenceErrorS) / referenceDoorS;
  const doorOff = off((run) => run.doorToDoorS);
  const arrivedOff = off((run) => run.arrived);
  const bound = isSaturated ? ARRIVED_BOUND : Math.max(DOOR_BOUND, noise);
  const errors = compareLinks(ours, reference, (LEAST_PER_HOUR * windowS) / 3600);
  return {
    doorS: mean(ours.map((run) => run.doorToDoorS)),
    referenceDoorS,
    referenceErrorS,
    doorOff,
    arrivedOff,
    presentOff: off((run) => run.vehicleSeconds),
    bound,
    isWithin: Math.abs(isSaturated ? arrivedOff : doorOff) <= bound,
    linkMedian: median(errors),
    linkP90: quantile(errors, 0.9),
    links: errors.length,
  };
}

/** Errors of the mean travel time, as shares, over the links with enough vehicles per run in the reference. */
export function compareLinks(ours: readonly EngineRun[], reference: readonly EngineRun[], least: number): number[] {
  const [mine, theirs] = [gather(ours), gather(reference)];
  return [...theirs].flatMap(([id, { vehicles, seconds }]) => {
    if (vehicles / reference.length < least || seconds === 0) return [];
    const own = mine.get(id);
    if (own === undefined) return [1];
    return [Math.abs(own.seconds / own.vehicles / (seconds / vehicles) - 1)];
  });
}

function gather(runs: readonly EngineRun[]): Map<string, { vehicles: number; seconds: number }> {
  const sums = new Map<string, { vehicles: number; seconds: number }>();
  for (const { links } of runs) {
    for (const [id, [vehicles, seconds]] of Object.entries(links)) {
      const sum = sums.get(id);
      if (sum) {
        sum.vehicles += vehicles;
        sum.seconds += seconds;
      } else sums.set(id, { vehicles, seconds });
    }
  }
  return sums;
}
