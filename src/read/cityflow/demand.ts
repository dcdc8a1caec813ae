import { type City, classBit } from '../../city/city.ts';
import type { Demand, Trip, VehicleType } from '../../demand/demand.ts';
import { Router } from '../../demand/routing.ts';
import type { ReportBuilder } from '../report.ts';
import { makeDefaultType } from '../sumo/types.ts';
import type { FlowFile } from './format.ts';

const HOUR_S = 3600;
const MOST_VEHICLES = 5_000_000;
const CAR = classBit('car');

/**
 * The trips of a CityFlow flow file: one at `startTime` and one every `interval` up to `endTime`, on the best lane of their
 * first road, from a stand. What the format does not say of drivers (imperfection, spread of speeds) is as for a car.
 * A route names roads to pass; between two that do not join it takes the quickest way. Ends with the hour of the last departure.
 */
export function readFlows(
  flows: FlowFile,
  city: City,
  file: string,
  report: ReportBuilder,
): { demand: Demand; endMs: number } {
  const roadOf = new Map(city.roads.map(({ id }, index) => [id as string, index]));
  const router = new Router(city);
  const types: VehicleType[] = [];
  const typeOf = new Map<string, number>();
  const trips: Trip[] = [];
  const routes = new Map<string, readonly number[]>();
  for (const [index, flow] of flows.entries()) {
    const drop = (why: string): void => report.drop({ what: 'flow', element: String(index), file, why });
    const named = flow.route.map((road) => roadOf.get(road));
    const missing = flow.route.find((_, i) => named[i] === undefined);
    if (missing !== undefined) {
      drop(`road "${missing.slice(0, 80)}" is not in the roadnet`);
      continue;
    }
    const key = JSON.stringify(flow.vehicle);
    const type = typeOf.get(key) ?? types.length;
    if (type === types.length) {
      typeOf.set(key, type);
      types.push(typeFrom(`car-${type + 1}`, flow.vehicle));
    }
    const route = fillRoute(named as number[], router, flow.vehicle.maxSpeed, routes);
    if (route === null) {
      drop('no way leads along the roads of its route');
      continue;
    }
    const lastS = flow.endTime < 0 ? Math.max(HOUR_S, flow.startTime) : flow.endTime;
    for (let departS = flow.startTime; departS <= lastS; departS += flow.interval) {
      if (trips.length >= MOST_VEHICLES) {
        drop(`only the first ${MOST_VEHICLES} vehicles are read`);
        break;
      }
      trips.push({
        type,
        departMs: Math.round(departS * 1000),
        route,
        departLane: 'best',
        departPos: 'base',
        departSpeed: 0,
      });
    }
  }
  trips.sort((a, b) => a.departMs - b.departMs);
  const last = (trips.at(-1)?.departMs ?? 0) / 1000;
  return { demand: { types, trips, walks: [] }, endMs: Math.ceil((last + 1) / HOUR_S) * HOUR_S * 1000 };
}

/** The roads with ways between those that do not join; equal routes share one array. */
function fillRoute(
  named: readonly number[],
  router: Router,
  maxSpeedMps: number,
  known: Map<string, readonly number[]>,
): readonly number[] | null {
  const key = named.join(' ');
  const same = known.get(key);
  if (same !== undefined) return same;
  const route = named.slice(0, 1);
  for (const road of named.slice(1)) {
    const at = route.at(-1) ?? road;
    if (router.joins(at, road, CAR)) route.push(road);
    else {
      const way = router.findRoute({ from: [at], to: [road], classBit: CAR, maxSpeedMps });
      if (way === null || way.length < 2) return null;
      route.push(...way.slice(1));
    }
  }
  known.set(key, route);
  return route;
}

function typeFrom(id: string, vehicle: FlowFile[number]['vehicle']): VehicleType {
  const usual = makeDefaultType(id, 'passenger', 'car');
  return {
    ...usual,
    lengthM: vehicle.length,
    widthM: vehicle.width,
    minGapM: vehicle.minGap,
    accelMps2: vehicle.usualPosAcc,
    decelMps2: vehicle.usualNegAcc,
    emergencyDecelMps2: Math.max(usual.emergencyDecelMps2, vehicle.maxNegAcc),
    maxSpeedMps: vehicle.maxSpeed,
    tauS: vehicle.headwayTime,
  };
}
