import type { VehicleType } from './demand.ts';

const BASE = {
  minGapM: 2.5,
  tauS: 1,
  sigma: 0.5,
  speedFactor: 1,
  speedFactorMin: 0.2,
  speedFactorMax: 2,
  emergencyDecelMps2: 9,
} as const;

/** Kinds of vehicle in a city's traffic with SUMO's class defaults, and each kind's share of the traffic. */
export const FLEET: readonly { readonly share: number; readonly type: VehicleType }[] = [
  {
    share: 0.81,
    type: {
      ...BASE,
      id: 'car',
      kind: 'car',
      lengthM: 5,
      widthM: 1.8,
      accelMps2: 2.6,
      decelMps2: 4.5,
      maxSpeedMps: 55.55,
      speedDev: 0.1,
    },
  },
  {
    share: 0.08,
    type: {
      ...BASE,
      id: 'taxi',
      kind: 'taxi',
      lengthM: 5,
      widthM: 1.8,
      accelMps2: 2.6,
      decelMps2: 4.5,
      maxSpeedMps: 55.55,
      speedDev: 0.1,
    },
  },
  {
    share: 0.05,
    type: {
      ...BASE,
      id: 'delivery',
      kind: 'delivery',
      lengthM: 6.5,
      widthM: 2.16,
      accelMps2: 2.6,
      decelMps2: 4.5,
      maxSpeedMps: 55.55,
      speedDev: 0.05,
    },
  },
  {
    share: 0.035,
    type: {
      ...BASE,
      id: 'bus',
      kind: 'bus',
      lengthM: 12,
      widthM: 2.5,
      accelMps2: 1.2,
      decelMps2: 4,
      emergencyDecelMps2: 7,
      maxSpeedMps: 23.61,
      speedDev: 0,
    },
  },
  {
    share: 0.025,
    type: {
      ...BASE,
      id: 'truck',
      kind: 'truck',
      lengthM: 7.1,
      widthM: 2.4,
      accelMps2: 1.3,
      decelMps2: 4,
      emergencyDecelMps2: 7,
      maxSpeedMps: 36.11,
      speedDev: 0.05,
    },
  },
];
