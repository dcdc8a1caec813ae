import { describe, expect, it } from 'vitest';
import { crossroads, scenario } from '../../../tests/sim/town.ts';
import { createSimStreet } from './street.ts';

describe('the engine as a street', () => {
  it('shows what it is ordered to from the next step on, and goes back to its own program', async () => {
    const city = crossroads('signal', 1);
    await using street = createSimStreet(scenario(city, []), { seed: 1 });
    const red = 'r'.repeat(city.signals[0]?.links.length ?? 0);
    street.apply([{ kind: 'show', signal: 0, state: red }]);
    await street.advance();
    expect(street.lamps[0]).toBe(red);
    expect(street.timeMs).toBe(1000);
    street.apply([{ kind: 'hand-back', signal: 0, phase: 0 }]);
    await street.advance();
    expect(street.lamps[0]).toBe(city.signals[0]?.programs[0]?.phases[0]?.state);
    expect(street.frame.count).toBe(0);
    expect(street.frame.timeMs).toBe(2000);
  });
});
