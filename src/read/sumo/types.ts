import type { VehicleClass } from '../../city/city.ts';
import type { IdmParameters, LaneChangeWill, VehicleType } from '../../demand/demand.ts';
import type { ReportBuilder } from '../report.ts';
import { findKind } from './classes.ts';
import type { Element } from './xml.ts';

/** A class's defaults: length, minGap, maxSpeed (m/s), width, accel, decel, emergencyDecel, sigma, speedDev. */
type Defaults = readonly [number, number, number, number, number, number, number, number, number];

const KMH = 1 / 3.6;
const CAR: Defaults = [5, 2.5, 200 * KMH, 1.8, 2.6, 4.5, 9, 0.5, 0.1];
const PLAIN: Defaults = [5, 2.5, 200 * KMH, 1.8, 2.6, 4.5, 9, 0.5, 0];

/**
 * SUMO 1.15's defaults per vClass, as its TraCI gives them (docs: Vehicle_Type_Parameter_Defaults). Riders' maxSpeed is
 * SUMO's desiredMaxSpeed, which is lower and decides.
 */
const DEFAULTS: Readonly<Record<string, Defaults>> = {
  passenger: CAR,
  private: CAR,
  vip: CAR,
  hov: CAR,
  custom1: CAR,
  custom2: CAR,
  evehicle: CAR,
  taxi: [5, 2.5, 200 * KMH, 1.8, 2.6, 4.5, 9, 0.5, 0.05],
  bus: [12, 2.5, 100 * KMH, 2.5, 1.2, 4, 7, 0.5, 0],
  coach: [14, 2.5, 100 * KMH, 2.6, 2, 4, 7, 0.5, 0.05],
  truck: [7.1, 2.5, 130 * KMH, 2.4, 1.3, 4, 7, 0.5, 0.05],
  trailer: [16.5, 2.5, 130 * KMH, 2.55, 1.1, 4, 7, 0.5, 0.05],
  delivery: [6.5, 2.5, 200 * KMH, 2.16, 2.6, 4.5, 9, 0.5, 0.05],
  emergency: [6.5, 2.5, 200 * KMH, 2.16, 2.6, 4.5, 9, 0.5, 0],
  motorcycle: [2.2, 2.5, 200 * KMH, 0.9, 6, 10, 10, 0.5, 0.1],
  moped: [2.1, 2.5, 60 * KMH, 0.78, 1.1, 7, 10, 0.5, 0.1],
  bicycle: [1.6, 0.5, 20 * KMH, 0.65, 1.2, 3, 7, 0.5, 0.1],
  scooter: [1.6, 0.5, 20 * KMH, 0.5, 1.2, 3, 7, 0.5, 0.1],
  pedestrian: [0.215, 0.25, 5 * KMH, 0.478, 1.5, 2, 5, 0.5, 0.1],
  tram: [22, 2.5, 80 * KMH, 2.4, 1, 3, 7, 0, 0],
  rail_urban: [109.5, 5, 100 * KMH, 3, 1, 3, 7, 0, 0],
  rail: [135, 5, 160 * KMH, 2.84, 0.25, 1.3, 5, 0, 0],
  rail_electric: [200, 5, 220 * KMH, 2.95, 0.5, 1.3, 5, 0, 0],
  rail_fast: [200, 5, 330 * KMH, 2.95, 0.5, 1.3, 5, 0, 0],
};

/** SUMO's types that need no definition, with their class. */
export const BUILT_IN_TYPES: Readonly<Record<string, string>> = {
  DEFAULT_VEHTYPE: 'passenger',
  DEFAULT_TAXITYPE: 'taxi',
  DEFAULT_BIKETYPE: 'bicycle',
  DEFAULT_PEDTYPE: 'pedestrian',
  DEFAULT_RAILTYPE: 'rail',
};

/** In the order of `LaneChangeWill`. */
const LANE_CHANGES = ['lcStrategic', 'lcCooperative', 'lcSpeedGain', 'lcKeepRight', 'lcAssertive'] as const;

const READ = new Set<string>([
  'id',
  'vClass',
  'length',
  'width',
  'minGap',
  'accel',
  'decel',
  'emergencyDecel',
  'maxSpeed',
  'tau',
  'sigma',
  'speedFactor',
  'speedDev',
  'probability',
  'startupDelay',
  ...LANE_CHANGES,
]);
/** IDM's own attributes, and SUMO's defaults for them: exponent, and seconds of a part of a step. */
const OF_IDM = new Set(['delta', 'stepping']);
const IDM_DELTA = 4;
const IDM_STEPPING_S = 0.25;
const MOST_DELTA = 20;
const MOST_STEPS = 100;
const EPS = 0.001;
/** Attributes that change only how a vehicle is drawn or counted. */
const SHOWN_ONLY = new Set([
  'color',
  'guiShape',
  'imgFile',
  'osgFile',
  'emissionClass',
  'personCapacity',
  'containerCapacity',
  'height',
  'name',
  'boardingDuration',
  'loadingDuration',
  'apparentDecel',
  'laneChangeModel',
]);

/** The type SUMO 1.15 makes of a class when nothing else is said. */
export function makeDefaultType(id: string, vClass: string, kind: VehicleClass): VehicleType {
  const [lengthM, minGapM, maxSpeedMps, widthM, accel, decel, emergency, sigma, speedDev] = DEFAULTS[vClass] ?? PLAIN;
  return {
    id,
    kind,
    lengthM,
    widthM,
    minGapM,
    accelMps2: accel,
    decelMps2: decel,
    emergencyDecelMps2: emergency,
    maxSpeedMps,
    tauS: 1,
    sigma,
    speedFactor: 1,
    speedDev,
    speedFactorMin: 0.2,
    speedFactorMax: 2,
  };
}

interface SpeedFactor {
  readonly speedFactor: number;
  readonly speedDev: number;
  readonly speedFactorMin: number;
  readonly speedFactorMax: number;
}

/** `1.1`, `norm(1,0.1)`, `normc(1,0.1,0.2,2)`; a lone number keeps the class's deviation, as in SUMO. */
function readSpeedFactor(element: Element, base: VehicleType): SpeedFactor {
  const plain = {
    speedFactor: base.speedFactor,
    speedDev: base.speedDev,
    speedFactorMin: base.speedFactorMin,
    speedFactorMax: base.speedFactorMax,
  };
  const speedDev = element.findAmount('speedDev') ?? plain.speedDev;
  const text = element.findText('speedFactor');
  if (text === undefined) return { ...plain, speedDev };
  const distribution = /^\s*(normc?)\(([^)]*)\)\s*$/.exec(text);
  if (distribution === null) return { ...plain, speedFactor: element.getAmount('speedFactor'), speedDev };
  const numbers = (distribution[2] ?? '').split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [mean, deviation = 0, low = 0.2, high = 2] = numbers;
  if (mean === undefined || numbers.some((value) => !Number.isFinite(value) || value < 0) || low > high) {
    throw element.fault(
      `speedFactor="${text.slice(0, 40)}" is not a distribution`,
      'Write normc(mean,deviation,min,max).',
    );
  }
  const isCut = distribution[1] === 'normc';
  return {
    speedFactor: mean,
    speedDev: element.findAmount('speedDev') ?? deviation,
    speedFactorMin: isCut ? low : 0,
    speedFactorMax: isCut ? high : Number.MAX_VALUE,
  };
}

/** A vType element. Throws UrbaneError on an unknown or foreign class and on numbers that are none. */
export function readVehicleType(element: Element, report: ReportBuilder): VehicleType {
  const vClass = element.findText('vClass') ?? 'passenger';
  const kind = findKind(vClass);
  if (kind === undefined) throw element.fault(`has the unknown vClass="${vClass}"`, 'Use a vClass of SUMO 1.15.');
  if (kind === null)
    throw element.fault(`is of class ${vClass}, which is not of the street`, 'Leave such vehicles out.');
  const base = makeDefaultType(element.getText('id'), vClass, kind);
  const idm = readIdm(element, report);
  const isRead = (name: string) => READ.has(name) || SHOWN_ONLY.has(name) || (idm !== null && OF_IDM.has(name));
  for (const name of element.listAttributes().filter((attribute) => !isRead(attribute))) {
    const value = element.findText(name) ?? '';
    if (name === 'carFollowModel' && (value === 'Krauss' || value === 'IDM')) continue;
    report.warn(
      name === 'carFollowModel'
        ? `vType ${name}="${value}" is driven as Krauss`
        : `vType attribute ${name} is not used`,
    );
  }
  for (const name of ['length', 'maxSpeed', 'accel', 'decel']) {
    if (element.findAmount(name) === 0) throw element.fault(`has ${name}="0"`, `Write a ${name} above zero.`);
  }
  const startupDelayS = element.findAmount('startupDelay') ?? 0;
  const decelMps2 = element.findAmount('decel') ?? base.decelMps2;
  return {
    ...base,
    lengthM: element.findAmount('length') ?? base.lengthM,
    widthM: element.findAmount('width') ?? base.widthM,
    minGapM: element.findAmount('minGap') ?? base.minGapM,
    accelMps2: element.findAmount('accel') ?? base.accelMps2,
    decelMps2,
    emergencyDecelMps2: Math.max(decelMps2, element.findAmount('emergencyDecel') ?? base.emergencyDecelMps2),
    maxSpeedMps: element.findAmount('maxSpeed') ?? base.maxSpeedMps,
    tauS: element.findAmount('tau') ?? base.tauS,
    sigma: Math.min(1, element.findAmount('sigma') ?? base.sigma),
    ...readSpeedFactor(element, base),
    ...(idm === null ? {} : { idm }),
    ...(startupDelayS > 0 ? { startupDelayS } : {}),
    ...readLaneChanges(element),
  };
}

/** The lane-change attributes, when any is given. */
function readLaneChanges(element: Element): { laneChanges?: LaneChangeWill } {
  if (LANE_CHANGES.every((name) => element.findText(name) === undefined)) return {};
  const [strategic = 1, cooperative = 1, speedGain = 1, keepRight = 1, assertive = 1] = LANE_CHANGES.map(
    (name) => element.findNumber(name) ?? 1,
  );
  return { laneChanges: { strategic, cooperative, speedGain, keepRight, assertive } };
}

/** IDM's parameters, or null for a type of another model. Exponents are whole: a power is taken by multiplication. */
function readIdm(element: Element, report: ReportBuilder): IdmParameters | null {
  if (element.findText('carFollowModel') !== 'IDM') return null;
  const asked = element.findAmount('delta') ?? IDM_DELTA;
  const delta = Math.min(MOST_DELTA, Math.max(1, Math.round(asked)));
  if (delta !== asked) report.warn(`vType delta="${asked}" is driven as ${delta}`);
  const stepping = element.findAmount('stepping') ?? IDM_STEPPING_S;
  return { delta, steps: Math.min(MOST_STEPS, Math.max(1, Math.floor(1 / Math.max(stepping, EPS) + 0.5))) };
}
