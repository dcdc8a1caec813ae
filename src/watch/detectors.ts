import type { AlertBook } from './book.ts';

/** Hits of a channel, and time of watching, before it is judged. */
const LEARN_HITS = 20;
const LEARN_MS = 20 * 60_000;
/** A gap so many times the longest one before is silence; few hits have not shown their longest gap yet. */
const LONGER = 3;
const LONGER_YET = 40;
/** With so many hits missing, a gap this many times the longest one before will do. */
const MISSING_HITS = 40;
const LONGER_MISSING = 1.5;
/** A vehicle may stand on a detector for so long. */
const STANDS_MS = 240_000;
/** A lane lets no more than a vehicle a second pass, so a channel with more hits a minute chatters. */
const MOST_HITS = 60;
/** Presses a minute that no hand makes for two minutes. */
const MOST_PRESSES = 40;
/** So many times the most hits of a minute before are chatter. */
const BUSIER = 2.5;
/** A button that is held longer is stuck. */
const HELD_MS = 180_000;
const RELEASES = 3;
const MINUTE = 60_000;

class Channel {
  readonly firstMs: number;
  hits = 0;
  lastMs = Number.NaN;
  /** Offs of a button: some logs leave them out. */
  releases = 0;
  /** The signal's clock of hits at the last hit, and the longest wait for a hit, by that clock and in ms. */
  lastClock = 0;
  longest = 0;
  longestMs = 0;
  countedMs = Number.NEGATIVE_INFINITY;
  on = false;
  minute = 0;
  minuteHits = 0;
  /** Whether the minute before was one without chatter. */
  calm = true;
  mostHits = 0;

  constructor(firstMs: number) {
    this.firstMs = firstMs;
  }
}

/**
 * Detectors and buttons of one signal. Silence is measured by the hits of the others: a channel is silent when they
 * have had several times as many hits since its last one as ever before, so a quiet night or a red is no silence.
 */
export class DetectorWatch {
  readonly #book: AlertBook;
  readonly #device: string;
  readonly #channels: Channel[] = [];
  readonly #buttons: Channel[] = [];
  #clock = 0;

  constructor(book: AlertBook, device: string) {
    this.#book = book;
    this.#device = device;
  }

  on(detector: number, timeMs: number): void {
    this.#channels[detector] ??= new Channel(timeMs);
    const channel = this.#channels[detector]!;
    const place = { device: this.#device, detector };
    if (channel.hits > 0) {
      channel.longest = Math.max(channel.longest, this.#clock - channel.lastClock);
      channel.longestMs = Math.max(channel.longestMs, timeMs - channel.lastMs);
    }
    this.#book.close({ kind: 'detector-silent', ...place }, timeMs);
    this.#book.close({ kind: 'detector-stuck', ...place }, timeMs);
    channel.on = true;
    channel.hits++;
    // A chattering channel must not make the others look silent.
    if (timeMs - channel.countedMs >= 1000) {
      this.#clock++;
      channel.countedMs = timeMs;
    }
    channel.lastMs = timeMs;
    channel.lastClock = this.#clock;
    if (this.#isChatter(channel, timeMs, MOST_HITS)) {
      this.#raiseChatter('detector-chatter', { detector }, channel, timeMs, 'hits');
    } else if (channel.minuteHits === 1 && channel.calm)
      this.#book.close({ kind: 'detector-chatter', ...place }, timeMs);
  }

  off(detector: number): void {
    const channel = this.#channels[detector];
    if (channel !== undefined) channel.on = false;
  }

  press(phase: number, timeMs: number): void {
    this.#buttons[phase] ??= new Channel(timeMs);
    const button = this.#buttons[phase]!;
    button.hits++;
    button.on = true;
    button.lastMs = timeMs;
    if (this.#isChatter(button, timeMs, MOST_PRESSES) && !button.calm) {
      this.#raiseChatter('button-chatter', { phase }, button, timeMs, 'presses');
    } else if (button.minuteHits === 1 && button.calm)
      this.#book.close({ kind: 'button-chatter', device: this.#device, phase }, timeMs);
  }

  release(phase: number, timeMs: number): void {
    const button = this.#buttons[phase];
    if (button !== undefined) {
      button.on = false;
      button.releases++;
    }
    this.#book.close({ kind: 'button-stuck', device: this.#device, phase }, timeMs);
  }

  /** Looks for what did not come. */
  tick(nowMs: number): void {
    const device = this.#device;
    this.#channels.forEach((channel, detector) => {
      if (channel.hits < LEARN_HITS || nowMs - channel.firstMs < LEARN_MS) return;
      const gap = this.#clock - channel.lastClock;
      const gapMs = nowMs - channel.lastMs;
      const expected = (gap * channel.hits) / Math.max(1, channel.lastClock);
      const longer = expected >= MISSING_HITS ? LONGER_MISSING : LONGER + LONGER_YET / channel.hits;
      if (gap <= longer * channel.longest || gapMs <= channel.longestMs) return;
      if (channel.on && gapMs <= STANDS_MS) return;
      this.#book.raise({
        kind: channel.on ? 'detector-stuck' : 'detector-silent',
        device,
        detector,
        sinceMs: channel.lastMs,
        raisedMs: nowMs,
        confidence: 1 - 0.5 * Math.exp(-expected / 10),
        evidence: { source: 'events', fromMs: channel.lastMs, toMs: nowMs, measured: 0, expected, unit: 'new hits' },
      });
    });
    this.#buttons.forEach((button, phase) => {
      if (!button.on || button.releases < RELEASES || nowMs - button.lastMs <= HELD_MS) return;
      this.#book.raise({
        kind: 'button-stuck',
        device,
        phase,
        sinceMs: button.lastMs,
        raisedMs: nowMs,
        confidence: 0.9,
        evidence: {
          source: 'events',
          fromMs: button.lastMs,
          toMs: nowMs,
          measured: Math.round((nowMs - button.lastMs) / 1000),
          expected: 1,
          unit: 's held',
        },
      });
    });
  }

  /** Counts the hit into its minute. */
  #isChatter(channel: Channel, timeMs: number, floor: number): boolean {
    const minute = Math.floor(timeMs / MINUTE);
    if (minute !== channel.minute) {
      channel.calm = channel.minuteHits <= Math.max(floor, BUSIER * channel.mostHits);
      if (channel.calm) channel.mostHits = Math.max(channel.mostHits, channel.minuteHits);
      channel.minute = minute;
      channel.minuteHits = 0;
    }
    channel.minuteHits++;
    return channel.minuteHits > Math.max(floor, BUSIER * channel.mostHits);
  }

  #raiseChatter(
    kind: 'detector-chatter' | 'button-chatter',
    place: { detector: number } | { phase: number },
    { minute, minuteHits, mostHits }: Channel,
    raisedMs: number,
    unit: string,
  ): void {
    const sinceMs = minute * MINUTE;
    this.#book.raise({
      kind,
      device: this.#device,
      ...place,
      sinceMs,
      raisedMs,
      confidence: 0.95,
      evidence: { source: 'events', fromMs: sinceMs, toMs: raisedMs, measured: minuteHits, expected: mostHits, unit },
    });
  }
}
