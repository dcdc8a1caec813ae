import { type DetectorFunction, type DetectorRole, EVENT } from './event.ts';
import { Merge } from './merge.ts';
import { byChannel, type Output, type Site, type Tracker } from './tracker.ts';

/** What a measure makes of one phase with the hits of its detectors, in order of time at the stop line. */
export interface Approach {
  /** An event of the phase (a code of `EVENT`), or a hit of a channel. */
  on(timeMs: number, code: number, channel: number): void;
  /** Everything before `edgeMs` has been seen. */
  close(edgeMs: number): void;
  current(out: Output): void;
  finish(): void;
}

/** From the hit to the vehicle's time at the stop line, as a dialect has it: whole milliseconds, negative for back. */
export type Shift = (role: DetectorRole) => number;

/** Back by a latency that all detections have (Oregon). */
export function byLatency(latencyS: number): Shift {
  return () => -Math.round(latencyS * 1000);
}

/** On by the drive to the stop line, distance (ft) / (speed (mph) x 1.467), and back by the detector's latency (Utah). */
export const toStopLine: Shift = ({ distanceFt, approachSpeedMph, latencyS = 0 }) => {
  const driveS = distanceFt === undefined || !approachSpeedMph ? 0 : distanceFt / (approachSpeedMph * 1.467);
  return Math.round(driveS * 1000) - Math.round(latencyS * 1000);
};

/**
 * Runs a measure of approaches: brings each phase that has detectors of one function its own events and the hits of
 * those detectors, moved to the stop line.
 */
export class Approaches implements Tracker {
  readonly codes: readonly number[];
  private readonly hitCode: number;
  private readonly earliestMs: number;
  private readonly phases = new Map<number, { readonly merge: Merge; readonly approach: Approach }>();
  private readonly channels = new Map<number, { readonly merge: Merge; readonly shiftMs: number }[]>();

  /**
   * @param phaseCodes the codes of the phase the measure wants
   * @param create makes the measure of one phase
   * @param hitCode 82 where a vehicle arrives, 81 where it leaves
   */
  constructor(
    site: Site,
    wanted: DetectorFunction,
    phaseCodes: readonly number[],
    shift: Shift,
    create: (phase: number) => Approach,
    hitCode: number = EVENT.detectorOn,
  ) {
    this.hitCode = hitCode;
    this.codes = [...phaseCodes, hitCode];
    const byNumber = byChannel(site.roles, wanted);
    this.earliestMs = Math.min(0, ...[...byNumber.values()].flat().map(shift));
    for (const [channel, roles] of byNumber) {
      this.channels.set(
        channel,
        roles.map((role) => ({ merge: this.mergeOf(role.phase, create), shiftMs: shift(role) })),
      );
    }
  }

  on(timeMs: number, code: number, parameter: number): void {
    if (code !== this.hitCode) {
      this.phases.get(parameter)?.merge.add(timeMs, 0, code, 0);
      return;
    }
    const ways = this.channels.get(parameter);
    if (ways === undefined) return;
    for (const { merge, shiftMs } of ways) merge.add(timeMs, shiftMs, code, parameter);
  }

  close(edgeMs: number): void {
    for (const { merge, approach } of this.phases.values()) {
      merge.release(edgeMs);
      approach.close(edgeMs + this.earliestMs);
    }
  }

  current(out: Output): void {
    for (const { approach } of this.phases.values()) approach.current(out);
  }

  finish(): void {
    for (const { merge, approach } of this.phases.values()) {
      merge.release(Number.POSITIVE_INFINITY);
      approach.finish();
    }
  }

  private mergeOf(phase: number, create: (phase: number) => Approach): Merge {
    const known = this.phases.get(phase);
    if (known !== undefined) return known.merge;
    const approach = create(phase);
    const merge = new Merge(this.earliestMs, (timeMs, code, channel) => approach.on(timeMs, code, channel));
    this.phases.set(phase, { approach, merge });
    return merge;
  }
}
