import { parseArgs } from 'node:util';
import { UrbaneError } from '../src/units/errors.ts';
import { DATA } from '../tests/data.ts';
import { printLive } from './measures-live.ts';
import { printSpeed } from './measures-speed.ts';
import { matchOregonTables } from './measures-tables.ts';
import { readUtahPairs } from './utah-pairs.ts';

const PARTS: Readonly<Record<string, (data: string) => Promise<void>>> = {
  tables: printTables,
  speed: printSpeed,
  live: printLive,
};

/** `npm run bench -- measures [--only PART]`: measures of the real controller logs in URBANE_DATA. */
export async function run(args: string[]): Promise<void> {
  const { only } = parseArgs({ args, options: { only: { type: 'string' } } }).values;
  if (DATA === null)
    throw new UrbaneError('bad-usage', 'The real logs are not there.', 'Set URBANE_DATA to their folder.');
  if (only !== undefined && PARTS[only] === undefined) {
    throw new UrbaneError(
      'bad-usage',
      `measures has no part "${only}".`,
      `Its parts: ${Object.keys(PARTS).join(', ')}.`,
    );
  }
  for (const [name, part] of Object.entries(PARTS)) if (only === undefined || only === name) await part(DATA);
}

/** Rows of the expected tables that ours meet, floats within 1e-6; with the faults of the original and without. */
async function printTables(data: string): Promise<void> {
  const corrected = await matchOregonTables(data, false);
  process.stdout.write(
    'Oregon: table, expected rows, met, missing, extra; extra with the faults of the original corrected\n',
  );
  for (const [at, { table, expected, matched, missing, extra }] of (await matchOregonTables(data, true)).entries()) {
    const counts = [expected, matched, missing.length, extra.length, corrected[at]?.extra.length ?? 0];
    process.stdout.write(`${table.padEnd(30)}${counts.map((count) => String(count).padStart(8)).join('')}\n`);
  }
  process.stdout.write('Utah: input and output of UDOT, expected rows, met, extra\n');
  for (const { name, expected, found } of readUtahPairs(data)) {
    const left = new Map<string, number>();
    for (const row of found) left.set(row, (left.get(row) ?? 0) + 1);
    let met = 0;
    for (const row of expected) {
      const count = left.get(row) ?? 0;
      if (count === 0) continue;
      left.set(row, count - 1);
      met++;
    }
    const counts = [expected.length, met, found.length - met];
    process.stdout.write(`${name.padEnd(40)}${counts.map((count) => String(count).padStart(8)).join('')}\n`);
  }
}
