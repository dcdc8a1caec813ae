import { median } from '../../src/trial/statistics.ts';
import type { Comparison } from './compare.ts';
import type { ForkTimes } from './forks.ts';
import type { KindRow } from './quarter.ts';
import type { GridSpeed } from './speed.ts';
import type { Finding } from './summary.ts';

/** Floors and goals of a speed grid; times of real time with the network loaded. */
const SPEED_MARKS: Readonly<
  Record<string, { cityFlow: readonly [floor: number, goal: number]; realTime: number; present: number }>
> = {
  'grid-128': { cityFlow: [5, 10], realTime: 3600, present: 0 },
  'grid-1024': { cityFlow: [10, 20], realTime: 600, present: 0 },
  'grid-10000': { cityFlow: [10, 20], realTime: 100, present: 70_000 },
};
const MOST_LINK_ERROR = 0.05;

function markBusy(threads: GridSpeed['threads'] | undefined): string {
  return threads && threads.aloneS / threads.aloneWallS < 0.9 ? ', machine busy' : '';
}

export function judgeSpeed(grids: readonly GridSpeed[]): Finding[] {
  const rows = Object.entries(SPEED_MARKS).flatMap(([name, { cityFlow, realTime, present }]): Finding[] => {
    const grid = grids.find((one) => one.name === name);
    // Where a number of vehicles is named, the whole window is judged: they are present on its mean, many more at its end.
    const part = present > 0 ? grid?.whole : grid?.lastPart;
    const isEnough = part !== undefined && part.present >= present;
    const together = (present > 0 ? grid?.together?.whole : grid?.together?.lastPart) ?? null;
    const loaded: Finding = {
      name: `${name}: times real time, loaded${present > 0 ? ` with ${present}` : ''}`,
      measured: isEnough ? part.realTime : null,
      unit: 'x',
      goal: realTime,
      digits: 0,
      note: part === undefined ? '' : `one thread, ${part.present.toFixed(0)} vehicles present`,
    };
    return [
      { name: `${name}: speed against SUMO micro`, measured: grid?.toSumo ?? null, unit: 'x', floor: 50, goal: 100 },
      {
        name: `${name}: against CityFlow`,
        measured: grid?.toCityFlow ?? null,
        unit: 'x',
        floor: cityFlow[0],
        goal: cityFlow[1],
      },
      loaded,
      ...(together === null
        ? []
        : [
            {
              ...loaded,
              name: `${loaded.name}, two threads`,
              measured: isEnough ? together : null,
              note: `by the clock${markBusy(grid?.threads)}`,
            },
          ]),
    ];
  });
  const second = ['grid-1024', 'grid-10000'].map((name): Finding => {
    const threads = grids.find((grid) => grid.name === name)?.threads ?? null;
    return {
      name: `${name}: second thread, by the clock`,
      measured: threads === null ? null : threads.timesFaster,
      unit: 'x',
      goal: 1.6,
      digits: 2,
      note:
        threads === null
          ? ''
          : `${(threads.aloneWallS / threads.wallS).toFixed(2)} x in the whole run, ${threads.byShares.toFixed(2)} x by shares${markBusy(threads)}${threads.sameBytes ? '' : ', OTHER BYTES'}`,
    };
  });
  const [small, large] = ['grid-128', 'grid-10000'].map((name) => grids.find((grid) => grid.name === name));
  const growth = small && large ? small.vehicleSecondsPerS / large.vehicleSecondsPerS : null;
  return [
    ...rows,
    ...second,
    { name: 'cost of a vehicle-second, 128 to 10,000', measured: growth, unit: 'x', goal: 2, isLess: true, digits: 2 },
  ];
}

/** A whole fork, new, and the surroundings of one junction. */
export function judgeForks({ junctions, vehicles, newMs, parts }: ForkTimes): Finding[] {
  const [nearest] = parts;
  return [
    {
      name: `fork of ${junctions} junctions`,
      measured: newMs,
      unit: 'ms',
      goal: 2,
      isLess: true,
      digits: 2,
      note: `${vehicles} vehicles`,
    },
    {
      name: "fork of one junction's surroundings",
      measured: nearest?.forkMs ?? null,
      unit: 'ms',
      goal: 0.1,
      isLess: true,
      digits: 4,
      note: nearest === undefined ? '' : `${nearest.vehicles.toFixed(0)} vehicles`,
    },
  ];
}

/** Rows inside their bounds, and the errors per link, of one table. */
export function judgeRows(name: string, comparison: Comparison | null): Finding[] {
  const rows = comparison?.rows ?? [];
  const share = (chosen: Comparison['rows']) =>
    chosen.length === 0 ? null : (100 * chosen.filter(({ accuracy }) => accuracy.isWithin).length) / chosen.length;
  const [under, over] = [rows.filter(({ isSaturated }) => !isSaturated), rows.filter(({ isSaturated }) => isSaturated)];
  const nameOutside = (chosen: Comparison['rows']) =>
    chosen
      .filter(({ accuracy }) => !accuracy.isWithin)
      .map((row) => row.name)
      .join(', ');
  const links = under.map(({ accuracy }) => accuracy.linkMedian * 100).filter((error) => !Number.isNaN(error));
  const loose = under.filter(({ accuracy }) => accuracy.linkMedian > MOST_LINK_ERROR).length;
  const findings: Finding[] = [
    {
      name: `${name}: undersaturated rows inside`,
      measured: share(under),
      unit: '%',
      goal: 100,
      digits: 0,
      note: nameOutside(under),
    },
    {
      name: `${name}: median error per link`,
      measured: links.length === 0 ? null : median(links),
      unit: '%',
      goal: MOST_LINK_ERROR * 100,
      isLess: true,
      note: links.length === 0 ? '' : `median of ${links.length} rows; ${loose} rows above`,
    },
  ];
  if (over.length > 0)
    findings.push({
      name: `${name}: saturated rows, arrivals inside`,
      measured: share(over),
      unit: '%',
      goal: 100,
      digits: 0,
      note: nameOutside(over),
    });
  return findings;
}

/** Kinds of traffic whose mean duration is inside its bound. */
export function judgeKinds(kinds: readonly KindRow[]): Finding[] {
  const outside = kinds.filter(({ off, bound }) => Math.abs(off) > bound);
  return [
    {
      name: 'quarter: kinds of traffic inside',
      measured: (100 * (kinds.length - outside.length)) / kinds.length,
      unit: '%',
      goal: 100,
      digits: 0,
      note: outside.map(({ kind }) => kind).join(', '),
    },
  ];
}

export function judgeRanks(name: string, ranks: readonly number[]): Finding {
  const measured = ranks.length === 0 ? null : Math.min(...ranks);
  return { name: `Spearman over ${name}, lowest`, measured, unit: '', goal: 0.9, digits: 2 };
}
