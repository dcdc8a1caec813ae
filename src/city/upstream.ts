import type { Metres } from '../units/units.ts';
import type { City } from './city.ts';
import type { Detector } from './control.ts';

/** Length of a loop of which nobody knows it. */
export const LOOP_LENGTH_M: Metres = 2;

/** A lane on the way to a stop line, and how far its end is from there. */
export interface Leg {
  readonly lane: number;
  readonly endToStopLineM: Metres;
}

/**
 * A point `distanceM` before the stop line of a lane, and the lanes from there on, nearest first. The way goes on behind
 * the lane where one lane alone leads to it, also if that one leads elsewhere too; where it is shorter, the point is its
 * start (where SUMO 1.15 puts the detectors of actuated signals; tried with its inductionloop positions).
 */
export function placePoint(city: City, approach: number, distanceM: Metres): { distanceM: Metres; legs: Leg[] } {
  const legs: Leg[] = [];
  let lane = approach;
  let endToStopLineM = 0;
  for (;;) {
    legs.push({ lane, endToStopLineM });
    const { lengthM, in: arrivals } = city.lanes[lane]!;
    const startM = endToStopLineM + lengthM;
    const [only] = arrivals;
    if (distanceM <= startM || arrivals.length !== 1 || only === undefined) {
      return { distanceM: Math.min(distanceM, startM), legs };
    }
    const movement = city.movements[only]!;
    endToStopLineM = startM + movement.lengthM;
    if (distanceM <= endToStopLineM) return { distanceM, legs };
    lane = movement.fromLane;
  }
}

/** The stretch of a lane that a detector covers, metres from the start of the lane it lies on. */
export function placeDetector(
  city: City,
  { lane: approach, distanceM, lengthM: ownM }: Pick<Detector, 'lane' | 'distanceM' | 'lengthM'>,
): { lane: number; fromM: Metres; toM: Metres } {
  const { legs } = placePoint(city, approach, distanceM);
  const { lane, endToStopLineM } = legs[legs.length - 1]!;
  const { lengthM } = city.lanes[lane]!;
  const longM = Math.min(lengthM, ownM > 0 ? ownM : LOOP_LENGTH_M);
  const toM = Math.min(lengthM, Math.max(longM, lengthM - (distanceM - endToStopLineM)));
  return { lane, fromM: toM - longM, toM };
}
