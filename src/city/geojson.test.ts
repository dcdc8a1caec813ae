import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadCity } from '../field/load.ts';
import { toGeoJson } from './geojson.ts';

const { city } = await loadCity(fileURLToPath(new URL('../../fixtures/valid/cross', import.meta.url)));
const { features } = toGeoJson(city);

function listOf(kind: string) {
  return features.filter(({ properties }) => properties.kind === kind);
}

describe('toGeoJson', () => {
  it('holds every road, lane, junction, signal and district once, under its own id', () => {
    expect(listOf('road').map(({ id }) => id)).toEqual(city.roads.map(({ id }) => `road/${id}`));
    expect(listOf('lane')).toHaveLength(city.lanes.length);
    expect(listOf('junction')).toHaveLength(city.junctions.length);
    expect(listOf('signal').map(({ properties }) => properties.programs)).toEqual([['evening', '0']]);
    expect(listOf('district').map(({ properties }) => properties.name)).toEqual(['Old Town', 'Mill Side']);
    expect(new Set(features.map(({ id }) => id)).size).toBe(features.length);
  });

  it('closes rings and turns them counter-clockwise', () => {
    for (const { geometry } of features) {
      if (geometry.type !== 'Polygon') continue;
      const ring = geometry.coordinates[0] ?? [];
      expect(ring.at(-1)).toEqual(ring[0]);
      let area = 0;
      ring.forEach(([x, y], i) => {
        const [nextX, nextY] = ring[i + 1] ?? [x, y];
        area += x * nextY - nextX * y;
      });
      expect(area).toBeGreaterThanOrEqual(0);
    }
  });

  it('names the classes a lane lets in', () => {
    const mill = listOf('lane').find(({ id }) => id === 'lane/mill-out_0');
    expect(mill?.properties.allowed).toContain('car');
    expect(mill?.properties.allowed).not.toContain('truck');
  });
});
