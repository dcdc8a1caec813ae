import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import type { City } from '../src/city/city.ts';
import type { Scenario } from '../src/demand/demand.ts';
import { estimateTripsPerH, type Places, synthesizeDemand } from '../src/demand/synthesis.ts';
import { loadOsm } from '../src/field/load-osm.ts';
import { createCompiledEngine } from '../src/field/sim/engine.ts';
import { writeSumo } from '../src/read/sumo/write.ts';
import { readTripInfo } from '../src/trial/sumo-outputs.ts';
import { sumUp, type VehicleOutcome } from '../src/trial/vehicles.ts';
import { listOutcomes } from './engine/ours.ts';
import { mean, standardError } from './engine/statistics.ts';

const MINUTE_MS = 60_000;
const BEGIN_MS = 7 * 60 * MINUTE_MS;
const END_MS = BEGIN_MS + 75 * MINUTE_MS;
/** Trips that depart in the first 45 minutes are asked after; the last 30 show whether arrivals keep up. */
const ASKED_S = 45 * 60;
const KEEPS_UP = 0.95;
const STEP = 1.15;
const SHARE = 0.7;
const DEMAND_SEED = 1;

/**
 * Extracts of OpenStreetMap as living cities: the level of made-up demand at which arrivals stop keeping up with departures,
 * and at 0.7 of it the share of early trips that arrive and the agreement of our engine with SUMO on the exported city.
 */
export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { seeds: { type: 'string', default: '3' } },
  });
  const data = process.env.URBANE_DATA ?? '../shared/data';
  const files =
    positionals.length > 0 ? positionals : ['moscow.osm.gz', 'andorra.osm.pbf'].map((f) => `${data}/osm/${f}`);
  for (const file of files) await measure(file, Number(values.seeds));
}

async function measure(file: string, seeds: number): Promise<void> {
  const begun = performance.now();
  const { city, places, report } = await loadOsm(file);
  const readS = (performance.now() - begun) / 1000;
  const { roads, junctions, signals } = city;
  print(`${basename(file)}: ${roads.length} roads, ${junctions.length} junctions, read in ${readS.toFixed(1)} s`);
  print(
    `  ${signals.length} signals, ${report.counts['signal nodes joined into junctions']} signal nodes at junctions, ${report.counts['crossings with a signal of their own']} crossings with a signal of their own`,
  );
  const highest = findLevel(city, places);
  const scenario = morning(city, places, SHARE * highest);
  print(
    `  arrivals stop keeping up at ${highest} trips/h; at ${SHARE} of it, ${scenario.demand.trips.length} trips in 75 min:`,
  );
  const ours = Array.from({ length: seeds }, (_, seed) => runEngine(scenario, seed + 1));
  describe('our engine', ours);
  const sumo: VehicleOutcome[][] = [];
  for (let seed = 1; seed <= seeds; seed++) sumo.push(await runSumo(scenario, seed));
  describe('SUMO', sumo);
  const [a, b] = [ours, sumo].map((runs) => runs.map((run) => sumUp(run).doorToDoorS)) as [number[], number[]];
  const difference = 100 * (mean(a) / mean(b) - 1);
  const allowed = b.length < 2 ? 3 : Math.max(3, (200 * standardError(b)) / mean(b));
  print(
    `  door-to-door ours against SUMO: ${difference.toFixed(1)} % (allowed ${allowed.toFixed(1)} %): ${Math.abs(difference) <= allowed ? 'met' : 'not met'}`,
  );
}

function morning(city: City, places: Places, tripsPerH: number): Scenario {
  const demand = synthesizeDemand(city, places, { seed: DEMAND_SEED, beginMs: BEGIN_MS, endMs: END_MS, tripsPerH });
  return { name: city.name, city, demand, beginMs: BEGIN_MS, endMs: END_MS };
}

/** Trips an hour, in steps of 15 % from the estimate, at which in the last half hour fewer than 95 % arrive of those who depart. */
function findLevel(city: City, places: Places): number {
  const keepsUp = (tripsPerH: number): boolean => {
    const scenario = morning(city, places, tripsPerH);
    const engine = createCompiledEngine(scenario, { seed: 1 });
    while (engine.timeMs < END_MS) engine.step();
    const from = BEGIN_MS + ASKED_S * 1000;
    const departed = scenario.demand.trips.filter(({ departMs }) => departMs >= from).length;
    const arrived = scenario.demand.trips.filter((_, i) => (engine.trips.arrivedMs[i] ?? -1) >= from).length;
    return arrived >= KEEPS_UP * departed;
  };
  let level = estimateTripsPerH(city, places, DEMAND_SEED);
  const isStart = keepsUp(level);
  for (let tries = 0; tries < 20; tries++) {
    const next = Math.round(isStart ? level * STEP : level / STEP);
    const keeps = keepsUp(next);
    if (isStart && !keeps) return next;
    if (!isStart && keeps) return level;
    level = next;
  }
  return level;
}

function runEngine(scenario: Scenario, seed: number): VehicleOutcome[] {
  const engine = createCompiledEngine(scenario, { seed });
  while (engine.timeMs < scenario.endMs) engine.step();
  return listOutcomes(scenario, engine);
}

async function runSumo(scenario: Scenario, seed: number): Promise<VehicleOutcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'urbane-cities-'));
  try {
    for (const { name, text } of writeSumo(scenario, 'city').files) await writeFile(join(folder, name), text);
    const trips = join(folder, 'trips.xml');
    const rules = ['--time-to-teleport', '-1', '-X', 'never', '--no-step-log', '--no-warnings', '--seed', String(seed)];
    const outputs = [
      '--tripinfo-output',
      trips,
      '--tripinfo-output.write-unfinished',
      '--tripinfo-output.write-undeparted',
    ];
    const binary = process.env.SUMO_BINARY ?? 'sumo';
    await promisify(execFile)(binary, ['-c', join(folder, 'city.sumocfg'), ...rules, ...outputs], { maxBuffer: 1e8 });
    return [...(await readTripInfo(trips, scenario.beginMs / 1000, scenario.endMs / 1000)).values()];
  } finally {
    await rm(folder, { recursive: true });
  }
}

function describe(name: string, runs: readonly (readonly VehicleOutcome[])[]): void {
  const early = runs.map((run) => {
    const asked = run.filter(({ wantedS }) => wantedS < ASKED_S);
    return (100 * asked.filter(({ arrived }) => arrived).length) / asked.length;
  });
  const doorToDoor = runs.map((run) => sumUp(run).doorToDoorS);
  print(
    `    ${name.padEnd(10)} of the first 45 min arrived ${early.map((share) => share.toFixed(1)).join(' / ')} %, door-to-door ${doorToDoor.map((s) => s.toFixed(0)).join(' / ')} s, arrived ${runs.map((run) => sumUp(run).arrived).join(' / ')}`,
  );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
