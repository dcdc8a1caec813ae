import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Brain } from '../src/brain/brain.ts';
import { loadScenario } from '../src/field/load.ts';
import { Guard } from '../src/guard/guard.ts';
import { grantAll, rulesFromProgram } from '../src/guard/rules.ts';
import { CONTROLLERS } from '../src/signals/registry.ts';
import { SensorLayer } from '../src/street/sensors.ts';
import type { RunReport } from '../src/trial/result.ts';
import { runSession } from '../src/trial/session.ts';
import { groupBy, median } from '../src/trial/statistics.ts';
import { startSumoRun } from '../src/trial/sumo-run.ts';
import { alignColumns } from '../src/trial/table.ts';
import { runSumoActuated } from './sumo-actuated.ts';

const DATA = process.env.URBANE_DATA ?? fileURLToPath(new URL('../../shared/data', import.meta.url));
const COMPARED = ['fixed', 'actuated', 'max-pressure-halted', 'max-pressure'] as const;

interface Row {
  readonly path: string;
  readonly exclude?: readonly string[];
  /** Delay in seconds as measured for the project's benchmark notes, by controller. */
  readonly expected: Partial<Record<(typeof COMPARED)[number], number>>;
  readonly bestSimple?: number;
  readonly bestLearned?: number;
}

/** Short scenarios first. One trip of cologne3 can lock it under any control: it stands with and without that trip. */
const ROWS: readonly Row[] = [
  {
    path: 'cologne1',
    expected: { fixed: 58.3, actuated: 83.1, 'max-pressure-halted': 32.9, 'max-pressure': 30.1 },
    bestSimple: 29.2,
    bestLearned: 27.2,
  },
  {
    path: 'ingolstadt1',
    expected: { fixed: 40.7, actuated: 29.5, 'max-pressure-halted': 23.1, 'max-pressure': 27.0 },
    bestSimple: 22.6,
    bestLearned: 22.2,
  },
  {
    path: 'cologne3',
    expected: { fixed: 41.7, actuated: 150.3, 'max-pressure-halted': 24.7, 'max-pressure': 28.9 },
    bestSimple: 25.0,
    bestLearned: 31.5,
  },
  { path: 'cologne3', exclude: ['198727_436_0'], expected: {} },
  {
    path: 'ingolstadt7',
    expected: { fixed: 88.4, actuated: 40.9, 'max-pressure-halted': 37.3, 'max-pressure': 34.5 },
    bestSimple: 32.8,
    bestLearned: 31.9,
  },
  {
    path: 'grid4x4',
    expected: { fixed: 93.8, actuated: 71.3, 'max-pressure-halted': 53.2, 'max-pressure': 42.5 },
    bestSimple: 42.5,
    bestLearned: 34.0,
  },
  { path: 'hangzhou_1x1_bc-tyc', expected: {} },
  { path: 'hangzhou_1x1_kn-hz', expected: {} },
  { path: 'hangzhou_1x1_qc-yn', expected: {} },
  { path: 'hangzhou_1x1_sb-sx', expected: {} },
  { path: 'hangzhou_4x4', expected: { fixed: 315.4, actuated: 78.0, 'max-pressure-halted': 54.5 }, bestSimple: 54.5 },
  { path: 'jinan_3x4/jinan_2.sumocfg', expected: { fixed: 254.9, 'max-pressure-halted': 96.8 } },
  { path: 'jinan_3x4/jinan_3.sumocfg', expected: { fixed: 319.2, 'max-pressure-halted': 149.4 } },
  { path: 'jinan_3x4/jinan_1.sumocfg', expected: { 'max-pressure-halted': 209.3 } },
  {
    path: 'arterial4x4',
    expected: { fixed: 1475.6, actuated: 813.2, 'max-pressure-halted': 811.6, 'max-pressure': 781.0 },
    bestSimple: 622,
    bestLearned: 717,
  },
];

/**
 * Ours beside the expected figures of section 1 of the benchmark notes, which hold for the papers' step alone; `--cost` measures a control step instead.
 * `--sumo-actuated` runs SUMO's own actuated signals,
 * which ours must come to. `--only cologne1,grid4x4`, `--seeds N`, `--jobs N`, `--step papers|S`, `--sensors camera|loops`, `--controllers a,b`, `--out FILE`.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      seeds: { type: 'string', default: '5' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      step: { type: 'string', default: 'papers' },
      sensors: { type: 'string', default: 'camera' },
      controllers: { type: 'string', default: COMPARED.join(',') },
      out: { type: 'string' },
      cost: { type: 'boolean', default: false },
      'sumo-actuated': { type: 'boolean', default: false },
    },
  });
  if (values.cost) return measureCost();
  if (values['sumo-actuated']) return compareActuated(values.only?.split(','), Number(values.seeds));
  const only = values.only?.split(',');
  const rows = ROWS.filter(({ path }) => only === undefined || only.some((name) => path.includes(name)));
  const step = values.step === 'papers' ? 'papers' : Number(values.step);
  const sensors = values.sensors === 'loops' ? 'loops' : 'camera';
  const header = `seeds 1-${values.seeds}, ${sensors}, step ${values.step}, ${cpus().length} x ${cpus()[0]?.model}, ${new Date().toISOString().slice(0, 10)}`;
  process.stdout.write(`${header}\n`);
  const lines = [header];
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  for (const row of rows) {
    const { reports, failures } = await runSession(
      {
        simulator: 'sumo',
        scenarios: [join(DATA, 'scenarios', row.path)],
        controllers: values.controllers.split(','),
        seeds: Number(values.seeds),
        sensors,
        step,
        degrade: null,
        exclude: row.exclude ?? [],
        calibration: null,
        timing: {},
        recordFile: null,
        jobs: Number(values.jobs),
      },
      {
        onProgress: () => undefined,
        onFailed: ({ spec, sentence }) => process.stderr.write(`${spec.controller}, seed ${spec.seed}: ${sentence}\n`),
      },
      stop.signal,
    );
    if (stop.signal.aborted) return;
    if (failures.length > 0) process.exitCode = 1;
    if (reports.length === 0) continue;
    const text = formatRow(step === 'papers' ? row : { ...row, expected: {} }, reports);
    process.stdout.write(`\n${text}\n`);
    lines.push('', text);
    if (values.out) await writeFile(values.out, `${lines.join('\n')}\n`);
  }
}

/** SUMO's own actuated signals over the seeds: one expected figure is one seed, and seeds differ by a quarter. */
async function compareActuated(only: readonly string[] | undefined, seeds: number): Promise<void> {
  for (const { path, expected, exclude } of ROWS) {
    if (exclude || expected.actuated === undefined || (only && !only.some((name) => path.includes(name)))) continue;
    const delays = await runSumoActuated(join(DATA, 'scenarios', path), seeds);
    const list = delays.map((delayS) => delayS.toFixed(1)).join(' ');
    process.stdout.write(
      `${path}: SUMO's own actuated ${median(delays).toFixed(1)} (seeds 1-${seeds}: ${list}), expected ${expected.actuated}\n`,
    );
  }
}

function formatRow(row: Row, reports: readonly RunReport[]): string {
  const first = reports[0]?.result;
  const without = row.exclude ? ` without ${row.exclude.join(', ')}` : '';
  const bars = [
    row.bestSimple === undefined ? '' : `; best simple ${row.bestSimple}`,
    row.bestLearned === undefined ? '' : `; best learned published ${row.bestLearned}`,
  ];
  const title = `${first?.scenario}${without} (${first?.loaded} vehicles, step ${first?.stepS} s${bars.join('')})`;
  const byController = groupBy(reports, ({ result }) => result.controller);
  const table = [
    [
      'controller',
      'delay s',
      'expected',
      'off by',
      'worst',
      'arrived',
      'never in',
      'worst movement',
      'locked seeds',
      'SUMO s',
      'brain s',
    ],
  ];
  for (const name of COMPARED) {
    const results = (byController.get(name) ?? []).map(({ result }) => result);
    if (results.length === 0) continue;
    const delayS = median(results.map((result) => result.delayS));
    const expected = row.expected[name];
    table.push([
      name,
      delayS.toFixed(1),
      expected?.toFixed(1) ?? '-',
      expected === undefined ? '-' : `${(((delayS - expected) / expected) * 100).toFixed(1)} %`,
      Math.max(...results.map((result) => result.delayS)).toFixed(1),
      median(results.map((result) => result.arrived)).toFixed(0),
      median(results.map((result) => result.neverInserted)).toFixed(0),
      median(results.map((result) => result.worstMovementDelayS ?? Number.NaN)).toFixed(1),
      results
        .filter((result) => result.locked)
        .map((result) => result.seed)
        .sort((a, b) => a - b)
        .join(' ') || '-',
      median(results.map((result) => result.cpuS)).toFixed(1),
      median(results.map((result) => result.brainCpuS)).toFixed(1),
    ]);
  }
  return `${title}\n${alignColumns(table)}`;
}

const COST_STEPS = 300;

/** Our side's time for one second of max-pressure over SUMO on the 859 signals of Nanchang, messages included. */
async function measureCost(): Promise<void> {
  const { scenario, sumo } = await loadScenario(join(DATA, 'scenarios', 'nanchang_kdd2021'));
  if (!sumo) throw new Error('the scenario has no SUMO files');
  const { city } = scenario;
  const workDir = await mkdtemp(join(tmpdir(), 'urbane-cost-'));
  const { street } = await startSumoRun({ scenario, files: sumo, seed: 1, exclude: [], broken: [], workDir });
  try {
    const controller = CONTROLLERS['max-pressure']?.({ city, signals: city.signals.map((_, index) => index) }) ?? null;
    const guard = new Guard(
      city,
      city.signals.map((_, signal) => rulesFromProgram(city, signal)),
      grantAll(city, controller?.name ?? '', Number.POSITIVE_INFINITY),
    );
    const sensors = new SensorLayer(city, { level: 'camera', seed: 1 });
    const clock = () => performance.now();
    const brain = new Brain({ street, sensors, controller, guard, stepS: 1, clock });
    const began = clock();
    for (let step = 0; step < COST_STEPS; step++) await brain.tick();
    const wallMs = (clock() - began) / COST_STEPS;
    const messagesMs = (street.parseS * 1000) / COST_STEPS;
    const per100 = ((brain.times.meanMs + messagesMs) / city.signals.length) * 100;
    process.stdout.write(
      `max-pressure over SUMO, ${city.signals.length} signals, decisions every 1 s, ${COST_STEPS} steps, ${street.frame.count} vehicles at the end\n` +
        `brain ${brain.times.meanMs.toFixed(2)} ms per step (worst ${brain.times.maxMs.toFixed(1)}), messages ${messagesMs.toFixed(2)} ms, with SUMO ${wallMs.toFixed(1)} ms\n` +
        `our side per 100 junctions: ${per100.toFixed(2)} ms per step\n`,
    );
  } finally {
    await street[Symbol.asyncDispose]();
    await rm(workDir, { recursive: true, force: true });
  }
}
