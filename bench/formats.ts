import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { listDoubts } from '../src/city/doubts.ts';
import type { Scenario } from '../src/demand/demand.ts';
import { loadScenario } from '../src/field/load.ts';
import { extractPlans } from '../src/read/plans/extract.ts';
import { readPlanFiles } from '../src/read/plans/read.ts';
import { writeTables } from '../src/read/plans/table.ts';
import { sourceFrom } from '../src/read/source.ts';
import { writeSumo } from '../src/read/sumo/write.ts';
import { runOurs } from './engine/ours.ts';
import { referToSumo } from './engine/sumo.ts';

const FLOWS: readonly (readonly [flow: string, config: string])[] = [
  ['jinan_3x4/anon_3_4_jinan_real.json', 'jinan_3x4/jinan_1.sumocfg'],
  ['jinan_3x4/anon_3_4_jinan_real_2000.json', 'jinan_3x4/jinan_2.sumocfg'],
  ['jinan_3x4/anon_3_4_jinan_real_2500.json', 'jinan_3x4/jinan_3.sumocfg'],
  ['hangzhou_4x4_cf/anon_4_4_hangzhou_real.json', 'hangzhou_4x4_cf/hangzhou_1.sumocfg'],
  ['hangzhou_4x4_cf/anon_4_4_hangzhou_real_5816.json', 'hangzhou_4x4_cf/hangzhou_2.sumocfg'],
];
const ROUND_TRIPS = ['cologne1', 'grid4x4', 'ingolstadt7'];
const BOUND_SHARE = 0.05;

/**
 * `npm run bench -- formats [--seeds N] [--no-sumo]`: CityFlow imports beside their SUMO conversions under fixed time on our
 * engine, SUMO round trips (in SUMO itself too), plan tables and doubts. Needs URBANE_DATA.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { seeds: { type: 'string', default: '5' }, sumo: { type: 'boolean', default: true } },
    allowNegative: true,
  });
  const seeds = Array.from({ length: Number(values.seeds) }, (_, k) => k + 1);
  const data = join(process.env.URBANE_DATA ?? '../shared/data', 'scenarios');
  const print = (line: string) => process.stdout.write(`${line}\n`);

  print(`\nCityFlow beside its SUMO conversion, fixed time, our engine, mean delay over seeds 1 to ${seeds.length}`);
  for (const [flow, config] of FLOWS) {
    const [ours, theirs] = [
      (await loadScenario(join(data, flow))).scenario,
      (await loadScenario(join(data, config))).scenario,
    ];
    const same = journeys(ours).join('\n') === journeys(theirs).join('\n');
    const [a, b] = [meanDelay(ours, seeds), meanDelay(theirs, seeds)];
    const off = a / b - 1;
    const verdict = same && Math.abs(off) <= BOUND_SHARE ? 'within 5 %' : 'NOT within 5 %';
    print(
      `${flow.padEnd(50)} ${same ? 'same vehicles and routes' : 'OTHER vehicles'}, ${a.toFixed(1)} s against ${b.toFixed(1)} s: ${(off * 100).toFixed(1)} %, ${verdict}`,
    );
  }

  print('\nSUMO to city to SUMO to city; delay of both in SUMO under their own programs');
  const work = await mkdtemp(join(tmpdir(), 'urbane-bench-formats-'));
  try {
    for (const name of ROUND_TRIPS) {
      const { scenario, sumo } = await loadScenario(join(data, name));
      const begun = performance.now();
      const written = writeSumo(scenario, scenario.name);
      const ms = Math.round(performance.now() - begun);
      const folder = join(work, name);
      await mkdir(folder);
      for (const { name: file, text } of written.files) await writeFile(join(folder, file), text);
      const again = await loadScenario(folder);
      const verdict = again.scenario.city.version === scenario.city.version ? 'the same city' : 'ANOTHER city';
      const { book, lost } = extractPlans(scenario.city);
      const read = await readPlanFiles(writeTables(book).map((table) => sourceFrom(table.name, table.text)));
      const plans = JSON.stringify(read) === JSON.stringify(book) ? 'same' : 'OTHER';
      print(
        `${name.padEnd(14)} ${verdict}, written in ${ms} ms; plan tables ${plans} (${lost.length} programs not whole); ${listDoubts(scenario.city).length} doubts; lost: ${written.lost.join('; ') || 'nothing'}`,
      );
      if (!values.sumo || sumo === null || again.sumo === null) continue;
      const [beginS, endS] = [scenario.beginMs / 1000, scenario.endMs / 1000];
      const delays = async (files: typeof sumo) => {
        const found: number[] = [];
        for (const seed of seeds) found.push((await referToSumo({ files, beginS, endS, seed })).delayS);
        return found;
      };
      const [a, b] = [await delays(again.sumo), await delays(sumo)];
      print(`${''.padEnd(14)} ${spreadOf(a)} s written against ${spreadOf(b)} s original`);
    }
  } finally {
    await rm(work, { recursive: true });
  }
}

function journeys({ city, demand }: Scenario): string[] {
  return demand.trips
    .map(({ departMs, route }) => `${departMs} ${route.map((road) => city.roads[road]?.id).join(' ')}`)
    .sort();
}

function meanDelay(scenario: Scenario, seeds: readonly number[]): number {
  return seeds.reduce((sum, seed) => sum + runOurs(scenario, { seed, links: false }).delayS, 0) / seeds.length;
}

function spreadOf(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return `${mean.toFixed(1)} ± ${Math.sqrt(variance).toFixed(1)}`;
}
