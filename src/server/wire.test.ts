import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brightestLamp, decodeScene, encodeScene, type Scene } from './wire.ts';

const bytes = fc.uint8Array({ maxLength: 40 });
const scenes: fc.Arbitrary<Scene> = fc.nat({ max: 50 }).chain((count) => {
  const of = { minLength: count, maxLength: count };
  return fc.record({
    count: fc.constant(count),
    slot: fc.uint32Array(of),
    x: fc.float32Array(of),
    y: fc.float32Array(of),
    angle: fc.uint16Array(of),
    speed: fc.uint8Array(of),
    length: fc.uint8Array(of),
    kind: fc.uint8Array(of),
    roads: bytes,
    lamps: bytes,
  });
});

describe('a scene on the wire', () => {
  it('comes back as it went', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        expect(decodeScene(encodeScene(scene))).toEqual(scene);
      }),
    );
  });

  it('is refused when cut off', () => {
    fc.assert(
      fc.property(scenes, fc.integer({ min: 1, max: 20 }), (scene, missing) => {
        const whole = encodeScene(scene);
        const cut = whole.slice(0, Math.max(12, whole.length - missing));
        fc.pre(cut.length < whole.length);
        expect(() => decodeScene(cut)).toThrow(RangeError);
      }),
    );
  });

  it('takes from long arrays only the vehicles there are', () => {
    const room = {
      slot: new Uint32Array(9),
      x: new Float32Array(9),
      y: new Float32Array(9),
      angle: new Uint16Array(9),
    };
    const rest = { speed: new Uint8Array(9), length: new Uint8Array(9), kind: new Uint8Array(9) };
    const scene = { count: 2, ...room, ...rest, roads: new Uint8Array(1), lamps: new Uint8Array(3) };
    expect(decodeScene(encodeScene(scene)).slot).toHaveLength(2);
  });
});

describe('the brightest of several lamps', () => {
  it('is the one that lets most go', () => {
    expect(brightestLamp(['r', 'G', 'g'])).toBe('G');
    expect(brightestLamp(['r', 'y'])).toBe('y');
    expect(brightestLamp(['r'])).toBe('r');
    expect(brightestLamp([])).toBe('o');
  });
});
