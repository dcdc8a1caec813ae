import { median } from '../statistics.ts';
import type { Cell, Tally } from './cells.ts';

/** Customary bounds of a good fit: GEH below 5, travel times within 15 % (DMRB, UK Highways Agency). */
const GEH_BOUND = 5;
const TRAVEL_BOUND = 0.15;
/** In units of its bound, no single cell counts for more: one jam must not decide a fit. */
const MOST = 4;
const HOUR_MS = 3_600_000;

/** Difference of two hourly flows by Geoffrey E. Havers' formula; 0 for two empty ones. */
export function geh(flow: number, measured: number): number {
  const sum = flow + measured;
  return sum > 0 ? Math.sqrt((2 * (flow - measured) ** 2) / sum) : 0;
}

/** What a prediction says of one cell; NaN for nothing. */
export interface Prediction {
  readonly vehicles: number;
  readonly travelS: number;
}

/** Mean over `runs` runs added to one tally. */
export function predictionOf(tally: Tally, runs: number): (index: number) => Prediction {
  return (index) => ({
    vehicles: (tally.vehicles[index] ?? 0) / runs,
    travelS: (tally.travelS[index] ?? 0) / (tally.timed[index] ?? 0),
  });
}

/** One measured value beside its prediction. */
export interface Comparison {
  readonly geh: number | null;
  /** Predicted over measured travel time, less 1; null when not measured, NaN when nobody drove there. */
  readonly travelOff: number | null;
  /** Vehicles that stand behind the travel time. */
  readonly weight: number;
}

export function compareCell(cell: Cell, { vehicles, travelS }: Prediction): Comparison {
  const hours = (cell.endMs - cell.beginMs) / HOUR_MS;
  return {
    geh: cell.vehicles === null ? null : geh(vehicles / hours, cell.vehicles / hours),
    travelOff: cell.travelS === null ? null : travelS / cell.travelS - 1,
    weight: Math.max(1, cell.vehicles ?? 1),
  };
}

export interface Errors {
  /** Mean error in units of its customary bound, of counts and of travel times alike; 1 is just good enough. */
  readonly score: number;
  readonly countCells: number;
  readonly meanGeh: number | null;
  /** Share of counts with GEH below 5. */
  readonly gehWithin: number | null;
  readonly travelCells: number;
  /** Median of the relative travel time error without its sign, and the mean with it, by vehicles. */
  readonly travelMedian: number | null;
  readonly travelBias: number | null;
  /** Share of travel times within 15 %. */
  readonly travelWithin: number | null;
}

/** Sums up comparisons; a travel time for which the prediction has no vehicle counts as the worst. */
export function sumUpErrors(comparisons: readonly Comparison[]): Errors {
  const gehs = comparisons.map((one) => one.geh).filter((value) => value !== null);
  const timed = comparisons.flatMap(({ travelOff, weight }) => (travelOff === null ? [] : [{ travelOff, weight }]));
  const known = timed.filter(({ travelOff }) => Number.isFinite(travelOff));
  const countPart = gehs.length === 0 ? null : mean(gehs.map((value) => bounded(value / GEH_BOUND)));
  const travelPart =
    timed.length === 0
      ? null
      : weighted(timed.map(({ travelOff, weight }) => [bounded(travelOff / TRAVEL_BOUND), weight]));
  const parts = [countPart, travelPart].filter((part) => part !== null);
  return {
    score: mean(parts),
    countCells: gehs.length,
    meanGeh: gehs.length === 0 ? null : mean(gehs),
    gehWithin: gehs.length === 0 ? null : mean(gehs.map((value) => (value < GEH_BOUND ? 1 : 0))),
    travelCells: timed.length,
    travelMedian: known.length === 0 ? null : median(known.map(({ travelOff }) => Math.abs(travelOff))),
    travelBias: known.length === 0 ? null : weighted(known.map(({ travelOff, weight }) => [travelOff, weight])),
    travelWithin:
      timed.length === 0 ? null : mean(timed.map(({ travelOff }) => (Math.abs(travelOff) <= TRAVEL_BOUND ? 1 : 0))),
  };
}

function bounded(value: number): number {
  return Number.isFinite(value) ? Math.min(MOST, Math.abs(value)) : MOST;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function weighted(values: readonly (readonly [number, number])[]): number {
  const total = values.reduce((sum, [, weight]) => sum + weight, 0);
  return values.reduce((sum, [value, weight]) => sum + value * weight, 0) / total;
}
