import type { Scenario } from '../../src/demand/demand.ts';
import { createCompiledEngine } from '../../src/field/sim/engine.ts';
import type { Engine } from '../../src/sim/engine.ts';
import { EVENT } from '../../src/sim/events.ts';
import { PLAIN } from '../../src/sim/machine.ts';
import { createWorld } from '../../src/sim/world.ts';
import { sumUp, type VehicleOutcome } from '../../src/trial/vehicles.ts';
import type { EngineRun } from './run.ts';

export interface OurRun extends EngineRun {
  readonly forcedHalts: number;
  /** The last 100 s of the window, the network loaded: simulated seconds per processor second, vehicles present on the mean. */
  readonly lastPart: { readonly realTime: number; readonly present: number };
}

/** Seconds at the end of a window in which the network counts as loaded. */
export const LAST_PART_S = 100;

/** Drives the scenario's window; with `links`, also counts what happens on each road, which costs time. */
export function runOurs(scenario: Scenario, options: { readonly seed: number; readonly links: boolean }): OurRun {
  const engine = createCompiledEngine(scenario, options);
  const tally = options.links ? new LinkTally(scenario) : null;
  const cpu = process.threadCpuUsage();
  const begun = performance.now();
  const drive = (untilMs: number) => {
    while (engine.timeMs < untilMs) {
      engine.step();
      tally?.add(engine);
    }
    const { user, system } = process.threadCpuUsage(cpu);
    return { cpuS: (user + system) / 1e6, vehicleSeconds: engine.vehicleSeconds };
  };
  const before = drive(scenario.endMs - LAST_PART_S * 1000);
  const { cpuS, vehicleSeconds } = drive(scenario.endMs);
  return {
    ...sumUp(listOutcomes(scenario, engine)),
    vehicleSeconds,
    cpuS,
    coreShare: Math.min(1, cpuS / ((performance.now() - begun) / 1000)),
    links: tally?.list(engine) ?? {},
    forcedHalts: engine.forcedHalts,
    lastPart: {
      realTime: LAST_PART_S / (cpuS - before.cpuS),
      present: (vehicleSeconds - before.vehicleSeconds) / LAST_PART_S,
    },
  };
}

export function listOutcomes(scenario: Scenario, engine: Engine): VehicleOutcome[] {
  const { trips } = engine;
  return scenario.demand.trips.map((trip, i) => {
    const insertedMs = trips.insertedMs[i] ?? -1;
    const arrivedMs = trips.arrivedMs[i] ?? -1;
    const inserted = insertedMs >= 0;
    return {
      wantedS: (trip.departMs - scenario.beginMs) / 1000,
      departDelayS: ((inserted ? insertedMs : scenario.endMs) - trip.departMs) / 1000,
      durationS: inserted ? ((arrivedMs >= 0 ? arrivedMs : scenario.endMs) - insertedMs) / 1000 : 0,
      timeLossS: trips.timeLossS[i] ?? 0,
      waitingS: trips.waitingS[i] ?? 0,
      stops: trips.stops[i] ?? 0,
      inserted,
      arrived: arrivedMs >= 0,
    };
  });
}

/**
 * SUMO's edgeData from our engine: vehicles that entered or departed on a road, and their travel times: the road's length
 * by the seconds and metres driven with a front bumper on it.
 */
class LinkTally {
  readonly #scenario: Scenario;
  readonly #vehicles: Uint32Array;
  readonly #seconds: Float64Array;
  readonly #metres: Float64Array;
  /** By slot: the frame in which it was seen last. */
  readonly #seen: number[] = [];
  #frames = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#vehicles = new Uint32Array(scenario.city.roads.length);
    this.#seconds = new Float64Array(scenario.city.roads.length);
    this.#metres = new Float64Array(scenario.city.roads.length);
  }

  add(engine: Engine): void {
    const { city, demand } = this.#scenario;
    const { count, segment, slot, posM } = engine.frame;
    this.#frames++;
    for (let i = 0; i < count; i++) {
      const road = city.lanes[segment[i] ?? 0]?.road;
      const who = slot[i] ?? 0;
      const isNew = this.#seen[who] !== this.#frames - 1;
      this.#seen[who] = this.#frames;
      if (road === undefined) continue;
      this.#seconds[road] = (this.#seconds[road] ?? 0) + 1;
      if (isNew) this.#addMetres(road, -(posM[i] ?? 0));
    }
    const events = engine.drainEvents();
    if (events.lost > 0) throw new Error(`${events.lost} events of one second found no room`);
    for (let i = 0; i < events.count; i++) {
      const road = events.road[i] ?? 0;
      const { lengthM = 0 } = city.roads[road] ?? {};
      if (events.kind[i] === EVENT.arrived) {
        const placeM = demand.trips[events.trip[i] ?? 0]?.arrivalPosM ?? lengthM;
        this.#addMetres(road, Math.min(placeM, lengthM) - lengthM);
      } else {
        this.#vehicles[road] = (this.#vehicles[road] ?? 0) + 1;
        this.#addMetres(road, lengthM);
      }
    }
  }

  #addMetres(road: number, metres: number): void {
    this.#metres[road] = (this.#metres[road] ?? 0) + metres;
  }

  /** At the end of the run: those still on a road have not driven the rest of it. */
  list(engine: Engine): EngineRun['links'] {
    const { roads, lanes } = this.#scenario.city;
    const { count, segment, posM } = engine.frame;
    for (let i = 0; i < count; i++) {
      const lane = lanes[segment[i] ?? 0];
      if (lane !== undefined) this.#addMetres(lane.road, (posM[i] ?? 0) - lane.lengthM);
    }
    const rows = roads.map(({ id, lengthM }, road) => {
      const [vehicles = 0, seconds = 0, metres = 0] = [this.#vehicles[road], this.#seconds[road], this.#metres[road]];
      return [id, [vehicles, (vehicles * lengthM * seconds) / metres]] as const;
    });
    return Object.fromEntries(rows.filter(([, [, seconds]]) => Number.isFinite(seconds) && seconds > 0));
  }
}

/** Bytes of the engine's arrays per lane of the empty network, and per trip on top of that (its slot and its record). */
export function measureMemory(scenario: Scenario): { perLane: number; perTrip: number } {
  const bytesOf = (trips: Scenario['demand']['trips']) => {
    const world = createWorld({ ...scenario, demand: { ...scenario.demand, trips } }, 1, PLAIN);
    const { state, scratch, links, net, trips: table, choices } = world;
    const arrays = [state, scratch, links, net, table, choices]
      .flatMap((part) => Object.values(part))
      .filter(ArrayBuffer.isView);
    const buffers = new Set(arrays.map(({ buffer }) => buffer));
    return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
  };
  const empty = bytesOf([]);
  const full = bytesOf(scenario.demand.trips);
  return {
    perLane: empty / scenario.city.lanes.length,
    perTrip: (full - empty) / scenario.demand.trips.length,
  };
}
