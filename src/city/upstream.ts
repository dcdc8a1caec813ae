import type { Metres } from '../units/units.ts';
import type { City } from './city.ts';

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
