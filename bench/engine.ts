import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import type { Scenario } from '../src/demand/demand.ts';
import { createDemoScenario } from '../src/demo/city.ts';
import { loadScenario, type SumoFiles } from '../src/field/load.ts';
import { createEngine } from '../src/sim/engine.ts';
import { median } from '../src/trial/statistics.ts';
import { readTripInfo } from '../src/trial/sumo-outputs.ts';
import { alignColumns } from '../src/trial/table.ts';
import { sumUp, type VehicleFigures, type VehicleOutcome } from '../src/trial/vehicles.ts';
import { DATA } from '../tests/data.ts';

/** Scenarios in the order of their SUMO run time; the oversaturated ones, on which delays are not compared, are marked. */
const SCENARIOS: readonly { path: string; isSaturated?: boolean; isSlow?: boolean }[] = [
  { path: 'cologne1' },
  { path: 'cologne3' },
  { path: 'ingolstadt1' },
  { path: 'ingolstadt7' },
  { path: 'grid4x4' },
  { path: 'hangzhou_1x1_bc-tyc' },
  { path: 'hangzhou_1x1_kn-hz' },
  { path: 'hangzhou_1x1_qc-yn' },
  { path: 'hangzhou_1x1_sb-sx' },
  { path: 'hangzhou_4x4' },
  { path: 'jinan_3x4/jinan_1.sumocfg', isSlow: true },
  { path: 'jinan_3x4/jinan_2.sumocfg', isSlow: true },
  { path: 'jinan_3x4/jinan_3.sumocfg', isSlow: true },
  { path: 'hangzhou_4x4_cf/hangzhou_1.sumocfg', isSlow: true },
  { path: 'rongwu/rongwu_II_III.sumocfg', isSlow: true },
  { path: 'rongwu/rongwu_I_V.sumocfg', isSlow: true },
  { path: 'arterial4x4', isSaturated: true, isSlow: true },
];

interface Run extends VehicleFigures {
  readonly vehicleSeconds: number;
  readonly cpuS: number;
  readonly forcedHalts: number;
}

/**
 * `npm run bench -- engine [SCENARIO ...] [--seeds N] [--quick] [--sumo-cache DIR]`: our engine beside SUMO on real
 * scenarios under their own programs, medians over the seeds; then the demo city's speed. SUMO's runs are kept in a
 * cache named by a hash of their inputs.
 */
export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      seeds: { type: 'string', default: '3' },
      quick: { type: 'boolean', default: false },
      'sumo-cache': { type: 'string', default: join(tmpdir(), 'urbane-bench-sumo') },
    },
  });
  const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
  process.stdout.write(
    `seeds ${seeds.join(' ')}; fixed programs; delay = time loss + departure delay over all loaded, s\n\n`,
  );
  if (DATA !== null) {
    const rows = [
      [
        'scenario',
        'delay',
        'SUMO',
        'diff',
        'door',
        'SUMO',
        'stops',
        'SUMO',
        'arrived',
        'SUMO',
        'kept out',
        'SUMO',
        'veh-s/s',
        'SUMO',
        'forced',
      ],
    ];
    for (const { path, isSlow, isSaturated } of SCENARIOS) {
      if (positionals.length > 0 ? !positionals.some((name) => path.includes(name)) : values.quick && isSlow) continue;
      const { scenario, sumo } = await loadScenario(join(DATA, 'scenarios', path));
      const ours = seeds.map((seed) => runEngine(scenario, seed));
      const theirs: Run[] = [];
      for (const seed of seeds)
        if (sumo !== null) theirs.push(await runSumo(sumo, scenario, seed, values['sumo-cache']));
      rows.push(compare(scenario.name + (isSaturated ? ' *' : ''), ours, theirs));
      if (process.stderr.isTTY) process.stderr.write(`${scenario.name} done\n`);
    }
    process.stdout.write(`${alignColumns(rows)}\n* oversaturated: delays are not compared\n`);
  }
  const demo = createDemoScenario();
  const loaded = runEngine(demo, 1);
  const seconds = (demo.endMs - demo.beginMs) / 1000;
  process.stdout.write(
    `\ndemo city: ${demo.city.signals.length} signals, ${loaded.loaded} trips, ${(loaded.vehicleSeconds / seconds).toFixed(0)} vehicles on average, ` +
      `${(seconds / loaded.cpuS).toFixed(0)} x real time (one run, one core), ${million(loaded.vehicleSeconds / loaded.cpuS)} vehicle-seconds/s, ` +
      `delay ${loaded.delayS.toFixed(1)} s, ${loaded.arrived} arrived\n`,
  );
}

function compare(name: string, ours: readonly Run[], theirs: readonly Run[]): string[] {
  const of = (runs: readonly Run[], pick: (run: Run) => number) => median(runs.map(pick));
  const pair = (pick: (run: Run) => number, digits: number) =>
    [ours, theirs].map((runs) => (runs.length === 0 ? '-' : of(runs, pick).toFixed(digits)));
  const [delay = '', sumoDelay = ''] = pair((run) => run.delayS, 1);
  const difference = theirs.length === 0 ? 0 : of(ours, (run) => run.delayS) / of(theirs, (run) => run.delayS) - 1;
  const speed = [ours, theirs].map((runs) =>
    runs.length === 0 ? '-' : million(of(runs, (run) => run.vehicleSeconds / run.cpuS)),
  );
  return [
    name,
    delay,
    sumoDelay,
    `${difference >= 0 ? '+' : ''}${(difference * 100).toFixed(0)} %`,
    ...pair((run) => run.doorToDoorS, 1),
    ...pair((run) => run.stops, 2),
    ...pair((run) => run.arrived, 0),
    ...pair((run) => run.neverInserted, 0),
    ...speed,
    of(ours, (run) => run.forcedHalts).toFixed(0),
  ];
}

function million(perSecond: number): string {
  return `${(perSecond / 1e6).toFixed(2)} M`;
}

function runEngine(scenario: Scenario, seed: number): Run {
  const engine = createEngine(scenario, { seed });
  const before = process.cpuUsage();
  while (engine.timeMs < scenario.endMs) engine.step();
  const { user, system } = process.cpuUsage(before);
  const { trips } = engine;
  const outcomes = scenario.demand.trips.map((trip, i): VehicleOutcome => {
    const insertedMs = trips.insertedMs[i] ?? -1;
    const arrivedMs = trips.arrivedMs[i] ?? -1;
    const inserted = insertedMs >= 0;
    return {
      wantedS: (trip.departMs - scenario.beginMs) / 1000,
      departDelayS: ((inserted ? insertedMs : scenario.endMs) - trip.departMs) / 1000,
      durationS: inserted ? ((arrivedMs >= 0 ? arrivedMs : scenario.endMs) - insertedMs) / 1000 : 0,
      timeLossS: trips.timeLossS[i] ?? 0,
      waitingS: trips.waitingS[i] ?? 0,
      stops: trips.stops[i] ?? 0,
      inserted,
      arrived: arrivedMs >= 0,
    };
  });
  return {
    ...sumUp(outcomes),
    vehicleSeconds: engine.vehicleSeconds,
    cpuS: (user + system) / 1e6,
    forcedHalts: engine.forcedHalts,
  };
}

async function runSumo(files: SumoFiles, scenario: Scenario, seed: number, cache: string): Promise<Run> {
  const hash = createHash('sha256').update(`${seed}`);
  for (const file of [files.configFile, files.netFile, ...files.routeFiles, ...files.additionalFiles]) {
    hash.update(readFileSync(file));
  }
  mkdirSync(cache, { recursive: true });
  const kept = join(cache, `${hash.digest('hex').slice(0, 24)}.json`);
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as Run;
  const tripInfo = join(cache, `${process.pid}.tripinfo.xml`);
  const options = ['--time-to-teleport', '-1', '-X', 'never', '--tripinfo-output', tripInfo];
  options.push('--tripinfo-output.write-unfinished', '--tripinfo-output.write-undeparted', '--seed', `${seed}`);
  options.push('--no-step-log', '--duration-log.disable', '--no-warnings');
  const binary = process.env.SUMO_BINARY ?? 'sumo';
  const begun = performance.now();
  await promisify(execFile)(binary, ['-c', files.configFile, ...options], { maxBuffer: 1e8 });
  const cpuS = (performance.now() - begun) / 1000;
  const outcomes = [...(await readTripInfo(tripInfo, scenario.beginMs / 1000, scenario.endMs / 1000)).values()];
  rmSync(tripInfo);
  const vehicleSeconds = outcomes.reduce((sum, { durationS }) => sum + durationS, 0);
  const result: Run = { ...sumUp(outcomes), vehicleSeconds, cpuS, forcedHalts: 0 };
  writeFileSync(kept, JSON.stringify(result));
  return result;
}
