import type { Metres, Milliseconds, Seconds } from '../units/units.ts';
import type { City, Signal } from './city.ts';

/** A signal's plan as NEMA TS 2 controllers keep it: phases in rings between barriers. */
export interface RingPlan {
  readonly cycleS: Seconds;
  /** When the reference phase's green begins, after the cycle's zero; the first phase of ring 1 where none is named. */
  readonly offsetS: Seconds;
  readonly reference: number | null;
  readonly phases: readonly PlanPhase[];
}

export interface PlanPhase {
  readonly phase: number;
  readonly ring: number;
  readonly barrier: number;
  /** Place between two barriers of its ring: 1, 2, ... */
  readonly position: number;
  /** Movement words (read/plans/book.ts): with the right of way, and through gaps. */
  readonly movements: readonly string[];
  readonly permitted: readonly string[];
  /** Green, yellow and all-red together. */
  readonly splitS: Seconds;
  readonly minGreenS: Seconds;
  readonly maxGreenS: Seconds | null;
  readonly yellowS: Seconds;
  readonly allRedS: Seconds;
  /** 0 where nobody walks. */
  readonly walkS: Seconds;
  readonly pedClearS: Seconds;
  readonly passageS: Seconds | null;
}

export const DETECTOR_KINDS = ['stop-line', 'advance', 'count'] as const;
/** What a detector is for: presence at the stop line, arrivals up the approach, or counting alone. */
export type DetectorKind = (typeof DETECTOR_KINDS)[number];

/** A detector of one approach lane, wired to a channel of the lane's signal; a channel may have one on each of several lanes. */
export interface Detector {
  /** Signal index. */
  readonly signal: number;
  readonly channel: number;
  /** The plan's phase that it calls; 0 for none. */
  readonly phase: number;
  readonly kind: DetectorKind;
  /** Index of the lane that ends at the stop line. */
  readonly lane: number;
  /** From the stop line to its nearer edge, upstream; beyond the lane's start on the lane that leads to it. */
  readonly distanceM: Metres;
  /** 0 where nobody knows. */
  readonly lengthM: Metres;
}

/** A detector this near to the stop line tells who stands there. */
const STOP_LINE_M: Metres = 8;

/** What a detector is for by its place, where nobody says. */
export function kindByPlace(distanceM: Metres): DetectorKind {
  return distanceM <= STOP_LINE_M ? 'stop-line' : 'advance';
}

/** By signal, channel and lane: the order of `City.detectors`. */
export function compareDetectors(a: Detector, b: Detector): number {
  return a.signal - b.signal || a.channel - b.channel || a.lane - b.lane;
}

/** When a program runs; the later row of a time wins, a date before a holiday before a day of the week. */
export interface ScheduleRow {
  /** Id of a program of the signal. */
  readonly program: string;
  /** `mon` to `sun`, `holiday`, or dates (YYYY-MM-DD). */
  readonly days: readonly string[];
  /** Minutes after midnight, local time, [from, to). */
  readonly fromMin: number;
  readonly toMin: number;
}

/** A day in local time. */
export interface CalendarDay {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly isHoliday: boolean;
}

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const DAY_MS: Milliseconds = 86_400_000;
const MINUTE_MS: Milliseconds = 60_000;

/** The names by which a schedule may mean a day, the strongest first. */
export function namesOfDay({ date, isHoliday }: CalendarDay): string[] {
  return [date, ...(isHoliday ? ['holiday'] : []), DAYS[weekdayOf(date)] ?? 'mon'];
}

/** The program a schedule names, null for none. `names` as of `namesOfDay`, `minute` after midnight. */
export function findScheduled(rows: readonly ScheduleRow[], names: readonly string[], minute: number): string | null {
  const running = rows.filter((row) => row.fromMin <= minute && minute < row.toMin);
  for (const name of names) {
    const found = running.filter(({ days }) => days.includes(name)).at(-1);
    if (found !== undefined) return found.program;
  }
  return null;
}

/**
 * Index of the program that a signal's schedule names at a moment of a run; the first one without a schedule. Second 0 of a run is
 * midnight of the city's day, of a Monday where it has none.
 */
export function findProgramAt({ day }: Pick<City, 'day'>, signal: Signal, timeMs: Milliseconds): number {
  const { schedule = [], programs } = signal;
  if (schedule.length === 0) return 0;
  const later = Math.floor(timeMs / DAY_MS);
  const minute = (timeMs - later * DAY_MS) / MINUTE_MS;
  const names =
    day === undefined
      ? [DAYS[((later % 7) + 7) % 7] ?? 'mon']
      : namesOfDay({ date: addDays(day.date, later), isHoliday: day.isHoliday && later === 0 });
  const id = findScheduled(schedule, names, minute);
  return Math.max(
    0,
    programs.findIndex((program) => program.id === id),
  );
}

/** Signals whose own program, the first, is the one that their schedule names at a moment of a run. */
export function ownAt(city: Pick<City, 'day' | 'signals'>, timeMs: Milliseconds): Signal[] {
  return city.signals.map((signal) => {
    const own = signal.programs[findProgramAt(city, signal, timeMs)];
    if (own === undefined || own === signal.programs[0]) return signal;
    return { ...signal, programs: [own, ...signal.programs.filter((program) => program !== own)] };
  });
}

/** Days since 1 March of year 0 (proleptic Gregorian; the leap day ends a year that begins in March). */
function dayNumber(date: string): number {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const y = month < 3 ? year - 1 : year;
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + ofYear;
}

/** 0 for Monday; day 0 was a Wednesday. */
function weekdayOf(date: string): number {
  return (dayNumber(date) + 2) % 7;
}

/** The date so many days later (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms": civil_from_days). */
function addDays(date: string, days: number): string {
  const number = dayNumber(date) + days;
  const era = Math.floor(number / 146097);
  const ofEra = number - era * 146097;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36524) - Math.floor(ofEra / 146096)) / 365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const march = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * march + 2) / 5) + 1;
  const month = march < 10 ? march + 3 : march - 9;
  const pad = (value: number, width: number) => String(value).padStart(width, '0');
  return `${pad(era * 400 + year + (month < 3 ? 1 : 0), 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}
