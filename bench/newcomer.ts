import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadCity } from '../src/field/load.ts';

const URBANE = fileURLToPath(new URL('../bin/urbane.js', import.meta.url));
const COUNTED_ROADS = 5;
const COUNTED_VEHICLES = 250;

/**
 * The way of docs/operator/your-city.md, each step's wall time: an extract to a living page, then plans, detectors and counts
 * made from its own tables as an engineer would. Needs URBANE_DATA, or extracts as arguments.
 */
export async function run(extracts: string[]): Promise<void> {
  const data = process.env.URBANE_DATA ?? '../shared/data';
  const files = extracts.length > 0 ? extracts : ['moscow.osm.gz', 'andorra.osm.pbf'].map((f) => `${data}/osm/${f}`);
  for (const file of files) {
    process.stdout.write(`${basename(file)}\n`);
    const work = await mkdtemp(join(tmpdir(), 'urbane-bench-newcomer-'));
    try {
      await follow(file, work);
    } finally {
      await rm(work, { recursive: true });
    }
  }
}

async function follow(extract: string, work: string): Promise<void> {
  const [town, second, tables] = ['town', 'second', 'tables'].map((name) => join(work, name)) as [
    string,
    string,
    string,
  ];
  await step('make the city', () => urbane('new', town, '--osm', extract));
  await step('a living page', () => live(town));
  await step('tables of its own plans', () => urbane('export', town, '--format', 'plans', '--out', tables));
  await mkdir(tables, { recursive: true });
  const { city } = await loadCity(town);
  const [plans, detectors, counts] = ['plans.csv', 'detectors.csv', 'counts.csv'].map((name) => join(tables, name)) as [
    string,
    string,
    string,
  ];
  const planned = (await readFile(plans, 'utf8')).split('\n')[1]?.split(',') ?? [];
  const [signal = '', , phase = '', , , , movements = ''] = planned;
  const road = movements.split(':')[0] ?? '';
  await writeFile(detectors, `signal,channel,phase,lane,distance_m\n${signal},1,${phase},${road}_0,2\n`);
  const busy = [...city.roads].sort((a, b) => b.priority - a.priority).slice(0, COUNTED_ROADS);
  const rows = busy.map(({ id }) => `${id},25200,28800,${COUNTED_VEHICLES}`);
  await writeFile(counts, `road,begin_s,end_s,vehicles\n${rows.join('\n')}\n`);
  const given = ['--plans', plans, '--detectors', detectors, '--counts', counts];
  await step('again with plans, detectors, counts', () => urbane('new', second, '--osm', extract, ...given));
  await step('what is doubtful', () => urbane('doctor', second));
  await step('a living page of it', () => live(second));
}

async function step(what: string, work: () => Promise<unknown>): Promise<void> {
  const begun = performance.now();
  await work();
  process.stdout.write(`  ${what.padEnd(36)} ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
}

function urbane(...args: string[]): Promise<unknown> {
  return promisify(execFile)(process.execPath, [URBANE, ...args]);
}

/** Starts the page and asks it until its city is there. */
async function live(town: string): Promise<void> {
  const child = spawn(process.execPath, [URBANE, 'start', town, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('http')) continue;
      const answer = await fetch(`${line}/api/city`);
      if (!answer.ok) throw new Error(`${line} answers ${answer.status}`);
      return;
    }
    throw new Error('urbane start ended');
  } finally {
    child.kill('SIGINT');
  }
}
