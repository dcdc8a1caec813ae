import type { VehicleClass } from '../../city/city.ts';
import { classBit, VEHICLE_CLASSES } from '../../city/city.ts';

/**
 * SUMO's vehicle classes (docs: Simulation/VehiclePermissions) and ours. `null`: not of the street, dropped.
 * The first SUMO class listed for one of ours stands for it where a lane names some of them and not others.
 */
const KIND_OF_CLASS: Readonly<Record<string, VehicleClass | null>> = {
  passenger: 'car',
  private: 'car',
  evehicle: 'car',
  hov: 'car',
  custom1: 'car',
  custom2: 'car',
  ignoring: 'car',
  taxi: 'taxi',
  bus: 'bus',
  coach: 'bus',
  truck: 'truck',
  trailer: 'truck',
  delivery: 'delivery',
  motorcycle: 'motorcycle',
  moped: 'motorcycle',
  bicycle: 'bicycle',
  scooter: 'bicycle',
  emergency: 'emergency',
  authority: 'emergency',
  army: 'emergency',
  vip: 'emergency',
  tram: 'tram',
  rail: 'rail',
  rail_urban: 'rail',
  rail_electric: 'rail',
  rail_fast: 'rail',
  subway: 'rail',
  cable_car: 'rail',
  pedestrian: 'pedestrian',
  wheelchair: 'pedestrian',
  ship: null,
  container: null,
  aircraft: null,
  drone: null,
};

/** The SUMO class that stands for each of ours. */
export const REPRESENTATIVE: Readonly<Record<VehicleClass, string>> = {
  car: 'passenger',
  taxi: 'taxi',
  bus: 'bus',
  truck: 'truck',
  delivery: 'delivery',
  motorcycle: 'motorcycle',
  bicycle: 'bicycle',
  emergency: 'emergency',
  tram: 'tram',
  rail: 'rail',
  pedestrian: 'pedestrian',
};

/** Classes that SUMO 1.15 does not know, and one that no lane names. */
const NOT_WRITTEN = new Set(['scooter', 'wheelchair', 'subway', 'cable_car', 'ignoring']);

/** The classes of SUMO 1.15 that are one of ours. */
export function listSumoClasses(kind: VehicleClass): string[] {
  return Object.keys(KIND_OF_CLASS).filter((vClass) => KIND_OF_CLASS[vClass] === kind && !NOT_WRITTEN.has(vClass));
}

/** The union of all class bits. */
export const ALL_CLASSES = (1 << VEHICLE_CLASSES.length) - 1;

/** Our class for a SUMO vClass; null for one that is not of the street, undefined for an unknown word. */
export function findKind(vClass: string): VehicleClass | null | undefined {
  return Object.hasOwn(KIND_OF_CLASS, vClass) ? KIND_OF_CLASS[vClass] : undefined;
}

function bitsOfPermitted(isPermitted: (vClass: string) => boolean): number {
  let bits = 0;
  for (const kind of VEHICLE_CLASSES) if (isPermitted(REPRESENTATIVE[kind])) bits |= classBit(kind);
  if (bits !== 0) return bits;
  for (const [vClass, kind] of Object.entries(KIND_OF_CLASS)) {
    if (kind !== null && isPermitted(vClass)) bits |= classBit(kind);
  }
  return bits;
}

const cache = new Map<string, number>();

/**
 * Class bits of a lane's `allow` and `disallow`. One of our classes is in when the SUMO class that stands for it is;
 * on a lane that permits none of those (such as army alone), when any of its SUMO classes is.
 */
export function readPermissions(allow: string | undefined, disallow: string | undefined): number {
  if (allow === undefined && disallow === undefined) return ALL_CLASSES;
  const key = allow !== undefined ? `+${allow}` : `-${disallow}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const words = new Set((allow ?? disallow ?? '').split(/\s+/));
  const bits = bitsOfPermitted((vClass) =>
    allow !== undefined ? words.has(vClass) || words.has('all') : !words.has(vClass) && !words.has('all'),
  );
  if (cache.size < 10_000) cache.set(key, bits);
  return bits;
}
