import { describe, expect, it } from 'vitest';
import { createToLonLat, isKnownProjection } from './projection.ts';

describe('createToLonLat', () => {
  it('undoes offset and UTM', () => {
    const definition = '+proj=utm +zone=32 +ellps=WGS84 +datum=WGS84 +units=m +no_defs';
    const toLonLat = createToLonLat({ projection: { definition, offsetX: -342498.65, offsetY: -5630866.92 } });
    // On the central meridian of zone 32; the meridian arc from the equator to 45 N is 4,984,944.378 m on WGS 84.
    const [lon, lat] = toLonLat(500_000 - 342498.65, 4_984_944.378 * 0.9996 - 5630866.92);
    expect(lon).toBeCloseTo(9, 6);
    expect(lat).toBeCloseTo(45, 6);
  });

  it('lays a made-up plane flat around 0, 0', () => {
    const toLonLat = createToLonLat({ projection: { definition: null, offsetX: 100, offsetY: 200 } });
    expect(toLonLat(100, 200)).toEqual([0, 0]);
    const [lon, lat] = toLonLat(111_295.08, 200 - 111_195.08);
    expect([lon, lat]).toEqual([1, -1]);
  });

  it('tells definitions from anything else', () => {
    expect(isKnownProjection('+proj=tmerc +lat_0=0 +lon_0=9')).toBe(true);
    expect(isKnownProjection('!')).toBe(false);
    expect(isKnownProjection('+proj=banana')).toBe(false);
  });
});
