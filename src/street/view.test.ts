import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf, type PlacedVehicle } from '../../tests/crossing.ts';
import { movementSegment } from '../city/frame.ts';
import { listUpstream } from './coverage.ts';
import { parseDegradation } from './degrade.ts';
import type { SensorLevel } from './observation.ts';
import { SensorLayer } from './sensors.ts';
import { View } from './view.ts';

const city = createCrossing();
const GREEN_NS = ['GGrrrrGGrrrr'];
const inner = laneOf(0, 'inner', 0);
const outer = laneOf(0, 'outer', 0);
/** Where north's straight traffic leaves. */
const exit = laneOf(2, 'exit', 0);

/** Shows a view one frame per second. */
function show(
  level: SensorLevel,
  frames: readonly (readonly PlacedVehicle[])[],
  lamps = GREEN_NS,
  degrade = 'late=0',
): View {
  const layer = new SensorLayer(city, { level, seed: 1, degrade: parseDegradation(degrade) });
  const view = new View(city);
  frames.forEach((vehicles, second) => {
    view.observe(layer.observe(frameOf(second * 1000, vehicles), lamps));
  });
  return view;
}

/** A vehicle that comes down north's approach at 10 m/s, `x` metres from the start of the outer road (joint 300, stop line 360). */
function at(slot: number, x: number, speedMps = 10): PlacedVehicle {
  if (x <= 300) return { slot, segment: outer, posM: x, speedMps };
  if (x <= 360) return { slot, segment: inner, posM: x - 300, speedMps };
  return { slot, segment: movementSegment(city, 9), posM: x - 360, speedMps };
}

describe('view of cameras', () => {
  it('counts 150 m upstream across the joint, and the halted among them', () => {
    const view = show('camera', [[at(0, 359, 0), at(1, 350, 0.05), at(2, 330, 5), at(3, 211), at(4, 205)]]);
    expect([view.vehiclesOn(inner), view.haltedOn(inner)]).toEqual([4, 2]);
    expect(view.vehiclesOn(laneOf(0, 'inner', 1))).toBe(0);
  });

  it('shares vehicles of a lane that leads to several', () => {
    const forked = {
      ...city,
      lanes: city.lanes.map((lane, index) => (index === outer ? { ...lane, out: [...lane.out, 1] } : lane)),
    };
    expect(listUpstream(forked, inner, 150)).toEqual([
      { lane: inner, lengthM: 150, share: 1 },
      { lane: outer, lengthM: 90, share: 0.5 },
    ]);
  });

  it('estimates an exit that no camera covers from what crossed the stop line', () => {
    const drive = Array.from({ length: 6 }, (_, second) => [at(0, 330 + 10 * second), at(1, 310 + 10 * second)]);
    expect(show('camera', drive.slice(0, 4)).vehiclesOn(exit)).toBe(0);
    expect(show('camera', drive.slice(0, 5)).vehiclesOn(exit)).toBe(1 / 2);
    const gone = [...drive, ...Array.from({ length: 30 }, () => [])];
    expect(show('camera', gone).vehiclesOn(exit)).toBe(0);
    expect(show('camera', drive).haltedOn(exit)).toBe(0);
  });

  it('remembers a lane that goes dark for ten seconds, then knows nothing', () => {
    const layer = new SensorLayer(city, { level: 'camera', seed: 1 });
    const dark = new SensorLayer(city, { level: 'camera', seed: 1, degrade: parseDegradation('dead=1') });
    const view = new View(city);
    view.observe(layer.observe(frameOf(0, [at(0, 350, 0)]), GREEN_NS));
    for (let second = 1; second <= 10; second++) view.observe(dark.observe(frameOf(second * 1000, []), GREEN_NS));
    expect([view.vehiclesOn(inner), view.isBlind(inner)]).toEqual([1, true]);
    view.observe(dark.observe(frameOf(11_000, []), GREEN_NS));
    expect([view.vehiclesOn(inner), view.haltedOn(inner)]).toEqual([null, null]);
    view.observe(layer.observe(frameOf(12_000, [at(0, 350, 0)]), GREEN_NS));
    expect(view.vehiclesOn(inner)).toBe(1);
  });

  it('times the last vehicle over a virtual detector', () => {
    const layer = new SensorLayer(city, { level: 'camera', seed: 1 });
    const view = new View(city);
    const detector = view.addDetector(inner, 25);
    const seen: number[] = [];
    for (let second = 0; second < 7; second++) {
      view.observe(layer.observe(frameOf(second * 1000, [at(0, 316 + 10 * second)]), GREEN_NS));
      seen.push(view.secondsSince(detector));
    }
    expect(seen.slice(0, 2)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(seen.slice(2).map((s) => Math.round(s * 10) / 10)).toEqual([0, 0.6, 1.6, 2.6, 3.6]);
  });

  it('lets a blind detector call all the time', () => {
    const layer = new SensorLayer(city, { level: 'camera', seed: 1, degrade: parseDegradation('dead=1') });
    const view = new View(city);
    const detector = view.addDetector(inner, 25);
    expect(view.secondsSince(detector)).toBe(Number.POSITIVE_INFINITY);
    view.observe(layer.observe(frameOf(0, []), GREEN_NS));
    expect(view.secondsSince(detector)).toBe(0);
  });
});

describe('view of loops', () => {
  it('counts vehicles in and out of the stretch between advance loop and stop line', () => {
    const [a, b] = [265, 245];
    const frames = Array.from({ length: 12 }, (_, s) => [
      at(0, Math.min(360, a + 10 * s)),
      at(1, Math.min(352, b + 10 * s)),
    ]);
    expect(show('loops', frames.slice(0, 4)).vehiclesOn(inner)).toBe(1);
    expect(show('loops', frames).vehiclesOn(inner)).toBe(2);
    const leaving = [...frames, [at(0, 366), at(1, 352)], [at(0, 379), at(1, 358)], [at(1, 366)], [at(1, 376)]];
    expect(show('loops', leaving).vehiclesOn(inner)).toBe(0);
  });

  it('forgets vehicles that changed lanes once the stop line stays empty', () => {
    const lost = [[at(0, 270)], [at(0, 280)], [at(0, 290)], ...Array.from({ length: 20 }, () => [])];
    expect(show('loops', lost.slice(0, 6)).vehiclesOn(inner)).toBe(1);
    expect(show('loops', lost).vehiclesOn(inner)).toBe(0);
  });

  it('knows a queue that has reached the advance loop', () => {
    const standing = Array.from({ length: 12 }, (_, k) => at(k, 359 - 7.5 * k, 0));
    const view = show(
      'loops',
      Array.from({ length: 8 }, () => standing),
    );
    expect(view.vehiclesOn(inner)).toBeCloseTo(80 / 7.5, 0);
    expect(view.haltedOn(inner)).toBeGreaterThan(8);
  });

  it('knows nothing of a lane whose loop is dead', () => {
    const view = show('loops', [[at(0, 350, 0)]], GREEN_NS, 'dead=1');
    expect([view.vehiclesOn(inner), view.isBlind(inner)]).toEqual([null, true]);
  });
});
