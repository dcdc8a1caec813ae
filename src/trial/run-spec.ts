import type { Calibration } from '../demand/calibration.ts';
import type { PlanFile } from '../field/plans.ts';
import type { SensorLevel } from '../street/observation.ts';
import type { Seconds } from '../units/units.ts';
import type { RunReport } from './result.ts';

/** One run: what to simulate, who controls, what it sees. Plain data, so that it crosses to a worker process. */
export interface RunSpec {
  readonly simulator: 'sumo' | 'engine';
  /** A folder, a .sumocfg or a saved city. */
  readonly scenario: string;
  readonly controller: string;
  readonly seed: number;
  readonly sensors: SensorLevel;
  /** Decision interval; `papers` takes the scenario's published one. */
  readonly step: Seconds | 'papers';
  /** As `--degrade` says it, or null for perfect sensors. */
  readonly degrade: string | null;
  /** Ids of trips to leave out. */
  readonly exclude: readonly string[];
  /** How vehicles of our engine drive otherwise than the scenario says, or null. */
  readonly calibration: Calibration | null;
  /** Programs that the signals run by themselves instead of the shipped ones. */
  readonly plans?: PlanFile | undefined;
  readonly timing: TimingOverrides;
  /** As `--weights` says it; the usual ones when left out. */
  readonly weights?: string | undefined;
  /** Stages only in the order of the program; in any when left out. */
  readonly stageOrder?: 'any' | 'fixed' | undefined;
  /** Of our engine; one when left out. */
  readonly threads?: number | undefined;
  /** Where the decision record goes, or null. */
  readonly recordFile: string | null;
  /** Where what the controllers log goes (.parquet); nowhere when left out. */
  readonly eventsFile?: string | undefined;
  /** An existing folder for this run's files; whoever asked removes it. */
  readonly workDir: string;
}

/** Rules that replace the protocol's. */
export interface TimingOverrides {
  readonly yellowS?: Seconds;
  readonly allRedS?: Seconds;
  readonly minGreenS?: Seconds;
}

/** What a worker process sends back. */
export type WorkerMessage =
  | { readonly kind: 'progress' /** Simulated share of the window, 0 to 1. */; readonly share: number }
  | { readonly kind: 'done'; readonly report: RunReport }
  | { readonly kind: 'failed'; readonly sentence: string; readonly remedy: string; readonly exitCode: number };
