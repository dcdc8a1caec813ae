import type { Scenario, VehicleType } from './demand.ts';

/**
 * What a calibration changes about how vehicles drive: factors on the types' own values, so that a lorry stays slower
 * than a car and a calibration of one scenario can be tried on another.
 */
export interface DrivingFactors {
  /** On the desired headway: the saturation flow of a queue. */
  readonly tau: number;
  /** On the greatest acceleration: how a queue starts, and what a stop costs. */
  readonly accel: number;
  /** On the mean individual speed factor: travel time on an empty road. */
  readonly speedFactor: number;
  /** On the gap at a standstill: how long a queue of so many vehicles is. */
  readonly minGap: number;
}

export const UNCALIBRATED: DrivingFactors = { tau: 1, accel: 1, speedFactor: 1, minGap: 1 };

export interface Calibration {
  readonly factors: DrivingFactors;
  /** Ids of the vehicle types it is for; null for all. */
  readonly types: readonly string[] | null;
}

/** The scenario with calibrated vehicle types; its trips and city are the same objects. */
export function applyCalibration(scenario: Scenario, calibration: Calibration): Scenario {
  const { demand } = scenario;
  const only = calibration.types === null ? null : new Set(calibration.types);
  const types = demand.types.map((type) =>
    only === null || only.has(type.id) ? scaleType(type, calibration.factors) : type,
  );
  return { ...scenario, demand: { ...demand, types } };
}

function scaleType(type: VehicleType, factors: DrivingFactors): VehicleType {
  return {
    ...type,
    tauS: type.tauS * factors.tau,
    accelMps2: type.accelMps2 * factors.accel,
    speedFactor: type.speedFactor * factors.speedFactor,
    minGapM: type.minGapM * factors.minGap,
  };
}
