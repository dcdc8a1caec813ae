import type { City } from '../../city/city.ts';
import type { Metres, Seconds } from '../../units/units.ts';
import type { Stream } from './groups.ts';
import { listGreens, listTurnLinks } from './offsets.ts';
import { cycleOf, type Plan, type SignalStages } from './timing.ts';

/** A signal on a corridor: where it is, and when its light is green for those who drive along it. */
export interface CorridorStop {
  readonly signal: number;
  readonly atM: Metres;
  /** Travel time from the first signal without a halt. */
  readonly atS: Seconds;
  readonly cycleS: Seconds;
  readonly offsetS: Seconds;
  /** Begin and end of greens after the offset. */
  readonly greens: readonly (readonly [Seconds, Seconds])[];
}

/** The heaviest stream, prolonged both ways by the heaviest that joins it, no signal twice; empty without streams. */
export function chainStreams(streams: readonly Stream[]): Stream[] {
  const heaviest = (list: readonly Stream[]) =>
    list.reduce<Stream | null>(
      (best, stream) => (best === null || stream.vehicles > best.vehicles ? stream : best),
      null,
    );
  const first = heaviest(streams);
  if (first === null) return [];
  const chain = [first];
  const seen = new Set([first.from, first.to]);
  for (let next = heaviest(streams.filter((s) => s.leaves === first.enters && !seen.has(s.to))); next !== null; ) {
    chain.push(next);
    seen.add(next.to);
    const { enters } = next;
    next = heaviest(streams.filter((s) => s.leaves === enters && !seen.has(s.to)));
  }
  for (
    let before = heaviest(streams.filter((s) => s.enters === first.leaves && !seen.has(s.from)));
    before !== null;
  ) {
    chain.unshift(before);
    seen.add(before.from);
    const { leaves } = before;
    before = heaviest(streams.filter((s) => s.enters === leaves && !seen.has(s.from)));
  }
  return chain;
}

/** The corridor that most traffic drives through, as `chainStreams` finds it. */
export function findCorridor(
  city: City,
  offers: readonly SignalStages[],
  plan: Plan,
  streams: readonly Stream[],
): CorridorStop[] {
  const chain = chainStreams(streams.filter(({ from, to }) => plan[from] && plan[to]));
  if (chain.length === 0) return [];
  const links = listTurnLinks(city);
  const stop = (signal: number, turn: number, atM: Metres, atS: Seconds): CorridorStop => {
    const timing = plan[signal]!;
    const offer = offers[signal]!;
    const greens = listGreens(offer, timing, links.get(turn) ?? []);
    return { signal, atM, atS, cycleS: cycleOf(offer, timing), offsetS: timing.offsetS, greens };
  };
  let atM = 0;
  let atS = 0;
  return [
    stop(chain[0]!.from, chain[0]!.leaves, 0, 0),
    ...chain.map(({ to, enters, distanceM, travelS }) => {
      atM += distanceM;
      atS += travelS;
      return stop(to, enters, atM, atS);
    }),
  ];
}
