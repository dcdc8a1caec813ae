import type { Milliseconds } from '../units/units.ts';
import type { City } from './city.ts';

/**
 * Where every vehicle stands at one instant: what a street's adapter knows, for the sensor layer, the map and the judge.
 * A controller never sees it. `slot` is a handle that lives as long as the trip; another one may have it afterwards.
 * A segment is a lane index, or `city.lanes.length` + a movement index for a vehicle inside a junction.
 */
export interface Frame {
  timeMs: Milliseconds;
  count: number;
  slot: Uint32Array;
  segment: Uint32Array;
  /** Front bumper from the start of the segment. */
  posM: Float32Array;
  speedMps: Float32Array;
  lengthM: Float32Array;
  /** Index into VEHICLE_CLASSES. */
  kind: Uint8Array;
}

export function createFrame(capacity: number): Frame {
  return {
    timeMs: 0,
    count: 0,
    slot: new Uint32Array(capacity),
    segment: new Uint32Array(capacity),
    posM: new Float32Array(capacity),
    speedMps: new Float32Array(capacity),
    lengthM: new Float32Array(capacity),
    kind: new Uint8Array(capacity),
  };
}

/** A frame with room for `capacity` vehicles that keeps the contents of `frame`; the same one when it has room. */
export function growFrame(frame: Frame, capacity: number): Frame {
  if (frame.slot.length >= capacity) return frame;
  const grown = createFrame(Math.max(capacity, frame.slot.length * 2, 64));
  grown.timeMs = frame.timeMs;
  grown.count = frame.count;
  grown.slot.set(frame.slot);
  grown.segment.set(frame.segment);
  grown.posM.set(frame.posM);
  grown.speedMps.set(frame.speedMps);
  grown.lengthM.set(frame.lengthM);
  grown.kind.set(frame.kind);
  return grown;
}

/** The segment of a vehicle that is inside a junction on `movement`. */
export function movementSegment(city: City, movement: number): number {
  return city.lanes.length + movement;
}
