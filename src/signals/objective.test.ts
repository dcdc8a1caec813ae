import { describe, expect, it } from 'vitest';
import { VEHICLE_CLASSES } from '../city/city.ts';
import { DEFAULT_OBJECTIVE, describeObjective, emissionsOf, parseObjective } from './objective.ts';

const at = (name: (typeof VEHICLE_CLASSES)[number]) => VEHICLE_CLASSES.indexOf(name);

describe('objective', () => {
  it('takes given weights over the usual ones', () => {
    const objective = parseObjective('bus=30, walker=2,stop=5');
    expect(objective.perSecond[at('bus')]).toBe(30);
    expect(objective.perSecond[at('car')]).toBe(1);
    expect(objective).toMatchObject({ walkerPerSecond: 2, perStop: 5 });
    expect(objective.perSecond[at('tram')]).toBe(DEFAULT_OBJECTIVE.perSecond[at('tram')]);
  });

  it('prices carbon dioxide: a stop from 50 km/h is worth more than half a minute of standing', () => {
    const { idleGPerS, stopG } = emissionsOf(13.89);
    expect(idleGPerS).toBeCloseTo(0.94, 2);
    expect(stopG / idleGPerS).toBeGreaterThan(30);
    const priced = parseObjective('co2=10');
    expect(priced.perSecond[at('car')]).toBeCloseTo(1 + idleGPerS, 9);
    expect(priced.perStop).toBeCloseTo(stopG, 9);
  });

  it('tells its exchange rates, and refuses what it does not know in one sentence', () => {
    expect(describeObjective(DEFAULT_OBJECTIVE)).toContain(
      'car 1, bus 15, emergency 100, tram 40, rail 40, person at a crossing 0.8; one stop 0;',
    );
    expect(() => parseObjective('dragon=3')).toThrow('No weight is called "dragon".');
    expect(() => parseObjective('bus=-1')).toThrow('Weight bus is "-1"');
    expect(() => parseObjective('bus')).toThrow('Weight bus is ""');
  });
});
