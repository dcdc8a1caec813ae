import { VEHICLE_CLASSES, type VehicleClass } from '../city/city.ts';
import { UrbaneError } from '../units/errors.ts';
import type { MetresPerSecond, Seconds } from '../units/units.ts';

/** What a controller tries to keep small, in seconds of one car's delay. */
export interface Objective {
  /** By index into VEHICLE_CLASSES: what one second of such a vehicle's delay counts. */
  readonly perSecond: readonly number[];
  /** What one second of one person's wait at a crossing counts. */
  readonly walkerPerSecond: number;
  /** What one stop of a vehicle counts beside its delay. */
  readonly perStop: Seconds;
}

/** Beside a car's 1: people aboard (a car carries 1.3), and blue lights before all. */
const USUAL_PER_SECOND: Readonly<Partial<Record<VehicleClass, number>>> = {
  bus: 15,
  tram: 40,
  rail: 40,
  emergency: 100,
};
/** A person on foot counts as much as the 1.3 people in a car do. */
const WALKER_PER_SECOND = 0.8;

export const DEFAULT_OBJECTIVE: Objective = {
  perSecond: VEHICLE_CLASSES.map((name) => USUAL_PER_SECOND[name] ?? 1),
  walkerPerSecond: WALKER_PER_SECOND,
  perStop: 0,
};

/**
 * The light vehicle of the four-mode fuel model of the Australian Road Research Board (Akçelik and Besley, "Operating cost,
 * fuel consumption, and emission models in aaSIDRA and aaMOTION", CAITR 2003): fuel while standing, fuel per energy gained
 * and its surplus while speeding up, mass, carbon dioxide per fuel.
 */
const LIGHT_VEHICLE = {
  idleMlPerS: 1350 / 3600,
  mlPerKj: 0.09,
  surplusMlPerKjMps2: 0.03,
  massKg: 1400,
  co2GPerMl: 2.5,
};
/** Mean acceleration of a car that leaves a stop line. */
const ACCEL_MPS2 = 1.5;

/** Grams of carbon dioxide of a second of standing, and of coming back to `speedMps` after a stop. */
export function emissionsOf(speedMps: MetresPerSecond): { idleGPerS: number; stopG: number } {
  const { idleMlPerS, mlPerKj, surplusMlPerKjMps2, massKg, co2GPerMl } = LIGHT_VEHICLE;
  const energyKj = (massKg * speedMps * speedMps) / 2000;
  const stopMl = energyKj * (mlPerKj + surplusMlPerKjMps2 * ACCEL_MPS2);
  return { idleGPerS: idleMlPerS * co2GPerMl, stopG: stopMl * co2GPerMl };
}

const TOWN_MPS: MetresPerSecond = 13.89;
const MOST = 1000;

/**
 * Reads weights such as `bus=20,walker=1,stop=5,co2=0.2` over the usual ones: a class of vehicles, `walker` (a second at a
 * crossing), `stop` (seconds of delay), `co2` (seconds of delay per 10 g saved, which prices standing and stops at 50 km/h).
 * Throws UrbaneError `bad-usage` for an unknown name or a number outside 0 to 1000.
 */
export function parseObjective(text: string): Objective {
  const given = new Map<string, number>();
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=').map((piece) => piece.trim());
    const number = value === '' ? Number.NaN : Number(value);
    if (!KNOWN.includes(name)) throw new UrbaneError('bad-usage', `No weight is called "${name}".`, CHOICES);
    if (!(number >= 0 && number <= MOST)) {
      throw new UrbaneError('bad-usage', `Weight ${name} is "${value}", not a number from 0 to ${MOST}.`, CHOICES);
    }
    given.set(name, number);
  }
  const { idleGPerS, stopG } = emissionsOf(TOWN_MPS);
  const perGram = (given.get('co2') ?? 0) / 10;
  return {
    perSecond: VEHICLE_CLASSES.map(
      (name, kind) => (given.get(name) ?? DEFAULT_OBJECTIVE.perSecond[kind] ?? 1) + perGram * idleGPerS,
    ),
    walkerPerSecond: given.get('walker') ?? WALKER_PER_SECOND,
    perStop: (given.get('stop') ?? 0) + perGram * stopG,
  };
}

const KNOWN: readonly string[] = [...VEHICLE_CLASSES.filter((name) => name !== 'pedestrian'), 'walker', 'stop', 'co2'];
const CHOICES = `Give weights as bus=20,walker=1,stop=5; names: ${KNOWN.join(', ')}.`;

/** The exchange rates in one line, in seconds of a car's delay. */
export function describeObjective({ perSecond, walkerPerSecond, perStop }: Objective): string {
  const car = perSecond[VEHICLE_CLASSES.indexOf('car')] ?? 1;
  const others = VEHICLE_CLASSES.flatMap((name, kind) => {
    const own = perSecond[kind] ?? 1;
    return own === car || name === 'pedestrian' ? [] : [`${name} ${round(own)}`];
  });
  const { idleGPerS, stopG } = emissionsOf(TOWN_MPS);
  return (
    `one second counts: car ${round(car)}${others.map((other) => `, ${other}`).join('')}, ` +
    `person at a crossing ${round(walkerPerSecond)}; one stop ${round(perStop)}; ` +
    `(CO2: standing ${round(idleGPerS)} g/s, a stop from 50 km/h ${round(stopG)} g)`
  );
}

const round = (value: number): number => Math.round(value * 100) / 100;
