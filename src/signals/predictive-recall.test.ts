import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf } from '../../tests/crossing.ts';
import { Guard, grantAll, rulesFromProgram } from '../guard/guard.ts';
import { SensorLayer } from '../street/sensors.ts';
import { Predictive } from './predictive.ts';

const city = createCrossing({ innerM: 200 });
const LONGEST_RED_S = 300;

/** Half an hour with a car for north and south every 12 s and nobody else, under the guard: what it had to do, and the longest red. */
function control(knowsLimit: boolean): { interventions: number; longestRedS: number } {
  const timing = { ...rulesFromProgram(city, 0), yellowS: 3, allRedS: 2, minGreenS: 5, longestRedS: LONGEST_RED_S };
  const { longestRedS: _, ...withoutLimit } = timing;
  const controller = new Predictive({ city, signals: [0], timing: [knowsLimit ? timing : withoutLimit] });
  const guard = new Guard(city, [timing], grantAll(city, 'predictive', Number.POSITIVE_INFINITY));
  const layer = new SensorLayer(city, { level: 'camera', seed: 1 });
  let lamps = city.signals[0]!.programs[0]!.phases[0]!.state;
  const redS = new Float64Array(lamps.length);
  let interventions = 0;
  let longestRedS = 0;
  for (let second = 0; second < 1800; second++) {
    const nowMs = second * 1000;
    const posM = 13 * (second % 12);
    const cars = [0, 2].map((arm) => ({ slot: arm, segment: laneOf(arm, 'inner', 0), posM, speedMps: 13 }));
    controller.observe(layer.observe(frameOf(nowMs, cars), [lamps]));
    const commands = controller.decide(nowMs, guard.status(nowMs)).map(({ stage }) => ({
      kind: 'stage' as const,
      signal: city.signals[0]!.id,
      stage,
      by: 'predictive',
      issuedMs: nowMs,
    }));
    const step = guard.step(nowMs, [lamps], commands);
    interventions += step.interventions.filter(({ rule }) => rule === 'longest red').length;
    for (const order of step.orders) if (order.kind === 'show') lamps = order.state;
    for (let link = 0; link < redS.length; link++) {
      redS[link] = /[Gg]/.test(lamps.charAt(link)) ? 0 : redS[link]! + 1;
      longestRedS = Math.max(longestRedS, redS[link]!);
    }
  }
  return { interventions, longestRedS };
}

describe('recalls', () => {
  it('serve movements nobody waits for before the guard has to', () => {
    expect(control(false).interventions).toBeGreaterThan(0);
    const { interventions, longestRedS } = control(true);
    expect(interventions).toBe(0);
    expect(longestRedS).toBeLessThanOrEqual(LONGEST_RED_S);
    expect(longestRedS).toBeGreaterThan(LONGEST_RED_S / 2);
  });
});
