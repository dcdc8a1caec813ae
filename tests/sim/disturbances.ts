import type { City } from '../../src/city/city.ts';
import { darkLamps } from '../../src/city/greens.ts';
import type { Engine } from '../../src/sim/engine.ts';
import { drawUniform } from '../../src/units/random.ts';

/** Every so many seconds on average something goes wrong. */
const EVERY_S = 12;

/**
 * What may go wrong in a town, drawn by (seed, second): a road or a lane closes or opens, a limit changes, a signal goes
 * dark, sticks at red or comes back.
 */
export function disturb(city: City, engine: Engine, seed: number): void {
  const draw = (purpose: number) => drawUniform(seed, engine.timeMs / 1000, 0, purpose);
  if (draw(0) > 1 / EVERY_S) return;
  const road = Math.floor(draw(1) * city.roads.length);
  const { firstLane = 0, laneCount = 1 } = city.roads[road] ?? {};
  const lanes = Array.from({ length: laneCount }, (_, i) => firstLane + i);
  const signal = Math.floor(draw(2) * city.signals.length);
  const links = city.signals[signal]?.links.length ?? 0;
  const kind = Math.floor(draw(3) * 6);
  if (kind === 0) engine.close(lanes, draw(4) < 0.6);
  else if (kind === 1) engine.close(lanes.slice(0, 1), draw(4) < 0.6);
  else if (kind === 2) engine.setSpeed(road, 3 + draw(4) * 20);
  else if (links === 0) return;
  else if (kind === 3) engine.show(signal, darkLamps(city, signal));
  else if (kind === 4) engine.show(signal, 'r'.repeat(links));
  else engine.handBack(signal, 0);
}
