import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Brain } from '../../src/brain/brain.ts';
import type { Scenario } from '../../src/demand/demand.ts';
import { type LoadedScenario, loadScenario } from '../../src/field/load.ts';
import { Guard } from '../../src/guard/guard.ts';
import { grantAll, rulesFromProgram } from '../../src/guard/rules.ts';
import { CONTROLLERS } from '../../src/signals/registry.ts';
import { SensorLayer } from '../../src/street/sensors.ts';
import type { Street } from '../../src/street/street.ts';
import { startEngineRun } from '../../src/trial/engine-run.ts';
import { startSumoRun } from '../../src/trial/sumo-run.ts';
import { alignColumns } from '../../src/trial/table.ts';
import { sumUp, type VehicleFigures } from '../../src/trial/vehicles.ts';
import { cacheFolder } from '../engine/cache.ts';
import type { EngineRun } from '../engine/run.ts';
import { SPEED_GRIDS } from '../engine/speed.ts';
import { quantile } from '../engine/statistics.ts';
import type { Finding } from '../engine/summary.ts';
import { timeSumo } from '../engine/sumo.ts';
import { SPEED_PLAN } from '../grid/plans.ts';
import { writeSumoGrid } from '../grid/sumo.ts';
import { drawTrips, SPEED_RATE } from '../grid/trips.ts';

/** What control costs over a window, decisions every second, one thread, processor time. */
interface Cost {
  readonly name: string;
  readonly junctions: number;
  /** Vehicles on the streets at the end. */
  readonly vehicles: number;
  /** Our side of each second (sensors, controller, guard, records) after the first minute, ms. */
  readonly meanMs: number;
  readonly p99Ms: number;
  readonly mostMs: number;
  /** The whole window, our engine as the street included. */
  readonly wholeS: number;
  readonly figures: VehicleFigures;
}

const TRIP_SEED = 1;
const WARM_UP_S = 60;
const GRIDS = [
  { name: 'grid-128', goalMs: 100, windowS: 400 },
  { name: 'grid-1024', goalMs: 1000, windowS: 200 },
];
/** The first seconds of Nanchang, and all of its hour. */
const CITY_WINDOW_S = { quick: 900, full: 3600 } as const;
const OVER_SUMO_S = { quick: 100, full: 300 } as const;

export interface CostOptions {
  readonly data: string;
  readonly form: 'quick' | 'full';
  readonly onProgress: (doing: string) => void;
}

/** Control on the grids of 128 and 1,024 junctions and on Nanchang, all on one core, beside SUMO moving the cars alone. */
export async function measureCost({
  data,
  form,
  onProgress,
}: CostOptions): Promise<{ text: string; findings: Finding[] }> {
  const rows: Cost[] = [];
  const findings: Finding[] = [];
  for (const { name, goalMs, windowS } of GRIDS) {
    const scenario = await loadGrid(name, windowS);
    onProgress(name);
    const cost = await measureOurs(name, scenario, windowS);
    rows.push(cost);
    const { mostMs, meanMs, p99Ms } = cost;
    findings.push({
      name: `${name}: a second decided, highest, one core`,
      measured: mostMs,
      unit: 'ms',
      goal: goalMs,
      isLess: true,
      note: `mean ${meanMs.toFixed(1)} ms, 99 % below ${p99Ms.toFixed(1)} ms${goalMs >= 1000 ? '; the goal is for two cores' : ''}`,
    });
  }
  const nanchang = await loadScenario(join(data, 'scenarios', 'nanchang_kdd2021'));
  const cityS = CITY_WINDOW_S[form];
  onProgress('nanchang');
  const city = await measureOurs('nanchang', nanchang.scenario, cityS);
  rows.push(city);
  onProgress('nanchang, SUMO alone');
  const sumo = await timeSumoAlone(nanchang, cityS);
  findings.push({
    name: `nanchang, first ${cityS} s: SUMO alone against ours under predictive`,
    measured: sumo.cpuS / city.wholeS,
    unit: 'x',
    goal: 1,
    note: `SUMO ${sumo.cpuS.toFixed(0)} s of processor (with ${(sumo.coreShare * 100).toFixed(0)} % of a core), ours ${city.wholeS.toFixed(0)} s`,
  });
  onProgress('nanchang over SUMO, max-pressure');
  const text = [
    'predictive, cameras, decisions every second, one thread, processor time',
    formatCosts(rows),
    `nanchang, first ${cityS} s: ours under predictive ${describeTraffic(city.figures)}`,
    `nanchang, first ${cityS} s: SUMO alone, shipped plan ${describeTraffic(sumo)}`,
    await measureOverSumo(nanchang, OVER_SUMO_S[form]),
  ].join('\n');
  return { text, findings };
}

function describeTraffic({ arrived, loaded, neverInserted, delayS }: VehicleFigures): string {
  return `${arrived} of ${loaded} arrived, ${neverInserted} never in, delay ${delayS.toFixed(1)} s`;
}

async function loadGrid(name: string, windowS: number): Promise<Scenario> {
  const grid = SPEED_GRIDS.find((one) => one.name === name);
  if (grid === undefined) throw new Error(`no grid is called ${name}`);
  const trips = drawTrips(grid, SPEED_RATE, windowS, TRIP_SEED);
  const { scenario } = await loadScenario(
    await writeSumoGrid(cacheFolder(), { shape: grid, plan: SPEED_PLAN, trips, windowS }),
  );
  return scenario;
}

function spentMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function createBrain(scenario: Scenario, street: Street, name: string, clock: () => number): Brain {
  const { city } = scenario;
  const signals = city.signals.map((_, index) => index);
  const rules = signals.map((signal) => rulesFromProgram(city, signal));
  const controller = CONTROLLERS[name]?.({ city, signals, timing: rules }) ?? null;
  const guard = new Guard(city, rules, grantAll(city, name, Number.POSITIVE_INFINITY));
  return new Brain({
    street,
    sensors: new SensorLayer(city, { level: 'camera', seed: 1 }),
    controller,
    guard,
    stepS: 1,
    clock,
  });
}

async function measureOurs(name: string, whole: Scenario, windowS: number): Promise<Cost> {
  const scenario = { ...whole, endMs: whole.beginMs + 1000 * windowS };
  const { street, finish } = startEngineRun(scenario, 1);
  const brain = createBrain(scenario, street, 'predictive', spentMs);
  const times: number[] = [];
  const beganMs = spentMs();
  for (let second = 0; second < windowS; second++) {
    await brain.tick();
    if (second >= WARM_UP_S) times.push(brain.times.lastMs);
  }
  const wholeS = (spentMs() - beganMs) / 1000;
  const cost: Cost = {
    name,
    junctions: scenario.city.signals.length,
    vehicles: street.frame.count,
    meanMs: times.reduce((sum, ms) => sum + ms, 0) / times.length,
    p99Ms: quantile(times, 0.99),
    mostMs: times.reduce((most, ms) => Math.max(most, ms), 0),
    wholeS,
    figures: sumUp(finish().vehicles.filter(({ wantedS }) => wantedS < windowS)),
  };
  await street[Symbol.asyncDispose]();
  return cost;
}

function formatCosts(rows: readonly Cost[]): string {
  const head = ['', 'signals', 'vehicles', 'mean ms', '99 %', 'highest', 'ms per 100 signals', 'whole s'];
  const table = rows.map(({ name, junctions, vehicles, meanMs, p99Ms, mostMs, wholeS }) => [
    name,
    String(junctions),
    String(vehicles),
    ...[meanMs, p99Ms, mostMs].map((ms) => ms.toFixed(1)),
    ((100 * meanMs) / junctions).toFixed(2),
    wholeS.toFixed(1),
  ]);
  return alignColumns([head, ...table]);
}

/** SUMO with nobody driving it over the first seconds of the window; kept even from a busy machine, since it may take most of an hour. */
async function timeSumoAlone({ scenario, sumo }: LoadedScenario, windowS: number): Promise<EngineRun> {
  if (sumo === null) throw new Error('nanchang has SUMO files');
  const beginS = scenario.beginMs / 1000;
  const rule = { isFresh: false, isKeptOnly: false, leastCoreShare: 0 };
  const kept = await timeSumo({ files: sumo, beginS, endS: beginS + windowS, seed: 1 }, rule);
  if (kept === null) throw new Error('a run that may be made was not made');
  return kept.value;
}

/** Our side's time for one second of max-pressure over SUMO on the 859 signals, messages included. */
async function measureOverSumo({ scenario, sumo }: LoadedScenario, windowS: number): Promise<string> {
  if (sumo === null) throw new Error('nanchang has SUMO files');
  const workDir = await mkdtemp(join(tmpdir(), 'urbane-cost-'));
  const { street } = await startSumoRun({ scenario, files: sumo, seed: 1, exclude: [], broken: [], workDir });
  try {
    const brain = createBrain(scenario, street, 'max-pressure', spentMs);
    for (let second = 0; second < windowS; second++) await brain.tick();
    const messagesMs = (street.parseS * 1000) / windowS;
    const signals = scenario.city.signals.length;
    return (
      `nanchang over SUMO, max-pressure, first ${windowS} s: our side ${brain.times.meanMs.toFixed(2)} ms per step, messages ${messagesMs.toFixed(2)} ms, ` +
      `together ${(((brain.times.meanMs + messagesMs) / signals) * 100).toFixed(2)} ms per 100 signals`
    );
  } finally {
    await street[Symbol.asyncDispose]();
    await rm(workDir, { recursive: true, force: true });
  }
}
