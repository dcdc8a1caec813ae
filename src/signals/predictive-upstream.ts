import type { City } from '../city/city.ts';
import type { Metres } from '../units/units.ts';
import { USUAL } from './predictive-junction.ts';

/** A road that a signal lets traffic onto, on the way to a stop line further down. */
export interface Feeder {
  readonly road: number;
  /** From the start of that road to the stop line. */
  readonly distanceM: Metres;
  /** Share of its traffic that comes to this approach. */
  readonly share: number;
}

/** Signals whose departures reach the road of an approach, walking upstream across unsignalised joints; nobody is taken to turn back. */
export function listFeeders(city: City, road: number, furthestM: Metres): Feeder[] {
  const feeders: Feeder[] = [];
  const pending = [{ road, distanceM: city.roads[road]!.lengthM, share: 1 }];
  const visited = new Set<number>();
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (visited.has(at.road)) continue;
    visited.add(at.road);
    const behind = new Map<number, Metres>();
    let isFed = false;
    for (const lane of lanesOf(city, at.road)) {
      for (const index of city.lanes[lane]!.in) {
        const { signal, fromLane, lengthM, turn } = city.movements[index]!;
        if (turn === 'u-turn') continue;
        if (signal >= 0) isFed = true;
        else behind.set(city.lanes[fromLane]!.road, lengthM);
      }
    }
    if (isFed) feeders.push({ road: at.road, distanceM: at.distanceM, share: at.share });
    for (const [before, acrossM] of behind) {
      const distanceM = at.distanceM + acrossM + city.roads[before]!.lengthM;
      if (at.distanceM < furthestM)
        pending.push({ road: before, distanceM, share: at.share * (usualShares(city, before).get(at.road) ?? 0) });
    }
  }
  return feeders;
}

function lanesOf(city: City, road: number): number[] {
  const { firstLane, laneCount } = city.roads[road]!;
  return Array.from({ length: laneCount }, (_, k) => firstLane + k);
}

/** Shares of a road's traffic by the road that it goes on to, guessed from the turns that lead there. */
export function usualShares(city: City, road: number): Map<number, number> {
  const shares = new Map<number, number>();
  for (const lane of lanesOf(city, road)) {
    for (const index of city.lanes[lane]!.out) {
      const { toLane, turn } = city.movements[index]!;
      const to = city.lanes[toLane]!.road;
      shares.set(to, Math.max(shares.get(to) ?? 0, USUAL[turn]));
    }
  }
  let total = 0;
  for (const weight of shares.values()) total += weight;
  for (const [to, weight] of shares) shares.set(to, weight / total);
  return shares;
}
