import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UrbaneError } from '../src/units/errors.ts';
import { DATA } from '../tests/data.ts';
import { comparePlans, compareReal } from './engine/compare.ts';
import { rankControllers } from './engine/controllers.ts';
import { RANKED, type RealScenario, SCENARIOS } from './engine/scenarios.ts';
import { measureSpeed, SPEED_GRIDS } from './engine/speed.ts';

const QUICK = { seeds: 3, runs: 3, side: 4, windowS: 600 } as const;
const FULL = { seeds: 10, runs: 5, side: 8, windowS: 1800 } as const;
const PLANS_NAME = 'plans';
const CONTROLLERS_NAME = 'controllers';

const LEGEND = [
  'vehicle-s/s: vehicle-seconds on the network per second of a free core (b: the machine was busy with other work)',
  '!: more or fewer vehicles present than in SUMO by over 3 %, so the speeds are not of the same work',
].join('\n');

/**
 * `npm run bench -- engine [--quick] [--only NAME,...] [--seeds N]`: speed and accuracy of our engine beside SUMO's (and
 * CityFlow's, see engine/cityflow.ts). The full form takes hours the first time; SUMO's reference runs are kept (URBANE_CACHE).
 * NAME is part of grid-128, grid-1024, grid-10000, plans, controllers or a real scenario's path; a named one runs even if it is slow.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      seeds: { type: 'string' },
    },
  });
  const form = values.quick ? QUICK : FULL;
  const seeds = Array.from({ length: Number(values.seeds ?? form.seeds) }, (_, i) => i + 1);
  const only = values.only?.split(',');
  const isWanted = (name: string, isSlow = false) =>
    only === undefined ? !(values.quick && isSlow) : only.some((part) => name.includes(part));
  const begun = performance.now();
  const onProgress = (doing: string) => {
    if (!process.stderr.isTTY) return;
    process.stderr.write(`\r\x1b[K${((performance.now() - begun) / 1000).toFixed(0)} s  ${doing}`);
  };
  const print = (text: string) => {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    process.stdout.write(`\n${text}\n`);
  };
  const grids = SPEED_GRIDS.filter(({ name, isSlow }) => isWanted(name, isSlow));
  const real = SCENARIOS.filter(({ path, isSlow }) => isWanted(path, isSlow));
  const hasPlans = isWanted(PLANS_NAME);
  const hasControllers = isWanted(CONTROLLERS_NAME);
  if (grids.length + real.length === 0 && !hasPlans && !hasControllers)
    throw new UrbaneError('bad-usage', `nothing is named ${only}.`);

  for (const grid of grids) {
    print(await measureSpeed(grid, { runs: form.runs, isQuick: values.quick, onProgress }));
  }
  if (grids.length > 0) print(LEGEND);
  if (hasPlans) print(await comparePlans(form, { seeds, onProgress }));
  if (DATA === null) print('real scenarios: not measured (URBANE_DATA names no data)');
  else {
    const place = ({ path, isSaturated = false }: RealScenario) => ({
      name: path.replace(/\.sumocfg$/, '').replace(/^.*\//, ''),
      path: join(DATA ?? '', 'scenarios', path),
      isSaturated,
    });
    if (real.length > 0) {
      print(`real scenarios, their own programs\n${await compareReal(real.map(place), { seeds, onProgress })}`);
    }
    if (hasControllers) {
      const ranked = SCENARIOS.filter(({ path }) => RANKED[values.quick ? 'quick' : 'full'].includes(path)).map(place);
      print(await rankControllers(ranked, { seeds: seeds.length, onProgress }));
    }
  }
  print(`${((performance.now() - begun) / 1000).toFixed(0)} s in all`);
}
