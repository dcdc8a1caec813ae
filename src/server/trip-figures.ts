import type { Demand } from '../demand/demand.ts';
import type { TripRecords } from '../sim/records.ts';
import type { Figures } from './wire.ts';

const HALTED_MPS = 0.1;

/** The present state of a street that the figures need besides its trips. */
export interface Present {
  readonly count: number;
  readonly speedMps: Float32Array;
}

/** Figures over the trips due by `nowMs`; a trip that still waits to enter has lost the time since its departure. */
export function summarise(demand: Demand, trips: TripRecords, present: Present, nowMs: number): Figures {
  let [due, arrived, outside, delay, waiting, stops] = [0, 0, 0, 0, 0, 0];
  for (const { departMs } of demand.trips) {
    if (departMs > nowMs) break;
    const inserted = trips.insertedMs[due]!;
    const outsideS = ((inserted < 0 ? nowMs : inserted) - departMs) / 1000;
    if (inserted < 0) outside++;
    if (trips.arrivedMs[due]! >= 0) arrived++;
    delay += outsideS + trips.timeLossS[due]!;
    waiting += outsideS + trips.waitingS[due]!;
    stops += trips.stops[due]!;
    due++;
  }
  let standing = 0;
  for (let i = 0; i < present.count; i++) if (present.speedMps[i]! < HALTED_MPS) standing++;
  const each = Math.max(1, due);
  return {
    due,
    arrived,
    present: present.count,
    outside,
    delayS: delay / each,
    waitingS: waiting / each,
    stops: stops / each,
    queued: standing + outside,
  };
}
