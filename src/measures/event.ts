/**
 * Events of signal controllers as they are logged at 0.1 s: time, device, event code, parameter (a phase, a detector
 * channel, a number of seconds ...). Codes: Indiana Traffic Signal Hi Resolution Data Logger Enumerations (Purdue, 2012
 * and 2020), https://docs.lib.purdue.edu/jtrpdata/4/. A batch holds columns, so that a day of a city makes no objects.
 */
export interface EventBatch {
  /** How many events the columns hold; the arrays may be longer. */
  readonly length: number;
  /** Whole UTC milliseconds. */
  readonly timeMs: Float64Array;
  /** Position in `devices`. */
  readonly device: Uint32Array;
  readonly code: Uint16Array;
  readonly parameter: Int32Array;
  /** Ids of the controllers of this log. All batches of one log share this one array; it only grows. */
  readonly devices: readonly string[];
}

/** What a detector channel measures; the words are those of the Oregon configuration tables. */
export type DetectorFunction = 'Advance' | 'Presence' | 'Stopbar Count' | 'Yellow_Red';

/** One detector channel in one function, as the configuration of a signal names it. */
export interface DetectorRole {
  /** Id of the controller, as in `EventBatch.devices`. */
  readonly device: string;
  /** Parameter of the codes 81 and 82. */
  readonly channel: number;
  readonly phase: number;
  readonly function: DetectorFunction;
  /** From the detector to the stop line. */
  readonly distanceFt?: number;
  readonly approachSpeedMph?: number;
  readonly latencyS?: number;
}

/** Event codes used here; the parameter is the phase unless said otherwise. */
export const EVENT = {
  phaseOn: 0,
  beginGreen: 1,
  phaseCheck: 2,
  minimumComplete: 3,
  gapOut: 4,
  maxOut: 5,
  forceOff: 6,
  greenTermination: 7,
  beginYellow: 8,
  endYellow: 9,
  beginRedClearance: 10,
  endRedClearance: 11,
  phaseInactive: 12,
  beginWalk: 21,
  beginFlashingDontWalk: 22,
  beginSolidDontWalk: 23,
  /** Parameter: the barrier. */
  barrier: 31,
  beginFlashingYellowArrow: 32,
  endFlashingYellowArrow: 33,
  phaseHoldOn: 41,
  phaseHoldOff: 42,
  phaseCallOn: 43,
  phaseCallOff: 44,
  pedestrianCall: 45,
  /** Parameter of 61 to 66: the overlap, 1 is A. */
  overlapBeginGreen: 61,
  overlapBeginTrailingGreen: 62,
  overlapBeginYellow: 63,
  overlapBeginRedClearance: 64,
  overlapOff: 65,
  overlapDark: 66,
  overlapWalk: 67,
  overlapFlashingDontWalk: 68,
  overlapSolidDontWalk: 69,
  /** Parameter of 81 to 88: the detector channel. */
  detectorOff: 81,
  detectorOn: 82,
  detectorRestored: 83,
  detectorFault: 84,
  detectorWatchdogFault: 85,
  detectorOpenLoop: 86,
  detectorShortedLoop: 87,
  detectorChangeFault: 88,
  /** Parameter of 89 to 91: the pedestrian detector. */
  pedestrianDetectorOff: 89,
  pedestrianDetectorOn: 90,
  pedestrianDetectorFault: 91,
  /** Parameter of 102 to 111: the preempt. */
  preemptCallOn: 102,
  preemptGateDown: 103,
  preemptCallOff: 104,
  preemptEntry: 105,
  preemptTrackClearance: 106,
  preemptDwell: 107,
  preemptLinkOn: 108,
  preemptLinkOff: 109,
  preemptMaxPresence: 110,
  preemptExit: 111,
  /** Parameter of 112 to 119: the priority request. */
  priorityCheckIn: 112,
  priorityEarlyGreen: 113,
  priorityGreenExtension: 114,
  priorityCheckOut: 115,
  priorityServiceStart: 118,
  priorityServiceEnd: 119,
  /** Parameter of 131 to 133: the pattern; the cycle in s; the offset in s. 254 is free, 255 is flash. */
  patternChange: 131,
  cycleChange: 132,
  offsetChange: 133,
  /** 134 to 149: split of phase 1 to 16 changed; the parameter is the new split in s. */
  splitChangeOfPhase1: 134,
  splitChangeOfPhase16: 149,
  coordinatedPhaseState: 150,
  coordinatedPhaseYieldPoint: 151,
  coordinatedPhaseBegin: 152,
  /** Parameter: the flash state. */
  flashState: 173,
  alarmState: 174,
  clockUpdated: 181,
  powerFailure: 182,
  powerRestored: 184,
  alarmOn: 200,
  alarmOff: 201,
  /** 300 to 315: seconds phase 1 to 16 really had; 316 to 318: the real cycle, natural cycle and offset in s. */
  actualSplitOfPhase1: 300,
  actualSplitOfPhase16: 315,
  actualCycle: 316,
  actualNaturalCycle: 317,
  actualOffset: 318,
} as const;

/** Events of one log, to be filled one at a time; `clear` keeps the memory. */
export class EventBuffer implements EventBatch {
  readonly devices: readonly string[];
  length = 0;
  timeMs: Float64Array;
  device: Uint32Array;
  code: Uint16Array;
  parameter: Int32Array;

  /** @param capacity events it holds before it grows */
  constructor(devices: readonly string[], capacity = 2048) {
    this.devices = devices;
    this.timeMs = new Float64Array(capacity);
    this.device = new Uint32Array(capacity);
    this.code = new Uint16Array(capacity);
    this.parameter = new Int32Array(capacity);
  }

  /** @param timeMs whole UTC milliseconds; @param device position in `devices` */
  push(timeMs: number, device: number, code: number, parameter: number): void {
    if (this.length === this.timeMs.length) this.reserve(this.length + 1);
    const at = this.length++;
    this.timeMs[at] = timeMs;
    this.device[at] = device;
    this.code[at] = code;
    this.parameter[at] = parameter;
  }

  /** Makes room for `count` events in all, keeping those it holds. */
  reserve(count: number): void {
    if (count <= this.timeMs.length) return;
    const capacity = Math.max(count, this.timeMs.length * 2);
    const { timeMs, device, code, parameter } = this;
    this.timeMs = new Float64Array(capacity);
    this.device = new Uint32Array(capacity);
    this.code = new Uint16Array(capacity);
    this.parameter = new Int32Array(capacity);
    this.timeMs.set(timeMs);
    this.device.set(device);
    this.code.set(code);
    this.parameter.set(parameter);
  }

  clear(): void {
    this.length = 0;
  }
}
