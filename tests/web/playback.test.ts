import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Scene } from '../../src/server/wire.ts';
import { createPoses, type Moment, Playback } from '../../web/src/playback.ts';

interface Seen {
  readonly slot: number;
  readonly x: number;
  readonly y: number;
  readonly angle?: number;
  readonly speed?: number;
}

function sceneOf(vehicles: readonly Seen[]): Scene {
  return {
    count: vehicles.length,
    slot: Uint32Array.from(vehicles, ({ slot }) => slot),
    x: Float32Array.from(vehicles, ({ x }) => x),
    y: Float32Array.from(vehicles, ({ y }) => y),
    angle: Uint16Array.from(vehicles, ({ angle }) => ((angle ?? 0) / (2 * Math.PI)) * 65536),
    speed: Uint8Array.from(vehicles, ({ speed }) => (speed ?? 10) * 4),
    length: new Uint8Array(vehicles.length).fill(50),
    kind: new Uint8Array(vehicles.length),
    roads: new Uint8Array(0),
    lamps: new Uint8Array(0),
  };
}

const EMPTY = sceneOf([]);
const at = (timeMs: number, vehicles: readonly Seen[], run = 1): Moment => ({
  run,
  timeMs,
  scenes: { with: sceneOf(vehicles), without: EMPTY },
});
const ORIGIN = { x: 0, y: 0 };

/** Plays moments 2 s apart at ten times the wall clock, with arrivals that are early or late by up to `jitterMs`. */
function play(moments: readonly Moment[], jitter: (i: number) => number, each: (playback: Playback) => void): void {
  const playback = new Playback();
  const arrivals = moments.map((moment, i) => ({ moment, wallMs: i * 200 + jitter(i) }));
  let next = 0;
  for (let wallMs = 0; wallMs < moments.length * 200; wallMs += 16) {
    for (let arrival = arrivals[next]; arrival !== undefined && arrival.wallMs <= wallMs; arrival = arrivals[next]) {
      playback.push(arrival.moment, 10);
      next++;
    }
    playback.advance(wallMs);
    each(playback);
  }
}

describe('playing snapshots', () => {
  it('moves a steady vehicle steadily, whatever the jitter', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 40, maxLength: 40 }), (late) => {
        const moments = Array.from({ length: 40 }, (_, i) => at(i * 2000, [{ slot: 7, x: i * 20, y: 0 }]));
        const poses = createPoses();
        let last = Number.NaN;
        let steps = 0;
        let count = 0;
        play(
          moments,
          (i) => late[i] ?? 0,
          (playback) => {
            playback.pose('with', ORIGIN, poses);
            const x = poses.front[0] ?? 0;
            if (count++ > 60 && poses.count > 0) {
              expect(x).toBeGreaterThanOrEqual(last);
              expect(x - last).toBeLessThan(1.6 * 10 * 0.16 + 0.5);
              steps++;
            }
            last = x;
          },
        );
        expect(steps).toBeGreaterThan(300);
      }),
      { numRuns: 20 },
    );
  });

  it('turns a corner instead of cutting it', () => {
    const before = at(0, [{ slot: 1, x: 0, y: 0, angle: 0 }]);
    const after = at(2000, [{ slot: 1, x: 10, y: 10, angle: Math.PI / 2 }]);
    const playback = new Playback();
    playback.push(before, 1);
    playback.push(after, 1);
    playback.advance(0);
    const poses = createPoses();
    let below = 0;
    for (let wallMs = 0; wallMs <= 2000; wallMs += 100) {
      playback.advance(wallMs);
      playback.pose('with', ORIGIN, poses);
      below = Math.max(below, (poses.front[0] ?? 0) - (poses.front[1] ?? 0));
    }
    expect(below).toBeGreaterThan(2);
  });

  it('puts a vehicle that took over a slot in its own place', () => {
    const playback = new Playback();
    playback.push(at(0, [{ slot: 1, x: 0, y: 0 }]), 1);
    playback.push(at(1000, [{ slot: 1, x: 500, y: 0 }]), 1);
    playback.advance(0);
    playback.advance(200);
    const poses = createPoses();
    playback.pose('with', ORIGIN, poses);
    expect(poses.front[0]).toBe(500);
  });

  it('starts afresh with another run and plays a pause to its end', () => {
    const playback = new Playback();
    playback.push(at(50_000, [{ slot: 1, x: 0, y: 0 }]), 10);
    playback.push(at(52_000, [{ slot: 1, x: 0, y: 0 }]), 0);
    for (let wallMs = 0; wallMs < 2000; wallMs += 16) playback.advance(wallMs);
    expect(playback.timeMs).toBe(52_000);
    playback.push(at(0, [], 2), 10);
    playback.advance(2016);
    expect(playback.timeMs).toBe(0);
  });

  it('holds no more than a few moments', () => {
    const playback = new Playback();
    const scenes = Array.from({ length: 100 }, (_, i) => at(i * 1000, [{ slot: 1, x: i, y: 0 }]));
    for (const moment of scenes) playback.push(moment, 0.0001);
    playback.advance(0);
    playback.advance(16);
    expect(playback.timeMs).toBeGreaterThanOrEqual(96_000);
  });
});
