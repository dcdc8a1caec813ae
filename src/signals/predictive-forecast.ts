import type { MovementForecast } from './controller.ts';
import type { Junction } from './predictive-junction.ts';
import type { Situation } from './predictive-situation.ts';

/**
 * What a plan does to each movement, for the operator. `left[lane * horizonS + k]`: vehicles that leave the lane in second k
 * of the plan (`Search.replay`); a lane's vehicles are shared out over its streams.
 */
export function forecastMovements(junction: Junction, it: Situation, left: Float64Array): MovementForecast[] {
  const { horizonS, arrived, share } = it;
  const { streamsOf, turnOf } = junction;
  const turns = junction.turns.map(({ fromRoad, toRoad }) => ({ fromRoad, toRoad, vehicles: 0, delayS: 0 }));
  for (let i = 0; i < streamsOf.length; i++) {
    const base = i * (horizonS + 1);
    const vehicles = arrived[base + horizonS]!;
    if (vehicles === 0) continue;
    let gone = 0;
    let delayS = 0;
    for (let k = 0; k < horizonS; k++) {
      gone += left[i * horizonS + k]!;
      delayS += Math.max(0, arrived[base + k + 1]! - gone);
    }
    for (const s of streamsOf[i]!) {
      const turn = turns[turnOf[s]!]!;
      turn.vehicles += vehicles * share[s]!;
      turn.delayS += delayS * share[s]!;
    }
  }
  return turns;
}
