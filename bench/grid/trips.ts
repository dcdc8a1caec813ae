import { drawUniform } from '../../src/units/random.ts';
import { capacityPerH, type GridPlan, REFERENCE_PLAN } from './plans.ts';
import { endOf, type GridRoad, type GridShape, type Heading, isJunction, listRoads, roadId, turned } from './shape.ts';

/** One vehicle: enters at the start of the first road, ends at the end of the last. */
export interface GridTrip {
  readonly departS: number;
  readonly roads: readonly GridRoad[];
}

/** Vehicles per second and junction of the speed rows. */
export const SPEED_RATE = 0.06;

const LEFT_SHARE = 0.1;
const RIGHT_SHARE = 0.14;
const FEWEST_ROADS = 3;
const MOST_ROADS = 9;
const PURPOSE = { depart: 1, start: 2, length: 3, turn: 4 } as const;

/**
 * Routes of three to nine roads (mean six) that begin on any road and turn by fixed shares, cut short where they leave the
 * grid; one departure in every 1 / rate seconds, at a drawn whole second. The same for the same arguments, always.
 */
export function drawTrips(shape: GridShape, perJunctionS: number, windowS: number, seed: number): GridTrip[] {
  const starts = listRoads(shape).filter((road) => {
    const end = endOf(road);
    return isJunction(shape, end.column, end.row);
  });
  const rate = perJunctionS * shape.columns * shape.rows;
  return Array.from({ length: Math.floor(rate * windowS) }, (_, i) => ({
    departS: Math.floor((i + drawUniform(seed, i, 0, PURPOSE.depart)) / rate),
    roads: drawRoute(shape, starts, seed, i),
  })).sort((a, b) => a.departS - b.departS);
}

function drawRoute(shape: GridShape, starts: readonly GridRoad[], seed: number, trip: number): GridRoad[] {
  const first = starts[Math.floor(drawUniform(seed, trip, 0, PURPOSE.start) * starts.length)];
  if (first === undefined) throw new Error('the grid has no roads');
  const wanted =
    FEWEST_ROADS + Math.floor(drawUniform(seed, trip, 0, PURPOSE.length) * (MOST_ROADS - FEWEST_ROADS + 1));
  const route = [first];
  for (let road = first; route.length < wanted; route.push(road)) {
    const at = endOf(road);
    if (!isJunction(shape, at.column, at.row)) break;
    const draw = drawUniform(seed, trip, route.length, PURPOSE.turn);
    const turn = draw < LEFT_SHARE ? 'left' : draw < LEFT_SHARE + RIGHT_SHARE ? 'right' : 'straight';
    road = { ...at, heading: turned(road.heading, turn) };
  }
  return route;
}

const SAMPLE = 40_000;
/** Expected flows are read from this many draws of the same law, never from the trips of a run. */
const SAMPLE_SEED = 777;

interface Flow {
  readonly heading: Heading;
  readonly group: 'through' | 'left';
  perHour: number;
}

/** Expected vehicles per hour of every approach's lane groups at one vehicle per second and junction. */
function flowsAtUnitRate(shape: GridShape): Flow[] {
  const junctions = shape.columns * shape.rows;
  const flows = new Map<string, Flow>();
  for (const { roads } of drawTrips(shape, 1, SAMPLE / junctions, SAMPLE_SEED)) {
    roads.forEach((road, i) => {
      const next = roads[i + 1];
      if (next === undefined) return;
      const group = next.heading === turned(road.heading, 'left') ? 'left' : 'through';
      const key = `${roadId(road)} ${group}`;
      const flow = flows.get(key) ?? { heading: road.heading, group, perHour: 0 };
      flow.perHour += (3600 * junctions) / SAMPLE;
      flows.set(key, flow);
    });
  }
  return [...flows.values()];
}

/** Demand over capacity of the busiest lane group under a plan. */
export function busiestRatio(shape: GridShape, plan: GridPlan, perJunctionS: number): number {
  const flows = flowsAtUnitRate(shape).map((flow) => ({ ...flow, perHour: flow.perHour * perJunctionS }));
  const opposing = Math.max(...flows.filter(({ group }) => group === 'through').map(({ perHour }) => perHour));
  return Math.max(
    ...flows.map(({ heading, group, perHour }) => perHour / capacityPerH(plan, heading, group, opposing)),
  );
}

/** Vehicles per second and junction at which the busiest lane group is at `level` of its capacity, reference plan. */
export function rateForLevel(shape: GridShape, level: number): number {
  return level / busiestRatio(shape, REFERENCE_PLAN, 1);
}
