import type { Flow, FlowRate } from '../../demand/flows.ts';
import type { Milliseconds } from '../../units/units.ts';
import { readTime } from './config.ts';
import type { Element } from './xml.ts';

/** No flow may make more vehicles than this: a damaged period would fill the memory. */
const MOST_OF_A_FLOW = 2_000_000;
/** SUMO ends a flow that names no end, in a run without one, after a day. */
const DAY_MS = 86_400_000;

export interface FlowWindow {
  readonly beginMs: Milliseconds;
  readonly endMs: Milliseconds;
}

/** When a vehicle or trip departs. Throws on departures that are not a time. */
export function readDeparture(element: Element): Milliseconds {
  const text = element.getText('depart');
  if (/^[a-zA-Z]/.test(text)) {
    throw element.fault(`has depart="${text.slice(0, 40)}"`, 'Only departures at a time are read so far.');
  }
  const timeMs = Math.round(readTime(element, 'depart') * 1000);
  if (timeMs < 0) throw element.fault(`has depart="${text.slice(0, 40)}"`, 'Let it depart at 0 s or later.');
  return timeMs;
}

/** A flow element; begin and end may stand in the interval around it, or are the window's. */
export function readFlow(element: Element, interval: Element | null, window: FlowWindow): Flow {
  const { beginMs, endMs } = window;
  const readMs = (attribute: 'begin' | 'end'): Milliseconds | undefined => {
    const owner = element.findText(attribute) !== undefined ? element : interval;
    return owner?.findText(attribute) === undefined ? undefined : Math.round(readTime(owner, attribute) * 1000);
  };
  const flowBeginMs = readMs('begin') ?? beginMs;
  const flowEndMs = readMs('end') ?? (Number.isFinite(endMs) ? endMs : flowBeginMs + DAY_MS);
  if (flowBeginMs < 0) throw element.fault('begins before 0 s', 'Let it begin at 0 s or later.');
  if (flowEndMs < flowBeginMs) {
    throw element.fault(`ends at ${flowEndMs / 1000} s and begins at ${flowBeginMs / 1000} s`, 'Correct begin or end.');
  }
  const number = element.findCount('number');
  const rate = readRate(element, number, flowEndMs - flowBeginMs);
  if (number !== undefined && element.findText('end') !== undefined && rate.given) {
    throw element.fault('has a rate, an end and a number', 'Leave out the end or the number.');
  }
  const flow: Flow = {
    beginMs: flowBeginMs,
    endMs: number !== undefined && rate.given ? Number.POSITIVE_INFINITY : flowEndMs,
    number: number ?? Number.POSITIVE_INFINITY,
    rate: rate.rate,
  };
  const durationMs = Math.min(flow.endMs, endMs) - flow.beginMs;
  const perMs = flow.rate.kind === 'period' ? 1 / flow.rate.periodMs : flow.rate.perSecond / 1000;
  if (Math.min(durationMs * perMs, flow.number) > MOST_OF_A_FLOW) {
    throw element.fault(`would make more than ${MOST_OF_A_FLOW} vehicles`, 'Correct its period, rate or number.');
  }
  return flow;
}

function readRate(
  element: Element,
  number: number | undefined,
  durationMs: Milliseconds,
): { rate: FlowRate; given: boolean } {
  const positive = (value: number, attribute: string): number => {
    if (value <= 0) throw element.fault(`has ${attribute}="${value}"`, `Let ${attribute} be more than zero.`);
    return value;
  };
  const poisson = /^\s*exp\(([^)]*)\)\s*$/.exec(element.findText('period') ?? '');
  if (poisson !== null) {
    const perSecond = Number(poisson[1]);
    if (!(perSecond > 0) || !Number.isFinite(perSecond)) {
      throw element.fault(`has period="${element.getText('period').slice(0, 40)}"`, 'Write exp(rate per second).');
    }
    return { rate: { kind: 'poisson', perSecond }, given: true };
  }
  const periodS = element.findNumber('period');
  if (periodS !== undefined) {
    if (periodS < 0.001) throw element.fault(`has period="${periodS}"`, 'Let period be 0.001 s or more.');
    return { rate: { kind: 'period', periodMs: Math.round(periodS * 1000) }, given: true };
  }
  for (const attribute of ['vehsPerHour', 'perHour', 'personsPerHour']) {
    const perHour = element.findNumber(attribute);
    if (perHour === undefined) continue;
    const periodMs = Math.max(1, Math.round(3_600_000 / positive(perHour, attribute)));
    return { rate: { kind: 'period', periodMs }, given: true };
  }
  const probability = element.findNumber('probability');
  if (probability !== undefined) {
    if (probability > 1) throw element.fault(`has probability="${probability}"`, 'Write a share between 0 and 1.');
    return { rate: { kind: 'probability', perSecond: positive(probability, 'probability') }, given: true };
  }
  if (number === undefined) {
    throw element.fault('has no period, rate, probability or number', 'Say how many vehicles it stands for.');
  }
  return {
    rate: { kind: 'period', periodMs: Math.max(1, Math.floor(durationMs / Math.max(1, number))) },
    given: false,
  };
}
