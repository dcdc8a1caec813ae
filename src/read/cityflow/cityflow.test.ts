import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeWithData } from '../../../tests/data.ts';
import { checkCity } from '../../city/check.ts';
import { listGreens } from '../../city/greens.ts';
import { loadScenario } from '../../field/load.ts';
import { loadCityFlow } from '../../field/load-cityflow.ts';
import { UrbaneError } from '../../units/errors.ts';
import { sourceFrom } from '../source.ts';
import { readCityFlowDemand, readCityFlowRoadnet } from './read.ts';
import { writeCityFlow } from './write.ts';

const FOLDER = fileURLToPath(new URL('../../../fixtures/valid/cityflow', import.meta.url));
const text = readFileSync(join(FOLDER, 'roadnet.json'), 'utf8');
const flowText = readFileSync(join(FOLDER, 'flow.json'), 'utf8');

async function again(name: string, written: ReturnType<typeof writeCityFlow>) {
  const textOf = (file: string) => written.files.find((one) => one.name === file)?.text ?? '';
  const { city } = await readCityFlowRoadnet(sourceFrom('roadnet.json', textOf('roadnet.json')), name);
  const { demand } = await readCityFlowDemand(sourceFrom('flow.json', textOf('flow.json')), city);
  return { city, demand };
}

describe('a roadnet of CityFlow', () => {
  it('becomes a city with its stop lines, lanes and light', async () => {
    const { scenario, report } = await loadCityFlow(join(FOLDER, 'config.json'));
    const { city, demand } = scenario;
    expect(report.dropped).toEqual([]);
    expect(checkCity(city)).toEqual([]);
    expect(city.roads.map(({ lengthM }) => lengthM)).toEqual(Array(8).fill(188));
    // Lanes are numbered from the middle there and from the kerb here.
    expect(city.lanes.slice(0, 2).map(({ widthM, speedMps }) => [widthM, speedMps])).toEqual([
      [3, 11.1],
      [3.5, 13.9],
    ]);
    expect(city.movements).toHaveLength(16);
    const [signal] = city.signals;
    const program = signal?.programs[0];
    // 5 s between any two stages: 3 s yellow, 2 s all red.
    expect(program?.phases.map(({ durationS }) => durationS)).toEqual([30, 3, 2, 20, 3, 2]);
    expect(listGreens(program ?? { id: '', offsetS: 0, phases: [] })).toEqual([0, 3]);
    const lamps = (turn: string, phase: number) =>
      signal?.links.flatMap(([m], link) =>
        city.movements[m ?? -1]?.turn === turn ? [program?.phases[phase]?.state.charAt(link)] : [],
      );
    expect(lamps('right', 2)).toEqual(['G', 'G', 'G', 'G']);
    // Left turns across those who come the other way give way on green.
    expect(lamps('left', 0)?.sort()).toEqual(['g', 'g', 'r', 'r']);
    expect(demand.trips).toHaveLength(11 + 1 + 3);
    expect(demand.types.map(({ lengthM, tauS }) => [lengthM, tauS])).toEqual([
      [5, 1.5],
      [9, 1.5],
    ]);
    expect(scenario.endMs).toBe(3_600_000);
  });

  it('is the same after it was written and read again', async () => {
    const { scenario } = await loadCityFlow(join(FOLDER, 'config.json'));
    const { city, demand } = await again(scenario.name, writeCityFlow(scenario));
    expect(city).toEqual(scenario.city);
    expect(demand).toEqual(scenario.demand);
  });

  it('finds the roadnet beside a flow file', async () => {
    const { scenario } = await loadScenario(join(FOLDER, 'flow.json'));
    expect(scenario.demand.trips).toHaveLength(15);
  });
});

describe('damage in CityFlow files', () => {
  const edits: readonly [string, string, string, RegExp][] = [
    ['a cut file', text, text.slice(0, 900), /is not whole JSON/],
    [
      'a missing road',
      text,
      text.replace('"startRoad": "in-n"', '"startRoad": "no-n"'),
      /joins road "no-n", which is not in it/,
    ],
    [
      'a lane that is not there',
      text,
      text.replace('"startLaneIndex": 1', '"startLaneIndex": 7'),
      /lane 7 of "in-e" \(2 lanes\)/,
    ],
    ['a road twice', text, text.replace('"id": "out-e"', '"id": "in-e"'), /road "in-e" stands in it twice/],
    ['a phase of a missing link', text, text.replace(/("availableRoadLinks": \[\s*)\d+/, '$199'), /road link 99 of 12/],
    [
      'an end nowhere',
      text,
      text.replace('"endIntersection": "mid"', '"endIntersection": "gone"'),
      /"gone", which is not in it/,
    ],
    ['a word for a number', text, text.replace('"width": 12', '"width": "wide"'), /at "\/intersections\/0\/width"/],
    ['no roads', text, '{"intersections": [], "roads": []}', /no roadnet of CityFlow/],
  ];
  it.each(edits)('%s', async (_, whole, damaged, says) => {
    expect(damaged).not.toBe(whole);
    const fault = await readCityFlowRoadnet(sourceFrom('net.json', damaged), 'x').catch((caught: unknown) => caught);
    expect(fault).toBeInstanceOf(UrbaneError);
    expect(fault instanceof UrbaneError && fault.message).toMatch(says);
  });

  it('drops a flow whose road is missing and keeps the others', async () => {
    const { city } = await readCityFlowRoadnet(sourceFrom('net.json', text), 'x');
    const damaged = flowText.replace('"in-n"', '"nowhere"');
    const { demand, report } = await readCityFlowDemand(sourceFrom('flow.json', damaged), city);
    expect(demand.trips).toHaveLength(14);
    expect(report.dropped.map(({ why }) => why)).toEqual(['road "nowhere" is not in the roadnet']);
  });

  it('never crashes, whatever is damaged', async () => {
    const words = ['-1', '0', '1e308', 'null', '[]', '{}', '"mid"', '"in-e"', '"__proto__"', 'true', '99', ''];
    const { city } = await readCityFlowRoadnet(sourceFrom('net.json', text), 'x');
    const tokens = (of: string) => [...of.matchAll(/"[^"]*"|-?\d+(?:\.\d+)?|true|false/g)];
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.constantFrom(...words)), { maxLength: 4 }),
        async (isFlow, damages) => {
          let damaged = isFlow ? flowText : text;
          for (const [at, word] of damages) {
            const all = tokens(damaged);
            const token = all[Math.floor(at * all.length)];
            if (token !== undefined)
              damaged = damaged.slice(0, token.index) + word + damaged.slice(token.index + token[0].length);
          }
          try {
            if (isFlow) await readCityFlowDemand(sourceFrom('x', damaged), city);
            else expect(checkCity((await readCityFlowRoadnet(sourceFrom('x', damaged), 'x')).city)).toEqual([]);
          } catch (fault) {
            if (!(fault instanceof UrbaneError)) throw fault;
          }
        },
      ),
      { numRuns: 400 },
    );
  }, 60_000);
});

describeWithData('CityFlow beside the SUMO conversions', (data) => {
  const pairs = [
    ['jinan_3x4/anon_3_4_jinan_real.json', 'jinan_3x4/jinan_1.sumocfg'],
    ['hangzhou_4x4_cf/anon_4_4_hangzhou_real_5816.json', 'hangzhou_4x4_cf/hangzhou_2.sumocfg'],
  ] as const;
  it.each(pairs)('%s has the vehicles, routes, lanes and lengths of %s', async (flow, config) => {
    const ours = (await loadScenario(join(data, 'scenarios', flow))).scenario;
    const theirs = (await loadScenario(join(data, 'scenarios', config))).scenario;
    const journeys = ({ city, demand }: typeof ours) =>
      demand.trips.map(({ departMs, route }) => `${departMs} ${route.map((road) => city.roads[road]?.id).join(' ')}`);
    expect(journeys(ours).sort()).toEqual(journeys(theirs).sort());
    const joins = ({ city }: typeof ours) =>
      city.movements.map(({ fromLane, toLane }) => `${city.lanes[fromLane]?.id}>${city.lanes[toLane]?.id}`).sort();
    expect(joins(ours)).toEqual(joins(theirs));
    // From junction to junction: the conversion's stop lines lie elsewhere (3.2 m lanes instead of the file's 4 m).
    const between = ({ city }: typeof ours) =>
      city.roads
        .map(({ id, from, to }) => {
          const [a, b] = [city.junctions[from], city.junctions[to]];
          return `${id} ${Math.hypot((a?.x ?? 0) - (b?.x ?? 0), (a?.y ?? 0) - (b?.y ?? 0))}`;
        })
        .sort();
    expect(between(ours)).toEqual(between(theirs));
  });
});
