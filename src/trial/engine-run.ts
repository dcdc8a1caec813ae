import type { City } from '../city/city.ts';
import type { Scenario } from '../demand/demand.ts';
import { createSimStreet, type SimStreet } from '../field/sim/street.ts';
import type { Engine } from '../sim/engine.ts';
import type { MovementDelay } from './result.ts';
import type { VehicleOutcome } from './vehicles.ts';

/** Our engine on a scenario, and what it makes of the trips at the end. */
export interface EngineRun {
  readonly street: SimStreet;
  finish(): { vehicles: VehicleOutcome[]; movements: MovementDelay[] };
}

export function startEngineRun(scenario: Scenario, seed: number, threads = 1): EngineRun {
  const street = createSimStreet(scenario, { seed, threads });
  return {
    street,
    finish: () => ({
      vehicles: listOutcomes(scenario, street.engine),
      movements: listMovements(scenario, street.engine),
    }),
  };
}

function listOutcomes({ demand, beginMs, endMs }: Scenario, { trips }: Engine): VehicleOutcome[] {
  return demand.trips.map(({ departMs }, trip) => {
    const insertedMs = trips.insertedMs[trip] ?? -1;
    const arrivedMs = trips.arrivedMs[trip] ?? -1;
    const inserted = insertedMs >= 0;
    return {
      wantedS: (departMs - beginMs) / 1000,
      departDelayS: Math.max(0, (inserted ? insertedMs : endMs) - departMs) / 1000,
      durationS: inserted ? ((arrivedMs >= 0 ? arrivedMs : endMs) - insertedMs) / 1000 : 0,
      timeLossS: trips.timeLossS[trip] ?? 0,
      waitingS: trips.waitingS[trip] ?? 0,
      stops: trips.stops[trip] ?? 0,
      inserted,
      arrived: arrivedMs >= 0,
    };
  });
}

/** The engine counts lane to lane; a movement of the report goes from road to road. Never inserted trips count on their first. */
function listMovements({ city, demand, endMs }: Scenario, { movementDelay, trips }: Engine): MovementDelay[] {
  const sums = new Map<string, { from: number; to: number; vehicles: number; totalS: number }>();
  const add = (from: number, to: number, vehicles: number, totalS: number) => {
    const sum = sums.get(`${from} ${to}`) ?? { from, to, vehicles: 0, totalS: 0 };
    sum.vehicles += vehicles;
    sum.totalS += totalS;
    sums.set(`${from} ${to}`, sum);
  };
  city.movements.forEach(({ signal, fromLane, toLane }, index) => {
    if (signal < 0) return;
    add(
      roadOf(city, fromLane),
      roadOf(city, toLane),
      movementDelay.vehicles[index] ?? 0,
      movementDelay.delayS[index] ?? 0,
    );
  });
  demand.trips.forEach(({ route, departMs }, trip) => {
    const [from, to] = route;
    if ((trips.insertedMs[trip] ?? -1) >= 0 || from === undefined || to === undefined) return;
    if (sums.has(`${from} ${to}`)) add(from, to, 1, (endMs - departMs) / 1000);
  });
  return [...sums.values()]
    .filter(({ vehicles }) => vehicles > 0)
    .map(({ from, to, vehicles, totalS }) => ({
      from: city.roads[from]?.id ?? '',
      to: city.roads[to]?.id ?? '',
      vehicles,
      delayS: totalS / vehicles,
    }));
}

function roadOf(city: City, lane: number): number {
  return city.lanes[lane]?.road ?? -1;
}
