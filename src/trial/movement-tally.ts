import type { City } from '../city/city.ts';
import type { Metres, MetresPerSecond, Seconds } from '../units/units.ts';
import type { MovementDelay } from './result.ts';

/** One trip with when it left each road of its route; -1 for roads not left by the end. */
export interface TripTimes {
  readonly roads: readonly string[];
  readonly exitsS: readonly Seconds[];
  readonly departS: Seconds;
  readonly departDelayS: Seconds;
  readonly departPosM: Metres;
  readonly topSpeedMps: MetresPerSecond;
  readonly endS: Seconds;
}

/**
 * Adds up delay per movement (road to next road) at signals: time on the approach road above free flow, the departure
 * delay on a trip's first road. A vehicle still on the approach at the end counts with the time so far, at least 0.
 */
export class MovementTally {
  readonly #roads: ReadonlyMap<string, { readonly lengthM: Metres; readonly speedMps: MetresPerSecond }>;
  /** Free-flow time through the junction, by "from to". */
  readonly #crossings = new Map<string, { lengthM: Metres; speedMps: MetresPerSecond; signalised: boolean }>();
  readonly #sums = new Map<string, { from: string; to: string; vehicles: number; totalS: number }>();

  constructor(city: City) {
    this.#roads = new Map(city.roads.map((road) => [road.id, road]));
    for (const movement of city.movements) {
      const from = city.roads[city.lanes[movement.fromLane]?.road ?? -1]?.id ?? '';
      const to = city.roads[city.lanes[movement.toLane]?.road ?? -1]?.id ?? '';
      this.#crossings.set(`${from} ${to}`, {
        lengthM: movement.lengthM,
        speedMps: movement.speedMps,
        signalised: movement.signal >= 0,
      });
    }
  }

  addTrip({ roads, exitsS, departS, departDelayS, departPosM, topSpeedMps, endS }: TripTimes): void {
    let enteredS = departS;
    for (let i = 0; i + 1 < roads.length; i++) {
      const road = this.#roads.get(roads[i] ?? '');
      if (!road) return;
      const before = i === 0 ? undefined : this.#crossings.get(`${roads[i - 1]} ${roads[i]}`);
      const lengthM = i === 0 ? Math.max(0, road.lengthM - departPosM) : road.lengthM;
      let freeS = lengthM / Math.min(road.speedMps, topSpeedMps);
      if (before && before.lengthM > 0) freeS += before.lengthM / Math.min(before.speedMps, topSpeedMps);
      const exitS = exitsS[i] ?? -1;
      const spentS = (exitS >= 0 ? exitS : endS) - enteredS - freeS;
      this.#add(
        roads[i] ?? '',
        roads[i + 1] ?? '',
        (exitS >= 0 ? spentS : Math.max(0, spentS)) + (i === 0 ? departDelayS : 0),
      );
      if (exitS < 0) return;
      enteredS = exitS;
    }
  }

  /** A vehicle that waited to enter its first road until the end. */
  addWaiting(roads: readonly string[], departDelayS: Seconds): void {
    if (roads.length > 1) this.#add(roads[0] ?? '', roads[1] ?? '', departDelayS);
  }

  list(): MovementDelay[] {
    return [...this.#sums.values()].map(({ from, to, vehicles, totalS }) => ({
      from,
      to,
      vehicles,
      delayS: totalS / vehicles,
    }));
  }

  #add(from: string, to: string, delayS: Seconds): void {
    const key = `${from} ${to}`;
    if (!this.#crossings.get(key)?.signalised) return;
    const sum = this.#sums.get(key) ?? { from, to, vehicles: 0, totalS: 0 };
    sum.vehicles++;
    sum.totalS += delayS;
    this.#sums.set(key, sum);
  }
}
