import Type from 'typebox';
import { Compile } from 'typebox/compile';
import type { City } from '../city/city.ts';
import { VEHICLE_CLASSES } from '../city/city.ts';
import { UrbaneError } from '../units/errors.ts';
import { listLoops } from './loops.ts';
import type { LoopReadings, Observation, SeenVehicles } from './observation.ts';

const closed = { additionalProperties: false };
const Place = Type.Number({ minimum: 0 });
const Time = Type.Union([Type.Integer(), Type.Null()]);

/**
 * An observation on a wire, by stable ids: the same content as `Observation`, closed in the same way. `blind` lists lanes
 * (camera) or loops that deliver nothing; a lane or loop that is not named is seen and empty.
 */
export const WireObservation = Type.Object(
  {
    timeMs: Type.Integer(),
    cityVersion: Type.Optional(Type.String()),
    signals: Type.Record(Type.String(), Type.String()),
    vehicles: Type.Optional(
      Type.Array(
        Type.Object(
          {
            lane: Type.String(),
            toEndM: Place,
            speedMps: Place,
            kind: Type.Enum([...VEHICLE_CLASSES]),
          },
          closed,
        ),
      ),
    ),
    loops: Type.Optional(
      Type.Array(
        Type.Object(
          {
            loop: Type.String(),
            occupied: Type.Boolean(),
            rises: Type.Integer({ minimum: 0, maximum: 65_535 }),
            occupancy: Type.Number({ minimum: 0, maximum: 1 }),
            lastOnMs: Time,
            lastOffMs: Time,
          },
          closed,
        ),
      ),
    ),
    blind: Type.Optional(Type.Array(Type.String())),
    /** People waiting, by crossing; a crossing that is not named has nobody. */
    waiting: Type.Optional(Type.Record(Type.String(), Type.Integer({ minimum: 0, maximum: 65_535 }))),
  },
  closed,
);
export type WireObservation = Type.Static<typeof WireObservation>;

const check = Compile(WireObservation);

/** Turns observations of one city into their wire form and back. */
export class ObservationWire {
  readonly #city: City;
  readonly #laneOf: ReadonlyMap<string, number>;
  readonly #loopIds: readonly string[];
  /** By loop: never delivered, whether it is named blind or not. */
  readonly #isMissing: Uint8Array;
  readonly #loopOf: ReadonlyMap<string, number>;
  readonly #crossingOf: ReadonlyMap<string, number>;

  constructor(city: City) {
    this.#city = city;
    this.#laneOf = new Map(city.lanes.map(({ id }, index) => [id, index]));
    const loops = listLoops(city);
    this.#loopIds = loops.map(({ id }) => id);
    this.#isMissing = Uint8Array.from(loops, ({ isMissing }) => (isMissing ? 1 : 0));
    this.#loopOf = new Map(this.#loopIds.map((id, index) => [id, index]));
    this.#crossingOf = new Map(city.crossings.map(({ id }, index) => [id, index]));
  }

  /** The wire form; only lanes and loops with something to tell are named. */
  write({ cityVersion, timeMs, signals, vehicles, loops, waiting }: Observation): WireObservation {
    const named = Object.fromEntries(this.#city.signals.map(({ id }, k) => [id, signals[k] ?? '']));
    const called = waiting && this.#city.crossings.flatMap(({ id }, k) => (waiting[k]! > 0 ? [[id, waiting[k]!]] : []));
    const head = { timeMs, cityVersion, signals: named, ...(called && { waiting: Object.fromEntries(called) }) };
    if (vehicles !== null) {
      const blind = this.#city.lanes.flatMap(({ id }, lane) => (vehicles.blind[lane] === 1 ? [id] : []));
      return { ...head, vehicles: this.#writeVehicles(vehicles), blind };
    }
    if (loops === null) return head;
    return {
      ...head,
      loops: this.#writeLoops(loops),
      blind: this.#loopIds.filter((_, loop) => loops.blind[loop] === 1),
    };
  }

  /** Reads a parsed JSON value. Throws UrbaneError `bad-observation` that names the field. */
  read(value: unknown): Observation {
    if (!check.Check(value)) throw new UrbaneError('bad-observation', explain(value));
    const { cityVersion, timeMs, signals, vehicles, loops, blind = [], waiting } = value;
    if (cityVersion !== undefined && cityVersion !== this.#city.version) {
      throw bad(`The observation is of city version ${cityVersion}, this city is ${this.#city.version}.`);
    }
    if ((vehicles === undefined) === (loops === undefined)) {
      throw bad('An observation has either "vehicles" (camera) or "loops", an empty list where nothing is seen.');
    }
    return {
      cityVersion: this.#city.version,
      timeMs,
      sensors: loops === undefined ? 'camera' : 'loops',
      signals: this.#readSignals(signals),
      vehicles: vehicles === undefined ? null : this.#readVehicles(vehicles, blind),
      loops: loops === undefined ? null : this.#readLoops(loops, blind),
      ...(waiting && { waiting: this.#readWaiting(waiting) }),
    };
  }

  #writeVehicles({ laneStart, toEndM, speedMps, kind }: SeenVehicles): NonNullable<WireObservation['vehicles']> {
    return this.#city.lanes.flatMap(({ id }, lane) =>
      Array.from({ length: laneStart[lane + 1]! - laneStart[lane]! }, (_, k) => {
        const at = laneStart[lane]! + k;
        return { lane: id, toEndM: toEndM[at]!, speedMps: speedMps[at]!, kind: VEHICLE_CLASSES[kind[at]!]! };
      }),
    );
  }

  #writeLoops(readings: LoopReadings): NonNullable<WireObservation['loops']> {
    const time = (ms: number): number | null => (Number.isFinite(ms) ? ms : null);
    return this.#loopIds.flatMap((id, loop) => {
      if (readings.lastOnMs[loop] === Number.NEGATIVE_INFINITY && readings.occupied[loop] === 0) return [];
      return {
        loop: id,
        occupied: readings.occupied[loop] === 1,
        rises: readings.rises[loop]!,
        occupancy: readings.occupancy[loop]!,
        lastOnMs: time(readings.lastOnMs[loop]!),
        lastOffMs: time(readings.lastOffMs[loop]!),
      };
    });
  }

  #readSignals(states: Readonly<Record<string, string>>): string[] {
    for (const id of Object.keys(states)) {
      if (!this.#city.signals.some((signal) => signal.id === id)) throw bad(`The city has no signal "${id}".`);
    }
    return this.#city.signals.map(({ id, links }) => {
      const state = states[id];
      if (state === undefined) throw bad(`"signals" must tell what signal "${id}" shows.`);
      if (state.length !== links.length || !/^[GgyurRsoO]*$/.test(state)) {
        throw bad(`Signal "${id}" shows "${state}"; it has ${links.length} links with lamps of GgyursoO.`);
      }
      return state;
    });
  }

  #readVehicles(vehicles: NonNullable<WireObservation['vehicles']>, blind: readonly string[]): SeenVehicles {
    const placed = vehicles.map((vehicle) => ({ ...vehicle, at: this.#find(this.#laneOf, vehicle.lane, 'lane') }));
    placed.sort((a, b) => a.at - b.at || a.toEndM - b.toEndM);
    const laneStart = new Uint32Array(this.#city.lanes.length + 1);
    for (const { at } of placed) laneStart[at + 1]!++;
    for (let lane = 0; lane < this.#city.lanes.length; lane++) laneStart[lane + 1]! += laneStart[lane]!;
    return {
      laneStart,
      toEndM: Float32Array.from(placed, ({ toEndM }) => toEndM),
      speedMps: Float32Array.from(placed, ({ speedMps }) => speedMps),
      kind: Uint8Array.from(placed, ({ kind }) => VEHICLE_CLASSES.indexOf(kind)),
      blind: this.#readBlind(this.#laneOf, blind, 'lane'),
    };
  }

  #readLoops(loops: NonNullable<WireObservation['loops']>, blind: readonly string[]): LoopReadings {
    const count = this.#loopIds.length;
    const readings = {
      occupied: new Uint8Array(count),
      rises: new Uint16Array(count),
      occupancy: new Float32Array(count),
      lastOnMs: new Float64Array(count).fill(Number.NEGATIVE_INFINITY),
      lastOffMs: new Float64Array(count).fill(Number.NEGATIVE_INFINITY),
      blind: this.#readBlind(this.#loopOf, blind, 'loop'),
    };
    this.#isMissing.forEach((missing, loop) => {
      if (missing === 1) readings.blind[loop] = 1;
    });
    for (const reading of loops) {
      const at = this.#find(this.#loopOf, reading.loop, 'loop');
      readings.occupied[at] = reading.occupied ? 1 : 0;
      readings.rises[at] = reading.rises;
      readings.occupancy[at] = reading.occupancy;
      readings.lastOnMs[at] = reading.lastOnMs ?? Number.NEGATIVE_INFINITY;
      readings.lastOffMs[at] = reading.lastOffMs ?? Number.NEGATIVE_INFINITY;
    }
    return readings;
  }

  #readWaiting(people: Readonly<Record<string, number>>): Uint16Array {
    const waiting = new Uint16Array(this.#crossingOf.size);
    for (const [id, count] of Object.entries(people)) waiting[this.#find(this.#crossingOf, id, 'crossing')] = count;
    return waiting;
  }

  #readBlind(indexOf: ReadonlyMap<string, number>, ids: readonly string[], what: string): Uint8Array {
    const blind = new Uint8Array(indexOf.size);
    for (const id of ids) blind[this.#find(indexOf, id, what)] = 1;
    return blind;
  }

  #find(indexOf: ReadonlyMap<string, number>, id: string, what: string): number {
    const index = indexOf.get(id);
    if (index === undefined) throw bad(`The city has no ${what} "${id}".`);
    return index;
  }
}

function bad(sentence: string): UrbaneError {
  return new UrbaneError('bad-observation', sentence);
}

function explain(value: unknown): string {
  const error = check.Errors(value)[0];
  if (error === undefined) return 'The observation does not fit its schema.';
  const message = error.message === 'schema is false' ? 'no such field' : error.message;
  return `The observation does not fit its schema at "${error.instancePath || '/'}": ${message}.`;
}
