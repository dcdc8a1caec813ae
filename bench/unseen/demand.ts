import { type City, classBit } from '../../src/city/city.ts';
import { Router } from '../../src/demand/routing.ts';
import { drawUniform } from '../../src/units/random.ts';

/** One vehicle; `route` holds road indices. */
export interface UnseenTrip {
  readonly departS: number;
  readonly type: string;
  readonly route: readonly number[];
}

/** Vehicles by class, with SUMO's defaults for it. */
const SHARES = [
  ['car', 0.88],
  ['truck', 0.05],
  ['bus', 0.03],
  ['motorcycle', 0.04],
] as const;
export const TYPES = SHARES.map(([type]) => type);

/** Roads at the edge of the network begin and end this many times as many trips. */
const EDGE_WEIGHT = 4;
const FEWEST_ROADS = 2;
/** Vehicles per hour and lane: full saturation; share of it that one who must give way gets; junctions where all give way. */
const SATURATION_PER_H = 1700;
const MINOR_SHARE = 0.35;
const EQUAL_SHARE = 0.3;
const CAR = classBit('car');
const SAMPLE = 3000;
const PURPOSE = { from: 1, to: 2, depart: 3, type: 4 } as const;

/** Random trips on fastest routes, as many as bring the busiest lane to `level` of a rough estimate of its capacity. */
export function drawUnseenTrips(
  city: City,
  { level, windowS, seed }: { level: number; windowS: number; seed: number },
) {
  const routes = drawRoutes(city, seed);
  const perHour = (level * SAMPLE) / busiestLane(city, routes);
  const count = Math.floor((perHour * windowS) / 3600);
  return Array.from(
    { length: count },
    (_, i): UnseenTrip => ({
      departS: Math.floor(((i + drawUniform(seed, i, 0, PURPOSE.depart)) / count) * windowS),
      type: drawType(drawUniform(seed, i, 0, PURPOSE.type)),
      route: routes[i % routes.length] ?? [],
    }),
  ).sort((a, b) => a.departS - b.departS);
}

function drawType(draw: number): string {
  let sum = 0;
  for (const [type, share] of SHARES) {
    sum += share;
    if (draw < sum) return type;
  }
  return 'car';
}

function drawRoutes(city: City, seed: number): (readonly number[])[] {
  const router = new Router(city);
  const degree = (junction: number) => city.roads.filter(({ from, to }) => from === junction || to === junction).length;
  const degrees = city.junctions.map((_, junction) => degree(junction));
  const repeat = (pick: (road: City['roads'][number]) => number) =>
    city.roads.flatMap((road, i) => Array.from({ length: (degrees[pick(road)] ?? 0) <= 2 ? EDGE_WEIGHT : 1 }, () => i));
  const [starts, ends] = [repeat(({ from }) => from), repeat(({ to }) => to)];
  const routes: (readonly number[])[] = [];
  for (let attempt = 0; routes.length < SAMPLE; attempt++) {
    if (attempt > SAMPLE * 20) throw new Error('the network joins too few of its roads');
    const from = starts[Math.floor(drawUniform(seed, attempt, 0, PURPOSE.from) * starts.length)] ?? 0;
    const to = ends[Math.floor(drawUniform(seed, attempt, 0, PURPOSE.to) * ends.length)] ?? 0;
    const route = router.findRoute({ from: [from], to: [to], classBit: CAR, maxSpeedMps: 50 });
    if (route !== null && route.length >= FEWEST_ROADS) routes.push(route);
  }
  return routes;
}

/** Demand over capacity of the busiest lane when every route is driven once an hour. */
function busiestLane(city: City, routes: readonly (readonly number[])[]): number {
  const flows = new Map<string, number>();
  for (const route of routes) {
    for (let i = 1; i < route.length; i++) {
      const key = `${route[i - 1]}>${route[i]}`;
      flows.set(key, (flows.get(key) ?? 0) + 1);
    }
  }
  const load = new Float64Array(city.lanes.length * 2);
  for (const [key, flow] of flows) {
    const [from, to] = key.split('>').map(Number);
    const ways = city.movements.flatMap((movement, i) =>
      city.lanes[movement.fromLane]?.road === from && city.lanes[movement.toLane]?.road === to ? [i] : [],
    );
    for (const way of ways) {
      const { fromLane, toLane } = city.movements[way] ?? { fromLane: 0, toLane: 0 };
      load[fromLane] = (load[fromLane] ?? 0) + flow / ways.length / capacityPerH(city, way);
      load[city.lanes.length + toLane] =
        (load[city.lanes.length + toLane] ?? 0) + flow / ways.length / SATURATION_PER_H;
    }
  }
  return Math.max(...load);
}

/** Rough vehicles per hour of one movement alone. */
function capacityPerH(city: City, way: number): number {
  const movement = city.movements[way];
  const program = city.signals[movement?.signal ?? -1]?.programs[0];
  if (movement === undefined) return SATURATION_PER_H;
  if (program !== undefined) {
    const cycleS = program.phases.reduce((sum, { durationS }) => sum + durationS, 0);
    const shareOf = (letter: string) =>
      program.phases.reduce((sum, { state, durationS }) => sum + (state[movement.link] === letter ? durationS : 0), 0) /
      cycleS;
    return SATURATION_PER_H * (shareOf('G') + MINOR_SHARE * shareOf('g'));
  }
  if (movement.rightOfWay === 'all-way-stop' || movement.rightOfWay === 'right-before-left')
    return SATURATION_PER_H * EQUAL_SHARE;
  return movement.yieldsTo.length > 0 ? SATURATION_PER_H * MINOR_SHARE : SATURATION_PER_H;
}
