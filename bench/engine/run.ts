import type { VehicleFigures } from '../../src/trial/vehicles.ts';

/** What one run of one engine showed. Times are those of the simulated seconds alone: no loading, no writing of inputs. */
export interface EngineRun extends VehicleFigures {
  /** Seconds spent on the network by all vehicles together. */
  readonly vehicleSeconds: number;
  /** Processor seconds: the wall seconds of a core that does nothing else. */
  readonly cpuS: number;
  /** Share of the wall time in which the engine had a core; below 1 on a busy machine. */
  readonly coreShare: number;
  /** By road: vehicles that came onto it, and the seconds they would have needed together for its whole length. */
  readonly links: Readonly<Record<string, readonly [vehicles: number, seconds: number]>>;
}

/** Vehicle-seconds per second of a free core. */
export function speedOf(run: Pick<EngineRun, 'vehicleSeconds' | 'cpuS'>): number {
  return run.vehicleSeconds / run.cpuS;
}
