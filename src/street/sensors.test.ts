import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf, type PlacedVehicle } from '../../tests/crossing.ts';
import { movementSegment } from '../city/frame.ts';
import { cameraReachByLane, walkUpstream } from './coverage.ts';
import { parseDegradation } from './degrade.ts';
import { listLoops } from './loops.ts';
import type { Observation } from './observation.ts';
import { SensorLayer } from './sensors.ts';
import { View } from './view.ts';

const city = createCrossing();
const LAMPS = ['GGrrrrGGrrrr'];
const inner = laneOf(0, 'inner', 0);
const outer = laneOf(0, 'outer', 0);

describe('camera', () => {
  it('covers 200 m upstream across an unsignalised joint, and nothing beyond the junction', () => {
    const reach = cameraReachByLane(city);
    expect(reach[inner]).toBe(200);
    expect(reach[outer]).toBe(140);
    expect(reach[laneOf(0, 'exit', 0)]).toBe(0);
  });

  it('groups what it sees by lane, nearest to the end first, and sees no further', () => {
    const layer = new SensorLayer(city, { level: 'camera', seed: 1 });
    const { vehicles } = layer.observe(
      frameOf(1000, [
        { slot: 1, segment: inner, posM: 10, speedMps: 3, kind: 2 },
        { slot: 2, segment: outer, posM: 159 },
        { slot: 3, segment: outer, posM: 161 },
        { slot: 4, segment: inner, posM: 58 },
        { slot: 5, segment: laneOf(2, 'exit', 0), posM: 5 },
      ]),
      LAMPS,
    );
    const on = (lane: number): number[] => [
      ...vehicles!.toEndM.slice(vehicles!.laneStart[lane], vehicles!.laneStart[lane + 1]),
    ];
    expect(on(inner)).toEqual([2, 50]);
    expect(on(outer)).toEqual([139]);
    expect(vehicles!.toEndM.length).toBe(3);
    const second = vehicles!.laneStart[inner]! + 1;
    expect([vehicles!.speedMps[second], vehicles!.kind[second]]).toEqual([3, 2]);
  });

  it('reports a vehicle inside the junction before a covered lane as on that lane', () => {
    const two = createCrossing({ innerM: 60 });
    const withGap = {
      ...two,
      movements: two.movements.map((movement, m) => (m === 0 ? { ...movement, lengthM: 12 } : movement)),
    };
    const layer = new SensorLayer(withGap, { level: 'camera', seed: 1 });
    const { vehicles } = layer.observe(frameOf(0, [{ slot: 0, segment: movementSegment(withGap, 0), posM: 5 }]), LAMPS);
    expect([...vehicles!.toEndM]).toEqual([67]);
    expect(vehicles!.laneStart[inner + 1]! - vehicles!.laneStart[inner]!).toBe(1);
  });

  it('says blind for a dead camera and shows a ghost for a stuck one', () => {
    const frame = frameOf(0, [{ slot: 0, segment: inner, posM: 30 }]);
    const dead = new SensorLayer(city, { level: 'camera', seed: 1, degrade: parseDegradation('dead=1') });
    const darkness = dead.observe(frame, LAMPS).vehicles!;
    expect([darkness.blind[inner], darkness.toEndM.length]).toEqual([1, 0]);
    const stuck = new SensorLayer(city, { level: 'camera', seed: 1, degrade: parseDegradation('stuck-on=1') });
    const ghosts = stuck.observe(frame, LAMPS).vehicles!;
    expect([...ghosts.toEndM]).toEqual(Array(8).fill(1));
    expect([ghosts.blind[inner], ghosts.speedMps[0]]).toEqual([0, 0]);
    const off = new SensorLayer(city, { level: 'camera', seed: 1, degrade: parseDegradation('stuck-off=1') });
    expect(off.observe(frame, LAMPS).vehicles!.toEndM.length).toBe(0);
  });

  it('delivers late with the lamps of now', () => {
    const layer = new SensorLayer(city, { level: 'camera', seed: 1, degrade: parseDegradation('late=2') });
    const seen = [0, 1, 2, 3].map((second) =>
      layer.observe(frameOf(second * 1000, [{ slot: 0, segment: inner, posM: 30 + second }]), [`${second}`]),
    );
    expect(seen.map(({ vehicles }) => vehicles!.blind[inner])).toEqual([1, 1, 0, 0]);
    expect(seen.map(({ vehicles }) => vehicles!.toEndM[0])).toEqual([undefined, undefined, 30, 29]);
    expect(seen[3]).toMatchObject({ timeMs: 3000, signals: ['3'] });
  });

  it('misses and invents vehicles as often as it is told', () => {
    const layer = new SensorLayer(city, { level: 'camera', seed: 7, degrade: parseDegradation('noisy=0.1') });
    let seen = 0;
    for (let second = 0; second < 2000; second++) {
      seen += layer.observe(frameOf(second * 1000, [{ slot: 0, segment: inner, posM: 30 }]), LAMPS).vehicles!.toEndM
        .length;
    }
    const expected = 2000 * (0.9 + 16 * 0.1);
    expect(Math.abs(seen - expected)).toBeLessThan(0.05 * expected);
  });

  it('shows the same whatever slots and order the vehicles have', () => {
    const vehicle = fc.record({
      segment: fc.nat(city.lanes.length + city.movements.length - 1),
      posM: fc.nat(60),
      speedMps: fc.nat(14),
    });
    fc.assert(
      fc.property(fc.array(vehicle, { maxLength: 40 }), fc.nat(1000), (vehicles, shift) => {
        const place = (list: typeof vehicles, slot: (k: number) => number): PlacedVehicle[] =>
          list.map((one, k) => ({ ...one, slot: slot(k) }));
        const a = new SensorLayer(city, { level: 'camera', seed: 1 }).observe(
          frameOf(
            0,
            place(vehicles, (k) => k),
          ),
          LAMPS,
        );
        const b = new SensorLayer(city, { level: 'camera', seed: 9 }).observe(
          frameOf(
            0,
            place(vehicles, (k) => k + shift),
          ),
          LAMPS,
        );
        expect(b).toEqual(a);
        const turned = new SensorLayer(city, { level: 'camera', seed: 1 }).observe(
          frameOf(
            0,
            place([...vehicles].reverse(), (k) => k),
          ),
          LAMPS,
        );
        expect([...turned.vehicles!.laneStart]).toEqual([...a.vehicles!.laneStart]);
        expect([...turned.vehicles!.toEndM]).toEqual([...a.vehicles!.toEndM]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('loops', () => {
  const loops = listLoops(city);
  const at = (id: string): number => loops.findIndex((loop) => loop.id === id);
  const stopLine = at('n_inner_0/stop-line');
  const advance = at('n_inner_0/advance');

  it('lie at the stop line and 80 m before it, across the joint', () => {
    expect(loops[stopLine]).toEqual({ id: 'n_inner_0/stop-line', lane: inner, kind: 'stop-line', fromM: 58, toM: 60 });
    expect(loops[advance]).toEqual({ id: 'n_inner_0/advance', lane: outer, kind: 'advance', fromM: 278, toM: 280 });
    expect(loops.length).toBe(16);
    const short = createCrossing({ innerM: 30, outerM: 20 });
    expect(listLoops(short)[1]).toMatchObject({ lane: outer, fromM: 0, toM: 2 });
    expect(walkUpstream(short, inner, 40)).toEqual({ lane: outer, toEndM: 10 });
  });

  it('are not laid around a turn back', () => {
    const short = createCrossing({ innerM: 30 });
    const joint = short.lanes[inner]!.in[0];
    const movements = short.movements.map((one, m) => (m === joint ? { ...one, turn: 'u-turn' as const } : one));
    expect(walkUpstream({ ...short, movements }, inner, 40)).toEqual({ lane: inner, toEndM: 30 });
  });

  it('lie where the detectors of their signal are known to lie, and are missing where it has none', () => {
    const detector = {
      signal: 0,
      channel: 1,
      phase: 2,
      kind: 'stop-line',
      lane: inner,
      distanceM: 1,
      lengthM: 12,
    } as const;
    const far = { ...detector, channel: 2, kind: 'advance', distanceM: 110, lengthM: 0 } as const;
    const only = { ...detector, channel: 3, lane: laneOf(1, 'inner', 1) };
    const counting = { ...far, channel: 4, kind: 'count', distanceM: 20 } as const;
    const wired = { ...city, detectors: [detector, far, { ...far, channel: 5, distanceM: 40 }, only, counting] };
    const places = listLoops(wired);
    expect(places[stopLine]).toEqual({
      id: 'n_inner_0/stop-line',
      lane: inner,
      kind: 'stop-line',
      fromM: 47,
      toM: 59,
      channel: 1,
    });
    // 110 m before the stop line lie 60 m of this lane and 50 of the one behind.
    expect(places[advance]).toEqual({
      id: 'n_inner_0/advance',
      lane: outer,
      kind: 'advance',
      fromM: 248,
      toM: 250,
      channel: 2,
    });
    expect(places.filter(({ isMissing }) => !isMissing).map(({ id }) => id)).toEqual([
      'n_inner_0/stop-line',
      'n_inner_0/advance',
      `${city.lanes[only.lane]?.id}/stop-line`,
    ]);
    const layer = new SensorLayer(wired, { level: 'loops', seed: 1 });
    const view = new View(wired);
    layer.observe(frameOf(9000, []), LAMPS);
    const standing = [{ slot: 1, segment: only.lane, posM: 58 }];
    for (let second = 10; second < 16; second++) view.observe(layer.observe(frameOf(second * 1000, standing), LAMPS));
    // One loop is enough to tell of its lane; a lane without any tells nothing.
    expect(view.haltedOn(only.lane)).toBe(1);
    expect(view.vehiclesOn(inner)).toBe(0);
    expect(view.vehiclesOn(laneOf(2, 'inner', 0))).toBeNull();
  });

  it('turn on when the front comes and off when the rear has gone, at 0.1 s', () => {
    const layer = new SensorLayer(city, { level: 'loops', seed: 1 });
    layer.observe(frameOf(10_000, [{ slot: 3, segment: inner, posM: 50 }]), LAMPS);
    const on = layer.observe(frameOf(11_000, [{ slot: 3, segment: inner, posM: 60 }]), LAMPS).loops!;
    expect([on.occupied[stopLine], on.rises[stopLine], on.lastOnMs[stopLine]]).toEqual([1, 1, 10_800]);
    expect(on.occupancy[stopLine]).toBeCloseTo(0.3);
    const inside = movementSegment(city, 9);
    const off = layer.observe(frameOf(12_000, [{ slot: 3, segment: inside, posM: 10 }]), LAMPS).loops!;
    expect([off.occupied[stopLine], off.rises[stopLine], off.lastOffMs[stopLine]]).toEqual([0, 0, 11_500]);
    expect(off.occupancy[stopLine]).toBeCloseTo(0.4);
  });

  it('see a vehicle that crosses joint, lane and junction within one second', () => {
    const short = createCrossing({ innerM: 8, outerM: 100 });
    const layer = new SensorLayer(short, { level: 'loops', seed: 1 });
    const lane = laneOf(0, 'inner', 0);
    const loop = layer.loops.findIndex((place) => place.lane === lane && place.kind === 'stop-line');
    layer.observe(frameOf(0, [{ slot: 0, segment: laneOf(0, 'outer', 0), posM: 95 }]), LAMPS);
    const { loops: seen } = layer.observe(
      frameOf(1000, [{ slot: 0, segment: movementSegment(short, 9), posM: 12 }]),
      LAMPS,
    );
    expect([seen!.rises[loop], seen!.lastOnMs[loop], seen!.lastOffMs[loop]]).toEqual([1, 500, 800]);
  });

  it('take a slot that jumps for a new vehicle', () => {
    const layer = new SensorLayer(city, { level: 'loops', seed: 1 });
    layer.observe(frameOf(0, [{ slot: 0, segment: laneOf(2, 'exit', 0), posM: 190 }]), LAMPS);
    const { loops: seen } = layer.observe(frameOf(1000, [{ slot: 0, segment: inner, posM: 30 }]), LAMPS);
    expect([...seen!.rises]).toEqual(Array(16).fill(0));
  });

  it('count every vehicle once, whatever its speed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 18 }), fc.integer({ min: 2, max: 12 }), (speed, count) => {
        const layer = new SensorLayer(city, { level: 'loops', seed: 1 });
        const gap = 10 + speed;
        let [passedAdvance, passedLine] = [0, 0];
        for (let second = 0; second * speed < 400 + count * gap; second++) {
          const vehicles: PlacedVehicle[] = [];
          for (let k = 0; k < count; k++) {
            const x = 200 + second * speed - k * gap;
            if (x >= 0 && x <= 300) vehicles.push({ slot: k, segment: outer, posM: x });
            else if (x > 300 && x <= 360) vehicles.push({ slot: k, segment: inner, posM: x - 300 });
            else if (x > 360 && x <= 380) vehicles.push({ slot: k, segment: movementSegment(city, 9), posM: x - 360 });
          }
          const { loops: seen } = layer.observe(frameOf(second * 1000, vehicles), LAMPS);
          passedAdvance += seen!.rises[advance]!;
          passedLine += seen!.rises[stopLine]!;
        }
        expect([passedAdvance, passedLine]).toEqual([count, count]);
      }),
      { numRuns: 40 },
    );
  });

  it('stay blind when dead and on when stuck', () => {
    const frame = frameOf(0, []);
    const dead = new SensorLayer(city, { level: 'loops', seed: 1, degrade: parseDegradation('dead=1') });
    expect([...dead.observe(frame, LAMPS).loops!.blind]).toEqual(Array(16).fill(1));
    const stuck = new SensorLayer(city, { level: 'loops', seed: 1, degrade: parseDegradation('stuck-on=1') });
    expect([...stuck.observe(frame, LAMPS).loops!.occupied]).toEqual(Array(16).fill(1));
  });
});

describe('degradation', () => {
  it('breaks the share it is told to', () => {
    const layer = new SensorLayer(city, { level: 'loops', seed: 5, degrade: parseDegradation('dead=0.5') });
    const dead = layer.observe(frameOf(0, []), LAMPS).loops!.blind.reduce((sum, one) => sum + one, 0);
    expect(dead).toBeGreaterThan(2);
    expect(dead).toBeLessThan(14);
  });

  it.each(['camera', 'loops'] as const)(
    'makes only the share of the sensors late or noisy that it is told to: %s',
    (level) => {
      const far = Array.from({ length: 8 }, (_, k) => ({ slot: k, segment: laneOf(k % 4, 'inner', k >> 2), posM: 59 }));
      const run = (degrade: string) => {
        const layer = new SensorLayer(city, { level, seed: 5, degrade: parseDegradation(degrade) });
        const first = layer.observe(frameOf(0, []), LAMPS);
        return [first, layer.observe(frameOf(1000, far), LAMPS)] as const;
      };
      const blindIn = ({ vehicles, loops }: Observation) =>
        (vehicles ?? loops!).blind.reduce((sum, one) => sum + one, 0);
      const toldIn = ({ vehicles, loops }: Observation) =>
        vehicles !== null ? vehicles.toEndM.length : loops!.rises.reduce((sum, one) => sum + one, 0);
      const [whole, some] = [run('late=1'), run('late=1@0.5')];
      expect(blindIn(some[0])).toBeGreaterThan(0);
      expect(blindIn(some[0])).toBeLessThan(blindIn(whole[0]));
      expect(toldIn(whole[1])).toBe(0);
      expect(toldIn(some[1])).toBeGreaterThan(0);
      expect(toldIn(some[1])).toBeLessThan(toldIn(run('late=0')[1]));
      const missed = toldIn(run('noisy=1@0.5')[1]);
      expect(missed).toBeGreaterThan(0);
      expect(run('noisy=1@0')[1]).toEqual(run('late=0')[1]);
    },
  );

  it.each([
    ['late=5@2', /share of the sensors/],
    ['dead=0.2@0.5', /may follow noisy and late/],
    ['sleepy=1', /knows dead, .* not "sleepy=1"/],
    ['dead=2', /share from 0 to 1, not "2"/],
    ['dead', /not ""/],
    ['late=1.5', /whole seconds/],
    ['dead=0.6,stuck-on=0.6', /may add up to 1/],
  ])('refuses %s', (text, sentence) => {
    expect(() => parseDegradation(text)).toThrow(sentence);
  });
});
