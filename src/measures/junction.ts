import { type DetectorRole, EVENT, type EventBatch } from './event.ts';

/** The latest events of one controller in order of time, in columns; what is older than wanted may be forgotten. */
export class JunctionLog {
  private timeMs = new Float64Array(1024);
  private code = new Uint16Array(1024);
  private parameter = new Int32Array(1024);
  private first = 0;
  private end = 0;

  get length(): number {
    return this.end - this.first;
  }

  /** Time of the first event kept; NaN when there is none. */
  get fromMs(): number {
    return this.length > 0 ? this.timeMs[this.first]! : Number.NaN;
  }

  /** Time of the last event; NaN when there is none. */
  get toMs(): number {
    return this.length > 0 ? this.timeMs[this.end - 1]! : Number.NaN;
  }

  /** Takes one event; times never go back. */
  push(timeMs: number, code: number, parameter: number): void {
    if (this.end === this.timeMs.length) this.makeRoom();
    this.timeMs[this.end] = timeMs;
    this.code[this.end] = code;
    this.parameter[this.end++] = parameter;
  }

  /** Drops what is older than a moment. */
  forgetBefore(timeMs: number): void {
    this.first = this.placeOf(timeMs);
  }

  /**
   * Events from a moment to another (exclusive) as a batch; valid until the next push.
   * @param position of this controller in `devices`
   */
  slice(fromMs: number, toMs: number, devices: readonly string[], position = 0): EventBatch {
    const [from, to] = [this.placeOf(fromMs), this.placeOf(toMs)];
    return {
      length: to - from,
      timeMs: this.timeMs.subarray(from, to),
      device: new Uint32Array(to - from).fill(position),
      code: this.code.subarray(from, to),
      parameter: this.parameter.subarray(from, to),
      devices,
    };
  }

  private placeOf(timeMs: number): number {
    let [low, high] = [this.first, this.end];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.timeMs[middle]! < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private makeRoom(): void {
    const { first, end, length } = this;
    const capacity = length > this.timeMs.length / 2 ? this.timeMs.length * 2 : this.timeMs.length;
    const moved = <T extends Float64Array | Uint16Array | Int32Array>(column: T, into: T): T => {
      into.set(column.subarray(first, end));
      return into;
    };
    this.timeMs = moved(this.timeMs, new Float64Array(capacity));
    this.code = moved(this.code, new Uint16Array(capacity));
    this.parameter = moved(this.parameter, new Int32Array(capacity));
    this.first = 0;
    this.end = length;
  }
}

/** Greens of a phase by place, all columns equally long; tenths of a second after `fromMs` of the picture. */
export interface PhaseTimes {
  readonly phase: number;
  readonly green: readonly number[];
  /** Begin of yellow; -1 where the log has none before the next green. */
  readonly yellow: readonly number[];
  /** Begin of red; -1 where the log has none before the next green. */
  readonly red: readonly number[];
  /** Code of why the green ended: 4 gap out, 5 max out, 6 force off; 0 where the log does not say. */
  readonly reason: readonly number[];
  /** Hits of the phase's advance detectors, or of its stop-line counters where it has none. */
  readonly hits: readonly number[];
  readonly hitsAre: 'Advance' | 'Stopbar Count' | null;
  /** Presses of its pedestrian button and begins of its walk. */
  readonly presses: readonly number[];
  readonly walks: readonly number[];
}

/** What the charts of a junction draw over a stretch of time. */
export interface JunctionPicture {
  readonly device: string;
  /** UTC milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Phases that were green, in order. */
  readonly phases: readonly PhaseTimes[];
}

type Making = { -readonly [K in keyof PhaseTimes]: PhaseTimes[K] extends readonly number[] ? number[] : PhaseTimes[K] };

const NEVER = -1;

/**
 * Greens, ends of green, hits and presses of each phase of one controller, as the Purdue coordination diagram and the phase
 * termination chart show them (Day et al., Performance Measures for Traffic Signal Systems, Purdue 2014, chapters 3 and 4).
 * @param batch events of one controller in order of time
 * @param roles its detectors; other controllers' are passed over
 */
export function describeJunction(
  batch: EventBatch,
  device: string,
  roles: readonly DetectorRole[],
  fromMs: number,
  toMs: number,
): JunctionPicture {
  const own = roles.filter((role) => role.device === device);
  const hitsOf = new Map<number, Making[]>();
  const phases = new Map<number, Making>();
  const phaseOf = (phase: number): Making => {
    const known = phases.get(phase);
    if (known !== undefined) return known;
    const of = (wanted: 'Advance' | 'Stopbar Count') =>
      own.filter((role) => role.phase === phase && role.function === wanted).map(({ channel }) => channel);
    const advance = of('Advance');
    const counters = advance.length > 0 ? advance : of('Stopbar Count');
    const hitsAre = counters.length === 0 ? null : advance.length > 0 ? 'Advance' : 'Stopbar Count';
    const made: Making = {
      phase,
      green: [],
      yellow: [],
      red: [],
      reason: [],
      hits: [],
      hitsAre,
      presses: [],
      walks: [],
    };
    for (const channel of new Set(counters)) hitsOf.set(channel, [...(hitsOf.get(channel) ?? []), made]);
    phases.set(phase, made);
    return made;
  };
  for (const { phase } of own) phaseOf(phase);
  for (let i = 0; i < batch.length; i++) {
    const code = batch.code[i]!;
    const parameter = batch.parameter[i]!;
    const tenths = Math.round((batch.timeMs[i]! - fromMs) / 100);
    switch (code) {
      case EVENT.beginGreen: {
        const phase = phaseOf(parameter);
        phase.green.push(tenths);
        phase.yellow.push(NEVER);
        phase.red.push(NEVER);
        phase.reason.push(0);
        break;
      }
      case EVENT.gapOut:
      case EVENT.maxOut:
      case EVENT.forceOff:
        putLast(phaseOf(parameter).reason, code, 0);
        break;
      case EVENT.beginYellow:
        putLast(phaseOf(parameter).yellow, tenths, NEVER);
        break;
      case EVENT.endYellow:
      case EVENT.beginRedClearance:
        putLast(phaseOf(parameter).red, tenths, NEVER);
        break;
      case EVENT.detectorOn:
        for (const { hits } of hitsOf.get(parameter) ?? []) hits.push(tenths);
        break;
      case EVENT.pedestrianDetectorOn:
        phaseOf(parameter).presses.push(tenths);
        break;
      case EVENT.beginWalk:
        phaseOf(parameter).walks.push(tenths);
        break;
      default:
    }
  }
  const shown = [...phases.values()].filter(({ green }) => green.length > 0);
  return { device, fromMs, toMs, phases: shown.sort((a, b) => a.phase - b.phase) };
}

/** Writes the last entry of a column unless something stands there already. */
function putLast(column: number[], value: number, empty: number): void {
  if (column.length > 0 && column[column.length - 1] === empty) column[column.length - 1] = value;
}
