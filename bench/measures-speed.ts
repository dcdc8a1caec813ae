import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDetectors } from '../src/field/controller-log/detectors.ts';
import { ControllerLog } from '../src/field/controller-log/log.ts';
import { measureLog } from '../src/field/controller-log/measure.ts';
import { openDuck, quoteText } from '../src/field/duck.ts';
import { MeasureEngine } from '../src/measures/engine.ts';
import type { DetectorRole } from '../src/measures/event.ts';
import { Zone } from '../src/units/zone.ts';
import { TEN_TABLES } from './measures-sql.ts';

const BIN_MS = 900_000;
const SPAN = "INTERVAL '3 hours'";
const zone = new Zone('UTC');

/** Processor and wall seconds of a piece of work. */
async function timed(work: () => Promise<unknown>): Promise<{ cpuS: number; wallS: number }> {
  const [before, startMs] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { cpuS: (user + system) / 1e6, wallS: (performance.now() - startMs) / 1000 };
}

/**
 * Events per second in batch, from Parquet to tables, one thread: the Oregon log as it is and ten times in a row, all
 * tables and ten of them; the same ten as SQL in DuckDB on one thread. Every time is processor time of the process, all
 * its threads together, with the wall time behind it.
 */
export async function printSpeed(data: string): Promise<void> {
  const oregon = join(data, 'controller-logs/shawnstrasser-atspm/tests');
  const config = join(oregon, 'configs_test_data.parquet');
  const real = join(oregon, 'hires_test_data.parquet');
  const folder = await mkdtemp(join(tmpdir(), 'urbane-bench-measures-'));
  try {
    const long = join(folder, 'long.parquet');
    const duck = await openDuck();
    await duck.run(`COPY (SELECT TimeStamp::TIMESTAMP + i * ${SPAN} AS "TimeStamp", DeviceId, EventId, Parameter
      FROM range(10) AS copies(i), ${quoteText(real)} ORDER BY i, TimeStamp) TO ${quoteText(long)} (FORMAT parquet)`);
    duck.closeSync();
    const { roles } = await readDetectors(config);
    const ten = Object.keys(TEN_TABLES);
    const passOver = async (file: string, tables: readonly string[] | null): Promise<number> => {
      const log = await ControllerLog.open([file], { zone });
      const engine = new MeasureEngine({
        dialect: 'oregon',
        roles,
        binMs: BIN_MS,
        slackMs: 0,
        ...(tables && { tables }),
      });
      for await (const batch of log.batches()) engine.push(batch);
      engine.finish();
      log.close();
      return log.rows;
    };
    await printRows(real, config, roles, ten);
    await passOver(real, null);
    process.stdout.write(
      'work                                              events   processor s   events/s   wall s\n',
    );
    const print = (name: string, events: number, { cpuS, wallS }: { cpuS: number; wallS: number }): void => {
      const cells = [
        String(events).padStart(10),
        cpuS.toFixed(2).padStart(14),
        Math.round(events / cpuS)
          .toLocaleString('en')
          .padStart(11),
        wallS.toFixed(2).padStart(9),
      ];
      process.stdout.write(`${name.padEnd(46)}${cells.join('')}\n`);
    };
    for (const [name, file] of [
      ['real log', real],
      ['ten times in a row', long],
    ] as const) {
      const events = await passOver(file, []);
      const job = {
        events: [file],
        config,
        folder: join(folder, 'out'),
        zone,
        dialect: 'oregon',
        binMs: BIN_MS,
        format: 'parquet',
      } as const;
      const works: Readonly<Record<string, () => Promise<unknown>>> = {
        'all tables': () => passOver(file, null),
        'ten tables': () => passOver(file, ten),
        'ten tables, DuckDB SQL': () => askTen(file, config),
        'urbane measure, files and findings': () => measureLog(job),
      };
      for (const [what, work] of Object.entries(works)) print(`${name}: ${what}`, events, await timed(work));
    }
    process.stdout.write(`most memory of the process: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB\n`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Loads the log and makes the ten tables by SQL; how many rows each has. */
async function askTen(file: string, config: string): Promise<Map<string, number>> {
  const duck = await openDuck();
  const rows = new Map<string, number>();
  try {
    await duck.run(
      `CREATE TEMP TABLE events AS SELECT DISTINCT TimeStamp::TIMESTAMP AS t, DeviceId AS d, EventId AS c, Parameter AS p FROM ${quoteText(file)} WHERE Parameter >= 0`,
    );
    await duck.run(
      `CREATE TEMP TABLE roles AS SELECT DeviceId AS d, Phase AS phase, Function AS function, Parameter AS p FROM ${quoteText(config)}`,
    );
    for (const [name, sql] of Object.entries(TEN_TABLES)) {
      await duck.run(`CREATE TEMP TABLE made_${name} AS ${sql}`);
      const counted = await duck.runAndReadAll(`SELECT count(*)::INTEGER FROM made_${name}`);
      rows.set(name, Number(counted.getRows()[0]?.[0]));
    }
  } finally {
    duck.closeSync();
  }
  return rows;
}

/** The SQL is only worth a comparison where it makes the same rows. */
async function printRows(
  file: string,
  config: string,
  roles: readonly DetectorRole[],
  ten: readonly string[],
): Promise<void> {
  const log = await ControllerLog.open([file], { zone });
  const engine = new MeasureEngine({
    dialect: 'oregon',
    roles,
    binMs: BIN_MS,
    slackMs: 0,
    tables: ten,
    faithful: true,
  });
  for await (const batch of log.batches()) engine.push(batch);
  engine.finish();
  log.close();
  const bySql = await askTen(file, config);
  const pairs = engine.tables.map(({ name, length }) => `${name} ${length}/${bySql.get(name)}`);
  process.stdout.write(`rows of the ten tables, ours/SQL: ${pairs.join(', ')}\n`);
}
