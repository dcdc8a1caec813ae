import type { Seconds } from '../units/units.ts';
import type { Scenario, VehicleType } from './demand.ts';

/**
 * What a calibration changes about how vehicles drive: factors on the types' own values (and seconds on top of the start-up
 * delay, which is 0 for most), so that a lorry stays slower than a car and a calibration can be tried on another scenario.
 */
export interface DrivingChange {
  /** On the desired headway: the saturation flow of a queue. */
  readonly tau: number;
  /** On the greatest acceleration: how a queue starts, and what a stop costs. */
  readonly accel: number;
  /** On the mean individual speed factor: travel time on an empty road. */
  readonly speedFactor: number;
  /** On the gap at a standstill: how long a queue of so many vehicles is. */
  readonly minGap: number;
  /** Added to the delay of every start: lost time at the beginning of green. */
  readonly startupDelayS: Seconds;
}

export const UNCALIBRATED: DrivingChange = { tau: 1, accel: 1, speedFactor: 1, minGap: 1, startupDelayS: 0 };

export interface Calibration {
  readonly change: DrivingChange;
  /** Ids of the vehicle types it is for; null for all. */
  readonly types: readonly string[] | null;
}

/** The scenario with calibrated vehicle types; its trips and city are the same objects. */
export function applyCalibration(scenario: Scenario, calibration: Calibration): Scenario {
  const { demand } = scenario;
  const only = calibration.types === null ? null : new Set(calibration.types);
  const types = demand.types.map((type) =>
    only === null || only.has(type.id) ? changeType(type, calibration.change) : type,
  );
  return { ...scenario, demand: { ...demand, types } };
}

function changeType(type: VehicleType, change: DrivingChange): VehicleType {
  const startupDelayS = (type.startupDelayS ?? 0) + change.startupDelayS;
  return {
    ...type,
    tauS: type.tauS * change.tau,
    accelMps2: type.accelMps2 * change.accel,
    speedFactor: type.speedFactor * change.speedFactor,
    minGapM: type.minGapM * change.minGap,
    ...(startupDelayS > 0 ? { startupDelayS } : {}),
  };
}
