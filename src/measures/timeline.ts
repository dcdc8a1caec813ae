import { EVENT } from './event.ts';
import { binOf, type Output, type Site, type Tracker } from './tracker.ts';

/** Intervals shorter than this are left out. */
const MINIMUM_MS = 200;
/** Length given to what happens in an instant. */
const CUSHION_MS = 60_000;
/** Waits that begin within this time after a preempt are its doing. */
const PREEMPT_RECOVERY_MS = 120_000;
/** Cycle assumed when a signal runs free. */
const FREE_CYCLE_S = 140;
/** A wait of more cycles than this is a skip. */
const SKIP_CYCLES = 1.5;

/** Whether the interval names the parameter in its row. */
type Shown = 'shown' | 'hidden';

/** Begin, end, name: an interval per parameter from the begin to the next event of the two. */
const PAIRS: readonly (readonly [begin: number, end: number, name: string])[] = [
  [EVENT.phaseOn, EVENT.phaseInactive, 'Split'],
  [EVENT.beginGreen, EVENT.greenTermination, 'Green'],
  [EVENT.beginYellow, EVENT.endYellow, 'Yellow'],
  [EVENT.beginRedClearance, EVENT.endRedClearance, 'Red'],
  [EVENT.beginWalk, EVENT.beginSolidDontWalk, 'Ped Service'],
  [EVENT.beginFlashingYellowArrow, EVENT.endFlashingYellowArrow, 'FYA'],
  [EVENT.phaseHoldOn, EVENT.phaseHoldOff, 'Phase Hold'],
  [EVENT.phaseCallOn, EVENT.phaseCallOff, 'Phase Call'],
  [46, 47, 'Phase Omit'],
  [48, 49, 'Ped Omit'],
  [55, 56, 'Advance Warning Phase'],
  [EVENT.overlapWalk, EVENT.overlapOff, 'Overlap Ped'],
  [71, 72, 'Advance Warning Overlap'],
  [94, 93, 'TSP Detector'],
  [EVENT.preemptCallOn, EVENT.preemptCallOff, 'Preempt'],
  [EVENT.priorityCheckIn, EVENT.priorityCheckOut, 'TSP Call'],
  [EVENT.priorityServiceStart, EVENT.priorityServiceEnd, 'TSP Service'],
  [176, 177, 'Special Function'],
];
/** Ends after which a second end is shown as an interval that is not valid. */
const REPEATED_ENDS = new Set<number>([93, EVENT.priorityServiceEnd]);

const INSTANTS = new Map<number, readonly [string, Shown]>([
  [EVENT.patternChange, ['Pattern Change', 'shown']],
  [EVENT.cycleChange, ['Cycle Length Change', 'shown']],
  [179, ['Interval Advance', 'shown']],
  [EVENT.powerFailure, ['Power Failure', 'hidden']],
  [EVENT.powerRestored, ['Power Restored', 'hidden']],
]);
/** Codes whose parameter is 1 for on and 0 for off. */
const SWITCHES = new Map<number, string>([
  [178, 'Manual Control'],
  [180, 'Stop Time Input'],
  [202, 'Aux Switch'],
]);
const FAULTS = new Map<number, readonly [string, Shown]>([
  [EVENT.detectorFault, ['Other', 'shown']],
  [EVENT.detectorWatchdogFault, ['Watchdog', 'hidden']],
  [EVENT.detectorOpenLoop, ['Stuck Off', 'shown']],
  [EVENT.detectorShortedLoop, ['Stuck On', 'shown']],
  [EVENT.detectorChangeFault, ['Erratic', 'shown']],
]);
const OVERLAPS = new Map<number, string>([
  [EVENT.overlapBeginGreen, 'Overlap Green'],
  [EVENT.overlapBeginTrailingGreen, 'Overlap Trail Green'],
  [EVENT.overlapBeginYellow, 'Overlap Yellow'],
  [EVENT.overlapBeginRedClearance, 'Overlap Red'],
]);
/** Parameters of 150 above this one are no states of coordination. */
const LAST_COORDINATION_STATE = 4;
const TRANSITIONS = new Map<number, string>([
  [2, 'Transition Longway'],
  [3, 'Transition Shortway'],
  [4, 'Transition Dwell'],
]);
/** By parameter of 173. */
const FLASHES = new Map<number, string>([
  [1, 'Flash - Other'],
  [2, 'Flash - Not Flash'],
  [3, 'Flash - Automatic'],
  [4, 'Flash - Local Manual'],
  [5, 'Flash - Fault Monitor'],
  [6, 'Flash - MMU'],
  [7, 'Flash - Startup'],
  [8, 'Flash - Preempt'],
]);
/** By bit of the parameter of 174. */
const ALARMS = ['Cycle Fault', 'Coord Fault', 'Coord Fail', 'Cycle Fail', 'MMU Flash', 'Local Flash'];
const ALARM_GROUP_STATE = 175;
const PRIORITY_ADJUSTMENTS = [EVENT.priorityEarlyGreen, EVENT.priorityGreenExtension, EVENT.priorityCheckOut];
const DETECTOR_HEALTH = [EVENT.detectorRestored, ...FAULTS.keys()];
const OVERLAP_CODES = [...OVERLAPS.keys(), EVENT.overlapOff, EVENT.overlapDark];
const ALARM_CODES = [EVENT.flashState, EVENT.alarmState, ALARM_GROUP_STATE];

/** Takes one interval; NaN is no value. */
type Add = (startMs: number, endMs: number, valid: boolean, name: string, value: number) => void;

/** A sequence of events in which each lasts until the next one: one per group of codes and key. */
interface Chain {
  /** Key of the chain: the parameter, or 0 for one chain per controller. */
  readonly keyed: 'parameter' | 'controller';
  /** Rows of the event at `startMs`, when the next of its chain comes at `endMs`; the last of a log has no next. */
  row(
    add: Add,
    startMs: number,
    code: number,
    parameter: number,
    endMs: number,
    nextCode: number,
    nextParameter: number,
  ): void;
  /** The last event of the log in this chain ends after the cushion. */
  readonly cushioned?: true;
}

const CHAINS = new Map<number, readonly [number, Chain]>();
let chains = 0;
function chain(codes: Iterable<number>, made: Chain): void {
  const id = chains++;
  for (const code of codes) CHAINS.set(code, [id, made]);
}
for (const [begin, end, name] of PAIRS) {
  chain([begin, end], {
    keyed: 'parameter',
    row(add, startMs, code, parameter, endMs, nextCode) {
      if (code === begin) add(startMs, endMs, nextCode === end, name, parameter);
      else if (nextCode === end && REPEATED_ENDS.has(end)) add(startMs, endMs, false, name, parameter);
    },
  });
}
for (const [switchCode, name] of SWITCHES) {
  chain([switchCode], {
    keyed: 'controller',
    row(add, startMs, _code, parameter, endMs, _nextCode, next) {
      if (parameter === 1) add(startMs, endMs, next === 0, name, 1);
      else if (parameter === 0 && next === 0) add(startMs, endMs, false, name, 0);
    },
  });
}
chain(DETECTOR_HEALTH, {
  keyed: 'parameter',
  row(add, startMs, code, parameter, endMs, nextCode) {
    const fault = FAULTS.get(code);
    if (fault === undefined) return;
    const value = fault[1] === 'shown' ? parameter : Number.NaN;
    add(startMs, endMs, nextCode === EVENT.detectorRestored, fault[0], value);
  },
});
chain(OVERLAP_CODES, {
  keyed: 'parameter',
  row(add, startMs, code, parameter, endMs, nextCode) {
    const name = OVERLAPS.get(code);
    if (name !== undefined) add(startMs, endMs, nextCode !== code, name, parameter);
  },
});
chain(PRIORITY_ADJUSTMENTS, {
  keyed: 'parameter',
  row(add, startMs, code, parameter, endMs) {
    if (code !== EVENT.priorityCheckOut) add(startMs, endMs, true, 'TSP Adjustment', parameter);
  },
});
chain([EVENT.coordinatedPhaseState], {
  keyed: 'controller',
  row(add, startMs, _code, parameter, endMs) {
    const name = TRANSITIONS.get(parameter);
    if (name !== undefined) add(startMs, endMs, true, name, Number.NaN);
  },
});
for (const alarm of ALARM_CODES) {
  chain([alarm], {
    keyed: 'controller',
    cushioned: true,
    row(add, startMs, code, parameter, endMs) {
      if (code === ALARM_GROUP_STATE) add(startMs, endMs, true, 'Alarm Group State', parameter);
      const flash = code === EVENT.flashState ? FLASHES.get(parameter) : undefined;
      if (flash !== undefined) add(startMs, endMs, true, flash, Number.NaN);
      if (code !== EVENT.alarmState) return;
      ALARMS.forEach((name, bit) => {
        if ((parameter & (1 << bit)) > 0) add(startMs, endMs, true, name, Number.NaN);
      });
    },
  });
}

interface Link {
  startMs: number;
  code: number;
  parameter: number;
}

/**
 * What happened from when to when: phases, calls, walks, overlaps, preempts, priority, faults, transitions, alarms, and
 * the waits of phases and people. An interval is not valid where its begin is followed by another begin. Intervals
 * under 0.2 s are left out. Oregon: `timeline`, and from it `phase_wait` and `ped_delay`.
 */
export class Timeline implements Tracker {
  readonly codes = [...CHAINS.keys(), ...INSTANTS.keys(), EVENT.beginFlashingDontWalk, EVENT.pedestrianDetectorOn];
  private readonly site: Site;
  private readonly links = new Map<number, Link>();
  private readonly waits: Waits;
  private readonly pedestrians: PedestrianDelay;

  constructor(site: Site) {
    this.site = site;
    this.waits = new Waits(site, this.add);
    this.pedestrians = new PedestrianDelay(site, this.add);
  }

  on(timeMs: number, code: number, parameter: number): void {
    const entry = CHAINS.get(code);
    if (entry !== undefined && (code !== EVENT.coordinatedPhaseState || parameter <= LAST_COORDINATION_STATE))
      this.extend(entry[0], entry[1], timeMs, code, parameter);
    const instant = INSTANTS.get(code);
    if (instant !== undefined) {
      const value = instant[1] === 'shown' ? parameter : Number.NaN;
      this.add(timeMs, timeMs + CUSHION_MS, true, instant[0], value);
    }
    this.waits.on(timeMs, code, parameter);
    this.pedestrians.on(timeMs, code, parameter);
  }

  close(edgeMs: number): void {
    this.waits.close(edgeMs);
    this.pedestrians.close(edgeMs);
  }

  current(out: Output): void {
    this.waits.current(out);
    this.pedestrians.current(out);
  }

  finish(): void {
    for (const link of this.links.values()) {
      const made = CHAINS.get(link.code)?.[1];
      if (made?.cushioned === undefined) continue;
      made.row(this.add, link.startMs, link.code, link.parameter, link.startMs + CUSHION_MS, Number.NaN, Number.NaN);
    }
    this.waits.finish();
    this.pedestrians.finish();
  }

  private extend(id: number, made: Chain, timeMs: number, code: number, parameter: number): void {
    const key = made.keyed === 'parameter' ? parameter * 256 + id : -1 - id;
    const link = this.links.get(key);
    if (link === undefined) {
      this.links.set(key, { startMs: timeMs, code, parameter });
      return;
    }
    // Of two states logged at one time the lower one holds: the original orders such ties downwards.
    if (made.keyed === 'controller' && link.startMs === timeMs && !SWITCHES.has(code)) return;
    made.row(this.add, link.startMs, link.code, link.parameter, timeMs, code, parameter);
    link.startMs = timeMs;
    link.code = code;
    link.parameter = parameter;
  }

  private readonly add: Add = (startMs, endMs, valid, name, value) => {
    const ms = endMs - startMs;
    if (ms < MINIMUM_MS) return;
    if (name === 'Preempt' && valid) this.waits.preempted(startMs, endMs);
    this.site.out.add('timeline', this.site.device, startMs, endMs, ms / 1000, valid ? 1 : 0, name, value);
  };
}

/** Sum and number per key (a phase) in one bin. */
class Means {
  binMs: number;
  readonly sums = new Map<number, [seconds: number, count: number, skips: number]>();
  constructor(binMs: number) {
    this.binMs = binMs;
  }
}

interface Wait {
  startMs: number;
  cycleS: number;
}

/**
 * From a phase's call to its green: event 43 to the next 1 of the phase, mean per bin in which the green began, without
 * waits that began during a preempt or 120 s after it. A skip is a wait of over 1.5 cycles (of 140 s when free).
 */
class Waits {
  private readonly site: Site;
  private readonly addInterval: Add;
  private readonly waiting = new Map<number, Wait>();
  private cycleS = 0;
  /** Begin of each preempt that is on. */
  private readonly preempts = new Map<number, number>();
  private over: [startMs: number, endMs: number][] = [];
  /** Waits that are over and began while a preempt was on that still is. */
  private held: [startMs: number, endMs: number, phase: number, cycleS: number][] = [];
  private readonly bins = new Map<number, Means>();

  constructor(site: Site, addInterval: Add) {
    this.site = site;
    this.addInterval = addInterval;
  }

  on(timeMs: number, code: number, parameter: number): void {
    if (code === EVENT.beginGreen) {
      const wait = this.waiting.get(parameter);
      if (wait === undefined) return;
      this.waiting.delete(parameter);
      if (timeMs - wait.startMs < MINIMUM_MS) return;
      this.addInterval(wait.startMs, timeMs, true, 'Phase Wait', parameter);
      this.take(wait.startMs, timeMs, parameter, wait.cycleS);
    } else if (code === EVENT.phaseCallOn) {
      this.waiting.set(parameter, { startMs: timeMs, cycleS: this.cycleS });
    } else if (code === EVENT.cycleChange) {
      this.cycleS = parameter;
      for (const wait of this.waiting.values()) if (wait.startMs === timeMs) wait.cycleS = parameter;
    } else if (code === EVENT.preemptCallOn) {
      this.preempts.set(parameter, timeMs);
      this.release();
    } else if (code === EVENT.preemptCallOff) {
      this.preempts.delete(parameter);
      this.release();
    }
  }

  preempted(startMs: number, endMs: number): void {
    this.over.push([startMs, endMs + PREEMPT_RECOVERY_MS]);
  }

  close(edgeMs: number): void {
    for (const [bin, means] of this.bins) {
      if (bin >= edgeMs || this.held.some((wait) => binOf(wait[1], this.site.binMs) <= bin)) continue;
      this.emit(means, this.site.out);
      this.bins.delete(bin);
    }
    // A wait may have begun as long ago as the oldest call that still waits.
    let oldestMs = edgeMs;
    for (const wait of this.waiting.values()) oldestMs = Math.min(oldestMs, wait.startMs);
    for (const wait of this.held) oldestMs = Math.min(oldestMs, wait[0]);
    this.over = this.over.filter((interval) => interval[1] >= oldestMs);
  }

  current(out: Output): void {
    for (const means of this.bins.values()) this.emit(means, out);
  }

  finish(): void {
    this.preempts.clear();
    this.release();
    for (const means of this.bins.values()) this.emit(means, this.site.out);
    this.bins.clear();
  }

  private take(startMs: number, endMs: number, phase: number, cycleS: number): void {
    for (const since of this.preempts.values()) {
      if (startMs < since) continue;
      this.held.push([startMs, endMs, phase, cycleS]);
      return;
    }
    if (this.over.some((preempt) => startMs >= preempt[0] && startMs < preempt[1])) return;
    const seconds = (endMs - startMs) / 1000;
    const skips = seconds > (cycleS === 0 ? FREE_CYCLE_S : cycleS) * SKIP_CYCLES ? 1 : 0;
    addTo(this.bins, binOf(endMs, this.site.binMs), phase, seconds, skips);
  }

  /** A preempt is over: the waits held for it are counted, or not. */
  private release(): void {
    const held = this.held;
    this.held = [];
    for (const [startMs, endMs, phase, cycleS] of held) this.take(startMs, endMs, phase, cycleS);
  }

  private emit(means: Means, out: Output): void {
    for (const [phase, [seconds, count, skips]] of means.sums) {
      out.add('phase_wait', means.binMs, this.site.device, phase, seconds / count, skips);
    }
  }
}

/** From the first press after a walk ended (22) to the next 21 or 22 of the phase, mean per bin in which that came. */
class PedestrianDelay {
  private readonly site: Site;
  private readonly addInterval: Add;
  private readonly last = new Map<number, number>();
  private readonly pressed = new Map<number, number>();
  private readonly bins = new Map<number, Means>();

  constructor(site: Site, addInterval: Add) {
    this.site = site;
    this.addInterval = addInterval;
  }

  on(timeMs: number, code: number, phase: number): void {
    if (code !== EVENT.pedestrianDetectorOn && code !== EVENT.beginWalk && code !== EVENT.beginFlashingDontWalk) return;
    if (code === EVENT.pedestrianDetectorOn) {
      const before = this.last.get(phase);
      if (before === undefined || before === EVENT.beginFlashingDontWalk) this.pressed.set(phase, timeMs);
    } else {
      const pressMs = this.pressed.get(phase);
      this.pressed.delete(phase);
      if (pressMs !== undefined && timeMs - pressMs >= MINIMUM_MS) {
        this.addInterval(pressMs, timeMs, true, 'Ped Delay', phase);
        addTo(this.bins, binOf(timeMs, this.site.binMs), phase, (timeMs - pressMs) / 1000, 0);
      }
    }
    this.last.set(phase, code);
  }

  close(edgeMs: number): void {
    for (const [bin, means] of this.bins) {
      if (bin >= edgeMs) continue;
      this.emit(means, this.site.out);
      this.bins.delete(bin);
    }
  }

  current(out: Output): void {
    for (const means of this.bins.values()) this.emit(means, out);
  }

  finish(): void {
    this.close(Number.POSITIVE_INFINITY);
  }

  private emit(means: Means, out: Output): void {
    for (const [phase, [seconds, count]] of means.sums) {
      out.add('ped_delay', means.binMs, this.site.device, phase, seconds / count, count);
    }
  }
}

function addTo(bins: Map<number, Means>, binMs: number, phase: number, seconds: number, skips: number): void {
  let means = bins.get(binMs);
  if (means === undefined) {
    means = new Means(binMs);
    bins.set(binMs, means);
  }
  const sum = means.sums.get(phase);
  if (sum === undefined) {
    means.sums.set(phase, [seconds, 1, skips]);
    return;
  }
  sum[0] += seconds;
  sum[1]++;
  sum[2] += skips;
}
