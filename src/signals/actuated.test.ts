import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf, type PlacedVehicle } from '../../tests/crossing.ts';
import type { City } from '../city/city.ts';
import { SensorLayer } from '../street/sensors.ts';
import { Actuated } from './actuated.ts';
import type { Choice } from './controller.ts';

const plain = createCrossing();
const LAMPS = ['GGrrrrGGrrrr'];

function withPhase(phase: number, change: { state?: string; minS?: number; maxS?: number }): City {
  const [signal] = plain.signals;
  const [program] = signal!.programs;
  const phases = program!.phases.map((old, index) => (index === phase ? { ...old, ...change } : old));
  return { ...plain, signals: [{ ...signal!, programs: [{ ...program!, phases }] }] };
}

/** Asks once a second; `traffic` tells who is there at a second of the run. Stage 0 has been green since second 0. */
function watch(
  city: City,
  seconds: number,
  traffic: (second: number) => readonly PlacedVehicle[],
  stage = 0,
): Choice[] {
  const layer = new SensorLayer(city, { level: 'camera', seed: 1 });
  const controller = new Actuated({ city, signals: [0] });
  const choices: Choice[] = [];
  for (let second = 0; second <= seconds; second++) {
    controller.observe(layer.observe(frameOf(second * 1000, traffic(second)), LAMPS));
    choices.push(...controller.decide(second * 1000, [{ stage, changing: false, greenSinceMs: 0, mayChange: true }]));
  }
  return choices;
}

/** Somebody stands on the detector of an approach lane: 23.5 m before the stop line, or 27.8 m for a longer minimum. */
const onDetector = (arm: number, index: number): PlacedVehicle => ({
  slot: 10 * arm + index,
  segment: laneOf(arm, 'inner', index),
  posM: 37,
});
const firstChange = (choices: readonly Choice[], from = 0): number => choices.findIndex(({ stage }) => stage !== from);

describe('actuated', () => {
  it('ends an empty stage at its minimum', () => {
    const choices = watch(plain, 8, () => []);
    expect(firstChange(choices)).toBe(5);
    expect(choices[5]).toMatchObject({ stage: 2, why: 'gap-out after 3 s without a vehicle' });
    expect(choices[3]!.why).toBe('minimum green, 3 of 5 s');
  });

  it('extends while vehicles come and gaps out 3 s after the last', () => {
    const choices = watch(plain, 30, (second) => (second <= 10 ? [onDetector(2, 0)] : []));
    expect(firstChange(choices)).toBe(13);
    expect(choices[12]!.why).toBe('extends: a vehicle 2.0 s ago');
  });

  it('maxes out at 60 s, or as the program says', () => {
    expect(firstChange(watch(plain, 70, () => [onDetector(0, 0)]))).toBe(60);
    const own = withPhase(0, { minS: 8, maxS: 20 });
    expect(firstChange(watch(own, 30, () => [onDetector(0, 0)]))).toBe(20);
    expect(firstChange(watch(own, 30, () => []))).toBe(8);
  });

  it('goes by its own detectors alone', () => {
    expect(firstChange(watch(plain, 20, () => [onDetector(1, 0), onDetector(0, 1)]))).toBe(5);
  });

  it('takes the stages in the order of the program, the last before the first', () => {
    expect(watch(plain, 6, () => [], 6)[6]!.stage).toBe(0);
  });

  it('lets permissive green call only beside protected green of its lane', () => {
    const lefts = withPhase(0, { state: 'GGgrrrGGgrrr' });
    expect(firstChange(watch(lefts, 20, () => [onDetector(0, 1)]))).toBe(5);
    const oneLane: City = { ...lefts, roads: lefts.roads.map((road) => ({ ...road, laneCount: 1 })) };
    expect(firstChange(watch(oneLane, 20, () => [onDetector(0, 1)]))).toBe(-1);
  });

  it('waits while the guard changes over', () => {
    const controller = new Actuated({ city: plain, signals: [0] });
    const choice = controller.decide(90_000, [{ stage: 4, changing: true, greenSinceMs: 93_000, mayChange: false }])[0];
    expect(choice).toMatchObject({ stage: 4, why: 'coming to green' });
  });
});
