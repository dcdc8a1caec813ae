import type { DetectorRole } from '../event.ts';
import type { JunctionPicture } from '../junction.ts';
import type { TableDocument } from '../table-document.ts';
import { type BinSeries, binChart } from './bins.ts';
import type { ChartWords } from './frame.ts';

/** One after the other for the phases of a junction; told apart on a dark and on a white ground. */
const PHASE_COLOURS = ['#2f8fe0', '#e0566b', '#27a899', '#e3a02f', '#9a72f2', '#7fa637', '#d46fb4', '#7b8ea3'] as const;

/** What the charts of one junction are drawn from. */
export interface MeasuredJunction {
  readonly picture: JunctionPicture;
  readonly detectors: readonly DetectorRole[];
  readonly binMs: number;
  readonly tables: readonly TableDocument[];
}

/** A chart of a measure over bins, a line for each phase. */
export interface PhaseChart {
  readonly name: ChartName;
  readonly drawing: string;
  readonly legend: readonly { readonly phase: number; readonly colour: string }[];
}

/** Which measures are drawn. */
export type ChartName = 'onGreen' | 'splitFailures' | 'volume' | 'wait' | 'pedDelay' | 'pedServices' | 'redRunning';

/** What each chart is called, and what its axis counts. */
export const CHART_WORDS: Readonly<Record<ChartName, { readonly title: string; readonly unit: string }>> = {
  onGreen: { title: 'Arrivals on green', unit: '%' },
  splitFailures: { title: 'Split failures', unit: 'greens' },
  volume: { title: 'Vehicles at the stop line', unit: 'vehicles/h' },
  wait: { title: 'Wait from call to green', unit: 's' },
  pedDelay: { title: 'Pedestrian delay', unit: 's' },
  pedServices: { title: 'Walks given', unit: 'walks' },
  redRunning: { title: 'Over the line after red began', unit: 'vehicles' },
};

type Point = readonly [phase: number, timeMs: number, value: number];

interface Wanted {
  readonly name: ChartName;
  /** The table it is drawn from. */
  readonly table: string;
  readonly points: (page: MeasuredJunction) => Point[];
  /** The axis reaches at least this. */
  readonly atLeast: number;
}

const WANTED: readonly Wanted[] = [
  {
    name: 'onGreen',
    table: 'arrival_on_green',
    atLeast: 100,
    points: column('arrival_on_green', 'Percent_AOG', (share) => share * 100),
  },
  { name: 'splitFailures', table: 'split_failures', atLeast: 4, points: column('split_failures', 'Split_Failure') },
  { name: 'volume', table: 'actuations', atLeast: 10, points: countVehicles },
  { name: 'wait', table: 'phase_wait', atLeast: 10, points: column('phase_wait', 'AvgPhaseWait') },
  { name: 'pedDelay', table: 'ped_delay', atLeast: 10, points: column('ped_delay', 'AvgPedDelay') },
  { name: 'pedServices', table: 'full_ped', atLeast: 4, points: column('full_ped', 'PedServices') },
  { name: 'redRunning', table: 'yellow_red', atLeast: 4, points: countOnRed },
];

/** Names of the tables that the charts are drawn from. */
export const DRAWN_TABLES: readonly string[] = WANTED.map(({ table }) => table);

/** The charts by phase that the tables of a page allow. */
export function drawByPhase(page: MeasuredJunction, words: (name: ChartName) => ChartWords): PhaseChart[] {
  const phases = page.picture.phases.map(({ phase }) => phase);
  const colourOf = (phase: number): string => PHASE_COLOURS[Math.max(0, phases.indexOf(phase)) % PHASE_COLOURS.length]!;
  return WANTED.flatMap(({ name, points, atLeast }) => {
    const byPhase = new Map<number, [number, number][]>();
    for (const [phase, timeMs, value] of points(page)) {
      byPhase.set(phase, [...(byPhase.get(phase) ?? []), [timeMs, value]]);
    }
    if (byPhase.size === 0) return [];
    const series = [...byPhase]
      .sort(([a], [b]) => a - b)
      .map(([phase, values]): BinSeries & { phase: number } => ({
        phase,
        name: String(phase),
        colour: colourOf(phase),
        points: withGaps(values, page.binMs),
      }));
    const drawing = binChart(page.picture, series, page.binMs, words(name), atLeast);
    return [{ name, drawing, legend: series.map(({ phase, colour }) => ({ phase, colour })) }];
  });
}

/** In order of time, with an empty value where a bin is missing, so that the line breaks there. */
function withGaps(values: readonly [number, number][], binMs: number): (readonly [number, number])[] {
  const sorted = [...values].sort(([a], [b]) => a - b);
  return sorted.flatMap(([timeMs, value], i) => {
    const before = sorted[i - 1]?.[0] ?? timeMs - binMs;
    return timeMs - before > binMs
      ? ([
          [timeMs - binMs, Number.NaN],
          [timeMs, value],
        ] as const)
      : ([[timeMs, value]] as const);
  });
}

function cellsOf({ tables }: MeasuredJunction, table: string, column: string): readonly (number | null)[] {
  const found = tables.find(({ name }) => name === table)?.columns.find(({ name }) => name === column);
  return (found?.cells ?? []).map((cell) => (typeof cell === 'number' ? cell : null));
}

function column(table: string, name: string, scale = (value: number): number => value): Wanted['points'] {
  return (page) => {
    const [times, phases, values] = ['TimeStamp', 'Phase', name].map((each) => cellsOf(page, table, each));
    return (values ?? []).flatMap((value, row) => {
      const [timeMs, phase] = [times?.[row], phases?.[row]];
      return value === null || timeMs == null || phase == null ? [] : [[phase, timeMs, scale(value)] as const];
    });
  };
}

/** Vehicles an hour: hits of the phase's stop-line counters. */
function countVehicles(page: MeasuredJunction): Point[] {
  const phaseOf = new Map(
    page.detectors.filter((role) => role.function === 'Stopbar Count').map(({ channel, phase }) => [channel, phase]),
  );
  const [times, channels, totals] = ['TimeStamp', 'Detector', 'Total'].map((each) => cellsOf(page, 'actuations', each));
  return sumUp(
    (totals ?? []).flatMap((total, row) => {
      const [timeMs, channel] = [times?.[row], channels?.[row]];
      const phase = phaseOf.get(channel ?? -1);
      return total === null || timeMs == null || phase === undefined
        ? []
        : [[phase, timeMs, (total * 3_600_000) / page.binMs] as const];
    }),
  );
}

/** Vehicles that crossed the line after red began. */
function countOnRed(page: MeasuredJunction): Point[] {
  const [times, phases, offsets, counts] = ['TimeStamp', 'Phase', 'Red_Offset', 'Count'].map((each) =>
    cellsOf(page, 'yellow_red', each),
  );
  return sumUp(
    (counts ?? []).flatMap((count, row) => {
      const [timeMs, phase, offset] = [times?.[row], phases?.[row], offsets?.[row]];
      if (count === null || timeMs == null || phase == null || offset == null) return [];
      return [[phase, timeMs, offset > 0 ? count : 0] as const];
    }),
  );
}

function sumUp(points: readonly Point[]): Point[] {
  const sums = new Map<string, [number, number, number]>();
  for (const [phase, timeMs, value] of points) {
    const sum = sums.get(`${phase} ${timeMs}`);
    if (sum) sum[2] += value;
    else sums.set(`${phase} ${timeMs}`, [phase, timeMs, value]);
  }
  return [...sums.values()];
}
