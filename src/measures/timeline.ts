import { EVENT } from './event.ts';
import type { Output, Site, Tracker } from './tracker.ts';
import { type Add, MINIMUM_MS, PedestrianDelay, Waits } from './waits.ts';

/** Length given to what happens in an instant. */
const CUSHION_MS = 60_000;
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
