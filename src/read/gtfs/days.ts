import { UrbaneError } from '../../units/errors.ts';
import type { ReportBuilder } from '../report.ts';
import type { ByteSource } from '../source.ts';
import { readGtfsTable } from './table.ts';

/** The day whose buses run, YYYY-MM-DD, and the services of that day. */
export interface DayChoice {
  readonly date: string;
  readonly services: ReadonlySet<string>;
}

const DAY_MS = 86_400_000;
/** In the order of the days since 1970-01-01, which was a Thursday. */
const WEEKDAYS = ['thursday', 'friday', 'saturday', 'sunday', 'monday', 'tuesday', 'wednesday'];
/** A feed tells of at most so many days. */
const MOST_DAYS = 1500;

interface Span {
  readonly service: string;
  readonly from: number;
  readonly to: number;
  /** By `WEEKDAYS`. */
  readonly runs: readonly boolean[];
}

/**
 * The services of `date`, or of the first of the days with the most journeys (`services` tells how many each has).
 * Throws UrbaneError `bad-input` when the feed has neither calendar nor calendar_dates, or no bus runs that day.
 */
export async function readDays(
  tables: ReadonlyMap<string, ByteSource>,
  date: string | null,
  services: ReadonlyMap<string, number>,
  report: ReportBuilder,
): Promise<DayChoice> {
  const spans = await readSpans(tables.get('calendar'), services, report);
  const { added, removed } = await readExceptions(tables.get('calendar_dates'), services, report);
  const servicesOf = (day: number): Set<string> => {
    const weekday = ((day % 7) + 7) % 7;
    const own = new Set(added.get(day) ?? []);
    for (const { service, from, to, runs } of spans)
      if (runs[weekday] === true && day >= from && day <= to) own.add(service);
    for (const service of removed.get(day) ?? []) own.delete(service);
    return own;
  };
  const days = date === null ? listDays(spans, [...added.keys()]) : [toDay(date.replaceAll('-', ''))];
  let [best, most] = [Number.NaN, 0];
  for (const day of days) {
    let journeys = 0;
    for (const service of servicesOf(day)) journeys += services.get(service) ?? 0;
    if (journeys > most) [best, most] = [day, journeys];
  }
  if (most === 0)
    throw new UrbaneError(
      'bad-input',
      date === null ? 'the feed names no day on which a bus runs.' : `no bus of the feed runs on ${date}.`,
      date === null
        ? 'Name a feed with calendar.txt or calendar_dates.txt that fit its trips.'
        : 'Name a day the feed covers with --at, or leave it out: then its fullest day runs.',
    );
  return { date: toText(best), services: servicesOf(best) };
}

/** Days since 1970-01-01 of YYYYMMDD; NaN for what is no date. */
function toDay(text: string): number {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? [];
  const days = Date.UTC(Number(year), Number(month) - 1, Number(day)) / DAY_MS;
  return toText(days).replaceAll('-', '') === text ? days : Number.NaN;
}

/** YYYY-MM-DD of days since 1970-01-01 (Howard Hinnant, civil_from_days). */
function toText(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

function listDays(spans: readonly Span[], added: readonly number[]): number[] {
  const from = [...spans.map((span) => span.from), ...added].reduce((a, b) => Math.min(a, b), Infinity);
  const to = [...spans.map((span) => span.to), ...added].reduce((a, b) => Math.max(a, b), -Infinity);
  const count = Math.min(MOST_DAYS, Math.max(0, to - from + 1));
  return Array.from({ length: Number.isFinite(count) ? count : 0 }, (_, i) => from + i);
}

async function readSpans(
  table: ByteSource | undefined,
  services: ReadonlyMap<string, number>,
  report: ReportBuilder,
): Promise<Span[]> {
  const spans: Span[] = [];
  if (table === undefined) return spans;
  const columns = ['service_id', 'start_date', 'end_date', ...WEEKDAYS];
  await readGtfsTable(table, columns, columns, ([service = '', start = '', end = '', ...flags], line) => {
    if (!services.has(service)) return;
    const [from, to] = [toDay(start), toDay(end)];
    if (to >= from) spans.push({ service, from, to, runs: flags.map((flag) => flag === '1') });
    else report.tally('service', 'its first or last day is none', table.name, line);
  });
  return spans;
}

async function readExceptions(
  table: ByteSource | undefined,
  services: ReadonlyMap<string, number>,
  report: ReportBuilder,
): Promise<{ added: Map<number, string[]>; removed: Map<number, string[]> }> {
  const [added, removed] = [new Map<number, string[]>(), new Map<number, string[]>()];
  if (table === undefined) return { added, removed };
  const columns = ['service_id', 'date', 'exception_type'];
  await readGtfsTable(table, columns, columns, ([service = '', date = '', type = ''], line) => {
    if (!services.has(service)) return;
    const day = toDay(date);
    const list = type === '1' ? added : type === '2' ? removed : null;
    if (list === null || Number.isNaN(day)) {
      report.tally('exception of a day', 'its date or type is none', table.name, line);
      return;
    }
    const own = list.get(day);
    if (own === undefined) list.set(day, [service]);
    else own.push(service);
  });
  return { added, removed };
}
