import { describe, expect, it } from 'vitest';
import { MeasureEngine } from './engine.ts';
import { type DetectorRole, EVENT, EventBuffer } from './event.ts';
import { adviseOffsets } from './link-pivot.ts';

const DEVICES = ['a', 'b', 'c'];
const CYCLE_MS = 90_000;
const GREEN_MS = 30_000;
const DRIVE_MS = 40_000;
const START = Date.UTC(2026, 2, 2, 7);
const ROLES: DetectorRole[] = DEVICES.flatMap((device) =>
  [2, 6].map((phase): DetectorRole => ({ device, channel: phase, phase, function: 'Advance' })),
);
const STOPS = DEVICES.map((device) => ({ device, forward: 2, back: 6 }));

/** Ten minutes of three signals whose green waves start `offsets` (ms) into the cycle; platoons leave with the green. */
function profileOf(offsets: readonly number[]): MeasureEngine {
  const engine = new MeasureEngine({
    dialect: 'utah',
    roles: ROLES,
    binMs: 900_000,
    slackMs: 600_000,
    tables: ['offset_profile'],
  });
  const buffer = new EventBuffer(DEVICES);
  for (let cycle = 0; cycle < 20; cycle++) {
    offsets.forEach((offset, device) => {
      const begin = START + cycle * CYCLE_MS + offset;
      for (const phase of [2, 6]) {
        buffer.push(begin, device, EVENT.beginGreen, phase);
        buffer.push(begin + GREEN_MS, device, EVENT.beginYellow, phase);
        buffer.push(begin + GREEN_MS + 4000, device, EVENT.endYellow, phase);
      }
      for (let vehicle = 0; vehicle < GREEN_MS; vehicle += 2000) {
        if (device < 2) buffer.push(begin + vehicle + DRIVE_MS, device + 1, EVENT.detectorOn, 2);
      }
    });
  }
  engine.push(buffer);
  engine.finish();
  return engine;
}

describe('adviseOffsets', () => {
  it('moves each signal so that the platoon meets the green of the next', () => {
    const table = profileOf([0, 0, 0]).tables[0];
    if (table === undefined) throw new Error('no profile');
    const advice = adviseOffsets(STOPS, table, DEVICES);
    // The platoon of 28 s comes 40 s after its own green began: that green must be 38 to 40 s earlier than the next one.
    advice.slice(0, 2).forEach(({ addS }, at) => {
      const apart = (advice[at + 1]?.addS ?? 0) - addS;
      expect(apart).toBeGreaterThanOrEqual(38);
      expect(apart).toBeLessThanOrEqual(40);
    });
    for (const { arrivals, onGreenBefore, onGreenAfter } of advice.slice(0, 2)) {
      expect(onGreenBefore).toBeLessThan(0.1 * arrivals);
      expect(onGreenAfter).toBe(arrivals);
    }
  });

  it('leaves a green wave as it is', () => {
    const table = profileOf([0, DRIVE_MS, 2 * DRIVE_MS]).tables[0];
    if (table === undefined) throw new Error('no profile');
    expect(adviseOffsets(STOPS, table, DEVICES).map(({ addS }) => addS)).toEqual([0, 0, 0]);
  });
});
