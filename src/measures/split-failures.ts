import { EVENT } from './event.ts';
import { TimeQueue } from './time-queue.ts';
import { binOf, byChannel, type Output, type Site, type Tracker } from './tracker.ts';

/** Two on in a row closer than this: the off belongs at the second; further apart: half-way. */
const RAPID_MS = 2000;
/** Items of a phase that wait for a silent detector to speak, at most; then it is taken to be as it was. */
const MOST_WAITING = 16_384;

/** What makes a split failure, as a dialect has it. */
export interface SplitFailureRule {
  /** Event at which the red begins. */
  readonly redCode: number;
  /** Seconds of red that are looked at. */
  readonly redS: number;
  /**
   * True: missing detector events are imputed; a cycle counts in the bin in which the looked-at red ends (Oregon).
   * False: an on without its off is passed over; a cycle counts in the bin of its green, once the next green ended it (Utah).
   */
  readonly imputes: boolean;
  isFailure(greenOccupancy: number, redOccupancy: number): boolean;
}

/** Items of a phase's queue besides the codes of its events: the barrier after red, and a detector going on or off. */
const BARRIER = 11;
const OFF = 81;
const ON = 82;

/** The cycle of one phase as far as it has been settled. */
class Cycle {
  started = false;
  state = 0;
  /** Whether a detector of the phase was ever seen. */
  seen = false;
  detectorsOn = 0;
  lastMs = Number.NaN;
  startMs = Number.NaN;
  yellows = 0;
  reds = 0;
  barriers = 0;
  barrierMs = Number.NaN;
  blind = false;
  greenMs = 0;
  greenOnMs = 0;
  redOnMs = 0;

  /** Takes an item; the states hold until its time. */
  on(timeMs: number, code: number, redCode: number): void {
    if (this.started) {
      const ms = timeMs - this.lastMs;
      if (this.state === EVENT.beginGreen) {
        this.greenMs += ms;
        if (this.detectorsOn > 0) this.greenOnMs += ms;
      } else if (this.state === redCode && this.detectorsOn > 0) this.redOnMs += ms;
    }
    this.lastMs = timeMs;
    if (code === ON || code === OFF) {
      this.seen = true;
      this.detectorsOn += code === ON ? 1 : -1;
      return;
    }
    if (!this.seen) this.blind = true;
    // Of the codes 1, 8, red and 11 the highest one so far is the state.
    if (code > this.state) this.state = code;
    if (code === EVENT.beginYellow) this.yellows++;
    if (code === redCode) this.reds++;
    if (code === BARRIER) {
      this.barriers++;
      this.barrierMs = timeMs;
    }
  }

  /** A green begins. */
  restart(timeMs: number): void {
    this.started = true;
    this.startMs = timeMs;
    this.state = EVENT.beginGreen;
    this.blind = !this.seen;
    this.lastMs = timeMs;
    this.yellows = 0;
    this.reds = 0;
    this.barriers = 0;
    this.greenMs = 0;
    this.greenOnMs = 0;
    this.redOnMs = 0;
  }

  isWhole(imputes: boolean): boolean {
    const inOrder = imputes ? this.barriers === 1 && !this.blind : this.reds === 1;
    return this.started && this.yellows === 1 && inOrder && this.greenMs > 0;
  }

  copyTo(other: Cycle): void {
    Object.assign(other, this);
  }
}

/** Sums over the cycles of one bin. */
interface Sums {
  binMs: number;
  cycles: number;
  greenS: number;
  greenOccupancy: number;
  redOccupancy: number;
  failures: number;
}

const emptySums = (): Sums => ({
  binMs: Number.NaN,
  cycles: 0,
  greenS: 0,
  greenOccupancy: 0,
  redOccupancy: 0,
  failures: 0,
});

interface Channel {
  /** 81, 82, or 0 before the first event. */
  code: number;
  lastMs: number;
  readonly phases: PhaseQueue[];
}

/** Items of one phase in order, settled as far as all its detectors are known. */
class PhaseQueue {
  readonly phase: number;
  readonly channels: Channel[] = [];
  readonly cycle = new Cycle();
  readonly rule: SplitFailureRule;
  readonly site: Site;
  sums = emptySums();
  /** Codes of the phase, barriers, and detectors going on and off. */
  private readonly items = new TimeQueue();

  constructor(site: Site, phase: number, rule: SplitFailureRule) {
    this.site = site;
    this.phase = phase;
    this.rule = rule;
  }

  add(timeMs: number, code: number): void {
    const { items, cycle } = this;
    // What a detector did before the last item that was settled counts from there on.
    items.insert(cycle.started ? Math.max(timeMs, cycle.lastMs) : timeMs, code);
  }

  /** Settles the items before the first time at which a detector's state may still turn out otherwise. */
  settle(nowMs: number): void {
    let knownMs = nowMs - 1;
    for (const channel of this.channels) {
      if (this.rule.imputes ? channel.code !== 0 : channel.code === ON) knownMs = Math.min(knownMs, channel.lastMs);
    }
    const { items } = this;
    const forcedMs = items.length > MOST_WAITING ? items.timeMs[items.head + MOST_WAITING / 2]! : 0;
    this.run(Math.max(knownMs, forcedMs));
  }

  run(beforeMs: number): void {
    const { items } = this;
    for (let at = items.takeBefore(beforeMs); at >= 0; at = items.takeBefore(beforeMs)) {
      take(this, this.cycle, items.timeMs[at]!, items.value[at]!, this.sums, this.site.out);
    }
  }

  /** Rows as they would be if every detector stayed as it is. */
  provisional(nowMs: number, out: Output): void {
    const cycle = new Cycle();
    this.cycle.copyTo(cycle);
    const sums = { ...this.sums };
    const { items } = this;
    for (let at = items.head; at < items.tail && items.timeMs[at]! <= nowMs; at++) {
      take(this, cycle, items.timeMs[at]!, items.value[at]!, sums, out);
    }
    if (this.rule.imputes) endCycle(this, cycle, sums, out);
    emit(this, sums, out);
  }

  /** The log ends: barriers at `endMs` or later are not part of it. */
  finish(endMs: number): void {
    const { items } = this;
    let kept = items.head;
    for (let at = items.head; at < items.tail; at++) {
      if (items.value[at] === BARRIER && items.timeMs[at]! >= endMs) continue;
      items.timeMs[kept] = items.timeMs[at]!;
      items.value[kept++] = items.value[at]!;
    }
    items.tail = kept;
    this.run(Number.POSITIVE_INFINITY);
    if (this.rule.imputes) endCycle(this, this.cycle, this.sums, this.site.out);
    emit(this, this.sums, this.site.out);
  }
}

function take(queue: PhaseQueue, cycle: Cycle, timeMs: number, code: number, sums: Sums, out: Output): void {
  if (code !== EVENT.beginGreen) {
    cycle.on(timeMs, code, queue.rule.redCode);
    return;
  }
  endCycle(queue, cycle, sums, out);
  cycle.restart(timeMs);
}

function endCycle(queue: PhaseQueue, cycle: Cycle, sums: Sums, out: Output): void {
  const { imputes } = queue.rule;
  if (!cycle.isWhole(imputes)) return;
  const bin = binOf(imputes ? cycle.barrierMs : cycle.startMs, queue.site.binMs);
  if (bin !== sums.binMs) {
    emit(queue, sums, out);
    Object.assign(sums, emptySums());
    sums.binMs = bin;
  }
  const green = cycle.greenOnMs / cycle.greenMs;
  const red = cycle.redOnMs / (queue.rule.redS * 1000);
  sums.cycles++;
  sums.greenS += cycle.greenMs / 1000;
  sums.greenOccupancy += green;
  sums.redOccupancy += red;
  if (queue.rule.isFailure(green, red)) sums.failures++;
}

function emit(queue: PhaseQueue, sums: Sums, out: Output): void {
  if (sums.cycles === 0) return;
  const { binMs, cycles, greenS, greenOccupancy, redOccupancy, failures } = sums;
  const { device } = queue.site;
  out.add(
    'split_failures',
    binMs,
    device,
    queue.phase,
    greenS / cycles,
    greenOccupancy / cycles,
    redOccupancy / cycles,
    failures,
  );
}

/**
 * Split failures of an approach: presence detectors of a phase OR-ed; green occupancy from 1 to 8, red occupancy in the
 * first 5 s of red, both at or above a limit (Purdue split failure, Day et al., https://doi.org/10.5703/1288284315018).
 * Per bin: mean green (s), mean occupancies, failures. Where missing detector events are imputed, of two on in a row the
 * off lies at the second (up to 2 s) or half-way, of two off in a row the on lies half-way. Cycles run from green to green
 * and count with exactly one yellow and one red. Table `split_failures`.
 */
export class SplitFailures implements Tracker {
  readonly codes: readonly number[];
  private readonly site: Site;
  private readonly rule: SplitFailureRule;
  private readonly phases = new Map<number, PhaseQueue>();
  private readonly channels = new Map<number, Channel>();

  constructor(site: Site, rule: SplitFailureRule) {
    this.site = site;
    this.rule = rule;
    this.codes = [EVENT.beginGreen, EVENT.beginYellow, rule.redCode, OFF, ON];
    for (const [number, roles] of byChannel(site.roles, 'Presence')) {
      const channel: Channel = { code: 0, lastMs: Number.NaN, phases: [] };
      for (const { phase } of roles) {
        let queue = this.phases.get(phase);
        if (queue === undefined) {
          queue = new PhaseQueue(site, phase, rule);
          this.phases.set(phase, queue);
        }
        queue.channels.push(channel);
        channel.phases.push(queue);
      }
      this.channels.set(number, channel);
    }
  }

  on(timeMs: number, code: number, parameter: number): void {
    if (code === ON || code === OFF) {
      const channel = this.channels.get(parameter);
      if (channel !== undefined) this.detect(channel, timeMs, code);
      return;
    }
    const queue = this.phases.get(parameter);
    if (queue === undefined) return;
    queue.add(timeMs, code);
    if (code === this.rule.redCode) queue.add(timeMs + this.rule.redS * 1000, BARRIER);
    queue.settle(timeMs);
  }

  close(): void {}

  current(out: Output): void {
    for (const queue of this.phases.values()) queue.provisional(this.site.span.lastMs, out);
  }

  finish(): void {
    const { span, binMs } = this.site;
    if (!this.rule.imputes) {
      for (const channel of this.channels.values()) if (channel.code === ON) this.pair(channel, span.lastMs);
    }
    for (const queue of this.phases.values()) queue.finish(binOf(span.lastMs, binMs) + binMs);
  }

  private detect(channel: Channel, timeMs: number, code: number): void {
    if (this.rule.imputes) this.impute(channel, timeMs, code);
    else if (code === OFF && channel.code !== OFF) this.pair(channel, timeMs);
    channel.code = code;
    channel.lastMs = timeMs;
    for (const queue of channel.phases) queue.settle(timeMs);
  }

  /** The channel was on from its last event, or from the begin of the log, to `offMs`. */
  private pair(channel: Channel, offMs: number): void {
    for (const queue of channel.phases) {
      queue.add(channel.code === ON ? channel.lastMs : this.site.span.firstMs, ON);
      queue.add(offMs, OFF);
    }
  }

  private impute(channel: Channel, timeMs: number, code: number): void {
    for (const queue of channel.phases) {
      if (channel.code === 0 && code === OFF) queue.add(timeMs - 1, ON);
      if (channel.code === code) {
        const gapMs = timeMs - channel.lastMs;
        const missingMs = code === ON && gapMs <= RAPID_MS ? timeMs : timeMs - gapMs / 2;
        queue.add(missingMs, code === ON ? OFF : ON);
      }
      queue.add(timeMs, code);
    }
  }
}
