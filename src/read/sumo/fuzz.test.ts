import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCity } from '../../city/check.ts';
import { UrbaneError } from '../../units/errors.ts';
import { sourceFrom } from '../source.ts';
import { readSumoConfig, readSumoNet, readSumoRoutes } from './read.ts';

const VALID = fileURLToPath(new URL('../../../fixtures/valid/', import.meta.url));
const files = await Promise.all(
  ['bare/bare.net.xml', 'cross/cross.net.xml', 'walk/walk.net.xml'].map((name) => readFile(`${VALID}${name}`)),
);
const routes = await readFile(`${VALID}cross/cross.rou.xml`);
const additional = await readFile(`${VALID}cross/cross.add.xml`);
const config = await readFile(`${VALID}cross/cross.sumocfg`);
const [net, stops, walkers] = await Promise.all(
  ['net', 'add', 'rou'].map((kind) => readFile(`${VALID}../quarter/quarter.${kind}.xml`)),
);
const quarter = { net: net ?? Buffer.of(), stops: stops ?? Buffer.of(), routes: walkers ?? Buffer.of() };
const { city } = await readSumoNet(sourceFrom('cross', files[1] ?? new Uint8Array()), { name: 'cross' });

/** Texts that go wrong in more ways than random bytes do. */
const SPLICES = [
  '-1',
  '0',
  '1e308',
  'NaN',
  '',
  ' ',
  '"',
  '<',
  '>',
  '/>',
  '&amp;',
  '&x;',
  '<!--',
  ']]>',
  '\u0000',
  'é',
  '99999999999',
  'centre',
  'north-in',
  'id="centre"',
  'from="',
  '<net>',
  '</edge>',
  '<lane ',
  '__proto__',
  'constructor',
  ':centre_0',
  '<phase duration="1" state=""/>',
  'normc(1,2)',
  'exp(0.1)',
  '1,2',
  '1,2 3,4',
  'priority',
  'truck',
  'internal',
  '0.5',
];

/** Either cuts at a place and puts something there, or puts something in the place of an attribute's value. */
type Edit =
  | { readonly kind: 'splice'; readonly at: number; readonly cut: number; readonly put: Uint8Array }
  | { readonly kind: 'value'; readonly at: number; readonly put: string };

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const word = fc.constantFrom(...SPLICES);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('value' as const), at: share, put: word }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('splice' as const),
      at: share,
      cut: fc.oneof(
        { weight: 6, arbitrary: fc.nat(12) },
        { weight: 1, arbitrary: fc.constant(Number.MAX_SAFE_INTEGER) },
      ),
      put: fc.oneof(
        word.map((text) => new TextEncoder().encode(text)),
        fc.uint8Array({ maxLength: 3 }),
      ),
    }),
  },
);
const edits = fc.array(edit, { maxLength: 3 });

function replaceValue(bytes: Uint8Array, at: number, put: string): Uint8Array {
  const text = new TextDecoder().decode(bytes);
  const values = [...text.matchAll(/="([^"]*)"/g)];
  const value = values[Math.floor(at * values.length)];
  if (value === undefined) return bytes;
  const start = value.index + 2;
  return new TextEncoder().encode(text.slice(0, start) + put + text.slice(start + (value[1] ?? '').length));
}

function splice(bytes: Uint8Array, at: number, cut: number, put: Uint8Array): Uint8Array {
  const place = Math.floor(at * bytes.length);
  const rest = bytes.subarray(Math.min(bytes.length, place + cut));
  const result = new Uint8Array(place + put.length + rest.length);
  result.set(bytes.subarray(0, place));
  result.set(put, place);
  result.set(rest, place + put.length);
  return result;
}

function damage(bytes: Uint8Array, changes: readonly Edit[]): Uint8Array {
  return changes.reduce(
    (result, change) =>
      change.kind === 'value'
        ? replaceValue(result, change.at, change.put)
        : splice(result, change.at, change.cut, change.put),
    bytes,
  );
}

/** Reads without a fault or throws an UrbaneError that says something. */
async function settles<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    expect(error).toBeInstanceOf(UrbaneError);
    expect((error as UrbaneError).message.length).toBeLessThan(2000);
    return null;
  }
}

/** Times the usual number of damaged files: FUZZ=20 for a long run. */
const THOROUGH = Number(process.env.FUZZ ?? 1);
/** At most this many milliseconds for one damaged file of 30 kB: no hang. */
const LIMIT_MS = 2000;

describe('damaged files', () => {
  it('networks give a sound city or an UrbaneError', { timeout: 120_000 * THOROUGH }, async () => {
    let sound = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), edits, async (file, changes) => {
        const started = performance.now();
        const read = await settles(readSumoNet(sourceFrom('net', damage(file, changes)), { name: 'damaged' }));
        expect(performance.now() - started).toBeLessThan(LIMIT_MS);
        if (read === null) return;
        sound++;
        expect(checkCity(read.city)).toEqual([]);
      }),
      { numRuns: 500 * THOROUGH },
    );
    expect(sound).toBeGreaterThan(100);
  });

  it('demand gives sound trips or an UrbaneError', { timeout: 120_000 * THOROUGH }, async () => {
    const options = { city, beginMs: 100_000, endMs: 300_000, seed: 1 };
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(edits, edits, async (changes, more) => {
        const started = performance.now();
        const sources = [sourceFrom('add', damage(additional, more)), sourceFrom('rou', damage(routes, changes))];
        const read = await settles(readSumoRoutes(sources, options));
        expect(performance.now() - started).toBeLessThan(LIMIT_MS);
        for (const trip of read?.demand.trips ?? []) {
          kept++;
          expect(trip.departMs >= 100_000 && trip.departMs < 300_000 && Number.isInteger(trip.departMs)).toBe(true);
          expect(trip.route.length > 0 && trip.route.every((road) => city.roads[road] !== undefined)).toBe(true);
          expect(read?.demand.types[trip.type]).toBeDefined();
        }
      }),
      { numRuns: 500 * THOROUGH },
    );
    expect(kept).toBeGreaterThan(1000);
  });

  it('walks and stops are sound or left out', { timeout: 120_000 * THOROUGH }, async () => {
    let kept = 0;
    const isAmount = (value: number) => Number.isFinite(value) && value >= 0;
    await fc.assert(
      fc.asyncProperty(edits, edits, async (changes, more) => {
        const places = [sourceFrom('add', damage(quarter.stops, more))];
        const read = await settles(
          readSumoNet(sourceFrom('net', quarter.net), { name: 'quarter', additional: places }),
        );
        if (read === null) return;
        expect(checkCity(read.city)).toEqual([]);
        const options = { city: read.city, beginMs: 0, endMs: 300_000, seed: 1 };
        const demand = (await settles(readSumoRoutes([sourceFrom('rou', damage(quarter.routes, changes))], options)))
          ?.demand;
        for (const { stops = [], route } of demand?.trips ?? []) {
          for (const { place, lane, fromM, toM, durationMs, untilMs } of stops) {
            kept++;
            expect(read.city.lanes[lane]?.road).toBe(route[place]);
            expect(fromM <= toM && [fromM, durationMs, untilMs].every(isAmount)).toBe(true);
          }
        }
        for (const { crossings, directions, betweenM, speedMps } of demand?.walks ?? []) {
          kept++;
          expect(betweenM.length === crossings.length + 1 && directions.length === crossings.length).toBe(true);
          expect([...betweenM, speedMps].every((value) => Number.isFinite(value) && value > -1e-9)).toBe(true);
        }
      }),
      { numRuns: 60 * THOROUGH },
    );
    expect(kept).toBeGreaterThan(1000);
  });

  it('additional files and configurations read or give an UrbaneError', { timeout: 120_000 * THOROUGH }, async () => {
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const source = sourceFrom('cross', files[1] ?? new Uint8Array());
        const read = await settles(
          readSumoNet(source, { name: 'damaged', additional: [sourceFrom('add', damage(additional, changes))] }),
        );
        if (read !== null) expect(checkCity(read.city)).toEqual([]);
        await settles(readSumoConfig(sourceFrom('cfg', damage(config, changes))));
      }),
      { numRuns: 200 * THOROUGH },
    );
  });
});
