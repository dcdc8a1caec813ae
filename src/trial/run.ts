import { setImmediate as nextTurn } from 'node:timers/promises';
import { Brain } from '../brain/brain.ts';
import { getOwnProgram, listGreens } from '../city/greens.ts';
import { fixedOrder, type StageOrder } from '../city/stage-order.ts';
import type { Scenario } from '../demand/demand.ts';
import { calibrateLoaded } from '../field/calibration.ts';
import { EventFile } from '../field/controller-log/event-file.ts';
import { type LoadedScenario, loadScenario, type SumoFiles } from '../field/load.ts';
import { planScenario } from '../field/plans.ts';
import { SumoRefusal } from '../field/sumo/process.ts';
import { Guard } from '../guard/guard.ts';
import { grantAll, rulesFromProgram, type SignalRules } from '../guard/rules.ts';
import { type ImportReport, tellFirstTravellerDropped } from '../read/report.ts';
import type { Controller } from '../signals/controller.ts';
import { DEFAULT_OBJECTIVE, describeObjective, type Objective, parseObjective } from '../signals/objective.ts';
import { CONTROLLERS } from '../signals/registry.ts';
import { PERFECT, parseDegradation } from '../street/degrade.ts';
import { SensorLayer } from '../street/sensors.ts';
import type { Street } from '../street/street.ts';
import { UrbaneError } from '../units/errors.ts';
import { startEngineRun } from './engine-run.ts';
import { type RouteElement, writeWithout } from './exclude.ts';
import { type Protocol, protocolOf, rulesAt } from './protocol.ts';
import { openRecord } from './record-file.ts';
import type { EngineRunResult, MovementDelay, RunReport, RunResult } from './result.ts';
import type { RunSpec, TimingOverrides } from './run-spec.ts';
import { StandingWatch } from './standing.ts';
import { startSumoRun } from './sumo-run.ts';
import { rankMovements, round, spread, sumUp, type VehicleOutcome } from './vehicles.ts';

const DEAD_MAN_S = 30;
const KEPT_IN_DETAIL = 10;
/** Dropped elements named in a note. */
const NAMED = 20;
/** Our engine never waits for anything: without a turn of the event loop now and then no signal would reach a run. */
const YIELD_EVERY_MS = 50;

/** A street that can tell how its run went. */
interface TrialStreet {
  readonly street: Street;
  readonly teleports: () => number;
  /** CPU time the simulator has used in a process of its own; null when it runs in ours. */
  readonly cpuS: () => number | null;
  /** Ends the run and gives every loaded vehicle's outcome and every signalised movement's delay. */
  readonly finish: () => Promise<{ vehicles: VehicleOutcome[]; movements: MovementDelay[] }>;
  /** Of our own engine: what its result adds, given the seconds it took. */
  readonly extra?: (simulatedInS: number) => Pick<EngineRunResult, 'vehicleSecondsPerS' | 'hash'>;
}

/**
 * Does one run from the start of its window to the end. Where SUMO refuses a scenario that holds trips our reader could not
 * read either, it runs without those and says so. Throws an UrbaneError the user can act on.
 */
export async function runTrial(spec: RunSpec, onProgress: (share: number) => void): Promise<RunReport> {
  const loaded = await load(spec);
  try {
    const report = await runOnce(spec, loaded, [], onProgress);
    return spec.simulator === 'sumo' ? report : tellUnread(report, loaded.report);
  } catch (fault) {
    const broken = loaded.report.dropped.map(({ what, element }) => ({ what, id: element }));
    if (!(fault instanceof SumoRefusal) || broken.length === 0) throw fault;
    const { result, detail } = await runOnce(spec, loaded, broken, onProgress);
    const names = loaded.report.dropped.map(({ what, element }) => `${what} ${element}`).join(', ');
    return {
      result,
      detail: { ...detail, notes: [`${fault.message} It ran without ${broken.length} elements: ${names}.`] },
    };
  }
}

/** What our engine runs without, and what it does otherwise than the scenario says, stands beside its figures. */
function tellUnread({ result, detail }: RunReport, { dropped, warnings }: ImportReport): RunReport {
  const notes = [...detail.notes, ...warnings];
  if (dropped.length > 0) {
    const count = dropped.reduce((sum, entry) => sum + (entry.count ?? 1), 0);
    const names = dropped.map(({ what, element }) => `${what} ${element}`).slice(0, NAMED);
    const more = dropped.length > NAMED ? ' and others' : '';
    notes.push(
      `${result.scenario} ran without ${count} elements (urbane import tells why): ${names.join(', ')}${more}`,
    );
  }
  return { result, detail: { ...detail, notes } };
}

async function runOnce(
  spec: RunSpec,
  loaded: LoadedScenario,
  broken: readonly RouteElement[],
  onProgress: (share: number) => void,
): Promise<RunReport> {
  const { scenario, sumo } = loaded;
  const protocol = protocolOf(scenario.name, scenario.city, spec.timing);
  const stepS = spec.step === 'papers' ? protocol.papersStepS : spec.step;
  await using record = spec.recordFile === null ? null : await openRecord(spec.recordFile);
  const trial =
    spec.simulator === 'sumo' ? await startOnSumo(scenario, sumo, spec, broken) : startOnEngine(loaded, spec);
  await using street = trial.street;
  const order = spec.stageOrder === 'fixed' ? orderOf : () => null;
  const rules = rulesFor(scenario, spec.controller, protocol, spec.timing, stepS).map((rule, signal) => ({
    ...rule,
    order: order(scenario, signal),
  }));
  const objective = spec.weights === undefined ? DEFAULT_OBJECTIVE : parseObjective(spec.weights);
  const controller = createController(spec.controller, scenario, rules, objective);
  const brain = new Brain({
    street,
    sensors: new SensorLayer(scenario.city, {
      level: spec.sensors,
      degrade: spec.degrade === null ? PERFECT : parseDegradation(spec.degrade),
      seed: spec.seed,
    }),
    controller,
    guard: new Guard(scenario.city, rules, grantAll(scenario.city, controller?.name ?? '', Number.POSITIVE_INFINITY)),
    stepS,
    clock: () => performance.now(),
    ...(record ? { record: record.write } : {}),
  });
  const watch = new StandingWatch(scenario.city);
  await using events =
    spec.eventsFile === undefined ? null : await EventFile.open(spec.eventsFile, scenario.city, spec.seed);
  const cpuBefore = process.cpuUsage();
  const loopMs = performance.now();
  let tickMs = 0;
  let yieldedMs = loopMs;
  while (street.timeMs < scenario.endMs) {
    const begunMs = performance.now();
    await brain.tick();
    const endedMs = performance.now();
    tickMs += endedMs - begunMs;
    watch.observe(street.frame);
    events?.read(street);
    onProgress((street.timeMs - scenario.beginMs) / (scenario.endMs - scenario.beginMs));
    if (endedMs - yieldedMs < YIELD_EVERY_MS) continue;
    await nextTurn();
    yieldedMs = performance.now();
  }
  const used = process.cpuUsage(cpuBefore);
  const oursS = (used.user + used.system) / 1e6;
  // Of our processor time, the share of the loop that the street took: on a busy machine wall time says nothing.
  const streetShare = (tickMs - brain.times.meanMs * brain.times.ticks) / Math.max(1, performance.now() - loopMs);
  const simulatedInS = oursS * streetShare;
  const separateS = trial.cpuS();
  const standing = watch.list(street.frame);
  const { vehicles, movements } = await trial.finish();
  await record?.close();
  await events?.write();
  const ranked = rankMovements(movements);
  const figures = sumUp(vehicles);
  if (figures.loaded === 0) {
    throw new UrbaneError(
      'no-demand',
      `${scenario.name} has no vehicle that wants to depart between ${scenario.beginMs / 1000} s and ${scenario.endMs / 1000} s.`,
    );
  }
  const result: RunResult | EngineRunResult = {
    scenario: scenario.name,
    controller: spec.controller,
    seed: spec.seed,
    sensors: spec.sensors,
    stepS,
    delayS: round(figures.delayS),
    doorToDoorS: round(figures.doorToDoorS),
    waitingS: round(figures.waitingS),
    stops: round(figures.stops),
    loaded: figures.loaded,
    arrived: figures.arrived,
    neverInserted: figures.neverInserted,
    worstMovementDelayS: ranked[0] ? round(ranked[0].delayS) : null,
    longestWaitS: round(watch.longestWaitS),
    teleports: trial.teleports(),
    locked: standing.length > 0,
    cpuS: round(separateS ?? simulatedInS),
    brainCpuS: round(separateS === null ? oursS - simulatedInS : oursS),
    ...trial.extra?.(simulatedInS),
  };
  const worstMovements = ranked
    .slice(0, KEPT_IN_DETAIL)
    .map((movement) => ({ ...movement, delayS: round(movement.delayS) }));
  const detail = {
    rules: describe(protocol),
    notes: spec.weights === undefined ? [] : [`weights: ${describeObjective(objective)}`],
    ...spread(vehicles),
    worstMovements,
    standing: standing.slice(0, KEPT_IN_DETAIL),
  };
  return { result, detail };
}

/** Loads the scenario; for our engine without the trips to leave out (SUMO gets them taken out of its route files). */
async function load(spec: RunSpec): Promise<LoadedScenario> {
  const loaded = await loadDemand(spec);
  return { ...loaded, scenario: planScenario(loaded.scenario, spec.plans) };
}

async function loadDemand(spec: RunSpec): Promise<LoadedScenario> {
  const loaded = await loadScenario(spec.scenario);
  if (spec.simulator === 'sumo') return loaded;
  if (spec.exclude.length === 0 || !loaded.sumo) return calibrateLoaded(loaded, spec.calibration);
  const reduced = await loadScenario(await writeWithout(loaded.sumo, loaded.scenario, spec.exclude, spec.workDir));
  return calibrateLoaded(reduced, spec.calibration);
}

function startOnEngine({ scenario, report }: LoadedScenario, { seed, threads }: RunSpec): TrialStreet {
  if (scenario.demand.trips.length === 0) {
    const why = tellFirstTravellerDropped(report);
    throw new UrbaneError('no-demand', `${scenario.name} has no trips to simulate${why}.`);
  }
  const { street, finish } = startEngineRun(scenario, seed, threads);
  return {
    street,
    teleports: () => 0,
    cpuS: () => null,
    finish: async () => finish(),
    extra: (simulatedInS) => ({
      vehicleSecondsPerS: Math.round(street.engine.vehicleSeconds / simulatedInS),
      hash: street.engine.hash(),
    }),
  };
}

async function startOnSumo(
  scenario: Scenario,
  files: SumoFiles | null,
  spec: RunSpec,
  broken: readonly RouteElement[],
): Promise<TrialStreet> {
  if (!files) {
    throw new UrbaneError(
      'no-demand',
      `${spec.scenario} holds no SUMO network, so SUMO cannot judge it.`,
      'Name a .sumocfg or its folder, or run it on our engine with `urbane simulate`.',
    );
  }
  const { seed, exclude, workDir, plans } = spec;
  const run = await startSumoRun({ scenario, files, seed, exclude, broken, workDir, plans });
  return {
    street: run.street,
    teleports: () => run.street.teleports,
    cpuS: () => run.street.cpuS(),
    finish: run.finish,
  };
}

function createController(
  name: string,
  { city }: Scenario,
  timing: readonly SignalRules[],
  objective: Objective,
): Controller | null {
  const create = CONTROLLERS[name];
  if (!create) {
    throw new UrbaneError(
      'bad-usage',
      `No controller is called "${name}".`,
      `Choose from ${Object.keys(CONTROLLERS).join(', ')}.`,
    );
  }
  return create({ city, signals: city.signals.map((_, index) => index), timing, objective });
}

/** The stages of a signal's own program one after another. */
function orderOf({ city }: Scenario, signal: number): StageOrder {
  return fixedOrder(listGreens(getOwnProgram(city.signals[signal]!)));
}

/** The protocol's rules for every signal; `actuated` keeps the intergreens of the program itself. */
function rulesFor(
  scenario: Scenario,
  controller: string,
  protocol: Protocol,
  timing: TimingOverrides,
  stepS: number,
): SignalRules[] {
  return scenario.city.signals.map((_, signal) => ({
    ...rulesFromProgram(scenario.city, signal),
    ...rulesAt(protocol, signal),
    maxGreenS: Number.POSITIVE_INFINITY,
    longestRedS: protocol.longestRedS,
    commandEveryS: 1,
    deadManS: Math.max(DEAD_MAN_S, 3 * stepS),
    ...(controller === 'actuated' ? { ...intergreensOf(scenario, signal), ...timing } : {}),
  }));
}

function describe({ yellowS, allRedS, hasAllRed, minGreenS, longestRedS }: Protocol): string {
  const where = allRedS > 0 && hasAllRed.includes(false) ? ' at signals whose program has one' : '';
  return `yellow ${yellowS} s, all-red ${allRedS} s${where}, minimum green ${minGreenS} s, longest red ${longestRedS} s`;
}

function intergreensOf({ city }: Scenario, signal: number): Pick<SignalRules, 'yellowS' | 'allRedS'> {
  const { yellowS, allRedS } = rulesFromProgram(city, signal);
  return { yellowS, allRedS };
}
