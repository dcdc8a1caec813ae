import { describe, expect, it } from 'vitest';
import { LoopTracks, QUEUE_SPACE_M, STOPS_M } from './loop-tracks.ts';

const TOP_MPS = 13.89;

/** Places of vehicles that came at full speed 80 m from the line, 2 s after one another, after some seconds. */
function placesAfter(seconds: number, vehicles: number, atLine: 'stops' | 'goes'): number[] {
  const tracks = new LoopTracks(2);
  for (let second = 0; second < seconds; second++) {
    tracks.drive(1, TOP_MPS, atLine);
    if (second % 2 === 0 && second < 2 * vehicles) tracks.add(1, 80, TOP_MPS, second);
  }
  return Array.from(tracks.toLineM.subarray(tracks.firstOf(1), tracks.endOf(1)));
}

describe('vehicles assumed between two loops', () => {
  it('stop at the line on red, and behind one another', () => {
    const places = placesAfter(40, 3, 'stops');
    expect(places).toHaveLength(3);
    places.forEach((place, n) => {
      expect(Math.abs(place - (STOPS_M + n * QUEUE_SPACE_M))).toBeLessThan(1);
    });
  });

  it('drive to the line on green, where they wait until they are counted', () => {
    expect(placesAfter(4, 1, 'goes')[0]).toBeCloseTo(80 - 3 * TOP_MPS, 0);
    expect(placesAfter(20, 1, 'goes')[0]).toBe(0);
  });

  it('are as many as fit, at most', () => {
    const tracks = new LoopTracks(2);
    for (let n = 0; n < 40; n++) tracks.add(0, 80, 0, n);
    tracks.add(1, 50, 0, 0);
    expect(tracks.endOf(0)).toBeLessThanOrEqual(tracks.firstOf(1));
    expect(tracks.sum(1, 80, Number.POSITIVE_INFINITY)).toBe(1);
  });
});
