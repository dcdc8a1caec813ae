import type { Seconds } from '../units/units.ts';
import { DEPARTURE_BIN_S, MOVEMENT_MIN_VEHICLES, type MovementDelay, type RunDetail } from './result.ts';

/** One loaded vehicle's outcome, from either simulator. */
export interface VehicleOutcome {
  /** When it wanted to depart, from the start of the window. */
  readonly wantedS: Seconds;
  readonly departDelayS: Seconds;
  readonly durationS: Seconds;
  readonly timeLossS: Seconds;
  readonly waitingS: Seconds;
  readonly stops: number;
  readonly inserted: boolean;
  readonly arrived: boolean;
}

/** The figures of a run over all its loaded vehicles. */
export interface VehicleFigures {
  readonly delayS: number;
  readonly doorToDoorS: number;
  readonly waitingS: number;
  readonly stops: number;
  readonly loaded: number;
  readonly arrived: number;
  readonly neverInserted: number;
}

/** Means over all loaded vehicles (BENCHMARKS: a vehicle never inserted counts with its departure delay). */
export function sumUp(vehicles: readonly VehicleOutcome[]): VehicleFigures {
  const loaded = vehicles.length;
  const mean = (of: (vehicle: VehicleOutcome) => number) =>
    loaded === 0 ? 0 : vehicles.reduce((sum, vehicle) => sum + of(vehicle), 0) / loaded;
  return {
    delayS: mean(delayOf),
    doorToDoorS: mean((vehicle) => vehicle.durationS + vehicle.departDelayS),
    waitingS: mean((vehicle) => vehicle.waitingS),
    stops: mean((vehicle) => vehicle.stops),
    loaded,
    arrived: vehicles.filter((vehicle) => vehicle.arrived).length,
    neverInserted: vehicles.filter((vehicle) => !vehicle.inserted).length,
  };
}

function delayOf(vehicle: VehicleOutcome): number {
  return vehicle.timeLossS + vehicle.departDelayS;
}

/** Percentiles of the vehicles' delays and their means by wanted departure. */
export function spread(
  vehicles: readonly VehicleOutcome[],
): Pick<RunDetail, 'delayPercentilesS' | 'delayByDepartureS'> {
  const delays = vehicles.map(delayOf).sort((a, b) => a - b);
  const delayPercentilesS = Array.from({ length: 101 }, (_, p) =>
    round(delays[Math.round((p / 100) * (delays.length - 1))] ?? 0),
  );
  const sums: { total: number; count: number }[] = [];
  for (const vehicle of vehicles) {
    const bin = Math.max(0, Math.floor(vehicle.wantedS / DEPARTURE_BIN_S));
    while (sums.length <= bin) sums.push({ total: 0, count: 0 });
    const sum = sums[bin];
    if (!sum) continue;
    sum.total += delayOf(vehicle);
    sum.count++;
  }
  return {
    delayPercentilesS,
    delayByDepartureS: sums.map(({ total, count }) => (count === 0 ? null : round(total / count))),
  };
}

/** Movements worst first, those with too few vehicles left out. */
export function rankMovements(movements: readonly MovementDelay[]): MovementDelay[] {
  return movements.filter(({ vehicles }) => vehicles >= MOVEMENT_MIN_VEHICLES).sort((a, b) => b.delayS - a.delayS);
}

/** To a hundredth: finer is noise in a report. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
