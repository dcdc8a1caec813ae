import { Approaches, byLatency, type Shift, toStopLine } from './approaches.ts';
import { ArrivalOnGreen } from './arrivals.ts';
import {
  ACTUATIONS,
  COMMUNICATIONS,
  Counts,
  CountsWithZeros,
  PREEMPT_COUNTS,
  PRIORITY_COUNTS,
  SPLITS,
  TERMINATIONS,
} from './counts.ts';
import { type ArrivalRule, Arrivals, Cycles } from './cycles.ts';
import { DetectorHealth } from './detector-health.ts';
import { DetectorUse } from './detector-use.ts';
import { EVENT } from './event.ts';
import { GreenUse, LeftTurnGaps } from './greens.ts';
import { Pedestrians } from './pedestrian.ts';
import { Plans, PreemptDetails } from './preempts.ts';
import { CoordinationEvents, DataPresence } from './presence.ts';
import { SplitFailures } from './split-failures.ts';
import { SplitMonitor, UtahTerminations, UtahWaits } from './splits.ts';
import type { ColumnType } from './table.ts';
import { Timeline } from './timeline.ts';
import type { Site, Tracker } from './tracker.ts';
import { Violations } from './violations.ts';
import { TurningCounts, Volumes } from './volumes.ts';
import { Walks } from './walks.ts';
import { YellowRed } from './yellow-red.ts';

/** Whose definitions: Utah's (UDOT ATSPM v5) or Oregon's (ODOT). */
export type Dialect = 'utah' | 'oregon';

type Columns = Readonly<Record<string, ColumnType>>;

/** One tracker and the tables it fills. */
export interface Definition {
  readonly tables: Readonly<Record<string, Columns>>;
  create(site: Site): Tracker;
}

const perBin = { TimeStamp: 'time', DeviceId: 'device' } as const;
const perPhase = { ...perBin, Phase: 'smallint' } as const;
const perDetector = { ...perBin, Detector: 'smallint', Total: 'smallint' } as const;
const PHASE_CODES = [EVENT.beginGreen, EVENT.beginYellow, EVENT.beginRedClearance];

/** Measures that both dialects have in the same words; they differ in where red begins and in the time at the stop line. */
function listShared(rule: ArrivalRule, shift: Shift): readonly Definition[] {
  return [
    {
      tables: {
        cycles: {
          DeviceId: 'device',
          Phase: 'smallint',
          IsOverlap: 'boolean',
          StartTime: 'time',
          BeginGreen: 'time',
          BeginYellow: 'time',
          EndTime: 'time',
          RedTime: 'float',
          GreenTime: 'float',
          YellowTime: 'float',
          TotalTime: 'float',
        },
      },
      create: (site) => new Cycles(site, rule.redCode),
    },
    {
      tables: {
        arrivals: {
          ...perPhase,
          Detector: 'smallint',
          CycleStart: 'time',
          SecondsInCycle: 'float',
          State: 'text',
          Delay: 'float',
        },
        approach_delay: {
          ...perPhase,
          Volume: 'integer',
          OnGreen: 'integer',
          OnYellow: 'integer',
          OnRed: 'integer',
          PercentOnGreen: 'float',
          PercentGreen: 'float',
          PlatoonRatio: 'float',
          ArrivalType: 'smallint',
          Delay: 'double',
          DelayPerVehicle: 'double',
        },
        offset_profile: {
          DeviceId: 'device',
          Phase: 'smallint',
          Shift: 'smallint',
          Arrivals: 'integer',
          OnGreen: 'integer',
        },
      },
      create: (site) => {
        const codes = [EVENT.beginGreen, EVENT.beginYellow, rule.redCode];
        return new Approaches(site, 'Advance', codes, shift, (phase) => new Arrivals(site, phase, rule));
      },
    },
    {
      tables: {
        approach_volume: {
          ...perPhase,
          Volume: 'integer',
          OpposingPhase: 'smallint',
          OpposingVolume: 'integer',
          DFactor: 'float',
        },
        peak_hour: {
          ...perPhase,
          Volume: 'integer',
          TotalVolume: 'integer',
          PeakHourFactor: 'float',
          DFactor: 'float',
          KFactor: 'float',
        },
      },
      create: (site) => new Volumes(site, shift),
    },
    {
      tables: { turning_counts: { ...perPhase, Detector: 'smallint', Movement: 'text', Total: 'integer' } },
      create: (site) => new TurningCounts(site),
    },
    {
      tables: {
        detector_use: {
          ...perBin,
          Detector: 'smallint',
          Hits: 'integer',
          OnTime: 'float',
          Occupancy: 'float',
          Faults: 'integer',
        },
      },
      create: (site) => new DetectorUse(site),
    },
    {
      tables: {
        split_monitor: {
          ...perPhase,
          Splits: 'integer',
          AverageSplit: 'float',
          Percentile50Split: 'float',
          Percentile85Split: 'float',
          Skips: 'integer',
          SkipShare: 'float',
          GapOutShare: 'float',
          MaxOutShare: 'float',
          ForceOffShare: 'float',
        },
      },
      create: (site) => new SplitMonitor(site),
    },
    {
      tables: {
        green_use: {
          ...perPhase,
          SecondOfGreen: 'smallint',
          Greens: 'integer',
          AverageGreen: 'float',
          Hits: 'integer',
          HitsPerGreen: 'float',
        },
      },
      create: (site) => {
        const codes = [EVENT.beginGreen, EVENT.beginYellow];
        return new Approaches(site, 'Stopbar Count', codes, byLatency(0), (phase) => new GreenUse(site, phase));
      },
    },
    {
      tables: {
        left_turn_gaps: {
          ...perPhase,
          Greens: 'integer',
          GapsTo1: 'integer',
          GapsTo3_3: 'integer',
          GapsTo3_7: 'integer',
          GapsAbove3_7: 'integer',
          TurnableShare: 'float',
        },
      },
      create: (site) => {
        const through = { ...site, roles: site.roles.filter((role) => role.phase % 2 === 0) };
        const codes = [EVENT.beginGreen, EVENT.beginRedClearance];
        const create = (phase: number): LeftTurnGaps => new LeftTurnGaps(site, phase);
        return new Approaches(through, 'Stopbar Count', codes, byLatency(0), create, EVENT.detectorOff);
      },
    },
    {
      tables: {
        preempt_details: {
          DeviceId: 'device',
          Preempt: 'smallint',
          Measure: 'text',
          StartTime: 'time',
          EndTime: 'time',
          Duration: 'float',
        },
      },
      create: (site) => new PreemptDetails(site),
    },
    {
      tables: { preempts: { ...perBin, Preempt: 'smallint', PerformanceMeasure: 'text', Total: 'smallint' } },
      create: (site) => new Counts(site, PREEMPT_COUNTS),
    },
    {
      tables: { priorities: { ...perBin, Request: 'smallint', PerformanceMeasure: 'text', Total: 'smallint' } },
      create: (site) => new Counts(site, PRIORITY_COUNTS),
    },
    {
      tables: { plans: { DeviceId: 'device', Plan: 'smallint', StartTime: 'time', EndTime: 'time' } },
      create: (site) => new Plans(site),
    },
  ];
}

const ACTUATION_COUNTS: Definition = {
  tables: { actuations: perDetector },
  create: (site) => new Counts(site, ACTUATIONS),
};
const PRESENCE: Definition = {
  tables: {
    has_data: perBin,
    coordination_agg: {
      ...perBin,
      Pattern: 'smallint',
      CycleLength: 'smallint',
      ActualCycleLength: 'smallint',
      ActualOffset: 'smallint',
    },
  },
  create: (site) => new DataPresence(site),
};
const SPLIT_FAILURE_COLUMNS = {
  ...perPhase,
  Green_Time: 'float',
  Green_Occupancy: 'float',
  Red_Occupancy: 'float',
  Split_Failure: 'smallint',
} as const;

const OREGON: readonly Definition[] = [
  PRESENCE,
  ACTUATION_COUNTS,
  {
    tables: { actuations_zeros_incremental: perDetector, actuations_zeros_oneshot: perDetector },
    create: (site) => new CountsWithZeros(site),
  },
  {
    tables: {
      detector_health: { ...perDetector, resid: 'double', prediction: 'float', anomaly: 'boolean' },
    },
    create: (site) => new DetectorHealth(site),
  },
  {
    tables: { arrival_on_green: { ...perPhase, Total_Actuations: 'smallint', Percent_AOG: 'float' } },
    create: (site) =>
      new Approaches(site, 'Advance', PHASE_CODES, byLatency(0), (phase) => new ArrivalOnGreen(site, phase)),
  },
  {
    tables: { communications: { ...perBin, EventId: 'smallint', Average: 'float' } },
    create: (site) => new Counts(site, COMMUNICATIONS),
  },
  {
    tables: {
      coordination: {
        TimeStamp: 'time',
        Raw_TimeStamp: 'time',
        DeviceId: 'device',
        EventId: 'smallint',
        Parameter: 'smallint',
      },
    },
    create: (site) => new CoordinationEvents(site),
  },
  {
    tables: {
      ped: { ...perPhase, PedServices: 'smallint', PedActuation: 'smallint' },
      unique_ped: { ...perPhase, Unique_Actuations: 'smallint' },
      full_ped: {
        ...perPhase,
        PedServices: 'smallint',
        PedActuation: 'smallint',
        Unique_Actuations: 'smallint',
        Estimated_Volumes: 'float',
      },
    },
    create: (site) => new Pedestrians(site),
  },
  {
    tables: { split_failures: SPLIT_FAILURE_COLUMNS },
    create: (site) =>
      new SplitFailures(site, {
        redCode: EVENT.beginRedClearance,
        redS: 5,
        imputes: true,
        isFailure: (green, red) => green >= 0.8 && red >= 0.8,
      }),
  },
  {
    tables: { splits: { ...perBin, EventId: 'smallint', Services: 'smallint', Average_Split: 'float' } },
    create: (site) => new Counts(site, SPLITS),
  },
  {
    tables: { terminations: { ...perPhase, PerformanceMeasure: 'text', Total: 'smallint' } },
    create: (site) => new Counts(site, TERMINATIONS),
  },
  {
    tables: { yellow_red: { ...perPhase, Signal_State: 'smallint', Red_Offset: 'float', Count: 'float' } },
    create: (site) =>
      new Approaches(site, 'Yellow_Red', PHASE_CODES, byLatency(1.5), (phase) => new YellowRed(site, phase)),
  },
  {
    tables: {
      timeline: {
        DeviceId: 'device',
        StartTime: 'time',
        EndTime: 'time',
        Duration: 'float',
        IsValid: 'boolean',
        EventClass: 'text',
        EventValue: 'smallint',
      },
      phase_wait: { ...perPhase, AvgPhaseWait: 'double', TotalSkips: 'double' },
      ped_delay: { ...perPhase, AvgPedDelay: 'double', Samples: 'bigint' },
    },
    create: (site) => new Timeline(site),
  },
  ...listShared(
    {
      redCode: EVENT.beginRedClearance,
      greenShare: (greenMs, _cycleMs, binMs) => greenMs / binMs,
      percent: (share) => share * 100,
    },
    byLatency(0),
  ),
];

const UTAH: readonly Definition[] = [
  PRESENCE,
  ACTUATION_COUNTS,
  {
    tables: { terminations: { ...perPhase, PerformanceMeasure: 'text', Total: 'smallint' } },
    create: (site) => new UtahTerminations(site),
  },
  {
    tables: { split_failures: SPLIT_FAILURE_COLUMNS },
    create: (site) =>
      new SplitFailures(site, {
        redCode: EVENT.endYellow,
        redS: 5,
        imputes: false,
        isFailure: (green, red) => green > 0.79 && red > 0.79,
      }),
  },
  {
    tables: {
      yellow_red: {
        ...perPhase,
        Cycles: 'integer',
        YellowHits: 'integer',
        Violations: 'integer',
        SevereViolations: 'integer',
        AverageYellowTime: 'float',
        AverageViolationTime: 'float',
      },
    },
    create: (site) => {
      const codes = [EVENT.beginYellow, EVENT.endYellow, EVENT.endRedClearance, EVENT.beginGreen];
      return new Approaches(site, 'Yellow_Red', codes, toStopLine, (phase) => new Violations(site, phase));
    },
  },
  {
    tables: { phase_wait: { ...perPhase, Waits: 'integer', AvgPhaseWait: 'double', MaxPhaseWait: 'double' } },
    create: (site) => new UtahWaits(site),
  },
  {
    tables: {
      pedestrian: {
        ...perPhase,
        PedCycles: 'integer',
        PedDelay: 'double',
        MinPedDelay: 'double',
        MaxPedDelay: 'double',
        PedRequests: 'integer',
        ImputedPedCallsRegistered: 'integer',
        UniquePedDetections: 'integer',
        PedBeginWalkCount: 'integer',
        PedCallsRegisteredCount: 'integer',
      },
    },
    create: (site) => new Walks(site),
  },
  ...listShared(
    {
      redCode: EVENT.endYellow,
      greenShare: (greenMs, cycleMs) => greenMs / cycleMs,
      percent: (share) => Math.round(share * 100),
    },
    toStopLine,
  ),
];

/** The measures of each dialect. */
export const DIALECTS: Readonly<Record<Dialect, readonly Definition[]>> = { oregon: OREGON, utah: UTAH };
