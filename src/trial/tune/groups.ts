import type { City } from '../../city/city.ts';
import type { Demand } from '../../demand/demand.ts';
import type { Metres, Seconds } from '../../units/units.ts';
import { listSignalAfter } from './evaluate.ts';

/** Signals nearer to each other than this along the street are timed together (MUTCD 2009, 4D.04: within half a mile). */
const TOGETHER_M: Metres = 800;
/** Time lost to starting and to slower drivers in a platoon. */
const PLATOON_DELAY_S: Seconds = 1;
const PLATOON_SLOWNESS = 1.05;

/** Traffic that comes from one signal to the next: the turn it made there, the turn it wants here. */
export interface Stream {
  readonly from: number;
  readonly to: number;
  /** The turns made at the two signals, as `turnKey` has them. */
  readonly leaves: number;
  readonly enters: number;
  readonly vehicles: number;
  readonly travelS: Seconds;
  readonly distanceM: Metres;
}

/** Every stream between signals that the trips make, in the order of their first trip. */
export function listStreams(city: City, { trips }: Demand): Stream[] {
  const after = listSignalAfter(city);
  const streams = new Map<string, { -readonly [K in keyof Stream]: Stream[K] }>();
  for (const { route } of trips) {
    let last = -1;
    let travelS = 0;
    let distanceM = 0;
    for (let i = 0; i + 1 < route.length; i++) {
      const { lengthM, speedMps } = city.roads[route[i]!]!;
      travelS += lengthM / speedMps;
      distanceM += lengthM;
      const signal = after[route[i]!]!;
      if (signal < 0) continue;
      if (last >= 0 && after[route[last]!] !== signal) {
        const leaves = route[last]! * city.roads.length + route[last + 1]!;
        const enters = route[i]! * city.roads.length + route[i + 1]!;
        const key = `${leaves} ${enters} ${i - last}`;
        const known = streams.get(key);
        if (known) known.vehicles++;
        else {
          const from = after[route[last]!]!;
          const platoonS = travelS * PLATOON_SLOWNESS + PLATOON_DELAY_S;
          streams.set(key, { from, to: signal, leaves, enters, vehicles: 1, travelS: platoonS, distanceM });
        }
      }
      last = i;
      travelS = 0;
      distanceM = 0;
    }
  }
  return [...streams.values()];
}

/** By signal: those to which traffic goes straight on, or from which it comes, nearer than TOGETHER_M. */
export function listNeighbours(signals: number, streams: readonly Stream[]): number[][] {
  const sets = Array.from({ length: signals }, () => new Set<number>());
  for (const { from, to, distanceM } of streams) {
    if (distanceM > TOGETHER_M) continue;
    sets[from]!.add(to);
    sets[to]!.add(from);
  }
  return sets.map((set) => [...set].sort((a, b) => a - b));
}

/** Signals that share a cycle: `chosen` ones joined by neighbourhood, each group in order. */
export function groupSignals(chosen: readonly number[], neighbours: readonly (readonly number[])[]): number[][] {
  const left = new Set(chosen);
  const groups: number[][] = [];
  for (const first of chosen) {
    if (!left.delete(first)) continue;
    const group = [first];
    for (const signal of group) for (const other of neighbours[signal] ?? []) if (left.delete(other)) group.push(other);
    groups.push(group.sort((a, b) => a - b));
  }
  return groups;
}
