import type { City } from '../city/city.ts';
import { getOwnProgram, isGreen, listGreens } from '../city/greens.ts';
import type { LoopPlace, Observation } from '../street/observation.ts';
import type { DecisionRecord } from './record.ts';

/** Lanes a stage serves. */
interface StageLanes {
  readonly stage: number;
  readonly lanes: readonly number[];
}

/** Sums up for the record what an observation shows of each stage of a signal. */
export class StageCounter {
  readonly #stages: readonly (readonly StageLanes[])[];
  /** Loop indices by lane. */
  readonly #loopsOf: ReadonlyMap<number, number[]>;

  constructor(city: City, loops: readonly LoopPlace[]) {
    this.#stages = city.signals.map((signal) => {
      const program = getOwnProgram(signal);
      return listGreens(program).map((stage) => {
        const state = program.phases[stage]?.state ?? '';
        const movements = signal.links.flatMap((link, i) => (isGreen(state.charAt(i)) ? link : []));
        return { stage, lanes: [...new Set(movements.map((index) => city.movements[index]?.fromLane ?? -1))] };
      });
    });
    this.#loopsOf = Map.groupBy(loops.keys(), (index) => loops[index]?.lane ?? -1);
  }

  count(signal: number, observation: Observation): DecisionRecord['seen'] {
    return (this.#stages[signal] ?? []).map(({ stage, lanes }) => {
      let count = 0;
      for (const lane of lanes) count += this.#countLane(lane, observation);
      return { stage, count };
    });
  }

  #countLane(lane: number, { vehicles, loops }: Observation): number {
    if (vehicles !== null) return (vehicles.laneStart[lane + 1] ?? 0) - (vehicles.laneStart[lane] ?? 0);
    let occupied = 0;
    for (const loop of this.#loopsOf.get(lane) ?? []) occupied += loops?.occupied[loop] ?? 0;
    return occupied;
  }
}
