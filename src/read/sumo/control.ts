import type { Lane, Movement, Signal } from '../../city/city.ts';
import {
  compareDetectors,
  DAYS,
  DETECTOR_KINDS,
  type Detector,
  kindByPlace,
  type ScheduleRow,
} from '../../city/control.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { ReportBuilder } from '../report.ts';
import { readTime } from './config.ts';
import type { Element, ElementHandler } from './xml.ts';

/** A detector of an additional file with its generic parameters. */
interface RawDetector {
  readonly element: Element;
  readonly params: Map<string, string>;
}

/** A WAUT: which program begins, and which takes over when. */
interface RawTimetable {
  readonly refS: number;
  readonly startProgram: string;
  readonly switches: { readonly atS: number; readonly program: string }[];
  readonly element: Element;
}

/** Detectors and timetables as additional files hold them. */
export interface RawControl {
  readonly detectors: RawDetector[];
  readonly timetables: Map<string, RawTimetable>;
  /** Id of a timetable by signal. */
  readonly timetableOf: Map<string, string>;
}

export function createRawControl(): RawControl {
  return { detectors: [], timetables: new Map(), timetableOf: new Map() };
}

export const DETECTOR_ELEMENTS: ReadonlySet<string> = new Set([
  'inductionLoop',
  'e1Detector',
  'laneAreaDetector',
  'e2Detector',
]);
const DAY_S = 86_400;

/** Takes detectors, their parameters and timetables out of additional files. */
export class ControlHandler implements ElementHandler {
  readonly #raw: RawControl;
  readonly #report: ReportBuilder;
  #detector: RawDetector | null = null;
  #timetable: RawTimetable | null = null;

  constructor(raw: RawControl, report: ReportBuilder) {
    this.#raw = raw;
    this.#report = report;
  }

  open(element: Element): void {
    try {
      this.#take(element);
    } catch (fault) {
      if (!(fault instanceof UrbaneError)) throw fault;
      const { name, file, line } = element;
      this.#report.drop({ what: name, element: element.findText('id') ?? '', file, line, why: fault.message });
    }
  }

  #take(element: Element): void {
    if (DETECTOR_ELEMENTS.has(element.name)) {
      this.#detector = { element, params: new Map() };
      this.#raw.detectors.push(this.#detector);
    } else if (element.name === 'param') {
      this.#detector?.params.set(element.findText('key') ?? '', element.findText('value') ?? '');
    } else if (element.name === 'WAUT') {
      const refS = element.findText('refTime') === undefined ? 0 : readTime(element, 'refTime');
      this.#timetable = { refS, startProgram: element.getText('startProg'), switches: [], element };
      this.#raw.timetables.set(element.getText('id'), this.#timetable);
    } else if (element.name === 'wautSwitch') {
      this.#timetable?.switches.push({ atS: readTime(element, 'time'), program: element.getText('to') });
    } else if (element.name === 'wautJunction') {
      this.#raw.timetableOf.set(element.getText('junctionID'), element.getText('wautID'));
    }
  }

  close(name: string): void {
    if (DETECTOR_ELEMENTS.has(name)) this.#detector = null;
    else if (name === 'WAUT') this.#timetable = null;
  }
}

/**
 * The detectors that name a signal's channel in their parameters (`signal`, `channel`, `phase`, `kind`; `lane` and `distance` where
 * they lie behind the lane that ends at the stop line), as `urbane export` writes them. Others are counted in the report: what
 * they are wired to is not known.
 */
export function buildDetectors(
  raw: readonly RawDetector[],
  lanes: readonly Lane[],
  movements: readonly Movement[],
  signalOf: ReadonlyMap<string, number>,
  report: ReportBuilder,
): Detector[] {
  const laneOf = new Map(lanes.map(({ id }, index) => [id as string, index]));
  const leads = new Set(movements.map(({ fromLane, signal }) => `${fromLane} ${signal}`));
  const built = new Map<string, Detector>();
  for (const { element, params } of raw) {
    const { file, line } = element;
    if (!params.has('channel')) {
      report.tally('detector', 'it names no channel of a signal', file, line);
      continue;
    }
    const number = (key: string) => Number(params.get(key) ?? Number.NaN);
    const lies = laneOf.get(element.findText('lane') ?? '');
    const lane = params.has('lane') ? laneOf.get(params.get('lane') ?? '') : lies;
    const signal = signalOf.get(params.get('signal') ?? '');
    const lengthM = element.findAmount('length') ?? 0;
    const endM = (lanes[lies ?? -1]?.lengthM ?? Number.NaN) - (element.findNumber('pos') ?? Number.NaN) - lengthM;
    const distanceM = Math.round(100 * (params.has('distance') ? number('distance') : Math.max(0, endM))) / 100;
    const [channel, phase] = [number('channel'), number('phase')];
    const isSound = [channel, phase].every((value) => Number.isInteger(value) && value >= 0) && distanceM >= 0;
    if (lane === undefined || signal === undefined || !isSound || !leads.has(`${lane} ${signal}`)) {
      const element_ = element.findText('id') ?? '';
      report.drop({ what: 'detector', element: element_, file, line, why: 'it lies on no lane of its signal' });
      continue;
    }
    const kind = DETECTOR_KINDS.find((one) => one === params.get('kind')) ?? kindByPlace(distanceM);
    built.set(`${signal} ${channel} ${lane}`, { signal, channel, phase, kind, lane, distanceM, lengthM });
  }
  return [...built.values()].sort(compareDetectors);
}

/** Signals with the schedules that WAUTs give them, the same on all days. Times are of one day, to the minute. */
export function addSchedules(
  signals: readonly Signal[],
  { timetables, timetableOf }: RawControl,
  report: ReportBuilder,
): Signal[] {
  return signals.map((signal) => {
    const id = timetableOf.get(signal.id);
    const timetable = id === undefined ? undefined : timetables.get(id);
    if (timetable === undefined) return signal;
    const { refS, startProgram, switches, element } = timetable;
    const drop = (why: string) =>
      report.drop({
        what: 'WAUT',
        element: `${id} of signal ${signal.id}`,
        file: element.file,
        line: element.line,
        why,
      });
    const names = [startProgram, ...switches.map(({ program }) => program)];
    const missing = names.find((name) => !signal.programs.some((program) => program.id === name));
    if (missing !== undefined) {
      drop(`the signal has no program "${missing.slice(0, 60)}"`);
      return signal;
    }
    const times = switches.map(({ atS, program }) => ({ atS: refS + atS, program })).sort((a, b) => a.atS - b.atS);
    if (times.some(({ atS }) => atS >= DAY_S)) drop('its changes after the first day are left out');
    const ofDay = [{ atS: 0, program: startProgram }, ...times.filter(({ atS }) => atS < DAY_S)];
    const schedule = ofDay.flatMap(({ atS, program }, k): ScheduleRow[] => {
      const [fromMin, toMin] = [atS, ofDay[k + 1]?.atS ?? DAY_S].map((second) => Math.round(second / 60));
      if (fromMin === undefined || toMin === undefined || fromMin < 0 || fromMin >= toMin) return [];
      return [{ program, days: DAYS, fromMin, toMin }];
    });
    return schedule.length === 0 ? signal : { ...signal, schedule };
  });
}
