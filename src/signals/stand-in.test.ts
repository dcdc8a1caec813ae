import { describe, expect, it } from 'vitest';
import { createCrossing, frameOf, laneOf } from '../../tests/crossing.ts';
import { SensorLayer } from '../street/sensors.ts';
import { planJunction } from './predictive-junction.ts';
import { StandIn } from './stand-in.ts';

const city = createCrossing({ innerM: 200 });
const [blind, facing, crossing] = [laneOf(1, 'inner', 0), laneOf(3, 'inner', 0), laneOf(0, 'inner', 0)];
/** The other lane of the one that faces it, for left turns. */
const beside = laneOf(3, 'inner', 1);

const OPEN = 'GGrrrrGGrrrr';

/** What is assumed on a lane that never told anything, where others let `perS` leave in each second under these lamps. */
function watch(
  perS: ReadonlyMap<number, number>,
  lampsOf: (second: number) => string = () => OPEN,
  seconds = 200,
  junctions = [planJunction(city, 0)],
) {
  const standIn = new StandIn(city, junctions);
  const layer = new SensorLayer(city, { level: 'camera', seed: 1 });
  for (let second = 0; second < seconds; second++) {
    const departed = new Float64Array(city.lanes.length);
    for (const [lane, vehicles] of perS) departed[lane] = vehicles;
    const lamps = [lampsOf(second)];
    standIn.observe(
      layer.observe(frameOf(second * 1000, []), lamps),
      departed,
      (lane) => lane === blind,
      () => Number.NaN,
    );
  }
  return { flowPerS: standIn.flowOf(blind), queue: standIn.queueOf(blind) };
}

function assume(perS: ReadonlyMap<number, number>): number {
  return watch(perS).flowPerS;
}

describe('a lane that never told anything', () => {
  it('is taken for busier than those that lead to the same turns, whatever the others carry', () => {
    const quiet = assume(
      new Map([
        [facing, 0.03],
        [beside, 0.03],
      ]),
    );
    expect(quiet).toBeGreaterThan(1.5 * 0.03);
    expect(quiet).toBeLessThan(2 * 0.03);
    expect(
      assume(
        new Map([
          [facing, 0.03],
          [beside, 0.2],
        ]),
      ),
    ).toBeCloseTo(quiet);
    expect(
      assume(
        new Map([
          [facing, 0.06],
          [beside, 0.03],
        ]),
      ),
    ).toBeCloseTo(2 * quiet);
    expect(
      assume(
        new Map([
          [crossing, 0.06],
          [facing, 0],
        ]),
      ),
    ).toBeCloseTo(2 * quiet);
  });

  it('is taken for as busy as the others where none that leads to the same turns tells', () => {
    expect(assume(new Map([[beside, 0.06]]))).toBeGreaterThan(1.9 * assume(new Map([[beside, 0.03]])));
  });

  it('is taken for as busy as those of other junctions where none of its own tells', () => {
    const nobody = assume(new Map());
    const elsewhere = new Map([[crossing, 0.03]]);
    const junction = planJunction(city, 0);
    const [own, other] = [junction, junction].map(({ lanes, ...rest }, j) => ({
      ...rest,
      lanes: lanes.filter((lane) => (lane === blind) === (j === 0)),
    }));
    expect(watch(elsewhere, undefined, 200, [own!, other!]).flowPerS).toBeLessThan(0.6 * nobody);
  });

  it('is taken for no busier than its green in the plan can carry, however busy others are', () => {
    const most = assume(new Map([[facing, 10]]));
    expect(most).toBe(assume(new Map([[facing, 100]])));
    expect(most).toBeLessThan(0.528 * 0.6);
  });

  it('has nobody wait who came before its last green but one, however short its greens', () => {
    const shortGreens = (second: number) => (second % 40 < 5 ? 'GGGGGGGGGGGG' : 'rrrrrrrrrrrr');
    const { flowPerS, queue } = watch(new Map([[facing, 0.3]]), shortGreens, 1000);
    expect(queue).toBeGreaterThan(30 * flowPerS);
    expect(queue).toBeLessThanOrEqual(80 * flowPerS);
  });
});
