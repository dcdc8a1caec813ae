import { type DetectorRole, EVENT, type EventBatch } from '../measures/event.ts';
import type { Alert } from './alert.ts';
import { AlertBook } from './book.ts';
import { DetectorWatch } from './detectors.ts';
import { PhaseWatch } from './phases.ts';
import { SplitWatch } from './splits.ts';

/** How often it is looked for what did not come. */
const TICK_MS = 5000;
const MOST_TICKS = 100;
/** A signal that is silent for so long, and for several times its longest pause, has lost its data. */
const SILENT_MS = 60_000;
const LONGER = 4;
/** Its pauses are known after so many events and so long. */
const LEARN_EVENTS = 500;
const LEARN_MS = 20 * 60_000;
/** Signals that fall silent within this time of each other, more than half of all and at least three, are an outage. */
const OUTAGE_MS = 30_000;
const OUTAGE_SIGNALS = 3;
/** A clock that is this far from those of the others is off. */
const DRIFT_MS = 3000;
/** The smallest delay of this long is the distance of the clocks; what comes later was on the way. */
const DELAY_MS = 5 * 60_000;

class Signal {
  readonly device: string;
  readonly detectors: DetectorWatch;
  readonly phases: PhaseWatch;
  readonly splits: SplitWatch;
  firstMs = Number.NaN;
  lastMs = Number.NaN;
  events = 0;
  pauseMs = 0;
  delayMs = Number.POSITIVE_INFINITY;
  /** Smallest delay of the last whole window. */
  offMs = Number.NaN;

  constructor(book: AlertBook, device: string, roles: readonly DetectorRole[]) {
    this.device = device;
    this.detectors = new DetectorWatch(book, device);
    this.phases = new PhaseWatch(book, device);
    this.splits = new SplitWatch(book, device, roles);
  }
}

/**
 * Watches the events of signals, live or from a log, and raises one alert per happening, within seconds of the evidence.
 * Each signal is compared with its own past, of which a few numbers are kept; only the list of alerts grows. Split
 * failures need the roles of the detectors.
 */
export class EventWatch {
  readonly #book = new AlertBook();
  readonly #roles: readonly DetectorRole[];
  readonly #signals: Signal[] = [];
  #nowMs = Number.NaN;
  #tickMs = Number.NaN;
  #windowMs = Number.NaN;

  constructor(roles: readonly DetectorRole[] = []) {
    this.#roles = roles;
  }

  /** Every alert so far, oldest first. */
  get alerts(): readonly Alert[] {
    return this.#book.alerts;
  }

  /** Alerts that were raised or closed since the last call: what a live page shows. */
  takeChanged(): Alert[] {
    return this.#book.takeChanged();
  }

  /**
   * Takes the events `from` to `to` (exclusive) of a batch; times do not go back.
   * @param receivedMs when they arrived (UTC ms); live only: it shows clocks that are off
   */
  push(batch: EventBatch, from: number, to: number, receivedMs: number = Number.NaN): void {
    for (let at = from; at < to; at++) {
      const timeMs = batch.timeMs[at]!;
      const index = batch.device[at]!;
      this.#signals[index] ??= new Signal(this.#book, batch.devices[index] ?? String(index), this.#roles);
      const signal = this.#signals[index]!;
      if (!(timeMs - this.#tickMs < TICK_MS)) this.#tickUntil(timeMs);
      const code = batch.code[at]!;
      const parameter = batch.parameter[at]!;
      if (timeMs - signal.lastMs > signal.pauseMs && !this.#book.isOpen({ kind: 'data-loss', device: signal.device })) {
        signal.pauseMs = timeMs - signal.lastMs;
      }
      if (signal.events++ === 0) signal.firstMs = timeMs;
      signal.lastMs = timeMs;
      if (receivedMs - timeMs < signal.delayMs) signal.delayMs = receivedMs - timeMs;
      switch (code) {
        case EVENT.detectorOn:
          signal.detectors.on(parameter, timeMs);
          signal.splits.push(code, parameter, timeMs);
          break;
        case EVENT.detectorOff:
          signal.detectors.off(parameter);
          signal.splits.push(code, parameter, timeMs);
          break;
        case EVENT.pedestrianDetectorOn:
          signal.detectors.press(parameter, timeMs);
          signal.phases.push(code, parameter, timeMs);
          break;
        case EVENT.pedestrianDetectorOff:
          signal.detectors.release(parameter, timeMs);
          break;
        case EVENT.beginGreen:
        case EVENT.beginYellow:
        case EVENT.beginRedClearance:
          signal.splits.push(code, parameter, timeMs);
          signal.phases.push(code, parameter, timeMs);
          break;
        default:
          signal.phases.push(code, parameter, timeMs);
      }
    }
    if (receivedMs > 0) this.#compareClocks(receivedMs);
  }

  /** Looks for what did not come by now; live, it is called every few seconds, for events may stay away altogether. */
  tick(nowMs: number): void {
    if (!(nowMs > this.#nowMs) && !Number.isNaN(this.#nowMs)) return;
    this.#nowMs = this.#tickMs = nowMs;
    const lost: Signal[] = [];
    for (const signal of this.#signals) {
      if (signal === undefined) continue;
      if (nowMs - signal.lastMs > SILENT_MS) {
        if (signal.events >= LEARN_EVENTS && signal.lastMs - signal.firstMs >= LEARN_MS) lost.push(signal);
        continue;
      }
      this.#book.close({ kind: 'data-loss', device: signal.device }, signal.lastMs);
      this.#book.close({ kind: 'outage', device: signal.device }, signal.lastMs);
      signal.detectors.tick(nowMs);
      signal.phases.tick(nowMs);
      signal.splits.tick(nowMs);
    }
    this.#tellLost(lost, nowMs);
  }

  /** As the clock would have ticked while a log has no events; the ticks of a long gap are not all needed. */
  #tickUntil(timeMs: number): void {
    for (let count = 1; count <= MOST_TICKS && this.#tickMs + 2 * TICK_MS <= timeMs; count++)
      this.tick(this.#tickMs + TICK_MS);
    this.tick(timeMs);
  }

  /** The log ends: what lasts stays open. */
  finish(endMs: number): void {
    this.tick(endMs);
  }

  #tellLost(lost: readonly Signal[], nowMs: number): void {
    const known = this.#signals.filter((signal) => signal !== undefined).length;
    for (const signal of lost) {
      const together = lost.filter((other) => Math.abs(other.lastMs - signal.lastMs) <= OUTAGE_MS);
      const outage = together.length >= OUTAGE_SIGNALS && 2 * together.length > known;
      const kind = outage ? 'outage' : 'data-loss';
      const [first] = together;
      if (outage ? first !== signal : nowMs - signal.lastMs <= LONGER * signal.pauseMs) continue;
      this.#book.raise({
        kind,
        device: signal.device,
        ...(outage ? { devices: together.map(({ device }) => device) } : {}),
        sinceMs: signal.lastMs,
        raisedMs: nowMs,
        confidence: 0.95,
        evidence: {
          source: 'events',
          fromMs: signal.lastMs,
          toMs: nowMs,
          measured: Math.round((nowMs - signal.lastMs) / 1000),
          expected: Math.round(signal.pauseMs / 1000),
          unit: 's without an event',
        },
      });
    }
  }

  /** Every few minutes: the smallest delay of each signal against the middle one of all. */
  #compareClocks(nowMs: number): void {
    if (Number.isNaN(this.#windowMs)) this.#windowMs = nowMs;
    if (nowMs - this.#windowMs < DELAY_MS) return;
    this.#windowMs = nowMs;
    const signals = this.#signals.filter((signal) => signal !== undefined && signal.delayMs < Infinity);
    const sorted = signals.map((signal) => signal.delayMs).sort((one, other) => one - other);
    const usualMs = sorted.length >= 3 ? sorted[sorted.length >> 1]! : 0;
    for (const signal of signals) {
      const offMs = signal.delayMs - usualMs;
      signal.delayMs = Infinity;
      const place = { kind: 'clock-drift', device: signal.device } as const;
      // A clock that is late looks like events on a long way, unless the others are quick.
      if (offMs >= -DRIFT_MS && (offMs <= DRIFT_MS || sorted.length < 3)) {
        this.#book.close(place, nowMs);
        continue;
      }
      this.#book.raise({
        ...place,
        sinceMs: nowMs - DELAY_MS,
        raisedMs: nowMs,
        confidence: 0.9,
        evidence: {
          source: 'events',
          fromMs: nowMs - DELAY_MS,
          toMs: nowMs,
          measured: -offMs / 1000,
          expected: 0,
          unit: 's ahead of the others',
        },
      });
    }
  }
}
