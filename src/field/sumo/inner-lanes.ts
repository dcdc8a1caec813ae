import { SaxesParser } from 'saxes';
import type { City } from '../../city/city.ts';

/** Where a lane of SUMO lies in the city: its segment (see Frame) and how far along it the lane begins. */
export interface LanePlace {
  readonly segment: number;
  readonly offsetM: number;
}

/**
 * Places every lane of a SUMO network, inner lanes included: those of a movement follow one another along `via`, so that
 * a vehicle waiting on the second one is still on the same movement. City itself knows nothing of inner lanes.
 */
export async function placeLanes(city: City, net: AsyncIterable<string>): Promise<Map<string, LanePlace>> {
  const places = new Map<string, LanePlace>();
  city.lanes.forEach((lane, index) => {
    places.set(lane.id, { segment: index, offsetM: 0 });
  });
  const { lengths, connections } = await readInner(net);
  const next = new Map<string, string>();
  for (const { from, via } of connections) if (from.startsWith(':') && via) next.set(from, via);
  const movements = new Map<string, number>();
  city.movements.forEach((movement, index) => {
    movements.set(`${movement.fromLane} ${movement.toLane}`, index);
  });
  for (const { from, to, via } of connections) {
    const fromLane = places.get(from)?.segment;
    const toLane = places.get(to)?.segment;
    if (fromLane === undefined || toLane === undefined || from.startsWith(':')) continue;
    const movement = movements.get(`${fromLane} ${toLane}`);
    if (movement === undefined) continue;
    let offsetM = 0;
    for (let inner = via; inner && !places.has(inner); inner = next.get(inner) ?? '') {
      places.set(inner, { segment: city.lanes.length + movement, offsetM });
      offsetM += lengths.get(inner) ?? 0;
    }
  }
  return places;
}

interface Connection {
  readonly from: string;
  readonly to: string;
  readonly via: string;
}

async function readInner(
  net: AsyncIterable<string>,
): Promise<{ lengths: Map<string, number>; connections: Connection[] }> {
  const lengths = new Map<string, number>();
  const connections: Connection[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'lane') {
      const { id, length } = attributes;
      if (id?.startsWith(':')) lengths.set(id, Number(length));
    } else if (name === 'connection') {
      connections.push({
        from: `${attributes['from']}_${attributes['fromLane']}`,
        to: `${attributes['to']}_${attributes['toLane']}`,
        via: attributes['via'] ?? '',
      });
    }
  });
  for await (const chunk of net) parser.write(chunk);
  parser.close();
  return { lengths, connections };
}
