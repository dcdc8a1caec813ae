import type { City } from '../city/city.ts';
import type { MovementForecast } from './controller.ts';
import type { Junction } from './predictive-junction.ts';
import type { Situation } from './predictive-situation.ts';

/**
 * What a plan does to each movement, for the operator. `left[lane * horizonS + k]`: vehicles that leave the lane in second k
 * of the plan (`Search.replay`); a lane's vehicles are shared out over its streams.
 */
export function forecastMovements(
  city: City,
  junction: Junction,
  it: Situation,
  left: Float64Array,
): MovementForecast[] {
  const { horizonS, arrived, share } = it;
  const byRoads = new Map<string, { -readonly [K in keyof MovementForecast]: MovementForecast[K] }>();
  junction.lanes.forEach((lane, i) => {
    const base = i * (horizonS + 1);
    let gone = 0;
    let delayS = 0;
    for (let k = 0; k < horizonS; k++) {
      gone += left[i * horizonS + k]!;
      delayS += Math.max(0, arrived[base + k + 1]! - gone);
    }
    const fromRoad = city.lanes[lane]!.road;
    for (const s of junction.streamsOf[i]!) {
      const toRoad = junction.streams[s]!.exitRoad;
      const key = `${fromRoad} ${toRoad}`;
      const sum = byRoads.get(key) ?? { fromRoad, toRoad, vehicles: 0, delayS: 0 };
      byRoads.set(key, sum);
      sum.vehicles += arrived[base + horizonS]! * share[s]!;
      sum.delayS += delayS * share[s]!;
    }
  });
  return [...byRoads.values()];
}
