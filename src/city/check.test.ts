import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadCity } from '../field/load.ts';
import { checkCity } from './check.ts';
import type { City } from './city.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const { city } = await loadCity(`${FIXTURES}valid/cross`);
const { city: walked } = await loadCity(`${FIXTURES}quarter`);

/** The city with item `index` of one of its lists changed. */
function change<K extends 'roads' | 'lanes' | 'movements' | 'junctions' | 'signals'>(
  kind: K,
  index: number,
  fields: Partial<City[K][number]>,
): City {
  return { ...city, [kind]: city[kind].map((item, i) => (i === index ? { ...item, ...fields } : item)) };
}

describe('checkCity', () => {
  it('finds nothing in a sound city', () => {
    expect(checkCity(city)).toEqual([]);
  });

  it.each<[string, City]>([
    ['a lane on another road', change('lanes', 0, { road: 3 })],
    ['a gap between the lanes of two roads', change('roads', 1, { firstLane: 5 })],
    ['a road to nowhere', change('roads', 1, { to: 99 })],
    ['a lane of length 0', change('lanes', 2, { lengthM: 0 })],
    ['a lane without a shape', change('lanes', 2, { shape: [] })],
    ['a class that does not exist', change('lanes', 2, { allowed: 1 << 20 })],
    ['a lane that forgets a movement', change('lanes', city.movements[0]?.fromLane ?? 0, { out: [] })],
    ['a movement from a lane that does not exist', change('movements', 0, { fromLane: 1000 })],
    ['a movement of another junction', change('movements', 0, { junction: 1 })],
    ['a one-sided conflict', change('movements', 0, { conflicts: [] })],
    ['a movement that yields to itself', change('movements', 0, { yieldsTo: [0] })],
    ['a wait beyond the end of the movement', change('movements', 0, { waitAtM: 1000 })],
    ['a link of another movement', change('movements', 0, { link: 5 })],
    ['a junction without its movements', change('junctions', 1, { movements: [] })],
    ['a signal without programs', change('signals', 0, { programs: [] })],
    ['a signal with a link in no group', change('signals', 0, { groups: [] })],
    [
      'a phase with too few states',
      change('signals', 0, { programs: [{ id: '0', offsetS: 0, phases: [{ state: 'G', durationS: 5 }] }] }),
    ],
    ['an id that stands twice', change('roads', 1, { id: city.roads[0]?.id ?? '' })],
    ['a speed that is no number', change('lanes', 1, { speedMps: Number.NaN })],
  ])('finds %s', (_, damaged) => {
    expect(checkCity(damaged)).not.toEqual([]);
  });
  const [corner, crossing, stop] = [walked.corners[0], walked.crossings[0], walked.busStops[0]];
  const alter = <T extends object>(item: T | undefined, fields: Partial<T>): T[] => [{ ...(item as T), ...fields }];
  it.each<[string, Partial<City>]>([
    ['a corner of no junction', { corners: alter(corner, { junction: 99 }), crossings: [] }],
    ['a sidewalk that does not reach its corner', { corners: alter(corner, { sidewalks: [40] }), crossings: [] }],
    ['a crossing of length 0', { crossings: alter(crossing, { lengthM: 0 }) }],
    ['a crossing over a road elsewhere', { crossings: alter(crossing, { roads: [20] }) }],
    ['a crossing between corners elsewhere', { crossings: alter(crossing, { corners: [30, 31] }) }],
    ['a crossing with a link that its signal does not have', { crossings: alter(crossing, { link: 99 }) }],
    ['a crossing that meets a movement elsewhere', { crossings: alter(crossing, { conflicts: [60] }) }],
    ['a crossing that yields to whom it does not meet', { crossings: alter(crossing, { yieldsTo: [9] }) }],
    ['a bus stop beyond its lane', { busStops: alter(stop, { toM: 1000 }) }],
    ['a bus stop that ends before it begins', { busStops: alter(stop, { fromM: 130 }) }],
  ])('finds %s', (_, damage) => {
    expect(checkCity(walked)).toEqual([]);
    expect(checkCity({ ...walked, ...damage })).not.toEqual([]);
  });
});
