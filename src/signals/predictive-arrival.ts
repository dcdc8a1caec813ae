import { VEHICLE_CLASSES, type VehicleClass } from '../city/city.ts';
import { MEAN_ACCEL_MPS2 } from '../street/loop-tracks.ts';
import type { Metres, MetresPerSecond, Seconds } from '../units/units.ts';

/** Long vehicles and bicycles speed up slower (buses: TCQSM, 3rd edition, about 1 m/s²). */
const SLOW_ACCEL_MPS2 = 0.9;
const SLOW: readonly VehicleClass[] = ['bus', 'truck', 'bicycle', 'tram', 'rail'];
/** 20 km/h on the flat (HBS 2015). */
const BICYCLE_MPS: MetresPerSecond = 5.6;

/** By index into VEHICLE_CLASSES: mean acceleration, and the speed that it does not exceed. */
export const ACCEL_OF: Float64Array = Float64Array.from(VEHICLE_CLASSES, (name) =>
  SLOW.includes(name) ? SLOW_ACCEL_MPS2 : MEAN_ACCEL_MPS2,
);
export const TOP_OF: Float64Array = Float64Array.from(VEHICLE_CLASSES, (name) =>
  name === 'bicycle' ? BICYCLE_MPS : Number.POSITIVE_INFINITY,
);

/** Seconds to a point `distanceM` ahead for a vehicle that speeds up freely to `topMps`. */
export function arrivalTime(
  distanceM: Metres,
  speedMps: MetresPerSecond,
  topMps: MetresPerSecond,
  accelMps2: number,
): Seconds {
  if (distanceM <= 0) return 0;
  if (speedMps >= topMps) return distanceM / speedMps;
  const speedUpM = (topMps * topMps - speedMps * speedMps) / (2 * accelMps2);
  if (distanceM <= speedUpM) return (Math.sqrt(speedMps * speedMps + 2 * accelMps2 * distanceM) - speedMps) / accelMps2;
  return (topMps - speedMps) / accelMps2 + (distanceM - speedUpM) / topMps;
}
