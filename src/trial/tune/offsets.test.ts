import { describe, expect, it } from 'vitest';
import { CAR, street, town } from '../../../tests/sim/town.ts';
import type { NodePlan } from '../../city/build.ts';
import { Router } from '../../demand/routing.ts';
import { findCorridor } from './corridor.ts';
import { groupSignals, listNeighbours, listStreams } from './groups.ts';
import { alignOffsets } from './offsets.ts';
import { cycleOf, listStages } from './timing.ts';

const at = (id: string, x: number, y: number, kind: NodePlan['kind']): NodePlan => ({ id, x, y, kind });
const nodes = [
  at('w', -300, 0, 'priority'),
  at('a', 0, 0, 'signal'),
  at('b', 350, 0, 'signal'),
  at('e', 650, 0, 'priority'),
  at('an', 0, 300, 'priority'),
  at('as', 0, -300, 'priority'),
  at('bn', 350, 300, 'priority'),
  at('bs', 350, -300, 'priority'),
];
const pairs = [
  ['w', 'a'],
  ['a', 'b'],
  ['b', 'e'],
  ['an', 'a'],
  ['a', 'as'],
  ['bn', 'b'],
  ['b', 'bs'],
] as const;
const node = (id: string) => nodes.find((one) => one.id === id)!;
const city = town(
  nodes,
  pairs.flatMap(([p, q]) => [street(node(p), node(q), 1), street(node(q), node(p), 1)]),
);
const road = (id: string) => city.roads.findIndex((one) => one.id === id);
const router = new Router(city);
const route = (from: string, to: string) =>
  router.findRoute({ from: [road(from)], to: [road(to)], classBit: 1, maxSpeedMps: 50 }) ?? [];
const trips = Array.from({ length: 300 }, (_, i) => ({
  type: 0,
  departMs: i * 10_000,
  route: i % 3 === 0 ? route('an-a', 'a-as') : route('w-a', 'b-e'),
  departLane: 'best' as const,
  departPos: 'base' as const,
  departSpeed: 'max' as const,
}));
const demand = { types: [CAR], trips, walks: [] };

describe('signals along a street', () => {
  const streams = listStreams(city, demand);
  const offers = city.signals.map((_, s) => listStages(city, s, { yellowS: 3, allRedS: 2, minGreenS: 5 }));

  it('are neighbours in one group, with the stream between them', () => {
    expect(streams).toHaveLength(1);
    expect(streams[0]).toMatchObject({ from: 0, to: 1, vehicles: 200 });
    const neighbours = listNeighbours(2, streams);
    expect(neighbours).toEqual([[1], [0]]);
    expect(groupSignals([0, 1], neighbours)).toEqual([[0, 1]]);
    expect(groupSignals([0, 1], [[], []])).toEqual([[0], [1]]);
  });

  it('get offsets by which the platoon from the first finds green at the second', () => {
    const plan = offers.map((offer) => ({
      stages: offer.stages.map((_, stage) => stage),
      greensS: offer.stages.map(() => 20),
      offsetS: 0,
    }));
    const aligned = alignOffsets(city, offers, plan, streams, 3000);
    const corridor = findCorridor(city, offers, aligned, streams);
    expect(corridor.map(({ signal }) => signal)).toEqual([0, 1]);
    const [first, second] = corridor;
    const begin = (stop: typeof first) => stop!.greens[0]![0] + stop!.offsetS;
    const cycleS = cycleOf(offers[0]!, aligned[0]!);
    const lateS = begin(first) + second!.atS - begin(second) + 3;
    const arrives = ((lateS % cycleS) + cycleS) % cycleS;
    expect(second!.atS).toBeGreaterThan(20);
    expect(arrives).toBeLessThan(18);
  });
});
