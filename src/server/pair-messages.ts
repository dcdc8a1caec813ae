import type { Calibration } from '../demand/calibration.ts';
import type { SensorLevel } from '../street/observation.ts';
import type { ErrorCode } from '../units/errors.ts';
import type { ClockChange } from './pacer.ts';
import type { JunctionDocument, State } from './wire.ts';

/** What the worker is started with. */
export interface PairOrder {
  /** A scenario's folder or file, or null for the demo city. */
  readonly path: string | null;
  readonly seed: number;
  readonly speed: number;
  readonly controller: string;
  readonly sensors: SensorLevel;
  readonly calibration: Calibration | null;
}

export type ToWorker =
  | { readonly kind: 'clock'; readonly change: ClockChange }
  | { readonly kind: 'junction'; readonly question: number; readonly id: string }
  | { readonly kind: 'stop' };

export type FromWorker =
  | {
      readonly kind: 'ready';
      readonly map: Uint8Array;
      readonly dropped: number;
      readonly name: string;
      readonly signals: number;
      readonly trips: number;
    }
  | { readonly kind: 'snapshot'; readonly event: Uint8Array; readonly state: State }
  | { readonly kind: 'history'; readonly event: Uint8Array }
  | { readonly kind: 'junction'; readonly question: number; readonly junction: JunctionDocument | null }
  | { readonly kind: 'failed'; readonly code: ErrorCode | null; readonly sentence: string; readonly remedy: string };
