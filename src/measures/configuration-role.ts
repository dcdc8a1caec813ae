import { type DetectorFunction, EVENT } from './event.ts';

/** Seconds of green in which a queue has not reached the stop line's detector yet, then starts, then flows. */
const GREEN_EDGES = [1.5, 4, 12];
/** States of a phase: four parts of green by `GREEN_EDGES`, yellow, red. */
const STATES = GREEN_EDGES.length + 3;
const YELLOW = STATES - 2;
const RED = STATES - 1;
/** The borders between the functions. Each lies in a wide gap; `npm run bench -- configuration` leaves each signal out. */
export interface RoleLimits {
  /** A count zone is on for two tenths of a second; a vehicle that passes a loop takes longer. */
  readonly pulseS: number;
  /** Flow before the queue moves to flow after, up to which a count lies at the stop line. */
  readonly unbound: number;
  /** Share of reds whose first vehicle stays until green, from which a zone is a presence zone. */
  readonly held: number;
  /** Median s for which vehicles stand on a presence zone and go on red. */
  readonly dwellS: number;
  /** Share of a channel's hits that other counts saw just before, from which it is a yellow-and-red zone. */
  readonly seenAgain: number;
}

export const ROLE_LIMITS: RoleLimits = { pulseS: 0.4, unbound: 0.35, held: 0.15, dwellS: 2, seenAgain: 0.4 };

/** Fewer hits than this tell nothing. */
export const FEWEST_HITS = 10;
/** A call follows the detector that makes it within one tick of the log; either may be written first. */
const CALL_S = 0.15;
/** Lags between two zones at a stop line that are looked at, in tenths of a second. */
const FARTHEST_LAG = 7;
/** Traffic bunches: coincidences up to this many times those of independent streams prove nothing. */
const BUNCHING = 2;

/** Times in s, growing. */
class Times {
  length = 0;
  at = new Float64Array(64);

  push(time: number): void {
    if (this.length === this.at.length) {
      const grown = new Float64Array(this.length * 2);
      grown.set(this.at);
      this.at = grown;
    }
    this.at[this.length++] = time;
  }
}

/** When the zone of a detector channel was entered and left. */
export class Zone {
  readonly on = new Times();
  readonly off = new Times();
}

/** The greens and calls of a phase. */
export class Phase {
  /** Begin of green, of yellow and of red of each green that was seen whole. */
  readonly green = new Times();
  readonly yellow = new Times();
  readonly red = new Times();
  readonly call = new Times();
  #green = Number.NaN;
  #yellow = Number.NaN;

  push(code: number, time: number): void {
    if (code === EVENT.phaseCallOn) this.call.push(time);
    else if (code === EVENT.beginGreen) {
      this.#green = time;
      this.#yellow = Number.NaN;
    } else if (code === EVENT.beginYellow) this.#yellow = time;
    else if (this.#yellow >= this.#green) {
      this.green.push(this.#green);
      this.yellow.push(this.#yellow);
      this.red.push(time);
      this.#green = Number.NaN;
    }
  }
}

/** A channel on the way to its role. */
export interface DraftRole {
  readonly channel: number;
  readonly zone: Zone;
  readonly phase: number;
  readonly phaseConfidence: number;
  readonly pulses: boolean;
  function: DetectorFunction;
  functionConfidence: number;
  because: string;
}

/**
 * Phase and function of a channel, before it is compared with the others; null where no phase lets its vehicles go.
 * @param seconds length of the log
 */
export function draftRole(
  channel: number,
  zone: Zone,
  phases: readonly (readonly [number, Phase])[],
  seconds: number,
  limits: RoleLimits,
): DraftRole | null {
  const pulses = quantile(listDurations(zone), 0.75) <= limits.pulseS;
  const departures = pulses ? zone.on : zone.off;
  let best = 0;
  let second = 0;
  let found: readonly [number, Phase] | null = null;
  for (const candidate of phases) {
    const phase = candidate[1];
    const score = departureScore(departures, phase, seconds) + callScore(zone.on, phase.call, seconds);
    if (score > best) {
      second = best;
      best = score;
      found = candidate;
    } else if (score > second) second = score;
  }
  if (found === null) return null;
  const phaseConfidence = confidenceOf(best - second, 10);
  return { channel, zone, pulses, phase: found[0], phaseConfidence, ...classify(zone, pulses, found[1], limits) };
}

/** Log-likelihood ratio of the departures by the phase's states to departures at any time; 0 where red has the most. */
function departureScore(departures: Times, phase: Phase, seconds: number): number {
  const { counts, exposure } = countStates(departures, phase, seconds);
  const rate = (state: number): number => counts[state]! / Math.max(exposure[state]!, 1);
  let green = 0;
  let greenS = 0;
  for (let state = 0; state < YELLOW; state++) {
    green += counts[state]!;
    greenS += exposure[state]!;
  }
  if (greenS <= 0 || rate(RED) >= green / greenS) return 0;
  const mean = departures.length / seconds;
  let score = 0;
  for (let state = 0; state < STATES; state++) {
    const count = counts[state]!;
    if (count > 0) score += count * Math.log(rate(state) / mean);
  }
  return score;
}

/** Hits, and seconds, in each state of the phase. */
function countStates(times: Times, phase: Phase, seconds: number): { counts: Float64Array; exposure: Float64Array } {
  const counts = new Float64Array(STATES);
  const exposure = new Float64Array(STATES);
  let at = 0;
  let begun = 0;
  for (let cycle = 0; cycle < phase.green.length; cycle++) {
    const green = phase.green.at[cycle]!;
    const yellow = phase.yellow.at[cycle]!;
    const red = phase.red.at[cycle]!;
    while (at < times.length && times.at[at]! < green) at++;
    let from = green;
    for (let state = 0; state <= YELLOW; state++) {
      const edge = GREEN_EDGES[state];
      const to = state === YELLOW ? red : edge === undefined ? yellow : Math.min(yellow, green + edge);
      exposure[state]! += to - from;
      const first = at;
      while (at < times.length && times.at[at]! < to) at++;
      counts[state]! += at - first;
      begun += at - first;
      from = to;
    }
  }
  counts[RED] = times.length - begun;
  exposure[RED] = Math.max(1, seconds - exposure.subarray(0, RED).reduce((sum, part) => sum + part, 0));
  return { counts, exposure };
}

/** Log-likelihood ratio of calls that come with a hit to calls that fall on one by chance. */
function callScore(hits: Times, calls: Times, seconds: number): number {
  const together = countTogether(calls, hits, -CALL_S, CALL_S);
  const chance = BUNCHING * calls.length * (1 - Math.exp((-2 * CALL_S * hits.length) / seconds));
  return together > chance && chance > 0 ? together * Math.log(together / chance) - (together - chance) : 0;
}

/** How many of `times` have one of `others` at `from` to `to` seconds after them. */
function countTogether(times: Times, others: Times, from: number, to: number): number {
  let found = 0;
  let at = 0;
  for (let index = 0; index < times.length; index++) {
    const time = times.at[index]!;
    while (at < others.length && others.at[at]! < time + from) at++;
    if (at < others.length && others.at[at]! <= time + to) found++;
  }
  return found;
}

/** Seconds of each on, in the order of the log; an on without an off ends at the next on. */
function listDurations({ on, off }: Zone): Float64Array {
  const durations = new Float64Array(on.length);
  let at = 0;
  for (let index = 0; index < on.length; index++) {
    const begin = on.at[index]!;
    const next = index + 1 < on.length ? on.at[index + 1]! : Number.POSITIVE_INFINITY;
    while (at < off.length && off.at[at]! <= begin) at++;
    const end = at < off.length ? Math.min(off.at[at]!, next) : next;
    durations[index] = end === Number.POSITIVE_INFINITY ? 0 : end - begin;
  }
  return durations;
}

function quantile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
}

/** Where the zone lies and what it does, from when it is occupied around its phase's red and green. */
export function classify(
  zone: Zone,
  pulses: boolean,
  phase: Phase,
  limits: RoleLimits,
): { function: DetectorFunction; functionConfidence: number; because: string } {
  const seen = lookAtReds(zone, phase);
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  // A queue stands on red and takes a moment to move: at the stop line nothing crosses then, upstream vehicles arrive.
  const unbound = Math.max(seen.redToGreen, seen.startToGreen);
  if (pulses || (seen.occupiedAtGreen < 0.02 && seen.redToGreen <= 0.15)) {
    const because = `${pulses ? 'pulses' : 'never occupied when green begins'}, ${percent(unbound)} of its flow before the queue moves`;
    return {
      function: unbound <= limits.unbound ? 'Stopbar Count' : 'Advance',
      functionConfidence: confidenceOf(Math.abs(unbound - limits.unbound), 0.1),
      because,
    };
  }
  if (seen.firstHeld >= limits.held) {
    return {
      function: 'Presence',
      functionConfidence: confidenceOf(seen.firstHeld - limits.held, 0.1),
      because: `the first vehicle on red holds it until green in ${percent(seen.firstHeld)} of cycles`,
    };
  }
  if (seen.dwellS >= limits.dwellS) {
    return {
      function: 'Presence',
      functionConfidence: confidenceOf(seen.dwellS - limits.dwellS, 1),
      because: `vehicles stop on it for ${seen.dwellS.toFixed(1)} s on red and go`,
    };
  }
  return {
    function: 'Advance',
    functionConfidence: confidenceOf(limits.held - seen.firstHeld, 0.1),
    because: `the first vehicle on red passes it (held in ${percent(seen.firstHeld)} of cycles)`,
  };
}

const confidenceOf = (margin: number, scale: number): number => 1 - 0.5 * Math.exp(-margin / scale);

interface Reds {
  /** Share of greens that begin with the zone occupied. */
  readonly occupiedAtGreen: number;
  /** Hits per second of red to hits per second of flowing green. */
  readonly redToGreen: number;
  /** Hits per second of the first 1.5 s of green, when a queue has not moved yet, to hits per second of flowing green. */
  readonly startToGreen: number;
  /** Share of reds whose first hit lasts until green. */
  readonly firstHeld: number;
  /** Median seconds of the hits that begin and end on red; 0 where there are few. */
  readonly dwellS: number;
}

function lookAtReds(zone: Zone, phase: Phase): Reds {
  const { on } = zone;
  const durations = listDurations(zone);
  let occupied = 0;
  let reds = 0;
  let held = 0;
  let redHits = 0;
  let redS = 0;
  let startHits = 0;
  let greenHits = 0;
  let greenS = 0;
  const dwells: number[] = [];
  let at = 0;
  for (let cycle = 1; cycle < phase.green.length; cycle++) {
    const red = phase.red.at[cycle - 1]!;
    const green = phase.green.at[cycle]!;
    const yellow = phase.yellow.at[cycle]!;
    redS += green - red;
    greenS += Math.max(0, yellow - green - GREEN_EDGES[0]!);
    while (at < on.length && on.at[at]! < red + 1) at++;
    // What the last vehicle of the green still covers is no arrival on red.
    const covered = at > 0 && on.at[at - 1]! + durations[at - 1]! > red + 3;
    let first = !covered;
    let lastEnd = at > 0 ? on.at[at - 1]! + durations[at - 1]! : red;
    for (; at < on.length && on.at[at]! < green; at++) {
      redHits++;
      const begin = on.at[at]!;
      lastEnd = begin + durations[at]!;
      if (begin >= green - 3) continue;
      const holds = lastEnd >= green - 0.05;
      if (first) {
        reds++;
        if (holds) held++;
        first = false;
      }
      if (!holds) dwells.push(durations[at]!);
    }
    if (lastEnd > green) occupied++;
    for (; at < on.length && on.at[at]! < yellow; at++) {
      if (on.at[at]! >= green + GREEN_EDGES[0]!) greenHits++;
      else startHits++;
    }
  }
  const cycles = phase.green.length - 1;
  const flow = greenHits / Math.max(greenS, 1);
  return {
    occupiedAtGreen: cycles > 0 ? occupied / cycles : 0,
    redToGreen: greenHits > 0 ? redHits / Math.max(redS, 1) / flow : 1,
    startToGreen: greenHits > 0 ? startHits / Math.max(cycles * GREEN_EDGES[0]!, 1) / flow : 1,
    firstHeld: reds > 0 ? held / reds : 0,
    dwellS: dwells.length >= FEWEST_HITS ? quantile(Float64Array.from(dwells), 0.5) : 0,
  };
}

/** A count that sees the vehicles of other counts of its phase some tenths of a second later is a yellow-and-red zone. */
export function separateYellowRed(draft: DraftRole, drafts: readonly DraftRole[], { seenAgain }: RoleLimits): void {
  if (!draft.pulses || draft.function === 'Advance') return;
  let again = 0;
  for (const other of drafts) {
    if (other === draft || other.phase !== draft.phase || !isCount(other.function)) continue;
    const { lag, share } = findLag(draft.zone.on, other.zone.on);
    // Two channels of one zone: the copy has the higher number.
    if (lag > 0 || (lag === 0 && share > 0.9 && other.channel < draft.channel)) again += share;
  }
  if (again < seenAgain) return;
  draft.function = 'Yellow_Red';
  draft.functionConfidence = confidenceOf(again - seenAgain, 0.2);
  draft.because = `sees again what counts of its phase saw just before (${Math.round(Math.min(1, again) * 100)} %)`;
}

/**
 * The lag (tenths of a second, within 0.7 s) at which most of `times` come after `others`, and the share of `times`
 * that do, above what comes at any lag; a vehicle passes two zones at a nearly constant lag, so three tenths count.
 */
function findLag(times: Times, others: Times): { lag: number; share: number } {
  const counts = new Int32Array(2 * FARTHEST_LAG + 3);
  let from = 0;
  for (let index = 0; index < times.length; index++) {
    const time = times.at[index]!;
    while (from < others.length && others.at[from]! < time - FARTHEST_LAG / 10 - 0.15) from++;
    for (let at = from; at < others.length; at++) {
      const bin = Math.round((time - others.at[at]!) * 10) + FARTHEST_LAG + 1;
      if (bin < 0) break;
      if (bin < counts.length) counts[bin]!++;
    }
  }
  const usual = quantile(Float64Array.from(counts), 0.5) * 3;
  let most = 0;
  let lag = 0;
  for (let bin = 1; bin < counts.length - 1; bin++) {
    const count = counts[bin - 1]! + counts[bin]! + counts[bin + 1]!;
    // At equal counts the middle of the peak.
    if (count > most || (count === most && counts[bin]! > counts[lag + FARTHEST_LAG + 1]!)) {
      most = count;
      lag = bin - FARTHEST_LAG - 1;
    }
  }
  return { lag, share: Math.max(0, most - usual) / times.length };
}

const isCount = (name: DetectorFunction): boolean => name === 'Stopbar Count' || name === 'Yellow_Red';
