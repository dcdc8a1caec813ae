import { describe, expect, expectTypeOf, it } from 'vitest';
import { createCrossing, frameOf, laneOf } from '../../tests/crossing.ts';
import { loadQuarter } from '../../tests/sim/quarter.ts';
import type { LoopReadings, Observation, SeenVehicles } from './observation.ts';
import { SensorLayer } from './sensors.ts';
import { ObservationWire } from './wire.ts';

const city = createCrossing();
const wire = new ObservationWire(city);
const LAMPS = ['GGrrrrGGrrrr'];
const vehicle = { lane: 'n_inner_0', toEndM: 3, speedMps: 0, kind: 'car' };
const observed = { timeMs: 1000, signals: { C: LAMPS[0] }, vehicles: [vehicle] };

describe('closed observation', () => {
  it('has these fields and no other: whoever adds one that tells vehicles or persons apart meets this test', () => {
    expectTypeOf<keyof Observation>().toEqualTypeOf<
      'cityVersion' | 'timeMs' | 'sensors' | 'signals' | 'vehicles' | 'loops' | 'waiting'
    >();
    expectTypeOf<keyof SeenVehicles>().toEqualTypeOf<'laneStart' | 'toEndM' | 'speedMps' | 'kind' | 'blind'>();
    expectTypeOf<keyof LoopReadings>().toEqualTypeOf<
      'occupied' | 'rises' | 'occupancy' | 'lastOnMs' | 'lastOffMs' | 'blind'
    >();
    for (const level of ['camera', 'loops'] as const) {
      const seen = new SensorLayer(city, { level, seed: 1 }).observe(frameOf(0, []), LAMPS);
      expect(Object.keys(seen).sort()).toEqual(['cityVersion', 'loops', 'sensors', 'signals', 'timeMs', 'vehicles']);
      if (seen.vehicles)
        expect(Object.keys(seen.vehicles).sort()).toEqual(['blind', 'kind', 'laneStart', 'speedMps', 'toEndM']);
      if (seen.loops) {
        expect(Object.keys(seen.loops).sort()).toEqual([
          'blind',
          'lastOffMs',
          'lastOnMs',
          'occupancy',
          'occupied',
          'rises',
        ]);
      }
    }
  });

  it.each(['id', 'plate', 'face', 'name', 'route', 'slot'])('refuses "%s" on the wire', (field) => {
    expect(() => wire.read({ ...observed, [field]: 'x' })).toThrow('no such field');
    expect(() => wire.read({ ...observed, vehicles: [{ ...vehicle, [field]: 'x' }] })).toThrow('no such field');
  });
});

describe('wire form', () => {
  it.each(['camera', 'loops'] as const)('brings an observation back unchanged (%s)', (level) => {
    const layer = new SensorLayer(city, { level, seed: 1 });
    for (let second = 0; second < 6; second++) {
      const seen = layer.observe(
        frameOf(second * 1000, [
          { slot: 0, segment: laneOf(0, 'inner', 0), posM: 20.1 + 8 * second, speedMps: 8 },
          { slot: 1, segment: laneOf(1, 'outer', 1), posM: 270 + 3 * second, speedMps: 3, kind: 2 },
        ]),
        LAMPS,
      );
      expect(wire.read(JSON.parse(JSON.stringify(wire.write(seen))))).toEqual(seen);
    }
  });

  it('brings the people at crossings back, and names only crossings where somebody waits', async () => {
    const { city: quarter } = await loadQuarter('');
    const ofQuarter = new ObservationWire(quarter);
    const crossing = quarter.crossings[3]?.id ?? '';
    const lamps = quarter.signals.map(({ links }) => 'r'.repeat(links.length));
    const people = Uint16Array.from(quarter.crossings, (_, k) => (k === 3 ? 4 : 0));
    for (const [level, count] of [
      ['camera', 4],
      ['loops', 1],
    ] as const) {
      const seen = new SensorLayer(quarter, { level, seed: 1 }).observe(frameOf(0, []), lamps, people);
      expect(ofQuarter.write(seen).waiting).toEqual({ [crossing]: count });
      expect(ofQuarter.read(JSON.parse(JSON.stringify(ofQuarter.write(seen))))).toEqual(seen);
    }
    expect(() => ofQuarter.read({ timeMs: 0, signals: {}, vehicles: [], waiting: { x: -1 } })).toThrow('/waiting/x');
  });

  it.each([
    [{ ...observed, vehicles: [{ ...vehicle, lane: 'nowhere' }] }, 'no lane "nowhere"'],
    [{ ...observed, vehicles: [{ ...vehicle, toEndM: -1 }] }, '/vehicles/0/toEndM'],
    [{ ...observed, signals: {} }, 'what signal "C" shows'],
    [{ ...observed, signals: { C: 'GG' } }, '12 links'],
    [{ ...observed, signals: { ...observed.signals, D: 'G' } }, 'no signal "D"'],
    [{ ...observed, loops: [] }, 'either'],
    [{ ...observed, blind: ['x'] }, 'no lane "x"'],
    [{ ...observed, waiting: { x: 1 } }, 'no crossing "x"'],
    [{ ...observed, cityVersion: 'other' }, 'city version other'],
    [7, 'must be object'],
  ])('refuses %j in one sentence', (value, sentence) => {
    expect(() => wire.read(value)).toThrow(sentence);
  });
});
