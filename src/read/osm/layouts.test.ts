import { describe, expect, it } from 'vitest';
import { checkCity } from '../../city/check.ts';
import type { City } from '../../city/city.ts';
import { listDoubts } from '../../city/doubts.ts';
import { sourceFrom } from '../source.ts';
import { readOsm } from './read.ts';

type Tags = Readonly<Record<string, string>>;
/** Name of a node: metres east and north, tags. */
type Nodes = Readonly<Record<string, readonly [number, number, Tags?]>>;

interface Drawing {
  readonly nodes: Nodes;
  /** Nodes in order, tags. */
  readonly ways: readonly (readonly [string, Tags])[];
  /** Places in `ways` from 1, node between, kind. */
  readonly restrictions?: readonly (readonly [number, string, number, string])[];
}

const LIT: Tags = { highway: 'traffic_signals' };
const WALK: Tags = { highway: 'crossing', crossing: 'traffic_signals' };
const STREET: Tags = { highway: 'secondary', lanes: '2' };
const ONE_WAY: Tags = { highway: 'primary', oneway: 'yes', lanes: '2' };

async function read({ nodes, ways, restrictions = [] }: Drawing, country = 'DE'): Promise<City> {
  const names = Object.keys(nodes);
  const tagsOf = (tags: Tags = {}) =>
    Object.entries(tags)
      .map(([k, v]) => `<tag k="${k}" v="${v}"/>`)
      .join('');
  const lines = [
    ...names.map((name, i) => {
      const [x, y, tags] = nodes[name]!;
      const [lat, lon] = [50 + y / 111_195, 8 + x / (111_195 * Math.cos((50 * Math.PI) / 180))];
      return `<node id="${i + 1}" lat="${lat}" lon="${lon}">${tagsOf(tags)}</node>`;
    }),
    ...ways.map(([path, tags], w) => {
      const refs = path.split(' ').map((name) => `<nd ref="${names.indexOf(name) + 1}"/>`);
      return `<way id="${w + 1}">${refs.join('')}${tagsOf(tags)}</way>`;
    }),
    ...restrictions.map(
      ([from, via, to, kind], r) =>
        `<relation id="${r + 1}"><member type="way" ref="${from}" role="from"/><member type="node" ref="${names.indexOf(via) + 1}" role="via"/><member type="way" ref="${to}" role="to"/>${tagsOf({ type: 'restriction', restriction: kind })}</relation>`,
    ),
  ];
  const { city } = await readOsm(sourceFrom('drawn.osm', `<osm>${lines.join('\n')}</osm>`), { name: 'drawn', country });
  expect(checkCity(city)).toEqual([]);
  expect(listDoubts(city).filter(({ kind }) => kind !== 'unreachable road')).toEqual([]);
  return city;
}

const approachesOf = (city: City, signal: number) =>
  new Set(city.signals[signal]?.links.flat().map((m) => city.lanes[city.movements[m]!.fromLane]!.road)).size;

const dualCross: Drawing = {
  nodes: {
    ...{ w1: [-400, 12], a: [-12, 12, LIT], b: [12, 12, LIT], e1: [400, 12] },
    ...{ w2: [-400, -12], c: [-12, -12, LIT], d: [12, -12, LIT], e2: [400, -12] },
    ...{ n1: [-12, 400], s1: [-12, -400], n2: [12, 400], s2: [12, -400] },
  },
  ways: [
    ['e1 b a w1', ONE_WAY],
    ['w2 c d e2', ONE_WAY],
    ['n1 a c s1', ONE_WAY],
    ['s2 d b n2', ONE_WAY],
  ],
};
const mirrored: Drawing = {
  ...dualCross,
  ways: dualCross.ways.map(([path, tags]) => [path.split(' ').reverse().join(' '), tags]),
};

describe('signals of drawn layouts', () => {
  it.each([
    ['on the right', dualCross, 'DE'],
    ['on the left', mirrored, 'GB'],
  ] as const)('of two dual carriageways become one, driving %s', async (_, drawing, country) => {
    const city = await read(drawing, country);
    expect(city.signals).toHaveLength(1);
    expect(approachesOf(city, 0)).toBe(4);
  });

  it('of a triangle of short links become one', async () => {
    const city = await read({
      nodes: { a: [0, 0, LIT], b: [26, 0, LIT], c: [13, 24, LIT], w: [-300, 0], e: [300, 0], n: [13, 300] },
      ways: [
        ['w a b e', STREET],
        ['a c b', STREET],
        ['c n', STREET],
      ],
    });
    expect(city.signals).toHaveLength(1);
    expect(approachesOf(city, 0)).toBe(3);
  });

  it('on a stop line before a crossing are the crossing', async () => {
    const city = await read({
      nodes: { w: [-300, 0], stop: [-5, 0, LIT], walk: [0, 0, WALK], e: [300, 0], n: [300, 300], s: [-300, -300] },
      ways: [
        ['w stop walk e', ONE_WAY],
        ['e n', ONE_WAY],
        ['n s w', ONE_WAY],
      ],
    });
    expect(city.signals.map(({ id }) => id)).toEqual(['n3']);
  });

  it('of crossings alone stop traffic on both sides of a street, once', async () => {
    const city = await read({
      nodes: { w: [-300, 0], a: [-4, 0, WALK], b: [4, 0, WALK], far: [150, 0, WALK], e: [300, 0] },
      ways: [['w a b far e', STREET]],
    });
    expect(city.signals).toHaveLength(2);
    for (const s of [0, 1]) expect(approachesOf(city, s)).toBe(2);
  });

  it('of a large roundabout stand where its arms enter', async () => {
    const ring = Array.from({ length: 12 }, (_, i) => [
      60 * Math.cos((i * Math.PI) / 6),
      60 * Math.sin((i * Math.PI) / 6),
    ]);
    const nodes: Record<string, readonly [number, number, Tags?]> = {};
    ring.forEach(([x = 0, y = 0], i) => {
      nodes[`r${i}`] = i % 3 === 0 ? [x, y, LIT] : [x, y];
      if (i % 3 === 0) nodes[`out${i}`] = [5 * x, 5 * y];
    });
    const city = await read({
      nodes,
      ways: [
        [`${ring.map((_, i) => `r${i}`).join(' ')} r0`, { ...ONE_WAY, junction: 'roundabout' }],
        ...[0, 3, 6, 9].map((i) => [`out${i} r${i}`, STREET] as const),
      ],
    });
    expect(city.signals).toHaveLength(4);
    for (const s of [0, 1, 2, 3]) expect(approachesOf(city, s)).toBe(2);
  });
});

it('lets each of several turns be made that are the only ones of a street', async () => {
  const drawing: Drawing = {
    nodes: { m: [0, 0], n: [0, 300], e: [300, 0], s: [0, -300], w: [-300, 0] },
    ways: [
      ['n m', STREET],
      ['m e', STREET],
      ['m s', STREET],
      ['m w', STREET],
    ],
    restrictions: [
      [1, 'm', 3, 'only_straight_on'],
      [1, 'm', 2, 'only_left_turn'],
    ],
  };
  const city = await read(drawing);
  const north = city.roads.findIndex(({ id }) => id.startsWith('1#'));
  const onward = city.movements.filter(({ fromLane }) => city.lanes[fromLane]?.road === north);
  expect([...new Set(onward.map(({ turn }) => turn))].sort()).toEqual(['left', 'straight']);
});
