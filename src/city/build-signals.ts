import { directionOf } from './build-line.ts';
import { evenTiming, groupLinks, type Link, planStages, type Timing, writeProgram } from './build-programs.ts';
import type { City, Lane, Movement, Signal } from './city.ts';
import { withVersion } from './version.ts';

/** One junction's signal, a link for each movement in their order. `first` is the first movement's index in the city. */
export function buildSignal(
  id: string,
  junction: number,
  own: readonly Movement[],
  first: number,
  lanes: readonly Lane[],
): Signal {
  const links = linksOf(own, lanes, first);
  const stages = planStages(links);
  const program = writeProgram(stages, evenTiming(links, stages));
  return {
    id,
    junctions: [junction],
    links: own.map((_, k) => [first + k]),
    groups: groupLinks(stages, own.length),
    programs: [program],
  };
}

/** The city with programs of the same stages but other greens and offsets, by signal index; its version changes. */
export function retimeSignals(city: City, timings: readonly Timing[]): City {
  const signals = city.signals.map((signal, index) => {
    const timing = timings[index];
    if (timing === undefined) return signal;
    const links = listLinks(city, signal);
    return { ...signal, programs: [writeProgram(planStages(links), timing)] };
  });
  return withVersion({ ...city, signals });
}

/** What a built signal's program needs to know of its links. */
export function listLinks(city: City, signal: Signal): Link[] {
  const own = signal.links.map((link) => city.movements[link[0]!]!);
  return linksOf(own, city.lanes, signal.links[0]![0]!);
}

function linksOf(movements: readonly Movement[], lanes: readonly Lane[], first: number): Link[] {
  return movements.map((movement) => {
    const lane = lanes[movement.fromLane]!;
    return {
      fromRoad: lane.road,
      fromLane: movement.fromLane,
      turn: movement.turn,
      heading: directionOf(lane.shape, true),
      conflicts: movement.conflicts.map((other) => other - first),
      yieldsTo: movement.yieldsTo.map((other) => other - first),
    };
  });
}
