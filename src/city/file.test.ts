import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCity } from '../field/load.ts';
import { UrbaneError } from '../units/errors.ts';
import { crc32c } from './checksum.ts';
import type { City, Signal } from './city.ts';
import { ColumnReader, ColumnWriter } from './columns.ts';
import { openCity, saveCity } from './file.ts';
import { withVersion } from './version.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const cross = (await loadCity(`${FIXTURES}valid/cross`)).city;

describe('city file', () => {
  it('gives back the city it was made of', () => {
    expect(openCity(saveCity(cross))).toEqual(cross);
  });

  it('keeps Chinese names, ground and plans with minima', () => {
    const city = withVersion({
      ...cross,
      name: '杭州',
      projection: { definition: '+proj=utm +zone=50 +datum=WGS84', offsetX: -1 / 3, offsetY: 1e7 },
      districts: cross.districts.map((district) => ({ ...district, nameZh: '老城' })),
      ground: [{ kind: 'water', shape: [0, 0, 1.0005, 1 / 3, 5, 5] }],
    });
    expect(openCity(saveCity(city))).toEqual(city);
    expect(city.version).not.toBe(cross.version);
  });

  it('has a version of its content alone', () => {
    expect(withVersion({ ...cross, name: 'another name' }).version).toBe(cross.version);
    const [first, ...others] = cross.lanes;
    expect(first).toBeDefined();
    const faster = { ...cross, lanes: [{ ...(first as City['lanes'][number]), speedMps: 14 }, ...others] };
    expect(withVersion(faster).version).not.toBe(cross.version);
  });

  it('opens files of format 1 for ever', async () => {
    const city = openCity(await readFile(`${FIXTURES}city/cross.format-1.city`));
    expect(city.version).toBe('eeed6058452cd501');
    expect(city.signals[0]?.programs.map((program) => program.id)).toEqual(['evening', '0']);
  });

  it('writes the lowest format that holds the city', async () => {
    const { city } = await loadCity(`${FIXTURES}quarter`);
    expect([city.corners.length, city.crossings.length, city.busStops.length]).toEqual([38, 27, 4]);
    const usual = (of: City) =>
      withVersion({
        ...of,
        movements: of.movements.map((movement) => ({
          ...movement,
          yieldsInside: movement.waitAtM < 0 ? [] : movement.yieldsTo,
        })),
      });
    const actuate = (programs: Signal['programs']) => programs.map((program) => ({ ...program, isActuated: true }));
    const actuated = withVersion({
      ...city,
      signals: city.signals.map((signal) => ({ ...signal, programs: actuate(signal.programs) })),
    });
    const ofFormats = [usual(cross), usual(city), city, actuated];
    expect(ofFormats.map((of) => saveCity(of)[4])).toEqual([1, 2, 3, 4]);
    for (const of of ofFormats) expect(openCity(saveCity(of))).toEqual(of);
    expect(withVersion({ ...city, busStops: [] }).version).not.toBe(city.version);
  });

  it('says what it expected and what it got', () => {
    const file = saveCity(cross);
    expect(() => openCity(new Uint8Array([1, 2, 3]))).toThrow('expected it to begin with "URBC"');
    expect(() => openCity(file.subarray(0, 12))).toThrow('has 12 bytes, expected at least 16');
    expect(() => openCity(file.subarray(0, 100))).toThrow(
      `holds 84 bytes after its header, expected ${file.length - 16}`,
    );
    const newer = file.slice();
    newer[4] = 9;
    expect(() => openCity(newer)).toThrow('has format 9, and this Urbane knows up to 5');
  });

  it('refuses every file with a changed byte', () => {
    const file = saveCity(cross);
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const damaged = file.slice();
        damaged[place] = (damaged[place] ?? 0) ^ change;
        expect(() => openCity(damaged)).toThrow(UrbaneError);
      }),
    );
  });

  it('survives damage that carries a right checksum', () => {
    const file = saveCity(cross);
    const edit = fc.tuple(fc.integer({ min: 16, max: file.length - 1 }), fc.nat(255));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const damaged = file.slice();
        for (const [place, value] of edits) damaged[place] = value;
        new DataView(damaged.buffer).setUint32(12, crc32c(damaged.subarray(16)), true);
        try {
          openCity(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(UrbaneError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('columns', () => {
  it('give back any numbers, texts and lists exactly', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true }).map((value) => value + 0),
      fc.integer(),
      fc.integer({ min: -10_000_000, max: 10_000_000 }).map((milli) => milli / 1000 + 0),
    );
    const lists = fc.array(fc.array(number, { maxLength: 8 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), lists, fc.constantFrom(1, 2), (texts, numbers, stride) => {
        const out = new ColumnWriter();
        out.writeTexts(texts);
        out.writeLists(numbers, stride);
        const input = new ColumnReader(out.finish());
        expect(input.readTexts()).toEqual(texts);
        expect(input.readLists(stride).map((list) => list.map((value) => value + 0))).toEqual(
          numbers.map((list) => list.map((value) => value + 0)),
        );
      }),
    );
  });
});

describe('crc32c', () => {
  it('matches the vectors of RFC 3720 B.4', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });
});
