import { expect, it } from 'vitest';
import { compareQuarter } from '../../bench/engine/quarter.ts';

/** Ours may be off by this share of SUMO's mean duration, one seed each. */
const BOUND = { 'on foot': 0.03, car: 0.05, bus: 0.05, bicycle: 0.05 } as const;

it('people on foot, cars, buses and bicycles take as long in the made-up quarter as in SUMO', async () => {
  const { kinds } = await compareQuarter({ seeds: [1], onProgress: () => undefined });
  for (const [name, bound] of Object.entries(BOUND)) {
    const row = kinds.find(({ kind }) => kind === name);
    expect(row?.arrived).toBeGreaterThan(15);
    expect(Math.abs(row?.off ?? 1), name).toBeLessThan(bound);
    const missing = Math.abs((row?.arrived ?? 0) - (row?.referenceArrived ?? 0));
    expect(missing, name).toBeLessThanOrEqual(Math.max(2, 0.02 * (row?.referenceArrived ?? 0)));
  }
});
