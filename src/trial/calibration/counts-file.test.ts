import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../field/load.ts';
import { UrbaneError } from '../../units/errors.ts';
import { parseMeasurements } from './counts-file.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
const { scenario } = await loadScenario(`${FIXTURES}valid/cross`);
const HEAD = 'road,lane,begin_s,end_s,vehicles,travel_time_s';
const parse = (text: string) => parseMeasurements(text, 'counts.csv', scenario);
const road = (id: string) => scenario.city.roads.findIndex((one) => one.id === id);

describe('parseMeasurements', () => {
  it('reads roads, single lanes and empty values', () => {
    const { cells, outside } = parse(readFileSync(`${FIXTURES}valid/calibration/cross.counts.csv`, 'utf8'));
    expect(cells).toHaveLength(28);
    expect(outside).toBe(1);
    expect(cells[0]).toEqual({
      road: road('north-in'),
      lane: -1,
      beginMs: 100_000,
      endMs: 150_000,
      vehicles: 2,
      travelS: 20,
    });
    expect(cells[6]).toMatchObject({
      lane: (scenario.city.roads[road('north-in')]?.firstLane ?? 0) + 1,
      travelS: null,
    });
  });

  it('takes columns in any order, quotes, a byte order mark and CRLF', () => {
    const text = '\uFEFFvehicles, end_s,begin_s,road\r\n3,150,100,"north-in"\r\n\r\n';
    expect(parse(text).cells).toEqual([
      { road: road('north-in'), lane: -1, beginMs: 100_000, endMs: 150_000, vehicles: 3, travelS: null },
    ]);
  });

  it.each<[string, RegExp, RegExp]>([
    [
      'no-header',
      /no-header\.csv:1: the header has no column "road"/,
      /road,lane,begin_s,end_s,vehicles,travel_time_s/,
    ],
    ['unknown-column', /unknown-column\.csv:1: the column "plate" is not known/, /Use the columns/],
    ['unknown-road', /unknown-road\.csv:3: cross has no road "nowhere"/, /road ids/],
    ['negative', /negative\.csv:2: vehicles "-3" is not a number of zero or more/, /leave it empty/],
    ['short-row', /short-row\.csv:2: 5 values for 6 columns/, /one value per column/],
    ['backwards', /backwards\.csv:2: the interval 150 to 100 s is empty/, /later end_s/],
    ['twice', /twice\.csv:4: says the same as line 2/, /Leave one of them out/],
    ['no-lane', /no-lane\.csv:2: road "north-in" has 2 lanes, not a lane "7"/, /from 0 at the kerb/],
    ['lane-timed', /lane-timed\.csv:2: a travel time is of a whole road/, /Leave lane or travel_time_s empty/],
    ['nothing', /nothing\.csv:2: neither vehicles nor travel_time_s/, /Give one of them/],
  ])('refuses %s.csv with line and remedy', (name, sentence, remedy) => {
    const file = `${FIXTURES}invalid/calibration/${name}.csv`;
    try {
      parseMeasurements(readFileSync(file, 'utf8'), file, scenario);
      expect.fail('it was read');
    } catch (fault) {
      expect(fault).toMatchObject({ message: expect.stringMatching(sentence), remedy: expect.stringMatching(remedy) });
    }
  });

  it('never does anything but read or refuse with a line', () => {
    const word = fc.oneof(
      fc.constantFrom('north-in', '100', '150', '', '-1', '1e9', 'x', '"', '""', ',', '\n'),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), fc.boolean(), (words, hasHead) => {
        try {
          parse(`${hasHead ? `${HEAD}\n` : ''}${words.join(',')}`);
        } catch (fault) {
          expect(fault).toBeInstanceOf(UrbaneError);
          expect((fault as UrbaneError).message).toMatch(/^counts\.csv:\d+: /);
        }
      }),
    );
  });
});
