import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SaxesParser } from 'saxes';
import type { Scenario } from '../../src/demand/demand.ts';
import { loadScenario } from '../../src/field/load.ts';
import { createCompiledEngine } from '../../src/field/sim/engine.ts';
import { alignColumns } from '../../src/trial/table.ts';
import { type CompareOptions, type Comparison, compareReal } from './compare.ts';
import { percent } from './speed.ts';
import { mean, standardError } from './statistics.ts';

const QUARTER = fileURLToPath(new URL('../../fixtures/quarter/', import.meta.url));
/** Mean durations within this share, or twice SUMO's standard error if that is more. */
const BOUND = 0.03;
const ON_FOOT = 'on foot';

/** By kind (vehicle type, or on foot): seconds from departure to arrival of those who arrived. */
export type DurationsByKind = ReadonlyMap<string, readonly number[]>;

export interface KindRow {
  readonly kind: string;
  readonly arrived: number;
  readonly referenceArrived: number;
  readonly durationS: number;
  readonly referenceS: number;
  readonly off: number;
  readonly bound: number;
}

export interface QuarterComparison extends Comparison {
  readonly kinds: readonly KindRow[];
}

/** The made-up quarter with crossings and bus lines in both engines: all vehicles, each kind by itself, people on foot. */
export async function compareQuarter(options: CompareOptions): Promise<QuarterComparison> {
  const { text, rows } = await compareReal([{ name: 'quarter', path: QUARTER, isSaturated: false }], options);
  const { scenario } = await loadScenario(QUARTER);
  const reference = await Promise.all(options.seeds.map(driveSumo));
  const ours = options.seeds.map((seed) => drive(scenario, seed));
  const kinds = compareKinds(
    ours.map(({ durations }) => durations),
    reference,
  );
  const waits = ours.map(({ waits }) => waits);
  const waiting = `at kerbs, ours: ${mean(waits.map(({ meanS }) => meanS)).toFixed(1)} s on average, ${mean(
    waits.map(({ worstS }) => worstS),
  ).toFixed(
    0,
  )} s at worst, ${mean(waits.map(({ worstCrossingS }) => worstCrossingS)).toFixed(1)} s on average at the worst crossing`;
  return {
    rows,
    kinds,
    text: `the made-up quarter: crossings, bus lines, bicycles\n${text}\n\n${formatKinds(kinds)}\n${waiting}`,
  };
}

function drive(scenario: Scenario, seed: number) {
  const engine = createCompiledEngine(scenario, { seed });
  while (engine.timeMs < scenario.endMs) engine.step();
  const durations = new Map<string, number[]>();
  const { types, trips, walks } = scenario.demand;
  trips.forEach((trip, i) => {
    const arrivedMs = engine.trips.arrivedMs[i] ?? -1;
    if (arrivedMs < 0) return;
    add(durations, types[trip.type]?.id ?? '', (arrivedMs - (engine.trips.insertedMs[i] ?? 0)) / 1000);
  });
  walks.forEach((walk, i) => {
    const arrivedMs = engine.walks.arrivedMs[i] ?? -1;
    if (arrivedMs >= 0) add(durations, ON_FOOT, (arrivedMs - walk.departMs) / 1000);
  });
  const { walkers, waitedS, longestS } = engine.crossings;
  const means = [...waitedS].map((seconds, c) => seconds / Math.max(1, walkers[c] ?? 0));
  const total = (values: Iterable<number>) => [...values].reduce((sum, value) => sum + value, 0);
  const waits = {
    meanS: total(waitedS) / total(walkers),
    worstS: Math.max(...longestS),
    worstCrossingS: Math.max(...means),
  };
  return { durations, waits };
}

function add(durations: Map<string, number[]>, kind: string, seconds: number): void {
  const known = durations.get(kind);
  if (known === undefined) durations.set(kind, [seconds]);
  else known.push(seconds);
}

async function driveSumo(seed: number): Promise<DurationsByKind> {
  const folder = await mkdtemp(join(tmpdir(), 'urbane-quarter-'));
  try {
    const output = join(folder, 'trips.xml');
    const rules = ['--time-to-teleport', '-1', '-X', 'never', '--no-step-log', '--no-warnings', '--seed', String(seed)];
    const config = join(QUARTER, 'quarter.sumocfg');
    await promisify(execFile)(process.env.SUMO_BINARY ?? 'sumo', ['-c', config, '--tripinfo-output', output, ...rules]);
    return readDurations(await readFile(output, 'utf8'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Durations of those who arrived, from SUMO's tripinfo output. */
export function readDurations(text: string): DurationsByKind {
  const durations = new Map<string, number[]>();
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes: at }) => {
    if ((name === 'tripinfo' || name === 'walk') && Number(at.arrival) >= 0) {
      add(durations, name === 'walk' ? ON_FOOT : String(at.vType), Number(at.duration));
    }
  });
  parser.write(text).close();
  return durations;
}

/** By kind, ours against SUMO, each a list of runs over seeds. */
export function compareKinds(ours: readonly DurationsByKind[], reference: readonly DurationsByKind[]): KindRow[] {
  const kinds = [...new Set(reference.flatMap((run) => [...run.keys()]))].sort();
  return kinds.map((kind) => {
    const of = (runs: readonly DurationsByKind[]) => runs.map((run) => run.get(kind) ?? []);
    const [mine, theirs] = [of(ours), of(reference)];
    const means = theirs.map(mean);
    const referenceS = mean(means);
    const durationS = mean(mine.map(mean));
    const error = standardError(means);
    const noise = Number.isNaN(error) ? 0 : (2 * error) / referenceS;
    return {
      kind,
      arrived: mean(mine.map((list) => list.length)),
      referenceArrived: mean(theirs.map((list) => list.length)),
      durationS,
      referenceS,
      off: durationS / referenceS - 1,
      bound: Math.max(BOUND, noise),
    };
  });
}

function formatKinds(kinds: readonly KindRow[]): string {
  const head = ['kind', 'duration s', 'SUMO', 'off', 'bound', 'within', 'arrived', 'SUMO'];
  const rows = kinds.map((row) => [
    row.kind,
    row.durationS.toFixed(1),
    row.referenceS.toFixed(1),
    percent(row.off),
    percent(row.bound).slice(1),
    Math.abs(row.off) <= row.bound ? 'yes' : 'NO',
    row.arrived.toFixed(0),
    row.referenceArrived.toFixed(0),
  ]);
  return alignColumns([head, ...rows]);
}
