import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf, type PlacedVehicle } from '../../tests/crossing.ts';
import { parseDegradation } from '../street/degrade.ts';
import { SensorLayer } from '../street/sensors.ts';
import type { Choice } from './controller.ts';
import { FallBack } from './fall-back.ts';

const city = createCrossing({ innerM: 200 });

/** Cars that queue on every lane; the street obeys and lets one car of each open lane go every 2 s. */
function drive(seconds: number, degradeAt: (second: number) => string): Choice[] {
  const layers = new Map<string, SensorLayer>();
  const controller = new FallBack({ city, signals: [0], timing: [{ yellowS: 3, allRedS: 0, minGreenS: 5 }] });
  const program = city.signals[0]!.programs[0]!;
  const queues = Array.from({ length: 8 }, () => 4);
  const choices: Choice[] = [];
  let stage = 0;
  let since = 0;
  for (let second = 0; second < seconds; second++) {
    const lamps = program.phases[stage]!.state;
    const vehicles: PlacedVehicle[] = [];
    queues.forEach((waiting, lane) => {
      const [arm, index] = [Math.floor(lane / 2), lane % 2];
      const isOpen = lamps.charAt(3 * arm + (index === 0 ? 1 : 2)) === 'G';
      if (isOpen && second - since >= 4 && second % 2 === 0) queues[lane] = Math.max(0, waiting - 1);
      if ((second + 5 * lane) % 17 === 0) queues[lane] = Math.min(12, queues[lane]! + 1);
      for (let n = 0; n < queues[lane]!; n++) {
        const moves = isOpen && second - since >= 4 && n === 0 && second % 2 === 0;
        const slot = 100 * lane + n;
        vehicles.push({ slot, segment: laneOf(arm, 'inner', index), posM: 199 - 7.5 * n, speedMps: moves ? 5 : 0 });
      }
    });
    const degrade = degradeAt(second);
    for (const name of [degrade, 'late=0', 'dead=1']) {
      if (!layers.has(name))
        layers.set(name, new SensorLayer(city, { level: 'camera', seed: 4, degrade: parseDegradation(name) }));
    }
    const seen = layers.get(degrade)!.observe(frameOf(second * 1000, vehicles), [lamps]);
    controller.observe(seen);
    const status = { stage, changing: false, greenSinceMs: since * 1000, mayChange: second - since >= 5 };
    const [choice] = controller.decide(second * 1000, [status]);
    if (choice === undefined) expect.fail('it chose nothing');
    choices.push(choice);
    if (choice.stage !== stage) [stage, since] = [choice.stage, second];
  }
  return choices;
}

describe('falling back', () => {
  it('says nothing of sensors while all of them are believed', () => {
    expect(drive(120, () => 'late=0').some(({ why }) => why.includes('not believed'))).toBe(false);
  });

  it('assumes what some dead cameras do not tell, serves those lanes, and says so', () => {
    const choices = drive(300, () => 'dead=0.4');
    expect(choices.at(-1)!.why).toMatch(/\d of 8 lanes not believed \(dead\): assumed there$/);
    expect(new Set(choices.map(({ stage }) => stage))).toEqual(new Set([0, 2, 4, 6]));
  });

  it('hands the signal back when it is blind, and climbs one step a minute when it sees again', () => {
    const choices = drive(400, (second) => (second >= 100 && second < 160 ? 'dead=1' : 'late=0'));
    expect(choices[99]!.handsBack).toBeUndefined();
    expect(choices[100]).toMatchObject({ handsBack: true, why: 'its own program: 8 of 8 lanes not believed (dead)' });
    expect(choices[200]!.handsBack).toBe(true);
    expect(choices[240]!.why).toMatch(/all lanes believed again: actuated$/);
    expect(choices[399]!.why).not.toMatch(/not believed/);
  });
});
