import { type Alert, type AlertKind, joinRelated, joinRepeats } from './alert.ts';
import { type Bins, History, Scatter } from './history.ts';
import { confidenceOf, type Happening, PageTest } from './page.ts';
import { tell } from './words.ts';

/** Measures of one signal by bins, as the tables of `urbane measure` hold them. NaN: nothing is known of the bin. */
export interface SignalTables {
  readonly device: string;
  /** 1 where the bin has its events, 0 where they are missing; null without that table. */
  readonly present: Uint8Array | null;
  /** Greens by phase: all, and those that ended at their maximum or were forced off. */
  readonly terminations: ReadonlyMap<number, { readonly all: Float64Array; readonly forced: Float64Array }>;
  /** Hits by channel. */
  readonly detectors: ReadonlyMap<number, Float64Array>;
  readonly pedestrians: ReadonlyMap<number, { readonly services: Float64Array; readonly presses: Float64Array }>;
  /** Cycles that skipped a waiting phase, by phase. */
  readonly skips: ReadonlyMap<number, Float64Array>;
}

/** At most so many times fewer or more is expected of a series because all others at its place have fewer or more. */
const FEWEST_SIBLINGS = 5;
/** Counts this many times lower or higher are wrong. */
const FEWER = 0.25;
const MORE = 4;
/** Hits a bin that a street may have beyond its history without a word. */
const MORE_AT_LEAST = 5;
/** Signals that lose their data together: more than half of all, and at least three. */
const OUTAGE_SIGNALS = 3;

/** A disturbance passes (a lane closed for an hour), a fault stays: what was over so soon and never came back is not told. */
const PASSING_MS = 6 * 3_600_000;
const PASSING: readonly AlertKind[] = [
  'detector-silent',
  'detector-chatter',
  'button-chatter',
  'button-silent',
  'max-outs',
];
interface Watched {
  readonly kind: AlertKind;
  readonly device: string;
  readonly phase?: number;
  readonly detector?: number;
  readonly source: string;
  readonly unit: string;
  readonly test: PageTest;
}

/**
 * Alerts from tables of measures by bins (15 minutes as a rule): each series is judged against its own history (time of
 * day, kind of day) and against what its siblings do at the same time; only what came before is used, so a live table
 * gives the same alerts. The first days are for learning. One alert per happening.
 */
export function watchTables(signals: readonly SignalTables[], bins: Bins): Alert[] {
  const watched: Watched[] = [];
  for (const signal of signals) {
    watched.push(...watchPresence(signal, bins));
    for (const [phase, { all, forced }] of signal.terminations) {
      watched.push(watchMaxOuts(signal.device, phase, all, forced, bins));
    }
    for (const [phase, skips] of signal.skips) watched.push(watchSkips(signal.device, phase, skips, bins));
    watched.push(...watchDetectors(signal, bins));
  }
  watched.push(...watchPedestrians(signals, bins));
  const alerts = watched.flatMap((series) => series.test.happenings.map((found) => alertOf(series, found, bins)));
  return joinRelated(joinRepeats(joinOutages(alerts, signals.length)))
    .filter(isLasting)
    .map(tell);
}

/** Log-likelihood ratio of a Poisson count at `ratio` times the expected to the expected, `scatter` times as wide. */
function countRatio(count: number, expected: number, ratio: number, scatter: number): number {
  return (count * Math.log(ratio) - expected * (ratio - 1)) / scatter;
}

function watchPresence({ device, present }: SignalTables, bins: Bins): Watched[] {
  if (present === null) return [];
  const test = new PageTest();
  const perDay = Math.max(1, Math.round(86_400_000 / bins.stepMs));
  const lost = new Float64Array(perDay);
  const seen = new Float64Array(perDay);
  for (let bin = 0; bin < bins.count; bin++) {
    const gone = present[bin] === 0 ? 1 : 0;
    // How often this hour has been without data before: a quiet street logs nothing at night.
    let missed = 0.5;
    let all = 20;
    for (let side = -2; side <= 2; side++) {
      const at = (bin + side + perDay) % perDay;
      missed += lost[at]!;
      all += seen[at]!;
    }
    const usual = missed / all;
    test.add(bin, gone === 1 ? Math.log(0.9 / usual) : Math.log(0.1 / (1 - usual)), gone, usual);
    lost[bin % perDay]! += gone;
    seen[bin % perDay]!++;
  }
  return [{ kind: 'data-loss', device, source: 'has_data', unit: 'bins without data', test }];
}

function watchMaxOuts(device: string, phase: number, all: Float64Array, forced: Float64Array, bins: Bins): Watched {
  const test = new PageTest();
  const history = new History(bins);
  // Busy days run to the maximum all day: by whole days it scatters far more than greens by themselves would.
  const scatter = new Scatter(4, 3);
  const perDay = Math.max(1, Math.round(86_400_000 / bins.stepMs));
  let deviation = 0;
  let variance = 0;
  for (let bin = 0; bin < bins.count; bin++) {
    if (bin % perDay === 0 && variance > 0) {
      scatter.learn(deviation ** 2 / variance);
      deviation = variance = 0;
    }
    const count = all[bin]!;
    if (!(count >= 3)) continue;
    history.expect(bin);
    if (!Number.isNaN(history.high)) {
      const usual = Math.min(0.97, Math.max(0.03, history.high));
      const wrong = usual + 0.75 * (1 - usual);
      const ratio =
        forced[bin]! * Math.log(wrong / usual) + (count - forced[bin]!) * Math.log((1 - wrong) / (1 - usual));
      // A phase that always runs to its maximum cannot get worse.
      if (usual < 0.9) test.add(bin, ratio / scatter.value, forced[bin]!, count * usual);
      const own = Math.min(0.97, Math.max(0.03, history.own));
      deviation += forced[bin]! - count * own;
      variance += count * own * (1 - own);
    }
    history.learn(bin, forced[bin]! / count);
  }
  return { kind: 'max-outs', device, phase, source: 'terminations', unit: 'greens at their maximum', test };
}

function watchSkips(device: string, phase: number, skips: Float64Array, bins: Bins): Watched {
  const test = new PageTest();
  const history = new History(bins);
  for (let bin = 0; bin < bins.count; bin++) {
    const count = skips[bin]!;
    if (Number.isNaN(count)) continue;
    history.expect(bin);
    // Skips are faults: where nothing is known yet, none are expected.
    const usual = (Number.isNaN(history.high) ? 0 : history.high) + 0.05;
    test.add(bin, count * Math.log((usual + 1) / usual) - 1, count, usual);
    history.learn(bin, count);
  }
  return { kind: 'phase-skips', device, phase, source: 'phase_wait', unit: 'skips', test };
}

function watchDetectors({ device, detectors }: SignalTables, bins: Bins): Watched[] {
  const series = [...detectors].map(([detector, hits]) => ({
    detector,
    hits,
    history: new History(bins),
    scatter: new Scatter(2, 50),
    fewer: new PageTest(),
    more: new PageTest(),
  }));
  const dead = new PageTest();
  const factors = new Float64Array(series.length);
  for (let bin = 0; bin < bins.count; bin++) {
    let siblings = 0;
    let measured = 0;
    let expected = 0;
    for (const { hits, history } of series) {
      const count = hits[bin]!;
      history.expect(bin);
      if (Number.isNaN(count) || !(history.own >= 2)) continue;
      factors[siblings++] = (count + 1) / (history.own + 1);
      measured += count;
      expected += history.low;
    }
    const factor = siblings >= FEWEST_SIBLINGS ? median(factors, siblings) : 1;
    if (expected >= 20) dead.add(bin, countRatio(measured, expected, 0.1, 10), measured, expected);
    for (const { hits, history, scatter, fewer, more } of series) {
      const count = hits[bin]!;
      if (Number.isNaN(count)) continue;
      if (!Number.isNaN(history.own)) {
        const low = history.own * Math.min(1, factor);
        const high = history.own * Math.max(1, factor) + MORE_AT_LEAST;
        const own = history.own * factor;
        fewer.add(bin, countRatio(count, low, FEWER, scatter.value), count, low);
        more.add(bin, countRatio(count, high, MORE, scatter.value), count, high);
        scatter.learn((count - own) ** 2 / (own + 0.5));
      }
      history.learn(bin, count);
    }
  }
  const source = 'detector_health';
  const unit = 'hits';
  return [
    { kind: 'detector-silent', device, source, unit, test: dead },
    ...series.flatMap(({ detector, fewer, more }): Watched[] => [
      { kind: 'detector-silent', device, detector, source, unit, test: fewer },
      { kind: 'detector-chatter', device, detector, source, unit, test: more },
    ]),
  ];
}

function watchPedestrians(signals: readonly SignalTables[], bins: Bins): Watched[] {
  const series = signals.flatMap(({ device, pedestrians }) =>
    [...pedestrians].map(([phase, { services, presses }]) => ({
      device,
      phase,
      services,
      presses,
      pressed: new History(bins),
      unasked: new History(bins),
      scatter: new Scatter(2, 50),
      fewer: new PageTest(),
      more: new PageTest(),
      alone: new PageTest(),
    })),
  );
  const together = new PageTest();
  const factors = new Float64Array(series.length);
  for (let bin = 0; bin < bins.count; bin++) {
    let siblings = 0;
    let measured = 0;
    let expected = 0;
    for (const { presses, pressed } of series) {
      pressed.expect(bin);
      if (Number.isNaN(presses[bin]!) || Number.isNaN(pressed.own)) continue;
      factors[siblings++] = (presses[bin]! + 1) / (pressed.own + 1);
      measured += presses[bin]!;
      expected += pressed.high;
    }
    const factor = siblings >= FEWEST_SIBLINGS ? median(factors, siblings) : 1;
    if (siblings >= FEWEST_SIBLINGS) together.add(bin, factor > MORE ? 4 : -4, measured, expected);
    for (const { services, presses, pressed, unasked, scatter, fewer, more, alone } of series) {
      const count = presses[bin]!;
      const served = services[bin]!;
      // While all of them are out of line, none is judged by its history.
      if (!Number.isNaN(count) && !Number.isNaN(pressed.own) && !together.open && factor <= MORE) {
        const low = pressed.low * Math.min(1, factor);
        const high = pressed.high * Math.max(1, factor) + 1;
        fewer.add(bin, countRatio(count, low, FEWER / 2, scatter.value), count, low);
        more.add(bin, countRatio(count, high, 2 * MORE, scatter.value), count, high);
        scatter.learn((count - pressed.own * factor) ** 2 / (pressed.own * factor + 0.5));
      }
      pressed.learn(bin, count);
      // Each service needs a press: services beyond the presses come from a button that is held, or a recall.
      const excess = Math.max(0, served - count);
      if (Number.isNaN(excess)) continue;
      unasked.expect(bin);
      const usual = (Number.isNaN(unasked.high) ? 0 : unasked.high) + 0.5;
      alone.add(bin, excess * Math.log((usual + 3) / usual) - 3, excess, usual - 0.5);
      unasked.learn(bin, excess);
    }
  }
  const source = 'full_ped';
  const all = [...new Set(series.map(({ device }) => device))].join(',');
  return [
    { kind: 'pedestrian-counts', device: all, source, unit: 'presses', test: together },
    ...series.flatMap(({ device, phase, fewer, more, alone }): Watched[] => [
      { kind: 'button-silent', device, phase, source, unit: 'presses', test: fewer },
      { kind: 'button-chatter', device, phase, source, unit: 'presses', test: more },
      { kind: 'button-stuck', device, phase, source, unit: 'services beyond the presses', test: alone },
    ]),
  ];
}

/** Median of the first `count` values, which are sorted in place. */
function median(values: Float64Array, count: number): number {
  const sorted = values.subarray(0, count).sort();
  return (sorted[count >> 1]! + sorted[(count - 1) >> 1]!) / 2;
}

function alertOf(series: Watched, found: Happening, { startMs, stepMs, count }: Bins): Alert {
  const { kind, device, phase, detector, source, unit } = series;
  const sinceMs = startMs + found.since * stepMs;
  const untilMs = found.until === null ? null : startMs + found.until * stepMs;
  return {
    kind,
    devices: device.split(','),
    ...(phase === undefined ? {} : { phase }),
    ...(detector === undefined ? {} : { detector }),
    sinceMs,
    raisedMs: startMs + (found.raised + 1) * stepMs,
    untilMs,
    repeats: 0,
    also: [],
    confidence: confidenceOf(found.evidence),
    cause: '',
    action: '',
    evidence: {
      source,
      fromMs: sinceMs,
      toMs: untilMs ?? startMs + count * stepMs,
      measured: found.measured,
      expected: found.expected,
      unit,
    },
  };
}

/** Whether an alert is no disturbance that has passed. */
function isLasting({ kind, sinceMs, untilMs, repeats }: Alert): boolean {
  return untilMs === null || repeats > 0 || untilMs - sinceMs >= PASSING_MS || !PASSING.includes(kind);
}

/** Signals that fall silent in the same bin, more than half of all, are one outage. */
function joinOutages(alerts: readonly Alert[], signals: number): Alert[] {
  const losses = new Map<number, Alert[]>();
  for (const alert of alerts) {
    if (alert.kind === 'data-loss') losses.set(alert.sinceMs, [...(losses.get(alert.sinceMs) ?? []), alert]);
  }
  const joined = new Set<Alert>();
  const outages: Alert[] = [];
  for (const group of losses.values()) {
    const [first] = group;
    if (first === undefined || group.length < OUTAGE_SIGNALS || 2 * group.length <= signals) continue;
    for (const alert of group) joined.add(alert);
    outages.push({ ...first, kind: 'outage', devices: group.flatMap((alert) => alert.devices) });
  }
  return [...alerts.filter((alert) => !joined.has(alert)), ...outages];
}
