import type { Mode } from '../brain/modes.ts';
import type { Calibration } from '../demand/calibration.ts';
import type { PlanFile } from '../field/plans.ts';
import type { TableDocument } from '../measures/table-document.ts';
import type { SensorLevel } from '../street/observation.ts';
import type { ErrorCode } from '../units/errors.ts';
import type { ControllersDocument, JunctionPageDocument } from './junction-pages.ts';
import type { ClockChange } from './pacer.ts';
import type { SiteAnswer, SiteDocument } from './site.ts';
import type { SiteOrder } from './sites.ts';
import type { SteerAnswer, SteerOrder } from './steering.ts';
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
  /** Programs that the signals of both runs have instead of the shipped ones. */
  readonly plans?: PlanFile | undefined;
  /** File of the engineer's corrections; it need not be there yet. */
  readonly overlay?: string | undefined;
  /** Of every junction at the start; automatic when left out. */
  readonly mode?: Mode;
}

/** An UrbaneError, or another error without a code, as it crosses between threads. */
export interface Fault {
  readonly code: ErrorCode | null;
  readonly sentence: string;
  readonly remedy: string;
}

export type ToWorker =
  | { readonly kind: 'clock'; readonly change: ClockChange }
  | { readonly kind: 'junction'; readonly question: number; readonly id: string }
  | { readonly kind: 'steer'; readonly question: number; readonly order: SteerOrder }
  | { readonly kind: 'controllers'; readonly question: number }
  | { readonly kind: 'controller-page'; readonly question: number; readonly id: string; readonly hours: number | null }
  | { readonly kind: 'site'; readonly question: number; readonly id: string }
  | { readonly kind: 'correct'; readonly question: number; readonly order: SiteOrder }
  | {
      readonly kind: 'controller-table';
      readonly question: number;
      readonly id: string;
      readonly name: string;
      readonly hours: number | null;
    }
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
  | { readonly kind: 'controllers'; readonly question: number; readonly list: ControllersDocument }
  | { readonly kind: 'controller-page'; readonly question: number; readonly page: JunctionPageDocument | null }
  | { readonly kind: 'controller-table'; readonly question: number; readonly table: TableDocument | null }
  | { readonly kind: 'steered'; readonly question: number; readonly answer: SteerAnswer }
  | { readonly kind: 'site'; readonly question: number; readonly site: SiteDocument | null }
  | { readonly kind: 'corrected'; readonly question: number; readonly answer: SiteAnswer }
  | { readonly kind: 'refused'; readonly question: number; readonly fault: Fault }
  | ({ readonly kind: 'failed' } & Fault);
