import { Brain } from '../brain/brain.ts';
import type { Mode } from '../brain/modes.ts';
import type { City } from '../city/city.ts';
import type { Scenario } from '../demand/demand.ts';
import { createSimStreet } from '../field/sim/street.ts';
import { Guard, grantAll, rulesFromProgram } from '../guard/guard.ts';
import { CONTROLLERS } from '../signals/registry.ts';
import type { SensorLevel } from '../street/observation.ts';
import { SensorLayer } from '../street/sensors.ts';
import type { Street } from '../street/street.ts';
import { UrbaneError } from '../units/errors.ts';
import { foldDecisions, type NameMovement } from './decision-rows.ts';
import { RoadSpeeds } from './road-speeds.ts';
import { comesFrom, findShownStage, TURNS } from './stage-words.ts';
import { Steering } from './steering.ts';
import type { Place, Tracks } from './track.ts';
import { summarise } from './trip-figures.ts';
import {
  type ApproachState,
  brightestLamp,
  COMPASS,
  encodeScene,
  type Figures,
  type JunctionState,
  type TurnName,
} from './wire.ts';

/** Prediction gains from deciding often; max-pressure, without memory or a cost of changing, loses (docs/benchmarks.md). */
const DECIDE_EVERY_S = { predictive: 2, other: 10 } as const;
const SHOWN_ROWS = 20;
/** How far back from the stop line a queue is counted. */
const APPROACH_M = 200;
const HALTED_MPS = 0.1;
const FULL_TURN = 65536;
const ELEVATED = 128;

export interface RunOptions {
  readonly scenario: Scenario;
  readonly tracks: Tracks;
  readonly seed: number;
  /** A name in CONTROLLERS. */
  readonly controller: string;
  readonly sensors: SensorLevel;
  /** Of every junction at the start; automatic when left out. */
  readonly mode?: Mode;
}

/** One run of a scenario on our engine: the street, the brain (for `fixed` an idle one) and what the page sees of them. */
export class Run {
  /** What operators may ask of it; null without a brain. */
  readonly steering: Steering | null;
  readonly #scenario: Scenario;
  readonly #city: City;
  readonly #street: ReturnType<typeof createSimStreet>;
  readonly #brain: Brain;
  readonly #speeds: RoadSpeeds;
  readonly #tracks: Tracks;
  readonly #isElevated: Uint8Array;
  readonly #place: Place = { x: 0, y: 0, angle: 0 };
  readonly #nameMovement: NameMovement;

  constructor({ scenario, tracks, seed, controller: name, sensors, mode = 'automatic' }: RunOptions) {
    const { city } = scenario;
    const make = CONTROLLERS[name];
    if (make === undefined) {
      const known = Object.keys(CONTROLLERS).join(', ');
      throw new UrbaneError('bad-usage', `There is no controller "${name}".`, `Choose one of ${known}.`);
    }
    const signals = city.signals.map((_, index) => index);
    const rules = signals.map((signal) => rulesFromProgram(city, signal));
    const controller = make({ city, signals, timing: rules });
    this.#scenario = scenario;
    this.#city = city;
    this.#tracks = tracks;
    this.#street = createSimStreet(scenario, { seed });
    this.#brain = new Brain({
      street: this.#street,
      sensors: new SensorLayer(city, { level: sensors, seed }),
      controller,
      guard: new Guard(city, rules, grantAll(city, controller?.name ?? '', Number.POSITIVE_INFINITY)),
      stepS: name === 'predictive' ? DECIDE_EVERY_S.predictive : DECIDE_EVERY_S.other,
      modes: signals.map(() => mode),
      approval: { by: 'start', untilMs: Number.POSITIVE_INFINITY },
    });
    this.steering = controller === null ? null : new Steering(this.#brain, city, () => this.timeMs);
    this.#speeds = new RoadSpeeds(city);
    const named = new Map(
      city.movements.flatMap(({ fromLane, toLane, turn }) => {
        const [from, to] = [city.lanes[fromLane], city.lanes[toLane]];
        if (from === undefined || to === undefined) return [];
        const key = `${city.roads[from.road]?.id} ${city.roads[to.road]?.id}`;
        return [[key, { from: comesFrom(from), turn }] as const];
      }),
    );
    this.#nameMovement = (from, to) => named.get(`${from} ${to}`);
    this.#isElevated = Uint8Array.from([...city.lanes, ...city.movements], (segment) => {
      const lane = 'road' in segment ? segment : city.lanes[segment.fromLane];
      return (city.roads[lane?.road ?? -1]?.level ?? 0) > 0 ? ELEVATED : 0;
    });
  }

  get timeMs(): number {
    return this.#street.timeMs;
  }

  /** What a log of its controllers is made from. */
  get street(): Pick<Street, 'timeMs' | 'lamps' | 'frame' | 'waiting'> {
    return this.#street;
  }

  /** One second. */
  async tick(): Promise<void> {
    await this.#brain.tick();
    this.#speeds.observe(this.#street.frame);
  }

  figures(): Figures {
    const { engine, frame, timeMs } = this.#street;
    return summarise(this.#scenario.demand, engine.trips, frame, timeMs);
  }

  /** What is seen now, encoded for the page. */
  scene(): Uint8Array {
    const { frame, lamps } = this.#street;
    const { count, slot, segment, posM, speedMps, lengthM } = frame;
    const x = new Float32Array(count);
    const y = new Float32Array(count);
    const angle = new Uint16Array(count);
    const speed = new Uint8Array(count);
    const length = new Uint8Array(count);
    const kind = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      const place = this.#tracks.place(segment[i]!, posM[i]!, this.#place);
      x[i] = place.x;
      y[i] = place.y;
      angle[i] = Math.round((place.angle / (2 * Math.PI)) * FULL_TURN);
      speed[i] = Math.min(255, Math.round(speedMps[i]! * 4));
      length[i] = Math.min(255, Math.round(lengthM[i]! * 10));
      kind[i] = frame.kind[i]! | this.#isElevated[segment[i]!]!;
    }
    const roads = this.#speeds.classify();
    return encodeScene({ count, slot, x, y, angle, speed, length, kind, roads, lamps: lampBytes(lamps) });
  }

  /** How a signalised junction stands. */
  junction(signalIndex: number): JunctionState {
    const signal = this.#city.signals[signalIndex];
    const lamps = this.#street.lamps[signalIndex];
    if (signal === undefined || lamps === undefined) throw new Error(`no signal ${signalIndex}`);
    return {
      mode: this.steering?.mode(signalIndex) ?? null,
      lamps,
      stage: findShownStage(signal, lamps),
      approaches: this.#approaches(signalIndex, lamps),
      decisions: foldDecisions(this.#brain.decisions.list(signalIndex), SHOWN_ROWS, this.#nameMovement),
    };
  }

  #approaches(signalIndex: number, lamps: string): ApproachState[] {
    const city = this.#city;
    const roads = new Map<number, { vehicles: number; standing: number; lampsOf: Map<TurnName, string[]> }>();
    for (const movement of city.movements) {
      const road = city.lanes[movement.fromLane]?.road;
      if (movement.signal !== signalIndex || road === undefined) continue;
      const approach = roads.get(road) ?? { vehicles: 0, standing: 0, lampsOf: new Map<TurnName, string[]>() };
      roads.set(road, approach);
      const known = approach.lampsOf.get(movement.turn) ?? [];
      approach.lampsOf.set(movement.turn, [...known, lamps.charAt(movement.link)]);
    }
    const { count, segment, posM, speedMps } = this.#street.frame;
    for (let i = 0; i < count; i++) {
      const lane = city.lanes[segment[i]!];
      const approach = lane === undefined ? undefined : roads.get(lane.road);
      if (lane === undefined || approach === undefined || lane.lengthM - posM[i]! > APPROACH_M) continue;
      approach.vehicles++;
      if (speedMps[i]! < HALTED_MPS) approach.standing++;
    }
    const approaches = [...roads].flatMap(([index, { vehicles, standing, lampsOf }]) => {
      const road = city.roads[index];
      const lane = road === undefined ? undefined : city.lanes[road.firstLane];
      if (road === undefined || lane === undefined) return [];
      const turns = TURNS.flatMap((turn) => {
        const letters = lampsOf.get(turn);
        return letters === undefined ? [] : [{ turn, lamp: brightestLamp(letters) }];
      });
      return [{ road: road.id, name: road.name, from: comesFrom(lane), turns, vehicles, standing }];
    });
    return approaches.sort((a, b) => COMPASS.indexOf(a.from) - COMPASS.indexOf(b.from));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#street[Symbol.asyncDispose]();
  }
}

function lampBytes(lamps: readonly string[]): Uint8Array {
  return new TextEncoder().encode(lamps.join(''));
}
