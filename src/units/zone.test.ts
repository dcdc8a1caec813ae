import { describe, expect, it } from 'vitest';
import { UrbaneError } from './errors.ts';
import { Zone } from './zone.ts';

describe('Zone', () => {
  it('turns local time into UTC and back, in summer and winter', () => {
    const zone = new Zone('America/Los_Angeles');
    expect(zone.toUtc(Date.UTC(2024, 4, 13, 15))).toBe(Date.UTC(2024, 4, 13, 22));
    expect(zone.toUtc(Date.UTC(2024, 0, 13, 15))).toBe(Date.UTC(2024, 0, 13, 23));
    for (let hour = 0; hour < 366 * 24; hour += 5) {
      const utc = Date.UTC(2024, 0, 1, hour, 7);
      const back = zone.toUtc(zone.toLocal(utc));
      // Only the second run of the hour that comes twice is read as the first.
      expect([utc, utc - 3_600_000]).toContain(back);
    }
  });

  it('takes the first of two equal times, and moves one that never comes by the missing hour', () => {
    const zone = new Zone('America/Los_Angeles');
    expect(zone.toUtc(Date.UTC(2024, 10, 3, 1, 30))).toBe(Date.UTC(2024, 10, 3, 8, 30));
    expect(zone.toUtc(Date.UTC(2024, 10, 3, 2, 0))).toBe(Date.UTC(2024, 10, 3, 10, 0));
    expect(zone.toUtc(Date.UTC(2024, 2, 10, 2, 30))).toBe(Date.UTC(2024, 2, 10, 10, 30));
  });

  it('knows offsets of quarter hours', () => {
    expect(new Zone('Asia/Kathmandu').toUtc(Date.UTC(2024, 4, 13, 5, 45))).toBe(Date.UTC(2024, 4, 13, 0, 0));
  });

  it('refuses what is no zone', () => {
    expect(() => new Zone('Mars/Olympus')).toThrow(UrbaneError);
  });
});
