import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CalendarDay, DAYS, findProgramAt, namesOfDay, type ScheduleRow } from './control.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(1990, 0, 1);
const dateOf = (dayNumber: number) => new Date(START + dayNumber * DAY_MS).toISOString().slice(0, 10);

/** The program a signal of three runs at a moment. */
function running(schedule: readonly ScheduleRow[], day: CalendarDay | undefined, timeMs: number): string {
  const programs = ['a', 'b', 'c'].map((id) => ({ id, offsetS: 0, phases: [] }));
  const signal = { id: 's', junctions: [], links: [], groups: [], programs, schedule };
  return programs[findProgramAt(day === undefined ? {} : { day }, signal, timeMs)]?.id ?? '';
}

describe('days of a schedule', () => {
  it('have the weekday that the calendar has', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 }), (dayNumber) => {
        const date = dateOf(dayNumber);
        // 1 January 1990 was a Monday.
        expect(namesOfDay({ date, isHoliday: false })).toEqual([date, DAYS[dayNumber % 7]]);
      }),
    );
  });

  it('follow one another over months, years and leap days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: 0, max: 800 }), (dayNumber, later) => {
        const rows = [{ program: 'b', days: [dateOf(dayNumber + later)], fromMin: 0, toMin: 1440 }];
        const day = { date: dateOf(dayNumber), isHoliday: false };
        expect(running(rows, day, later * DAY_MS)).toBe('b');
        expect(running(rows, day, (later + 1) * DAY_MS)).toBe('a');
      }),
    );
  });

  it('are a holiday on the first day of a run alone, and a Monday where no day is known', () => {
    const rows = [
      { program: 'b', days: ['mon', 'tue'], fromMin: 420, toMin: 540 },
      { program: 'c', days: ['holiday'], fromMin: 0, toMin: 1440 },
    ];
    const day = { date: '2026-11-23', isHoliday: true };
    const at = (hours: number, on?: CalendarDay) => running(rows, on, hours * 3_600_000);
    expect([at(8, day), at(24 + 8, day), at(48 + 8, day)]).toEqual(['c', 'b', 'a']);
    expect([at(8), at(9), at(6.99), at(24 + 7)]).toEqual(['b', 'a', 'a', 'b']);
  });
});
