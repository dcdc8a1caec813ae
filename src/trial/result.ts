/** One run as `--json` prints it: exactly these fields. Means are over all loaded vehicles. */
export interface RunResult {
  readonly scenario: string;
  readonly controller: string;
  readonly seed: number;
  readonly sensors: string;
  readonly stepS: number;
  /** Time loss + departure delay; a vehicle never inserted counts from its departure to the end. */
  readonly delayS: number;
  /** Duration + departure delay, the same way. */
  readonly doorToDoorS: number;
  /** Time at less than 0.1 m/s. */
  readonly waitingS: number;
  /** Times a vehicle came to stand, per vehicle. */
  readonly stops: number;
  readonly loaded: number;
  readonly arrived: number;
  readonly neverInserted: number;
  /** Mean delay of the worst movement (road to next road) at a signal, among those with at least 10 vehicles; null without any. */
  readonly worstMovementDelayS: number | null;
  /** The longest that one vehicle stood in all between two signals. */
  readonly longestWaitS: number;
  readonly teleports: number;
  /** Some vehicle stood still for the last 600 s of the run or longer. */
  readonly locked: boolean;
  /** CPU time of the simulator, and of our side. */
  readonly cpuS: number;
  readonly brainCpuS: number;
}

/** What `simulate` adds. */
export interface EngineRunResult extends RunResult {
  /** Vehicle-seconds simulated per second of wall time spent in the engine. */
  readonly vehicleSecondsPerS: number;
  /** Of the engine's whole state at the end: the same seed gives the same hash. */
  readonly hash: string;
}

/** One movement at a signal: from a road to the next. */
export interface MovementDelay {
  readonly from: string;
  readonly to: string;
  readonly vehicles: number;
  /** Mean per vehicle: time on the approach road above free flow, departure delay included on a trip's first road. */
  readonly delayS: number;
}

/** A vehicle that stood still at the end: where, and for how long. */
export interface Standing {
  readonly road: string;
  readonly stillS: number;
}

/** What the report page draws besides the result. */
export interface RunDetail {
  /** The timing rules of the run in words. */
  readonly rules: string;
  /** What the reader of the result must know, such as trips left out because they are broken. */
  readonly notes: readonly string[];
  /** The 0th, 1st, ..., 100th percentile of the vehicles' delays. */
  readonly delayPercentilesS: readonly number[];
  /** Mean delay by the five minutes in which the vehicle wanted to depart; null where none did. */
  readonly delayByDepartureS: readonly (number | null)[];
  /** Worst first, at most ten. */
  readonly worstMovements: readonly MovementDelay[];
  /** Longest first, at most ten. */
  readonly standing: readonly Standing[];
}

export interface RunReport {
  readonly result: RunResult | EngineRunResult;
  readonly detail: RunDetail;
}

export const DEPARTURE_BIN_S = 300;
/** Movements with fewer vehicles say little about control. */
export const MOVEMENT_MIN_VEHICLES = 10;
