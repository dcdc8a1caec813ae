import type { City } from '../city/city.ts';
import type { StageOrder } from '../city/stage-order.ts';
import type { Observation } from '../street/observation.ts';
import type { Milliseconds, Seconds } from '../units/units.ts';
import type { Objective } from './objective.ts';

/** How a signal stands when a controller is asked: what the guard holds and would allow. */
export interface SignalStatus {
  /** Phase index of the stage that is green or coming to green. */
  readonly stage: number;
  /** True while yellow or all-red lead over to `stage`. */
  readonly changing: boolean;
  /** When `stage` turned (or will turn) green. */
  readonly greenSinceMs: Milliseconds;
  /** True when a change asked for now would begin now (minimum green over, authority held). */
  readonly mayChange: boolean;
}

/** What a controller expects of the traffic from one road to another at a signal when its choice is carried out. */
export interface MovementForecast {
  /** Road indices. */
  readonly fromRoad: number;
  readonly toRoad: number;
  /** At the stop line or expected there over the horizon, as the sensors tell. */
  readonly vehicles: number;
  /** Vehicle-seconds behind the stop line over the horizon. */
  readonly delayS: Seconds;
}

/** A controller's choice for one signal with what it weighed, for the decision record. */
export interface Choice {
  /** Signal index. */
  readonly signal: number;
  /** Phase index of the stage to show. */
  readonly stage: number;
  /** Each stage considered with its score (unit as the controller documents), best first not required. */
  readonly alternatives: readonly { readonly stage: number; readonly score: number }[];
  /** Of a controller that predicts: what it expects, movement by movement. */
  readonly movements?: readonly MovementForecast[];
  /** One short clause for the operator, in the controller's terms ("pressure 12.5 against 8.0"). */
  readonly why: string;
  /** The controller cannot answer for this signal now: its own program shall run. `stage` is the present one. */
  readonly handsBack?: true;
}

/** The times a signal's guard keeps, as far as a controller plans with them. */
export interface SignalTiming {
  readonly yellowS: Seconds;
  readonly allRedS: Seconds;
  readonly minGreenS: Seconds;
  /** No movement that some stage serves is red for longer; no such limit when left out. */
  readonly longestRedS?: Seconds;
  /** Which stage may come after which; null or left out: any after any. */
  readonly order?: StageOrder | null;
}

export interface ControllerOptions {
  readonly city: City;
  /** Signal indices under control. */
  readonly signals: readonly number[];
  /** By signal index. */
  readonly timing?: readonly SignalTiming[];
  /** What it weighs, where it weighs anything; DEFAULT_OBJECTIVE when left out. */
  readonly objective?: Objective;
}

/** Decides stages. Pure: same observations in the same order, same choices. */
export interface Controller {
  readonly name: string;
  /** Its own decision interval when it has one; otherwise the run's `--step`. */
  readonly ownStepS?: Seconds;
  /** Called every second, so that counters see every reading (`observe`), ... */
  observe(observation: Observation): void;
  /** ... and every decision step for choices. Signals it leaves out keep their stage. */
  decide(nowMs: Milliseconds, status: readonly SignalStatus[]): Choice[];
}

/** Makes a controller; `null` for `fixed`, which leaves every signal to its own program. */
export type ControllerFactory = (options: ControllerOptions) => Controller | null;
