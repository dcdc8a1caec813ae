import type { RunReport } from './result.ts';
import { groupBy, median } from './statistics.ts';

const COLUMNS = [
  'controller',
  'runs',
  'delay s',
  'worst',
  'door-to-door',
  'waiting',
  'stops',
  'arrived',
  'never in',
  'worst movement',
  'longest wait',
  'locked',
];

/** One table per scenario: medians over the seeds, the worst run's delay and longest wait, and the locked runs by their seeds. */
export function formatTables(reports: readonly RunReport[]): string {
  const tables = [...groupBy(reports, ({ result }) => result.scenario)].map(([scenario, runs]) => {
    const first = runs[0]?.result;
    const title = `${scenario}: ${first?.sensors}, decisions every ${first?.stepS} s, medians of the seeds`;
    const rows = [...groupBy(runs, ({ result }) => result.controller)].map(([controller, group]) =>
      formatRow(controller, group),
    );
    return `${title}\n${alignColumns([COLUMNS, ...rows])}`;
  });
  return `${tables.join('\n\n')}\n`;
}

function formatRow(controller: string, runs: readonly RunReport[]): string[] {
  const results = runs.map(({ result }) => result);
  const middle = (of: (result: (typeof results)[number]) => number, digits: number) =>
    median(results.map(of)).toFixed(digits);
  const locked = results
    .filter((result) => result.locked)
    .map((result) => result.seed)
    .sort((a, b) => a - b);
  const worstMovements = results.map((result) => result.worstMovementDelayS).filter((value) => value !== null);
  return [
    controller,
    String(results.length),
    middle((result) => result.delayS, 1),
    Math.max(...results.map((result) => result.delayS)).toFixed(1),
    middle((result) => result.doorToDoorS, 1),
    middle((result) => result.waitingS, 1),
    middle((result) => result.stops, 2),
    `${middle((result) => result.arrived, 0)} of ${middle((result) => result.loaded, 0)}`,
    middle((result) => result.neverInserted, 0),
    worstMovements.length > 0 ? median(worstMovements).toFixed(1) : '-',
    Math.max(...results.map((result) => result.longestWaitS)).toFixed(0),
    locked.length > 0 ? `${locked.length} (seed ${locked.join(', ')})` : '0',
  ];
}

/** First column to the left, the others to the right, two spaces between. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
