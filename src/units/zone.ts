import { UrbaneError } from './errors.ts';

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

/**
 * Local wall time of an IANA zone, as naive milliseconds (what Date.UTC makes of the figures on the clock), to UTC and
 * back. Changes of the offset fall on quarter hours, so one look-up serves a quarter hour of events.
 */
export class Zone {
  readonly name: string;
  readonly #clock: Intl.DateTimeFormat;
  readonly #ofLocal = new Map<number, number>();
  readonly #ofUtc = new Map<number, number>();
  #localQuarter = Number.NaN;
  #localOffset = 0;
  #utcQuarter = Number.NaN;
  #utcOffset = 0;

  /** @param name IANA name such as America/Los_Angeles or UTC; throws UrbaneError `bad-usage` for any other */
  constructor(name: string) {
    this.name = name;
    try {
      this.#clock = new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch {
      throw new UrbaneError(
        'bad-usage',
        `"${name.slice(0, 60)}" is no time zone.`,
        'Name an IANA zone, for example America/Los_Angeles, Asia/Shanghai or UTC.',
      );
    }
  }

  /** UTC of a local time. A time that comes twice (clocks go back) is the first one; one that never comes is an hour later. */
  toUtc(localMs: number): number {
    const quarter = Math.floor(localMs / QUARTER_MS);
    if (quarter !== this.#localQuarter) {
      this.#localOffset = remember(this.#ofLocal, quarter, () => this.#offsetOfLocal(quarter * QUARTER_MS));
      this.#localQuarter = quarter;
    }
    return localMs - this.#localOffset;
  }

  toLocal(utcMs: number): number {
    const quarter = Math.floor(utcMs / QUARTER_MS);
    if (quarter !== this.#utcQuarter) {
      this.#utcOffset = remember(this.#ofUtc, quarter, () => this.#offsetAt(quarter * QUARTER_MS));
      this.#utcQuarter = quarter;
    }
    return utcMs + this.#utcOffset;
  }

  #offsetOfLocal(localMs: number): number {
    const before = this.#offsetAt(localMs - DAY_MS);
    const after = this.#offsetAt(localMs + DAY_MS);
    const most = Math.max(before, after);
    const least = Math.min(before, after);
    if (this.#offsetAt(localMs - most) === most) return most;
    return this.#offsetAt(localMs - least) === least ? least : before;
  }

  #offsetAt(utcMs: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of this.#clock.formatToParts(utcMs)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utcMs / 1000) * 1000;
  }
}

function remember(known: Map<number, number>, key: number, compute: () => number): number {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = compute();
  known.set(key, made);
  return made;
}
