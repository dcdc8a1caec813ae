import { parentPort, workerData } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { applyCalibration } from '../demand/calibration.ts';
import type { Scenario } from '../demand/demand.ts';
import { calibrateLoaded } from '../field/calibration.ts';
import { loadScenario } from '../field/load.ts';
import { planScenario } from '../field/plans.ts';
import { tellFirstTravellerDropped } from '../read/report.ts';
import { UrbaneError } from '../units/errors.ts';
import { encodeEvent } from './live.ts';
import { Pacer } from './pacer.ts';
import { Pair } from './pair.ts';
import type { Fault, FromWorker, PairOrder, ToWorker } from './pair-messages.ts';
import { type SiteOrder, Sites } from './sites.ts';
import type { SteerOrder } from './steering.ts';
import type { State } from './wire.ts';

/** The worker thread in which both runs live, so that web requests never wait for a step. */
async function work(order: PairOrder, send: (message: FromWorker, bytes?: Uint8Array) => void): Promise<void> {
  const opened = await openScenario(order);
  const sites = await Sites.open(opened.scenario, order.overlay ?? null);
  const dropped = opened.dropped + (sites.now.report?.dropped.length ?? 0) + sites.now.dropped;
  await using pair = new Pair({ ...order, scenario: sites.now.scenario });
  let shown = '';
  /** The map of the city that runs, once for each. */
  const sendMap = (): void => {
    const { name, city, demand } = pair.scenario;
    if (shown === city.version) return;
    shown = city.version;
    const map = gzipSync(JSON.stringify(pair.map));
    send({ kind: 'ready', map, dropped, name, signals: city.signals.length, trips: demand.trips.length });
  };

  let published = '';
  const publish = (): void => {
    sendMap();
    const clock = pacer.state;
    const modes = pair.modes;
    const now = JSON.stringify([shown, clock, modes]);
    if (now === published) return;
    published = now;
    const figures = pair.figures();
    const state: State = { cityVersion: pair.scenario.city.version, clock, modes, figures };
    const snapshot = encodeEvent('snapshot', { ...state, scenes: pair.scenes() });
    send({ kind: 'snapshot', event: snapshot, state }, snapshot);
    const lines = pair.remember(figures);
    if (lines === null) return;
    const history = encodeEvent('history', lines);
    send({ kind: 'history', event: history }, history);
  };
  const pacer = new Pacer(pair, order.speed, publish);
  parentPort?.on('message', (message: ToWorker) => {
    if (message.kind === 'clock') pacer.change(message.change);
    else if (message.kind === 'stop') pacer.stop();
    else if (message.kind === 'steer') {
      send(steer(pair, message.question, message.order));
      publish();
    } else if (message.kind === 'correct') {
      correct(sites, message.question, message.order).then((answer) => {
        send(answer);
        if (answer.kind !== 'corrected' || !answer.answer.isSaved) return;
        pair.runNext(sites.now.scenario);
        pacer.change({ restart: true });
      });
    } else if (message.kind === 'site') {
      send({ kind: 'site', question: message.question, site: sites.describe(message.id) });
    } else send(answer(pair, message));
  });
  await pacer.drive();
  parentPort?.close();
}

function answer(
  pair: Pair,
  message: Extract<ToWorker, { kind: 'junction' | 'controllers' | 'controller-page' | 'controller-table' }>,
): FromWorker {
  const { kind, question } = message;
  if (kind === 'junction') return { kind, question, junction: pair.junction(message.id) };
  if (kind === 'controllers') return { kind, question, list: pair.pages.list() };
  if (kind === 'controller-page') return { kind, question, page: pair.pages.describe(message.id, message.hours) };
  return { kind, question, table: pair.pages.table(message.id, message.name, message.hours) };
}

async function correct(sites: Sites, question: number, order: SiteOrder): Promise<FromWorker> {
  try {
    return { kind: 'corrected', question, answer: await sites.carryOut(order) };
  } catch (error) {
    return { kind: 'refused', question, fault: describeFault(error) };
  }
}

function steer(pair: Pair, question: number, order: SteerOrder): FromWorker {
  try {
    return { kind: 'steered', question, answer: pair.steer(order) };
  } catch (error) {
    return { kind: 'refused', question, fault: describeFault(error) };
  }
}

async function openScenario({
  path,
  seed,
  calibration,
  plans,
}: PairOrder): Promise<{ scenario: Scenario; dropped: number }> {
  if (path === null) {
    const { createDemoScenario } = await import('../demo/city.ts');
    const scenario = planScenario(createDemoScenario({ seed }), plans);
    return { scenario: calibration === null ? scenario : applyCalibration(scenario, calibration), dropped: 0 };
  }
  const { scenario, report } = calibrateLoaded(await loadScenario(path), calibration);
  if (scenario.demand.trips.length === 0) {
    throw new UrbaneError(
      'no-demand',
      `${path} has a city but nobody who travels in it${tellFirstTravellerDropped(report)}.`,
    );
  }
  return {
    scenario: planScenario(scenario, plans),
    dropped: report.dropped.reduce((sum, { count }) => sum + (count ?? 1), 0),
  };
}

const send = (message: FromWorker, bytes?: Uint8Array): void => {
  const transfer = bytes?.buffer instanceof ArrayBuffer ? [bytes.buffer] : [];
  parentPort?.postMessage(message, transfer);
};

function describeFault(error: unknown): Fault {
  if (error instanceof UrbaneError) return { code: error.code, sentence: error.message, remedy: error.remedy };
  const sentence = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: null, sentence, remedy: '' };
}

work(workerData as PairOrder, send).catch((error: unknown) => {
  send({ kind: 'failed', ...describeFault(error) });
  parentPort?.close();
});
