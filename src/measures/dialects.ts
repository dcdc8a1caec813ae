import { Approaches } from './approaches.ts';
import { ArrivalOnGreen } from './arrivals.ts';
import { ACTUATIONS, COMMUNICATIONS, Counts, CountsWithZeros, SPLITS, TERMINATIONS } from './counts.ts';
import { EVENT } from './event.ts';
import { Pedestrians } from './pedestrian.ts';
import { CoordinationEvents, DataPresence } from './presence.ts';
import { SplitFailures } from './split-failures.ts';
import type { ColumnType } from './table.ts';
import { Timeline } from './timeline.ts';
import type { Site, Tracker } from './tracker.ts';
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

const OREGON: readonly Definition[] = [
  {
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
  },
  { tables: { actuations: perDetector }, create: (site) => new Counts(site, ACTUATIONS) },
  {
    tables: { actuations_zeros_incremental: perDetector, actuations_zeros_oneshot: perDetector },
    create: (site) => new CountsWithZeros(site),
  },
  {
    tables: { arrival_on_green: { ...perPhase, Total_Actuations: 'smallint', Percent_AOG: 'float' } },
    create: (site) => new Approaches(site, 'Advance', PHASE_CODES, 0, (phase) => new ArrivalOnGreen(site, phase)),
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
    tables: {
      split_failures: {
        ...perPhase,
        Green_Time: 'float',
        Green_Occupancy: 'float',
        Red_Occupancy: 'float',
        Split_Failure: 'smallint',
      },
    },
    create: (site) =>
      new SplitFailures(site, {
        redCode: EVENT.beginRedClearance,
        redS: 5,
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
    create: (site) => new Approaches(site, 'Yellow_Red', PHASE_CODES, 1.5, (phase) => new YellowRed(site, phase)),
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
];

/** The measures of each dialect. */
export const DIALECTS: Readonly<Record<Dialect, readonly Definition[]>> = { oregon: OREGON, utah: OREGON };
