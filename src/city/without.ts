import type { City } from './city.ts';
import { withVersion } from './version.ts';

/**
 * The city without some movements (indices). Links of signals keep their places, empty where nothing is left;
 * detectors go with the last movement of their lane.
 */
export function withoutMovements(city: City, dropped: ReadonlySet<number>): City {
  const newOf = new Map<number, number>();
  city.movements.forEach((_, m) => {
    if (!dropped.has(m)) newOf.set(m, newOf.size);
  });
  const renumber = (list: readonly number[]) => list.flatMap((m) => newOf.get(m) ?? []);
  const leads = (lane: number, signal: number) =>
    city.lanes[lane]?.out.some((m) => !dropped.has(m) && city.movements[m]?.signal === signal) === true;
  return withVersion({
    ...city,
    detectors: city.detectors.filter(({ lane, signal }) => leads(lane, signal)),
    movements: city.movements.flatMap((movement, m) =>
      dropped.has(m)
        ? []
        : [
            {
              ...movement,
              yieldsTo: renumber(movement.yieldsTo),
              yieldsInside: renumber(movement.yieldsInside),
              conflicts: renumber(movement.conflicts),
            },
          ],
    ),
    lanes: city.lanes.map((lane) => ({ ...lane, out: renumber(lane.out), in: renumber(lane.in) })),
    junctions: city.junctions.map((junction) => ({ ...junction, movements: renumber(junction.movements) })),
    signals: city.signals.map((signal) => ({ ...signal, links: signal.links.map(renumber) })),
    crossings: city.crossings.map((crossing) => ({
      ...crossing,
      conflicts: renumber(crossing.conflicts),
      yieldsTo: renumber(crossing.yieldsTo),
    })),
  });
}
