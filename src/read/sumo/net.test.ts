import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkCity } from '../../city/check.ts';
import type { City } from '../../city/city.ts';
import { classBit } from '../../city/city.ts';
import { openFile } from '../../field/files.ts';
import type { UrbaneError } from '../../units/errors.ts';
import { sourceFrom } from '../source.ts';
import { readSumoNet } from './read.ts';

const VALID = fileURLToPath(new URL('../../../fixtures/valid/', import.meta.url));
const readFixture = (path: string) => readSumoNet(openFile(`${VALID}${path}`), { name: 'test' });
const cross = await readFixture('cross/cross.net.xml');
const bare = await readFixture('bare/bare.net.xml');
const walk = await readFixture('walk/walk.net.xml');
const crossText = await readFile(`${VALID}cross/cross.net.xml`, 'utf8');

function getMovement(city: City, id: string) {
  const index = city.movements.findIndex((movement) => movement.id === id);
  const movement = city.movements[index];
  if (movement === undefined) throw new Error(`no movement ${id}`);
  return { ...movement, index };
}

const namesOf = (city: City, movements: readonly number[]) => movements.map((m) => city.movements[m]?.id).sort();

describe('readSumoNet', () => {
  it('counts what the network holds', () => {
    const counts = { roads: 12, lanes: 14, movements: 18, junctions: 7, signals: 1, districts: 0, programs: 1 };
    const none = { crossings: 0, busStops: 0 };
    expect(cross.report).toEqual({ counts: { ...counts, ...none }, dropped: [], warnings: [] });
    expect(bare.report.counts).toEqual({ ...counts, ...none });
    for (const { city } of [cross, bare, walk]) expect(checkCity(city)).toEqual([]);
  });

  it('orders the movements of a junction by request, which is the order of links here', () => {
    const centre = cross.city.junctions.find(({ id }) => id === 'centre');
    expect(centre?.movements.map((m) => cross.city.movements[m]?.link)).toEqual([...Array(12).keys()]);
  });

  it('reads a movement through the whole junction and where it waits inside', () => {
    const left = getMovement(cross.city, 'north-in_1>east-out_0');
    expect(left.lengthM).toBeCloseTo(5 + 11.85, 6);
    expect(left.waitAtM).toBe(5);
    expect(left.speedMps).toBe(8.67);
    expect(left.turn).toBe('left');
    expect(left.shape.slice(0, 2)).toEqual([-1.6, 7.2]);
    expect(left.shape.slice(-2)).toEqual([10.4, -1.6]);
    expect(left.shape).toHaveLength(2 * 6);
    expect(getMovement(cross.city, 'north-in_0>south-out_0').waitAtM).toBe(-1);
  });

  it('makes a movement of length 0 where there are no inner lanes', () => {
    const left = getMovement(bare.city, 'north-in_1>east-out_0');
    expect([left.lengthM, left.waitAtM]).toEqual([0, -1]);
    expect(left.shape).toEqual([148.4, 157.2, 160.4, 148.4]);
  });

  it('reads who gives way to whom: a left turn to the oncoming straight and right, not the other way round', () => {
    const left = getMovement(cross.city, 'north-in_1>east-out_0');
    const oncoming = getMovement(cross.city, 'south-in_0>north-out_0');
    // The request of link 2 reads response="100011100000": bits 5, 6, 7 and 11 from the right.
    expect(namesOf(cross.city, left.yieldsTo)).toEqual([
      'east-in_0>south-out_0',
      'south-in_0>east-out_0',
      'south-in_0>north-out_0',
      'west-in_0>north-out_0',
    ]);
    expect(left.yieldsTo).toContain(oncoming.index);
    expect(oncoming.yieldsTo).not.toContain(left.index);
    // From inside, to the oncoming links of internal junction :centre_12_0 alone.
    expect(namesOf(cross.city, left.yieldsInside)).toEqual(['south-in_0>east-out_0', 'south-in_0>north-out_0']);
    expect(left.conflicts).toContain(oncoming.index);
    expect(oncoming.conflicts).toContain(left.index);
    const right = getMovement(cross.city, 'north-in_0>west-out_0');
    expect(right.conflicts).not.toContain(oncoming.index);
  });

  it('reads a side street that gives way', () => {
    const { city } = cross;
    const side = getMovement(city, 'mill-in_0>east-in_0');
    expect(side.rightOfWay).toBe('minor');
    expect(side.signal).toBe(-1);
    expect(namesOf(city, side.yieldsTo)).toEqual(['east-out_0>far-out_0', 'far-in_0>east-in_0', 'far-in_0>mill-out_0']);
    expect(getMovement(city, 'far-in_0>east-in_0').rightOfWay).toBe('major');
    expect(city.junctions.find(({ id }) => id === 'corner')?.kind).toBe('priority');
  });

  it('groups links that every program shows alike', () => {
    const signal = cross.city.signals[0];
    expect(signal?.groups.map(({ links }) => links)).toEqual([
      [0, 1, 6, 7],
      [2, 8],
      [3, 4, 9, 10],
      [5, 11],
    ]);
    expect(signal?.programs[0]?.phases.map(({ durationS }) => durationS)).toEqual([38, 3, 6, 3, 37, 3]);
  });

  it('reads corners and crossings, and numbers links as the network does', () => {
    const { city, report } = walk;
    expect(report.dropped).toEqual([]);
    expect([city.corners.length, city.crossings.length]).toEqual([12, 7]);
    expect(city.signals[0]?.links.map((links) => links.length)).toEqual([...Array(12).fill(1), 0, 0, 0, 0]);
    const left = getMovement(city, 'north-in_2>east-out_1');
    expect(left.link).toBe(2);
    expect(left.yieldsTo).toContain(getMovement(city, 'south-in_1>north-out_1').index);
    expect(city.lanes.find(({ id }) => id === 'north-in_0')?.allowed).toBe(classBit('pedestrian'));

    const north = city.crossings.find(({ id }) => id === ':centre_c0');
    expect(north?.roads.map((road) => city.roads[road]?.id)).toEqual(['north-out', 'north-in']);
    expect(north).toMatchObject({ signal: 0, link: 12, yieldsTo: [] });
    expect(north?.conflicts).toContain(getMovement(city, 'north-in_1>south-out_1').index);
    expect(north?.conflicts).not.toContain(getMovement(city, 'east-in_1>west-out_1').index);
    const corner = city.corners[north?.corners[0] ?? -1];
    expect(corner?.sidewalks.map((lane) => city.lanes[lane]?.id)).toEqual(['north-out_0', 'east-in_0']);
  });

  it('tells the movements that people on an unsignalised crossing give way to', () => {
    const crossing = walk.city.crossings.find(({ id }) => id === ':corner_c1');
    const named = (list: readonly number[] = []) => list.map((m) => walk.city.movements[m]?.id);
    expect(crossing).toMatchObject({ signal: -1, link: -1 });
    expect(named(crossing?.conflicts)).toEqual([
      'far-in_1>mill-out_1',
      'mill-in_1>far-out_1',
      'mill-in_1>east-in_1',
      'east-out_1>mill-out_1',
    ]);
    expect(named(crossing?.yieldsTo)).toEqual(['mill-in_1>far-out_1', 'mill-in_1>east-in_1']);
  });

  it('reads bus stops of an additional file and lists those that lie nowhere', async () => {
    const stops = [
      '<busStop id="a" name="Market" lane="north-in_0" startPos="10" endPos="30"/>',
      '<busStop id="b" lane="north-in_1" startPos="-20"/>',
      '<busStop id="c" lane="nowhere_0"/>',
      '<busStop id="d" lane="north-in_0" endPos="900"/>',
      '<busStop id="e" lane="north-in_0" endPos="900" friendlyPos="true"/>',
      '<trainStop id="f" lane="north-in_0"/>',
    ];
    const { city, report } = await readSumoNet(openFile(`${VALID}cross/cross.net.xml`), {
      name: 'test',
      additional: [sourceFrom('stops.add.xml', `<additional>${stops.join('')}</additional>`)],
    });
    const lengthM = city.lanes.find(({ id }) => id === 'north-in_0')?.lengthM ?? 0;
    expect(city.busStops.map(({ id, name, fromM, toM }) => [id, name, fromM, toM])).toEqual([
      ['a', 'Market', 10, 30],
      ['b', '', lengthM - 20, lengthM],
      ['e', '', 0, lengthM],
    ]);
    expect(report.dropped.map(({ what, element }) => `${what} ${element}`)).toEqual([
      'busStop c',
      'busStop d',
      'trainStop ×1',
    ]);
  });

  it('reads permissions', () => {
    const mill = cross.city.lanes.find(({ id }) => id === 'mill-out_0');
    expect((mill?.allowed ?? 0) & classBit('truck')).toBe(0);
    expect((mill?.allowed ?? 0) & classBit('bus')).not.toBe(0);
  });

  it('lets a program of an additional file run, as SUMO does', async () => {
    const additional = [openFile(`${VALID}cross/cross.add.xml`)];
    const { city } = await readSumoNet(openFile(`${VALID}cross/cross.net.xml`), { name: 'test', additional });
    expect(city.signals[0]?.programs.map(({ id, offsetS }) => [id, offsetS])).toEqual([
      ['evening', 7],
      ['0', 0],
    ]);
    expect(city.signals[0]?.programs[0]?.phases[0]).toEqual({
      state: 'GGgrrrGGgrrr',
      durationS: 40,
      minS: 8,
      maxS: 60,
    });
    expect(city.signals[0]?.groups.map(({ links }) => links)).toEqual([
      [0, 1, 6, 7],
      [2, 8],
      [3, 4, 9, 10],
      [5, 11],
    ]);
    expect(city.districts.map(({ name }) => name)).toEqual(['Old Town', 'Mill Side']);
    const districtOf = (id: string) => city.districts[city.roads.find((road) => road.id === id)?.district ?? -1]?.id;
    expect(['north-in', 'west-in', 'mill-in'].map(districtOf)).toEqual(['old-town', 'old-town', 'mill-side']);
  });

  it('drops a damaged program and keeps the sound one', async () => {
    const text =
      '<additional><tlLogic id="centre" programID="bad"><phase duration="9" state="GGG"/></tlLogic></additional>';
    const { city, report } = await readSumoNet(openFile(`${VALID}cross/cross.net.xml`), {
      name: 'test',
      additional: [sourceFrom('bad.add.xml', text)],
    });
    expect(city.signals[0]?.programs.map(({ id }) => id)).toEqual(['0']);
    expect(report.dropped).toEqual([
      {
        what: 'program',
        element: 'centre/bad',
        file: 'bad.add.xml',
        line: 1,
        why: 'phase 0 has 3 states for 12 links',
      },
    ]);
  });

  it('leaves links without a lamp to right of way, and signals set by trains out', async () => {
    const text = crossText
      .replace('linkIndex="0"', 'linkIndex="-1"')
      .replace('<tlLogic', '<tlLogic id="track" type="rail_signal" programID="0"/><tlLogic');
    const { city, report } = await readSumoNet(sourceFrom('net.xml', text), { name: 'test' });
    expect(getMovement(city, 'north-in_0>west-out_0')).toMatchObject({ signal: -1, link: -1 });
    expect(city.signals.map(({ id, links }) => [id, links[0]])).toEqual([['centre', []]]);
    expect(report.dropped.map(({ what, count }) => [what, count])).toEqual([
      ['program', 1],
      ['link', 1],
    ]);
  });

  it('reads which programs are actuated, and says once how many signals have programs of other types', async () => {
    const read = (type: string) => {
      const text = crossText.replace('type="static" programID', `type="${type}" programID`);
      return readSumoNet(sourceFrom('net.xml', text), { name: 'test' });
    };
    const actuated = await read('actuated');
    expect(actuated.report.warnings).toEqual([]);
    expect(actuated.city.signals[0]?.programs[0]?.isActuated).toBe(true);
    const delayBased = await read('delay_based');
    expect(delayBased.report.warnings).toEqual([
      'the own program of 1 signals is delay_based; here it runs by the durations of its phases',
    ]);
    expect(delayBased.city.signals[0]?.programs[0]?.isActuated).toBeUndefined();
  });

  it('reads the same city from any chunks of the bytes', async () => {
    const bytes = new TextEncoder().encode(crossText.replace('North Street', 'Nordstraße 北街'));
    const open = async function* () {
      for (let i = 0; i < bytes.length; i += 7) yield bytes.subarray(i, i + 7);
    };
    const { city } = await readSumoNet({ name: 'chunks', open }, { name: 'test' });
    expect(city.roads.find(({ id }) => id === 'north-in')?.name).toBe('Nordstraße 北街');
  });
});

/** A fault of the network: where, in one sentence with its remedy. */
describe('a damaged network', () => {
  async function faultOf(from: string | RegExp, to: string): Promise<UrbaneError> {
    const text = crossText.replace(from, to);
    expect(text).not.toBe(crossText);
    return readSumoNet(sourceFrom('net.xml', text), { name: 'test' }).then(
      () => expect.fail('it was read without an error'),
      (error) => error,
    );
  }

  it.each<[string, string | RegExp, string, string, RegExp]>([
    [
      'is cut off',
      /<junction id="corner"[\s\S]*$/,
      '<junction id="corner" x="1" y="2">',
      'bad-xml',
      /unclosed tag: junction/,
    ],
    ['ends in a tag', /<junction id="corner"[\s\S]*$/, '<junction id="cor', 'bad-xml', /^net\.xml:\d+: /],
    ['is no network', '<net ', '<routes ', 'bad-input', /expected <net>, got <routes>/],
    [
      'has a negative length',
      'length="9.03"',
      'length="-9.03"',
      'bad-input',
      /<lane id=":centre_0_0"> length="-9.03" is negative/,
    ],
    ['has a length of words', 'length="9.03"', 'length="long"', 'bad-input', /length="long" is not a number/],
    ['has an infinite speed', 'speed="6.51"', 'speed="1e999"', 'bad-input', /speed="1e999" is not a number/],
    ['has a point without y', '-4.80,7.20 -5.15,4.75', '-4.80 -5.15,4.75', 'bad-input', /the point "-4.80"/],
    [
      'leads to a missing edge',
      '<connection from="far-in" to="east-in"',
      '<connection from="far-in" to="gone"',
      'bad-input',
      /to edge "gone", which is not in the network/,
    ],
    [
      'leads to a missing lane',
      'to="east-in" fromLane="0" toLane="0" via=":corner_0_0"',
      'to="east-in" fromLane="0" toLane="7"',
      'bad-input',
      /lane 7 of edge "east-in", which has 1 lanes/,
    ],
    [
      'leads from a missing lane',
      'from="far-in" to="east-in" fromLane="0"',
      'from="far-in" to="east-in" fromLane="2"',
      'bad-input',
      /leaves lane 2 of edge "far-in", which has 1 lanes/,
    ],
    [
      'goes via a missing lane',
      'via=":centre_0_0"',
      'via=":centre_99_0"',
      'bad-input',
      /via lane ":centre_99_0", which is not in the network/,
    ],
    [
      'goes round in circles',
      'via=":centre_12_0" dir="l" state="m"',
      'via=":centre_2_0" dir="l" state="m"',
      'bad-input',
      /round in circles/,
    ],
    [
      'joins edges that do not meet',
      '<connection from="far-in" to="east-in"',
      '<connection from="far-in" to="far-in"',
      'bad-input',
      /ends at another junction/,
    ],
    [
      'names a junction that is not there',
      'from="north" to="centre"',
      'from="north" to="middle"',
      'bad-input',
      /ends at junction "middle", which is not in the network/,
    ],
    [
      'has too few states',
      'state="rrGrrrrrGrrr"',
      'state="rrGrrrr"',
      'bad-input',
      /signal "centre" cannot be used: phase 2 has 7 states for 12 links/,
    ],
    [
      'has letters that are no lamps',
      'state="rrGrrrrrGrrr"',
      'state="rrXrrrrrGrrr"',
      'bad-input',
      /letters that are no lamps/,
    ],
    [
      'has a signal without a program',
      /<tlLogic id="centre"[\s\S]*<\/tlLogic>/,
      '',
      'bad-input',
      /signal "centre", which has no program/,
    ],
    ['has an edge twice', 'edge id="far-out"', 'edge id="far-in"', 'bad-input', /stands in the network twice/],
    [
      'declares a document type',
      '<net ',
      '<!DOCTYPE net [<!ENTITY a "b">]><net ',
      'bad-xml',
      /document type, which is refused/,
    ],
    ['uses an entity', 'name="North Street"', 'name="&bomb;"', 'bad-xml', /entity/],
  ])('%s', async (_, from, to, code, sentence) => {
    const fault = await faultOf(from, to);
    expect(fault.message).toMatch(sentence);
    expect(fault.message).toMatch(/^net\.xml:\d+: /);
    expect(fault.code).toBe(code);
    expect(fault.remedy).not.toBe('');
  });

  it('nests without end', async () => {
    const text = `<net>${'<a>'.repeat(100)}`;
    await expect(readSumoNet(sourceFrom('deep', text), { name: 'test' })).rejects.toThrow('nest deeper than 64');
  });

  it('is empty', async () => {
    await expect(readSumoNet(sourceFrom('empty', ''), { name: 'test' })).rejects.toThrow(/^empty:1: /);
  });
});
