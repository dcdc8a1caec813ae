import { UrbaneError } from '../units/errors.ts';
import { drawUniform } from '../units/random.ts';
import type { Seconds } from '../units/units.ts';

/** How far sensors are worse than perfect. Shares are of all sensors (cameras by road, or loops), 0 to 1. */
export interface Degradation {
  /** Share that deliver nothing. */
  readonly dead: number;
  /** Share that always report a vehicle: a loop that stays on, a camera with one standing vehicle at each stop line. */
  readonly stuckOn: number;
  /** Share that never report a vehicle, without saying that they are broken. */
  readonly stuckOff: number;
  /** Probability, per second, that a vehicle is missed and that one is seen where none is; share of the sensors that do. */
  readonly noisy: number;
  readonly noisyShare: number;
  /** Whole seconds by which readings arrive late; share of the sensors whose do. */
  readonly lateS: Seconds;
  readonly lateShare: number;
}

export const PERFECT: Degradation = {
  dead: 0,
  stuckOn: 0,
  stuckOff: 0,
  noisy: 0,
  noisyShare: 1,
  lateS: 0,
  lateShare: 1,
};

const KEYS: Readonly<Record<string, keyof Degradation>> = {
  dead: 'dead',
  'stuck-on': 'stuckOn',
  'stuck-off': 'stuckOff',
  noisy: 'noisy',
  late: 'lateS',
};
/** Of those that may befall only some of the sensors, `late=5@0.2`. */
const SHARES: Readonly<Record<string, 'noisyShare' | 'lateShare'>> = { noisy: 'noisyShare', late: 'lateShare' };

/** Reads `--degrade dead=0.1,stuck-on=0.05,stuck-off=0.05,noisy=0.02,late=2@0.5`. Throws UrbaneError `bad-usage`. */
export function parseDegradation(text: string): Degradation {
  const result: Record<keyof Degradation, number> = { ...PERFECT };
  for (const part of text.split(',')) {
    const [name = '', written = ''] = part.split('=', 2);
    const key = KEYS[name.trim()];
    const [value = '', ofSensors] = written.split('@', 2);
    if (key === undefined) {
      throw new UrbaneError('bad-usage', `--degrade knows ${Object.keys(KEYS).join(', ')}, not "${part.trim()}".`);
    }
    const number = value.trim() === '' ? Number.NaN : Number(value);
    const fits =
      key === 'lateS' ? Number.isInteger(number) && number >= 0 && number <= 600 : number >= 0 && number <= 1;
    if (!fits) {
      const range = key === 'lateS' ? 'whole seconds from 0 to 600' : 'a share from 0 to 1';
      throw new UrbaneError('bad-usage', `--degrade ${name.trim()} takes ${range}, not "${value.trim()}".`);
    }
    result[key] = number;
    if (ofSensors === undefined) continue;
    const shareKey = SHARES[name.trim()];
    const share = ofSensors.trim() === '' ? Number.NaN : Number(ofSensors);
    if (shareKey === undefined || !(share >= 0 && share <= 1)) {
      throw new UrbaneError(
        'bad-usage',
        `--degrade ${part.trim()}: @ and a share of the sensors from 0 to 1 may follow noisy and late.`,
      );
    }
    result[shareKey] = share;
  }
  const broken = result.dead + result.stuckOn + result.stuckOff;
  if (broken > 1) {
    throw new UrbaneError(
      'bad-usage',
      `--degrade breaks ${broken} of all sensors; dead, stuck-on and stuck-off may add up to 1.`,
    );
  }
  return result;
}

export type Fault = 'none' | 'dead' | 'stuck-on' | 'stuck-off';

/** Purposes of the keyed draws, so that none repeats another's. */
export const DRAW = { fault: 1, miss: 2, ghost: 3, place: 4, speed: 5, noisy: 6, late: 7 } as const;

/** The fault of each of `count` sensors, drawn by seed and sensor. */
export function drawFaults(count: number, degradation: Degradation, seed: number): Fault[] {
  const { dead, stuckOn, stuckOff } = degradation;
  return Array.from({ length: count }, (_, sensor) => {
    const draw = drawUniform(seed, sensor, 0, DRAW.fault);
    if (draw < dead) return 'dead';
    if (draw < dead + stuckOn) return 'stuck-on';
    return draw < dead + stuckOn + stuckOff ? 'stuck-off' : 'none';
  });
}

/** 1 for each of `count` sensors that `share` of them befalls, drawn by seed and sensor. */
export function drawShare(count: number, share: number, seed: number, purpose: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, sensor) => (drawUniform(seed, sensor, 0, purpose) < share ? 1 : 0));
}
