import type { City, Program } from '../../src/city/city.ts';
import { getOwnProgram, isGreen } from '../../src/city/greens.ts';
import type { Scenario } from '../../src/demand/demand.ts';

/** The tool's default: driven speed over the limit. */
const SPEED_SHARE = 0.8;

interface Pair {
  readonly from: number;
  readonly to: number;
  readonly travelS: number;
  readonly priority: number;
  vehicles: number;
  /** Seconds from the begin of the program to the first green of the link driven over. */
  readonly fromGreenS: number;
  readonly toGreenS: number;
}

/**
 * What SUMO's tlsCoordinator.py sets out to do, from its published logic, in our own words: offsets so that who leaves a signal
 * at the begin of green finds green begin at the next one; pairs of signals by road priority and then vehicles over travel
 * time, each pair joining two sets of signals whose offsets are already fixed to each other. Programs stay as they are.
 */
export function coordinate(
  { city, demand }: Scenario,
  programs: readonly (Program | null)[] = city.signals.map(() => null),
): (Program | null)[] {
  const program = (signal: number): Program => programs[signal] ?? getOwnProgram(city.signals[signal]!);
  const pairs = listPairs(city, demand.trips, program);
  pairs.sort((a, b) => b.priority - a.priority || b.vehicles / b.travelS - a.vehicles / a.travelS);
  const setOf = city.signals.map((_, signal) => signal);
  const offsets = city.signals.map(() => 0);
  const paired = new Set<number>();
  for (const { from, to, travelS, fromGreenS, toGreenS } of pairs) {
    paired.add(from).add(to);
    if (setOf[from] === setOf[to]) continue;
    const shift = offsets[from]! + fromGreenS + travelS - toGreenS - offsets[to]!;
    const moved = setOf[to]!;
    const into = setOf[from]!;
    setOf.forEach((set, signal) => {
      if (set !== moved) return;
      setOf[signal] = into;
      offsets[signal]! += shift;
    });
  }
  return city.signals.map((_, signal) =>
    paired.has(signal)
      ? { ...program(signal), offsetS: Math.round(offsets[signal]! * 100) / 100 }
      : (programs[signal] ?? null),
  );
}

function listPairs(city: City, trips: Scenario['demand']['trips'], program: (signal: number) => Program): Pair[] {
  const first = new Map<string, { signal: number; link: number }>();
  for (const { signal, link, fromLane, toLane } of city.movements) {
    const key = `${city.lanes[fromLane]!.road} ${city.lanes[toLane]!.road}`;
    if (signal >= 0 && !first.has(key)) first.set(key, { signal, link });
  }
  const pairs = new Map<string, Pair>();
  for (const { route } of trips) {
    let last: { signal: number; link: number; road: number } | null = null;
    let travelS = 0;
    for (let i = 0; i + 1 < route.length; i++) {
      const { lengthM, speedMps, priority } = city.roads[route[i]!]!;
      travelS += lengthM / speedMps;
      const turn = first.get(`${route[i]} ${route[i + 1]}`);
      if (turn === undefined) continue;
      if (last !== null) {
        const key = `${last.road} ${route[i]} ${Math.round(travelS * 10)}`;
        const known = pairs.get(key);
        const fromGreenS = firstGreen(program(last.signal), last.link);
        const toGreenS = firstGreen(program(turn.signal), turn.link);
        if (known) known.vehicles++;
        else if (fromGreenS >= 0 && toGreenS >= 0 && last.signal !== turn.signal) {
          pairs.set(key, {
            from: last.signal,
            to: turn.signal,
            travelS: travelS / SPEED_SHARE,
            priority,
            vehicles: 1,
            fromGreenS,
            toGreenS,
          });
        }
      }
      last = { ...turn, road: route[i]! };
      travelS = 0;
    }
  }
  return [...pairs.values()];
}

/** Seconds before the link is green for the first time in the program; -1 when it never is. */
function firstGreen({ phases }: Program, link: number): number {
  let at = 0;
  for (const { state, durationS } of phases) {
    if (isGreen(state.charAt(link))) return at;
    at += durationS;
  }
  return -1;
}
