import { EVENT } from './event.ts';
import { binOf, type Output, type Site, type Tracker } from './tracker.ts';

/** Codes above this one are the vendors' own. */
const LAST_STANDARD_CODE = 218;
const SLOT_MS = 5 * 60_000;
const EVENTS_PER_SLOT = 3;
const COORDINATION = [EVENT.patternChange, EVENT.cycleChange, EVENT.actualCycle, EVENT.actualOffset] as const;

/**
 * Whether a controller's log is whole: Oregon's `has_data` has a row for a bin each of whose 5-minute slots holds three
 * events or more (codes up to 218). With it the coordination in force at the end of such a bin, `coordination_agg`:
 * pattern, cycle, real cycle and real offset, the last of each so far, 0 before the first.
 */
export class DataPresence implements Tracker {
  readonly codes = [
    ...Array.from({ length: LAST_STANDARD_CODE + 1 }, (_, code) => code),
    EVENT.actualCycle,
    EVENT.actualOffset,
  ];
  private readonly site: Site;
  private readonly slots: Float64Array;
  private readonly inForce = [0, 0, 0, 0];
  private readonly before = [0, 0, 0, 0];
  private binMs = Number.NaN;

  constructor(site: Site) {
    this.site = site;
    this.slots = new Float64Array(Math.max(1, Math.ceil(site.binMs / SLOT_MS)));
  }

  on(timeMs: number, code: number, parameter: number): void {
    if (Number.isNaN(this.binMs)) this.binMs = binOf(timeMs, this.site.binMs);
    if (code <= LAST_STANDARD_CODE) this.slots[Math.floor((timeMs - this.binMs) / SLOT_MS)]!++;
    if (code < EVENT.patternChange) return;
    const at = COORDINATION.indexOf(code as (typeof COORDINATION)[number]);
    if (at >= 0) this.inForce[at] = parameter;
  }

  close(): void {
    if (Number.isNaN(this.binMs)) return;
    const whole = this.isWhole();
    if (whole) this.current(this.site.out);
    // The original forgets what changed in a bin without whole data.
    const [from, to] = whole || !this.site.faithful ? [this.inForce, this.before] : [this.before, this.inForce];
    for (let at = 0; at < from.length; at++) to[at] = from[at]!;
    this.slots.fill(0);
    this.binMs = Number.NaN;
  }

  current(out: Output): void {
    if (!this.isWhole()) return;
    out.add('has_data', this.binMs, this.site.device);
    out.add('coordination_agg', this.binMs, this.site.device, ...this.inForce);
  }

  finish(): void {
    this.close();
  }

  private isWhole(): boolean {
    return this.slots.every((count) => count >= EVENTS_PER_SLOT);
  }
}

/** Changes of pattern and cycle and the real cycles and offsets as they were logged. Oregon: `coordination`. */
export class CoordinationEvents implements Tracker {
  readonly codes = COORDINATION;
  private readonly site: Site;

  constructor(site: Site) {
    this.site = site;
  }

  on(timeMs: number, code: number, parameter: number): void {
    const { out, device, binMs } = this.site;
    out.add('coordination', binOf(timeMs, binMs), timeMs, device, code, parameter);
  }

  close(): void {}
  current(): void {}
  finish(): void {}
}
