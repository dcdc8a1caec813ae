import type { DepartLane, DepartPos, DepartSpeed, Trip } from '../../demand/demand.ts';
import type { Metres } from '../../units/units.ts';
import type { Element } from './xml.ts';

const LANES = ['first', 'best', 'free', 'random', 'allowed'] as const;
const POSITIONS = ['base', 'last', 'free', 'random', 'random_free', 'stop'] as const;
const SPEEDS = ['max', 'desired', 'speedLimit', 'random', 'last', 'avg'] as const;

type Manner = Pick<Trip, 'departLane' | 'departPos' | 'departSpeed'> & { readonly arrivalPosM?: Metres };

/** A word of the list, a number, or the fallback where the attribute is missing. Throws on anything else. */
function readChoice<Word extends string>(
  element: Element,
  attribute: string,
  words: readonly Word[],
  fallback: Word | number,
): Word | number {
  const text = element.findText(attribute);
  if (text === undefined) return fallback;
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw element.fault(`has ${attribute}="${text.slice(0, 40)}"`, `Write a number or one of ${words.join(', ')}.`);
}

/** How a vehicle enters and leaves, with SUMO's defaults: first lane, base, speed 0, end of the last road. */
export function readManner(element: Element): Manner {
  const lane: DepartLane = readChoice(element, 'departLane', LANES, 'first');
  if (typeof lane === 'number' && (!Number.isInteger(lane) || lane < 0)) {
    throw element.fault(`has departLane="${lane}"`, 'Write a lane index, counted from 0.');
  }
  const speed: DepartSpeed = readChoice(element, 'departSpeed', SPEEDS, 0);
  if (typeof speed === 'number' && speed < 0) {
    throw element.fault(`has departSpeed="${speed}"`, 'Write a speed of zero or more.');
  }
  const position: DepartPos = readChoice(element, 'departPos', POSITIONS, 'base');
  const arrival = readChoice(element, 'arrivalPos', ['max', 'random'], 'max');
  return {
    departLane: lane,
    departPos: position,
    departSpeed: speed,
    ...(typeof arrival === 'number' ? { arrivalPosM: arrival } : {}),
  };
}

/** Places counted from the end of a road (below zero, as SUMO allows) as places from its start. */
export function placeManner(manner: Manner, firstLengthM: Metres, lastLengthM: Metres): Manner {
  const { departPos, arrivalPosM } = manner;
  const start = typeof departPos === 'number' && departPos < 0 ? Math.max(0, firstLengthM + departPos) : departPos;
  if (arrivalPosM === undefined) return { ...manner, departPos: start };
  const end = arrivalPosM < 0 ? Math.max(0, lastLengthM + arrivalPosM) : Math.min(arrivalPosM, lastLengthM);
  return { ...manner, departPos: start, arrivalPosM: end };
}
