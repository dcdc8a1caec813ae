import { type DetectorFunction, EVENT } from './event.ts';
import { Merge } from './merge.ts';
import { byChannel, type Output, type Site, type Tracker } from './tracker.ts';

/** What a measure makes of one phase with the hits of its detectors, in order of time at the stop line. */
export interface Approach {
  /** An event of the phase (a code of `EVENT`), or a hit (82). */
  on(timeMs: number, code: number): void;
  /** Everything before `edgeMs` has been seen. */
  close(edgeMs: number): void;
  current(out: Output): void;
  finish(): void;
}

/**
 * Runs a measure of approaches: brings each phase that has detectors of one function its own events and the hits of
 * those detectors (event 82), moved back by the latency of the detection.
 */
export class Approaches implements Tracker {
  readonly codes: readonly number[];
  private readonly shiftMs: number;
  private readonly phases = new Map<number, { readonly merge: Merge; readonly approach: Approach }>();
  private readonly channels = new Map<number, Merge[]>();

  /**
   * @param phaseCodes the codes of the phase the measure wants
   * @param latencyS how long after a vehicle its hit is logged
   * @param create makes the measure of one phase
   */
  constructor(
    site: Site,
    wanted: DetectorFunction,
    phaseCodes: readonly number[],
    latencyS: number,
    create: (phase: number) => Approach,
  ) {
    this.shiftMs = -Math.round(latencyS * 1000);
    this.codes = [...phaseCodes, EVENT.detectorOn];
    for (const [channel, roles] of byChannel(site.roles, wanted)) {
      this.channels.set(
        channel,
        roles.map((role) => {
          let phase = this.phases.get(role.phase);
          if (phase === undefined) {
            const approach = create(role.phase);
            phase = { approach, merge: new Merge(this.shiftMs, (timeMs, code) => approach.on(timeMs, code)) };
            this.phases.set(role.phase, phase);
          }
          return phase.merge;
        }),
      );
    }
  }

  on(timeMs: number, code: number, parameter: number): void {
    if (code !== EVENT.detectorOn) {
      this.phases.get(parameter)?.merge.add(timeMs, 0, code);
      return;
    }
    const merges = this.channels.get(parameter);
    if (merges === undefined) return;
    for (const merge of merges) merge.add(timeMs, this.shiftMs, code);
  }

  close(edgeMs: number): void {
    for (const { merge, approach } of this.phases.values()) {
      merge.release(edgeMs);
      approach.close(edgeMs + Math.min(0, this.shiftMs));
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
}
