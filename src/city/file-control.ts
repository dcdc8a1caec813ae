import type { City, Signal } from './city.ts';
import { type ColumnReader, type ColumnWriter, readColumns } from './columns.ts';
import { DETECTOR_KINDS, type Detector, type PlanPhase, type RingPlan, type ScheduleRow } from './control.ts';

type Control = Pick<City, 'signals' | 'detectors' | 'day'>;

const DETECTOR_COLUMNS = ['signal', 'channel', 'phase', 'kind', 'lane', 'distanceM', 'lengthM'] as const;
const PHASE_COLUMNS = [
  'phase',
  'ring',
  'barrier',
  'position',
  'splitS',
  'minGreenS',
  'maxGreenS',
  'yellowS',
  'allRedS',
  'walkS',
  'pedClearS',
  'passageS',
] as const;

/** True when a city has what files hold from format 5 on. */
export function hasControl({ signals, detectors, day }: Control): boolean {
  const isScheduled = ({ schedule = [], programs }: Signal) =>
    schedule.length > 0 || programs.some(({ rings }) => rings !== undefined);
  return detectors.length > 0 || day !== undefined || signals.some(isScheduled);
}

/** Detectors, schedules and ring plans as columns. */
export function writeControl(out: ColumnWriter, { signals, detectors, day }: Control): void {
  out.writeTexts(day === undefined ? [] : [day.date]);
  out.writeCount(day?.isHoliday === true ? 1 : 0);
  const rows = detectors.map((detector) => ({ ...detector, kind: DETECTOR_KINDS.indexOf(detector.kind) }));
  for (const key of DETECTOR_COLUMNS) out.writeNumbers(rows.map((row) => row[key]));
  for (const { schedule = [], programs } of signals) {
    out.writeTexts(schedule.map(({ program }) => program));
    out.writeTexts(schedule.map(({ days }) => days.join(' ')));
    for (const key of ['fromMin', 'toMin'] as const) out.writeNumbers(schedule.map((row) => row[key]));
    out.writeNumbers(programs.map(({ rings }) => (rings === undefined ? 0 : 1)));
    for (const { rings } of programs) if (rings !== undefined) writeRings(out, rings);
  }
}

function writeRings(out: ColumnWriter, { cycleS, offsetS, reference, phases }: RingPlan): void {
  out.writeNumbers([cycleS, offsetS, reference ?? -1]);
  out.writeTexts(phases.map(({ movements }) => movements.join(' ')));
  out.writeTexts(phases.map(({ permitted }) => permitted.join(' ')));
  for (const key of PHASE_COLUMNS) out.writeNumbers(phases.map((phase) => phase[key] ?? -1));
}

/** Reads what `writeControl` wrote, onto the signals read before. */
export function readControl(input: ColumnReader, signals: readonly Signal[]): Control {
  const [date] = input.readTexts();
  const isHoliday = input.readCount() === 1;
  const columns = DETECTOR_COLUMNS.map(() => input.readNumbers());
  const detectors = (columns[0] ?? []).map((_, i): Detector => {
    const [signal = -1, channel = 0, phase = 0, kind = 0, lane = -1, distanceM = 0, lengthM = 0] = columns.map(
      (column) => column[i],
    );
    return { signal, channel, phase, kind: DETECTOR_KINDS[kind] ?? 'count', lane, distanceM, lengthM };
  });
  const scheduled = signals.map((signal): Signal => {
    const schedule = readSchedule(input);
    const flags = input.readNumbers();
    const programs = signal.programs.map((program, p) =>
      flags[p] === 1 ? { ...program, rings: readRings(input) } : program,
    );
    return { ...signal, programs, ...(schedule.length === 0 ? {} : { schedule }) };
  });
  return { signals: scheduled, detectors, ...(date === undefined ? {} : { day: { date, isHoliday } }) };
}

function wordsOf(text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : text.split(' ');
}

function readSchedule(input: ColumnReader): ScheduleRow[] {
  const programs = input.readTexts();
  const days = input.readTexts();
  const at = readColumns(input, ['fromMin', 'toMin']);
  return programs.map((program, i) => ({
    program,
    days: wordsOf(days[i]),
    fromMin: at('fromMin', i),
    toMin: at('toMin', i),
  }));
}

function readRings(input: ColumnReader): RingPlan {
  const [cycleS = 0, offsetS = 0, reference = -1] = input.readNumbers();
  const movements = input.readTexts();
  const permitted = input.readTexts();
  const at = readColumns(input, PHASE_COLUMNS);
  const orNull = (value: number) => (value < 0 ? null : value);
  const phases = movements.map(
    (words, i): PlanPhase => ({
      phase: at('phase', i),
      ring: at('ring', i),
      barrier: at('barrier', i),
      position: at('position', i),
      movements: wordsOf(words),
      permitted: wordsOf(permitted[i]),
      splitS: at('splitS', i),
      minGreenS: at('minGreenS', i),
      maxGreenS: orNull(at('maxGreenS', i)),
      yellowS: at('yellowS', i),
      allRedS: at('allRedS', i),
      walkS: at('walkS', i),
      pedClearS: at('pedClearS', i),
      passageS: orNull(at('passageS', i)),
    }),
  );
  return { cycleS, offsetS, reference: orNull(reference), phases };
}
