import { describe, expect, it } from 'vitest';
import { type Rgb, SPEED_RAMP, toRgb } from '../../web/src/palette.ts';

/** Severe deficiencies after Machado, Oliveira and Fernandes 2009, on linear RGB. */
const EYES: Readonly<Record<string, readonly number[]>> = {
  full: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

function linear(channel: number): number {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

/** CIE L*a*b* under D65, as seen by an eye. */
function toLab(rgb: Rgb, eye: readonly number[]): [number, number, number] {
  const [r, g, b] = rgb.map(linear) as [number, number, number];
  const seen = [0, 3, 6].map((row) => Math.min(1, Math.max(0, eye[row]! * r + eye[row + 1]! * g + eye[row + 2]! * b)));
  const [sr, sg, sb] = seen as [number, number, number];
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * sr + 0.3576 * sg + 0.1805 * sb) / 0.9505);
  const y = f(0.2126 * sr + 0.7152 * sg + 0.0722 * sb);
  const z = f((0.0193 * sr + 0.1192 * sg + 0.9505 * sb) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

describe('the speed ramp', () => {
  const steps = SPEED_RAMP.map(toRgb);
  it.each(Object.keys(EYES))('keeps its steps apart for %s eyes', (name) => {
    const seen = steps.map((step) => toLab(step, EYES[name] ?? []));
    seen.forEach((one, i) => {
      seen.slice(i + 1).forEach((other, k) => {
        const apart = Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
        expect(apart, `steps ${i} and ${i + 1 + k}`).toBeGreaterThan(15);
      });
    });
  });
});
