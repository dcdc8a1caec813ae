import { drawUniform } from '../units/random.ts';
import type { Trip } from './demand.ts';

/** Vehicles counted at a place: on a road, or from one road to the next. */
export interface Count {
  /** Road indices; `to` is -1 for a count of the road alone. */
  readonly road: number;
  readonly to: number;
  readonly vehicles: number;
}

export interface CountFit {
  readonly trips: readonly Trip[];
  /** By count: vehicles of the trips before and after. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const ROUNDS = 60;
/** A round goes part of the way, so that counts that contradict each other settle between them. */
const STEP = 0.5;
const MOST_FACTOR = 20;
const DRAW = 71;

/**
 * Trips fitted to counts by scaling their routes (multiplicative algebraic reconstruction, Gordon et al. 1970): each count
 * scales the routes that pass it until together they bring as many. Trips are then doubled or left out by draws keyed by
 * (seed, trip). Routes that pass no counted place stay. A count that no route passes cannot be met.
 */
export function fitCounts(trips: readonly Trip[], counts: readonly Count[], seed: number): CountFit {
  const routeOf = new Map<string, number>();
  const routes: (readonly number[])[] = [];
  const tripRoute = trips.map(({ route }) => {
    const key = route.join(' ');
    const known = routeOf.get(key);
    if (known !== undefined) return known;
    routeOf.set(key, routes.length);
    routes.push(route);
    return routes.length - 1;
  });
  const weight = new Float64Array(routes.length);
  for (const route of tripRoute) weight[route] = (weight[route] ?? 0) + 1;
  const own = Float64Array.from(weight);
  const passing = listPassing(routes, counts);
  const flow = (count: number) => (passing[count] ?? []).reduce((sum, route) => sum + (weight[route] ?? 0), 0);
  const before = counts.map((_, count) => flow(count));
  for (let round = 0; round < ROUNDS; round++) {
    counts.forEach(({ vehicles }, count) => {
      const now = flow(count);
      if (now === 0) return;
      const factor = Math.max(0.01, vehicles / now) ** STEP;
      for (const route of passing[count] ?? []) {
        const most = MOST_FACTOR * (own[route] ?? 0);
        weight[route] = Math.min(most, (weight[route] ?? 0) * factor);
      }
    });
  }
  const fitted = trips.flatMap((trip, t) => {
    const route = tripRoute[t] ?? 0;
    const share = (weight[route] ?? 0) / (own[route] ?? 1);
    const times = Math.floor(share) + (drawUniform(seed, t, 0, DRAW) < share % 1 ? 1 : 0);
    // A way that was counted is kept: no other may be taken on the day.
    const { alternatives: _, ...fixed } = trip;
    return Array.from({ length: times }, () => fixed);
  });
  return {
    trips: fitted,
    before,
    after: listPassing(
      fitted.map(({ route }) => route),
      counts,
    ).map(({ length }) => length),
  };
}

/** By count, the routes that pass it. */
function listPassing(routes: readonly (readonly number[])[], counts: readonly Count[]): number[][] {
  const at = new Map<string, number[]>();
  counts.forEach(({ road, to }, count) => {
    const key = `${road} ${to}`;
    at.set(key, [...(at.get(key) ?? []), count]);
  });
  const passing: number[][] = counts.map(() => []);
  routes.forEach((route, r) => {
    route.forEach((road, i) => {
      const keys = [`${road} -1`, ...(i + 1 < route.length ? [`${road} ${route[i + 1]}`] : [])];
      for (const key of keys) for (const count of at.get(key) ?? []) passing[count]?.push(r);
    });
  });
  return passing;
}

/** GEH of an hourly flow against the counted one (UK Design Manual for Roads and Bridges): below 5 is a good fit. */
export function gehOf(modelledPerH: number, countedPerH: number): number {
  const sum = modelledPerH + countedPerH;
  return sum === 0 ? 0 : Math.sqrt((2 * (modelledPerH - countedPerH) ** 2) / sum);
}
