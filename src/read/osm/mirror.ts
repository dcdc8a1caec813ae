import type { City, Polyline, Turn } from '../../city/city.ts';
import { withVersion } from '../../city/version.ts';

const OTHER_SIDE: Readonly<Record<Turn, Turn>> = {
  left: 'right',
  right: 'left',
  straight: 'straight',
  'u-turn': 'u-turn',
};

/**
 * The city seen in a mirror along the north-south line: a city that drives on the right becomes one that drives on the
 * left, lanes still numbered from the kerb.
 */
export function mirrorCity(city: City): City {
  const flip = (shape: Polyline): number[] => shape.map((value, i) => (i % 2 === 0 ? 0 - value : value));
  return withVersion({
    ...city,
    lanes: city.lanes.map((lane) => ({ ...lane, shape: flip(lane.shape) })),
    movements: city.movements.map((movement) => ({
      ...movement,
      shape: flip(movement.shape),
      turn: OTHER_SIDE[movement.turn],
    })),
    junctions: city.junctions.map((junction) => ({ ...junction, x: 0 - junction.x, shape: flip(junction.shape) })),
    districts: city.districts.map((district) => ({ ...district, shape: flip(district.shape) })),
    ground: city.ground.map((piece) => ({ ...piece, shape: flip(piece.shape) })),
  });
}
