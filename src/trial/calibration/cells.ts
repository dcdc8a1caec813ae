import type { Scenario, Trip } from '../../demand/demand.ts';
import { createCompiledEngine } from '../../field/sim/engine.ts';
import { EVENT } from '../../sim/events.ts';
import type { Milliseconds, Seconds } from '../../units/units.ts';

/** A road, or one of its lanes, in one interval: what was counted and timed at its downstream end. */
export interface Cell {
  /** Road index. */
  readonly road: number;
  /** Lane index in the city, or -1 for the whole road. */
  readonly lane: number;
  readonly beginMs: Milliseconds;
  readonly endMs: Milliseconds;
  /** Vehicles that drove past the end of the road; null when not measured. */
  readonly vehicles: number | null;
  /** Mean time from entering to leaving the road, of those that left in the interval; null when not measured. */
  readonly travelS: Seconds | null;
}

/** Vehicles and seconds of travel of one cell, summed; a mean over seeds divides both. */
export interface Tally {
  /** By cell. */
  readonly vehicles: Float64Array;
  readonly timed: Float64Array;
  readonly travelS: Float64Array;
}

export function createTally(cells: number): Tally {
  return { vehicles: new Float64Array(cells), timed: new Float64Array(cells), travelS: new Float64Array(cells) };
}

/** A vehicle that begins its trip no farther than this from the start of a road is timed on it. */
const AT_START_M = 10;

/** True when a trip drives its first road from its start, so that its time on it says something of the road. */
export function beginsAtStart({ departPos }: Trip): boolean {
  return departPos === 'base' || (typeof departPos === 'number' && departPos <= AT_START_M);
}

/** Cells of whole roads by road index, for finding those that a vehicle which leaves a road counts in. */
export class RoadCells {
  readonly #byRoad: ReadonlyMap<number, readonly number[]>;
  readonly #cells: readonly Cell[];
  readonly #tally: Tally;

  constructor(cells: readonly Cell[], tally: Tally) {
    const byRoad = new Map<number, number[]>();
    cells.forEach(({ road, lane }, index) => {
      if (lane >= 0) return;
      const list = byRoad.get(road);
      if (list) list.push(index);
      else byRoad.set(road, [index]);
    });
    this.#byRoad = byRoad;
    this.#cells = cells;
    this.#tally = tally;
  }

  /** A vehicle drove past the end of a road; `enteredMs` is NaN where its time says nothing of the road. */
  leave(road: number, enteredMs: Milliseconds, leftMs: Milliseconds): void {
    const { vehicles, timed, travelS } = this.#tally;
    for (const index of this.#byRoad.get(road) ?? []) {
      const cell = this.#cells[index];
      if (cell === undefined || leftMs < cell.beginMs || leftMs >= cell.endMs) continue;
      vehicles[index] = (vehicles[index] ?? 0) + 1;
      if (Number.isNaN(enteredMs)) continue;
      timed[index] = (timed[index] ?? 0) + 1;
      travelS[index] = (travelS[index] ?? 0) + (leftMs - enteredMs) / 1000;
    }
  }
}

/** Counts crossings of the stop line of single lanes between the bounds of their cells' intervals. */
class LaneCells {
  readonly #cells: readonly { readonly index: number; readonly cell: Cell; readonly movements: readonly number[] }[];
  readonly #tally: Tally;
  #beforeMs: Milliseconds = Number.NEGATIVE_INFINITY;

  constructor(scenario: Scenario, cells: readonly Cell[], tally: Tally) {
    this.#cells = cells.flatMap((cell, index) =>
      cell.lane < 0 ? [] : [{ index, cell, movements: scenario.city.lanes[cell.lane]?.out ?? [] }],
    );
    this.#tally = tally;
  }

  /** Bounds between two steps count at the later one. */
  observe(timeMs: Milliseconds, crossed: Uint32Array): void {
    const { vehicles } = this.#tally;
    const isPassed = (boundMs: Milliseconds) => this.#beforeMs < boundMs && boundMs <= timeMs;
    for (const { index, cell, movements } of this.#cells) {
      const sign = Number(isPassed(cell.endMs)) - Number(isPassed(cell.beginMs));
      if (sign === 0) continue;
      const sum = movements.reduce((total, movement) => total + (crossed[movement] ?? 0), 0);
      vehicles[index] = (vehicles[index] ?? 0) + sign * sum;
    }
    this.#beforeMs = timeMs;
  }
}

/** Drives the scenario's window in our engine and adds to the tally what its cells would have measured. */
export function addEngineRun(scenario: Scenario, seed: number, cells: readonly Cell[], tally: Tally): void {
  const engine = createCompiledEngine(scenario, { seed });
  const roads = new RoadCells(cells, tally);
  const lanes = new LaneCells(scenario, cells, tally);
  const { trips } = scenario.demand;
  const road = new Int32Array(trips.length).fill(-1);
  const enteredMs = new Float64Array(trips.length);
  const isWhole = Uint8Array.from(trips, (trip) => Number(beginsAtStart(trip)));
  lanes.observe(engine.timeMs, engine.movementDelay.vehicles);
  while (engine.timeMs < scenario.endMs) {
    engine.step();
    const events = engine.drainEvents();
    if (events.lost > 0) throw new Error(`${events.lost} events of one second found no room`);
    for (let i = 0; i < events.count; i++) {
      const trip = events.trip[i] ?? 0;
      const timeMs = events.timeMs[i] ?? 0;
      if (events.kind[i] === EVENT.road) roads.leave(road[trip] ?? -1, enteredMs[trip] ?? Number.NaN, timeMs);
      road[trip] = events.road[i] ?? -1;
      enteredMs[trip] = events.kind[i] !== EVENT.inserted || isWhole[trip] === 1 ? timeMs : Number.NaN;
    }
    lanes.observe(engine.timeMs, engine.movementDelay.vehicles);
  }
}
