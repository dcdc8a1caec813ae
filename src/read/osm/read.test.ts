import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWithData } from '../../../tests/data.ts';
import { parseOsm, writePbf } from '../../../tests/pbf.ts';
import { checkCity } from '../../city/check.ts';
import { type City, classBit } from '../../city/city.ts';
import { getOwnProgram, listGreens } from '../../city/greens.ts';
import { openFile } from '../../field/files.ts';
import type { ImportReport } from '../report.ts';
import { sourceFrom } from '../source.ts';
import { readOsm } from './read.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
const TOWN = `${FIXTURES}valid/osm/town.osm`;
let text = '';
let city: City;
let report: ImportReport;

beforeAll(async () => {
  text = await readFile(TOWN, 'utf8');
  ({ city, report } = await readOsm(sourceFrom('town.osm', text), { name: 'town' }));
});

const roadOf = (id: string) => {
  const road = city.roads.find((candidate) => candidate.id === id);
  if (road === undefined) throw new Error(`no road ${id}`);
  return road;
};
const turnsOf = (lane: string): string[] => {
  const found = city.lanes.find(({ id }) => id === lane);
  return (found?.out ?? []).map((m) => `${city.movements[m]!.turn} ${city.lanes[city.movements[m]!.toLane]!.id}`);
};
const kmh = (id: string): number => Math.round(roadOf(id).speedMps * 3.6);

describe('a town drawn by hand', () => {
  it('is sound, and tells what was left out and why', () => {
    expect(checkCity(city)).toEqual([]);
    expect(report.dropped.map(({ what, count, why }) => [what, count, why])).toEqual([
      ['way', 1, 'neither cars nor buses may use it'],
      ['way', 1, 'highway=service: ways to doors and fields are not modelled'],
      ['way', 1, 'its nodes are not in the extract'],
      ['street', 1, 'no way leads to it from the largest part of the network'],
    ]);
    expect(report.warnings).toEqual([]);
  });

  it('joins both carriageways into one junction with one signal', () => {
    expect(city.signals).toHaveLength(2);
    const junction = city.junctions.find(({ id }) => id === 'n4');
    expect(junction?.kind).toBe('signal');
    const roads = new Set(
      junction?.movements.map((m) => city.roads[city.lanes[city.movements[m]!.fromLane]!.road]!.id),
    );
    expect([...roads].sort()).toEqual(['-112#0', '101#0', '103#0', '110#0']);
    expect(city.roads.some(({ id }) => id.includes('111'))).toBe(false);
  });

  it('follows marked lanes and restrictions', () => {
    expect(turnsOf('101#0_2')).toEqual(['left 112#0_0']);
    expect(turnsOf('101#0_0')).toEqual(['right -110#0_0', 'straight 102#0_0']);
    const onward = [0, 1].flatMap((lane) => turnsOf(`110#0_${lane}`));
    expect(onward.some((turn) => turn.includes('104#'))).toBe(false);
    expect(onward.some((turn) => turn.startsWith('straight 112#'))).toBe(true);
    expect(turnsOf('-112#0_0').some((turn) => turn.includes('104#'))).toBe(true);
  });

  it('keeps cars off the bus lane and lets them turn from the next one', () => {
    const [bus, car] = ['110#0_0', '110#0_1'].map((id) => city.lanes.find((lane) => lane.id === id));
    expect((bus?.allowed ?? 0) & classBit('car')).toBe(0);
    expect((bus?.allowed ?? 0) & classBit('bus')).not.toBe(0);
    expect((car?.allowed ?? 0) & classBit('car')).not.toBe(0);
    expect(turnsOf('110#0_1').map((turn) => turn.split(' ')[0])).toEqual(['right', 'straight']);
  });

  it('leads over a bridge without meeting what is below, and around a roundabout', () => {
    const bridge = city.roads.filter(({ level }) => level === 1);
    expect(bridge.map(({ id }) => id)).toEqual(['131#0', '-131#0']);
    expect(turnsOf('120#0_0').map((turn) => turn.split('#')[0])).toEqual(['right 121', 'straight 120']);
    expect(turnsOf('120#0_1').map((turn) => turn.split('#')[0])).toEqual(['straight 120']);
    const entry = city.movements.find(({ fromLane }) => city.lanes[fromLane]!.id === '112#0_0');
    expect(entry?.rightOfWay).toBe('minor');
  });

  it('takes limits from signs, and from the country where there is none', () => {
    expect(['102#0', '121#0', '137#0', '131#0'].map(kmh)).toEqual([50, 32, 70, 50]);
    expect(kmh('113#0')).toBe(50);
  });

  it('times yellow, all-red and greens by geometry, and stops traffic at a crossing of its own', () => {
    const main = getOwnProgram(city.signals.find(({ id }) => id === 'n4')!);
    expect(listGreens(main).length).toBe(3);
    for (const { state, durationS } of main.phases) {
      if (/y/.test(state)) expect(durationS).toBe(3);
      if (/^r+$/.test(state)) expect(durationS).toBeGreaterThanOrEqual(1);
    }
    const walk = getOwnProgram(city.signals.find(({ id }) => id === 'n9')!);
    expect(walk.phases.map(({ state }) => state)).toEqual(['GG', 'yy', 'rr']);
    expect(walk.phases[2]!.durationS).toBeGreaterThanOrEqual(5 + 6.4 / 1.2);
  });

  it('is the mirror image where one drives on the left', async () => {
    const left = (
      await readOsm(sourceFrom('town.osm', text.replaceAll('oneway" v="yes', 'oneway" v="-1')), {
        name: 'town',
        country: 'GB',
      })
    ).city;
    expect(checkCity(left)).toEqual([]);
    const [a, b] = [left, city].map((one) => one.junctions.find(({ id }) => id === 'n18')!);
    expect([a!.x, a!.y]).toEqual([b!.x, b!.y]);
    const back = left.lanes.find(({ id }) => id === '-113#0_0')!;
    const forth = left.lanes.find(({ id }) => id === '113#0_0')!;
    expect(forth.shape[0]).toBeLessThan(back.shape[0]!);
  });

  it.each([
    { perBlock: 1000, isDense: true, isPacked: true },
    { perBlock: 7, isDense: false, isPacked: true },
    { perBlock: 3, isDense: true, isPacked: false },
  ])('comes out the same of a pbf: %o', async (options) => {
    const bytes = writePbf(parseOsm(text), options);
    const read = await readOsm(sourceFrom('town.osm.pbf', bytes), { name: 'town' });
    expect(read.city).toEqual(city);
  });
});

describe('damage', () => {
  it.each<[string, RegExp]>([
    ['nowhere', /node 4 lies at latitude 508, longitude 8, which is nowhere on Earth\.$/],
    ['wrong-side', /node 4 lies at 50\.0030, -171\.9000, far from the middle of the extract at 50\.0020, 8\.0000\.$/],
    ['not-a-number', /not-a-number\.osm:6: <node id="4"> lat="north" is not a number\.$/],
    ['no-street', /holds no street that cars may use\.$/],
    ['truncated', /truncated\.osm:\d+: .*unclosed tag/],
    ['bomb', /bomb\.osm:2: it declares a document type, which is refused\.$/],
    ['change', /expected <osm>, got <osmChange>\.$/],
  ])('%s ends with one sentence', async (name, sentence) => {
    await expect(readOsm(openFile(`${FIXTURES}invalid/osm/${name}.osm`), { name })).rejects.toMatchObject({
      name: 'UrbaneError',
      message: expect.stringMatching(sentence),
    });
  });

  const pbf = () => writePbf(parseOsm(text), { perBlock: 20, isDense: true, isPacked: true });
  const faultOf = (bytes: Uint8Array) =>
    readOsm(sourceFrom('x.osm.pbf', bytes), { name: 'x' }).then(
      () => null,
      (error: unknown) => error,
    );

  it('a pbf cut in half ends with one sentence', async () => {
    const bytes = pbf();
    expect(await faultOf(bytes.subarray(0, bytes.length >> 1))).toMatchObject({
      name: 'UrbaneError',
      message: 'x.osm.pbf is cut off in the middle of a part.',
    });
  });

  it('a block that unpacks to more than it claims ends there', async () => {
    const bytes = Buffer.from(pbf());
    const claim = bytes.indexOf('OSMData') + 'OSMData'.length + 3;
    expect(bytes[claim - 3]).toBe(0x18);
    const at = bytes.indexOf(0x10, claim - 1);
    bytes[at + 1] = 0x81;
    expect(await faultOf(bytes)).toMatchObject({ name: 'UrbaneError' });
  });

  it('damaged bytes never crash or hang', async () => {
    const good = pbf();
    for (let k = 0; k < 120; k++) {
      const bytes = Uint8Array.from(good);
      for (let hit = 0; hit <= k % 3; hit++)
        bytes[(k * 7919 + hit * 104_729) % bytes.length] = (k * 31 + hit * 17) & 0xff;
      const fault = await faultOf(bytes);
      if (fault !== null) expect(fault, `seed ${k}`).toMatchObject({ name: 'UrbaneError' });
    }
    for (let k = 0; k < 60; k++) {
      const at = (k * 7919) % text.length;
      const damaged = text.slice(0, at) + String.fromCharCode(32 + ((k * 13) % 90)) + text.slice(at + 1 + (k % 9));
      const fault = await readOsm(sourceFrom('x.osm', damaged), { name: 'x' }).then(
        () => null,
        (error: unknown) => error,
      );
      if (fault !== null) expect(fault, `seed ${k}`).toMatchObject({ name: 'UrbaneError' });
    }
  });
});

describeWithData('extracts of real places', (data) => {
  it.each([
    ['moscow.osm.gz', { signals: [33, 42], roads: [290, 330] }],
    ['andorra.osm.pbf', { signals: [1, 1], roads: [2500, 2700] }],
  ] as const)('%s is one sound network whose lanes lead somewhere', async (name, { signals, roads }) => {
    const { city: real } = await readOsm(openFile(`${data}/osm/${name}`), { name });
    expect(checkCity(real)).toEqual([]);
    const within = (count: number, [least, most]: readonly [number, number]) => count >= least && count <= most;
    expect(within(real.signals.length, signals), `${real.signals.length} signals`).toBe(true);
    expect(within(real.roads.length, roads), `${real.roads.length} roads`).toBe(true);
    const blind = real.lanes.filter(
      ({ out, road }) => out.length === 0 && real.junctions[real.roads[road]!.to]!.kind !== 'dead-end',
    );
    expect(blind.length).toBeLessThan(real.lanes.length / 200);
  });
});
