import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdTable } from './id-table.ts';

const bytes = (id: string) => new TextEncoder().encode(id);

describe('IdTable', () => {
  it('agrees with a Map under any sequence of set and remove', () => {
    const ids = fc.integer({ min: 0, max: 300 }).map((n) => `veh${n}`);
    const commands = fc.array(fc.tuple(fc.boolean(), ids, fc.nat()), { maxLength: 600 });
    fc.assert(
      fc.property(commands, (sequence) => {
        const table = new IdTable();
        const map = new Map<string, number>();
        for (const [isSet, id, value] of sequence) {
          const key = bytes(id);
          if (isSet) {
            table.set(key, 0, key.length, value);
            map.set(id, value);
          } else {
            expect(table.remove(key, 0, key.length)).toBe(map.get(id) ?? -1);
            map.delete(id);
          }
        }
        expect(table.size).toBe(map.size);
        for (let n = 0; n <= 300; n++) {
          const key = bytes(`veh${n}`);
          expect(table.find(key, 0, key.length)).toBe(map.get(`veh${n}`) ?? -1);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('keeps its own copy of an id, also of a Buffer that is written over', () => {
    const table = new IdTable();
    const message = Buffer.from('lane_0');
    table.set(message, 0, 6, 7);
    message.write('lane_1');
    expect(table.find(bytes('lane_0'), 0, 6)).toBe(7);
    expect(table.find(message, 0, 6)).toBe(-1);
  });
});
