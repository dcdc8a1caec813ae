import { describe, expect, it } from 'vitest';
import { crossroads, roadNamed, scenario, trip } from '../../tests/sim/town.ts';
import { withoutMovements } from '../city/without.ts';
import { followCity } from './reroute.ts';

describe('demand on a corrected city', () => {
  const city = crossroads('signal', 1);
  const [from, to] = [roadNamed(city, 'e2-c'), roadNamed(city, 'c-e0')];
  const { demand } = scenario(city, [trip([from, to], 0), trip([roadNamed(city, 'e0-c'), roadNamed(city, 'c-e2')], 5)]);

  it('is the same where nothing in its way has changed', () => {
    const followed = followCity(demand, city);
    expect(followed).toEqual({ demand, rerouted: 0, dropped: 0 });
    expect(followed.demand.trips[0]).toBe(demand.trips[0]);
  });

  it('takes another way where there is one, and leaves out who has none', () => {
    const road = (lane: number) => city.lanes[lane]?.road;
    const closed = city.movements.flatMap(({ fromLane, toLane }, m) =>
      road(fromLane) === from && road(toLane) === to ? [m] : [],
    );
    const followed = followCity(demand, withoutMovements(city, new Set(closed)));
    expect(followed.rerouted + followed.dropped).toBe(1);
    expect(followed.demand.trips.at(-1)).toBe(demand.trips[1]);
    for (const { route } of followed.demand.trips) expect(route.join()).not.toBe(`${from},${to}`);
  });
});
