import { describe, expect, it } from 'vitest';
import { createCrossing } from '../../tests/crossing.ts';
import { Tracks } from './track.ts';

const city = createCrossing();
const straight = city.lanes[0];
if (straight === undefined) throw new Error('the crossing has lanes');

describe('places along a segment', () => {
  it('go from its first point to its last, and no further', () => {
    const tracks = new Tracks(city);
    const place = { x: 0, y: 0, angle: 0 };
    expect(tracks.place(0, 0, place)).toMatchObject({ x: straight.shape[0], y: straight.shape[1] });
    expect(tracks.place(0, straight.lengthM, place)).toMatchObject({ x: straight.shape[2], y: straight.shape[3] });
    expect(tracks.place(0, straight.lengthM + 50, place)).toMatchObject({ x: straight.shape[2], y: straight.shape[3] });
    expect(tracks.place(0, -5, place)).toMatchObject({ x: straight.shape[0], y: straight.shape[1] });
  });

  it('stretch a shape to the length of its segment and turn with it', () => {
    const bent = { ...straight, lengthM: 40, shape: [0, 0, 10, 0, 10, 0, 10, 10] };
    const tracks = new Tracks({ ...city, lanes: [bent, ...city.lanes.slice(1)] });
    const place = { x: 0, y: 0, angle: 0 };
    expect(tracks.place(0, 10, place)).toEqual({ x: 5, y: 0, angle: 0 });
    const after = tracks.place(0, 30, place);
    expect(after.x).toBeCloseTo(10);
    expect(after.y).toBeCloseTo(5);
    expect(after.angle).toBeCloseTo(Math.PI / 2);
  });

  it('join the lanes where a movement has no shape of its own', () => {
    const [movement] = city.movements;
    if (movement === undefined) throw new Error('the crossing has movements');
    const bare = { ...city, movements: [{ ...movement, lengthM: 0, shape: [] }, ...city.movements.slice(1)] };
    const from = city.lanes[movement.fromLane]?.shape.slice(-2) ?? [];
    expect(new Tracks(bare).place(city.lanes.length, 0, { x: 1, y: 1, angle: 0 })).toMatchObject({
      x: from[0],
      y: from[1],
    });
  });
});
