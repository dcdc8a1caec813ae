import { describe, expect, it } from 'vitest';
import { CAR, gridTown, roadNamed, scenario, trip } from '../../tests/sim/town.ts';
import { createEngine, type Engine, loadEngine } from './engine.ts';
import { EVENT } from './events.ts';

const city = gridTown(3, 200, ['priority'], [1]);
const along = (...nodes: string[]) => nodes.slice(1).map((node, i) => roadNamed(city, `${nodes[i]}-${node}`));
const north = along('n0.0', 'n1.0', 'n1.1', 'n2.1', 'n2.2');
const south = along('n0.0', 'n1.0', 'n2.0', 'n2.1', 'n2.2');
const CRAWLER = { ...CAR, id: 'crawler', maxSpeedMps: 1, speedDev: 0 };
const types = [{ ...CAR, speedDev: 0 }, CRAWLER];
const chooser = trip(south, 250, { alternatives: [north] });

/** Roads that the last trip comes onto. */
function drive(engine: Engine, last: number): number[] {
  const roads: number[] = [];
  for (let i = 0; i < 400; i++) {
    engine.step();
    const { count, kind, trip: of, road } = engine.drainEvents();
    for (let k = 0; k < count; k++) if (kind[k] !== EVENT.arrived && of[k] === last) roads.push(road[k] ?? -1);
  }
  return roads;
}

describe('trips that choose their way when they depart', () => {
  const jam = scenario(city, [...[0, 20, 40].map((s) => trip(south.slice(1), s, { type: 1 })), chooser], 600, types);

  it('take the own route when nothing is in the way', () => {
    expect(drive(createEngine(scenario(city, [chooser], 600, types), { seed: 1 }), 0)).toEqual(south);
  });

  it('take another way when the own one is slow', () => {
    expect(drive(createEngine(jam, { seed: 1 }), 3)).toEqual(north);
  });

  it('take the own route when the other one is closed', () => {
    const engine = createEngine(jam, { seed: 1 });
    const road = city.roads[roadNamed(city, 'n1.1-n2.1')];
    engine.close([road?.firstLane ?? -1], true);
    expect(drive(engine, 3).slice(0, 2)).toEqual(south.slice(0, 2));
  });

  it('choose alike in a fork and after saving and loading', () => {
    const engine = createEngine(jam, { seed: 1 });
    for (let i = 0; i < 200; i++) engine.step();
    const others = [engine.fork(), loadEngine(jam, engine.save())];
    expect(drive(engine, 3)).toEqual(north);
    for (const other of others) {
      expect(drive(other, 3)).toEqual(north);
      expect(other.hash()).toBe(engine.hash());
    }
  });
});
