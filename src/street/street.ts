import type { City } from '../city/city.ts';
import type { Frame } from '../city/frame.ts';
import type { Milliseconds, SignalId } from '../units/units.ts';

/** A wish: who wants which stage of a signal, or wants to let go of it. It reaches a street only through the guard. */
export type Command =
  | {
      readonly kind: 'stage';
      readonly signal: SignalId /** Phase index among `listGreens`. */;
      readonly stage: number;
      readonly by: string;
      readonly issuedMs: Milliseconds;
    }
  | { readonly kind: 'release'; readonly signal: SignalId; readonly by: string; readonly issuedMs: Milliseconds };

/** What the guard lets through: lamps to show now, or "go on by yourself from this phase". */
export type Order =
  | { readonly kind: 'show'; readonly signal: number; readonly state: string }
  | { readonly kind: 'hand-back'; readonly signal: number; readonly phase: number };

/** What is out there, real or simulated: seen through sensors, moved by orders. One step is one second. */
export interface Street extends AsyncDisposable {
  readonly city: City;
  /** Time of the last step. */
  readonly timeMs: Milliseconds;
  /** What the lamps show, by signal index. */
  readonly lamps: readonly string[];
  /** Positions after the last step: for the sensor layer, the map and the judge, never for a controller. */
  readonly frame: Frame;
  /** By crossing index: people at the kerb who wait for it; left out where the street cannot tell. */
  readonly waiting?: ArrayLike<number>;
  /** Carries out orders; they hold from the next step on. */
  apply(orders: readonly Order[]): void;
  /** Runs one step. Rejects with an UrbaneError when the street is gone (a killed simulator). */
  advance(): Promise<void>;
  /** Ends everything started. Safe to call twice. */
  [Symbol.asyncDispose](): Promise<void>;
}
