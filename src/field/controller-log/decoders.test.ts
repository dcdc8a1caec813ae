import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventBuffer } from '../../measures/event.ts';
import { UrbaneError } from '../../units/errors.ts';
import { readAsc3Header, readAsc3Records, unpackAsc3 } from './asc3.ts';
import { DamageReport } from './damage.ts';
import { asc3Bytes, maxtimeText, type PlainEvent } from './encode.fixture.ts';
import { readMaxtimeEvents } from './maxtime.ts';

const BEGIN = Date.UTC(2024, 1, 21, 11, 15);
const local = (timeMs: number): number => timeMs;

/** Events as a controller logs them: silences of up to a minute, past the turn of the counter. */
const logs = fc
  .array(fc.record({ gap: fc.integer({ min: 0, max: 600 }), code: fc.nat(255), parameter: fc.nat(255) }), {
    minLength: 1,
    maxLength: 400,
  })
  .map((steps) => {
    let tenths = 0;
    return steps.map(({ gap, code, parameter }): PlainEvent => {
      tenths += gap;
      return { timeMs: BEGIN + tenths * 100, code, parameter };
    });
  });

function eventsOf(buffer: EventBuffer): PlainEvent[] {
  return Array.from({ length: buffer.length }, (_, at) => ({
    timeMs: buffer.timeMs[at]!,
    code: buffer.code[at]!,
    parameter: buffer.parameter[at]!,
  }));
}

function decodeAsc3(bytes: Uint8Array) {
  const damage = new DamageReport();
  const into = new EventBuffer(['1']);
  const unpacked = unpackAsc3(bytes, 'a.dat');
  readAsc3Records(unpacked, readAsc3Header(unpacked, 'a.dat', local), 0, into, damage, 'a.dat');
  return { events: eventsOf(into), damage };
}

function decodeMaxtime(text: string) {
  const damage = new DamageReport();
  const into = new EventBuffer(['1']);
  readMaxtimeEvents(text, 0, local, into, damage, 'a.xml');
  return { events: eventsOf(into), damage };
}

/** How many of `found` are in `wanted`, in its order. */
function countKept(found: readonly PlainEvent[], wanted: readonly PlainEvent[]): number {
  const key = ({ timeMs, code, parameter }: PlainEvent): string => `${timeMs} ${code} ${parameter}`;
  const left = new Map<string, number>();
  for (const event of wanted) left.set(key(event), (left.get(key(event)) ?? 0) + 1);
  let kept = 0;
  for (const event of found) {
    const count = left.get(key(event)) ?? 0;
    if (count > 0) kept++;
    left.set(key(event), count - 1);
  }
  return kept;
}

describe('Econolite ASC/3', () => {
  it('comes back as it was written, packed or not', () => {
    fc.assert(
      fc.property(logs, fc.boolean(), (events, packed) => {
        const bytes = asc3Bytes(BEGIN, '7', events);
        const { events: found, damage } = decodeAsc3(packed ? deflateSync(bytes) : bytes);
        expect(found).toEqual(events);
        expect(damage.count).toBe(0);
      }),
    );
  });

  it('loses no more than a few records where bytes are lost, added or changed', () => {
    // Bursts of events of one time, codes and channels without pattern, as at a junction.
    let timeMs = BEGIN;
    const steady = Array.from({ length: 300 }, (_, at) => {
      timeMs += at % 3 === 0 ? 100 * ((at * 7919) % 37) : 0;
      return {
        timeMs,
        code: [82, 81, 43, 2, 44, 1, 8, 82, 3, 81][(at * 7) % 10] ?? 0,
        parameter: 1 + ((at * 7919) % 31),
      };
    });
    const bytes = asc3Bytes(BEGIN, '7', steady);
    const from = bytes.length - steady.length * 4;
    fc.assert(
      fc.property(
        fc.integer({ min: from, max: bytes.length - 1 }),
        fc.constantFrom('lose', 'add', 'change'),
        fc.integer({ min: 1, max: 7 }),
        fc.nat(255),
        (at, how, count, value) => {
          const tail = how === 'add' ? at : Math.min(bytes.length, at + count);
          const middle = how === 'lose' ? Buffer.alloc(0) : Buffer.alloc(Math.min(count, bytes.length - at), value);
          const torn = Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(tail)]);
          const { events, damage } = decodeAsc3(torn);
          const kept = countKept(events, steady);
          expect(kept).toBeGreaterThanOrEqual(steady.length - 12);
          expect(events.length - kept).toBeLessThanOrEqual(12);
          if (torn.length % 4 !== bytes.length % 4) expect(damage.count).toBeGreaterThan(0);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('never crashes or hangs on noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (noise) => {
        const head = asc3Bytes(BEGIN, '7', []);
        decodeAsc3(Buffer.concat([head, noise]));
        try {
          decodeAsc3(noise);
        } catch (fault) {
          expect(fault).toBeInstanceOf(UrbaneError);
        }
      }),
    );
  });

  it('unpacks what is there of a packed file that is cut off', () => {
    const events = Array.from({ length: 200 }, (_, at) => ({
      timeMs: BEGIN + at * 300,
      code: at % 80,
      parameter: at % 40,
    }));
    const packed = deflateSync(asc3Bytes(BEGIN, '7', events));
    const { events: found } = decodeAsc3(packed.subarray(0, packed.length - 100));
    expect(found.length).toBeGreaterThan(100);
    expect(found).toEqual(events.slice(0, found.length));
  });
});

describe('MAXTIME', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(logs, (events) => {
        const { events: found, damage } = decodeMaxtime(maxtimeText(events, '1015'));
        expect(found).toEqual(events);
        expect(damage.count).toBe(0);
      }),
    );
  });

  it('loses only the events the damage touches, and says on which line', () => {
    fc.assert(
      fc.property(
        logs,
        fc.nat(),
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom('', 'x', '<', '"'),
        (events, place, count, with_) => {
          const text = maxtimeText(events, '1015');
          const from = text.indexOf('<Event ');
          const at = from + (place % (text.length - from));
          const torn = text.slice(0, at) + with_ + text.slice(at + count);
          const { events: found } = decodeMaxtime(torn);
          expect(countKept(found, events)).toBeGreaterThanOrEqual(events.length - 2);
        },
      ),
    );
    const { damage } = decodeMaxtime(
      maxtimeText([{ timeMs: BEGIN, code: 1, parameter: 2 }]).replace('Parameter="2"', 'Parameter=""'),
    );
    expect(damage.first).toEqual([{ file: 'a.xml', place: 'line 1', why: expect.any(String) }]);
  });
});
