import { DAYS, DETECTOR_KINDS, kindByPlace, type PlanPhase } from '../../city/control.ts';
import { UrbaneError } from '../../units/errors.ts';
import { parseRows, type Row, tableOf } from '../csv.ts';
import type { DetectorRow, PlanBook, PlanTime, TimingPlan } from './book.ts';

/** Columns of the three tables (docs/operator/formats.md); those that may be left out have a default. */
const PLAN_COLUMNS = [
  'signal',
  'plan',
  'phase',
  'ring',
  'barrier',
  'position',
  'movements',
  'permitted',
  'cycle_s',
  'offset_s',
  'reference',
  'split_s',
  'min_green_s',
  'max_green_s',
  'yellow_s',
  'all_red_s',
  'walk_s',
  'ped_clear_s',
  'passage_s',
] as const;
const SCHEDULE_COLUMNS = ['signal', 'plan', 'days', 'from', 'to'] as const;
const DETECTOR_COLUMNS = ['signal', 'channel', 'phase', 'lane', 'distance_m', 'length_m', 'kind'] as const;
const OPTIONAL = new Set([
  'permitted',
  'offset_s',
  'reference',
  'max_green_s',
  'walk_s',
  'ped_clear_s',
  'passage_s',
  'length_m',
  'kind',
  'plan',
  'to',
]);
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** The kind of a plain table by its header, null for none of the three. */
export function kindOfTable(header: string): 'plans' | 'schedule' | 'detectors' | null {
  const columns = columnsOf(header);
  const has = (names: readonly string[]) => names.every((name) => OPTIONAL.has(name) || columns.includes(name));
  if (has(PLAN_COLUMNS)) return 'plans';
  if (has(DETECTOR_COLUMNS)) return 'detectors';
  return has(SCHEDULE_COLUMNS) && columns.includes('plan') ? 'schedule' : null;
}

function columnsOf(header: string): string[] {
  return header
    .replace(/^\uFEFF/, '')
    .split(',')
    .map((name) => name.trim().replace(/^"|"$/g, ''));
}

function mayLack(table: string, column: string): boolean {
  return OPTIONAL.has(column) && !(table === 'schedules' && column === 'plan');
}

/** What is missing in a header of none of the tables, by the table that it is nearest to. */
function refuseHeader(header: string, file: string): UrbaneError {
  const columns = columnsOf(header);
  const tables = Object.entries({ plans: PLAN_COLUMNS, schedules: SCHEDULE_COLUMNS, detectors: DETECTOR_COLUMNS });
  const [nearest] = tables
    .map(([name, all]) => ({
      name,
      all,
      known: columns.filter((column) => (all as readonly string[]).includes(column)).length,
      missing: all.filter((column) => !columns.includes(column) && !mayLack(name, column)),
    }))
    .sort((a, b) => b.known - a.known);
  if (nearest === undefined || nearest.known < 3)
    return new UrbaneError(
      'bad-input',
      `${file}:1: the header is of no table of plans, schedules or detectors.`,
      `Begin with ${tables.map(([, all]) => all.join(',')).join('; or ')}.`,
    );
  return new UrbaneError(
    'bad-input',
    `${file}:1: the header of a table of ${nearest.name} has no column ${nearest.missing.join(', ')}.`,
    `Its columns are ${nearest.all.map((column) => (mayLack(nearest.name, column) ? `[${column}]` : column)).join(',')}; those in brackets may be left out.`,
  );
}

/** Adds a plain table to a book. Throws UrbaneError `bad-input` that names the line. */
export function readTable(text: string, file: string): PlanBook {
  const header = text.slice(0, text.search(/\r?\n|$/));
  const kind = kindOfTable(header);
  if (kind === null) throw refuseHeader(header, file);
  const rows = parseRows(text, file);
  const none = { plans: [], schedule: [], detectors: [] };
  if (kind === 'plans') return { ...none, plans: readPlans(rows) };
  if (kind === 'schedule') return { ...none, schedule: rows.map(readSchedule) };
  return { ...none, detectors: rows.map(readDetector) };
}

function readPlans(rows: readonly Row[]): TimingPlan[] {
  const plans = new Map<string, Omit<TimingPlan, 'phases'> & { readonly phases: PlanPhase[] }>();
  for (const row of rows) {
    const [signal, name] = [row.text('signal'), row.find('plan') || '1'];
    const key = JSON.stringify([signal, name]);
    const reference = row.find('reference') === '' ? null : row.count('reference', null);
    const head = { cycleS: row.amount('cycle_s', null), offsetS: row.amount('offset_s', 0), reference };
    const begun: PlanPhase[] = [];
    const plan = plans.get(key) ?? { signal, plan: name, ...head, phases: begun };
    plans.set(key, plan);
    if (plan.cycleS !== head.cycleS || plan.offsetS !== head.offsetS || plan.reference !== reference)
      throw row.refuse(
        `cycle_s, offset_s and reference differ from the row before of plan "${name}"`,
        'Write the same in all rows of a plan.',
      );
    plan.phases.push({
      phase: row.count('phase', null),
      ring: row.count('ring', null),
      barrier: row.count('barrier', null),
      position: row.count('position', null),
      movements: row.words('movements'),
      permitted: row.words('permitted'),
      splitS: row.amount('split_s', null),
      minGreenS: row.amount('min_green_s', null),
      maxGreenS: row.find('max_green_s') === '' ? null : row.amount('max_green_s', null),
      yellowS: row.amount('yellow_s', null),
      allRedS: row.amount('all_red_s', null),
      walkS: row.amount('walk_s', 0),
      pedClearS: row.amount('ped_clear_s', 0),
      passageS: row.find('passage_s') === '' ? null : row.amount('passage_s', null),
    });
  }
  return [...plans.values()];
}

function readSchedule(row: Row): PlanTime {
  const days = row.words('days').flatMap((word) => {
    const range = /^([a-z]{3})-([a-z]{3})$/.exec(word);
    const [first, last] = [range?.[1], range?.[2]].map((day) => DAYS.indexOf(day as (typeof DAYS)[number]));
    if (range !== null && first !== undefined && last !== undefined && first >= 0 && last >= first)
      return DAYS.slice(first, last + 1);
    if (word === 'daily') return [...DAYS];
    if (word === 'holiday' || DATE.test(word) || DAYS.some((day) => day === word)) return [word];
    throw row.refuse(
      `"${word.slice(0, 30)}" is no day`,
      'Write mon to sun, a range such as mon-fri, daily, holiday, or a date such as 2026-12-25.',
    );
  });
  if (days.length === 0) throw row.refuse('days is empty', 'Fill it in.');
  const [fromMin, toMin] = [timeOf(row, 'from', null), timeOf(row, 'to', 24 * 60)];
  if (fromMin >= toMin)
    throw row.refuse(
      `from ${row.find('from')} is not before to ${row.find('to')}`,
      'Split a time over midnight into two rows.',
    );
  return { signal: row.text('signal'), plan: row.text('plan'), days, fromMin, toMin };
}

function timeOf(row: Row, name: string, fallback: number | null): number {
  const text = row.find(name);
  if (text === '' && fallback !== null) return fallback;
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  if (!(total <= 24 * 60 && Number(minutes) < 60))
    throw row.refuse(`${name} "${text.slice(0, 20)}" is no time`, 'Write HH:MM, 00:00 to 24:00.');
  return total;
}

function readDetector(row: Row): DetectorRow {
  const distanceM = row.amount('distance_m', null, 1000);
  const word = row.find('kind');
  const kind = word === '' ? kindByPlace(distanceM) : DETECTOR_KINDS.find((one) => one === word);
  if (kind === undefined)
    throw row.refuse(`kind "${word.slice(0, 30)}" is none of a detector`, `Write ${DETECTOR_KINDS.join(', ')}.`);
  return {
    signal: row.text('signal'),
    channel: row.count('channel', null),
    phase: row.count('phase', null),
    lane: row.text('lane'),
    distanceM,
    lengthM: row.amount('length_m', 0, 100),
    kind,
  };
}

/** The plain tables of a book; those without rows are left out. Everything a book holds is held. */
export function writeTables(book: PlanBook): { name: string; text: string }[] {
  const plans = book.plans.flatMap((plan) =>
    plan.phases.map((p) => [
      plan.signal,
      plan.plan,
      p.phase,
      p.ring,
      p.barrier,
      p.position,
      p.movements.join(' '),
      p.permitted.join(' '),
      plan.cycleS,
      plan.offsetS,
      plan.reference,
      p.splitS,
      p.minGreenS,
      p.maxGreenS,
      p.yellowS,
      p.allRedS,
      p.walkS,
      p.pedClearS,
      p.passageS,
    ]),
  );
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const schedule = book.schedule.map((row) => [
    row.signal,
    row.plan,
    row.days.join(' '),
    clock(row.fromMin),
    clock(row.toMin),
  ]);
  const detectors = book.detectors.map((row) => [
    row.signal,
    row.channel,
    row.phase,
    row.lane,
    row.distanceM,
    row.lengthM,
    row.kind,
  ]);
  return [
    { name: 'plans.csv', columns: PLAN_COLUMNS, rows: plans },
    { name: 'schedule.csv', columns: SCHEDULE_COLUMNS, rows: schedule },
    { name: 'detectors.csv', columns: DETECTOR_COLUMNS, rows: detectors },
  ].flatMap(({ name, columns, rows }) => (rows.length === 0 ? [] : [{ name, text: tableOf(columns, rows) }]));
}
