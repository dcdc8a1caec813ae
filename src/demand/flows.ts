import { drawUniform } from '../units/random.ts';
import type { Milliseconds } from '../units/units.ts';

/** How vehicles of a flow follow each other. */
export type FlowRate =
  /** Every `periodMs` (not rounded); the first at the flow's begin. */
  | { readonly kind: 'period'; readonly periodMs: number }
  /** At each whole second with this probability. */
  | { readonly kind: 'probability'; readonly perSecond: number }
  /** Exponential gaps with this mean rate, the first gap from the flow's begin. */
  | { readonly kind: 'poisson'; readonly perSecond: number };

/** Vehicles that leave in [beginMs, endMs), at most `number`. */
export interface Flow {
  readonly beginMs: Milliseconds;
  readonly endMs: Milliseconds;
  readonly number: number;
  readonly rate: FlowRate;
}

/**
 * The departures of a flow that fall into [fromMs, toMs), as SUMO spaces them (SUMOVehicleParserHelper); random ones are
 * drawn by (seed, subject) and the count so far, so that no other flow changes them.
 */
export function listDepartures(
  flow: Flow,
  fromMs: Milliseconds,
  toMs: Milliseconds,
  seed: number,
  subject: number,
): Milliseconds[] {
  const end = Math.min(flow.endMs, toMs);
  const departures: Milliseconds[] = [];
  const add = (timeMs: Milliseconds) => {
    if (timeMs >= fromMs) departures.push(timeMs);
  };
  const { rate } = flow;
  if (rate.kind === 'period') {
    const first = Math.max(0, Math.ceil((fromMs - flow.beginMs) / rate.periodMs) - 1);
    for (let i = first; i < flow.number; i++) {
      const timeMs = Math.round(flow.beginMs + i * rate.periodMs);
      if (timeMs >= end) break;
      add(timeMs);
    }
    return departures;
  }
  if (rate.kind === 'probability') {
    let count = 0;
    for (let timeMs = Math.max(flow.beginMs, fromMs); timeMs < end && count < flow.number; timeMs += 1000) {
      if (drawUniform(seed, subject, Math.round(timeMs / 1000), 0) < rate.perSecond) {
        add(timeMs);
        count++;
      }
    }
    return departures;
  }
  let timeMs = flow.beginMs;
  for (let i = 0; i < flow.number; i++) {
    timeMs += (-Math.log(1 - drawUniform(seed, subject, i, 1)) / rate.perSecond) * 1000;
    if (timeMs >= end) break;
    add(Math.round(timeMs));
  }
  return departures;
}
