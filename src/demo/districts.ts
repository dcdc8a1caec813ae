import { keepNearer } from '../city/build-cells.ts';
import { type Point, rounded } from '../city/build-line.ts';
import type { District, Polyline } from '../city/city.ts';
import { DISTRICTS } from './streets.ts';

/** District outlines: each bank shared out by nearness to the districts' middles. `limit` is half the map's size. */
export function drawDistricts(river: Polyline, limit: Point): District[] {
  const inside: number[] = [];
  for (let i = 0; i < river.length; i += 2)
    inside.push(Math.max(-limit.x, Math.min(limit.x, river[i]!)), river[i + 1]!);
  return DISTRICTS.map(({ id, name, nameZh, x, y, bank }) => {
    const edge = bank === 'north' ? limit.y : -limit.y;
    let shape: number[] = [...inside, limit.x, edge, -limit.x, edge];
    for (const other of DISTRICTS) {
      if (other.id === id || other.bank !== bank) continue;
      shape = keepNearer(shape, { x, y }, other);
    }
    return { id, name, nameZh: nameZh ?? name, shape: rounded(shape) };
  });
}
