import { EVENT } from './event.ts';
import type { Site, Tracker } from './tracker.ts';

/** First event, second event, what the time between them is called. */
const TIMES: readonly (readonly [first: number, second: number, name: string])[] = [
  [EVENT.preemptCallOn, EVENT.preemptEntry, 'Delay'],
  [EVENT.preemptCallOn, EVENT.preemptDwell, 'TimeToService'],
  [EVENT.preemptCallOn, EVENT.preemptGateDown, 'TimeToGateDown'],
  [EVENT.preemptCallOn, EVENT.preemptMaxPresence, 'TimeToCallMaxOut'],
  [EVENT.preemptTrackClearance, EVENT.preemptDwell, 'TrackClear'],
  [EVENT.preemptDwell, EVENT.preemptExit, 'Dwell'],
];

const FIRSTS = TIMES.map(([first]) => first);
const SECONDS = TIMES.map(([, second]) => second);

/**
 * Times of preempts, each from an event to another that follows it with none of the two between (Utah's preemption
 * details): delay 102 to 105, to service 102 to 107, gate down 102 to 103, call max-out 102 to 110, track clearance
 * 106 to 107, dwell 107 to 111. Table `preempt_details`.
 */
export class PreemptDetails implements Tracker {
  readonly codes: readonly number[] = [...FIRSTS, ...SECONDS];
  private readonly site: Site;
  /** Time of the first event that waits for its second, by preempt and row of `TIMES`. */
  private readonly since = new Map<number, number>();

  constructor(site: Site) {
    this.site = site;
  }

  on(timeMs: number, code: number, parameter: number): void {
    for (let at = 0; at < TIMES.length; at++) {
      const [first, second, name] = TIMES[at]!;
      const key = parameter * TIMES.length + at;
      if (code === first) this.since.set(key, timeMs);
      else if (code === second) {
        const startMs = this.since.get(key);
        if (startMs === undefined) continue;
        this.since.delete(key);
        const { out, device } = this.site;
        out.add('preempt_details', device, parameter, name, startMs, timeMs, (timeMs - startMs) / 1000);
      }
    }
  }

  close(): void {}
  current(): void {}
  finish(): void {}
}

/** Which pattern was in force from when to when (131); a pattern logged again changes nothing. Table `plans`. */
export class Plans implements Tracker {
  readonly codes = [EVENT.patternChange];
  private readonly site: Site;
  private plan = Number.NaN;
  private startMs = Number.NaN;

  constructor(site: Site) {
    this.site = site;
  }

  on(timeMs: number, _code: number, parameter: number): void {
    if (parameter === this.plan) return;
    this.give(timeMs);
    this.plan = parameter;
    this.startMs = timeMs;
  }

  close(): void {}

  current(): void {}

  finish(): void {
    this.give(this.site.span.lastMs);
  }

  private give(endMs: number): void {
    if (!Number.isNaN(this.plan)) this.site.out.add('plans', this.site.device, this.plan, this.startMs, endMs);
  }
}
