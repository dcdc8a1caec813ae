import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkCity } from '../../city/check.ts';
import type { City } from '../../city/city.ts';
import { findProgramAt } from '../../city/control.ts';
import { openCity, saveCity } from '../../city/file.ts';
import { loadScenario } from '../../field/load.ts';
import { UrbaneError } from '../../units/errors.ts';
import { sourceFrom } from '../source.ts';
import { applyPlans } from './apply.ts';
import { extractPlans } from './extract.ts';
import { readPlanFiles } from './read.ts';
import { writeTables } from './table.ts';
import { writeUtdf } from './utdf-write.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/valid/', import.meta.url));
const NAMES = ['plans.csv', 'schedule.csv', 'detectors.csv'];
const texts = new Map(
  [...NAMES, 'synchro.csv'].map((name) => [name, readFileSync(`${FIXTURES}plans/${name}`, 'utf8')]),
);
const source = (name: string, text = texts.get(name) ?? '') => sourceFrom(name, text);
const whole = () => readPlanFiles(NAMES.map((name) => source(name)));

let city: City;
beforeAll(async () => {
  city = (await loadScenario(`${FIXTURES}cityflow/config.json`)).scenario.city;
});

describe('plans of rings and barriers', () => {
  it('become programs by their splits', async () => {
    const { city: planned, report } = applyPlans(city, await whole(), null);
    expect(checkCity(planned)).toEqual([]);
    expect(report.counts).toMatchObject({ plans: 2, signalsWithPlans: 1, detectors: 3 });
    const [program] = planned.signals[0]?.programs ?? [];
    expect(program?.id).toBe('am');
    expect(program?.phases.reduce((sum, { durationS }) => sum + durationS, 0)).toBe(90);
    // Phase 2's green begins 15 s into the cycle and 17 s after its zero.
    expect(program?.offsetS).toBe(2);
    const words = (at: number) => {
      let from = 0;
      const phase = program?.phases.find(({ durationS }) => {
        from += durationS;
        return at < from;
      });
      return (planned.signals[0]?.links ?? []).flatMap(([m = -1], link) => {
        const { fromLane = -1, turn = '' } = planned.movements[m] ?? {};
        const lamp = phase?.state.charAt(link) ?? '';
        return lamp === 'r' ? [] : [`${planned.roads[planned.lanes[fromLane]?.road ?? -1]?.id} ${turn} ${lamp}`];
      });
    };
    // The two left turns of the axis, then one axis' through traffic with its left turn through gaps, then both through.
    expect([...new Set(words(5))]).toEqual(['in-w left G', 'in-e left G']);
    expect([...new Set(words(16))].sort()).toEqual(['in-e left g', 'in-e right G', 'in-e straight G']);
    expect([...new Set(words(21))].sort()).toEqual([
      'in-e left g',
      'in-e right G',
      'in-e straight G',
      'in-w left g',
      'in-w right G',
      'in-w straight G',
    ]);
    expect(words(44)).toEqual([]);
  });

  it('run by the schedule: dates before holidays before days, the last row of a time', async () => {
    const book = await whole();
    const firstAt = (date: string, minute: number, isHoliday = false) =>
      applyPlans(city, book, { date, minute, isHoliday }).city.signals[0]?.programs[0]?.id;
    expect(firstAt('2026-11-23', 8 * 60)).toBe('am');
    expect(firstAt('2026-11-22', 8 * 60)).toBe('night');
    expect(firstAt('2026-11-23', 9 * 60)).toBe('night');
    expect(firstAt('2026-11-23', 8 * 60, true)).toBe('night');
    expect(firstAt('2026-12-25', 8 * 60)).toBe('night');
  });

  it('are found by the clock of a run, on the day it begins and on those after it', async () => {
    const { city: planned } = applyPlans(city, await whole(), { date: '2026-12-24', minute: 0, isHoliday: false });
    const [signal] = planned.signals;
    const at = (hours: number, on: City = planned) =>
      signal?.programs[findProgramAt(on, signal, hours * 3_600_000)]?.id ?? '';
    expect([at(6), at(6.5), at(8.9), at(9), at(24 + 8), at(48 + 8), at(4 * 24 + 8)]).toEqual([
      'night',
      'am',
      'am',
      'night',
      'night', // Christmas, by its date
      'night', // a Saturday
      'am', // the Monday after
    ]);
    const { day: _, ...anyMonday } = planned;
    expect([at(8, anyMonday), at(5 * 24 + 8, anyMonday)]).toEqual(['am', 'night']);
  });

  it('are the same after they were written and read again', async () => {
    const book = await whole();
    expect(await readPlanFiles(writeTables(book).map(({ name, text }) => sourceFrom(name, text)))).toEqual(book);
  });

  it('say the same in UTDF and in plain tables', async () => {
    const fromUtdf = await readPlanFiles([source('synchro.csv')]);
    const fromTables = await whole();
    const program = (book: typeof fromUtdf) => applyPlans(city, book, null).city.signals[0]?.programs[0]?.phases;
    expect(program(fromUtdf)).toEqual(program(fromTables));
    // Feet become metres.
    expect(fromUtdf.detectors.map(({ phase, lane, distanceM, lengthM }) => [phase, lane, distanceM, lengthM])).toEqual([
      [7, 'NBL', 1.52, 12.19],
      [4, 'NBT', 0, 6.1],
      [4, 'NBT', 30.48, 1.83],
    ]);
    const { files, lost } = writeUtdf(city, fromUtdf);
    const again = await readPlanFiles(files.map(({ name, text }) => sourceFrom(name, text)));
    expect(again).toEqual({ ...fromUtdf, plans: fromUtdf.plans.map((plan) => ({ ...plan, plan: 'synchro' })) });
    expect(lost).toEqual([]);
    expect(writeUtdf(city, fromTables).lost).toEqual(['3 rows of schedules', 'signal mid: channels of detectors']);
  });

  it('and their schedules and detectors live in the city, its file included, and come out as they went in', async () => {
    const book = await whole();
    const moment = { date: '2026-11-23', minute: 8 * 60, isHoliday: true };
    const { city: planned } = applyPlans(city, book, moment);
    expect(planned.day).toEqual({ date: '2026-11-23', isHoliday: true });
    const lane = (id: string) => city.lanes.findIndex((one) => one.id === id);
    expect(planned.detectors).toEqual([
      { signal: 0, channel: 1, phase: 2, kind: 'advance', lane: lane('in-e_0'), distanceM: 40, lengthM: 2 },
      { signal: 0, channel: 2, phase: 5, kind: 'stop-line', lane: lane('in-e_1'), distanceM: 1.5, lengthM: 12 },
      { signal: 0, channel: 3, phase: 4, kind: 'stop-line', lane: lane('in-n_0'), distanceM: 0.5, lengthM: 10 },
    ]);
    const opened = openCity(saveCity(planned));
    expect(opened).toEqual(planned);
    const { book: again, lost } = extractPlans(opened);
    expect(lost).toEqual([]);
    const byName = (plans: typeof book.plans) => [...plans].sort((a, b) => a.plan.localeCompare(b.plan));
    expect(byName(again.plans)).toEqual(book.plans);
    expect(again.schedule).toEqual(book.schedule);
    // A movement word has become the lane it names.
    expect(again.detectors).toEqual(
      book.detectors.map((row) => (row.lane === 'EBL' ? { ...row, lane: 'in-e_1' } : row)),
    );
    const { files } = writeUtdf(opened, again);
    const back = await readPlanFiles(files.map(({ name, text }) => sourceFrom(name, text)));
    expect(back.detectors.map(({ lane, distanceM }) => [lane, distanceM])).toEqual([
      ['NBR', 0.5], // of the groups a lane serves the one of just that lane
      ['EBL', 1.5],
      ['EBR', 40],
    ]);
  });

  it('need no plan for detectors; a place beyond the lane lies on the one lane that leads to it', async () => {
    const row = { signal: 'mid', channel: 1, phase: 6, kind: 'advance', distanceM: 40, lengthM: 2 } as const;
    const alone = applyPlans(city, { plans: [], schedule: [], detectors: [{ ...row, lane: 'in-e_0' }] }, null);
    expect(alone.city.detectors).toMatchObject([{ phase: 6, distanceM: 40 }]);
    // Exported with programs of stages, it calls the stage of its lane.
    const { book } = extractPlans(alone.city);
    expect(book.plans[0]?.phases.map(({ phase }) => phase)).toContain(book.detectors[0]?.phase);
    const twice = { ...row, lane: 'in-e_0', distanceM: 10 };
    expect(() =>
      applyPlans(city, { plans: [], schedule: [], detectors: [{ ...row, lane: 'in-e_0' }, twice] }, null),
    ).toThrow(/stands twice on lane "in-e_0"/);
  });

  it('come out of a city and go back into it', () => {
    const { book, lost } = extractPlans(city);
    expect(lost).toEqual([]);
    expect(
      applyPlans(city, book, null).city.signals[0]?.programs[0]?.phases.map(({ state, durationS }) => [
        state,
        durationS,
      ]),
    ).toEqual(city.signals[0]?.programs[0]?.phases.map(({ state, durationS }) => [state, durationS]));
  });
});

describe('damaged plans', () => {
  const cases: readonly [string, string, string, string, RegExp][] = [
    [
      'splits beyond the cycle',
      'plans.csv',
      'mid,am,2,1,1,2,EBT EBR,EBL,90,17,2,30',
      'mid,am,2,1,1,2,EBT EBR,EBL,90,17,2,80',
      /splits of ring 1 come to 140 s, the cycle is 90 s/,
    ],
    [
      'rings that part at a barrier',
      'plans.csv',
      'mid,am,6,2,1,2,WBT WBR,WBL,90,17,2,25',
      'mid,am,6,2,1,2,WBT WBR,WBL,90,17,2,20',
      /ring 2|barrier 1/,
    ],
    [
      'a split shorter than its green',
      'plans.csv',
      '90,17,2,15,5,',
      '90,17,2,15,12,',
      /split of 15 s, less than its minimum green/,
    ],
    [
      'a detector on a missing phase',
      'detectors.csv',
      'mid,1,2,',
      'mid,1,9,',
      /Detector 1 of signal mid calls phase 9, which no plan/,
    ],
    [
      'a detector of another signal',
      'detectors.csv',
      'in-e_0',
      'out-e_0',
      /lane "out-e_0", which does not lead to the signal/,
    ],
    [
      'a detector beyond its lane',
      'detectors.csv',
      'in-e_0,40',
      'in-e_0,400',
      /lies 400 m before the stop line; the way to it is clear for 188 m/,
    ],
    [
      'a signal that is not there',
      'plans.csv',
      'mid,',
      'middle,',
      /signal "middle", which .* does not have|names|cycle/,
    ],
    ['a movement that is not there', 'plans.csv', 'SBL', 'SEL', /movement "SEL", which the signal does not have/],
    ['crossing greens', 'plans.csv', ',WBL,,', ',WBL NBT,,', /green together and cross each other/],
    ['a word for a number', 'plans.csv', '90,17,2,15', '90,17,2,long', /split_s "long" is not a number/],
    ['a day that is none', 'schedule.csv', 'mon-fri', 'mon-fry', /"mon-fry" is no day/],
    ['a time backwards', 'schedule.csv', '06:30,09:00', '09:30,09:00', /from 09:30 is not before to 09:00/],
    ['a plan that is not there', 'schedule.csv', 'mid,am', 'mid,pm', /names plan "pm"/],
    [
      'a kind that is none',
      'detectors.csv',
      'm\nmid,1,2,in-e_0,40,2',
      'm,kind\nmid,1,2,in-e_0,40,2,radar',
      /kind "radar" is none/,
    ],
    [
      'a wrong header',
      'detectors.csv',
      'channel',
      'canal',
      /the header of a table of detectors has no column channel\./,
    ],
    ['an open quote', 'plans.csv', 'EBT EBR', '"EBT EBR', /table is damaged/],
    ['UTDF without phases', 'synchro.csv', '[Phases]', '[Phrases]', /no \[Timeplans\] and \[Phases\]/],
    [
      'UTDF without a cycle',
      'synchro.csv',
      'Cycle Length,3,90.0',
      'Cycle Length,3,',
      /Cycle Length "", which is no number/,
    ],
  ];
  it.each(cases)('%s', async (_, name, from, to, says) => {
    const text = texts.get(name) ?? '';
    const damaged = name === 'plans.csv' && from === 'mid,' ? text.replaceAll(from, to) : text.replace(from, to);
    expect(damaged).not.toBe(text);
    const alone = name === 'synchro.csv' || to === 'middle,';
    const others = alone ? [] : NAMES.filter((other) => other !== name).map((other) => source(other));
    const fault = await readPlanFiles([...others, source(name, damaged)])
      .then((book) => applyPlans(city, book, null))
      .catch((caught: unknown) => caught);
    expect(fault).toBeInstanceOf(UrbaneError);
    expect(fault instanceof UrbaneError && fault.message).toMatch(says);
    expect(fault instanceof UrbaneError && fault.remedy.length).toBeGreaterThan(10);
  });

  it('never crash, whatever is damaged', async () => {
    const words = [
      '',
      '0',
      '-1',
      '1e9',
      'NaN',
      '"',
      ',',
      '\n',
      'EBT',
      'mid',
      '__proto__',
      '[Phases]',
      '206',
      'sat-mon',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...texts.keys()),
        fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.constantFrom(...words)), { maxLength: 4 }),
        async (name, damages) => {
          let text = texts.get(name) ?? '';
          for (const [at, word] of damages) {
            const cells = [...text.matchAll(/[^,\n]+/g)];
            const cell = cells[Math.floor(at * cells.length)];
            if (cell !== undefined) text = text.slice(0, cell.index) + word + text.slice(cell.index + cell[0].length);
          }
          try {
            const book = await readPlanFiles([source(name, text)]);
            expect(checkCity(applyPlans(city, book, null).city)).toEqual([]);
          } catch (fault) {
            if (!(fault instanceof UrbaneError)) throw fault;
          }
        },
      ),
      { numRuns: 500 },
    );
  }, 60_000);
});
