import type { City } from '../city/city.ts';
import type { Demand } from '../demand/demand.ts';
import type { Corridor, CorridorStop } from '../measures/corridor.ts';
import { chainStreams } from '../trial/tune/corridor.ts';
import { listStreams, type Stream } from '../trial/tune/groups.ts';
import { listTurnLinks } from '../trial/tune/offsets.ts';

const LEAST_SIGNALS = 3;

/**
 * Corridors of a city: chains of signals along its heaviest streams of traffic, each signal in the first that takes it.
 * Phases are the places of signal groups, counted from 1, as `StreetLog` writes them.
 */
export function listCorridors(city: City, demand: Demand): Corridor[] {
  const streams = listStreams(city, demand);
  const links = listTurnLinks(city);
  const phaseOf = (signal: number, turn: number): number => {
    const green = links.get(turn) ?? [];
    return 1 + city.signals[signal]!.groups.findIndex((group) => group.links.some((link) => green.includes(link)));
  };
  const heaviest = (from: number, to: number): Stream | undefined =>
    streams
      .filter((stream) => stream.from === from && stream.to === to)
      .reduce<Stream | undefined>((best, each) => (best && best.vehicles >= each.vehicles ? best : each), undefined);
  const used = new Set<number>();
  const corridors: Corridor[] = [];
  for (;;) {
    const chain = chainStreams(streams.filter(({ from, to }) => !used.has(from) && !used.has(to)));
    if (chain.length === 0) return corridors;
    const signals = [chain[0]!.from, ...chain.map(({ to }) => to)];
    for (const signal of signals) used.add(signal);
    if (signals.length < LEAST_SIGNALS) continue;
    let atM = 0;
    const stops = signals.map((signal, place): CorridorStop => {
      const [before, after] = [chain[place - 1], chain[place]];
      if (before !== undefined) atM += before.distanceM;
      const next = signals[place + 1];
      const previous = signals[place - 1];
      const coming = next === undefined ? undefined : heaviest(next, signal);
      const going = previous === undefined ? undefined : heaviest(signal, previous);
      return {
        device: city.signals[signal]!.id,
        atM,
        forward: phaseOf(signal, before?.enters ?? after?.leaves ?? -1),
        back: phaseOf(signal, coming?.enters ?? going?.leaves ?? -1),
      };
    });
    const travelS = chain.reduce((sum, stream) => sum + stream.travelS, 0);
    const [first, last] = [stops[0]!, stops.at(-1)!];
    corridors.push({ name: `${first.device} – ${last.device}`, speedMps: atM / travelS, stops });
  }
}
