import type { City } from '../../city/city.ts';
import type { Scenario } from '../../demand/demand.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { Cell } from './cells.ts';

const COLUMNS = ['road', 'lane', 'begin_s', 'end_s', 'vehicles', 'travel_time_s'];
const NEEDED = ['road', 'begin_s', 'end_s'];

/**
 * Reads measured counts and travel times (CSV, docs/operator/calibrate.md) for a scenario. Rows outside its window are left
 * away and counted. Throws UrbaneError with file, line, what is wrong and what to do.
 */
export function parseMeasurements(
  text: string,
  file: string,
  { city, beginMs, endMs }: Scenario,
): { cells: Cell[]; outside: number } {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const header = splitRow(lines[0] ?? '');
  const refuse = (line: number, why: string, remedy: string) =>
    new UrbaneError('bad-input', `${file}:${line}: ${why}.`, remedy);
  for (const name of NEEDED) {
    if (!header.includes(name)) {
      throw refuse(1, `the header has no column "${name}"`, `Begin the file with the line ${COLUMNS.join(',')}.`);
    }
  }
  const unknown = header.find((name) => !COLUMNS.includes(name));
  if (unknown !== undefined) {
    throw refuse(1, `the column "${unknown.slice(0, 40)}" is not known`, `Use the columns ${COLUMNS.join(', ')}.`);
  }
  const roadOf = new Map(city.roads.map(({ id }, index) => [id as string, index]));
  const seen = new Map<string, number>();
  const cells: Cell[] = [];
  let outside = 0;
  for (const [at, row] of lines.entries()) {
    if (at === 0 || row.trim() === '') continue;
    const line = at + 1;
    const values = splitRow(row);
    if (values.length !== header.length) {
      throw refuse(line, `${values.length} values for ${header.length} columns`, 'Write one value per column.');
    }
    const get = (name: string) => values[header.indexOf(name)] ?? '';
    const amount = (name: string): number | null => {
      const word = get(name);
      if (word === '') return null;
      const value = Number(word);
      if (!Number.isFinite(value) || value < 0) {
        throw refuse(
          line,
          `${name} "${word.slice(0, 40)}" is not a number of zero or more`,
          'Correct the value, or leave it empty.',
        );
      }
      return value;
    };
    const road = roadOf.get(get('road'));
    if (road === undefined) {
      throw refuse(line, `${city.name} has no road "${get('road').slice(0, 80)}"`, "Use the network's own road ids.");
    }
    const [begin, end] = [amount('begin_s'), amount('end_s')];
    if (begin === null || end === null || begin >= end) {
      throw refuse(
        line,
        `the interval ${begin ?? '?'} to ${end ?? '?'} s is empty`,
        'Write begin_s and a later end_s.',
      );
    }
    const vehicles = amount('vehicles');
    const travelS = amount('travel_time_s');
    if (vehicles === null && travelS === null) {
      throw refuse(line, 'neither vehicles nor travel_time_s is given', 'Give one of them or leave the row out.');
    }
    if (travelS === 0) throw refuse(line, 'travel_time_s is 0', 'Leave it empty where nobody was timed.');
    const lane = findLane(city, road, get('lane'));
    if (lane === null) {
      const { laneCount } = city.roads[road] ?? { laneCount: 0 };
      throw refuse(
        line,
        `road "${get('road')}" has ${laneCount} lanes, not a lane "${get('lane').slice(0, 40)}"`,
        'Count lanes from 0 at the kerb.',
      );
    }
    if (lane >= 0 && travelS !== null) {
      throw refuse(line, 'a travel time is of a whole road', 'Leave lane or travel_time_s empty.');
    }
    const key = `${road} ${lane} ${begin} ${end}`;
    const before = seen.get(key);
    if (before !== undefined) throw refuse(line, `says the same as line ${before}`, 'Leave one of them out.');
    seen.set(key, line);
    const cell = { road, lane, beginMs: Math.round(begin * 1000), endMs: Math.round(end * 1000), vehicles, travelS };
    if (cell.beginMs < beginMs || cell.endMs > endMs) outside++;
    else cells.push(cell);
  }
  return { cells, outside };
}

/** -1 for the whole road, null for a lane that is not there. */
function findLane(city: City, road: number, text: string): number | null {
  if (text === '') return -1;
  const { firstLane, laneCount } = city.roads[road] ?? { firstLane: 0, laneCount: 0 };
  const index = Number(text);
  return Number.isInteger(index) && index >= 0 && index < laneCount ? firstLane + index : null;
}

/** Cells of a row: separated by commas, spaces around them dropped; a cell in double quotes may hold commas. */
function splitRow(row: string): string[] {
  const cells = [...row.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?=,|$)/g)];
  return cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain?.trim() ?? '');
}
