import {
  type DraftRole,
  draftRole,
  FEWEST_HITS,
  Phase,
  ROLE_LIMITS,
  type RoleLimits,
  separateYellowRed,
  Zone,
} from './configuration-role.ts';
import { type DetectorRole, EVENT, type EventBatch } from './event.ts';

/** A detector's role as the log alone tells it. */
export interface InferredRole extends DetectorRole {
  /** 0 to 1: how much better the phase explains the channel than the next best one. */
  readonly phaseConfidence: number;
  /** 0 to 1: how far the channel is from the border to the next best function. */
  readonly functionConfidence: number;
  /** Detector-on events seen. */
  readonly hits: number;
  /** What decided, in words. */
  readonly because: string;
}

/** A channel that the log cannot tell the role of, and why. */
export interface UnknownRole {
  readonly device: string;
  readonly channel: number;
  readonly hits: number;
  readonly because: string;
}

/** All that a log tells about the detectors of its signals. */
export interface InferredConfiguration {
  readonly roles: readonly InferredRole[];
  readonly unknown: readonly UnknownRole[];
}

/** Of a longer log the first so many hits of the busiest channel are used, most of a day; so the memory is bounded. */
const MOST_HITS = 6000;
/** A phase with fewer greens explains nothing. */
const FEWEST_GREENS = 3;

class Signal {
  readonly zones = new Map<number, Zone>();
  readonly phases = new Map<number, Phase>();
  from = Number.NaN;
  to = Number.NaN;
  full = false;
}

/**
 * Learns from a log which channel serves which phase and with which function: feed it the events, then ask.
 *
 * Phase: vehicles leave a detector when its phase lets them, so the phase whose states (start of green, flow, yellow,
 * red) divide the departures most unevenly explains them best (log-likelihood ratio, with green above red); and a
 * detector that calls its phase is on in the very tick of the call (code 43).
 * Function: a count zone gives pulses at the stop line, in green only; the first vehicle on red holds a presence zone
 * until green, but passes an advance zone; a yellow-and-red zone lies some tenths of a second behind the count zones
 * whose vehicles it sees again.
 */
export class ConfigurationLearner {
  readonly #signals: Signal[] = [];
  readonly #limits: RoleLimits;
  #devices: readonly string[] = [];

  constructor(limits: RoleLimits = ROLE_LIMITS) {
    this.#limits = limits;
  }

  /** Takes the events `from` to `to` (exclusive) of a batch; times do not go back. */
  push(batch: EventBatch, from: number, to: number): void {
    this.#devices = batch.devices;
    for (let at = from; at < to; at++) {
      const code = batch.code[at]!;
      const device = batch.device[at]!;
      this.#signals[device] ??= new Signal();
      const signal = this.#signals[device]!;
      if (signal.full) continue;
      const time = batch.timeMs[at]! / 1000;
      if (!(signal.from <= time)) signal.from = time;
      signal.to = time;
      const number = batch.parameter[at]!;
      if (code === EVENT.detectorOn || code === EVENT.detectorOff) {
        const zone = signal.zones.get(number) ?? new Zone();
        if (!signal.zones.has(number)) signal.zones.set(number, zone);
        const times = code === EVENT.detectorOn ? zone.on : zone.off;
        times.push(time);
        signal.full = times.length >= MOST_HITS;
      } else if (isPhaseEvent(code)) {
        const phase = signal.phases.get(number) ?? new Phase();
        if (!signal.phases.has(number)) signal.phases.set(number, phase);
        phase.push(code, time);
      }
    }
  }

  /** The roles of all channels seen so far; a channel with too few hits takes its role from its namesakes elsewhere. */
  infer(): InferredConfiguration {
    const roles: InferredRole[] = [];
    const unknown: UnknownRole[] = [];
    this.#signals.forEach((signal, index) => {
      const device = this.#devices[index] ?? String(index);
      const found = inferSignal(device, signal, this.#limits);
      roles.push(...found.roles);
      unknown.push(...found.unknown);
    });
    const still: UnknownRole[] = [];
    for (const channel of unknown) {
      const role = fromNamesakes(channel, roles);
      if (role === null) still.push(channel);
      else roles.push(role);
    }
    roles.sort((one, other) => compareText(one.device, other.device) || one.channel - other.channel);
    return { roles, unknown: still };
  }
}

const isPhaseEvent = (code: number): boolean =>
  code === EVENT.beginGreen ||
  code === EVENT.beginYellow ||
  code === EVENT.endYellow ||
  code === EVENT.beginRedClearance ||
  code === EVENT.endRedClearance ||
  code === EVENT.phaseCallOn;

const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function inferSignal(device: string, signal: Signal, limits: RoleLimits): InferredConfiguration {
  const unknown: UnknownRole[] = [];
  const drafts: DraftRole[] = [];
  const phases = [...signal.phases].filter(([, phase]) => phase.green.length >= FEWEST_GREENS);
  for (const [channel, zone] of signal.zones) {
    const hits = zone.on.length;
    const draft = hits < FEWEST_HITS ? null : draftRole(channel, zone, phases, signal.to - signal.from, limits);
    if (draft !== null) drafts.push(draft);
    else
      unknown.push({ device, channel, hits, because: hits < FEWEST_HITS ? `only ${hits} hits` : 'follows no phase' });
  }
  for (const draft of drafts) separateYellowRed(draft, drafts, limits);
  const roles = drafts.map(({ zone, pulses: _, ...role }) => ({ device, hits: zone.on.length, ...role }));
  return { roles, unknown };
}

/** An agency numbers its channels alike: the role that two or more other signals of the log agree on, or null. */
function fromNamesakes(unknown: UnknownRole, roles: readonly InferredRole[]): InferredRole | null {
  const namesakes = roles.filter((role) => role.channel === unknown.channel && role.device !== unknown.device);
  const [first] = namesakes;
  if (first === undefined || namesakes.length < 2) return null;
  if (namesakes.some((role) => role.phase !== first.phase || role.function !== first.function)) return null;
  const { device, channel, hits } = unknown;
  const because = `${unknown.because}; so at ${namesakes.length} other signals of the log`;
  return { ...first, device, channel, hits, because, phaseConfidence: 0.6, functionConfidence: 0.6 };
}

/** A difference between the configuration that was given and what the log shows, as a sentence for an engineer. */
export interface ConfigurationFinding {
  readonly device: string;
  readonly channel: number;
  readonly kind: 'phase' | 'function' | 'not-configured' | 'silent';
  readonly given: DetectorRole | null;
  readonly inferred: InferredRole | null;
  /** 0 to 1. */
  readonly confidence: number;
  readonly sentence: string;
}

/** Differences of less confidence are not worth an engineer's look. */
const FINDING_CONFIDENCE = 0.9;

/**
 * Compares a given configuration with the log: channels of another phase or function than given, channels that give
 * hits and are not configured, and configured channels without a hit in the whole log. Surest first.
 */
export function compareConfiguration(
  given: readonly DetectorRole[],
  { roles, unknown }: InferredConfiguration,
): ConfigurationFinding[] {
  const findings: ConfigurationFinding[] = [];
  const keyOf = (role: { device: string; channel: number }): string => `${role.device} ${role.channel}`;
  const inferredOf = new Map(roles.map((role) => [keyOf(role), role]));
  const unknownOf = new Map(unknown.map((channel) => [keyOf(channel), channel]));
  const configured = new Set(given.map(keyOf));
  const devices = new Set(roles.map((role) => role.device));
  for (const role of given) {
    const { device, channel } = role;
    const name = `Channel ${channel} of signal ${device}`;
    const inferred = inferredOf.get(keyOf(role)) ?? null;
    const add = (kind: ConfigurationFinding['kind'], confidence: number, sentence: string): void =>
      void findings.push({ device, channel, kind, given: role, inferred, confidence, sentence });
    if (inferred === null) {
      if (!unknownOf.has(keyOf(role)) && devices.has(device)) {
        add('silent', 1, `${name} (${role.function} of phase ${role.phase}) has no hit in the whole log.`);
      }
      continue;
    }
    // A channel may have a row for each of its functions.
    const others = given.filter((other) => keyOf(other) === keyOf(role));
    if (!others.some(({ phase }) => phase === inferred.phase)) {
      const sentence = `${name} is configured for phase ${role.phase}, but its traffic follows phase ${inferred.phase}.`;
      add('phase', inferred.phaseConfidence, sentence);
    } else if (!others.some((other) => other.function === inferred.function)) {
      const sentence = `${name} is configured as ${role.function}, but behaves as ${inferred.function}: ${inferred.because}.`;
      add('function', inferred.functionConfidence, sentence);
    }
  }
  for (const inferred of roles) {
    if (configured.has(keyOf(inferred))) continue;
    const { device, channel } = inferred;
    const sentence = `Channel ${channel} of signal ${device} is not configured; it behaves as ${inferred.function} of phase ${inferred.phase}.`;
    const confidence = Math.min(inferred.phaseConfidence, inferred.functionConfidence);
    findings.push({ device, channel, kind: 'not-configured', given: null, inferred, confidence, sentence });
  }
  const told = new Set<string>();
  return findings
    .filter(({ confidence, sentence }) => {
      // A channel with several functions says the same of each.
      const isNew = confidence >= FINDING_CONFIDENCE && !told.has(sentence);
      told.add(sentence);
      return isNew;
    })
    .sort((one, other) => other.confidence - one.confidence);
}
