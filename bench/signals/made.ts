import { join } from 'node:path';
import { median } from '../../src/trial/statistics.ts';
import { alignColumns } from '../../src/trial/table.ts';
import { cacheFolder } from '../engine/cache.ts';
import type { Finding } from '../engine/summary.ts';
import { UNSEEN, type UnseenCase } from '../unseen/cases.ts';
import { writeUnseen } from '../unseen/write.ts';
import { type CellOptions, measureCells } from './cells.ts';
import { gatherRows, highest, LONGEST_WAIT_S, type Row } from './rows.ts';
import { type Arm, type Cell, nameOf, type SignalScenario } from './scenarios.ts';

const WINDOW_S = 1800;
/** Draws 1 and 2 are for whoever changes a controller; these are for the report. */
const FORMS = {
  quick: { draws: [3], levels: [0.65, 0.9], seeds: 1 },
  full: { draws: [3, 4], levels: [0.4, 0.65, 0.9], seeds: 2 },
} as const;
const CONTROLLERS = ['fixed', 'actuated', 'max-pressure', 'predictive'] as const;

const GRID = '--grid --grid.number 3 --grid.length 160 --grid.attach-length 200 -j traffic_light -L 2';
/** Networks where the signals are what matters, beside those of `UNSEEN`. */
const OWN: readonly Omit<UnseenCase, 'level'>[] = [
  {
    name: 'row of short blocks, turn lanes',
    source: {
      args: '--grid --grid.x-number 6 --grid.y-number 1 --grid.length 140 --grid.attach-length 200 -j traffic_light -L 2 --turn-lanes 1 --turn-lanes.length 40 --no-turnarounds.tls'.split(
        ' ',
      ),
    },
  },
  {
    name: 'grid, one lane, short blocks',
    source: {
      args: '--grid --grid.number 4 --grid.length 110 --grid.attach-length 150 -j traffic_light -L 1 --no-turnarounds.tls'.split(
        ' ',
      ),
    },
  },
  { name: 'grid, turning back, signals at dead ends', source: { args: GRID.split(' ') } },
  { name: 'grid, left-hand traffic', source: { args: `${GRID} --lefthand --no-turnarounds.tls`.split(' ') } },
];

const STREETS = '--keep-edges.by-vclass passenger --keep-edges.components 1 --geometry.remove --no-turnarounds.tls';
/** One small road sets a map's level; the signals have little to do until it has more than it can carry. */
const BUSY_LEVEL = 2;
/** Real streets (part of Moscow, OpenStreetMap) as netconvert reads them in three ways: 20 to 45 signals. */
function listStreets(data: string): Omit<UnseenCase, 'level'>[] {
  const map = join(data, 'osm', 'moscow.osm.gz');
  const read = (name: string, options: string) => ({
    name,
    source: { map, options: `${STREETS} ${options}`.split(' ') },
  });
  return [
    read('real streets, signals joined', '--junctions.join --tls.join --tls.guess-signals --tls.discard-simple'),
    read('real streets, every node its own', '--tls.join --tls.guess-signals'),
    read('real streets, signals guessed', '--junctions.join --tls.join --tls.guess --tls.guess.threshold 40'),
  ];
}

/** Controllers beside each other on made networks and real streets with made traffic that nothing was tuned on, SUMO as the street, decisions every second by camera. */
export async function measureMade(
  form: 'quick' | 'full',
  options: CellOptions,
): Promise<{ text: string; findings: Finding[] }> {
  const { draws, levels, seeds } = FORMS[form];
  const scenarios: SignalScenario[] = [];
  const made = [...UNSEEN.filter(hasSignals), ...OWN].map((one) => ({ one, upTo: levels }));
  const streets = listStreets(options.data).map((one) => ({ one, upTo: [...levels, BUSY_LEVEL] }));
  for (const { one, upTo } of [...made, ...streets]) {
    for (const draw of draws) {
      for (const level of upTo) {
        const path = await writeUnseen(cacheFolder(), { ...one, level }, { windowS: WINDOW_S, draw });
        scenarios.push({ path, name: `${one.name}, ${draw}, ${level}` });
      }
    }
  }
  const arms = CONTROLLERS.map((controller): Arm => ({ controller, sensors: 'camera', step: 1, degrade: null }));
  const cells = scenarios.flatMap((scenario) =>
    arms.flatMap((arm) => Array.from({ length: seeds }, (_, i): Cell => ({ scenario, arm, seed: i + 1 }))),
  );
  const rows = gatherRows(cells, await measureCells(cells, options));
  const compared = compareRows(rows);
  const head = ['network, draw, level', ...CONTROLLERS, 'against the best', 'longest wait', 'locked', 'others locked'];
  return { text: alignColumns([head, ...compared.map(formatRow)]), findings: judgeMade(compared) };
}

function hasSignals({ source }: UnseenCase): boolean {
  return 'args' in source && source.args.some((word) => word === 'traffic_light' || word === '--tls.guess');
}

interface Compared {
  readonly name: string;
  readonly rows: readonly (Row | undefined)[];
  readonly own: Row;
  /** Predictive's delay over the best of the others'. */
  readonly ratio: number;
  /** Its worst movement's delay over max-pressure's. */
  readonly movement: number | null;
  readonly othersLocked: number;
}

/** Predictive beside the others, network by network. */
export function compareRows(rows: readonly Row[]): Compared[] {
  return [...Map.groupBy(rows, ({ scenario }) => nameOf(scenario)).values()].flatMap(compare);
}

function compare(rows: readonly Row[]): Compared[] {
  const own = rows.find(({ arm }) => arm.controller === 'predictive');
  const others = rows.filter((row) => row !== own);
  if (own === undefined || others.length === 0) return [];
  const theirs = others.find(({ arm }) => arm.controller === 'max-pressure')?.worstMovementS ?? null;
  return [
    {
      name: nameOf(own.scenario),
      rows: CONTROLLERS.map((name) => rows.find(({ arm }) => arm.controller === name)),
      own,
      ratio: own.delayS / Math.min(...others.map(({ delayS }) => delayS)),
      movement: own.worstMovementS === null || theirs === null ? null : own.worstMovementS / theirs,
      othersLocked: Math.min(...others.map(({ lockedSeeds }) => lockedSeeds.length)),
    },
  ];
}

function formatRow({ name, rows, own, ratio, othersLocked }: Compared): string[] {
  return [
    name,
    ...rows.map((row) => row?.delayS.toFixed(1) ?? '-'),
    ratio.toFixed(2),
    own.longestWaitS.toFixed(0),
    String(own.lockedSeeds.length),
    String(othersLocked),
  ];
}

/** What issue 4 asks on networks nobody has seen. */
export function judgeMade(compared: readonly Compared[]): Finding[] {
  const ratios = compared.map(({ name, ratio }) => [name, ratio] as const);
  const locked = compared.filter(({ own, othersLocked }) => own.lockedSeeds.length > othersLocked);
  return [
    {
      name: 'made networks: predictive against the best of the others, median',
      measured: compared.length === 0 ? null : median(ratios.map(([, ratio]) => ratio)),
      unit: 'x',
      goal: 1,
      isLess: true,
      digits: 2,
    },
    highest('made networks: predictive against the best of the others, worst', ratios, { goal: 1 }),
    {
      name: 'made networks: locked runs beyond those of the best of the others',
      measured: locked.reduce((sum, { own, othersLocked }) => sum + own.lockedSeeds.length - othersLocked, 0),
      unit: '',
      goal: 0,
      isLess: true,
      digits: 0,
      note: locked.map(({ name }) => name).join('; '),
    },
    highest(
      'made networks: longest wait at one junction',
      compared.map(({ name, own }) => [name, own.longestWaitS]),
      { goal: LONGEST_WAIT_S, unit: 's', digits: 0 },
    ),
    highest(
      'made networks: worst movement against max-pressure',
      compared.map(({ name, movement }) => [name, movement]),
      { goal: 1 },
    ),
  ];
}
