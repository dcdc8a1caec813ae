/** By trip index; a trip that is on its way or waiting has what it gathered so far. */
export interface TripRecords {
  /** -1 when it did not enter. */
  readonly insertedMs: Float64Array;
  /** -1 when it did not arrive. */
  readonly arrivedMs: Float64Array;
  /** Seconds lost against the driver's own free speed, after entering. */
  readonly timeLossS: Float64Array;
  /** Seconds halted (below 0.1 m/s), and how many times. */
  readonly waitingS: Float64Array;
  readonly stops: Int32Array;
}

/** By walk index; one that is under way has what it gathered so far. */
export interface WalkRecords {
  /** -1 when it did not arrive. */
  readonly arrivedMs: Float64Array;
  /** Seconds at kerbs. */
  readonly waitingS: Int32Array;
}

/** By crossing index: demand for walk, and how long people waited for it. */
export interface CrossingRecords {
  /** People at the kerb now. */
  readonly waiting: Int32Array;
  /** People who stepped onto it so far. */
  readonly walkers: Uint32Array;
  /** Seconds they and those who wait now have waited together, and the longest wait of one. */
  readonly waitedS: Float64Array;
  readonly longestS: Float64Array;
}

/** By movement: vehicles that crossed its stop line, and their seconds on the road before it above driving freely. */
export interface MovementDelay {
  readonly vehicles: Uint32Array;
  readonly delayS: Float64Array;
}
