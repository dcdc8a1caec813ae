/** What can be wrong at a signal. */
export type AlertKind =
  | 'data-loss'
  | 'outage'
  | 'max-outs'
  | 'phase-skips'
  | 'split-failures'
  | 'detector-silent'
  | 'detector-stuck'
  | 'detector-chatter'
  | 'button-silent'
  | 'button-stuck'
  | 'button-chatter'
  | 'pedestrian-counts'
  | 'clock-drift'
  | 'offset';

/** What went wrong at which part of a signal. */
export interface AlertPart {
  readonly kind: AlertKind;
  readonly phase?: number;
  readonly detector?: number;
}

/** One happening at one place, with a cause and something to do about it. Times are those of the data, in ms. */
export interface Alert extends AlertPart {
  /** Signals concerned; more than one only where many fail at once. */
  readonly devices: readonly string[];
  /** When it began, as far as the evidence tells. */
  readonly sinceMs: number;
  /** When the evidence sufficed. */
  readonly raisedMs: number;
  /** When it was over; null while it lasts. */
  readonly untilMs: number | null;
  /** How often it came back within days; 0 the first time. */
  readonly repeats: number;
  /** What else went wrong at the signal with it, as its cause or its consequence. */
  readonly also: readonly AlertPart[];
  /** 0.5 to 1: how far the evidence lies above what was needed. */
  readonly confidence: number;
  readonly cause: string;
  readonly action: string;
  readonly evidence: Evidence;
  /** A change of split that would remove the failures. */
  readonly advice?: SplitAdvice;
}

/** Green to move from one phase to another of its ring, and what the queue model says remains of the failures. */
export interface SplitAdvice {
  readonly fromPhase: number;
  readonly toPhase: number;
  readonly seconds: number;
  /** Of the failed cycles that were looked at. */
  readonly failuresLeft: number;
}

/** Where to look: what was measured in the time of the happening, and what was to be expected. */
export interface Evidence {
  /** Name of the table, or `events`. */
  readonly source: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly measured: number;
  readonly expected: number;
  /** What the two numbers count. */
  readonly unit: string;
}

/** Key of the place and kind: one alert at a time bears it. */
export function keyOf(alert: Pick<Alert, 'kind' | 'devices' | 'phase' | 'detector'>): string {
  return `${alert.kind}|${alert.devices.join(',')}|${alert.phase ?? ''}|${alert.detector ?? ''}`;
}

/** A happening that comes back sooner than this after its end is the same one. */
const SAME_MS = 3 * 86_400_000;

/** One alert per happening: what comes back within three days is counted as a repeat and told once. Oldest first. */
export function joinRepeats(alerts: readonly Alert[]): Alert[] {
  const last = new Map<string, Alert>();
  const closed: Alert[] = [];
  for (const alert of [...alerts].sort((one, other) => one.sinceMs - other.sinceMs)) {
    const key = keyOf(alert);
    const before = last.get(key);
    if (before !== undefined && alert.sinceMs - (before.untilMs ?? alert.sinceMs) < SAME_MS) {
      last.set(key, joinTwo(before, alert));
      continue;
    }
    if (before !== undefined) closed.push(before);
    last.set(key, alert);
  }
  return [...closed, ...last.values()].sort((one, other) => one.sinceMs - other.sinceMs);
}

/** Alerts of one signal that begin within this time of each other belong together. */
const TOGETHER_MS = 2 * 3_600_000;
/** What rather causes than follows, first. */
const CAUSES: readonly AlertKind[] = [
  'button-stuck',
  'detector-stuck',
  'detector-silent',
  'detector-chatter',
  'button-chatter',
  'button-silent',
  'max-outs',
  'phase-skips',
];

/**
 * One alert per happening: what begins at the same time at a signal, or lasts at the same time at one phase, is told
 * once, under what rather causes the rest (a silent detector makes its phase run to its maximum).
 */
export function joinRelated(alerts: readonly Alert[]): Alert[] {
  const heads: Alert[] = [];
  const rank = (alert: Alert): number => CAUSES.indexOf(alert.kind);
  const causesFirst = [...alerts].sort((one, other) => rank(one) - rank(other) || one.sinceMs - other.sinceMs);
  for (const alert of causesFirst) {
    const at = rank(alert) < 0 ? -1 : heads.findIndex((head) => rank(head) >= 0 && areRelated(head, alert));
    const head = heads[at];
    if (head === undefined) heads.push(alert);
    else {
      const { kind, phase, detector } = alert;
      const part = { kind, ...(phase === undefined ? {} : { phase }), ...(detector === undefined ? {} : { detector }) };
      heads[at] = { ...head, also: [...head.also, part] };
    }
  }
  return heads.sort((one, other) => one.sinceMs - other.sinceMs);
}

function areRelated(one: Alert, other: Alert): boolean {
  if (one.devices.join() !== other.devices.join()) return false;
  if (one.sinceMs > (other.untilMs ?? Infinity) || other.sinceMs > (one.untilMs ?? Infinity)) return false;
  const samePhase = one.phase !== undefined && one.phase === other.phase;
  return samePhase || Math.abs(one.sinceMs - other.sinceMs) <= TOGETHER_MS;
}

function joinTwo(before: Alert, after: Alert): Alert {
  return {
    ...before,
    untilMs: after.untilMs,
    repeats: before.repeats + 1,
    confidence: Math.max(before.confidence, after.confidence),
    evidence: { ...before.evidence, toMs: after.evidence.toMs },
  };
}
